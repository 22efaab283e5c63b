"""The statements besides SELECT: what writes samples, and what declares tables and continuous aggregates."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dialects.sql.clauses import Select
from apps.dialects.sql.nodes import Call, Column, Expr, Name, TypeName, place
from apps.spans import Span

__all__ = [
    "AlterView",
    "Assignment",
    "CallProcedure",
    "ColumnDefinition",
    "CreateTable",
    "CreateView",
    "Delete",
    "DropTable",
    "DropView",
    "Explain",
    "Insert",
    "Statement",
    "Update",
    "ViewOption",
]


@dataclass(frozen=True, slots=True)
class Insert:
    """``columns`` is empty when none were named; then the order of the table counts."""

    table: Name
    columns: tuple[Column, ...]
    rows: tuple[tuple[Expr, ...], ...]
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Assignment:
    column: Column
    value: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Update:
    """Writes one sample, whether it exists or not."""

    table: Name
    assignments: tuple[Assignment, ...]
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Delete:
    table: Name
    where: Expr | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    name: Name
    type: TypeName
    not_null: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class CreateTable:
    """``primary_key`` holds the columns of either form of PRIMARY KEY; it is empty without one."""

    name: Name
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[Name, ...] = ()
    if_not_exists: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class DropTable:
    name: Name
    if_exists: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class ViewOption:
    """``timescaledb.continuous`` (no value: true) or ``timescaledb.materialized_only = false``."""

    name: str
    value: Expr | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE MATERIALIZED VIEW; ``with_data`` is true unless WITH NO DATA stands at its end."""

    name: Name
    query: Select
    columns: tuple[Name, ...] = ()
    options: tuple[ViewOption, ...] = ()
    with_data: bool = True
    if_not_exists: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class AlterView:
    name: Name
    options: tuple[ViewOption, ...]
    if_exists: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class DropView:
    name: Name
    if_exists: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class CallProcedure:
    """``CALL refresh_continuous_aggregate(…)``."""

    call: Call
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Explain:
    query: Select
    at: Span = place()


Statement = (
    Select | Insert | Update | Delete | CreateTable | DropTable | CreateView | AlterView | DropView
    | CallProcedure | Explain
)  # fmt: skip
