"""LAG and its kin, numbers of rows, growing and sliding windows."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault, LimitFault
from apps.relations.columns import Column, Table, constant, of_values, text_codes
from apps.relations.context import Context
from apps.relations.expressions import Arithmetic, Col, Compare
from apps.relations.operators import filter_rows, project
from apps.relations.windows import (
    Partitions,
    dense_rank,
    first_value,
    growing,
    lag,
    last_rows,
    last_time,
    last_value,
    lead,
    partitions,
    peers,
    rank,
    row_number,
    whole,
    window_aggregate,
)
from tests.relations.plain import doubles, texts, wholes

VALUES = doubles(7, 7, 12, 3)
ALL = Partitions(4)


def difference(table: Table, name: str = "value") -> Column:
    before = table.plus(before=lag(table[name], Partitions(table.rows)))
    return project(before, {"d": Arithmetic("-", Col(name), Col("before"))}, Context())["d"]


def test_differences_of_neighbours() -> None:
    assert difference(Table.of(value=VALUES)).tolist() == [None, 0.0, 5.0, -9.0]
    assert lag(VALUES, ALL, 2, constant(-1, 4)).tolist() == [-1.0, -1.0, 7.0, 7.0]
    assert lead(VALUES, ALL).tolist() == [7.0, 12.0, 3.0, None]
    assert lag(VALUES, ALL, 0).tolist() == VALUES.tolist()
    assert lag(VALUES, ALL, 9).tolist() == [None] * 4


def test_in_where_lag_sees_rows_that_select_no_longer_has() -> None:
    table = Table.of(value=VALUES).plus(before=lag(VALUES, ALL))
    kept = filter_rows(table, Compare(">", Col("value"), Col("before")), Context())
    assert kept["value"].tolist() == [12.0] and difference(kept).tolist() == [None]


def test_default_stands_for_rows_not_for_nulls() -> None:
    column = of_values("varchar", ["a", None, "c"])
    where = Partitions(3)
    assert lag(column, where, 1, constant("x", 3)).tolist() == ["x", "a", None]
    assert lag(text_codes(column), where).tolist() == [None, "a", None]
    assert lag(wholes(1, 2), Partitions(2), 1, constant("none", 2)).tolist() == ["none", 1]
    assert lag(wholes(), Partitions(0)).tolist() == []


def test_partitions_keep_to_themselves() -> None:
    entity, order, value = texts(*"abab"), wholes(2, 1, 1, 2), doubles(1, 2, 3, 4)
    where = partitions([entity], [(order, False)], 4, Context())
    assert lag(value, where).tolist() == [3.0, None, None, 2.0]
    assert lag(value, where, 1, constant(0, 4)).tolist() == [3.0, 0.0, 0.0, 2.0]
    assert first_value(value, where).tolist() == [3.0, 2.0, 3.0, 2.0]
    assert last_value(value, where).tolist() == [1.0, 2.0, 3.0, 4.0]
    assert row_number(where).tolist() == [2, 1, 1, 2]
    whole_table = partitions([entity], [], 4, Context())
    assert last_value(value, whole_table).tolist() == [3.0, 4.0, 3.0, 4.0]


def test_ranks() -> None:
    where = partitions([], [(wholes(1, 3, 1, 2), False)], 4, Context())
    assert row_number(where).tolist() == [1, 4, 2, 3]
    assert rank(where).tolist() == [1, 4, 1, 3]
    assert dense_rank(where).tolist() == [1, 3, 1, 2]
    down = partitions([], [(wholes(1, 3, 1, 2), True)], 4, Context())
    assert rank(down).tolist() == [3, 1, 3, 2]


def windowed(name: str, column: Column, where: Partitions, bounds: tuple, **options: object) -> list:
    return window_aggregate(name, [column], where, bounds, Context(), **options).tolist()


def test_growing_and_sliding_windows() -> None:
    column = doubles(1, None, 4, 2)
    assert windowed("sum", column, ALL, growing(ALL)) == [1.0, 1.0, 5.0, 7.0]
    assert windowed("max", column, ALL, growing(ALL)) == [1.0, 1.0, 4.0, 4.0]
    assert windowed("count", column, ALL, growing(ALL)) == [1, 1, 2, 3]
    assert windowed("avg", column, ALL, last_rows(ALL, 2)) == [1.0, 1.0, 4.0, 3.0]
    assert windowed("min", column, ALL, last_rows(ALL, 2)) == [1.0, 1.0, 4.0, 2.0]
    assert windowed("sum", column, ALL, whole(ALL)) == [7.0] * 4
    assert repr(windowed("delta", column, ALL, last_rows(ALL, 1))) == "[nan, nan, nan, nan]"
    assert windowed("stddev", column, ALL, last_rows(ALL, 1)) == [0.0, None, 0.0, 0.0]
    with pytest.raises(ArgumentFault, match="at least one row"):
        last_rows(ALL, 0)


def test_windows_of_time() -> None:
    column = doubles(1, 2, 4, 8)
    times_ns = np.array([0, 10, 15, 30])
    assert windowed("sum", column, ALL, last_time(ALL, times_ns, 10)) == [1.0, 2.0, 6.0, 8.0]
    where = partitions([texts(*"abab")], [(of_values("timestamp", times_ns.tolist()), False)], 4, Context())
    assert windowed("sum", column, where, last_time(where, times_ns, 20)) == [1.0, 2.0, 5.0, 8.0]
    assert windowed("wtavg", column, ALL, whole(ALL), times_ns=times_ns * 10**9)[0] == pytest.approx(
        (1 + 22 + 64 + 248) / 59
    )


def test_rows_with_equal_keys_share_a_window() -> None:
    where = partitions([], [(wholes(1, 1, 2, 3), False)], 4, Context())
    assert windowed("sum", doubles(1, 2, 4, 8), where, peers(where)) == [3.0, 3.0, 7.0, 15.0]


def test_exponential_means() -> None:
    where = partitions([texts(*"aaab")], [], 4, Context())
    found = windowed("ema", doubles(8, None, 4, 1), where, growing(where), parameter=0.25)
    assert found == [8.0, 8.0, 7.0, 1.0]
    with pytest.raises(ArgumentFault, match="factor"):
        windowed("ema", VALUES, ALL, growing(ALL), parameter=2)


def test_windows_that_look_at_too_much_are_refused() -> None:
    where = Partitions(20_000)
    with pytest.raises(LimitFault, match="windows of median"):
        windowed("median", doubles(*[1.0] * 20_000), where, growing(where))


CELL = st.one_of(st.none(), st.just(math.nan), st.integers(-3, 3).map(float))
ROW = st.tuples(st.sampled_from("ab"), st.integers(0, 3), CELL)


@settings(max_examples=80, deadline=None)
@given(st.lists(ROW, max_size=10), st.integers(-3, 3), st.integers(1, 3))
def test_windows_agree_with_loops(rows: list[tuple], offset: int, length: int) -> None:
    kinds = ("varchar", "bigint", "double")
    columns = [of_values(kind, [row[at] for row in rows]) for at, kind in enumerate(kinds)]
    where = partitions([columns[0]], [(columns[1], False)], len(rows), Context())
    order = sorted(range(len(rows)), key=lambda at: (rows[at][0], rows[at][1]))
    shifted: list = [None] * len(rows)
    sums: list = [None] * len(rows)
    lows: list = [None] * len(rows)
    for at in order:
        mine = [one for one in order if rows[one][0] == rows[at][0]]
        place = mine.index(at)
        if 0 <= place - offset < len(mine):
            shifted[at] = rows[mine[place - offset]][2]
        window = [rows[one][2] for one in mine[max(place + 1 - length, 0) : place + 1]]
        known = [value for value in window if value is not None and value == value]
        sums[at] = sum(known) if known else None
        grown = [rows[one][2] for one in mine[: place + 1]]
        lows[at] = min((value for value in grown if value is not None and value == value), default=None)
    assert repr(lag(columns[2], where, offset).tolist()) == repr(shifted)
    assert windowed("sum", columns[2], where, last_rows(where, length)) == sums
    assert windowed("min", columns[2], where, growing(where)) == lows


def test_a_million_differences_take_little_more_than_numpy() -> None:
    values = np.random.default_rng(5).normal(size=1_000_000)
    table = Table.of(value=Column("double", values))

    def seconds(work: object) -> float:
        best = math.inf
        for _ in range(5):
            since = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - since)
        return best

    def by_hand() -> None:
        steps = np.diff(values)
        steps[steps > 0].sum()

    def by_operators() -> None:
        found = table.plus(d=difference(table))
        filter_rows(found, Compare(">", Col("d"), Col("value")), Context())

    # No row is looked at by itself: a loop of Python would be a hundred times slower.
    assert seconds(by_operators) < 25 * seconds(by_hand)
