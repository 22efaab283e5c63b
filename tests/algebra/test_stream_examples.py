"""The worked examples of the KairosDB and Skyminer documents, number by number."""

from __future__ import annotations

from typing import Any

import pytest

from apps.algebra.execute import execute_each
from apps.algebra.periods import Period
from apps.algebra.plan import Read, apply
from apps.algebra.series import Series
from apps.algebra.source import MemorySource, SeriesRef
from apps.algebra.streams import BinGroups, Destination, TagGroups, TimeGroups, ValueGroups, saved_tags
from apps.algebra.times import NS_PER_MS
from apps.errors import ArgumentFault, ExecutionFault, LimitFault
from tests.algebra.streams import B, Points, at, call, run, shown, stored, stream

S = [(1000, 1.0), (4000, 2.0), (9000, 6.0), (12000, 10.0)]
TEN = {"period": Period(10, "second"), "start_ns": B}
START = {**TEN, "stamp": "start"}
SECOND = Period(1, "second")
FOUR = [(3000, 10.0), (13000, 30.0), (27000, 16.0), (40000, 42.0)]
EIGHT = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]


def numbered(*values: float | int | str) -> Points:
    """Values at 1, 2, 3 … s."""
    return [(1000 * i, value) for i, value in enumerate(values, 1)]


def ms(offset: int) -> int:
    return B + offset * NS_PER_MS


def check(got: Points, wanted: Points) -> None:
    assert [time for time, _ in got] == [time for time, _ in wanted]
    for (_, a), (_, b) in zip(got, wanted, strict=True):
        same_kind = type(a) is type(b) or (isinstance(a, float) and isinstance(b, int))
        assert same_kind and (a == b if b is None or isinstance(b, str) else a == pytest.approx(b, rel=1e-12))


SIX = [(3000, 1.0), (9000, 2.0), (12000, 3.0), (13500, 4.0), (29999, 5.0), (30000, 6.0)]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({}, [(3000, 3), (12000, 7), (29999, 5), (30000, 6)]),
        ({"stamp": "start"}, [(0, 3), (10000, 7), (20000, 5), (30000, 6)]),
        ({"stamp": "end"}, [(10000, 3), (20000, 7), (30000, 5), (40000, 6)]),
        ({"align_sampling": False}, [(3000, 6), (13500, 4), (29999, 11)]),
        ({"align_sampling": False, "stamp": "start"}, [(3000, 6), (13000, 4), (23000, 11)]),
    ],
)
def test_stamps(flags: dict[str, Any], wanted: Points) -> None:
    params = {"statistic": "sum", **TEN, "start_ns": ms(3000), **flags}
    check(shown(run(stream(SIX), ("stream_aggregate", params))), wanted)


