"""Random expressions and queries, made as trees and as texts."""

from __future__ import annotations

from hypothesis import strategies as st

from apps.dialects.sql import clauses, nodes

WORDS = [
    "value", "time", "entity", "tags", "a", "b1", "hour", "now", "sample", "cast", "null", "period",
    "date", "interval", "end", "row_number", "select", "last_time", "lag", "not", "auto", "extract",
    "array",
]  # fmt: skip
NAMES = st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=4)).map(
    lambda text: nodes.Name(text.lower(), text, True)
)
FUNCTIONS = NAMES.map(lambda name: name.key).filter(lambda key: key not in {"extract", ""})
FLAG = st.booleans()


def _listed(element, least=1, most=3):
    return st.lists(element, min_size=least, max_size=most).map(tuple)


LEAVES = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda value: nodes.Number(value, True)),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: nodes.Number(value, False)),
    st.text(max_size=5).map(nodes.Text),
    FLAG.map(nodes.Bool),
    st.builds(nodes.Null),
    st.builds(nodes.NaN),
    _listed(NAMES).map(nodes.Column),
    st.sampled_from(["now", "current_day"]).map(nodes.Calendar),
    st.builds(
        nodes.Duration,
        st.integers(-5, 5).map(lambda value: nodes.Number(value, True)),
        st.sampled_from(["hour", "day"]),
    ),
    st.builds(nodes.Call, st.sampled_from(["now", "dbtimezone"])),
)


