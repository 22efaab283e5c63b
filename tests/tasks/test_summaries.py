"""Roll-ups keep what they can be merged from: longer periods come out as if computed from the raw points."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.summaries import COUNTER, DEVIATION, MEAN, average
from apps.algebra.times import format_iso_ms
from apps.catalog.selectors import catalog
from apps.queries.charts import ChartRequest, render_charts
from apps.queries.kairos_rollups import read_rollups
from apps.store.ingest import insert_series
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource
from apps.tasks.definitions import RollupPart
from apps.tasks.engine import store_periods
from tests.tasks.conftest import moment, put

pytestmark = pytest.mark.django_db(databases="__all__")

MINUTE_NS = 60 * 10**9
#: Four hours of the day.
START_NS, HOURS = moment("04:00"), 4
END_NS = START_NS + HOURS * 60 * MINUTE_NS
#: A mean computed in steps adds in another order.
CLOSE = {"rtol": 1e-12, "atol": 1e-9}
ALIGNED = {"align_start_time": True}
#: From, to, minutes: an hour in three steps, and at once.
CHAIN = (("raw", "m1", 1), ("m1", "m10", 10), ("m10", "h", 60), ("raw", "once", 60))


def part(metric: str, save_as: str, steps: list[dict[str, Any]], **more: Any) -> RollupPart:
    query = {"name": metric, "aggregators": steps, **more}
    body = {
        "name": "t",
        "execution_interval": {"value": 1, "unit": "hours"},
        "rollups": [{"save_as": save_as, "query": {"metrics": [query]}}],
    }
    return RollupPart(read_rollups(body, now_ns=END_NS).queries[0])


def by(name: str, minutes: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "sampling": {"value": minutes, "unit": "minutes"}, **ALIGNED, **more}


def compute(metric: str, save_as: str, name: str, minutes: int, **more: Any):
    """Roll a metric up into another one, over all the hours."""
    edges = np.arange(START_NS, END_NS + 1, minutes * MINUTE_NS)
    return store_periods(part(metric, save_as, [by(name, minutes)], **more), edges, now_ns=END_NS)


def read(metric: str) -> list[Samples]:
    ids = [ref.id for ref in catalog().find_series(SeriesSelector(metric))]
    return StoreSource().read(ids, -(2**63), 2**63 - 1, exact=True)


def only(metric: str) -> Samples:
    (samples,) = read(metric)
    return samples


@pytest.fixture
def raw(seed) -> Samples:
    """A counter that restarts now and then, read about every 20 s but for holes: uneven counts."""
    steps = seed.integers(1, 40, 700)
    steps[seed.integers(0, 700, 12)] += 600
    times = START_NS + np.cumsum(steps) * 10**9
    times = times[times < END_NS]
    values = np.cumsum(np.round(seed.exponential(5.0, len(times)), 2))
    for at in seed.integers(0, len(times), 9).tolist():
        values[at:] -= values[at] - 1.25
    samples = Samples.of(times, values)
    insert_series([(SeriesKey.of("raw", "default", {"host": "a"}), samples)])
    return samples


def hours_of(raw: Samples) -> list[np.ndarray]:
    edges = np.searchsorted(raw.times_ns, START_NS + np.arange(HOURS + 1) * 60 * MINUTE_NS)
    return [raw.values[lo:hi] for lo, hi in pairwise(edges.tolist())]


@pytest.mark.parametrize("name", ["avg", "dev", "std"])
def test_in_three_steps_or_in_one(raw, name) -> None:
    for source, target, minutes in CHAIN:
        compute(source, target, name, minutes)
        rewrite_stripe(0)
    hourly, once = only("h"), only("once")
    assert len(hourly) == HOURS and hourly.times_ns.tolist() == once.times_ns.tolist()
    np.testing.assert_allclose(hourly.values, once.values, **CLOSE)
    assert set(hourly.summaries["kind"]) == {MEAN if name == "avg" else DEVIATION}
    assert hourly.summaries["count"].tolist() == [len(hour) for hour in hours_of(raw)]
    for field in ("count", "sum", "m2"):
        np.testing.assert_allclose(hourly.summaries[field], once.summaries[field], rtol=1e-10)
    wanted = [hour.mean() if name == "avg" else hour.std(ddof=1) for hour in hours_of(raw)]
    np.testing.assert_allclose(hourly.values, wanted, **CLOSE)
    # Which the mean of the means shown is not.
    if name == "avg":
        shown = [one.mean() for one in hours_of(only("m1"))]
        assert not np.allclose(shown, wanted, rtol=1e-4)


def test_sums_of_whole_numbers_come_out_to_the_bit(seed) -> None:
    times = START_NS + np.arange(0, 230 * 60, 7) * 10**9
    values = seed.integers(-1000, 1000, len(times)).astype(float)
    insert_series([(SeriesKey.of("raw", "default", {"host": "a"}), Samples.of(times, values))])
    for source, target, minutes in CHAIN:
        compute(source, target, "avg", minutes)
    assert only("h").values.tolist() == only("once").values.tolist()
    assert only("h").summaries["sum"].tolist() == only("once").summaries["sum"].tolist()


@pytest.mark.parametrize("name", ["last", "first", "max"])
def test_growth_of_a_counter_survives_roll_ups(raw, name) -> None:
    for source, target, minutes in CHAIN:
        compute(source, target, name, minutes)
    hourly, once = only("h"), only("once")
    assert hourly.values.tolist() == once.values.tolist()
    assert set(hourly.summaries["kind"]) == {COUNTER}
    for field in hourly.summaries.dtype.names:
        np.testing.assert_allclose(hourly.summaries[field], once.summaries[field], rtol=1e-12, err_msg=field)
    assert hourly.summaries["resets"].sum() > 3
    grown = np.diff(raw.values)
    grown = np.where(grown < 0, raw.values[1:], grown).sum()
    for metric in ("m1", "m10", "h", "once", "raw"):
        (value,) = atsd(metric, "COUNTER", hours=24).values()
        assert math.isclose(value, grown, rel_tol=1e-12)


def atsd(metric: str, statistic: str, hours: int = 1, host: str | None = "a") -> dict[str, float]:
    tags = {"host": host} if host and metric == "raw" else {}
    period = {"count": hours, "unit": "HOUR"}
    body = {
        "metric": metric, "entity": "default", "tags": tags,
        "startDate": "2024-05-14T00:00:00Z", "endDate": "2024-05-15T00:00:00Z",
        "aggregate": {"type": statistic, "period": period},
    }  # fmt: skip
    answer = Client().post("/api/v1/series/query", json.dumps([body]), content_type="application/json")
    assert answer.status_code == 200, answer.content
    (one,) = answer.json()
    return {sample["d"]: sample["v"] for sample in one["data"]}


def kairos(metric: str, *steps: dict[str, Any], **more: Any) -> dict[str, float]:
    body = {
        "start_absolute": moment("00:00") // 10**6,
        "end_absolute": (moment("00:00") + 24 * 60 * MINUTE_NS) // 10**6,
        "metrics": [{"name": metric, "aggregators": list(steps), **more}],
    }
    answer = Client().post("/api/v1/datapoints/query", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    (one,) = answer.json()["queries"][0]["results"]
    return {iso(time_ms): value for time_ms, value in one["values"]}


def charted(metric: str, statistic: str) -> dict[str, float]:
    text = f"""[configuration]