def sum_of(**params: Any) -> tuple[str, dict[str, Any]]:
    return "stream_aggregate", {"statistic": "sum", **START, **params}


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (sum_of(statistic="avg"), [(0, 3), (10000, 10)]),
        (sum_of(), [(0, 9), (10000, 10)]),
        (sum_of(statistic="min"), [(0, 1), (10000, 10)]),
        (sum_of(statistic="max"), [(0, 6), (10000, 10)]),
        (("stream_deviation", START), [(0, 2.6457513110645907), (10000, 0)]),
        (("stream_percentile", {"share": 0.5, **START}), [(0, 2), (10000, 10)]),
        (sum_of(statistic="first"), [(0, 1), (10000, 10)]),
        (sum_of(statistic="last"), [(0, 6), (10000, 10)]),
        (sum_of(statistic="last", stamp="first"), [(9000, 6), (12000, 10)]),
        (("stream_least_squares", TEN), [(1000, 0.642857142857143), (9000, 5.785714285714286), (12000, 10)]),
        (("stream_rate", {"form": "difference"}), [(4000, 1), (9000, 4), (12000, 4)]),
        (("stream_rate", {"period": SECOND}), [(4000, 1 / 3), (9000, 0.8), (12000, 4 / 3)]),
        (
            ("stream_rate", {"form": "sampler", "period": SECOND}),
            [(4000, 2 / 3), (9000, 1.2), (12000, 10 / 3)],
        ),
        (("stream_divide", {"divisor": 4.0}), [(1000, 0.25), (4000, 0.5), (9000, 1.5), (12000, 2.5)]),
        (("stream_scale", {"factor": -2.5}), [(1000, -2.5), (4000, -5), (9000, -15), (12000, -25)]),
        (("stream_minmax", TEN), [(1000, 1), (9000, 6), (12000, 10)]),
        (("stream_minmax", START), [(0, 1), (0, 6), (10000, 10)]),
        (("stream_minmax", {**TEN, "stamp": "end"}), [(10000, 1), (10000, 6), (20000, 10)]),
        (("stream_shift", {"offset_ns": -500 * NS_PER_MS}), [(500, 1), (3500, 2), (8500, 6), (11500, 10)]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_the_common_input(step: tuple[str, dict[str, Any]], wanted: Points) -> None:
    check(shown(run(stream(S), step)), wanted)


@pytest.mark.parametrize(
    ("points", "step", "wanted"),
    [
        (numbered(*EIGHT), ("stream_deviation", {"period": Period(1, "hour")}), [2.138089935299395]),
        (numbered(2.0, 4.0, 6.0), ("stream_deviation", {"period": Period(1, "hour")}), [2]),
        (
            numbered(2.0, 4.0, 6.0),
            ("stream_deviation", {"period": Period(1, "hour"), "result": "pos_sd", "deviations": 2.0}),
            [8],
        ),
        (
            numbered(2.0, 4.0, 6.0),
            ("stream_deviation", {"period": Period(1, "hour"), "result": "neg_sd", "deviations": 2.0}),
            [0],
        ),
        # the mean of these is rounded, their deviation from each other is not there
        (numbered(0.1, 0.1, 0.1), ("stream_deviation", {"period": Period(1, "hour")}), [0]),
        (numbered(10.0, 20.0), ("stream_normalize", {}), [-0.7071067811865475, 0.7071067811865475]),
        (
            numbered(10.0, 12.0, 14.0, 20.0),
            ("stream_normalize", {}),
            [-0.9258200997725514, -0.4629100498862757, 0, 1.3887301496588271],
        ),
        (
            numbered(*EIGHT),
            ("stream_normalize", {}),
            [-1.403121520040228, *[-0.467707173346743] * 3, 0, 0, 0.935414346693485, 1.870828693386971],
        ),
        (numbered(0.1, 0.1, 0.1), ("stream_normalize", {}), [0, 0, 0]),
        ([], ("stream_normalize", {}), []),
        (numbered(1.0, 2.0, 6.0, 4.0, 5.0), ("stream_sma", {"size": 3}), [3, 4, 5]),
        (numbered(1.0, 2.0), ("stream_sma", {"size": 3}), []),
        (numbered(1.0, 2.0, 3.0), ("stream_trim", {"ends": "first"}), [2, 3]),
        (numbered(1.0, 2.0, 3.0), ("stream_trim", {"ends": "last"}), [1, 2]),
        (numbered(1.0, 2.0, 3.0), ("stream_trim", {}), [2]),
        (numbered(1.0, 2.0), ("stream_trim", {"ends": "both"}), []),
        (numbered(1.0), ("stream_trim", {"ends": "both"}), []),
        ([], ("stream_trim", {"ends": "first"}), []),
        (numbered(10.0), ("stream_rate", {"period": SECOND}), []),
        ([], ("stream_rate", {}), []),
    ],
)
def test_values(points: Points, step: tuple[str, dict[str, Any]], wanted: list[float]) -> None:
    got = [value for _, value in shown(run(stream(points), step))]
    assert got == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("share", "wanted"),
    [(0.05, 15), (0.25, 17.5), (0.5, 35), (0.75, 45), (0.9, 50), (0.95, 50), (1.0, 50), (0.0, 15)],
)
def test_percentile(share: float, wanted: float) -> None:
    hour = Period(1, "hour")
    five = stream(numbered(20.0, 50.0, 15.0, 40.0, 35.0))
    one = run(five, ("stream_percentile", {"share": share, "period": hour}))
    assert shown(one) == [(1000, wanted)]


def test_percentile_of_twenty_and_of_very_many() -> None:
    hour = Period(1, "hour")
    twenty = stream(numbered(*(float(i) for i in range(20, 0, -1))))
    assert shown(run(twenty, ("stream_percentile", {"share": 0.95, "period": hour})))[0][1] == 19.95
    many = stream([(i, float(i)) for i in range(1, 2000)])
    assert shown(run(many, ("stream_percentile", {"share": 0.5, "period": hour})))[0][1] == 1000


@pytest.mark.parametrize(("share", "text"), [(1.5, "1.5"), (95, "95.0"), (-1, "-1.0")])
def test_percentile_out_of_bounds(share: float, text: str) -> None:
    with pytest.raises(ExecutionFault) as caught:
        run(stream(S), ("stream_percentile", {"share": share}))
    assert caught.value.message == f"{text} is not in [0..1]"
    assert shown(run(stream([]), ("stream_percentile", {"share": share}))) == []


