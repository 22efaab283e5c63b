"""Series of charts as metrics: what is stored equals what is drawn, point by point, however time is cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.times import parse_iso
from apps.catalog.selectors import catalog
from apps.catalog.services import patch_metric
from apps.errors import ArgumentFault
from apps.queries.charts import ChartRequest, render_charts
from apps.store.ingest import insert_series
from apps.store.source import StoreSource
from apps.store.writer import delete_range
from apps.tasks.chart_saving import dry_run, save_chart_metric
from apps.tasks.definitions import definition_of
from apps.tasks.engine import store_periods
from apps.tasks.models import Task
from apps.tasks.runner import run_backfill_slice, run_scheduled
from apps.tasks.schedule import period_edges
from apps.tasks.services import start_backfill

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


class Clock:
    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def anyone(settings) -> None:
    settings.TSWEB_ANONYMOUS = "write"


def put_live(minutes: Iterable[int], metric: str = "live") -> None:
    """Samples so many minutes after the start; what they are follows from when they are."""
    at = sorted(minutes)
    if at:
        times = [moment(START) + one * 60 * 10**9 for one in at]
        values = [float(one * one % 97) if metric != "saved" else float(one) for one in at]
        insert_series([(SeriesKey.of(metric, "nur", {"host": "h1"}), Samples.of(times, values))])


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


def test_runs_and_backfills_store_the_same_and_change_nothing_when_repeated(anyone) -> None:
    body = f"{SOURCES} @ value = value('a') / value('b')"
    task = save_chart_metric(definition(body, 2), None, now_ns=moment(START))
    clock = Clock(moment(START))
    while clock.now_ns < moment(END):
        clock.now_ns += HOUR_NS
        run_scheduled("w", clock)
    ran = stored()
    assert same(ran, drawn(body, 2))
    clock.now_ns = moment(NOW)
    other = save_chart_metric(definition(body, 2, metric="other"), None, now_ns=clock())
    for _ in range(2):
        backfill = start_backfill(other, None, moment(START), moment(END), now_ns=clock())
        while run_backfill_slice("w", clock):
            pass
        backfill.refresh_from_db()
        assert (backfill.state, backfill.points) == ("done", sum(map(len, ran)))
        assert same(stored(metric="other"), ran)
    # What is there as it should be is not written again.
    (part,) = definition_of(task, clock()).parts
    edges = period_edges(moment(START), moment(END) - 1, sampling=part.sampling, zone=part.zone)
    done = store_periods(part, edges, now_ns=clock())
    assert (done.points, done.written, done.removed) == (sum(map(len, ran)), 0, 0)


@pytest.mark.parametrize("body", [
    "@ metric=live;replace-value = value - previousValue",
    "@ metric=live;alias=a @ value = value('a') - previous('a')",
    "@ metric=live;alias=a @ value = movavg('a', 4)",
    "@ metric=live;time-offset = 2 hour",
    "@ metric=live;statistics=avg;period=1 hour;alias=a @ value = value('a') - previous('a')",
])  # fmt: skip
def test_what_comes_late_is_put_right_wherever_it_shows(anyone, body) -> None:
    section = body.count("@") - 1
    put_live([-30])
    task = save_chart_metric(definition(body, section), None, now_ns=moment(START))
    clock = Clock(moment(START))
    put_live(range(0, 600, 35))
    while clock.now_ns < moment(START) + 11 * HOUR_NS:
        clock.now_ns += HOUR_NS
        run_scheduled("w", clock)
    before = stored()
    put_live([100, 101, 330])
    clock.now_ns += HOUR_NS
    run_scheduled("w", clock)
    after = stored()
    assert not same(before, after)
    assert same(after, drawn(body, section))
    assert task.runs.first().repaired


def test_lines_to_samples_that_came_later_are_filled_in_by_the_next_run(anyone) -> None:
    body = "@ metric=live;alias=a @ metric=slow;alias=b @ value = value('a') - value('b')"
    put_live([-30])
    save_chart_metric(definition(body, 2), None, now_ns=moment(START))
    clock = Clock(moment(START))
    minutes = {"live": list(range(0, 720, 20)), "slow": [0, 15, 310, 330, 700]}
    while clock.now_ns < moment(START) + 13 * HOUR_NS:
        clock.now_ns += HOUR_NS
        now_min = (clock.now_ns - moment(START)) // (60 * 10**9)
        for metric, at in minutes.items():
            put_live([one for one in at if now_min - 60 <= one < now_min], metric)
        run_scheduled("w", clock)
    found = stored()
    assert same(found, drawn(body, 2))
    assert sum(map(len, found)) > 30


def test_lines_between_samples_of_a_formula_are_drawn_to_the_end_of_the_window(anyone) -> None:
    """The last samples of ``slow`` are met by a line of changes whose end lies outside."""
    body = "@ metric=live;alias=a @ metric=slow;alias=b @ alias=r;value = {} @ value = value('r') + {}"
    put_live(range(-90, 400, 30))
    put_live(range(-85, 400, 7), "slow")
    end = "2024-10-26T04:29:00Z"
    texts = (("value('a') - previous('a')", "value('b')"), ("value('a') * 2", "movavg('b', 3)"))
    for at, formulas in enumerate(texts):
        text = body.format(*formulas)
        task = save_chart_metric(definition(text, 3, metric=f"saved{at}"), None, now_ns=moment(NOW))
        in_slices(task, 1000, START, "2024-10-26T06:00:00Z")
        found = drawn(text, 3, START, end)
        assert max(found[0]) > moment("2024-10-26T04:20:00Z") // 10**6
        assert same(found, stored(START, end, f"saved{at}"))


def test_two_tasks_do_not_share_a_series(anyone) -> None:
    body = "@ metric = disk;rate = 1 hour;[tags];mount = "
    first = save_chart_metric(definition(f"{body}/", 0), None, now_ns=moment(NOW))
    in_slices(first, 1000)
    kept = stored()
    assert len(kept) == 1
    with pytest.raises(ArgumentFault, match="holds points that something else stores") as refusal:
        save_chart_metric(definition(f"{body}*", 0), None, now_ns=moment(NOW))
    assert "tag that keeps them apart" in refusal.value.message
    # Other tags keep them apart; then neither removes what the other stored.
    second = save_chart_metric(definition(f"{body}/home", 0), None, now_ns=moment(NOW))
    third = save_chart_metric(definition(f"{body}*", 0, tags={"of": "all"}), None, now_ns=moment(NOW))
    for task in (second, third, first, second):
        in_slices(task, 1000)
    assert len(stored()) == 5
    assert same(stored()[:0] + [one for one in stored() if one in kept], [kept[0]] * 2)
    with pytest.raises(ArgumentFault, match="computed from disk"):
        save_chart_metric(definition(f"{body}/", 0, metric="Disk"), None, now_ns=moment(NOW))
    # Points that were written by hand are nobody's to overwrite either.
    put_live([5], "saved-by-hand")
    with pytest.raises(ArgumentFault, match="something else stores"):
        live = definition("@ metric=live", 0, metric="saved-by-hand")
        put_live([5])
        save_chart_metric(live, None, now_ns=moment(NOW))


def test_a_series_that_others_took_meanwhile_is_left_to_them(anyone) -> None:
    put_live(range(0, 600, 35))
    task = save_chart_metric(definition("@ metric=live", 0), None, now_ns=moment(START))
    put_live([7], "saved")
    clock = Clock(moment(START) + 2 * HOUR_NS)
    assert run_scheduled("w", clock)
    run = task.runs.first()
    assert run.state == "failed"
    assert "something else stores" in run.error
    assert stored() == [{moment(START) // 10**6 + 7 * 60_000: 7.0}]


def test_points_go_when_what_they_were_computed_from_goes(anyone) -> None:
    put_live(range(0, 600, 35))
    task = save_chart_metric(definition("@ metric=live;rate=1 hour;rate-counter=false", 0), None,
                             now_ns=moment(START))
    in_slices(task, 3)
    (ref,) = catalog().find_series(SeriesSelector("live"))
    delete_range([ref.id], moment(START) + HOUR_NS, moment(START) + 4 * HOUR_NS)
    in_slices(task, 5)
    assert same(stored(), drawn("@ metric=live;rate=1 hour;rate-counter=false", 0))


def test_retention_of_the_source_takes_nothing_that_was_stored(anyone) -> None:
    put_live(range(0, 600, 35))
    body = "@ metric=live;alias=a @ value = movavg('a', 5)"
    task = save_chart_metric(definition(body, 1), None, now_ns=moment(START))
    in_slices(task, 3)
    before = stored()
    patch_metric("live", {"retention_days": 1})
    now_ns = moment(START) + 24 * HOUR_NS + 3 * HOUR_NS
    (ref,) = catalog().find_series(SeriesSelector("live"))
    delete_range([ref.id], moment(START), now_ns - 24 * HOUR_NS)
    (part,) = definition_of(task, now_ns).parts
    edges = period_edges(moment(START), moment(START) + 11 * HOUR_NS, sampling=part.sampling, zone=part.zone)
    store_periods(part, edges, now_ns=now_ns)
    assert same(stored(), before)


@pytest.mark.parametrize(("lines", "reason"), [
    ("@ metric=load;smooth=ema", "remembers every sample"),
    ("@ metric=load;limit=5", "limit keeps the last"),
    ("@ metric=load;downsample=true", "downsample"),
    ("@ metric=load;statistics=avg", "chosen by width"),
    ("@ metric=load;statistics=avg;period=auto", "chosen by width"),
    ("@ metric=load;statistics=avg;period=7 minute", "begin depends on the window"),
    ("@ metric=load;statistics=avg;period=2 day", "begin depends on the window"),
    ("@ metric=load;statistics=avg;period=1 hour;align=START_TIME", "edges of the window"),
    ("@ metric=load;statistics=avg;period=1 hour;interpolate=LINEAR", "filled between"),
    ("@ metric=packets;statistics=delta;period=1 hour", "begins anew"),
    ("@ metric=load;statistics=threshold_duration;max-threshold=3;period=1 hour", "before the window"),
    ("time-zone=Europe/Vienna @ metric=load;statistics=avg;period=6 hour", "after the clock changes"),
    ("@ metric=load;interpolate-function=LINEAR;interpolate-period=1 hour", "first sample of the window"),
    ("@ metric=load;lookback=none;rate=1 hour", "starts anew"),
    ("@ value = 7", "constant is a line"),
    ("@ metric=load;alias=a @ value = value('a') / getMaximumValue('a')", "that of the window"),
    ("@ metric=load;alias=a @ value = value('a') * Date.now()", "reads the clock"),
    ("@ metric=load;alias=a @ value = value('a') - getValueForDate('a', 'now - 1 day')", "when it is drawn"),
    ("@ metric=load;alias=a @ value = value('nope')", "has an error"),
    ("@ metric=load;alias=a @ metric=load;entity=other;alias=b @ value = value('a')-value('b')", "several"),
    ("@ metric=unheard-of", "nothing is stored"),
    ("list m = getTags('disk', 'mount', 'nur') @ metric=load", "what is stored"),
])  # fmt: skip
def test_what_depends_on_the_window_is_refused_when_posted(lines, reason) -> None:
    insert_series([(SeriesKey.of("load", "other"), Samples.of([moment(START)], [1.0]))])
    section = lines.count("@") - 1
    with pytest.raises(ArgumentFault) as refusal:
        save_chart_metric(definition(lines, section), None, now_ns=moment(NOW))
    assert reason in refusal.value.message
    assert Task.objects.count() == 0


def test_a_dry_run_tells_what_a_drawing_lacks_at_its_edges() -> None:
    body = "@ metric = load;statistics = count;period = 1 day"
    done = dry_run(definition(body, 0), moment(START), moment(END), now_ns=moment(NOW))
    assert (done.periods, done.points, done.drawn, done.equal) == (3, 3, 3, 3)
    smooth = dry_run(
        definition("@ metric=packets;rate=1 second;smooth=avg;smooth-count=5", 0),
        moment(START), moment(END), now_ns=moment(NOW),
    )  # fmt: skip
    assert smooth.points > 300
    assert smooth.drawn - 5 <= smooth.equal <= smooth.drawn
    assert Task.objects.count() == 0
    assert stored() == []


def keys_of(body: str, section: int, **more: Any) -> set[tuple[str, str]]:
    """Entity and tags of what a section is stored as."""
    done = dry_run(definition(body, section, **more), moment(START), moment(END), now_ns=moment(NOW))
    return {(key.entity, " ".join(f"{name}={text}" for name, text in key.tags)) for key, _ in done.series}


def test_results_are_called_after_what_they_are_computed_from() -> None:
    mounts = {("nur", f"host=h1 mount={mount}") for mount in ("/", "/home", "/var")}
    disks = "@ metric = disk;alias = d;[tags];mount = *"
    assert keys_of(disks, 0) == mounts
    assert keys_of(f"{disks} @ value = value('d') - previous('d')", 1) == mounts
    # Of several series the tags that all of them have.
    both = "@ metric=load;alias=a @ metric=disk;alias=d;[tags];mount=/var @ value = value('a') + value('d')"
    assert keys_of(both, 2) == {("nur", "host=h1")}
    group = "@ metric=disk;group-statistic=sum;group-period=1 hour;[tags];mount=*"
    assert keys_of(group, 0) == {("nur", "host=h1")}
    assert keys_of("@ metric=load;statistics=min,percentile(90);period=1 hour", 0) == {
        ("nur", "host=h1 statistic=min"), ("nur", "host=h1 statistic=percentile_90"),
    }  # fmt: skip
    named = keys_of(both, 2, entity="Total", tags={"Kind": "sum"})
    assert named == {("total", "host=h1 kind=sum")}
    with pytest.raises(ArgumentFault, match="stored as one"):
        keys_of(disks, 0, tags={"mount": "all"})


@pytest.mark.parametrize(("body", "every", "sampling"), [
    ("@ metric=load", "1 minute", "1 hour"),
    ("@ metric=load", "1 day", "1 day"),
    ("@ metric=load", "1 month", "1 month"),
    ("@ metric=load;statistics=avg;period=15 minute", "1 hour", "1 hour"),
    ("@ metric=load;statistics=avg;period=6 hour", "1 hour", "1 day"),
    ("@ metric=load;statistics=avg;period=1 day", "1 hour", "1 day"),
    ("@ metric=load;statistics=avg;period=1 week", "1 hour", "1 week"),
    ("@ metric=load;statistics=avg;period=1 quarter", "1 day", "3 month"),
    ("@ metric=load;statistics=avg;period=2 month;alias=a @ value=value('a')/max('a', '1 quarter')",
     "1 day", "6 month"),
    ("time-zone=Asia/Kolkata @ metric=load;statistics=avg;period=1 hour", "1 hour", "1 hour"),
    ("time-zone=Australia/Lord_Howe @ metric=load;statistics=avg;period=30 minute", "1 hour", "1 day"),
])  # fmt: skip
def test_periods_are_computed_whole(body, every, sampling) -> None:
    section = body.count("@") - 1
    value = definition(body, section, every=every)
    done = dry_run(value, moment(START), moment(END), now_ns=moment(NOW))
    assert str(done.metric.sampling) == sampling
    assert done.points > 0
    # A month computed whole is what a drawing of whole months shows.
    assert done.equal == done.drawn
