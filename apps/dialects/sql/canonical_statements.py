"""The canonical text of a statement, on one line; it reads back as the same tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.dialects.sql import clauses, statements
from apps.dialects.sql.canonical import expression_text, listed, select_text
from apps.dialects.sql.nodes import Name
from apps.dialects.sql.spelling import name_text, names_text, path_text, table_name_text, type_text

__all__ = ["statement_text"]


def statement_text(node: statements.Statement) -> str:
    """The canonical text of a statement."""
    return _RENDERERS[type(node)](node)


def _insert(node: statements.Insert) -> str:
    columns = ", ".join([path_text(column.path) for column in node.columns])
    rows = ", ".join([f"({listed(row)})" for row in node.rows])
    return f"insert into {table_name_text(node.table)} {f'({columns}) ' if columns else ''}values {rows}"


def _update(node: statements.Update) -> str:
    parts = [f"{path_text(each.column.path)} = {expression_text(each.value)}" for each in node.assignments]
    return f"update {table_name_text(node.table)} set {', '.join(parts)}"


def _delete(node: statements.Delete) -> str:
    where = "" if node.where is None else f" where {expression_text(node.where)}"
    return f"delete from {table_name_text(node.table)}{where}"


def _create_table(node: statements.CreateTable) -> str:
    parts = [
        f"{name_text(column.name)} {type_text(column.type)}{' not null' if column.not_null else ''}"
        for column in node.columns
    ]
    parts += [f"primary key {names_text(node.primary_key)}"] if node.primary_key else []
    exists = "if not exists " if node.if_not_exists else ""
    return f"create table {exists}{table_name_text(node.name)} ({', '.join(parts)})"


def _options(found: tuple[statements.ViewOption, ...]) -> str:
    parts = [
        table_name_text(Name(each.name, each.name))
        + ("" if each.value is None else f" = {expression_text(each.value)}")
        for each in found
    ]
    return f"({', '.join(parts)})"


def _create_view(node: statements.CreateView) -> str:
    exists = "if not exists " if node.if_not_exists else ""
    head = f"create materialized view {exists}{table_name_text(node.name)}{names_text(node.columns)}"
    head += f" with {_options(node.options)}" if node.options else ""
    return f"{head} as {select_text(node.query)}{'' if node.with_data else ' with no data'}"


def _drop(node: statements.DropTable | statements.DropView) -> str:
    kind = "table" if isinstance(node, statements.DropTable) else "materialized view"
    return f"drop {kind} {'if exists ' if node.if_exists else ''}{table_name_text(node.name)}"


def _alter_view(node: statements.AlterView) -> str:
    exists = "if exists " if node.if_exists else ""
    return f"alter materialized view {exists}{table_name_text(node.name)} set {_options(node.options)}"


_RENDERERS: dict[type, Callable[[Any], str]] = {
    clauses.Select: select_text,
    statements.Insert: _insert,
    statements.Update: _update,
    statements.Delete: _delete,
    statements.CreateTable: _create_table,
    statements.DropTable: _drop,
    statements.CreateView: _create_view,
    statements.AlterView: _alter_view,
    statements.DropView: _drop,
    statements.CallProcedure: lambda node: f"call {expression_text(node.call)}",
    statements.Explain: lambda node: f"explain {select_text(node.query)}",
}
