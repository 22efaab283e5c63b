"""Joins against nested loops; their size is known before they are made."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault, LimitFault
from apps.relations.columns import Table, constant, of_values
from apps.relations.context import Context
from apps.relations.expressions import Call, Col
from apps.relations.joins import join
from apps.relations.operators import extend
from apps.relations.work import Work
from tests.relations.plain import doubles, texts, wholes

E1 = texts("e1", "e1", folded=True)
A = Table({"a.time": wholes(1000, 1005), "a.entity": E1, "a.value": doubles(1, 3)}, 2)
B = Table({"b.time": wholes(1005, 1007), "b.entity": texts("E1", "E1"), "b.value": doubles(4, 6)}, 2)
ON = [("a.time", "b.time"), ("a.entity", "b.entity")]


def rows_of(table: Table, *names: str) -> list[tuple]:
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def test_equal_times_and_entities_meet() -> None:
    context = Context()
    inner = join(A, B, ON, context)
    assert rows_of(inner, "a.time", "a.value", "b.value") == [(1005, 3.0, 4.0)]
    outer = join(A, B, ON, context, kind="outer")
    both = extend(outer, {"time": Call("coalesce", (Col("a.time"), Col("b.time")))}, context)
    assert rows_of(both, "time", "a.value", "b.value") == [
        (1000, 1.0, None), (1005, 3.0, 4.0), (1007, None, 6.0),
    ]  # fmt: skip
    steps = [(step.operator, step.rows_out) for step in context.work.steps]
    assert steps == [("inner join", 1), ("outer join", 3)]


def test_absent_tags_are_a_key() -> None:
    left = Table.of(k=texts(None, "x"), v=wholes(1, 2))
    right = Table.of(l=texts("x", None), w=wholes(3, 4))
    assert rows_of(join(left, right, [("k", "l")], Context()), "v", "w") == [(1, 4), (2, 3)]
    strict = join(left, right, [("k", "l")], Context(), kind="outer", nulls_match=False)
    assert sorted(rows_of(strict, "v", "w"), key=repr) == [(1, None), (2, 3), (None, 4)]


def test_a_side_without_rows() -> None:
    empty = Table.of(l=texts(), w=wholes(), x=of_values("varchar", []))
    found = join(Table.of(k=texts("a"), v=wholes(1)), empty, [("k", "l")], Context(), kind="outer")
    assert rows_of(found, "k", "v", "l", "w", "x") == [("a", 1, None, None, None)]
    assert join(empty, Table.of(k=texts("a")), [("l", "k")], Context()).rows == 0


def test_the_size_is_known_beforehand() -> None:
    rows = 200_000
    many = Table({"k": constant(1, rows)}, rows)
    others = Table({"l": constant(1, rows)}, rows)
    with pytest.raises(LimitFault) as fault:
        join(many, others, [("k", "l")], Context(work=Work(max_rows=10**6)))
    assert fault.value.data["asked"] == rows**2
    with pytest.raises(LimitFault):
        join(many, others, [], Context(work=Work(max_rows=10**6)))


def test_names_do_not_repeat() -> None:
    with pytest.raises(ArgumentFault, match="Duplicate column name: k"):
        join(Table.of(k=wholes(1)), Table.of(k=wholes(1)), [], Context())


def test_numbers_and_texts_meet_as_numbers() -> None:
    found = join(Table.of(k=texts("10", "x")), Table.of(l=wholes(10)), [("k", "l")], Context())
    assert rows_of(found, "k", "l") == [("10", 10)]


KEY = st.one_of(st.none(), st.just(math.nan), st.sampled_from([0.0, 1.0, 2.0]))
SIDE = st.lists(st.tuples(KEY, st.one_of(st.none(), st.sampled_from("ab"))), max_size=6)


def shown(key: tuple) -> tuple:
    return tuple("nan" if part != part else part for part in key)


@settings(max_examples=100, deadline=None)
@given(SIDE, SIDE, st.booleans())
def test_joins_agree_with_nested_loops(left: list[tuple], right: list[tuple], outer: bool) -> None:
    def table(rows: list[tuple], names: str) -> Table:
        number = of_values("double", [row[0] for row in rows])
        text = of_values("varchar", [row[1] for row in rows])
        at = of_values("bigint", list(range(len(rows))))
        return Table(dict(zip(names, (number, text, at), strict=True)), len(rows))

    kind = "outer" if outer else "inner"
    found = join(table(left, "kti"), table(right, "luj"), [("k", "l"), ("t", "u")], Context(), kind=kind)
    pairs = [
        (i, j)
        for (i, one), (j, other) in product(enumerate(left), enumerate(right))
        if shown(one) == shown(other)
    ]
    if outer:
        pairs += [(i, None) for i in range(len(left)) if i not in {pair[0] for pair in pairs}]
        pairs += [(None, j) for j in range(len(right)) if j not in {pair[1] for pair in pairs}]
    assert sorted(rows_of(found, "i", "j"), key=repr) == sorted(pairs, key=repr)
