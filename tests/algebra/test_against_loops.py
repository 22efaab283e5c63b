"""Transforms give what plain loops give, leave their input alone, and agree when work is cut into parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algebra.aggregators import Statistic
from apps.algebra.periods import Period
from apps.algebra.registry import functions
from apps.algebra.series import Series
from apps.algebra.sliding import window_sums
from apps.algebra.transforms.aggregate import aggregate
from apps.algebra.transforms.group import group
from apps.algebra.transforms.interpolate import interpolate
from apps.algebra.transforms.rate import rate
from apps.algebra.transforms.smooth import smooth
from tests.algebra import plain
from tests.algebra.plain import NS, pairs, same, series
from tests.algebra.test_stream_scripts import PARAMS as SCRIPTS
from tests.algebra.test_streams_against_loops import STREAM_CALLS

NAMES = ["min", "max", "sum", "avg", "count", "first", "last", "delta", "counter", "percentile",
         "median_abs_dev", "standard_deviation", "wavg"]  # fmt: skip
RESETS = ["drop", "zero", "wrap", "keep"]
MODES = ["none", "previous", "next", "linear", "value"]
STARTS = st.integers(0, 60).map(lambda s: s * NS)
ENDS = st.integers(61, 320).map(lambda s: s * NS)
STEPS = st.integers(1, 40)


def statistic(name: str) -> Statistic:
    return Statistic(name, 37.5 if name == "percentile" else None)


@given(series(), st.sampled_from([None, "second", "minute"]), st.sampled_from(RESETS))
def test_rate(one: Series, unit: str | None, reset: str) -> None:
    period = Period(1, unit) if unit else None
    got = rate(one, period=period, reset=reset, wrap_at=1000.0)
    period_ns = period.fixed_ns if period else None
    assert same(pairs(got), plain.plain_rate(pairs(one), period_ns, reset, 1000.0))


@given(series(), st.integers(1, 5))
def test_rate_in_blocks(one: Series, block: int) -> None:
    whole = rate(one, reset="zero", period=Period(1, "minute"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.algebra.transforms.rate._BLOCK", block)
        parts = rate(one, reset="zero", period=Period(1, "minute"))
    assert pairs(whole) == pairs(parts)


@given(series(), st.lists(st.sampled_from(NAMES), min_size=1, unique=True), STEPS, STARTS, ENDS)
def test_aggregate(one: Series, names: list[str], step: int, start: int, end: int) -> None:
    got = aggregate(
        one, statistics=tuple(statistic(name) for name in names),
        period=Period(step, "second"), start_ns=start, end_ns=end,
    )  # fmt: skip
    for name, result in zip(names, got, strict=True):
        assert same(pairs(result), plain.plain_aggregate(pairs(one), name, step * NS, start, end)), name


@given(
    series(), st.sampled_from(["sum", "delta"]), STEPS, STARTS, ENDS, st.sampled_from(MODES), st.booleans()
)
def test_aggregate_fills(
    one: Series, name: str, step: int, start: int, end: int, mode: str, extend: bool
) -> None:
    (got,) = aggregate(
        one, statistics=(Statistic(name),), period=Period(step, "second"), start_ns=start, end_ns=end,
        interpolate=mode, fill_value=5.0, extend=extend,
    )  # fmt: skip
    results = plain.plain_aggregate(pairs(one), name, step * NS, start, end)
    starts = list(range(-(-start // (step * NS)) * step * NS, end, step * NS))
    assert same(pairs(got), plain.plain_fill(results, starts, mode, 5.0, extend))


@given(series(), STEPS, st.integers(1, 20))
def test_aggregate_from_parts(one: Series, step: int, middle: int) -> None:
    """Periods of two adjoining windows are the periods of the whole."""
    shape = {"statistics": (Statistic("avg"), Statistic("counter")), "period": Period(step, "second")}
    cut = middle * step * NS
    whole = aggregate(one, start_ns=0, end_ns=4000 * NS, **shape)
    left = aggregate(one, start_ns=0, end_ns=cut, **shape)
    right = aggregate(one, start_ns=cut, end_ns=4000 * NS, align="start_time", **shape)
    assert same(pairs(left[0]) + pairs(right[0]), pairs(whole[0]))


@given(series(), st.sampled_from(["linear", "previous"]), STEPS, STARTS, ENDS, st.booleans())
def test_interpolate(one: Series, function: str, step: int, start: int, end: int, outer: bool) -> None:
    got = interpolate(
        one, function=function, period=Period(step, "second"), start_ns=start, end_ns=end,
        boundary="outer" if outer else "inner",
    )  # fmt: skip
    assert same(pairs(got), plain.plain_interpolate(pairs(one), function, step * NS, start, end, outer))


@given(
    st.lists(series(max_size=8), min_size=1, max_size=4),
    st.sampled_from(["sum", "count", "first", "percentile"]), st.sampled_from(MODES),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_group(members: list[Series], name: str, mode: str, extend: bool, cut: bool) -> None:
    (got,) = group(
        tuple(members), statistics=(statistic(name),), start_ns=0, end_ns=400 * NS,
        interpolate=mode, fill_value=5.0, extend=extend, truncate=cut,
    )  # fmt: skip
    wanted = plain.plain_group([pairs(one) for one in members], name, mode, 5.0, extend, cut)
    assert same(pairs(got), wanted)


@given(st.lists(series(max_size=8), min_size=1, max_size=4), STEPS, STARTS)
def test_group_by_period_is_aggregate_of_all(members: list[Series], step: int, start: int) -> None:
    shape = {"period": Period(step, "second"), "start_ns": start, "end_ns": 400 * NS}
    (got,) = group(tuple(members), statistics=(Statistic("sum"),), **shape)
    parts = [dict(pairs(aggregate(one, statistics=(Statistic("sum"),), **shape)[0])) for one in members]
    times = sorted({time for part in parts for time in part})
    wanted = [(time, sum(part.get(time, 0.0) for part in parts)) for time in times]
    assert same(pairs(got), wanted)


@given(
    series(), st.sampled_from(["avg", "sum", "count", "wavg", "wtavg"]),
    st.one_of(st.none(), st.integers(1, 6)), st.one_of(st.none(), st.integers(1, 90)), st.integers(0, 3),
)  # fmt: skip
def test_smooth(one: Series, name: str, count: int | None, seconds: int | None, minimum: int) -> None:
    if count is None and seconds is None:
        count = 3
    interval = Period(seconds, "second") if seconds else None
    got = smooth(one, statistic=name, count=count, interval=interval, minimum_count=minimum)
    wanted = plain.plain_smooth(pairs(one), name, count, seconds * NS if seconds else None, minimum)
    assert same(pairs(got), wanted)


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(1, 120), st.integers(0, 2**31))
def test_sliding_sums(count: int, width: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=count)
    hi = np.arange(1, count + 1)
    lo = np.maximum(hi - width, 0)
    wanted = [values[a:b].sum() for a, b in zip(lo, hi, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.algebra.sliding._LONG", 0)
        assert np.allclose(window_sums(values, lo, hi), wanted, rtol=1e-12, atol=1e-12)


CALLS = {
    "rate": {"reset": "zero", "period": Period(1, "minute")},
    "aggregate": {"statistics": tuple(statistic(name) for name in NAMES), "period": Period(7, "second")},
    "interpolate": {"period": Period(7, "second"), "fill": "edge"},
    "group": {"statistics": (Statistic("sum"),), "interpolate": "linear", "extend": True},
    "smooth": {"statistic": "avg", "count": 3},
    "downsample": {"difference": 10.0},
    "shift": {"offset": Period(1, "month"), "zone": "Europe/Vienna"},
    "pick_points": {"width_px": 2},
    "limit_samples": {"count": 2},
    "limit_series": {"count": 1},
    "clip": {},
    "last_sample": {},
    "merge": {},
}


@pytest.mark.parametrize("name", sorted(CALLS))
@given(one=series(max_size=20))
@settings(max_examples=20)
def test_input_stays_as_it_was(name: str, one: Series) -> None:
    spec = next(spec for spec in functions("transform") if spec.name == name)
    params = dict(CALLS[name])
    if "start_ns" in spec.params:
        params |= {"start_ns": 20 * NS, "end_ns": 280 * NS}
    times, values = one.times_ns.copy(), one.values.copy()
    one.times_ns.flags.writeable = one.values.flags.writeable = False
    spec.function((one, one) if spec.shape == "set" else one, **params)
    assert np.array_equal(one.times_ns, times) and np.array_equal(one.values, values, equal_nan=True)


def test_every_transform_here_is_tried() -> None:
    elsewhere = {"formula", "replace_value", "filter_samples"} | set(STREAM_CALLS) | set(SCRIPTS)
    assert {spec.name for spec in functions("transform")} - elsewhere <= set(CALLS)

