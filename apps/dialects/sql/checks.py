"""What is wrong with a readable statement, as far as its text alone tells: no catalog is asked.

Conditions that are none, tables and columns that don't belong together, and subqueries that can't be tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.dialects.sql import nodes
from apps.dialects.sql.canonical import column_name, expression_text
from apps.dialects.sql.clauses import Select, SubQuery, TableFunction, TableName, TableRef
from apps.dialects.sql.errors import Source
from apps.dialects.sql.statements import Delete, Statement
from apps.dialects.sql.trees import walk
from apps.errors import near_names

__all__ = ["check_statement"]

_NO_CONDITION = nodes.Number | nodes.Text | nodes.Unary | nodes.Binary | nodes.Duration | nodes.Calendar
_CONSTANT = nodes.Number | nodes.Text | nodes.Bool | nodes.Null | nodes.NaN
_TIMES = ("time", "datetime")
#: Columns that every metric has and that don't belong to a join as a whole.
_OWN = ("value", "entity", "tags", "text")
#: Beginnings of columns that aren't tables.
_PREFIXES = ("entity", "metric", "tags")


def check_statement(found: Statement, source: Source) -> None:
    """Raises an error for the first thing that can't be."""
    queries = {cte.name.key for each in walk(found) if isinstance(each, Select) for cte in each.ctes}
    if isinstance(found, Delete):
        _check_where(found.where, source)
    for each in walk(found):
        if isinstance(each, Select):
            _check_select(each, queries, source)
        elif isinstance(each, SubQuery):
            _check_subquery(each, source)
        else:
            _check_conditions(each, source)


def _check_select(select: Select, queries: set[str], source: Source) -> None:
    _check_where(select.where, source)
    if select.having is not None:
        _check_condition(select.having, source)
    _check_stars(select, source)
    tables = [select.source, *(join.table for join in select.joins)] if select.source is not None else []
    if len(tables) > 1:
        _check_self_join(tables, queries, source)
    _check_qualifiers(select, tables, source)
    if len(tables) > 1 and all(
        isinstance(each, TableName) and each.name.key not in queries for each in tables
    ):
        _check_on(select, tables[0], source)
        _check_ambiguous(select, tables, source)


def _check_stars(select: Select, source: Source) -> None:
    """All columns can't be grouped; all tags can."""
    for item in select.items if select.group_by else ():
        star = item.expression
        if isinstance(star, nodes.Star) and not any(part.key in _PREFIXES for part in star.path):
            raise source.invalid_grouping(star.at, source.written(star.at))


# --- Conditions -------------------------------------------------------------------------------------------


def _check_where(where: nodes.Expr | None, source: Source) -> None:
    if isinstance(where, _NO_CONDITION):
        raise source.where_not_boolean(where.at, expression_text(where))
    if where is not None:
        _check_condition(where, source)


def _check_conditions(node: nodes.Node, source: Source) -> None:
    """The conditions that stand inside expressions."""
    if isinstance(node, nodes.Case) and node.subject is None:
        for when in node.whens:
            _check_condition(when.values[0], source)
    elif isinstance(node, nodes.Call) and node.where is not None:
        _check_condition(node.where, source)


def _check_condition(node: nodes.Expr, source: Source) -> None:
    stack = [node]
    while stack:
        found = stack.pop()
        if isinstance(found, _NO_CONDITION):
            raise source.not_boolean(found.at, expression_text(found))
        if isinstance(found, nodes.Logic):
            stack.extend(reversed(found.operands))
        elif isinstance(found, nodes.Not):
            stack.append(found.operand)


# --- Tables and columns -----------------------------------------------------------------------------------


def _labels(table: TableRef) -> list[str]:
    """What stands before the dot of a table's columns: its alias, and its own name."""
    labels = [table.alias.key] if table.alias is not None else []
    if isinstance(table, TableName):
        labels.append(table.name.key)
    elif isinstance(table, TableFunction):
        labels.append(table.call.name)
    return labels


def _check_self_join(tables: list[TableRef], queries: set[str], source: Source) -> None:
    seen: set[str] = set()
    for table in tables:
        if not isinstance(table, TableName):
            continue
        key = table.name.key
        if key in seen and key not in queries and key != "atsd_series":
            raise source.self_join(table.at, key)
        seen.add(key)


