"""The statements besides SELECT: what writes samples, and what declares tables and continuous aggregates."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dialects.sql.clauses import Select
from apps.dialects.sql.nodes import Call, Column, Expr, Name, Node, TypeName

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
class Insert(Node):
    """``columns`` is empty when none were named; then the order of the table counts."""

    table: Name
    columns: tuple[Column, ...]
    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True)
class Assignment(Node):
    column: Column
    value: Expr


@dataclass(frozen=True, slots=True)
class Update(Node):
    """Writes one sample, whether it exists or not."""

    table: Name
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Delete(Node):
    table: Name
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class ColumnDefinition(Node):
    name: Name
    type: TypeName
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class CreateTable(Node):
    """``primary_key`` holds the columns of either form of PRIMARY KEY; it is empty without one."""

    name: Name
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[Name, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropTable(Node):
    name: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ViewOption(Node):
    """``timescaledb.continuous`` (no value: true) or ``timescaledb.materialized_only = false``."""

    name: str
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class CreateView(Node):
    """CREATE MATERIALIZED VIEW; ``with_data`` is true unless WITH NO DATA stands at its end."""

    name: Name
    query: Select
    columns: tuple[Name, ...] = ()
    options: tuple[ViewOption, ...] = ()
    with_data: bool = True
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterView(Node):
    name: Name
    options: tuple[ViewOption, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropView(Node):
    name: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CallProcedure(Node):
    """``CALL refresh_continuous_aggregate(…)``."""

    call: Call


@dataclass(frozen=True, slots=True)
class Explain(Node):
    query: Select


Statement = (
    Select | Insert | Update | Delete | CreateTable | DropTable | CreateView | AlterView | DropView
    | CallProcedure | Explain
)  # fmt: skip