def test_least_squares_at_epoch_times_keeps_its_digits() -> None:
    minute = {"period": Period(1, "minute"), "start_ns": B}
    four = stream([(0, 1.0), (10000, 3.0), (20000, 2.0), (30000, 5.0)])
    check(shown(run(four, ("stream_least_squares", minute))), [(0, 1.1), (30000, 4.4)])
    two = stream([(0, 1.0), (10000, 3.0)])
    check(shown(run(two, ("stream_least_squares", minute))), [(0, 1), (10000, 3)])
    level = stream([(0, 1.0), (0, 2.0), (0, 6.0)])
    check(shown(run(level, ("stream_least_squares", minute))), [(0, 3), (0, 3)])


@pytest.mark.parametrize(
    ("points", "wanted"),
    [
        ([(1000, 7.0), (4000, -2.0), (9000, 6.0)], [(1000, 7), (4000, -2)]),
        ([(0, 5.0), (1, 5.0)], [(0, 5)]),
        ([(0, 3), (0, 8), (1, 5)], [(0, 3), (0, 8)]),
        ([(0, 8), (0, 3), (1, 5)], [(0, 3), (0, 8)]),
        ([], []),
    ],
)
def test_minmax(points: Points, wanted: Points) -> None:
    check(shown(run(stream(points), ("stream_minmax", TEN))), wanted)


GAPPY = [(12000, 1.0), (15000, 2.0), (41000, 3.0)]


@pytest.mark.parametrize(
    ("points", "params", "wanted"),
    [
        (GAPPY, {}, [(0, None), (12000, 1), (15000, 2), (20000, None), (30000, None), (41000, 3),
                     (50000, None), (60000, None)]),
        (GAPPY, {"trim": True}, [(12000, 1), (15000, 2), (20000, None), (30000, None), (41000, 3)]),
        (GAPPY, {"align_sampling": False}, [(12000, 1), (15000, 2), (25000, None), (41000, 3), (45000, None),
                                            (55000, None)]),
        ([], {"start_ns": B, "end_ns": ms(20001)}, [(0, None), (10000, None), (20000, None)]),
        ([], {"trim": True}, []),
        ([(12000, "on")], {"trim": True}, [(12000, "on")]),
        ([(12000, "on"), (30000, "off")], {"trim": True}, [(12000, "on"), (20000, None), (30000, "off")]),
    ],
)  # fmt: skip
def test_gaps(points: Points, params: dict[str, Any], wanted: Points) -> None:
    params = {**TEN, "start_ns": ms(5000), "end_ns": ms(60001), **params}
    check(shown(run(stream(points), ("stream_gaps", params))), wanted)


def test_functions_behind_gaps_look_past_the_marks() -> None:
    gaps = ("stream_gaps", {**TEN, "end_ns": ms(60001)})
    one = run(stream(GAPPY), gaps)
    assert shown(run(one, ("stream_scale", {"factor": 2.0}))) == [(12000, 2.0), (15000, 4.0), (41000, 6.0)]
    counted = run(one, ("stream_aggregate", {"statistic": "count", "period": Period(1, "hour")}))
    assert shown(counted) == [(12000, 3)]
    first = run(one, ("stream_aggregate", {"statistic": "first", "period": Period(1, "hour")}))
    assert shown(first) == [(12000, 1.0)]
    assert shown(run(one, ("stream_filter", {"op": "lt", "threshold": 2.0}))) == [(15000, 2.0), (41000, 3.0)]
    assert shown(run(one, gaps)) == shown(one)
    assert len(run(one, ("stream_normalize", {}))) == 3
    # these count them as points
    assert shown(run(one, ("stream_trim", {})))[0] == (12000, 1.0)
    moved = run(one, ("stream_shift", {"offset_ns": 1000 * NS_PER_MS}), ("stream_alias", {"alias": "x"}))
    assert shown(moved)[0] == (1000, None)
    assert len(run(one, ("stream_limit", {"limit": 8}))) == 8
    with pytest.raises(ExecutionFault, match="Number of data points exceeds the limit of 7"):
        run(one, ("stream_limit", {"limit": 7}))


def test_gaps_of_a_moved_stream_lie_where_it_is() -> None:
    moved = run(
        stream([(2000, 1.0)]), ("stream_shift", {"offset_ns": 30_000 * NS_PER_MS}),
        ("stream_gaps", {**TEN, "end_ns": ms(20001)}),
    )  # fmt: skip
    assert shown(moved) == [(32000, 1.0), (40000, None), (50000, None)]


@pytest.mark.parametrize(
    ("points", "params", "wanted"),
    [
        (FOUR, {}, [(10000, 24), (20000, 23), (30000, 22), (40000, 42)]),
        (FOUR, {"start_ns": ms(3000), "align_sampling": False},
         [(3000, 10), (13000, 30), (23000, 20), (33000, 28)]),
        (FOUR, {"period": Period(5, "second")},
         [(5000 * i, value) for i, value in enumerate([14, 24, 28, 23, 18, 22, 32, 42], 1)]),
        ([(1000, 1.0), (9000, 2.0)], {}, []),
        ([(10000, 1.0)], {}, [(10000, 1)]),
        ([], {}, []),
        # of points of one time the last counts, on either side
        ([(0, 5.0), (0, 10.0), (20000, 1.0), (20000, 30.0)], {}, [(0, 10), (10000, 20), (20000, 30)]),
    ],
)  # fmt: skip
def test_interpolation(points: Points, params: dict[str, Any], wanted: Points) -> None:
    check(shown(run(stream(points), ("stream_interpolate", {**TEN, **params}))), wanted)