def _operators(inner):
    return [
        st.builds(nodes.Unary, inner),
        st.builds(nodes.Binary, st.sampled_from("+-*/%"), inner, inner),
        st.builds(nodes.Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(nodes.Logic, st.sampled_from(["and", "or"]), _listed(inner, 2)),
        st.builds(nodes.Not, inner),
        st.builds(nodes.IsNull, inner, FLAG),
        st.builds(nodes.Like, inner, inner, st.none() | st.characters(), FLAG),
        st.builds(nodes.Regex, inner, inner, FLAG),
        st.builds(nodes.InList, inner, _listed(inner), FLAG),
        st.builds(nodes.InSource, inner, st.just(nodes.Call("collection", (nodes.Text("x"),))), FLAG),
        st.builds(nodes.Between, inner, inner, inner, FLAG, FLAG, FLAG),
    ]


def _calls(inner):
    order = _listed(st.builds(nodes.OrderItem, inner, FLAG), 0, 2)
    one_value = _listed(st.builds(nodes.When, _listed(inner, 1, 1), inner))
    many_values = _listed(st.builds(nodes.When, _listed(inner), inner))
    types = st.sampled_from(["number", "double precision", "timestamp", "interval"]).map(nodes.TypeName)
    plain = FUNCTIONS.filter(lambda key: key not in {"dateadd", "date_format", "stddev", "covar", "correl"})
    return [
        st.builds(nodes.Case, st.none(), one_value, st.none() | inner),
        st.builds(nodes.Case, inner, many_values, st.none() | inner),
        st.builds(nodes.Cast, inner, types, st.sampled_from(["cast", "bare", "colons", "prefix"])),
        st.builds(
            nodes.Call,
            plain,
            _listed(inner, 0),
            _listed(st.builds(nodes.Named, NAMES, inner), 0, 2),
            where=st.none() | inner,
            over=st.none() | st.builds(nodes.Over, _listed(inner, 0, 2), order),
            schema=st.none() | NAMES,
        ),
        st.builds(nodes.Call, st.just("sum"), _listed(inner), distinct=FLAG, order_by=order),
        st.builds(
            nodes.Period,
            st.integers(1, 9).map(lambda value: nodes.Number(value, True)),
            st.sampled_from(["hour", "day"]),
            st.sampled_from([None, "none", "linear"]),
            extend=FLAG,
            align=st.sampled_from([None, "calendar", "end_time"]),
            zone=st.none() | st.text(max_size=3).map(nodes.Text),
            qualifier=st.none() | NAMES,
        ),
    ]


EXPRESSIONS = st.recursive(LEAVES, lambda inner: st.one_of(*_operators(inner), *_calls(inner)), max_leaves=12)

_PIECES = [
    "SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "OFFSET", "OPTION", "WITH",
    "AS", "ON", "USING", "ENTITY", "JOIN", "INNER", "FULL", "OUTER", "AND", "OR", "NOT", "IS", "NULL",
    "NaN", "LIKE", "ESCAPE", "REGEX", "IN", "BETWEEN", "INCL", "EXCL", "CASE", "WHEN", "THEN", "ELSE",
    "END", "CAST", "EXTRACT", "PERIOD", "ROW_NUMBER", "INTERPOLATE", "DETAIL", "LINEAR", "PREVIOUS",
    "VALUE", "EXTEND", "TIMEZONE", "last_time", "time", "datetime", "value", "tags", "entity", "metric",
    "1", "2.5", "1e3", "'a'", "'UTC'", '"m"', '"a b"', "m", "t1", "count", "sum", "lag", "now",
    "current_day", "HOUR", "DAY", "MINUTE", "PRECEDING", "CURRENT", "ROW", "OVER", "PARTITION",
    "FILTER", "INTERVAL", "DISTINCT", "INSERT", "INTO", "VALUES", "UPDATE", "SET", "DELETE", "CREATE",
    "TABLE", "MATERIALIZED", "VIEW", "DROP", "IF", "EXISTS", "ALTER", "CALL", "EXPLAIN", "PRIMARY", "KEY",
    "int", "timestamptz", "DATA", "NO", "(", ")", ",", ".", "*", "+", "-", "/", "%", "=", "!=", "<>",
    "<", "<=", ">", ">=", "::", "->", "=>", ":=", ";", "'", '"', "--", "/*", "*/", "\n", "$", "é",
]  # fmt: skip
SOUPS = st.lists(st.sampled_from(_PIECES), max_size=40).map(" ".join)

SMALL = st.recursive(LEAVES, lambda inner: st.one_of(*_operators(inner), *_calls(inner)), max_leaves=3)
_COUNTS = st.integers(1, 99).map(lambda value: nodes.Number(value, True))
_ORDER = _listed(st.builds(nodes.OrderItem, SMALL, FLAG), 0, 2)
_MAYBE_NAME = st.none() | NAMES
_TIMES_BOUND = st.builds(
    nodes.Binary, st.sampled_from("+-"), st.just(nodes.Column((nodes.Name("last_time"),))), SMALL
)
_WITH = st.one_of(
    st.builds(
        clauses.RowNumber,
        _listed(SMALL, 0, 2),
        _ORDER,
        st.sampled_from(["=", "<=", ">", "preceding"]),
        _COUNTS,
    ),
    st.builds(
        clauses.Interpolate,
        _COUNTS,
        st.sampled_from(["hour", "day"]),
        st.sampled_from([None, "linear", "auto"]),
        st.sampled_from([None, "outer"]),
        st.sampled_from([None, "omit", "edge"]),
        align=st.sampled_from([None, "calendar"]),
        zone=st.none() | st.text(max_size=3).map(nodes.Text),
    ),
    st.builds(clauses.LastTime, st.sampled_from(["<", ">=", "="]), _TIMES_BOUND),
    st.builds(clauses.Timezone, st.text(max_size=4)),
    st.builds(clauses.WorkdayCalendar, st.text(max_size=4)),
)


def _selects(queries):
    """SELECTs with these queries inside."""
    tables = st.one_of(
        st.builds(clauses.TableName, NAMES, _MAYBE_NAME),
        st.builds(clauses.SubQuery, queries, NAMES, _listed(NAMES, 0, 2)),
        st.builds(clauses.TableFunction, st.builds(nodes.Call, FUNCTIONS, _listed(SMALL, 0, 2)), NAMES),
    )
    joins = _listed(st.builds(clauses.Join, tables, FLAG, FLAG, st.none() | SMALL), 0, 2)
    conditions = st.none() | SMALL | st.builds(nodes.InQuery, SMALL, queries, FLAG)
    stars = st.builds(clauses.Item, st.builds(nodes.Star, _listed(NAMES, 0, 2)))
    return st.builds(
        clauses.Select,
        _listed(st.builds(clauses.Item, SMALL, _MAYBE_NAME) | stars),
        FLAG,
        tables,
        joins,
        conditions,
        _listed(_WITH, 0, 2),
        _listed(SMALL, 1, 2),
        conditions,
        _listed(_WITH, 0, 2),
        _ORDER,
        limit=st.none() | st.integers(0, 10**17),
        options=_listed(st.builds(clauses.Option, st.just("row_memory_threshold"), st.integers(-9, 9)), 0, 1),
        ctes=_listed(st.builds(clauses.Cte, NAMES, queries, _listed(NAMES, 0, 2)), 0, 1),
    )


SELECTS = _selects(_selects(st.just(clauses.Select((clauses.Item(nodes.Number(1, True)),)))))
