from __future__ import annotations

import json

import numpy as np
import pytest

from apps.algebra.series import Samples, Series, SeriesKey
from apps.queries.chart_bands import bands_of
from apps.queries.charts import ChartRequest, render_charts
from tests.figures.reading import column

CONFIG = """
[configuration]
start-time = 1970-01-01T00:00:00Z
end-time = 1970-01-01T00:02:00Z
[group]
[widget]
type = chart
mode = range
statistic = avg
period = 1 minute
"""


def rendered(series_section: str):
    text = CONFIG + series_section
    widget = json.loads(render_charts(ChartRequest(text, now_ns=10**12)))["widgets"][0]
    return widget["figure"]["data"]


@pytest.mark.django_db(databases="__all__")
def test_an_aggregated_series_is_shaded_from_its_least_to_its_greatest():
    from apps.store.ingest import insert_series

    times = np.arange(0, 120, 20, dtype=np.int64) * 10**9
    insert_series([(SeriesKey.of("banded", "e"), Samples(times, np.array([1.0, 5, 3, 2, 2, 8])))])
    low, high, line = rendered("[series]\nmetric = banded\nentity = e\n")
    assert column(low["y"]).tolist() == [1.0, 2.0]
    assert column(high["y"]).tolist() == [5.0, 8.0]
    assert column(line["y"]).tolist() == [3.0, 4.0]


def test_thinning_never_narrows_a_band():
    times = np.arange(1000, dtype=np.int64)
    least, greatest = np.where(times == 501, -7.0, 0.0), np.where(times == 333, 9.0, 1.0)
    key = SeriesKey.of("m", "e")
    series = [Series(key, Samples(times, values)) for values in (least, greatest)]
    (band,) = bands_of(series, 50)
    assert len(band.times_ns) <= 100
    assert (band.least.min(), band.greatest.max()) == (-7.0, 9.0)
