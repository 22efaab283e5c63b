"""Functions of streams give what plain loops over points give, and leave their input alone."""

from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algebra.explain import explain
from apps.algebra.periods import Period
from apps.algebra.plan import Given, apply
from apps.algebra.registry import functions
from apps.algebra.series import Series
from apps.algebra.source import MemorySource
from apps.algebra.streams import BinGroups, TimeGroups, ValueGroups
from apps.algebra.times import NS_PER_MS
from apps.errors import ExecutionFault
from tests.algebra.streams import B, Points, call, run, shown, stored, stream

TEN = {"period": Period(10, "second"), "start_ns": B}
VALUES = st.one_of(st.integers(-30, 30), st.floats(-1e6, 1e6, allow_subnormal=False))
ORDERS = st.booleans()

STREAM_CALLS: dict[str, dict[str, Any]] = {
    "merge_streams": {"by": ("site",), "limit": 3},
    "group_streams": {"groupers": (ValueGroups(10), BinGroups((0.0, 5.0)), TimeGroups(1, "second", 3, B))},
    "limit_streams": {"count": 2},
    "stream_aggregate": {"statistic": "avg", **TEN},
    "stream_deviation": TEN,
    "stream_percentile": {"share": 0.3, **TEN},
    "stream_least_squares": TEN,
    "stream_minmax": TEN,
    "stream_gaps": {**TEN, "end_ns": B + 10**11},
    "stream_interpolate": TEN,
    "stream_rate": {"period": Period(1, "month")},
    "stream_scale": {"factor": 2.0},
    "stream_divide": {"divisor": 2.0},
    "stream_normalize": {},
    "stream_sma": {"size": 2},
    "stream_trim": {},
    "stream_limit": {"limit": 100},
    "stream_filter": {"op": "lt", "threshold": 0.0},
    "stream_score": {"thresholds": ((0.0, "superior"), (5.0, "inferior"))},
    "stream_shift": {"offset_ns": 5},
    "stream_align": {"start_ns": 0, "end_ns": 9, "reference_start_ns": 5, "reference_end_ns": 9},
    "stream_alias": {"alias": "x"},
    "stream_tag": {"name": "a", "value": "b"},
    "stream_untag": {},
    "stream_save": {"metric": "x"},
}