def test_interpolation_is_bounded_before_it_is_made() -> None:
    for points in (FOUR, [(0, 1.0), (10**9, 2.0)]):
        with pytest.raises(ExecutionFault, match="would produce more than 3 data points"):
            run(stream(points), ("stream_interpolate", {**TEN, "most_points": 3}))
    with pytest.raises(ExecutionFault):
        run(stream([(0, 1.0), (10**12, 2.0)]), ("stream_interpolate", {"period": Period(1, "millisecond")}))


THREE = [(0, 10.0), (5000, 20.0), (15000, 10.0)]


@pytest.mark.parametrize(
    ("points", "params", "wanted"),
    [
        (THREE, {"period": SECOND}, [(5000, 2), (15000, -1)]),
        (THREE, {"form": "sampler", "period": SECOND}, [(5000, 4), (15000, 1)]),
        (THREE, {"form": "difference"}, [(5000, 10), (15000, -10)]),
        ([(0, 10.0), (60000, 20.0)], {"period": Period(5, "minute")}, [(60000, 50)]),
        (THREE, {}, [(5000, 0.002), (15000, -0.001)]),
        ([(0, 1.0), (0, 3.0), (1, 4)], {"form": "difference"}, [(0, 2), (1, 1)]),
        # the length of the year that begins there: 366 days
        ([(0, 0.0), (366 * 86_400_000, 1.0)], {"period": Period(1, "year")}, [(366 * 86_400_000, 1)]),
    ],
)
def test_rates(points: Points, params: dict[str, Any], wanted: Points) -> None:
    check(shown(run(stream(points), ("stream_rate", params))), wanted)


def test_a_month_is_as_long_as_it_is_where_it_begins() -> None:
    base = at("2024-01-31T00:00:00")
    one = stream([(0, 0.0), (29 * 86_400_000, 1.0)], base)
    assert shown(run(one, ("stream_rate", {"period": Period(1, "month")})), base) == [(29 * 86_400_000, 1.0)]
    # the day of a clock change in Paris has 23 hours
    base = at("2024-03-30T23:00:00")
    one = stream([(0, 0.0), (23 * 3_600_000, 1.0)], base)
    day = {"period": Period(1, "day"), "zone": "Europe/Paris"}
    assert shown(run(one, ("stream_rate", day)), base) == [(23 * 3_600_000, 1.0)]


@pytest.mark.parametrize("form", ["rate", "sampler"])
def test_equal_times_have_no_rate(form: str) -> None:
    with pytest.raises(ExecutionFault) as caught:
        run(stream([(0, 1.0), (0, 2.0)]), ("stream_rate", {"form": form}))
    assert caught.value.message == (
        f"The {form} aggregator cannot compute rate for data points with the same time stamp.  "
        f"You must precede {form} with another aggregator."
    )


def test_one_point_is_not_normalised() -> None:
    with pytest.raises(ExecutionFault) as caught:
        run(stream([(0, 1.0)]), ("stream_normalize", {}))
    assert caught.value.message == "Normalization requires at least two data points, got 1"


@pytest.mark.parametrize(
    ("op", "kept"),
    [("lt", [5, 7]), ("lte", [7]), ("gt", [3, 5]), ("gte", [3]), ("equal", [3, 7]), ("ne", [5])],
)
def test_filter(op: str, kept: list[int]) -> None:
    one = stream(numbered(3, 5, 7))
    got = [value for _, value in shown(run(one, ("stream_filter", {"op": op, "threshold": 5})))]
    assert got == kept and all(type(value) is int for value in got)
    texts = stream(numbered("3", "5", "7"))
    got = [value for _, value in shown(run(texts, ("stream_filter", {"op": op, "threshold": "5"})))]
    assert got == [str(value) for value in kept]
    # a threshold of another type removes all
    assert shown(run(one, ("stream_filter", {"op": op, "threshold": "5"}))) == []
    assert shown(run(texts, ("stream_filter", {"op": op, "threshold": 5}))) == []


def test_filter_removes_zeros_unless_told_otherwise() -> None:
    assert shown(run(stream(numbered(1.0, 0.0, 0, 2)), ("stream_filter", {}))) == [(1000, 1.0), (4000, 2)]


