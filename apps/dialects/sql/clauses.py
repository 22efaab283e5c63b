"""The tree of a SELECT: its columns, tables, conditions and clauses."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dialects.sql.nodes import Call, Expr, Name, Number, OrderItem, place
from apps.spans import Span

__all__ = [
    "Cte",
    "Interpolate",
    "Item",
    "Join",
    "LastTime",
    "Option",
    "RowNumber",
    "Select",
    "SubQuery",
    "TableFunction",
    "TableName",
    "TableRef",
    "Timezone",
    "WithItem",
    "WorkdayCalendar",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the result."""

    expression: Expr
    alias: Name | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class TableName:
    """A metric, ``atsd_series``, a table, a view or a CTE; the name may have dots."""

    name: Name
    alias: Name | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class SubQuery:
    query: Select
    alias: Name | None = None
    columns: tuple[Name, ...] = ()
    at: Span = place()


@dataclass(frozen=True, slots=True)
class TableFunction:
    """``generate_series(…) AS g(ts)``."""

    call: Call
    alias: Name | None = None
    columns: tuple[Name, ...] = ()
    at: Span = place()


TableRef = TableName | SubQuery | TableFunction


@dataclass(frozen=True, slots=True)
class Join:
    """``outer`` keeps unmatched rows of both sides; ``on`` may only restate the implicit key."""

    table: TableRef
    outer: bool = False
    using_entity: bool = False
    on: Expr | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class RowNumber:
    """``ROW_NUMBER(partition… ORDER BY …) operator count``.

    ``operator`` is a comparison, or ``preceding`` for BETWEEN count [unit] PRECEDING AND CURRENT ROW.
    """

    partition_by: tuple[Expr, ...]
    order_by: tuple[OrderItem, ...]
    operator: str
    count: Number
    unit: str | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Interpolate:
    """``INTERPOLATE(…)``; ``count`` and ``unit`` are None for DETAIL, other fields when not written.

    ``function`` is ``linear``, ``previous`` or ``auto``; ``boundary`` ``inner`` or ``outer``; ``fill`` ``omit``,
    ``edge`` or ``value`` (then ``fill_value`` has it); ``align`` ``calendar`` or ``start_time``.
    """

    count: Number | None
    unit: str | None
    function: str | None = None
    boundary: str | None = None
    fill: str | None = None
    fill_value: Expr | None = None
    align: str | None = None
    zone: Expr | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class LastTime:
    """``time operator bound``, where the bound is an expression with ``last_time``; operands in this order."""

    operator: str
    bound: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Timezone:
    zone: str
    at: Span = place()


@dataclass(frozen=True, slots=True)
class WorkdayCalendar:
    key: str
    at: Span = place()


WithItem = RowNumber | Interpolate | LastTime | Timezone | WorkdayCalendar


@dataclass(frozen=True, slots=True)
class Option:
    """``OPTION (ROW_MEMORY_THRESHOLD n)``."""

    name: str
    value: int
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Cte:
    name: Name
    query: Select
    columns: tuple[Name, ...] = ()
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Select:
    """``with_rows`` stand before GROUP BY and act on detail rows, ``with_groups`` after it on grouped ones."""

    items: tuple[Item, ...]
    distinct: bool = False
    source: TableRef | None = None
    joins: tuple[Join, ...] = ()
    where: Expr | None = None
    with_rows: tuple[WithItem, ...] = ()
    group_by: tuple[Expr, ...] = ()
    having: Expr | None = None
    with_groups: tuple[WithItem, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    limit: int | None = None
    offset: int | None = None
    options: tuple[Option, ...] = ()
    ctes: tuple[Cte, ...] = ()
    at: Span = place()