def _check_qualifiers(select: Select, tables: list[TableRef], source: Source) -> None:
    """What stands before a dot must be a table of this SELECT."""
    labels = {label for table in tables for label in _labels(table)}
    for node in _own_nodes(select):
        if isinstance(node, nodes.Period):
            path = [node.qualifier] if node.qualifier is not None else []
        elif isinstance(node, nodes.Column):
            path = list(node.path[:-1])
        elif isinstance(node, nodes.Star):
            path = list(node.path)
        else:
            continue
        if not path or path[0].key in _PREFIXES:
            continue
        keys = [part.key for part in path]
        if not any(".".join(keys[:count]) in labels for count in range(len(keys), 0, -1)):
            close = near_names(path[0].key, labels | set(_PREFIXES))
            hint = f"perhaps you meant {' or '.join(close)}" if close else None
            raise source.invalid_identifier(path[0].at, path[0].text, hint)


def _own_nodes(select: Select) -> Iterator[nodes.Node]:
    """The nodes of a SELECT without those of the queries inside it."""
    return walk(select, into_queries=False)


def _check_on(select: Select, first: TableRef, source: Source) -> None:
    """ON may only say again what a join does anyway."""
    for join in select.joins:
        if join.on is None:
            continue
        here, there = set(_labels(join.table)), set(_labels(first))
        conjunction = isinstance(join.on, nodes.Logic) and join.on.operator == "and"
        for term in join.on.operands if conjunction else (join.on,):
            if not _restates(term, here, there):
                hint = (
                    f"a join is by equal time, entity and tags; ON may say it again of {_labels(first)[0]} "
                    f"and {_labels(join.table)[0]}; other conditions stand in WHERE"
                )
                raise source.unexpected_on(term.at, expression_text(term), hint)


def _restates(term: nodes.Expr, here: set[str], there: set[str]) -> bool:
    if not isinstance(term, nodes.Compare) or term.operator != "=":
        return False
    sides = (term.left, term.right)
    if not all(isinstance(side, nodes.Column) for side in sides):
        return False
    tables = [".".join(part.key for part in side.path[:-1]) for side in sides]
    columns = [side.path[-1].key for side in sides]
    if not ((tables[0] in here and tables[1] in there) or (tables[0] in there and tables[1] in here)):
        return False
    both_times = all(column in _TIMES for column in columns)
    return both_times or (columns[0] == columns[1] and columns[0] in ("entity", "tags"))


def _check_ambiguous(select: Select, tables: list[TableRef], source: Source) -> None:
    """Unqualified ``value`` in a join. Other clauses may mean an alias and are for whoever resolves names."""
    labels = {label for table in tables for label in _labels(table)}
    shown = [_labels(table)[0] for table in tables]
    for part in (*select.items, select.where):
        for node in walk(part, into_queries=False) if part is not None else ():
            if isinstance(node, nodes.Column) and _is_own(node, labels):
                raise source.ambiguous(node.at, column_name(node), shown)


def _is_own(column: nodes.Column, labels: set[str]) -> bool:
    first = column.path[0].key
    return first in _OWN and first not in labels and (len(column.path) == 1 or first in _PREFIXES)


# --- Subqueries -------------------------------------------------------------------------------------------


def _check_subquery(table: SubQuery, source: Source) -> None:
    query, seen = table.query, set()
    if not any(_varies(node) for item in query.items for node in walk(item.expression)):
        raise source.invalid_subquery(query.at)
    for item in query.items:
        if isinstance(item.expression, nodes.Star):
            continue
        name = item.alias.text if item.alias is not None else column_name(item.expression)
        if name.lower() in seen and not table.columns:
            raise source.duplicate_column(item.at if item.alias is None else item.alias.at, name)
        seen.add(name.lower())
        if name.lower() in ("entity", "tags") and isinstance(item.expression, _CONSTANT):
            raise source.literal_column(item.expression.at, name.lower())


def _varies(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Column | nodes.Call | nodes.Star | nodes.Period | nodes.Calendar)
