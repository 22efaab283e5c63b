"""The words of the language: which are reserved, which name times, lengths of time and types."""

from __future__ import annotations

__all__ = [
    "ADDITION",
    "AND",
    "BARE_CALLS",
    "BETWEEN",
    "CALENDAR",
    "COMPARISON",
    "COMPARISONS",
    "MULTIPLICATION",
    "NOT",
    "NOT_AN_ALIAS",
    "NOT_AN_OPERAND",
    "OR",
    "RESERVED",
    "SUMMARIES",
    "TOOLKIT",
    "TYPES",
    "TYPE_PREFIXES",
    "UNITS",
    "WORD_ARGUMENTS",
]

COMPARISONS = ("=", "!=", "<>", "<=", ">=", "<", ">")

_UNIT_NAMES = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
#: Every spelling of a unit, in lower case, and its canonical name.
UNITS = {spelling: name for name in _UNIT_NAMES for spelling in (name, f"{name}s")}

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STEPS = ("previous", "current", "next")
_SPECIAL_DAYS = ("working_day", "vacation_day")
#: Words that name an instant. Whoever resolves names may prefer a column that is called so.
CALENDAR = frozenset(
    ["now", "today", "yesterday", "tomorrow", "first_day"]
    + [f"{step}_{unit}" for step in _STEPS for unit in _UNIT_NAMES if unit not in ("millisecond", "second")]
    + [f"{step}_{day}" for step in (*_STEPS, "first", "last") for day in _SPECIAL_DAYS]
    + [name for day in _WEEKDAYS for name in (day, day[:3])]
)

#: Functions that are written without parentheses.
BARE_CALLS = frozenset({"current_timestamp", "dbtimezone"})

#: Words that never stand for a value: without quotes they are no column.
NOT_AN_OPERAND = frozenset({
    "and", "as", "asc", "between", "by", "desc", "distinct", "else", "end", "escape", "excl", "from",
    "full", "group", "having", "in", "incl", "inner", "into", "is", "join", "like", "limit", "not",
    "offset", "on", "option", "or", "order", "outer", "regex", "select", "then", "union", "using",
    "when", "where", "with", "except", "intersect",
})  # fmt: skip

#: Words that can't name something without AS and without quotes, because a clause begins with them.
NOT_AN_ALIAS = NOT_AN_OPERAND | frozenset({
    "case", "cross", "fetch", "filter", "for", "left", "natural", "over", "right", "set", "tablesample",
    "values", "window", "within", "ilike", "similar", "interval", "lateral", "returning",
})  # fmt: skip

#: Words that are quoted when a canonical text writes them as a name.
RESERVED = (
    NOT_AN_ALIAS
    | CALENDAR
    | BARE_CALLS
    | frozenset({"sample", "population", "auto"})
    | frozenset({"cast", "date", "exists", "extract", "false", "nan", "null", "period", "timestamp"})
    | frozenset({"timestamptz", "true", "tstzrange", "array", "all", "any", "some"})
)

#: Spellings of types and their canonical names. A name of several words is written with single blanks.
TYPES = {
    "number": "number", "string": "string", "boolean": "boolean", "bool": "boolean",
    "smallint": "smallint", "short": "smallint", "int2": "smallint",
    "integer": "integer", "int": "integer", "int4": "integer",
    "bigint": "bigint", "long": "bigint", "int8": "bigint",
    "float": "float", "real": "float", "float4": "float",
    "double": "double precision", "double precision": "double precision", "float8": "double precision",
    "decimal": "numeric", "numeric": "numeric",
    "varchar": "varchar", "character varying": "varchar", "text": "text",
    "timestamp": "timestamp", "timestamp without time zone": "timestamp",
    "timestamptz": "timestamptz", "timestamp with time zone": "timestamptz",
    "date": "date", "interval": "interval", "tstzrange": "tstzrange",
    "java_object": "java_object",
    "countersummary": "countersummary", "gaugesummary": "gaugesummary",
}  # fmt: skip

#: Types that may stand before a text in quotes: ``INTERVAL '15 min'``.
TYPE_PREFIXES = frozenset({"interval", "timestamp", "timestamptz", "date", "tstzrange"})

#: Arguments that are words and not columns: by function, the position from 0 (None: any after the first) and
#: the words (None: any).
WORD_ARGUMENTS: dict[str, tuple[int | None, frozenset[str] | None]] = {
    "dateadd": (0, None),
    "date_format": (2, frozenset({"auto"})),
    "stddev": (None, frozenset({"sample", "population"})),
    "covar": (None, frozenset({"sample", "population"})),
    "correl": (None, frozenset({"sample", "population"})),
}

#: Functions whose result is a counter or gauge summary.
SUMMARIES = frozenset({"counter_agg", "gauge_agg", "rollup", "with_bounds"})
#: Functions that give an unnamed column their own name, as PostgreSQL does. ``delta`` is one of them when its
#: argument is a summary.
TOOLKIT = SUMMARIES | frozenset({
    "rate", "time_delta", "idelta_left", "idelta_right", "irate_left", "irate_right", "num_elements",
    "num_resets", "num_changes", "first_time", "last_time", "first_val", "last_val", "slope",
    "intercept", "corr", "counter_zero_time", "gauge_zero_time", "extrapolated_delta",
    "extrapolated_rate", "interpolated_delta", "interpolated_rate", "time_bucket", "time_bucket_range",
    "tstzrange", "create_hypertable", "by_range", "generate_series", "add_continuous_aggregate_policy",
    "remove_continuous_aggregate_policy", "drop_chunks",
})  # fmt: skip

#: Binding powers of operators, as ATSD documents them; a minus, casts and arrows bind closer.
OR, AND, NOT, BETWEEN, COMPARISON, ADDITION, MULTIPLICATION = range(1, 8)
