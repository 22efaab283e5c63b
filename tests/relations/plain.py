"""The rules of values once more, one value at a time, to hold the columns against."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from apps.relations.columns import Column, Table, of_values
from apps.relations.context import Context
from apps.relations.evaluate import evaluate
from apps.relations.expressions import Arithmetic, Compare, Const, Expr, IsNull, Logic, Not


def is_unknown(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def evaluated(node: Any, row: dict[str, Any]) -> Any:
    """The value of an expression in one row: None is NULL."""
    if isinstance(node, Const):
        return node.value
    if isinstance(node, Arithmetic):
        return _arithmetic(node.operator, evaluated(node.left, row), evaluated(node.right, row))
    if isinstance(node, Compare):
        return _compare(node.operator, evaluated(node.left, row), evaluated(node.right, row))
    if isinstance(node, Logic):
        values = [evaluated(operand, row) for operand in node.operands]
        settles = node.operator == "or"
        if any(value is settles for value in values):
            return settles
        return None if None in values else not settles
    if isinstance(node, Not):
        value = evaluated(node.operand, row)
        return None if value is None else not value
    if isinstance(node, IsNull):
        return is_unknown(evaluated(node.operand, row)) != node.negated
    return row[node.name]


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    left, right = float(left), float(right)
    if operator == "/" and right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1, right)
    if operator == "%":
        return math.nan if right == 0 or math.isinf(left) or left != left else math.fmod(left, right)
    return {"+": left + right, "-": left - right, "*": left * right}.get(operator) if operator != "/" else (
        left / right
    )


def _compare(operator: str, left: Any, right: Any) -> bool | None:
    if is_unknown(left) or is_unknown(right):
        return None
    return {
        "=": left == right, "!=": left != right, "<": left < right,
        "<=": left <= right, ">": left > right, ">=": left >= right,
    }[operator]  # fmt: skip


def doubles(*values: float | None) -> Column:
    return of_values("double", values)


def wholes(*values: int | None) -> Column:
    return of_values("bigint", values)


def texts(*values: str | None, folded: bool = False) -> Column:
    return of_values("varchar", values, folded=folded)


ONE_ROW = Table({}, 1)


def value_of(expression: Expr, context: Context | None = None, table: Table = ONE_ROW) -> Any:
    """The value of an expression in the first row."""
    return evaluate(expression, table, context or Context()).tolist()[0]


def same(left: Any, right: Any) -> bool:
    """Equal values; NaN is itself, numbers may differ in the last bits."""
    if isinstance(left, float) and isinstance(right, int | float) and not isinstance(right, bool):
        return bool(np.isclose(left, float(right), rtol=1e-12, atol=0, equal_nan=True))
    return type(left) is type(right) and left == right
