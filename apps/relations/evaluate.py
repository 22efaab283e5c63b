"""Expressions evaluated over tables, a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from apps.errors import ArgumentFault, TsError
from apps.relations.arithmetic import arithmetic, negate
from apps.relations.casts import cast
from apps.relations.choice import choose
from apps.relations.columns import Column, Table, blank, constant, nulls, repeated
from apps.relations.compare import among, boolean, compare
from apps.relations.context import Context
from apps.relations.expressions import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Col,
    Compare,
    Const,
    Expr,
    In,
    IsNull,
    Like,
    Logic,
    Negate,
    Not,
    Regex,
    Switch,
    calls_of,
    columns_of,
    steps_of,
)
from apps.relations.functions import call, is_steady
from apps.relations.patterns import like, regex

__all__ = ["evaluate", "select_columns", "truth"]


def evaluate(expression: Expr, table: Table, context: Context) -> Column:
    """The column that an expression makes of a table; equal parts of it are computed once."""
    return select_columns({"": expression}, table, context)[""]


def select_columns(
    expressions: dict[str, Expr], table: Table, context: Context
) -> dict[str, Column]:
    """Several expressions over one table, sharing what is equal in them."""
    _make_room(expressions.values(), table, context)
    # Without rows there is nothing to read a literal's value from: one row of NULLs gives types and faults.
    evaluation = _Evaluation(table if table.rows else _one_row(table), context)
    columns = {name: evaluation.column(expression) for name, expression in expressions.items()}
    if table.rows:
        return columns
    return {name: column.take(slice(0, 0)) for name, column in columns.items()}


def _one_row(table: Table) -> Table:
    return Table({name: blank(column, 1) for name, column in table.columns.items()}, 1)


def _make_room(expressions: Iterable[Expr], table: Table, context: Context) -> None:
    """What is computed on the way is kept until the end: its size is known before."""
    steps = frozenset().union(*(steps_of(expression) for expression in expressions))
    context.work.room(table.rows, len(steps), "the expressions")


def truth(condition: Column) -> np.ndarray:
    """The rows for which a condition is strictly true; ArgumentFault when it is no condition."""
    if condition.type == "null":
        return np.zeros(len(condition), bool)
    if condition.type != "boolean":
        raise ArgumentFault(f"Invalid WHERE clause expression: a {condition.type} is no condition")
    return condition.values if condition.missing is None else condition.values & ~condition.missing


@lru_cache(maxsize=4096)
def _is_fixed(expression: Expr) -> bool:
    """Whether an expression is the same in every row, and more than a literal."""
    if isinstance(expression, Const | Col) or columns_of(expression):
        return False
    return all(is_steady(name) for name in calls_of(expression))


class _Evaluation:
    """One pass over one table. What was computed is kept by expression, since nodes are hashable."""

    def __init__(self, table: Table, context: Context) -> None:
        self.table = table
        self.context = context
        self.done: dict[Expr, Column] = {}

    def column(self, expression: Expr) -> Column:
        known = self.done.get(expression)
        if known is None:
            self.context.work.check()
            try:
                if self.table.rows > 1 and _is_fixed(expression):
                    once = _Evaluation(Table({}, 1), self.context).column(expression)
                    known = repeated(once, self.table.rows)
                else:
                    known = _STEPS[type(expression)](self, expression)
            except TsError as fault:
                raise (fault if expression.at is None else fault.at(expression.at)) from None
            if not isinstance(expression, Call) or is_steady(expression.name):
                self.done[expression] = known
        return known

    def name(self, node: Col) -> Column:
        return self.table[node.name]

    def constant(self, node: Const) -> Column:
        return constant(node.value, self.table.rows, node.type)

    def call(self, node: Call) -> Column:
        arguments = [self.column(argument) for argument in node.arguments]
        return call(node.name, arguments, self.table.rows, self.context)

    def negate(self, node: Negate) -> Column:
        return negate(self.column(node.operand))

    def arithmetic(self, node: Arithmetic) -> Column:
        return arithmetic(node.operator, self.column(node.left), self.column(node.right))

    def compare(self, node: Compare) -> Column:
        return compare(node.operator, self.column(node.left), self.column(node.right), self.context.zone)

    def logic(self, node: Logic) -> Column:
        """Any FALSE settles AND, any TRUE settles OR; otherwise an unknown operand makes it unknown."""
        settles = node.operator == "or"
        settled = np.zeros(self.table.rows, bool)
        unknown = np.zeros(self.table.rows, bool)
        for operand in node.operands:
            column = self.condition(operand)
            unknown |= column.nulls
            settled |= (column.values == settles) & ~column.nulls
        return boolean(settled == settles, unknown & ~settled)

    def condition(self, expression: Expr) -> Column:
        column = self.column(expression)
        if column.type == "null":
            return nulls(len(column), "boolean")
        if column.type != "boolean":
            raise ArgumentFault(f"Invalid expression: a {column.type} is no condition", span=expression.at)
        return column

    def negation(self, node: Not) -> Column:
        column = self.condition(node.operand)
        return boolean(~column.values, column.missing)

    def is_null(self, node: IsNull) -> Column:
        return Column("boolean", self.column(node.operand).unknown != node.negated)

    def like(self, node: Like) -> Column:
        found = like(self.column(node.operand), self.column(node.pattern), node.escape, self.context.work)
        return boolean(~found.values, found.missing) if node.negated else boolean(found.values, found.missing)

    def regex(self, node: Regex) -> Column:
        found = regex(self.column(node.operand), self.column(node.pattern), self.context.work)
        return boolean(~found.values, found.missing) if node.negated else boolean(found.values, found.missing)

    def among(self, node: In) -> Column:
        items = [self.column(item) for item in node.items]
        found = among(self.column(node.operand), items, self.context.zone)
        return boolean(~found.values, found.missing) if node.negated else found

    def between(self, node: Between) -> Column:
        low = Compare(">=" if node.low_inclusive else ">", node.operand, node.low)
        high = Compare("<=" if node.high_inclusive else "<", node.operand, node.high)
        found = self.logic(Logic("and", (low, high)))
        return boolean(~found.values, found.missing) if node.negated else found

    def case(self, node: Case) -> Column:
        hits = [truth(self.condition(condition)) for condition, _ in node.whens]
        return self.chosen([result for _, result in node.whens], hits, node.otherwise)

    def switch(self, node: Switch) -> Column:
        subject = self.column(node.subject)
        hits = [
            among(subject, [self.column(value) for value in values], self.context.zone).values
            for values, _ in node.whens
        ]
        return self.chosen([result for _, result in node.whens], hits, node.otherwise)

    def chosen(self, results: list[Expr], hits: list[np.ndarray], otherwise: Expr | None) -> Column:
        """The result whose condition is the first that holds."""
        columns = [self.column(result) for result in results]
        columns.append(nulls(self.table.rows) if otherwise is None else self.column(otherwise))
        chosen = np.full(self.table.rows, len(results), np.int64)
        for place in range(len(results) - 1, -1, -1):
            chosen[hits[place]] = place
        return choose(columns, chosen)

    def cast(self, node: Cast) -> Column:
        return cast(self.column(node.operand), node.type, self.context.zone)


_STEPS: dict[type, Callable[[_Evaluation, Expr], Column]] = {
    Col: _Evaluation.name,
    Const: _Evaluation.constant,
    Call: _Evaluation.call,
    Negate: _Evaluation.negate,
    Arithmetic: _Evaluation.arithmetic,
    Compare: _Evaluation.compare,
    Logic: _Evaluation.logic,
    Not: _Evaluation.negation,
    IsNull: _Evaluation.is_null,
    Like: _Evaluation.like,
    Regex: _Evaluation.regex,
    In: _Evaluation.among,
    Between: _Evaluation.between,
    Case: _Evaluation.case,
    Switch: _Evaluation.switch,
    Cast: _Evaluation.cast,
}
