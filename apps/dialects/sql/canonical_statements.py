"""The canonical text of a statement, on one line; it reads back as the same tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.dialects.sql import clauses, statements
from apps.dialects.sql.canonical import (
    expression_text,
    listed,
    name_text,
    order_text,
    path_text,
    quoted,
    type_text,
    within,
)
from apps.dialects.sql.nodes import Name
from apps.dialects.sql.parser_expressions import ADDITION

__all__ = ["statement_text"]


def statement_text(node: statements.Statement) -> str:
    """The canonical text of a statement."""
    return _RENDERERS[type(node)](node)


def _alias(name: Name | None, columns: tuple[Name, ...] = ()) -> str:
    return "" if name is None else f" as {name_text(name)}{_names(columns)}"


def _names(columns: tuple[Name, ...]) -> str:
    return f"({', '.join([name_text(column) for column in columns])})" if columns else ""


def table_name_text(name: Name) -> str:
    """The dots of an unquoted name divide words, and only the first could be taken for something else."""
    first, *rest = name.key.split(".")
    if name.quoted:
        return name_text(name)
    parts = [name_text(Name(first)), *(name_text(Name(part), ()) for part in rest)]
    return ".".join(parts) if not any('"' in part for part in parts) else quoted(name.text, '"')


# --- SELECT -------------------------------------------------------------------------------------------


def _table(node: clauses.TableRef) -> str:
    if isinstance(node, clauses.TableName):
        return table_name_text(node.name) + _alias(node.alias)
    if isinstance(node, clauses.SubQuery):
        return f"({_select(node.query)}){_alias(node.alias, node.columns)}"
    return expression_text(node.call) + _alias(node.alias, node.columns)


def _join(node: clauses.Join) -> str:
    words = ["outer"] if node.outer else []
    words += ["join using entity" if node.using_entity else "join", _table(node.table)]
    words += [f"on {expression_text(node.on)}"] if node.on is not None else []
    return " ".join(words)


def _row_number(node: clauses.RowNumber) -> str:
    inside = [listed(node.partition_by)] if node.partition_by else []
    inside += [order_text(node.order_by)] if node.order_by else []
    count = expression_text(node.count)
    if node.operator == "preceding":
        unit = f" {node.unit}" if node.unit else ""
        condition = f"between {count}{unit} preceding and current row"
    else:
        condition = f"{node.operator} {count}"
    return f"row_number({' '.join(inside)}) {condition}"


def _interpolate(node: clauses.Interpolate) -> str:
    parts = ["detail"] if node.count is None else [f"{expression_text(node.count)} {node.unit}"]
    parts += [word for word in (node.function, node.boundary) if word is not None]
    if node.fill == "value" and node.fill_value is not None:
        parts.append(f"value {expression_text(node.fill_value)}")
    elif node.fill is not None:
        parts.append("true" if node.fill == "edge" else "false")
    parts += [node.align] if node.align is not None else []
    parts += [expression_text(node.zone)] if node.zone is not None else []
    return f"interpolate({', '.join(parts)})"


def _with(items: tuple[clauses.WithItem, ...]) -> list[str]:
    texts = {
        clauses.RowNumber: _row_number,
        clauses.Interpolate: _interpolate,
        clauses.LastTime: lambda item: f"time {item.operator} {within(item.bound, ADDITION)}",
        clauses.Timezone: lambda item: f"timezone = {quoted(item.zone)}",
        clauses.WorkdayCalendar: lambda item: f"workday_calendar = {quoted(item.key)}",
    }
    return [f"with {', '.join([texts[type(item)](item) for item in items])}"] if items else []


def _cte(node: clauses.Cte) -> str:
    return f"{name_text(node.name)}{_names(node.columns)} as ({_select(node.query)})"


def _select(node: clauses.Select) -> str:
    parts = [f"with {', '.join([_cte(cte) for cte in node.ctes])}"] if node.ctes else []
    items = [expression_text(item.expression) + _alias(item.alias) for item in node.items]
    parts.append(f"select {'distinct ' if node.distinct else ''}{', '.join(items)}")
    if node.source is not None:
        parts += [f"from {_table(node.source)}", *[_join(join) for join in node.joins]]
    parts += [f"where {expression_text(node.where)}"] if node.where is not None else []
    parts += _with(node.with_rows)
    parts += [f"group by {listed(node.group_by)}"] if node.group_by else []
    parts += [f"having {expression_text(node.having)}"] if node.having is not None else []
    parts += _with(node.with_groups)
    parts += [order_text(node.order_by)] if node.order_by else []
    parts += [f"limit {node.limit}"] if node.limit is not None else []
    parts += [f"offset {node.offset}"] if node.offset is not None else []
    parts += [f"option ({option.name} {option.value})" for option in node.options]
    return " ".join(parts)


# --- Other statements ---------------------------------------------------------------------------------


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
    parts += [f"primary key {_names(node.primary_key)}"] if node.primary_key else []
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
    head = f"create materialized view {exists}{table_name_text(node.name)}{_names(node.columns)}"
    head += f" with {_options(node.options)}" if node.options else ""
    return f"{head} as {_select(node.query)}{'' if node.with_data else ' with no data'}"


def _drop(node: statements.DropTable | statements.DropView) -> str:
    kind = "table" if isinstance(node, statements.DropTable) else "materialized view"
    return f"drop {kind} {'if exists ' if node.if_exists else ''}{table_name_text(node.name)}"


def _alter_view(node: statements.AlterView) -> str:
    exists = "if exists " if node.if_exists else ""
    return f"alter materialized view {exists}{table_name_text(node.name)} set {_options(node.options)}"


_RENDERERS: dict[type, Callable[[Any], str]] = {
    clauses.Select: _select,
    statements.Insert: _insert,
    statements.Update: _update,
    statements.Delete: _delete,
    statements.CreateTable: _create_table,
    statements.DropTable: _drop,
    statements.CreateView: _create_view,
    statements.AlterView: _alter_view,
    statements.DropView: _drop,
    statements.CallProcedure: lambda node: f"call {expression_text(node.call)}",
    statements.Explain: lambda node: f"explain {_select(node.query)}",
}