start-time = 2024-05-14T00:00:00Z
end-time = 2024-05-15T00:00:00Z
[group]
[widget]
type = chart
[series]
metric = {metric}
entity = default
statistic = {statistic}
period = 1 hour
"""
    (widget,) = json.loads(render_charts(ChartRequest(text, now_ns=END_NS, with_series=True)))["widgets"]
    (one,) = widget["series"]
    return {iso(time_ms): value for time_ms, value in one["samples"] if value is not None}


def iso(time_ms: float) -> str:
    return format_iso_ms(np.array([int(time_ms) * 10**6], np.int64))[0]


def assert_close(got: dict[str, float], wanted: dict[str, float]) -> None:
    assert list(got) == list(wanted)
    np.testing.assert_allclose(list(got.values()), list(wanted.values()), **CLOSE)


@pytest.mark.parametrize("compacted", [False, True])
def test_every_notation_gives_the_numbers_of_the_raw_points(raw, compacted) -> None:
    # Periods that do not divide an hour, but the four of them.
    compute("raw", "means", "avg", 16)
    compute("raw", "spreads", "dev", 16)
    compute("raw", "tens", "avg", 10)
    compute("raw", "ten_spreads", "dev", 10)
    if compacted:
        rewrite_stripe(0)
    for metric in ("tens", "ten_spreads"):
        wanted = atsd("raw", "STANDARD_DEVIATION")
        assert len(wanted) == HOURS
        assert_close(atsd(metric, "STANDARD_DEVIATION"), wanted)
        assert_close(kairos(metric, by("dev", 60)), wanted)
        assert_close(charted(metric, "standard_deviation"), wanted)
        assert_close(kairos(metric, by("dev", 60, return_type="pos_sd", dev_count=2)),
                     kairos("raw", by("dev", 60, return_type="pos_sd", dev_count=2)))  # fmt: skip
    wanted = atsd("raw", "AVG")
    assert_close(kairos("raw", by("avg", 60)), wanted)
    for got in (atsd("tens", "AVG"), kairos("tens", by("avg", 60)), charted("tens", "avg")):
        assert_close(got, wanted)
    assert_close(atsd("means", "AVG", 24), atsd("raw", "AVG", 24))
    assert_close(atsd("spreads", "STANDARD_DEVIATION", 24), atsd("raw", "STANDARD_DEVIATION", 24))


def test_several_series_in_one_roll_up_and_several_roll_ups_in_one_group(seed) -> None:
    columns = {}
    for host, count in (("a", 400), ("b", 90), ("c", 3)):
        times = START_NS + np.sort(seed.choice(HOURS * 3600, count, replace=False)) * 10**9
        columns[host] = Samples.of(times, seed.normal(50 if host == "a" else 900, 20, count))
        insert_series([(SeriesKey.of("raw", "default", {"host": host}), columns[host])])
    grouped = {"group_by": [{"name": "tag", "tags": ["host"]}]}
    compute("raw", "whole", "avg", 10)
    compute("raw", "apart", "avg", 10, **grouped)
    compute("raw", "newest", "last", 10)
    assert len(read("apart")) == 3 and len(read("whole")) == 1
    # Values of several series in turn are no counter.
    assert only("newest").summaries is None
    assert {host.summaries["kind"].max() for host in read("apart")} == {MEAN}
    every = np.concatenate([one.values for one in columns.values()])
    (value,) = kairos("apart", by("avg", 24 * 60)).values()
    assert math.isclose(value, every.mean(), rel_tol=1e-12)
    (value,) = kairos("whole", by("avg", 24 * 60)).values()
    assert math.isclose(value, every.mean(), rel_tol=1e-12)
    compute("apart", "again", "avg", 60)
    (value,) = kairos("again", by("avg", 24 * 60)).values()
    assert math.isclose(value, every.mean(), rel_tol=1e-12)


def test_running_again_writes_nothing_and_a_lost_summary_is_put_back(raw) -> None:
    first = compute("raw", "tens", "avg", 10)
    assert (first.points, first.written) == (len(only("tens")), len(only("tens")))
    again = compute("raw", "tens", "avg", 10)
    assert (again.points, again.written, again.removed) == (first.points, 0, 0)
    wanted = only("tens")
    (ref,) = catalog().find_series(SeriesSelector("tens"))
    insert_series([(ref.key, Samples.of(wanted.times_ns[2:4], wanted.values[2:4]))])
    assert only("tens").summaries["kind"].tolist()[:5] == [MEAN, MEAN, 0, 0, MEAN]
    assert compute("raw", "tens", "avg", 10).written > 0
    assert only("tens").summaries.tobytes() == wanted.summaries.tobytes()
    # The number is the same, what it was made from is not.
    changed = wanted.summaries.copy()
    changed["m2"][0] += 1
    insert_series([(ref.key, Samples(wanted.times_ns, wanted.values, summaries=changed))])
    assert compute("raw", "tens", "avg", 10).written > 0
    assert only("tens").summaries.tobytes() == wanted.summaries.tobytes()
    rewrite_stripe(0)
    assert compute("raw", "tens", "avg", 10).written == 0


def test_a_roll_up_that_needs_none_takes_away_those_of_one_before(raw) -> None:
    compute("raw", "tens", "max", 10)
    with_counters = only("tens")
    compute("raw", "tens", "sum", 10)
    assert only("tens").summaries is None
    compute("raw", "tens", "max", 10)
    assert only("tens").summaries.tobytes() == with_counters.summaries.tobytes()


def test_late_points_change_the_summary_with_the_number() -> None:
    put({"04:01": 1, "04:02": 3, "05:10": 8})
    compute("raw", "tens", "avg", 10)
    put({"04:03": 8, "05:10": 9})
    compute("raw", "tens", "avg", 10)
    compute("tens", "day", "avg", 240)
    held = only("tens")
    assert held.values.tolist() == [4, 9] and held.summaries["count"].tolist() == [3, 1]
    assert only("day").values.tolist() == [21 / 4]


def test_points_from_before_roll_ups_kept_anything_count_as_one_each() -> None:
    put({"04:05": 10}, "tens", saved_from="raw")
    put({"04:11": 2, "04:12": 4, "04:13": 6})
    part_of = part("raw", "tens", [by("avg", 10)])
    store_periods(part_of, np.array([moment("04:10"), moment("04:20")]), now_ns=END_NS)
    assert only("tens").summaries["count"].tolist() == [0, 3]
    assert list(kairos("tens", by("avg", 60)).values()) == [(10 + 2 + 4 + 6) / 4]


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([{"name": "scale", "factor": 2}, by("avg", 10)], MEAN),
        ([by("avg", 10), {"name": "scale", "factor": 2}], None),
        ([by("avg", 1), by("avg", 10)], None),
        ([by("last", 1), by("max", 10)], None),
        ([by("last", 10), {"name": "filter", "filter_op": "lt", "threshold": 3}], COUNTER),
        ([by("percentile", 10, percentile=0.5)], None),
        ([by("sum", 10)], None),
        ([by("count", 10)], None),
        ([by("min", 10)], None),
    ],
)  # fmt: skip
def test_what_is_kept_belongs_to_the_number_shown(steps, kind) -> None:
    put({"04:01": 1, "04:02": 3, "04:03": 8, "04:11": 5, "04:12": 6})
    edges = np.arange(START_NS, END_NS + 1, 10 * MINUTE_NS)
    store_periods(part("raw", "rolled", steps), edges, now_ns=END_NS)
    found = only("rolled")
    assert len(found)
    if kind is None:
        assert found.summaries is None
        return
    assert set(found.summaries["kind"]) == {kind}
    if kind == MEAN:
        assert found.values.tolist() == average(found.summaries).tolist() == [8, 11]
        assert found.summaries.dtype.names == ("kind", "count", "sum", "m2")


def test_queries_leave_nothing_behind_but_numbers(raw) -> None:
    """A live query that saves is no roll-up; a copy of rolled-up points is one of all they are."""
    compute("raw", "tens", "avg", 10)
    save = {"name": "save_as", "metric_name": "saved"}
    kairos("raw", by("avg", 10), save)
    assert only("saved").summaries is None
    kairos("tens", {**save, "metric_name": "copied"})
    assert only("copied").summaries["count"].sum() == len(raw)


def test_cells_of_calendars_and_tables_count_what_was_rolled_up(raw) -> None:
    compute("raw", "tens", "avg", 10)
    text = """[configuration]
