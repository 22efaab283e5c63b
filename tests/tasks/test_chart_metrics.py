"""Series of charts as metrics: what is stored equals what is drawn, point by point, however time is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.times import parse_iso
from apps.catalog.selectors import catalog
from apps.queries.charts import ChartRequest, render_charts
from apps.store.ingest import insert_series
from apps.store.source import StoreSource
from apps.tasks.chart_saving import save_chart_metric
from apps.tasks.definitions import definition_of
from apps.tasks.engine import store_periods
from apps.tasks.models import Task
from apps.tasks.schedule import period_edges

pytestmark = pytest.mark.django_db(databases="__all__")

#: Around the night in which Vienna's clock goes back, 27 October 2024.
START, END = "2024-10-26T00:00:00Z", "2024-10-28T12:00:00Z"
NOW = "2024-10-29T07:20:00Z"
#: The same in whole days of Vienna, and its night.
DAYS_START, DAYS_END = "2024-10-25T22:00:00Z", "2024-10-27T23:00:00Z"
NIGHT = ("2024-10-26T22:00:00Z", "2024-10-27T05:00:00Z")
HOUR_NS = 3_600 * 10**9
HEAD = f"""
start-time = {START}
end-time = {END}
type = chart
entity = nur
"""
SOURCES = "@ metric=load;alias=a @ metric=memory;alias=b"

#: Name, section that is saved, text of the widget; ``;`` ends a line, ``@`` begins a [series].
CONFIGS: list[tuple[str, int, str]] = [
    ("change", 0, "@ metric = load;replace-value = value - previousValue"),
    ("change by alias", 2, f"{SOURCES} @ value = value('a') - previous('a')"),
    ("plain", 0, "@ metric = load"),
    ("rate drop", 0, "@ metric=packets;rate = 1 second"),
    ("rate zero", 0, "@ metric=packets;rate = 1 minute;counter-reset = zero"),
    ("rate wrap", 0, "@ metric=packets;rate = 1 second;counter-reset = wrap-32"),
    ("ratio linear", 2, f"{SOURCES} @ value = value('a') / value('b')"),
    ("ratio previous", 2, f"{SOURCES} @ value = value('a') / value('b');fill-value = previous"),
    ("ratio none", 2, f"{SOURCES} @ value = value('a') / value('b');fill-value = none"),
    ("as of", 2, f"{SOURCES} @ value = value('a') + value('b');match = previous 30 minute"),
    ("nearest", 2, f"{SOURCES} @ value = value('a') + value('b');match = nearest 10 minute"),
    ("grid", 2, f"{SOURCES} @ value = value('a') + value('b');match = grid 15 minute"),
    ("missing last", 2, f"{SOURCES} @ value = value('a') + value('b');missing = last 2 hour;match=exact"),
    ("missing zero", 2, f"{SOURCES} @ value = value('a') + value('b');missing = 0;match=exact"),
    ("hours", 0, "@ metric = load;statistics = avg;period = 1 hour"),
    ("hours Vienna", 0, "time-zone = Europe/Vienna @ metric = load;statistics = sum;period = 1 hour"),
    ("quarters", 0, "@ metric = load;statistics = percentile(90);period = 15 minute"),
    ("days Vienna", 0, "time-zone = Europe/Vienna @ metric = load;statistics = count;period = 1 day"),
    ("six hours", 0, "@ metric = load;statistics = max;period = 6 hour"),
    ("rate per hour", 0, "@ metric=packets;rate = 1 second;statistics = avg;period = 1 hour"),
    ("moving mean", 2, f"{SOURCES} @ value = movavg('a', 9)"),
    ("moving hours", 2, f"{SOURCES} @ value = movavg('a', '3 hour')"),
    ("smooth", 0, "@ metric = load;smooth = avg;smooth-count = 12"),
    ("smooth hours", 0, "@ metric = load;smooth = wavg;smooth-interval = 4 hour"),
    ("smooth of rate", 0, "@ metric=packets;rate = 1 second;smooth = avg;smooth-count = 5"),
    ("yesterday", 0, "@ metric = load;time-offset = 1 day"),
    ("yesterday Vienna", 0, "time-zone = Europe/Vienna @ metric = load;time-offset = 1 day"),
    ("against yesterday", 2, "@ metric=load;alias=now @ metric=load;time-offset=1 day;alias=old"
     " @ value = value('now') - value('old')"),
    ("hour ago", 2, f"{SOURCES} @ value = value('a') - getValueWithOffset('a', '1 hour')"),
    ("share of the hour", 2, f"{SOURCES} @ value = value('a') / avg('a', '1 hour')"),
    ("hourly counter", 1, "@ metric=packets;alias = p @ value = delta('p', '1 hour')"),
    ("change of means", 1, "@ metric=load;statistics=avg;period=1 hour;alias=m"
     " @ value = value('m') - previous('m')"),
    ("wildcard", 0, "@ metric = disk;rate = 1 hour;rate-counter = false;[tags];mount = *"),
    ("wildcard formula", 1, "@ metric = disk;alias = d;[tags];mount = *"
     " @ value = value('d') - previous('d')"),
    ("wildcard with single", 2, "@ metric = disk;alias = d;[tags];mount = * @ metric=load;alias=a"
     " @ value = value('d') / value('a');match = previous"),
    ("filtered", 0, "@ metric = load;filter = value > 0"),
    ("filtered change", 0, "@ metric = load;filter = value > 0;replace-value = value - previousValue"),
    ("regular", 0, "@ metric = load;interpolate-function = LINEAR;interpolate-period = 10 minute"
     ";interpolate-boundary = outer"),
    ("group", 0, "@ metric = disk;group-statistic = sum;group-period = 1 hour;[tags];mount = *"),
    ("two statistics", 0, "@ metric = load;statistics = min, max;period = 1 hour"),
    ("merged", 0, "@ metric = disk;merge-series = true;[tags];mount = *"),
    ("formula of formulas", 3, f"{SOURCES} @ alias=r;value = value('a') - previous('a');display = false"
     " @ value = Math.abs(value('r')) + movavg('b', 3)"),
]  # fmt: skip


def moment(text: str) -> int:
    return parse_iso(text)


@pytest.fixture(autouse=True)
def samples(seed) -> None:
    """Four metrics with irregular times, gaps, holes and a counter that falls back, from two days before."""
    start_ns, end_ns = moment(START) - 48 * HOUR_NS, moment(NOW)

    def times(step_s: float) -> np.ndarray:
        steps = seed.exponential(step_s, int((end_ns - start_ns) / 1e9 / step_s * 1.5)).clip(1) * 1e9
        at = start_ns + np.cumsum(steps.astype(np.int64)) // 10**6 * 10**6
        at = np.unique(at[at < end_ns])
        gap = (at > moment(START) + 9 * HOUR_NS) & (at < moment(START) + 14 * HOUR_NS)
        return at[~gap]

    def put(metric: str, at: np.ndarray, values: np.ndarray, **tags: str) -> None:
        insert_series([(SeriesKey.of(metric, "nur", {"host": "h1", **tags}), Samples(at, values))])

    at = times(400)
    values = seed.normal(3, 4, len(at)).round(3)
    values[seed.random(len(at)) < 0.03] = np.nan
    put("load", at, values)
    # Some samples of both stand at one time.
    at = np.union1d(at[::3], times(900))
    put("memory", at, seed.uniform(10, 90, len(at)).round(2))
    at = times(300)
    counter = np.cumsum(seed.integers(0, 10**6, len(at))).astype(float)
    for fall in (len(at) // 3, len(at) // 2, 2 * len(at) // 3):
        counter[fall:] -= counter[fall] - 17
    put("packets", at, counter)
    for mount in ("/", "/home", "/var"):
        at = times(1500)
        put("disk", at, np.cumsum(seed.normal(0, 5, len(at))).round(4), mount=mount)


def text_of(body: str) -> str:
    lines = body.replace("@", "\n[series]\n").replace(";", "\n")
    return f"[widget]{HEAD}{lines}\n"


def definition(body: str, section: int, **more: Any) -> dict[str, Any]:
    return {"config": text_of(body), "section": section, "metric": "saved", "every": "1 hour"} | more


Points = dict[tuple[Any, ...], dict[int, float]]


def drawn(body: str, section: int, start: str = START, end: str = END) -> list[dict[int, float]]:
    """The exact numbers of a section in the answer of ``render``, in ms, one for each series."""
    request = ChartRequest(
        text_of(body), moment(NOW), start_ns=moment(start), end_ns=moment(end), with_series=True
    )
    (widget,) = orjson.loads(render_charts(request))["widgets"]
    found = [one for one in widget["series"] if one["position"] == section]
    within = (moment(start) // 10**6, moment(end) // 10**6)
    return [
        {at: value for at, value in one["samples"] if value is not None and within[0] <= at < within[1]}
        for one in found
    ]


def stored(start: str = START, end: str = END, metric: str = "saved") -> list[dict[int, float]]:
    refs = catalog().find_series(SeriesSelector(metric))
    columns = StoreSource().read([ref.id for ref in refs], moment(start), moment(end))
    return [
        dict(zip((one.times_ns // 10**6).tolist(), one.values.tolist(), strict=True)) for one in columns
    ]


def same(one: list[dict[int, float]], other: list[dict[int, float]]) -> bool:
    def ordered(all_of: list[dict[int, float]]) -> list[Any]:
        return sorted(sorted(points.items()) for points in all_of if points)

    return ordered(one) == ordered(other)


def in_slices(task: Task, size: int, start: str = START, end: str = END) -> None:
    (part,) = definition_of(task, moment(NOW)).parts
    edges = period_edges(moment(start), moment(end) - 1, sampling=part.sampling, zone=part.zone)
    for at in range(0, len(edges) - 1, size):
        store_periods(part, edges[at : at + size + 1], now_ns=moment(NOW))


@pytest.mark.parametrize(("name", "section", "body"), CONFIGS, ids=[one[0] for one in CONFIGS])
def test_stored_numbers_equal_the_drawn_ones(name, section, body) -> None:
    windows = {10_000: (DAYS_START, DAYS_END), 7: (DAYS_START, DAYS_END), 1: NIGHT}
    for size, window in windows.items():
        metric = f"saved{size}"
        task = save_chart_metric(definition(body, section, metric=metric), None, now_ns=moment(NOW))
        in_slices(task, size, *window)
        expected = drawn(body, section, *window)
        assert sum(map(len, expected)) > (0 if size == 1 else 1)
        assert same(stored(*window, metric), expected), size