@pytest.mark.parametrize(
    ("thresholds", "descending", "wanted"),
    [
        ([(5.0, "superior"), (50.0, "superior")], False, [0, 0, 1, 2]),
        ([(50.0, "superior"), (5.0, "superior")], False, [0, 0, 1, 2]),
        ([(5.0, "superior"), (50.0, "superior")], True, [2, 2, 1, 0]),
        ([(5.0, "inferior"), (50.0, "superior")], False, [0, 1, 1, 2]),
        ([(5.0, "inferior"), (5.0, "superior")], False, [0, 1, 2, 2]),
        # Of two at one value the inferior is passed first, whichever was given first.
        ([(5.0, "superior"), (5.0, "inferior")], False, [0, 1, 2, 2]),
        ([(5.0, "superior"), (9.0, "superior"), (5.0, "inferior")], True, [3, 2, 0, 0]),
        ([(5.0, "inferior"), (5.0, "inferior"), (5.0, "superior")], False, [0, 2, 3, 3]),
        ([(80.0, "inferior")], False, [0, 0, 0, 1]),
        ([], False, [0, 0, 0, 0]),
    ],
)
def test_score(thresholds: list[tuple[float, str]], descending: bool, wanted: list[int]) -> None:
    step = ("stream_score", {"thresholds": tuple(thresholds), "descending": descending})
    assert [value for _, value in shown(run(stream(numbered(3.0, 5, 20, 80.0)), step))] == wanted


def labels_after(*steps: tuple[str, dict[str, Any]]) -> Any:
    (one,) = call("merge_streams", (stored([(0, 1.0)], site="north"),))
    return run(one, *steps).labels


@pytest.mark.parametrize(
    ("steps", "tags"),
    [
        ([("stream_tag", {"name": "unit", "value": "l/s"})], {"site": ("north",), "unit": ("l/s",)}),
        ([("stream_tag", {"name": "site", "value": "east"})], {"site": ("east", "north")}),
        ([("stream_tag", {"name": "site", "value": "north"})], {"site": ("north",)}),
        ([("stream_untag", {})], {}),
        ([("stream_untag", {"name": "site"})], {}),
        ([("stream_untag", {"name": "site", "value": "north"})], {}),
        ([("stream_untag", {"value": "north"})], {}),
        ([("stream_untag", {"name": "other"})], {"site": ("north",)}),
        ([("stream_untag", {"name": "site", "value": "south"})], {"site": ("north",)}),
        (
            [("stream_tag", {"name": "site", "value": "east"}), ("stream_untag", {"value": "north"})],
            {"site": ("east",)},
        ),
    ],
)
def test_tags(steps: list[tuple[str, dict[str, Any]]], tags: dict[str, tuple[str, ...]]) -> None:
    assert dict(labels_after(*steps).tags) == tags


def test_an_alias_changes_the_name_and_not_where_points_come_from() -> None:
    save = ("stream_save", {"metric": "m10", "tags": (("kind", "sum"),), "ttl_s": 5})
    labels = labels_after(("stream_alias", {"alias": "Flow (north)"}), save)
    assert (labels.name, labels.metric) == ("Flow (north)", "m")
    assert labels.saves == (Destination("m10", (("kind", "sum"),), 5),)
    assert saved_tags(labels, labels.saves[0]) == {"kind": "sum", "saved_from": "m"}


def test_saved_points_keep_the_tags_they_were_grouped_by() -> None:
    members = (stored([(0, 1.0)], site="north"), stored([(0, 2.0)]))
    bare, north = call("merge_streams", members, by=("site",))
    destination = Destination("m10", saved_from=False)
    assert saved_tags(north.labels, destination) == {"site": "north"}
    assert saved_tags(bare.labels, destination) == {}


NIGHT = {"start_ns": at("2024-01-01"), "end_ns": at("2024-01-01T12:00:00")}
QUERY = {"reference_start_ns": at("2024-01-02"), "reference_end_ns": at("2024-01-02T06:00:00")}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({}, "2024-01-02T03:00:00"),
        ({"to_end": True}, "2024-01-01T21:00:00"),
        ({"reference_start_ns": at("2024-02-01")}, "2024-02-01T03:00:00"),
    ],
)
def test_time_align(params: dict[str, Any], wanted: str) -> None:
    one = stream([(0, 5.0)], at("2024-01-01T03:00:00"))
    aligned = run(one, ("stream_align", {**NIGHT, **QUERY, **params}))
    assert aligned.times_ns.tolist() == [at(wanted)]
    # later ranges count from the moved start
    day = {"statistic": "sum", "period": Period(2, "hour"), "start_ns": NIGHT["start_ns"], "stamp": "start"}
    ranged = run(aligned, ("stream_aggregate", {**day, "align_sampling": False}))
    origin = NIGHT["start_ns"] + at(wanted) - at("2024-01-01T03:00:00")
    assert ranged.times_ns.tolist() == [origin + Period(2, "hour").fixed_ns]