start-time = 2024-05-14T04:00:00Z
end-time = 2024-05-14T08:00:00Z
timezone = UTC
metric = {metric}
entity = default
[group]
[widget]
type = calendar
summarize-period = 1 hour
summarize-statistic = avg
[series]
[widget]
type = table
[series]
[column]
label = mean
value = value('avg')
format = fixed(6)
[column]
label = lately
series-value = avg('100 minute')
format = fixed(6)
"""

    def cells(metric: str) -> tuple[list[str], float, float]:
        request = ChartRequest(text.format(metric=metric), now_ns=END_NS)
        calendar, table = json.loads(render_charts(request))["widgets"]
        (row,) = table["table"]["rows"]
        shown = [one.split("avg ")[1] for one in calendar["figure"]["data"][0]["hovertext"][0] if one]
        mean, lately = (float(cell["text"]) for cell in row["cells"][-2:])
        return shown, mean, lately

    (hours, mean, lately), (wanted, whole, _) = cells("tens"), cells("raw")
    assert hours == wanted and len(set(hours)) == HOURS
    assert math.isclose(mean, whole, abs_tol=2e-6) and math.isclose(mean, raw.values.mean(), abs_tol=2e-6)
    # The last ten points: a hundred minutes that begin with a period.
    ten = raw.values[raw.times_ns >= only("tens").times_ns[-10]]
    assert math.isclose(lately, ten.mean(), abs_tol=2e-6)
