"""GROUP BY and its aggregates: the numbers of the data API, and SQL's rules for nothing."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault, UnknownName
from apps.relations.columns import Column, Table, of_values
from apps.relations.context import Context
from apps.relations.date_texts import parse_date
from apps.relations.expressions import Arithmetic, Call, Col, Compare, Const
from apps.relations.grouping import Aggregate, group
from tests.relations.plain import doubles, texts, wholes

MINUTE = Call("date_round", (Col("time"), Const(1), Const("minute")))


def at(*clock: str) -> Column:
    return of_values("timestamp", [parse_date(f"2031-01-01 {one}") for one in clock])


SAMPLES = Table.of(
    time=at("10:00:00", "10:00:20", "10:00:40", "10:01:10", "10:01:30"), value=doubles(4, 10, 7, 12, 2)
)


@pytest.mark.parametrize(
    ("name", "parameter", "wanted"),
    [
        ("count", None, [3, 2]), ("sum", None, [21, 14]), ("avg", None, [7, 7]), ("first", None, [4, 12]),
        ("last", None, [7, 2]), ("min", None, [4, 2]), ("max", None, [10, 12]), ("delta", None, [3, -5]),
        ("counter", None, [13, 7]), ("median", None, [7, 7]), ("percentile", 90, [10, 12]),
        ("stddev", None, [3, 7.0710678]), ("stddev", "POPULATION", [math.sqrt(6), 5]),
        ("median_abs_dev", None, [3, 5]), ("wavg", None, [7.5, 5.333333]),
        ("wtavg", None, [7.952381, 2.454545]), ("product", None, [280, 24]),
        ("min_value_time", None, [1925028000000, 1925028090000]),
        ("max_value_time", None, [1925028020000, 1925028070000]),
    ],
)  # fmt: skip
def test_aggregates_per_minute(name: str, parameter: object, wanted: list[float]) -> None:
    found = group(
        SAMPLES, {"period": MINUTE}, {"x": Aggregate(name, (Col("value"),), parameter=parameter)}, Context(),
        time=Col("time"), period="period",
    )  # fmt: skip
    assert found["period"].tolist() == at("10:00", "10:01").tolist()
    assert found["x"].tolist() == pytest.approx(wanted, rel=1e-6)


def test_order_of_rows_does_not_matter_when_they_have_times() -> None:
    shuffled = SAMPLES.take(np.array([4, 1, 3, 0, 2]))
    found = group(
        shuffled, {}, {"d": Aggregate("delta", (Col("value"),)), "l": Aggregate("last", (Col("value"),))},
        Context(), time=Col("time"),
    )  # fmt: skip
    assert found["d"].tolist() == [-2.0] and found["l"].tolist() == [2.0]


def test_delta_starts_from_the_last_period_that_is_left() -> None:
    table = Table.of(
        entity=texts(*"aaaabb"),
        time=at("10:00:00", "10:00:30", "10:05:00", "10:06:00", "10:00:00", "10:06:00"),
        value=doubles(1, 5, 9, math.nan, 100, 90),
    )
    found = group(
        table, {"period": MINUTE, "entity": Col("entity")},
        {"d": Aggregate("delta", (Col("value"),)), "c": Aggregate("counter", (Col("value"),))},
        Context(), time=Col("time"), period="period",
    )  # fmt: skip
    assert found["entity"].tolist() == list("aaabb")
    assert found["period"].tolist() == at("10:00", "10:05", "10:06", "10:00", "10:06").tolist()
    assert repr(found["d"].tolist()) == "[4.0, 4.0, nan, nan, -10.0]"
    assert repr(found["c"].tolist()) == "[4.0, 4.0, nan, nan, 90.0]"


NULLS = ("sum", "avg", "min", "max", "first", "last", "median", "stddev", "min_value_time")
NANS = ("delta", "counter", "wavg", "wtavg", "median_abs_dev", "product")


@pytest.mark.parametrize("values", [(), (None, math.nan)])
def test_nothing_gives_null_or_nan(values: tuple) -> None:
    table = Table.of(v=doubles(*values), t=of_values("timestamp", list(range(len(values)))))
    wanted = {name: Aggregate(name, (Col("v"),)) for name in (*NULLS, *NANS)}
    wanted |= {"n": Aggregate("count", (Col("v"),)), "rows": Aggregate("count")}
    wanted |= {"p": Aggregate("percentile", (Col("v"),), parameter=50)}
    wanted |= {name: Aggregate(name, (Col("v"), Col("v"))) for name in ("correl", "covar", "regr_slope")}
    found = group(table, {}, wanted, Context(), time=Col("t"))
    assert [found[name].tolist() for name in (*NULLS, "p")] == [[None]] * (len(NULLS) + 1)
    for name in (*NANS, "correl", "covar", "regr_slope"):
        assert math.isnan(found[name].tolist()[0]), name
    assert found["n"].tolist() == [0] and found["rows"].tolist() == [len(values)]
    grouped = group(table, {"k": Col("v")}, {"n": Aggregate("count")}, Context())
    assert grouped.rows == len(values)


def test_one_row() -> None:
    table = Table.of(v=doubles(5.0))
    names = ("stddev", "delta", "counter")
    found = group(table, {}, {name: Aggregate(name, (Col("v"),)) for name in names}, Context())
    assert repr([found[name].tolist()[0] for name in found.names]) == "[0.0, nan, nan]"


def test_keys_are_sorted_null_first_nan_last() -> None:
    table = Table.of(k=doubles(2, math.nan, None, 1, math.nan, None, 2))
    found = group(table, {"k": Col("k")}, {"n": Aggregate("count")}, Context())
    assert repr(found["k"].tolist()) == "[None, 1.0, 2.0, nan]"
    assert found["n"].tolist() == [2, 1, 2, 2]


def test_texts_times_and_integers_keep_their_type() -> None:
    hours = at("10:00", "11:00", "12:00")
    table = Table.of(s=texts("b", None, "a"), n=wholes(2**60 + 1, 2**60, None), t=hours)
    names = {f"{f}_{c}": Aggregate(f, (Col(c),)) for c in "snt" for f in ("min", "max", "first", "last")}
    found = group(table, {}, names, Context(), time=Col("t"))
    assert [found[f"{f}_s"].tolist()[0] for f in ("min", "max", "first", "last")] == ["a", "b", "b", "a"]
    assert found["max_n"].tolist() == [2**60 + 1] and found["last_n"].tolist() == [2**60]
    assert found["min_t"].type == "timestamp" and found["min_t"].tolist() == at("10:00").tolist()


def test_distinct_and_filtered() -> None:
    table = Table.of(k=texts(*"aaabb"), v=doubles(1, 1, 2, math.nan, 3))
    found = group(
        table, {"k": Col("k")},
        {
            "n": Aggregate("count", (Col("v"),), distinct=True),
            "s": Aggregate("sum", (Col("v"),), distinct=True),
            "f": Aggregate("count", (), where=Compare(">", Col("v"), Const(1))),
            "e": Aggregate("avg", (Arithmetic("*", Col("v"), Const(2)),)),
        },
        Context(),
    )  # fmt: skip
    assert found["n"].tolist() == [2, 1] and found["s"].tolist() == [3.0, 3.0]
    assert found["f"].tolist() == [1, 1] and found["e"].tolist() == [pytest.approx(8 / 3), 6.0]


def test_two_columns() -> None:
    table = Table.of(x=doubles(1, 2, 3, None), y=doubles(2, 4, 7, 1))
    names = ("correl", "covar", "regr_slope", "regr_intercept")
    found = group(table, {}, {name: Aggregate(name, (Col("y"), Col("x"))) for name in names}, Context())
    slope, intercept = np.polyfit([1, 2, 3], [2, 4, 7], 1)
    values = [found[name].tolist()[0] for name in found.names]
    wanted = [np.corrcoef([1, 2, 3], [2, 4, 7])[0, 1], np.cov([1, 2, 3], [2, 4, 7])[0, 1], slope, intercept]
    assert values == pytest.approx(wanted)


def test_faults() -> None:
    with pytest.raises(UnknownName, match="'meadian'"):
        group(SAMPLES, {}, {"x": Aggregate("meadian", (Col("value"),))}, Context())
    with pytest.raises(ArgumentFault, match="takes 1 arguments, not 0"):
        group(SAMPLES, {}, {"x": Aggregate("sum")}, Context())
    with pytest.raises(ArgumentFault, match="have a time"):
        group(SAMPLES, {}, {"x": Aggregate("wtavg", (Col("value"),))}, Context())


VALUE = st.one_of(st.none(), st.just(math.nan), st.integers(-4, 4).map(float))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.sampled_from("abc")), VALUE), max_size=14))
def test_groups_agree_with_loops(rows: list[tuple]) -> None:
    table = Table(
        {"k": of_values("varchar", [k for k, _ in rows]), "v": of_values("double", [v for _, v in rows])},
        len(rows),
    )
    names = ("count", "sum", "avg", "min", "max", "first", "last", "median", "stddev", "delta", "counter")
    wanted = {name: Aggregate(name, (Col("v"),)) for name in names}
    found = group(table, {"k": Col("k")}, {**wanted, "rows": Aggregate("count")}, Context())
    keys = sorted({k for k, _ in rows}, key=lambda k: (k is not None, k or ""))
    assert found["k"].tolist() == keys
    for place, key in enumerate(keys):
        values = [v for k, v in rows if k == key and v is not None and v == v]
        assert found["rows"].tolist()[place] == sum(k == key for k, _ in rows)
        for name in names:
            one = found[name].tolist()[place]
            assert repr(one) == repr(slow(name, values)) or one == pytest.approx(slow(name, values)), name


def slow(name: str, values: list[float]) -> float | None:
    if name == "count":
        return len(values)
    if name in ("delta", "counter"):
        if len(values) < 2:
            return math.nan
        steps = [b - a if name == "delta" or b >= a else b for a, b in pairwise(values)]
        return float(sum(steps))
    if not values:
        return None
    return {
        "sum": sum(values), "avg": sum(values) / len(values), "min": min(values), "max": max(values),
        "first": values[0], "last": values[-1], "median": statistics.median(values),
        "stddev": statistics.stdev(values) if len(values) > 1 else 0.0,
    }[name]  # fmt: skip
