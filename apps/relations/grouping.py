"""GROUP BY: rows that agree in their keys become one, with aggregates of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.relations.aggregates import Runs, aggregate_over, find_aggregate
from apps.relations.casts import times
from apps.relations.columns import Column, Table
from apps.relations.context import Context
from apps.relations.evaluate import evaluate, select_columns, truth
from apps.relations.expressions import Expr
from apps.relations.ordering import Groups, groups_of

__all__ = ["Aggregate", "distinct_rows", "group"]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate of some expressions: ``Aggregate("count")`` is COUNT(*).

    ``parameter`` is the share of PERCENTILE, the factor of EMA, the word of STDDEV and COVAR. Only rows for
    which ``where`` is true count.
    """

    name: str
    arguments: tuple[Expr, ...] = ()
    distinct: bool = False
    where: Expr | None = None
    parameter: Any = None


def group(
    table: Table,
    keys: Mapping[str, Expr],
    aggregates: Mapping[str, Aggregate],
    context: Context,
    *,
    time: Expr | None = None,
    period: str | None = None,
) -> Table:
    """One row per combination of keys, in their order, NULL first and NaN last.

    Within a group rows are taken in order of ``time``. ``period`` names the key that is the start of a
    period: it comes after the other keys, and DELTA and COUNTER of a period start from the last value before
    it. Without keys everything is one row, also when there is nothing.
    """
    found = {name: find_aggregate(one.name, len(one.arguments)) for name, one in aggregates.items()}
    width = len(keys) + sum(len(one.arguments) for one in aggregates.values())
    context.work.room(table.rows, width, "GROUP BY")
    key_columns = select_columns(dict(keys), table, context)
    names = [name for name in keys if name != period] + ([period] if period else [])
    stamps = None if time is None else times(evaluate(time, table, context)).values
    groups = groups_of(
        [key_columns[name] for name in names], table.rows, () if stamps is None else (stamps,)
    )
    in_place = groups.in_place
    if stamps is not None and not in_place:
        stamps = stamps[groups.order]
    starts = _starts(groups, [key_columns[name] for name in names[:-1]]) if period else None
    columns = {name: key_columns[name].take(groups.firsts) for name in keys} if keys else {}
    for name, one in aggregates.items():
        context.work.check()
        arguments = tuple(evaluate(argument, table, context) for argument in one.arguments)
        kept = None if one.where is None else truth(evaluate(one.where, table, context))
        if not in_place:
            arguments = tuple(argument.take(groups.order) for argument in arguments)
            kept = None if kept is None else kept[groups.order]
        if one.distinct:
            kept = distinct_rows(arguments, groups, kept)
        runs = Runs(arguments, groups.lo, groups.hi, stamps, starts, one.parameter)
        columns[name] = aggregate_over(found[name], runs, kept)
    context.work.did("group", table.rows, len(groups))
    return Table(columns, len(groups))


def _starts(groups: Groups, others: Sequence[Column]) -> np.ndarray:
    """For each group the first sorted row of all groups that differ from it in their period only."""
    if not others or len(groups) == 0:
        return np.zeros(len(groups), np.int64)
    firsts = groups.firsts
    outer = groups_of([column.take(firsts) for column in others], len(firsts)).codes
    new = np.concatenate([[True], outer[1:] != outer[:-1]])
    return groups.lo[new][np.cumsum(new) - 1]


def distinct_rows(columns: Sequence[Column], groups: Groups, kept: np.ndarray | None) -> np.ndarray:
    """Marks the first row of each value within each group; columns are in the order of the groups."""
    rows = len(columns[0])
    marked = np.zeros(rows, bool)
    label = np.repeat(np.arange(len(groups)), groups.hi - groups.lo)
    index = np.arange(rows) if kept is None else np.flatnonzero(kept)
    alike = groups_of(
        [Column("bigint", label[index]), *(column.take(index) for column in columns)], len(index)
    )
    marked[index[alike.firsts]] = True
    return marked
