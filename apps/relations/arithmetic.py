"""Arithmetic in double precision; times and intervals add up by the calendar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.casts import numbers
from apps.relations.columns import INTERVAL, NUMBERS, Column, nulls
from apps.relations.intervals import add_interval

__all__ = ["arithmetic", "doubles", "negate", "with_nulls"]

_OPERATORS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
}
_TIMES = ("timestamp", "date")


def doubles(column: Column) -> np.ndarray:
    """The values of a column as doubles; what stands under a NULL is any number."""
    return numbers(column).values.astype(np.float64, copy=False)


def with_nulls(type: str, values: np.ndarray, *sources: Column) -> Column:
    """A column that is NULL wherever one of its sources is."""
    missing = None
    for source in sources:
        if source.missing is not None:
            missing = source.missing if missing is None else missing | source.missing
    return Column(type, values).masked(missing)


def arithmetic(operator: str, left: Column, right: Column) -> Column:
    """``left operator right``: NULL with NULL, NaN with NaN; a division by 0 gives an infinity or NaN."""
    if "interval" in (left.type, right.type):
        return _with_intervals(operator, left, right)
    if left.type == "null" or right.type == "null":
        return nulls(len(left), "double")
    with np.errstate(all="ignore"):
        values = _OPERATORS[operator](doubles(left), doubles(right))
    return with_nulls("double", values, left, right)


def negate(column: Column) -> Column:
    """``-x``; integers stay integers."""
    if column.type == "interval":
        return _scaled(column, -1.0)
    if column.type == "null":
        return nulls(len(column), "double")
    found = numbers(column)
    return Column(found.type if found.type in NUMBERS else "double", -found.values, found.missing)


def _with_intervals(operator: str, left: Column, right: Column) -> Column:
    if operator == "+" and right.type in _TIMES:
        left, right = right, left
    if left.type in _TIMES and right.type == "interval" and operator in "+-":
        moved = right if operator == "+" else negate(right)
        gone = left.nulls | right.nulls
        fields = (np.where(gone, 0, moved.values[name]) for name in ("months", "days", "us"))
        return with_nulls("timestamp", add_interval(left.values, *fields), left, right)
    if left.type == right.type == "interval" and operator in "+-":
        other = right if operator == "+" else negate(right)
        out = np.zeros(len(left), INTERVAL)
        for name in INTERVAL.names:
            out[name] = left.values[name] + other.values[name]
        return with_nulls("interval", out, left, right)
    if operator == "*" and right.type == "interval":
        left, right = right, left
    if left.type == "interval" and right.type in NUMBERS and operator in "*/":
        with np.errstate(all="ignore"):
            factor = np.where(right.nulls, 1.0, doubles(right))
            moved = _scaled(left, factor if operator == "*" else 1 / factor)
        return with_nulls("interval", moved.values, left, right)
    raise ArgumentFault(f"operator does not exist: {left.type} {operator} {right.type}")


def _scaled(column: Column, factor: np.ndarray | float) -> Column:
    """An interval times a number; parts of a month are days of it, parts of a day its time."""
    months = column.values["months"] * factor
    whole_months = np.trunc(months)
    days = column.values["days"] * factor + (months - whole_months) * 30
    whole_days = np.trunc(days)
    us = column.values["us"] * factor + (days - whole_days) * 86_400_000_000
    if not np.isfinite(us).all() or (np.abs(us) > 2**62).any() or (np.abs(days) > 10**9).any():
        raise ArgumentFault("interval out of range")
    out = np.zeros(len(column), INTERVAL)
    out["months"], out["days"], out["us"] = whole_months, whole_days, np.rint(us)
    return Column("interval", out, column.missing)
