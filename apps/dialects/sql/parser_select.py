"""SELECT: its columns, tables, joins and clauses, and the queries before it."""

from __future__ import annotations

from apps.dialects.sql import clauses, nodes
from apps.dialects.sql.parser_with import WithParser
from apps.errors import SyntaxFault

__all__ = ["SelectParser"]

_WANTED_ELSEWHERE = {
    "union": "several metrics come together with FROM atsd_series WHERE metric IN ('a', 'b')",
    "except": "write a condition with NOT IN (…)",
    "intersect": "write a condition with IN (…), or JOIN",
    "fetch": "write LIMIT count",
    "window": "a window is written at its place: OVER (PARTITION BY … ORDER BY …)",
    "for": "rows are not locked here",
    "into": "INSERT INTO … VALUES stores rows; CREATE MATERIALIZED VIEW keeps a query",
    "qualify": "WITH ROW_NUMBER(…) <= n keeps the first rows of each partition",
    "from": "FROM stands after the columns",
    "where": "WHERE stands after FROM and before GROUP BY",
    "group": "GROUP BY stands after WHERE and before HAVING and ORDER BY",
    "having": "HAVING stands after GROUP BY and before ORDER BY",
    "with": "WITH items stand after WHERE or after GROUP BY, before ORDER BY",
    "order": "ORDER BY stands before LIMIT and OPTION",
    "limit": "LIMIT stands after ORDER BY and before OPTION",
}
_OTHER_JOINS = {
    "left": "write FULL OUTER JOIN and filter with IS NOT NULL, or JOIN for common rows",
    "right": "write FULL OUTER JOIN and filter with IS NOT NULL, or JOIN for common rows",
    "cross": "JOIN combines rows of equal time, entity and tags; there are no products",
    "natural": "JOIN alone combines rows of equal time, entity and tags",
    ",": "write JOIN: it combines rows of equal time, entity and tags",
    "lateral": "write a subquery in FROM",
}


