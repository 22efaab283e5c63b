"""Operators that keep or arrange rows: filter, project, sort, limit, distinct, and tables laid end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.casts import as_type, common_type
from apps.relations.columns import Column, Table, concatenate
from apps.relations.context import Context
from apps.relations.evaluate import evaluate, select_columns, truth
from apps.relations.expressions import Expr
from apps.relations.ordering import groups_of, order_of, sort_keys

__all__ = ["OrderBy", "distinct", "extend", "filter_rows", "limit", "project", "sort", "stack"]


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One key of an order; NULL is the lowest value in both directions."""

    expression: Expr
    descending: bool = False


def filter_rows(table: Table, condition: Expr, context: Context) -> Table:
    """The rows for which a condition is true, neither false nor unknown."""
    context.work.check()
    kept = truth(evaluate(condition, table, context))
    count = int(np.count_nonzero(kept))
    out = table if count == table.rows else table.take(np.flatnonzero(kept), count)
    context.work.did("filter", table.rows, out.rows)
    return out


def project(table: Table, expressions: Mapping[str, Expr], context: Context) -> Table:
    """A table of one column per expression, by name."""
    context.work.room(table.rows, len(expressions), "the result")
    columns = select_columns(dict(expressions), table, context)
    context.work.did("project", table.rows, table.rows, f"{len(columns)} columns")
    keep = {name: name if name in columns else None for name in (table.series, table.time) if name}
    return Table(columns, table.rows, keep.get(table.series or ""), keep.get(table.time or ""))


def extend(table: Table, expressions: Mapping[str, Expr], context: Context) -> Table:
    """The same table with more columns."""
    context.work.room(table.rows, len(table.columns) + len(expressions), "the rows")
    return table.with_columns(select_columns(dict(expressions), table, context))


def sort(table: Table, by: Sequence[OrderBy], context: Context) -> Table:
    """The rows in order of some expressions; equal ones stay as they stood."""
    context.work.room(table.rows, len(table.columns) + len(by), "the sorted rows")
    keys: list[np.ndarray] = []
    for item in by:
        keys += sort_keys(evaluate(item.expression, table, context), item.descending)
    order = order_of(keys, table.rows)
    out = table if (order == np.arange(table.rows)).all() else table.take(order, table.rows)
    context.work.did("sort", table.rows, out.rows)
    return out


def limit(table: Table, count: int | None, offset: int, context: Context) -> Table:
    """So many rows from an offset on; an offset past the end leaves none."""
    if offset < 0 or (count is not None and count < 0):
        raise ArgumentFault("LIMIT and OFFSET are not negative")
    stop = table.rows if count is None else min(offset + count, table.rows)
    start = min(offset, table.rows)
    out = table.take(slice(start, stop), max(stop - start, 0))
    context.work.did("limit", table.rows, out.rows)
    return out


def distinct(table: Table, context: Context) -> Table:
    """Each row once, where it first stood; NULLs are alike, NaNs too."""
    context.work.room(table.rows, len(table.columns), "the distinct rows")
    if not table.columns or table.rows == 0:
        return table
    groups = groups_of(list(table.columns.values()), table.rows)
    first = np.sort(groups.firsts)
    out = table if len(first) == table.rows else table.take(first, len(first))
    context.work.did("distinct", table.rows, out.rows)
    return out


def stack(tables: Sequence[Table], context: Context) -> Table:
    """Tables of the same names one after the other, in the types that they have together."""
    first = tables[0]
    rows = sum(table.rows for table in tables)
    context.work.room(rows, len(first.columns), "the rows together")
    columns: dict[str, Column] = {}
    for name in first.names:
        parts = [table[name] for table in tables]
        type = common_type([part.type for part in parts])
        columns[name] = concatenate([as_type(part, type) for part in parts])
    return Table(columns, rows, first.series, first.time)
