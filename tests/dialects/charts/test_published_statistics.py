"""Published results of statistics, and the part of working days that limits threshold statistics."""

from __future__ import annotations

import pytest

from apps.algebra.execute import execute
from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import MemorySource, SeriesRef, SeriesSelector
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import ChartPlan, plan
from tests.dialects.charts.outage import OutageCatalog, at

HEAD = "[widget]\ntype = chart\nentity = e\nmetric = m\nstart-time = {start}\nend-time = {end}\n"


class OneSeries(OutageCatalog):
    """A catalog of one series."""

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        return [SeriesRef(1, SeriesKey.of("m", "e"))]


def planned(text: str, start: str, end: str) -> ChartPlan:
    text = HEAD.format(start=start, end=end) + text
    return plan(parse(text), now_ns=at("2018-06-10"), catalog=OneSeries())


def computed(rows: str, samples: dict[str, float], start: str, end: str) -> list[float]:
    chart = planned(f"[series]\n{rows}\n", start, end)
    assert [one for one in chart.diagnostics if one.severity == "error"] == []
    source = MemorySource({1: Samples.of([at(time) for time in samples], list(samples.values()))})
    (series,) = execute(chart.widgets[0].series[0].node, source)
    return series.values.tolist()


FIVE = {f"2018-06-04T00:{5 * at_:02d}:00": value for at_, value in enumerate((1, 2, 5, 7, 1, 1))}


@pytest.mark.parametrize(
    ("statistic", "limit", "expected"),
    [
        ("threshold_count", 4, 1),
        ("threshold_duration", 4, 550_000),
        ("threshold_duration", 5, 400_000),
        ("threshold_duration", 2, 850_000),
        ("threshold_percent", 4, 100 - 100 * 550 / 1800),
    ],
)
def test_thresholds_as_published(statistic: str, limit: int, expected: float) -> None:
    rows = f"statistics = {statistic}\nperiod = 30 minute\nmax-threshold = {limit}"
    found = computed(rows, FIVE, "2018-06-04T00:00:00Z", "2018-06-04T00:30:00Z")
    assert found == pytest.approx([expected])


@pytest.mark.parametrize(("statistic", "expected"), [("avg", 8.67), ("wavg", 7.0), ("wtavg", 5.49)])
def test_means_as_published(statistic: str, expected: float) -> None:
    samples = {"2018-06-04T00:00:00": 15.0, "2018-06-04T00:00:20": 6.0, "2018-06-04T00:00:40": 5.0}
    rows = f"statistics = {statistic}\nperiod = 30 minute"
    found = computed(rows, samples, "2018-06-04T00:00:00Z", "2018-06-04T00:30:00Z")
    assert [round(value, 2) for value in found] == [expected]


HIGH = {f"2018-06-{day:02d}T{hour:02d}:00:00": 9.0 for day in (1, 2, 3, 4) for hour in range(0, 24)}


@pytest.mark.parametrize(
    ("rows", "hours"),
    [
        ("", [24, 24, 24, 24]),
        ("start-working-minutes = 540\nend-working-minutes = 1020", [8, 0, 0, 8]),
        ("start-working-minutes = 720", [12, 0, 0, 12]),
        ("end-working-minutes = 60", [1, 0, 0, 1]),
    ],
)
def test_working_minutes_limit_thresholds_to_working_days(rows: str, hours: list[float]) -> None:
    """The first of June 2018 is a Friday, the fourth a Monday."""
    rows = f"statistics = threshold_duration\nperiod = 1 day\nmax-threshold = 5\n{rows}"
    found = computed(rows, HIGH, "2018-06-01T00:00:00Z", "2018-06-05T00:00:00Z")
    assert [value / 3_600_000 for value in found] == hours


def test_working_minutes_that_are_no_part_of_a_day_are_told_where_they_stand() -> None:
    rows = "[series]\nstatistics = threshold_count\nperiod = 1 day\nmax-threshold = 5\n"
    rows += "start-working-minutes = 900\nend-working-minutes = 800\n"
    chart = planned(rows, "2018-06-01", "2018-06-05")
    (told,) = chart.diagnostics
    assert (told.code, told.line) == ("bad-value", 12)
    assert "900 to 800" in told.message
