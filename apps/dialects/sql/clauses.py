"""The tree of a SELECT: its columns, tables, conditions and clauses."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dialects.sql.nodes import Call, Expr, Name, Node, Number, OrderItem

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
class Item(Node):
    """One column of the result."""

    expression: Expr
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class TableName(Node):
    """A metric, ``atsd_series``, a table, a view or a CTE; the name may have dots."""

    name: Name
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class SubQuery(Node):
    query: Select
    alias: Name | None = None
    columns: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class TableFunction(Node):
    """``generate_series(…) AS g(ts)``."""

    call: Call
    alias: Name | None = None
    columns: tuple[Name, ...] = ()


TableRef = TableName | SubQuery | TableFunction


@dataclass(frozen=True, slots=True)
class Join(Node):
    """``outer`` keeps unmatched rows of both sides; ``on`` may only restate the implicit key."""

    table: TableRef
    outer: bool = False
    using_entity: bool = False
    on: Expr | None = None


@dataclass(frozen=True, slots=True)
class RowNumber(Node):
    """``ROW_NUMBER(partition… ORDER BY …) operator count``.

    ``operator`` is a comparison, or ``preceding`` for BETWEEN count [unit] PRECEDING AND CURRENT ROW.
    """

    partition_by: tuple[Expr, ...]
    order_by: tuple[OrderItem, ...]
    operator: str
    count: Number
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Interpolate(Node):
    """``INTERPOLATE(…)``; ``count`` and ``unit`` are None for DETAIL, other fields when not written.

    ``function`` is ``linear``, ``previous`` or ``auto``; ``boundary`` is ``inner`` or ``outer``; ``fill`` is
    ``omit``, ``edge`` or ``value`` (then ``fill_value`` has it); ``align`` is ``calendar`` or ``start_time``.
    """

    count: Number | None
    unit: str | None
    function: str | None = None
    boundary: str | None = None
    fill: str | None = None
    fill_value: Expr | None = None
    align: str | None = None
    zone: Expr | None = None


@dataclass(frozen=True, slots=True)
class LastTime(Node):
    """``time operator bound``, operands in this order; the bound has ``last_time`` in it."""

    operator: str
    bound: Expr


@dataclass(frozen=True, slots=True)
class Timezone(Node):
    zone: str


@dataclass(frozen=True, slots=True)
class WorkdayCalendar(Node):
    key: str


WithItem = RowNumber | Interpolate | LastTime | Timezone | WorkdayCalendar


@dataclass(frozen=True, slots=True)
class Option(Node):
    """``OPTION (ROW_MEMORY_THRESHOLD n)``."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Cte(Node):
    name: Name
    query: Select
    columns: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Select(Node):
    """``with_rows`` stand before GROUP BY and act on samples, ``with_groups`` after it."""

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