class SelectParser(WithParser):
    """A query from WITH or SELECT to its last clause."""

    def query(self) -> clauses.Select:
        with self.deeper(9):
            start = self.peek().start
            ctes = self._ctes() if self.sees("with") else ()
            self.expect("select")
            return self._select(start, ctes)

    # --- WITH name AS (…) ------------------------------------------------------------------------------

    def _ctes(self) -> tuple[clauses.Cte, ...]:
        self.advance()
        if self.sees("recursive"):
            raise self.no_viable("queries can't refer to themselves; generate_series(…) makes rows")
        found = [self._cte()]
        while self.take(","):
            found.append(self._cte())
        names = [cte.name.key for cte in found]
        for at, cte in enumerate(found):
            if cte.name.key in names[:at]:
                raise self.source.syntax(cte.name.at, f"there are two queries named '{cte.name.text}'")
        return tuple(found)

    def _cte(self) -> clauses.Cte:
        name = self.name()
        columns = self.name_list() if self.sees("(") else ()
        self.expect("as")
        self.take_words("not", "materialized")
        self.take("materialized")
        opened = self.expect("(")
        query = self.query()
        self.expect(")", opened)
        return clauses.Cte(name, query, columns, at=self.span_from(name.at.start))

    # --- SELECT ----------------------------------------------------------------------------------------

    def _select(self, start: int, ctes: tuple[clauses.Cte, ...]) -> clauses.Select:
        distinct = self.take("distinct") is not None
        if distinct and self.sees("on"):
            raise self.no_viable("WITH ROW_NUMBER(… ORDER BY …) <= 1 keeps one row of each partition")
        items = self._items()
        source, joins = self._tables() if self.take("from") else (None, ())
        where = self.expression() if self.take("where") else None
        with_rows = self.with_items()
        group_by: tuple[nodes.Expr, ...] = ()
        with_groups: tuple[clauses.WithItem, ...] = ()
        if self.take("group"):
            self.expect("by")
            group_by = self._expressions()
            with_groups = self.with_items()
        having = self.expression() if self.take("having") else None
        if having is not None:
            with_groups += self.with_items()
        order_by = self.order_by() if self.sees("order") else ()
        limit, offset = self._limit()
        options = self._options()
        if self.peek().key in _WANTED_ELSEWHERE and not (self.sees("with") and not self.sees_with_items()):
            raise self._unwanted()
        return clauses.Select(
            items, distinct, source, joins, where, with_rows, group_by, having, with_groups, order_by, limit,
            offset, options, ctes, at=self.span_from(start),
        )  # fmt: skip

    def _unwanted(self) -> SyntaxFault:
        return self.extraneous(_WANTED_ELSEWHERE[self.peek().key])

    def _expressions(self) -> tuple[nodes.Expr, ...]:
        found = [self.expression()]
        while self.take(","):
            found.append(self.expression())
        return tuple(found)

    def _items(self) -> tuple[clauses.Item, ...]:
        if self.sees("from"):
            raise self.no_viable("name the columns, or write *")
        found = [self._item()]
        while self.take(","):
            found.append(self._item())
        return tuple(found)

    def _item(self) -> clauses.Item:
        start = self.peek().start
        star = self._star()
        if star is not None:
            if self.sees("as"):
                raise self.no_viable("several columns can't have one alias")
            return clauses.Item(star, at=star.at)
        expression = self.expression()
        return clauses.Item(expression, self.alias(), at=self.span_from(start))

    def _star(self) -> nodes.Star | None:
        """``*`` or ``name.name.*``, when that is what comes next."""
        start, ahead = self.peek().start, 0
        while not self.sees_after(ahead, "*"):
            named = self.peek(ahead).kind in ("word", "quoted", "text")
            if not (named and self.sees_after(ahead + 1, ".")):
                return None
            ahead += 2
        path = []
        while not self.take("*"):
            path.append(self.part_of_name())
            self.advance()
        return nodes.Star(tuple(path), at=self.span_from(start))

    # --- FROM ------------------------------------------------------------------------------------------

    def _tables(self) -> tuple[clauses.TableRef, tuple[clauses.Join, ...]]:
        source = self._table()
        joins = []
        while True:
            join = self._join()
            if join is None:
                return source, tuple(joins)
            joins.append(join)

    def _join(self) -> clauses.Join | None:
        start = self.peek().start
        if self.peek().key in _OTHER_JOINS:
            raise self.no_viable(_OTHER_JOINS[self.peek().key])
        outer = self.sees("outer", "full")
        if self.take("full"):
            self.take("outer")
        elif not self.take("outer", "inner") and not self.sees("join"):
            return None
        self.expect("join")
        using_entity = False
        if self.take("using"):
            self.expect("entity")
            using_entity = True
        table = self._table()
        if self.sees("using"):
            raise self.no_viable("write JOIN USING ENTITY table; the key of a join is time, entity and tags")
        condition = self.expression() if self.take("on") else None
        return clauses.Join(table, outer, using_entity, condition, at=self.span_from(start))

    def _table(self) -> clauses.TableRef:
        start = self.peek().start
        if self.sees("("):
            found = self._subquery(start)
        elif self.peek().kind == "text" or self.sees_name():
            name = self.dotted_name()
            if self.sees("("):
                found = self._table_function(name, start)
            else:
                found = clauses.TableName(name, self.alias(), at=self.span_from(start))
        else:
            raise self.source.bad_table(self.peek().at)
        self._after_table()
        return found

    def _subquery(self, start: int) -> clauses.SubQuery:
        opened = self.advance()
        if not self.sees_query():
            raise self.mismatched("SELECT", "parentheses in FROM hold a SELECT")
        query = self.query()
        self.expect(")", opened)
        alias, columns = self._alias_with_columns()
        return clauses.SubQuery(query, alias, columns, at=self.span_from(start))

    def _table_function(self, name: nodes.Name, start: int) -> clauses.TableFunction:
        call = self.call(name)
        alias, columns = self._alias_with_columns()
        return clauses.TableFunction(call, alias, columns, at=self.span_from(start))

    def _alias_with_columns(self) -> tuple[nodes.Name | None, tuple[nodes.Name, ...]]:
        alias = self.alias()
        return alias, self.name_list() if alias is not None and self.sees("(") else ()

    def _after_table(self) -> None:
        """What a name without its quotes looks like: something that can't follow a table."""
        token = self.peek()
        odd_sign = token.kind == "sign" and token.key not in (",", ")", ";")
        if odd_sign or token.kind == "number":
            raise self.source.bad_table(token.at, 'write the name in double quotes: FROM "my-metric"')
        if token.key == "offset":
            raise self.source.bad_table(token.at, "OFFSET stands after LIMIT: LIMIT count OFFSET offset")

    # --- The end of a SELECT ---------------------------------------------------------------------------

    def _limit(self) -> tuple[int | None, int | None]:
        if self.sees("offset"):
            hint = "OFFSET stands after LIMIT: LIMIT count OFFSET offset"
            raise self.source.bad_table(self.peek().at, hint)
        if not self.take("limit"):
            return None, None
        first = self.integer()
        if self.take(","):
            return self.integer(), first
        return first, self.integer() if self.take("offset") else None

    def _options(self) -> tuple[clauses.Option, ...]:
        found = []
        while self.sees("option"):
            start = self.advance().start
            opened = self.expect("(")
            if not self.take("row_memory_threshold"):
                raise self.mismatched("ROW_MEMORY_THRESHOLD")
            minus = self.take("-")
            value = self.integer()
            self.expect(")", opened)
            option = clauses.Option("row_memory_threshold", -value if minus else value)
            found.append(clauses.Option(option.name, option.value, at=self.span_from(start)))
        return tuple(found)
