"""Pieces put together again are the whole; statistics over rolled-up samples are those of the raw ones."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra import summaries as stretches
from apps.algebra.aggregators import Statistic
from apps.algebra.execute import execute
from apps.algebra.explain import explain
from apps.algebra.periods import Period
from apps.algebra.plan import Given, apply
from apps.algebra.series import Samples, Series, SeriesKey, concat_samples
from apps.algebra.source import MemorySource
from apps.algebra.summaries import COUNTER, DEVIATION, MEAN, merge, summarise
from apps.errors import ArgumentFault

NS = 10**9
MINUTE = 60 * NS
#: Halves and quarters add up exactly, so that sums may be compared to the bit whatever their order.
DYADIC = st.integers(-4000, 4000).map(lambda n: n / 4)
FLOATS = st.floats(-1e9, 1e9, allow_subnormal=False)
EXACT = {"kind", "count", "resets", "changes", "first", "second", "penultimate", "last"}
EXACT |= {f"{name}_ns" for name in ("first", "second", "penultimate", "last")}


@st.composite
def cut_samples(draw: st.DrawFn, values=FLOATS) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Times, values and edges of consecutive pieces, some of which are empty."""
    steps = draw(st.lists(st.integers(1, 5), min_size=1, max_size=40))
    column = draw(st.lists(values, min_size=len(steps), max_size=len(steps)))
    inner = draw(st.lists(st.integers(0, len(steps)), max_size=8))
    return np.cumsum(steps, dtype=np.int64) * NS, np.array(column), [0, *sorted(inner), len(steps)]


