"""The statements besides SELECT, and what is said about those that don't exist."""

from __future__ import annotations

from collections.abc import Callable

from apps.dialects.sql import nodes, statements
from apps.dialects.sql.parser_select import SelectParser
from apps.spans import Span

__all__ = ["StatementParser"]

_METADATA = "the catalog of metrics shows them; SELECT … FROM atsd_metric and atsd_entity read metadata"
_SAFE = "a query reads only the metrics of this store, and writes no files"
_NOT_OFFERED = {
    "copy": f"{_SAFE}; results are downloaded, and samples come in with INSERT INTO … VALUES or the data API",
    "export": f"{_SAFE}; results are downloaded",
    "import": f"{_SAFE}; samples come in with INSERT INTO … VALUES or the data API",
    "attach": _SAFE,
    "detach": _SAFE,
    "install": "there are no extensions; the reference lists all functions",
    "load": "there are no extensions; the reference lists all functions",
    "pragma": "a query has no settings; WITH TIMEZONE = '…' sets its zone",
    "set": "a query has no settings; WITH TIMEZONE = '…' sets its zone",
    "reset": "a query has no settings",
    "show": _METADATA,
    "describe": _METADATA,
    "desc": _METADATA,
    "use": "there is one database",
    "values": "write SELECT 1, 2, or INSERT INTO table VALUES (…)",
    "table": "write SELECT * FROM table",
    "from": "write SELECT * FROM table",
    "truncate": "write DELETE FROM table WHERE …",
    "begin": "each statement is applied as a whole",
    "start": "each statement is applied as a whole",
    "commit": "each statement is applied as a whole",
    "rollback": "each statement is applied as a whole",
    "refresh": "write CALL refresh_continuous_aggregate(name, window_start, window_end)",
    "merge": "INSERT replaces a sample of the same time",
    "replace": "INSERT replaces a sample of the same time",
    "upsert": "INSERT replaces a sample of the same time",
    "grant": "rights are given to users in the administration pages",
    "revoke": "rights are taken from users in the administration pages",
    "execute": "there are no prepared statements",
    "prepare": "there are no prepared statements",
    "do": "there are no programs; each statement stands alone",
    "vacuum": "the store keeps itself tidy",
    "analyze": "write EXPLAIN SELECT …",
    "summarize": "write EXPLAIN SELECT …, or aggregates such as COUNT, MIN and MAX",
    "checkpoint": "the store keeps itself tidy",
}
_CREATED = "TABLE and MATERIALIZED VIEW can be created"
_ONLY_KEYS = "a column has a type, NOT NULL and PRIMARY KEY; a table has PRIMARY KEY (…)"