@st.composite
def points(draw: st.DrawFn, most_ms: int = 60_000) -> Points:
    """Points in order of time, some of one time, in order of value there."""
    some = st.one_of(st.integers(0, most_ms), st.integers(0, most_ms // 5000).map(lambda k: k * 5000))
    pairs = draw(st.lists(st.tuples(some, VALUES), max_size=20))
    return sorted(pairs, key=lambda pair: (pair[0], pair[1]))


def close(got: Points, wanted: Points) -> bool:
    return [time for time, _ in got] == [time for time, _ in wanted] and all(
        a == b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)
        for (_, a), (_, b) in zip(got, wanted, strict=True)
    )


def ranged(held: Points, step: int, origin: int) -> dict[int, Points]:
    """Points by the start of their range."""
    out: dict[int, Points] = {}
    for time, value in held:
        out.setdefault(origin + (time - origin) // step * step, []).append((time, value))
    return out


def plain_statistic(name: str, held: Points) -> float:
    values = [float(value) for _, value in held]
    mean = math.fsum(values) / len(values)
    return {
        "sum": math.fsum(values), "avg": mean, "min": min(values), "max": max(values),
        "count": len(values), "first": values[0], "last": values[-1],
        "deviation": math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(len(values) - 1, 1)),
    }[name]  # fmt: skip


NAMES = ["sum", "avg", "min", "max", "count", "first", "last", "deviation"]


@given(
    points(), st.sampled_from(NAMES), st.integers(1, 20_000), st.integers(-5000, 90_000),
    st.sampled_from(["first", "start", "end"]), ORDERS,
)  # fmt: skip
def test_ranges(held: Points, name: str, step: int, start: int, stamp: str, newest_first: bool) -> None:
    params = {
        "period": Period(step, "millisecond"), "start_ns": B + start * NS_PER_MS, "align_sampling": False,
        "stamp": stamp,
    }  # fmt: skip
    one = stream(held, newest_first=newest_first)
    call_it = ("stream_deviation", params)
    if name != "deviation":
        call_it = ("stream_aggregate", {**params, "statistic": name})
    wanted = []
    for begin, inside in ranged(held, step, start).items():
        own = inside[-1 if name == "last" else 0][0]
        time = {"first": own, "start": begin, "end": begin + step}[stamp]
        wanted.append((time, plain_statistic(name, inside)))
    assert close(shown(run(one, call_it)), wanted[::-1] if newest_first else wanted)


def plain_line(held: Points) -> Points:
    if len(held) < 3:
        return held
    x, y = [time for time, _ in held], [float(value) for _, value in held]
    mean_x, mean_y = sum(x) / len(x), math.fsum(y) / len(y)
    run = sum((a - mean_x) ** 2 for a in x)
    slope = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / run if run else 0.0
    return [(time, mean_y + slope * (time - mean_x)) for time in (x[0], x[-1])]


def plain_extremes(held: Points) -> Points:
    least = min(held, key=lambda point: point[1])
    most = max(held, key=lambda point: point[1])
    if held.index(least) == held.index(most):
        return [least]
    return sorted([least, most], key=lambda point: point[0])


@pytest.mark.parametrize(
    ("function", "plain"), [("stream_least_squares", plain_line), ("stream_minmax", plain_extremes)]
)
@given(held=points(), step=st.integers(1000, 30_000))
def test_several_points_of_a_range(function: str, plain: Any, held: Points, step: int) -> None:
    params = {"period": Period(step, "millisecond"), "start_ns": B}
    wanted = [point for inside in ranged(held, step, 0).values() for point in plain(inside)]
    assert close(shown(run(stream(held), (function, params))), wanted)


@given(
    points(), st.integers(1, 20), st.integers(-100, 5000), st.integers(0, 70_000), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_gaps(held: Points, seconds: int, start: int, length: int, trim: bool, align: bool) -> None:
    step, end = seconds * 1000, start + length
    held = [(time, value) for time, value in held if start <= time <= end]
    one = run(stream(held), ("stream_gaps", {
        "period": Period(seconds, "second"), "start_ns": B + start * NS_PER_MS,
        "end_ns": B + (end + 1) * NS_PER_MS, "trim": trim, "align_sampling": align,
    }))  # fmt: skip
    # a start before midnight counts from the midnight before
    origin = (0 if start >= 0 else -86_400_000) if align else start
    low, high = (held[0][0], held[-1][0]) if trim and held else (start, end)
    wanted = list(held)
    if held or not trim:
        begin = origin + (low - origin) // step * step
        taken = ranged(held, step, origin)
        wanted += [(time, None) for time in range(begin, high + 1, step) if time not in taken]
    assert shown(one) == sorted(wanted, key=lambda point: point[0])


@given(points(), st.integers(1, 20), st.integers(0, 5000), st.booleans(), ORDERS)
def test_interpolation(held: Points, seconds: int, start: int, align: bool, newest_first: bool) -> None:
    step = seconds * 1000
    one = run(stream(held, newest_first=newest_first), ("stream_interpolate", {
        "period": Period(seconds, "second"), "start_ns": B + start * NS_PER_MS, "align_sampling": align,
    }))  # fmt: skip
    last = dict(held)
    times = sorted(last)
    wanted: Points = []
    if times:
        origin = 0 if align else start
        first = origin + -(-(times[0] - origin) // step) * step
        for grid in range(first, times[-1] + 1, step):
            before = max(time for time in times if time <= grid)
            after = min(time for time in times if time >= grid)
            way = (grid - before) / (after - before) if after > before else 0.0
            wanted.append((grid, last[before] + (last[after] - last[before]) * way))
    assert close(shown(one), wanted[::-1] if newest_first else wanted)


@given(points(), st.sampled_from(["rate", "sampler", "difference"]), st.integers(1, 90), ORDERS)
def test_rates(held: Points, form: str, seconds: int, newest_first: bool) -> None:
    if form != "difference":
        held = list({time: (time, value) for time, value in held}.values())
    walk = held[::-1] if newest_first else held
    wanted = []
    for (t0, v0), (t1, v1) in pairwise(walk):
        change = float(v1) if form == "sampler" else float(v1) - float(v0)
        wanted.append((t1, change if form == "difference" else change * seconds * 1000 / (t1 - t0)))
    params = {"form": form, "period": Period(seconds, "second")}
    assert close(shown(run(stream(held, newest_first=newest_first), ("stream_rate", params))), wanted)


@given(points(), st.integers(1, 8), st.sampled_from(["first", "last", "both"]), ORDERS)
def test_windows_and_ends(held: Points, size: int, ends: str, newest_first: bool) -> None:
    one = stream(held, newest_first=newest_first)
    walk = held[::-1] if newest_first else held
    means = [
        (walk[i][0], math.fsum(float(v) for _, v in walk[i - size + 1 : i + 1]) / size)
        for i in range(size - 1, len(walk))
    ]
    assert close(shown(run(one, ("stream_sma", {"size": size}))), means)
    kept = walk[0 if ends == "last" else 1 :]
    kept = kept[: len(kept) - (0 if ends == "first" else 1)] if kept else kept
    assert shown(run(one, ("stream_trim", {"ends": ends}))) == kept
    assert shown(run(one, ("limit_streams", {"count": size}))) == walk[:size]


@given(points(), st.integers(1, 12), st.lists(st.integers(-20, 20), min_size=1, max_size=4), ORDERS)
def test_groups(held: Points, size: int, bins: list[int], newest_first: bool) -> None:
    bins = sorted(set(bins))
    groupers = (ValueGroups(size), BinGroups(tuple(bins)), TimeGroups(7, "second", 3, B + NS_PER_MS))
    found = call("group_streams", stream(held, newest_first=newest_first), groupers=groupers)
    wanted: dict[tuple[int, ...], Points] = {}
    for time, value in held[::-1] if newest_first else held:
        number = (int(math.trunc(value) / size), sum(value >= one for one in bins), (time - 1) // 7000 % 3)
        wanted.setdefault(number, []).append((time, value))
    got = [(tuple(entry.number for entry in one.labels.splits), shown(one)) for one in found if len(one)]
    assert got == list(wanted.items())


@given(st.lists(points(), max_size=5), st.integers(0, 4), ORDERS)
def test_merge(parts: list[Points], limit: int, newest_first: bool) -> None:
    # times of a stored series rise strictly
    parts = [sorted(dict(one).items()) for one in parts]
    members = tuple(stored(one, site=str(i % 2)) for i, one in enumerate(parts))
    found = call("merge_streams", members, by=("site",), limit=limit, newest_first=newest_first)
    for site in "01":
        wanted = []
        for one in parts[int(site) :: 2]:
            wanted += (one[::-1] if newest_first else one)[: limit or None]
        wanted.sort(key=lambda point: (point[0], point[1]), reverse=newest_first)
        got = [shown(one) for one in found if one.labels.tag_group and one.labels.tag_group.values == (site,)]
        assert got == ([wanted] if wanted else [])


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 500 * 24), min_size=1, max_size=30), st.integers(0, 300 * 24),
    st.integers(1, 5), st.sampled_from(["day", "week", "month", "year"]), st.booleans(),
    st.sampled_from(["UTC", "Europe/Paris", "America/Santiago", "Asia/Kabul"]),
)  # fmt: skip
def test_calendar_ranges(
    hours: list[int], start_hour: int, count: int, unit: str, align: bool, zone: str
) -> None:
    """Bounds of ranges counted with the standard library's calendar."""
    base = datetime(2024, 1, 1, tzinfo=UTC)
    held = [(hour * 3_600_000, 1.0) for hour in sorted(hours)]
    start = base + timedelta(hours=start_hour)
    local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if align:
        local = local.replace(hour=0, minute=0)
        if unit == "week":
            local -= timedelta(days=local.weekday())
        local = local.replace(day=1 if unit in ("month", "year") else local.day)
        local = local.replace(month=1 if unit == "year" else local.month)

    def edge(n: int) -> int:
        moved = local
        if unit in ("day", "week"):
            moved += timedelta(days=n * count * (7 if unit == "week" else 1))
        else:
            months = local.year * 12 + local.month - 1 + n * count * (12 if unit == "year" else 1)
            year, month = divmod(months, 12)
            following = datetime(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)
            moved = local.replace(year=year, month=month + 1, day=min(local.day, following.day))
        aware = moved.replace(tzinfo=ZoneInfo(zone))
        return round((aware.astimezone(UTC) - base).total_seconds() * 1000)

    one = run(stream(held), ("stream_aggregate", {
        "statistic": "count", "period": Period(count, unit), "start_ns": B + start_hour * 3600 * 10**9,
        "align_sampling": align, "stamp": "start", "zone": zone,
    }))  # fmt: skip
    edges = [edge(n) for n in range(-310, 810)]
    if not align:
        edges[310] = start_hour * 3_600_000  # where the clock shows an hour twice, the query's own
    wanted: dict[int, int] = {}
    for time, _ in held:
        begin = max(one for one in edges if one <= time)
        wanted[begin] = wanted.get(begin, 0) + 1
    assert shown(one) == sorted(wanted.items())


@pytest.mark.parametrize("name", sorted(STREAM_CALLS))
@given(held=points(), newest_first=ORDERS)
@settings(max_examples=15)
def test_input_stays_as_it_was(name: str, held: Points, newest_first: bool) -> None:
    spec = next(spec for spec in functions("transform") if spec.name == name)
    held = sorted(dict(held).items())
    one = stored(held, site="n") if name == "merge_streams" else stream(held, newest_first=newest_first)
    before = shown(one)
    columns = [one.samples.times_ns, one.samples.values, one.samples.kinds, one.samples.ints]
    for column in columns:
        if column is not None:
            column.flags.writeable = False
    with contextlib.suppress(ExecutionFault):
        result = spec.function((one, one) if spec.shape == "set" else one, **STREAM_CALLS[name])
        for made in [result] if isinstance(result, Series) else result:
            times = made.times_ns
            assert made.labels is not None and bool(np.all(times[1:] >= times[:-1]))
    assert shown(one) == before


@pytest.mark.parametrize("name", sorted(STREAM_CALLS))
def test_plain_series_and_empty_ones_are_streams_too(name: str) -> None:
    one = stored([(0, 1.0), (7000, 2), (31_000, 5.0)], site="n")
    for given_one in (one, stored([], site="n"), stored([(0, "a")])):
        node = apply(name, Given((given_one,)), **STREAM_CALLS[name])
        spec = next(spec for spec in functions("transform") if spec.name == name)
        with contextlib.suppress(ExecutionFault):
            given_it = (given_one,) if spec.shape == "set" else given_one
            spec.function(given_it, **dict(node.params))


def test_accounts_of_ranges_and_rates() -> None:
    one = stream([(1000, 1.0), (4000, 2.0), (9000, 6.0)])
    summed = apply("stream_aggregate", Given((one,)), statistic="sum", stamp="start", **TEN)
    found = explain(summed, MemorySource({}), time_ns=B)
    assert found.arithmetic == "1 + 2 + 6 = 9" and [sample.value for sample in found.inputs] == [1, 2, 6]
    assert explain(summed, MemorySource({}), time_ns=B + 1).absent is not None
    rated = apply("stream_rate", Given((one,)), period=Period(1, "second"))
    found = explain(rated, MemorySource({}), time_ns=B + 9000 * NS_PER_MS)
    assert found.arithmetic == "(6 - 2) * 1000 / 5000 = 0.8"
    assert explain(rated, MemorySource({}), time_ns=B + 1000 * NS_PER_MS).absent is not None
    back = apply("stream_rate", Given((stream([(0, 1.0), (5, 4.0)], newest_first=True),)), form="difference")
    assert explain(back, MemorySource({}), time_ns=B).arithmetic == "1 - 4 = (-3)"
