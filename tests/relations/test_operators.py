"""Rows kept, ordered and made distinct; limits are known before anything is made."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault, LimitFault
from apps.relations.columns import Table, of_values
from apps.relations.context import Context
from apps.relations.expressions import Arithmetic, Col, Compare, Const
from apps.relations.operators import (
    OrderBy,
    distinct,
    extend,
    filter_rows,
    limit,
    project,
    sort,
    stack,
)
from apps.relations.work import Work
from tests.relations.plain import doubles, texts, wholes


def test_where_keeps_what_is_strictly_true() -> None:
    table = Table.of(v=doubles(1.0, None, math.nan, 3.0))
    context = Context()
    assert filter_rows(table, Compare(">", Col("v"), Const(1)), context)["v"].tolist() == [3.0]
    assert filter_rows(table, Compare("!=", Col("v"), Const(1)), context)["v"].tolist() == [3.0]
    assert [(step.rows_in, step.rows_out) for step in context.work.steps] == [(4, 1), (4, 1)]
    with pytest.raises(ArgumentFault, match="Invalid WHERE clause expression"):
        filter_rows(table, Const(1), context)


def test_null_is_lowest_and_nan_highest() -> None:
    table = Table.of(v=doubles(2.0, None, math.nan, -1.0))
    up = sort(table, [OrderBy(Col("v"))], Context())["v"].tolist()
    down = sort(table, [OrderBy(Col("v"), True)], Context())["v"].tolist()
    assert repr(up) == "[None, -1.0, 2.0, nan]" and repr(down) == "[nan, 2.0, -1.0, None]"


def test_texts_go_by_code_point_and_ties_stay() -> None:
    table = Table.of(s=texts("b", "B", "é", "a", "b"), n=wholes(1, 2, 3, 4, 5))
    assert sort(table, [OrderBy(Col("s"))], Context())["n"].tolist() == [2, 4, 1, 5, 3]
    assert sort(table, [OrderBy(Col("s"), True)], Context())["n"].tolist() == [3, 1, 5, 4, 2]


def test_limit_and_offset() -> None:
    table = Table.of(n=wholes(1, 2, 3))
    assert limit(table, 2, 1, Context())["n"].tolist() == [2, 3]
    assert limit(table, 2, 9, Context()).rows == 0
    assert limit(table, None, 1, Context()).rows == 2
    with pytest.raises(ArgumentFault):
        limit(table, -1, 0, Context())


def test_project_and_extend() -> None:
    table = Table.of(n=wholes(1, 2))
    double = Arithmetic("*", Col("n"), Const(2))
    assert project(table, {"d": double}, Context()).names == ("d",)
    assert extend(table, {"d": double}, Context())["d"].tolist() == [2.0, 4.0]


def test_stacked_columns_widen() -> None:
    both = stack([Table.of(v=wholes(1), s=texts("a")), Table.of(v=doubles(2.5), s=texts(None))], Context())
    assert both["v"].tolist() == [1.0, 2.5] and both["s"].tolist() == ["a", None]


def test_limits_are_named() -> None:
    context = Context(work=Work(max_rows=1))
    with pytest.raises(LimitFault) as fault:
        sort(Table.of(n=wholes(1, 2)), [OrderBy(Col("n"))], context)
    assert fault.value.data == {"limit": "rows", "asked": 2, "allowed": 1, "what": "the sorted rows"}


class Stopped(Exception):
    pass


def test_a_query_can_be_stopped_between_operators() -> None:
    def ask() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        distinct(Table.of(n=wholes(1, 2)), Context(work=Work(ask=ask)))


CELL = st.one_of(st.none(), st.just(math.nan), st.sampled_from([0.0, -0.0, 1.0, -1.5, math.inf]))
TEXT = st.one_of(st.none(), st.sampled_from(["", "a", "A", "\uffff", "\U0001f600"]))


def rank(value: float | str | None) -> tuple:
    return (0, 0) if value is None else (2, 0) if value != value else (1, value)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELL, TEXT), max_size=12), st.booleans(), st.booleans())
def test_sort_and_distinct_agree_with_loops(rows: list[tuple], first: bool, second: bool) -> None:
    table = Table(
        {
            "v": of_values("double", [row[0] for row in rows]),
            "s": of_values("varchar", [row[1] for row in rows]),
            "at": of_values("bigint", list(range(len(rows)))),
        },
        len(rows),
    )
    ordered = sort(table, [OrderBy(Col("v"), first), OrderBy(Col("s"), second)], Context())
    wanted = sorted(range(len(rows)), key=lambda at: rank(rows[at][1]), reverse=second)
    if second:  # reverse keeps ties in their order only when the list was turned around first
        wanted = sorted(range(len(rows) - 1, -1, -1), key=lambda at: rank(rows[at][1]))[::-1]
    wanted = sorted(wanted, key=lambda at: rank(rows[at][0])) if not first else sorted(
        wanted[::-1], key=lambda at: rank(rows[at][0])
    )[::-1]
    assert ordered["at"].tolist() == wanted
    seen: list[tuple] = []
    once = [key for row in rows if (key := (rank(row[0]), rank(row[1]))) not in seen and not seen.append(key)]
    kept = distinct(project(table, {"v": Col("v"), "s": Col("s")}, Context()), Context())
    assert [(rank(v), rank(s)) for v, s in zip(kept["v"].tolist(), kept["s"].tolist(), strict=True)] == once