def bounds(edges: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(edges[:-1]), np.array(edges[1:])


def dense(summaries: np.ndarray) -> np.ndarray:
    return summaries[summaries["kind"] != stretches.NONE]


def whole_of(kind: int, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    return summarise(kind, times, values, np.array([0]), np.array([len(values)]))


def assert_same(got: np.ndarray, wanted: np.ndarray, scale: float = 0.0) -> None:
    assert got.dtype == wanted.dtype
    for name in got.dtype.names:
        if name in EXACT:
            np.testing.assert_array_equal(got[name], wanted[name], err_msg=name)
        else:
            room = scale * scale if name == "m2" else scale
            np.testing.assert_allclose(got[name], wanted[name], rtol=1e-9, atol=1e-13 * room, err_msg=name)


@pytest.mark.parametrize("kind", [MEAN, DEVIATION, COUNTER])
@given(cut_samples(), st.data())
def test_pieces_put_together_are_the_whole(kind, cut, data):
    times, values, edges = cut
    scale = float(np.abs(values).max()) * len(values)
    pieces = dense(summarise(kind, times, values, *bounds(edges)))
    wanted = whole_of(kind, times, values)
    assert_same(merge(pieces, np.array([0]), np.array([len(pieces)])), wanted, scale)
    # In two steps, however the pieces are taken together.
    inner = sorted(data.draw(st.lists(st.integers(0, len(pieces)), max_size=4)))
    larger = dense(merge(pieces, *bounds([0, *inner, len(pieces)]), kind))
    assert_same(merge(larger, np.array([0]), np.array([len(larger)])), wanted, scale)


@given(cut_samples(DYADIC))
def test_counts_and_sums_are_those_of_plain_loops(cut):
    times, values, edges = cut
    made = summarise(MEAN, times, values, *bounds(edges))
    counted = summarise(COUNTER, times, values, *bounds(edges))
    for lo, hi, moments, counter in zip(edges, edges[1:], made, counted, strict=False):
        piece = values[lo:hi].tolist()
        assert (moments["count"], moments["sum"]) == (len(piece), sum(piece))
        if not piece:
            assert moments["kind"] == counter["kind"] == stretches.NONE
            continue
        mean = sum(piece) / len(piece)
        assert math.isclose(moments["m2"], sum((one - mean) ** 2 for one in piece), abs_tol=1e-6)
        falls = [before for before, after in pairwise(piece) if after < before]
        assert (counter["reset_sum"], counter["resets"]) == (sum(falls), len(falls))
        assert counter["changes"] == sum(before != after for before, after in pairwise(piece))
        grown = sum(after if after < before else after - before for before, after in pairwise(piece))
        assert stretches.delta(counter) == grown


def test_growth_over_restarts_between_and_inside_of_periods():
    minutes = np.array([2, 7, 12, 17, 22, 27, 32, 37, 42], np.int64)
    values = np.array([100.0, 130, 160, 20, 50, 80, 110, 15, 45])
    quarters = summarise(COUNTER, minutes * MINUTE, values, *bounds([0, 3, 6, 9]))
    assert stretches.delta(quarters).tolist() == [60, 60, 45]
    assert stretches.num_resets(quarters).tolist() == [0, 0, 1]
    (whole,) = merge(quarters, np.array([0]), np.array([3]))
    assert (stretches.delta(whole), whole["reset_sum"], stretches.num_resets(whole)) == (215, 270, 2)
    assert [whole[name] for name in ("first", "second", "penultimate", "last")] == [100, 130, 15, 45]
    assert stretches.rate(np.array([whole]))[0] == 215 / (40 * 60)
    assert math.isnan(stretches.rate(whole_of(COUNTER, minutes[:1], values[:1]))[0])


def test_the_pieces_of_the_worked_check():
    values = np.array([3.0, 8, 8, 2, 9, 1, 1, 6])
    pieces = summarise(COUNTER, np.arange(8) * MINUTE, values, *bounds([0, 3, 4, 8]))
    assert stretches.delta(pieces).tolist() == [5, 0, 6]
    assert pieces["reset_sum"].tolist() == [0, 0, 9] and pieces["changes"].tolist() == [1, 0, 2]
    (whole,) = merge(pieces, np.array([0]), np.array([3]))
    told = {name: whole[name] for name in ("first", "second", "penultimate", "last", "reset_sum", "count")}
    assert told == {"first": 3, "second": 8, "penultimate": 1, "last": 6, "reset_sum": 17, "count": 8}
    assert (whole["resets"], whole["changes"], stretches.delta(whole)) == (2, 5, 20)


@pytest.mark.parametrize("second_begins", [3, 4])
def test_counters_that_meet_or_overlap_are_not_merged(second_begins):
    first = whole_of(COUNTER, np.arange(5, dtype=np.int64), np.arange(5.0))
    second = whole_of(COUNTER, np.arange(3, dtype=np.int64) + second_begins, np.arange(3.0))
    for pair in ([first, second], [second, first]):
        with pytest.raises(ArgumentFault, match="points must be submitted in time-order"):
            merge(np.concatenate(pair), np.array([0]), np.array([2]))
    # Moments have no order.
    twice = np.concatenate([whole_of(MEAN, np.arange(2), np.ones(2))] * 2)
    assert merge(twice, *bounds([0, 2]))["count"] == 4


def test_equal_values_have_no_deviation_although_their_mean_is_rounded():
    values = np.full(30, 0.1)
    made = summarise(DEVIATION, np.arange(30), values, *bounds([0, 3, 10, 30]))
    assert stretches.standard_deviation(made).tolist() == [0, 0, 0]


def test_the_deviation_is_that_of_a_sample_or_of_all():
    made = whole_of(MEAN, np.arange(3), np.array([2.0, 4, 6]))
    assert stretches.standard_deviation(made).tolist() == [2]
    assert stretches.standard_deviation(made, population=True)[0] == math.sqrt(8 / 3)
    assert (stretches.average(made)[0], stretches.count(made)[0], stretches.total(made)[0]) == (4, 3, 12)


# --- Columns of samples ---


def rolled(kind: int, values: list[float], sizes: list[int], start: int = 0) -> Samples:
    """Raw values, one a second, as points that show a mean, deviation or last value of so many of them."""
    edges = [0, *np.cumsum(sizes).tolist()]
    times = (np.arange(len(values), dtype=np.int64) + start) * NS
    column = np.array(values, float)
    made = summarise(kind, times, column, *bounds(edges))
    shown = {
        MEAN: lambda: stretches.average(made),
        DEVIATION: lambda: stretches.standard_deviation(made),
        COUNTER: lambda: column[np.array(edges[1:]) - 1],
    }[kind]()
    return Samples(times[np.array(edges[:-1])], shown, summaries=made)


def test_samples_keep_their_summaries_through_all_that_leaves_them_as_they_are():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    counters = rolled(COUNTER, [5, 8, 1], [2, 1], start=10)
    plain = Samples.of([30 * NS], [4.0])
    whole = concat_samples([means, plain, counters])
    assert not means.is_plain and means.has_floats_only and plain.is_plain
    assert whole.summaries["kind"].tolist() == [MEAN, MEAN, 0, COUNTER, COUNTER]
    assert whole.take([4, 1]).summaries["count"].tolist() == [1, 3]
    assert whole.between(NS, 2 * NS).summaries["sum"].tolist() == [15]
    assert whole.plain().is_plain and whole.plain().summaries is None
    assert stretches.same(whole.between(0, 2 * NS).summaries, means.summaries)
    assert stretches.same(whole.take([3, 4]).summaries, counters.summaries)
    assert not stretches.same(whole.summaries, means.summaries)
    assert stretches.simplest(whole.take([2]).summaries) is None and stretches.same(None, plain.summaries)
    texts = replace(means, texts=np.array(["a", None], dtype=object))
    assert texts.take([0]).summaries["count"].tolist() == [1] and texts.numeric().texts is None
    assert texts.numeric().summaries is means.summaries
    assert concat_samples([plain, Samples.of([31 * NS], [1.0])]).summaries is None


def test_one_changed_bit_is_another_summary():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    other = means.summaries.copy()
    other["m2"][1] = np.nextafter(other["m2"][1], 0)
    assert stretches.same(means.summaries, means.summaries.copy())
    assert not stretches.same(means.summaries, other)


# --- Statistics over rolled-up samples ---


def run(function: str, samples: Samples | list[Samples], **params) -> tuple[Series, ...]:
    parts = samples if isinstance(samples, list) else [samples]
    given_series = tuple(Series(SeriesKey("m", f"e{at}"), one) for at, one in enumerate(parts))
    return execute(apply(function, Given(given_series), **params), MemorySource({}))


def aggregated(samples: Samples, name: str, period_s: int | None = None, **params) -> Samples:
    period = None if period_s is None else Period(period_s, "second")
    (found,) = run(
        "aggregate", samples, statistics=(Statistic(name),), period=period, start_ns=0, end_ns=10**6 * NS,
        **params,
    )  # fmt: skip
    return found.samples


@pytest.mark.parametrize(
    ("kind", "name"),
    [(MEAN, "avg"), (MEAN, "standard_deviation"), (DEVIATION, "standard_deviation"), (COUNTER, "counter")],
)
@given(cut=cut_samples(), length=st.sampled_from([None, 10, 40]))
def test_statistics_over_rolled_up_samples_are_those_of_the_raw_ones(kind, name, cut, length):
    times, values, _ = cut
    # Rolled up by tens of seconds, and the result by periods that hold whole tens.
    begins = np.flatnonzero(np.r_[True, np.diff(times // (10 * NS)) > 0])
    edges = [*begins.tolist(), len(times)]
    made = summarise(kind, times, values, *bounds(edges))
    shown = stretches.average(made) if kind == MEAN else values[np.array(edges[1:]) - 1]
    got = aggregated(Samples(times[begins], shown, summaries=made), name, length)
    wanted = aggregated(Samples(times, values), name, length)
    assert got.times_ns.tolist() == wanted.times_ns.tolist()
    room = float(np.abs(values).max()) * len(values)
    np.testing.assert_allclose(got.values, wanted.values, rtol=1e-9, atol=1e-13 * room)


def test_a_mean_of_means_weighs_and_says_so():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    both = (Statistic("avg"), Statistic("max"))
    found = run("aggregate", means, statistics=both, start_ns=0, end_ns=NS * 9)
    assert [one.values.tolist() for one in found] == [[4.0], [5.0]]
    assert [note.code for note in found[0].notes] == ["rolled-up"] and found[0].notes[0].count == 2
    assert found[1].notes == ()
    assert aggregated(means, "avg", summaries="ignore").values.tolist() == [3.0]


def test_samples_without_a_summary_count_as_one():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    late = concat_samples([means, Samples.of([20 * NS, 21 * NS], [8.0, math.nan])])
    assert aggregated(late, "avg").values.tolist() == [(1 + 2 + 6 + 7 + 8) / 5]
    wanted = float(np.std([1, 2, 6, 7, 8], ddof=1))
    assert math.isclose(aggregated(late, "standard_deviation").values[0], wanted)
    counters = concat_samples([rolled(COUNTER, [5, 9, 2], [2, 1]), Samples.of([20 * NS], [7.0])])
    assert aggregated(counters, "counter").values.tolist() == [4 + 2 + 5]


def test_a_mean_of_deviations_is_no_mean_of_raw_values():
    spread = rolled(DEVIATION, [100, 102, 104, 200, 200, 200], [3, 3])
    assert aggregated(spread, "avg").values.tolist() == [1.0]
    wanted = float(np.std([100, 102, 104, 200, 200, 200], ddof=1))
    assert math.isclose(aggregated(spread, "standard_deviation").values[0], wanted)


def test_statistics_of_what_is_shown_take_it_as_shown():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    for name, wanted in (("sum", 6), ("count", 2), ("min", 1), ("last", 5), ("median", 3), ("delta", 4)):
        assert aggregated(means, name).values.tolist() == [wanted]


@pytest.mark.parametrize("decimal", [False, True])
def test_decimals_are_weighed_too(decimal):
    means = rolled(MEAN, [0.1, 0.2, 0.4, 0.7], [1, 3])
    assert math.isclose(aggregated(means, "avg", decimal=decimal).values[0], 0.35, rel_tol=1e-15)


def test_a_counter_starts_from_the_end_of_what_came_before_the_period():
    values = [5, 9, 2, 4, 1, 6, 8]
    counters = rolled(COUNTER, values, [2, 2, 3])
    # Seconds 0, 2 and 4: the periods hold 5 9 | 2 4 | 1 6 8.
    assert aggregated(counters, "counter", 2).values.tolist() == [4, 2 + 2, 1 + 5 + 2]
    assert aggregated(counters, "counter", 2, summaries="ignore").values.tolist() == [4, 4]
    lone = rolled(COUNTER, [5], [1])
    assert len(aggregated(lone, "counter", 2)) == 0


def test_periods_stored_across_each_other_count_as_plain_samples():
    long, short = rolled(COUNTER, [1, 2, 3, 4, 5, 6], [6]), rolled(COUNTER, [3, 9], [2], start=2)
    both = concat_samples([long, short])
    assert aggregated(both, "counter").values.tolist() == [9 - 6]


def test_members_of_a_group_weigh_as_their_samples_do():
    parts = [rolled(MEAN, [1, 2, 6, 7], [1, 3]), rolled(MEAN, [10, 20], [1, 1])]
    params = {"statistics": (Statistic("avg"),), "start_ns": 0, "end_ns": 10 * NS}
    (found,) = run("group", parts, period=Period(10, "second"), **params)
    assert found.values.tolist() == [(1 + 2 + 6 + 7 + 10 + 20) / 6]
    (found,) = run("group", parts, **params)
    assert found.values.tolist() == [5.5, (15 + 20) / 4] and found.notes[-1].count == 4
    (found,) = run("group", parts, summaries="ignore", **params)
    assert found.values.tolist() == [5.5, 12.5] and found.notes == ()


def test_filled_samples_of_a_group_count_as_one():
    parts = [rolled(MEAN, [3, 5, 6, 7], [1, 3]), Samples.of([0, NS, 2 * NS], [1.0, 1.0, 1.0])]
    (found,) = run(
        "group", parts, statistics=(Statistic("avg"),), start_ns=0, end_ns=10 * NS, interpolate="previous",
        extend=True,
    )  # fmt: skip
    assert found.times_ns.tolist() == [0, NS, 2 * NS]
    assert found.values.tolist() == [2.0, 19 / 4, 3.5]


def test_counters_of_several_series_are_not_told_from_a_row_of_their_values():
    parts = [rolled(COUNTER, [1, 2, 3, 4], [2, 2]), rolled(COUNTER, [5, 6, 7, 8], [2, 2])]
    params = {"statistics": (Statistic("counter"),), "period": Period(10, "second"), "start_ns": 0,
              "end_ns": 10 * NS}  # fmt: skip
    plain = [one.plain() for one in parts]
    (wanted,) = run("group", plain, **params)
    assert run("group", parts, **params)[0].values.tolist() == wanted.values.tolist()
    assert run("group", parts[:1], **params)[0].values.tolist() == [3]


@pytest.mark.parametrize("offset", [Period(3, "second"), Period(1, "month")])
def test_what_is_moved_in_time_keeps_what_it_was_made_from(offset):
    counters = rolled(COUNTER, [5, 9, 2, 4], [2, 2])
    (found,) = run("shift", counters, offset=offset)
    by_ns = int(found.times_ns[0])
    assert found.samples.summaries["first_ns"].tolist() == [by_ns, by_ns + 2 * NS]
    assert found.samples.summaries["last_ns"].tolist() == [by_ns + NS, by_ns + 3 * NS]
    (whole,) = run("aggregate", found.samples, statistics=(Statistic("counter"),), start_ns=by_ns,
                   end_ns=by_ns + 9 * NS)  # fmt: skip
    assert whole.values.tolist() == [4 + 2 + 2]


def test_why_this_value_puts_the_counts_in():
    means = rolled(MEAN, [1, 2, 6, 7], [1, 3])
    key = SeriesKey("m", "e")
    params = {"statistics": (Statistic("avg"),), "start_ns": 0, "end_ns": 9 * NS}
    params["period"] = Period(9, "second")
    for name in ("aggregate", "group"):
        node = apply(name, Given((Series(key, means),)), **params)
        told = explain(node, MemorySource({}), series_index=0, time_ns=0)
        assert told.arithmetic == "(1 * 1 + 5 * 3) / 4 = 4"
        node = apply(name, Given((Series(key, means),)), summaries="ignore", **params)
        told = explain(node, MemorySource({}), series_index=0, time_ns=0)
        assert told.arithmetic == "(1 + 5) / 2 = 3"


# --- Streams ---


def stream(samples: Samples | list[Samples], *steps: tuple[str, dict]) -> Series:
    parts = samples if isinstance(samples, list) else [samples]
    members = tuple(Series(SeriesKey("m", f"e{at}"), one) for at, one in enumerate(parts))
    node = apply("merge_streams", Given(members))
    for name, params in steps:
        node = apply(name, node, **params)
    (found,) = execute(node, MemorySource({}))
    return found


def every(seconds: int, **params) -> dict:
    return {"period": Period(seconds, "second"), **params}


@pytest.mark.parametrize("step", [("stream_aggregate", {"statistic": "avg"}), ("stream_deviation", {}),
                                  ("stream_deviation", {"result": "pos_sd", "deviations": 2.0})])  # fmt: skip
@given(column=st.lists(FLOATS, min_size=1, max_size=200))
def test_ranges_of_ranges_of_ranges_are_those_of_the_raw_points(step, column):
    name, params = step
    raw = Samples.of(np.arange(len(column)) * 7 * NS, column)
    at_once = stream(raw, (name, every(600, **params, mergeable=True)))
    steps = [(name, every(length, **params, mergeable=True)) for length in (20, 120, 600)]
    in_steps = stream(raw, *steps)
    room = float(np.abs(column).max()) * len(column)
    assert in_steps.times_ns.tolist() == at_once.times_ns.tolist()
    np.testing.assert_allclose(in_steps.values, at_once.values, rtol=1e-9, atol=1e-13 * room)
    assert_same(in_steps.samples.summaries, at_once.samples.summaries, room)
    plain = stream(raw, (name, every(600, **params)))
    assert plain.samples.is_plain and np.array_equal(plain.values, at_once.values)


@pytest.mark.parametrize("statistic", ["first", "last", "max"])
@given(column=st.lists(st.integers(0, 40).map(float), min_size=1, max_size=60))
def test_counters_of_ranges_of_ranges_are_those_of_the_raw_points(statistic, column):
    raw = Samples.of(np.arange(len(column)) * 7 * NS, column)
    params = {"statistic": statistic, "mergeable": True, "stamp": "start"}
    at_once = stream(raw, ("stream_aggregate", every(600, **params)))
    in_steps = stream(raw, *(("stream_aggregate", every(length, **params)) for length in (20, 120, 600)))
    assert_same(in_steps.samples.summaries, at_once.samples.summaries)
    assert in_steps.values.tolist() == at_once.values.tolist()
    wanted = aggregated(raw, "counter").values.tolist()
    assert aggregated(in_steps.samples, "counter").values.tolist() == wanted


def test_only_what_is_needed_to_merge_is_kept():
    raw = Samples.of(np.arange(6) * NS, [1.0, 2, 3, 4, 5, 6])
    for statistic in ("sum", "count", "min"):
        step = ("stream_aggregate", every(3, statistic=statistic, mergeable=True))
        assert stream(raw, step).samples.summaries is None
    last = ("stream_aggregate", every(3, statistic="last", mergeable=True))
    assert stream([raw, raw], last).samples.summaries is None
    assert stream(raw, last).samples.summaries["count"].tolist() == [3, 3]


@pytest.mark.parametrize("step", [("stream_scale", {"factor": 2.0}), ("stream_rate", every(1)),
                                  ("stream_minmax", every(2)), ("stream_sma", {"size": 1})])  # fmt: skip
def test_other_values_are_other_points(step):
    means = rolled(MEAN, [1, 2, 6, 7, 8], [1, 3, 1])
    assert stream(means, step).samples.summaries is None


def test_points_left_as_they_are_keep_theirs():
    means = rolled(MEAN, [1, 2, 6, 7, 8], [1, 3, 1])
    steps = [
        ("stream_alias", {"alias": "x"}),
        ("stream_shift", {"offset_ns": NS}),
        ("limit_streams", {"count": 3}),
    ]
    for step in steps:
        assert counts_of(stream(means, step)) == [1, 3, 1]
    two = stream([means, rolled(COUNTER, [4, 5], [2])])
    assert sorted(counts_of(two)) == [0, 1, 1, 3]


def counts_of(series: Series) -> list[int]:
    return series.samples.summaries["count"].tolist()