class StatementParser(SelectParser):
    """One statement, then the end of the text."""

    def statement(self) -> statements.Statement:
        found = self._statement()
        self.finish()
        return found

    def finish(self) -> None:
        """A semicolon at most, and nothing but blanks after it."""
        semicolon = self.take(";")
        if self.peek().kind != "end":
            hint = "only one statement at a time" if semicolon else None
            raise self.extraneous(hint)
        rest = self.blank_before() if semicolon is not None else ""
        if rest.strip():
            start = self.last_end() + len(rest) - len(rest.lstrip())
            raise self.source.syntax(
                Span(start, self.peek().end),
                f"extraneous input '{rest.strip()[:40]}' expecting <EOF>",
                "nothing stands after the semicolon, not even a comment",
            )

    def _statement(self) -> statements.Statement:
        key = self.peek().key
        if self.sees_query():
            return self.query()
        known: dict[str, Callable[[], statements.Statement]] = {
            "insert": self._insert,
            "update": self._update,
            "delete": self._delete,
            "create": self._create,
            "drop": self._drop,
            "alter": self._alter,
            "call": self._call_procedure,
            "explain": self._explain,
        }
        if key in known:
            return known[key]()
        if self.peek().kind == "end":
            raise self.mismatched("SELECT", "there is no statement")
        hint = _NOT_OFFERED.get(key) or self.near(self.peek().text, ["select", "with", *known])
        raise self.mismatched("SELECT", hint)

    # --- Samples ---------------------------------------------------------------------------------------

    def _insert(self) -> statements.Insert:
        start = self.advance().start
        self.expect("into")
        table = self.dotted_name()
        columns = self._insert_columns() if self.sees("(") else ()
        if not self.take("values"):
            hint = "INSERT takes rows of values: VALUES (…), (…)" if self.sees_query() else None
            raise self.mismatched("VALUES", hint)
        rows = [self._row(columns)]
        while self.take(","):
            rows.append(self._row(columns))
        if self.sees("on", "returning"):
            raise self.no_viable(
                "INSERT replaces a sample of the same time and answers how many were written"
            )
        return statements.Insert(table, columns, tuple(rows), at=self.span_from(start))

    def _insert_columns(self) -> tuple[nodes.Column, ...]:
        opened = self.expect("(")
        found = [self.column()]
        while self.take(","):
            found.append(self.column())
        self.expect(")", opened)
        return tuple(found)

    def column(self) -> nodes.Column:
        """A column that is written to: ``value``, ``tags.x``."""
        parts = [self.name("COLUMN")]
        while self.take("."):
            parts.append(self.part_of_name())
        return nodes.Column(tuple(parts), at=self.span_from(parts[0].at.start))

    def _row(self, columns: tuple[nodes.Column, ...]) -> tuple[nodes.Expr, ...]:
        opened = self.expect("(")
        found = [] if self.sees(")") else [self.expression()]
        while self.take(","):
            found.append(self.expression())
        closed = self.expect(")", opened)
        if columns and len(found) < len(columns):
            lacking = columns[len(found)].path
            raise self.source.no_value_for(closed.at, ".".join(part.text for part in lacking))
        if columns and len(found) > len(columns):
            raise self.source.syntax(
                found[len(columns)].at, f"this is value {len(columns) + 1} for {len(columns)} columns"
            )
        return tuple(found)

    def _update(self) -> statements.Update:
        start = self.advance().start
        table = self.dotted_name()
        self.expect("set")
        assignments = [self._assignment()]
        while self.take(","):
            assignments.append(self._assignment())
        if self.sees("where"):
            raise self.no_viable("UPDATE writes one sample: SET entity = '…', datetime = '…', value = 1")
        return statements.Update(table, tuple(assignments), at=self.span_from(start))

    def _assignment(self) -> statements.Assignment:
        column = self.column()
        self.expect("=")
        value = self.expression()
        return statements.Assignment(column, value, at=self.span_from(column.at.start))

    def _delete(self) -> statements.Delete:
        start = self.advance().start
        self.expect("from")
        table = self.dotted_name()
        where = self.expression() if self.take("where") else None
        return statements.Delete(table, where, at=self.span_from(start))

    # --- Tables ----------------------------------------------------------------------------------------

    def _create(self) -> statements.Statement:
        start = self.advance().start
        if self.take("table"):
            return self._create_table(start)
        if self.take_words("materialized", "view"):
            return self._create_view(start)
        raise self.mismatched("TABLE", _CREATED)

    def _if(self, *words: str) -> bool:
        if not self.sees("if"):
            return False
        self.expect_words("if", *words)
        return True

    def _create_table(self, start: int) -> statements.CreateTable:
        if_not_exists = self._if("not", "exists")
        name = self.dotted_name()
        if self.sees("as"):
            raise self.no_viable("CREATE MATERIALIZED VIEW name AS SELECT … keeps a query")
        opened = self.expect("(")
        columns: list[statements.ColumnDefinition] = []
        key: list[nodes.Name] = []
        while True:
            if self.sees("primary") and self.sees_after(1, "key"):
                self._add_key(key, self._key_columns)
            else:
                columns.append(self._column_definition(columns, key))
            if not self.take(","):
                break
        self.expect(")", opened)
        if not self.sees(";") and self.peek().kind != "end":
            raise self.extraneous("SELECT create_hypertable(…) may follow; partitions are made automatically")
        names = {column.name.key for column in columns}
        for part in key:
            if part.key not in names:
                raise self.source.syntax(
                    part.at, f"there is no column '{part.text}'", self.near(part.key, names)
                )
        at = self.span_from(start)
        return statements.CreateTable(name, tuple(columns), tuple(key), if_not_exists, at=at)

    def _add_key(self, key: list[nodes.Name], read: Callable[[], tuple[nodes.Name, ...]]) -> None:
        if key:
            raise self.no_viable("the table has a primary key already")
        key.extend(read())

    def _key_columns(self) -> tuple[nodes.Name, ...]:
        self.expect_words("primary", "key")
        return self.name_list()

    def _column_definition(
        self, before: list[statements.ColumnDefinition], key: list[nodes.Name]
    ) -> statements.ColumnDefinition:
        if self.sees("unique", "foreign", "check", "constraint", "exclude", "like"):
            raise self.no_viable(_ONLY_KEYS)
        name = self.name("COLUMN")
        if any(column.name.key == name.key for column in before):
            raise self.source.syntax(name.at, f"there are two columns named '{name.text}'")
        kind = self.type_name()
        not_null = False
        while not self.sees(",", ")"):
            if self.take_words("not", "null"):
                not_null = True
            elif self.sees("primary") and self.sees_after(1, "key"):
                self._add_key(key, lambda: (name,))
                self.expect_words("primary", "key")
            elif not self.take("null"):
                raise self.mismatched("')'", _ONLY_KEYS)
        at = self.span_from(name.at.start)
        return statements.ColumnDefinition(name, kind, not_null, at=at)

    def _drop(self) -> statements.Statement:
        start = self.advance().start
        view = self.take_words("materialized", "view")
        if not view and not self.take("table"):
            raise self.mismatched("TABLE", "TABLE and MATERIALIZED VIEW can be dropped")
        if_exists = self._if("exists")
        name = self.dotted_name()
        if self.sees("cascade", "restrict", ","):
            raise self.no_viable("one at a time, and what depends on it first")
        kind = statements.DropView if view else statements.DropTable
        return kind(name, if_exists, at=self.span_from(start))

    # --- Continuous aggregates -------------------------------------------------------------------------

    def _create_view(self, start: int) -> statements.CreateView:
        if_not_exists = self._if("not", "exists")
        name = self.dotted_name()
        columns = self.name_list() if self.sees("(") else ()
        options = self._view_options() if self.take("with") else ()
        self.expect("as")
        if not self.sees_query():
            raise self.mismatched("SELECT")
        query = self.query()
        with_data = True
        if self.take("with"):
            with_data = self.take("no") is None
            self.expect("data")
        at = self.span_from(start)
        return statements.CreateView(name, query, columns, options, with_data, if_not_exists, at=at)

    def _view_options(self) -> tuple[statements.ViewOption, ...]:
        opened = self.expect("(")
        found = [self._view_option()]
        while self.take(","):
            found.append(self._view_option())
        self.expect(")", opened)
        return tuple(found)

    def _view_option(self) -> statements.ViewOption:
        name = self.dotted_name()
        value = self.primary() if self.take("=") else None
        return statements.ViewOption(name.key, value, at=self.span_from(name.at.start))

    def _alter(self) -> statements.AlterView:
        start = self.advance().start
        if not self.take_words("materialized", "view"):
            raise self.mismatched("MATERIALIZED", "ALTER MATERIALIZED VIEW name SET (option = value)")
        if_exists = self._if("exists")
        name = self.dotted_name()
        if not self.take("set"):
            raise self.mismatched("SET", "ALTER MATERIALIZED VIEW name SET (option = value)")
        return statements.AlterView(name, self._view_options(), if_exists, at=self.span_from(start))

    def _call_procedure(self) -> statements.CallProcedure:
        start = self.advance().start
        if not self.sees_name():
            raise self.mismatched("IDENTIFIER")
        call = self.path()
        if not isinstance(call, nodes.Call):
            raise self.mismatched("'('", "CALL refresh_continuous_aggregate(name, window_start, window_end)")
        return statements.CallProcedure(call, at=self.span_from(start))

    def _explain(self) -> statements.Explain:
        start = self.advance().start
        self.take("analyze")
        if not self.sees_query():
            raise self.mismatched("SELECT", "EXPLAIN shows how a SELECT runs")
        return statements.Explain(self.query(), at=self.span_from(start))