def temp() -> tuple[Series, Series]:
    return (
        stored([(0, 1.0), (1000, 2.0), (2000, 3.0)], room="a"),
        stored([(0, 10.0), (1000, 20.0)], room="b"),
    )


def test_the_example_from_end_to_end() -> None:
    (one,) = call("merge_streams", temp(), name="temp")
    assert shown(one) == [(0, 1.0), (0, 10.0), (1000, 2.0), (1000, 20.0), (2000, 3.0)]
    assert one.labels.tags == (("room", ("a", "b")),) and one.labels.name == "temp"
    summed = run(one, ("stream_aggregate", {"statistic": "sum", "period": SECOND, "start_ns": B}))
    assert shown(summed) == [(0, 11.0), (1000, 22.0), (2000, 3.0)]
    a, b = call("merge_streams", temp(), by=("room",))
    assert shown(a) == [(0, 1.0), (1000, 2.0), (2000, 3.0)] and shown(b) == [(0, 10.0), (1000, 20.0)]
    assert [(s.labels.tag_group.by, s.labels.tag_group.values) for s in (a, b)] == [
        (TagGroups(("room",)), ("a",)), (TagGroups(("room",)), ("b",)),
    ]  # fmt: skip
    (newest,) = call("merge_streams", temp()[1:], limit=1, newest_first=True)
    assert shown(newest) == [(1000, 20.0)]


def test_falling_order() -> None:
    (one,) = call("merge_streams", temp(), newest_first=True)
    assert shown(one) == [(2000, 3.0), (1000, 20.0), (1000, 2.0), (0, 10.0), (0, 1.0)]
    assert shown(run(one, ("limit_streams", {"count": 2}))) == [(2000, 3.0), (1000, 20.0)]
    assert shown(run(one, ("stream_trim", {"ends": "first"})))[0] == (1000, 20.0)
    assert shown(run(one, ("stream_trim", {"ends": "last"})))[-1] == (0, 10.0)
    assert shown(run(one, ("stream_sma", {"size": 4}))) == [(0, 8.75), (0, 5.75 + 2.5)]
    back = stream([(0, 10.0), (5000, 20.0), (15000, 50.0)], newest_first=True)
    assert shown(run(back, ("stream_rate", {"period": SECOND}))) == [(5000, 3.0), (0, 2.0)]
    assert shown(run(back, ("stream_rate", {"form": "difference"}))) == [(5000, -30.0), (0, -10.0)]
    ranged = stream([(5000, 3.0), (15000, 2.0), (25000, 1.0)], newest_first=True)
    assert shown(run(ranged, sum_of())) == [(20000, 1.0), (10000, 2.0), (0, 3.0)]
    points = stream(FOUR, newest_first=True)
    assert shown(run(points, ("stream_interpolate", TEN)))[::-1] == [
        (10000, 24.0), (20000, 23.0), (30000, 22.0), (40000, 42.0),
    ]  # fmt: skip


def groups(points: Points, *groupers: Any, **params: Any) -> list[tuple[tuple[int, ...], Points]]:
    found = call("group_streams", stream(points, **params), groupers=groupers)
    return [(tuple(entry.number for entry in one.labels.splits), shown(one)) for one in found]


def test_groups_by_value_cut_toward_zero() -> None:
    found = groups(numbered(1.0, 12, -9.9, -10.0, 29.9, 3, float("nan")), ValueGroups(10))
    assert [(number[0], [time for time, _ in points]) for number, points in found] == [
        (0, [1000, 3000, 6000, 7000]), (1, [2000]), (-1, [4000]), (2, [5000]),
    ]  # fmt: skip
    huge = groups(numbered(2**63 - 1, -(2**63), 1e300), ValueGroups(1))
    assert [number for number, _ in huge] == [(2**63 - 1,), (-(2**63),), (9_223_372_036_854_774_784,)]
    assert [number for number, _ in groups(numbered("a", "b"), ValueGroups(10))] == [(-1,)]


def test_groups_by_bin() -> None:
    found = groups(numbered(9.99, 10, 19.0, 20, 39, 40.0, 41.0), BinGroups((10, 20, 40)))
    assert [(number[0], [value for _, value in points]) for number, points in found] == [
        (0, [9.99]), (1, [10, 19.0]), (2, [20, 39]), (3, [40.0, 41.0]),
    ]  # fmt: skip
    assert [number for number, _ in groups(numbered("a"), BinGroups((10,)))] == [(-1,)]


DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("unit", "count", "size", "days", "wanted"),
    [
        ("day", 1, 7, [0, 1, 6, 7, 8], [0, 1, 6, 0, 1]),
        ("week", 1, 2, [0, 6, 7, 14], [0, 0, 1, 0]),
        ("year", 1, 10, [0, 363, 364, 728], [0, 0, 1, 2]),
        ("month", 1, 12, [0, 30, 31, 60, 366], [0, 0, 1, 2, 0]),
        ("month", 3, 4, [0, 31, 90, 91, 366], [0, 0, 0, 1, 0]),
        ("hour", 10**12, 2, [0, 1, 10_000], [0, 0, 0]),
    ],
)
def test_groups_by_time(unit: str, count: int, size: int, days: list[int], wanted: list[int]) -> None:
    found = groups([(day * DAY_MS, 1.0) for day in days], TimeGroups(count, unit, size, B))
    got = {time // DAY_MS: number[0] for number, points in found for time, _ in points}
    assert [got[day] for day in days] == wanted


def test_groups_by_no_length_of_time() -> None:
    for unit in ("day", "month"):
        with pytest.raises(ExecutionFault, match="/ by zero"):
            groups([(0, 1.0)], TimeGroups(0, unit, 2, B))


@pytest.mark.parametrize(
    ("kind", "params"),
    [(ValueGroups, (0,)), (BinGroups, ((),)), (BinGroups, ((2.0, 1.0),)), (TimeGroups, (1, "day", 0, B)),
     (TimeGroups, (-1, "day", 2, B))],
)  # fmt: skip
def test_groupers_that_make_no_groups_are_refused(kind: Any, params: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentFault):
        kind(*params)


def test_too_many_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.algebra.transforms.stream_groups.MOST_GROUPS", 2)
    with pytest.raises(LimitFault, match="3 groups, more than the limit of 2"):
        groups(numbered(1.0, 2.0, 3.0), ValueGroups(1))


def test_combined_groups_come_as_they_first_occur() -> None:
    by = (ValueGroups(10), BinGroups((5.0,)))
    points = numbered(1.0, 12.0, 6.0, 2.0)
    assert [number for number, _ in groups(points, *by)] == [(0, 0), (1, 1), (0, 1)]
    assert [number for number, _ in groups(points, *by, newest_first=True)] == [(0, 0), (0, 1), (1, 1)]
    (one,) = call("group_streams", stream([]), groupers=by)
    assert len(one) == 0


def test_groups_follow_tags_in_the_list_of_entries() -> None:
    a, _ = call("merge_streams", temp(), by=("room",))
    first = call("group_streams", a, groupers=(ValueGroups(2),))[0]
    assert [type(entry.by) for entry in first.labels.group_entries] == [ValueGroups, TagGroups]


TEXTS = [(1000, "a"), (2000, "b")]
NUMERIC = [
    ("stream_scale", {"factor": 2.0}), ("stream_divide", {"divisor": 2.0}), ("stream_normalize", {}),
    ("stream_sma", {"size": 1}), ("stream_rate", {}), ("stream_minmax", TEN), ("stream_interpolate", TEN),
    ("stream_least_squares", TEN), ("stream_percentile", {"share": 9.0}), ("stream_deviation", TEN),
    ("stream_score", {"thresholds": ()}), sum_of(), sum_of(statistic="avg"), sum_of(statistic="max"),
]  # fmt: skip


@pytest.mark.parametrize("step", NUMERIC, ids=lambda step: step[0])
def test_numeric_functions_leave_texts_alone(step: tuple[str, dict[str, Any]]) -> None:
    assert shown(run(stream(TEXTS), step)) == TEXTS


def test_texts_are_counted_and_picked() -> None:
    one = stream(TEXTS)
    counted = run(one, sum_of(statistic="count"))
    assert shown(counted) == [(0, 2)]
    # from there on they are numbers, though texts were read
    assert (counted.labels.read_type, counted.labels.type) == ("text", "number")
    assert shown(run(counted, ("stream_scale", {"factor": 2.0}))) == [(0, 4.0)]
    assert shown(run(one, sum_of(statistic="first"))) == [(0, "a")]
    assert shown(run(one, sum_of(statistic="last", stamp="first"))) == [(2000, "b")]
    assert shown(run(one, ("stream_trim", {"ends": "first"}))) == [(2000, "b")]


def test_whole_numbers_keep_their_type_and_digits() -> None:
    big = 2**62 + 1
    one = stream([(0, big), (1, big + 1)])
    assert shown(run(one, sum_of(statistic="last"))) == [(0, big + 1)]
    assert shown(run(one, ("stream_trim", {"ends": "last"}))) == [(0, big)]
    tied = (stored([(0, big + 1)], t="a"), stored([(0, big)], t="b"), stored([(0, 0.5)], t="c"))
    assert shown(call("merge_streams", tied)[0]) == [(0, 0.5), (0, big), (0, big + 1)]


def test_types_and_entities() -> None:
    members = (
        stored([(0, "up"), (1, 5), (2, 2.5)], site="b"),
        stored([(0, "up"), (0, "down")][:1], site="a"),
        stored([], site="empty"),
    )
    number, text = call("merge_streams", members, name="m", by=None)
    assert (number.labels.type, shown(number)) == ("number", [(1, 5), (2, 2.5)])
    assert (text.labels.type, shown(text)) == ("text", [(0, "up"), (0, "up")])
    # a series without points of the type gives no tags
    assert number.labels.tags == (("site", ("b",)),) and text.labels.tags == (("site", ("a", "b")),)


def test_the_entity_is_a_tag_unless_it_is_the_default_one() -> None:
    one = stored([(0, 1.0)], site="n")
    pump = type(one)(one.key._replace(entity="pump"), one.samples)
    (both,) = call("merge_streams", (one, pump))
    assert both.labels.tags == (("entity", ("pump",)), ("site", ("n",)))
    bare, named = call("merge_streams", (pump, one), by=("entity",))
    assert (bare.labels.tag_group.values, named.labels.tag_group.values) == (("",), ("pump",))
    explicit = stored([(0, 1.0)], entity="default")
    assert call("merge_streams", (explicit,))[0].labels.tags == (("entity", ("default",)),)
    (other,) = call("merge_streams", (pump,), default_entity="pump", entity_tag="e")
    assert other.labels.tags == (("site", ("n",)),)


def test_tag_groups_are_in_order_of_names_and_values() -> None:
    members = tuple(
        stored([(0, 1.0)], dc=dc, **({"host": host} if host else {}))
        for dc, host in [("DC2", "a"), ("DC1", "b"), ("DC1", "a"), ("DC1", "")]
    )
    found = call("merge_streams", members, by=("dc", "host"))
    assert [one.labels.tag_group.values for one in found] == [
        ("DC1", ""), ("DC1", "a"), ("DC1", "b"), ("DC2", "a"),
    ]  # fmt: skip
    assert [one.labels.tag_group.values for one in call("merge_streams", members, by=("bogus",))] == [("",)]


def test_nothing_to_read_is_one_empty_stream() -> None:
    for members in ((), (stored([], site="n"),)):
        (one,) = call("merge_streams", members, name="m", by=("site",))
        assert (len(one), one.labels.tags, one.labels.type, one.labels.tag_group) == (0, (), "number", None)


def test_limits_of_series_and_of_groups() -> None:
    (one,) = call("merge_streams", temp(), limit=2)
    assert shown(one) == [(0, 1.0), (0, 10.0), (1000, 2.0), (1000, 20.0)]
    assert shown(run(one, ("limit_streams", {"count": 3})))[-1] == (1000, 2.0)
    assert len(run(one, ("limit_streams", {"count": 0}))) == 4


def test_nan_travels_and_is_no_gap() -> None:
    nan = float("nan")
    one = stream(numbered(1.0, nan, 3.0))
    steps = [sum_of(), sum_of(statistic="min"), ("stream_deviation", TEN), ("stream_scale", {"factor": 1.0})]
    for step in steps:
        assert any(value != value for value in run(one, step).values.tolist()), step[0]
    assert shown(run(one, sum_of(statistic="count"))) == [(0, 3)]
    assert len(run(one, ("stream_minmax", TEN))) == 1


def test_a_stream_is_not_divided_by_zero() -> None:
    with pytest.raises(ArgumentFault):
        run(stream(S), ("stream_divide", {"divisor": 0.0}))


def test_a_query_as_one_plan() -> None:
    """What a dialect builds: the merged streams count what was read, a save on the way is what to write."""
    one, two = temp()
    source = MemorySource({1: one.samples, 2: two.samples})
    read = Read((SeriesRef(1, one.key), SeriesRef(2, two.key)), B, ms(2001), exact=True)
    merged = apply("merge_streams", read, name="temp", by=("room",))
    parts = apply("limit_streams", apply("group_streams", merged, groupers=(ValueGroups(10),)), count=2)
    saved = apply("stream_save", apply("stream_aggregate", parts, statistic="sum", **TEN), metric="temp_10s")
    final = apply("stream_scale", saved, factor=2.0)
    outcomes = [outcome.series for outcome in execute_each([merged, saved, final], source)]
    assert [sum(map(len, series)) for series in outcomes] == [5, 3, 3]
    assert [shown(series) for series in outcomes[2]] == [[(0, 6.0)], [(0, 20.0)], [(1000, 40.0)]]
    assert [saved_tags(one.labels, one.labels.saves[0]) for one in outcomes[1]] == [
        {"room": "a", "saved_from": "temp"}, *[{"room": "b", "saved_from": "temp"}] * 2,
    ]  # fmt: skip
