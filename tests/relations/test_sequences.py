"""generate_series, and queries that would make too much."""

from __future__ import annotations

import pytest

from apps.errors import ArgumentFault, LimitFault
from apps.relations.columns import Column, Table, constant
from apps.relations.context import Context
from apps.relations.date_texts import iso_texts, parse_date
from apps.relations.evaluate import evaluate
from apps.relations.expressions import Arithmetic, Call, Col, Const, Expr
from apps.relations.intervals import parse_interval
from apps.relations.sequences import generate_numbers, generate_times
from apps.relations.work import Work


def days(start: str, stop: str, step: str) -> list[str]:
    found = generate_times(parse_date(start), parse_date(stop), parse_interval(step), Context())
    return [text[:10] for text in iso_texts(found["generate_series"].values)]


def test_times() -> None:
    assert days("2024-01-01", "2024-01-05", "2 days") == ["2024-01-01", "2024-01-03", "2024-01-05"]
    assert days("2024-01-31", "2024-04-01", "1 month") == ["2024-01-31", "2024-02-29", "2024-03-29"]
    assert days("2024-03-01", "2024-01-01", "-1 month") == ["2024-03-01", "2024-02-01", "2024-01-01"]
    assert days("2024-03-01", "2024-01-01", "1 day") == []
    assert len(days("2024-01-01", "2024-01-02", "15 min")) == 97


def test_numbers() -> None:
    assert generate_numbers(1, 7, 3, Context())["generate_series"].tolist() == [1, 4, 7]
    assert generate_numbers(3, 1, -1, Context())["generate_series"].tolist() == [3, 2, 1]
    with pytest.raises(ArgumentFault, match="equal zero"):
        generate_numbers(1, 2, 0, Context())


def test_long_sequences_are_refused_before_they_are_made() -> None:
    with pytest.raises(LimitFault):
        generate_numbers(0, 500_000_000, 1, Context())
    with pytest.raises(LimitFault):
        generate_times(parse_date("1700"), parse_date("2200"), parse_interval("1 us"), Context())


def test_large_expressions_and_texts_are_refused() -> None:
    column = Column("bigint", constant(1, 1000).values.copy())
    grown: Expr = Col("x")
    for _ in range(50):
        grown = Arithmetic("+", grown, Const(1))
    with pytest.raises(LimitFault, match="the expressions"):
        evaluate(grown, Table.of(x=column), Context(work=Work(max_cells=40_000)))
    text = constant("a" * 100_000, 1000)
    for _ in range(2):
        with pytest.raises(LimitFault, match="characters"):
            evaluate(Call("concat", (Col("t"),) * 1000), Table.of(t=text), Context())
    with pytest.raises(LimitFault, match="characters"):
        evaluate(Call("replace", (Col("t"), Const("a"), Const("b" * 1000))), Table.of(t=text), Context())
