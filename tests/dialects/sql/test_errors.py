"""Errors: the known texts, with line from 1 and position from 0, and what to write instead."""

from __future__ import annotations

import pytest

from apps.dialects.sql.errors import BAD_TABLE, Source
from apps.dialects.sql.parse import parse_statement
from apps.errors import SyntaxFault, TsError
from apps.spans import Span

SYNTAX = [
    # text, line, position, detail, word of the hint
    ("", 1, 0, "mismatched input '<EOF>' expecting SELECT", "no statement"),
    ("SELECT 1 LIMIT A", 1, 15, "mismatched input 'A' expecting INTEGER_LITERAL", None),
    ("SELECT 1 LIMIT -1", 1, 15, "mismatched input '-' expecting INTEGER_LITERAL", None),
    ("SELECT 1 LIMIT 1.5", 1, 15, "mismatched input '1.5' expecting INTEGER_LITERAL", None),
    ("SELECT 1 LIMIT 1 OFFSET x", 1, 24, "mismatched input 'x' expecting INTEGER_LITERAL", None),
    ("SELECT 1; a", 1, 10, "extraneous input 'a' expecting <EOF>", "one statement"),
    ("SELECT 1;\n  -- no", 2, 2, "extraneous input '-- no' expecting <EOF>", "after the semicolon"),
    ("SELECT 1;; ", 1, 9, "extraneous input ';' expecting <EOF>", None),
    ("SELECT 1 a b", 1, 11, "extraneous input 'b' expecting <EOF>", None),
    ("SELECT\n  FROM m", 2, 2, "no viable alternative at input 'FROM'", "write *"),
    ("SELECT 1,", 1, 9, "no viable alternative at input '<EOF>'", None),
    ("SELECT (1", 1, 9, "mismatched input '<EOF>' expecting ')'", "line 1 position 7 is not closed"),
    ("SELECT 'abc", 1, 7, "token recognition error at: '''", "not closed"),
    ('SELECT "abc', 1, 7, "token recognition error at: '\"'", "not closed"),
    ("SELECT 1 /* abc", 1, 9, "token recognition error at: '/'", "not closed"),
    ("SELECT `a`", 1, 7, "token recognition error at: '`'", "double quotes"),
    ("SELECT $1", 1, 7, "token recognition error at: '$'", "parameters"),
    ("SELECT “a”", 1, 7, "token recognition error at: '“'", "typographic"),
    ("SELECT 1abc", 1, 7, "no viable alternative at input '1abc'", "digit"),
    ("SELECT a || b", 1, 9, "no viable alternative at input '||'", "CONCAT"),
    ("SELECT a == b", 1, 9, "no viable alternative at input '=='", "one ="),
    ("SELECT 1 WHERE a ILIKE 'b'", 1, 17, "no viable alternative at input 'ILIKE'", "LOWER"),
    ("SELECT a AT TIME ZONE 'UTC'", 1, 9, "no viable alternative at input 'AT'", "WITH TIMEZONE"),
    ("SELECT a IS TRUE", 1, 12, "mismatched input 'TRUE' expecting NULL", "IS NULL"),
    ("SELECT (SELECT 1)", 1, 8, "no viable alternative at input 'SELECT'", "subquery"),
    ("SELECT 1 WHERE EXISTS (SELECT 1)", 1, 15, "no viable alternative at input 'EXISTS'", "IN ("),
    ("SELECT CASE WHEN a THEN 1", 1, 25, "mismatched input '<EOF>' expecting END", "END"),
    ("SELECT CASE a END", 1, 14, "mismatched input 'END' expecting WHEN", None),
    ("SELECT a::intt", 1, 10, "there is no type 'intt'", "perhaps you meant int"),
    ("SELECT CAST(a AS blob)", 1, 17, "there is no type 'blob'", "types are"),
    ("SELECT f(a => 1, 2)", 1, 17, "no viable alternative at input '2'", "without a name"),
    ("SELECT sum(*)", 1, 11, "no viable alternative at input '*'", "COUNT"),
    ("SELECT s -> rate", 1, 16, "mismatched input '<EOF>' expecting '('", "summary -> rate()"),
    ("SELECT sum(a) OVER w", 1, 19, "mismatched input 'w' expecting '('", "OVER ("),
    ("SELECT sum(a) OVER (ROWS 1 PRECEDING)", 1, 20, "no viable alternative at input 'ROWS'", "ROW_NUMBER"),
    ("SELECT * AS a FROM m", 1, 9, "no viable alternative at input 'AS'", "alias"),
    ("SELECT DISTINCT ON (a) b FROM m", 1, 16, "no viable alternative at input 'ON'", "ROW_NUMBER"),
    ("SELECT a FROM m LEFT JOIN n", 1, 16, "no viable alternative at input 'LEFT'", "FULL OUTER JOIN"),
    ("SELECT a FROM m CROSS JOIN n", 1, 16, "no viable alternative at input 'CROSS'", "no products"),
    ("SELECT a FROM m, n", 1, 15, "no viable alternative at input ','", "JOIN"),
    ("SELECT a FROM m JOIN n USING (a)", 1, 23, "no viable alternative at input 'USING'", "USING ENTITY"),
    ("SELECT a FROM (m)", 1, 15, "mismatched input 'm' expecting SELECT", "SELECT"),
    ("SELECT 1 UNION SELECT 2", 1, 9, "extraneous input 'UNION' expecting <EOF>", "atsd_series"),
    ("SELECT 1 EXCEPT SELECT 2", 1, 9, "extraneous input 'EXCEPT' expecting <EOF>", "NOT IN"),
    ("SELECT 1 INTERSECT SELECT 2", 1, 9, "extraneous input 'INTERSECT' expecting <EOF>", "IN ("),
    ("SELECT 1 ORDER BY 1 WHERE a = 1", 1, 20, "extraneous input 'WHERE' expecting <EOF>", "before GROUP BY"),
    ("SELECT 1 ORDER BY a NULLS LAST", 1, 20, "no viable alternative at input 'NULLS'", "lowest"),
    ("SELECT 1 FROM m ORDER BY 1 WITH TIMEZONE = 'UTC'", 1, 27, "extraneous input 'WITH' expecting <EOF>",
     "before ORDER BY"),
    ("SELECT 1 FROM m GROUP BY PERIOD(0 HOUR)", 1, 32, "mismatched input '0' expecting INTEGER_LITERAL",
     "positive"),
    ("SELECT 1 FROM m GROUP BY PERIOD(1 HUOR)", 1, 34, "mismatched input 'HUOR' expecting TIME_UNIT", "hour"),
    ("SELECT 1 FROM m GROUP BY PERIOD(1 HOUR, LINEAR, NONE)", 1, 48, "extraneous input 'NONE'", "already"),
    ("SELECT 1 FROM m GROUP BY PERIOD(1 HOUR, LINAER)", 1, 40, "mismatched input 'LINAER' expecting "
     "PERIOD_OPTION", "LINEAR"),
    ("SELECT * FROM m WITH INTERPOLATE(DETAIL, LINEAR, OUTER, TRUE, CALENDAR)", 1, 62,
     "mismatched input 'CALENDAR' expecting ')'", "DETAIL"),
    ("SELECT * FROM m WITH INTERPOLATE(1 HOUR, OUTER, LINEAR)", 1, 48,
     "mismatched input 'LINEAR' expecting ')'",
     "in this order"),
    ("SELECT * FROM m WITH ROW_NUMBER(entity ORDER BY time)", 1, 53,
     "mismatched input '<EOF>' expecting '<='",
     "PRECEDING"),
    ("SELECT * FROM m WITH time > 5", 1, 21, "no viable alternative at input 'time > 5'", "last_time"),
    ("SELECT * FROM m WHERE 1 = 1 WITH t AS (SELECT 1)", 1, 33, "no viable alternative at input 't'",
     "before"),
    ("WITH RECURSIVE t AS (SELECT 1) SELECT * FROM t", 1, 5, "no viable alternative at input 'RECURSIVE'",
     "generate_series"),
    ("WITH t AS (SELECT 1), T AS (SELECT 2) SELECT 1", 1, 22, "there are two queries named 'T'", None),
    ("SELECT a INTO b FROM m", 1, 9, "extraneous input 'INTO' expecting <EOF>", "INSERT"),
    ("INSERT INTO m SELECT 1", 1, 14, "mismatched input 'SELECT' expecting VALUES", "VALUES"),
    ("INSERT INTO m VALUES (1) ON CONFLICT DO NOTHING", 1, 25, "no viable alternative at input 'ON'",
     "replaces"),
    ("INSERT INTO m (entity) VALUES (1, 2)", 1, 34, "this is value 2 for 1 columns", None),
    ("UPDATE m SET value = 1 WHERE a = 1", 1, 23, "no viable alternative at input 'WHERE'", "one sample"),
    ("CREATE TABLE t (a int UNIQUE)", 1, 22, "mismatched input 'UNIQUE' expecting ')'", "PRIMARY KEY"),
    ("CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES x)", 1, 23,
     "no viable alternative at input 'FOREIGN'",
     "PRIMARY KEY"),
    ("CREATE TABLE t (a jsonb)", 1, 18, "there is no type 'jsonb'", "types are"),
    ("CREATE TABLE t (a int, a int)", 1, 23, "there are two columns named 'a'", None),
    ("CREATE TABLE t (abc int, PRIMARY KEY (abd))", 1, 38, "there is no column 'abd'", "abc"),
    ("CREATE TABLE t AS SELECT 1", 1, 15, "no viable alternative at input 'AS'", "MATERIALIZED VIEW"),
    ("CREATE INDEX i ON t (a)", 1, 7, "mismatched input 'INDEX' expecting TABLE", "MATERIALIZED VIEW"),
    ("DROP DATABASE x", 1, 5, "mismatched input 'DATABASE' expecting TABLE", "dropped"),
    ("ALTER TABLE t ADD COLUMN a int", 1, 6, "mismatched input 'TABLE' expecting MATERIALIZED", "SET"),
    ("EXPLAIN DROP TABLE t", 1, 8, "mismatched input 'DROP' expecting SELECT", "SELECT"),
    ("SELEKT 1", 1, 0, "mismatched input 'SELEKT' expecting SELECT", "perhaps you meant select"),
]  # fmt: skip
STATEMENTS_OF_OTHERS = [
    ("COPY t TO '/tmp/x'", "COPY", "no files"),
    ("ATTACH 'x.db'", "ATTACH", "only the metrics"),
    ("INSTALL httpfs", "INSTALL", "extensions"),
    ("LOAD httpfs", "LOAD", "extensions"),
    ("PRAGMA database_list", "PRAGMA", "TIMEZONE"),
    ("SET memory_limit = '1TB'", "SET", "TIMEZONE"),
    ("SHOW TABLES", "SHOW", "atsd_metric"),
    ("BEGIN", "BEGIN", "as a whole"),
    ("VALUES (1)", "VALUES", "INSERT"),
    ("TRUNCATE t", "TRUNCATE", "DELETE"),
    ("VACUUM", "VACUUM", "tidy"),
]
NEAR = [
    ("SELECT * FROM m WHERE 1", 'Invalid WHERE clause expression: 1 at line 1 position 22 near "1"'),
    (
        "SELECT * FROM m WHERE 'abc'",
        "Invalid WHERE clause expression: 'abc' at line 1 position 22 near \"'abc'\"",
    ),
    (
        "SELECT * FROM m\nWHERE value+1",
        'Invalid WHERE clause expression: value + 1 at line 2 position 6 near "value"',
    ),
    (
        "SELECT * FROM m WHERE value > 1 AND 'x'",
        "Invalid expression: ''x'' at line 1 position 36 near \"'x'\"",
    ),
    ("SELECT * FROM m WHERE NOT (2)", "Invalid expression: '2' at line 1 position 27 near \"2\""),
    ("DELETE FROM m WHERE 5", 'Invalid WHERE clause expression: 5 at line 1 position 20 near "5"'),
    (
        "SELECT avg(value) FROM m GROUP BY entity HAVING 7",
        "Invalid expression: '7' at line 1 position 48 near \"7\"",
    ),
    (
        "SELECT avg(value) FROM m WITH ROW_NUMBER(entity ORDER BY value) BETWEEN 1 HOUR PRECEDING AND "
        "CURRENT ROW",
        "row_number with time window requires ordering by time or datetime ascending "
        'at line 1 position 30 near "ROW_NUMBER"',
    ),
    (
        "SELECT 1 FROM m WITH ROW_NUMBER(entity ORDER BY time DESC) BETWEEN 1 HOUR PRECEDING AND CURRENT ROW",
        "row_number with time window requires ordering by time or datetime ascending "
        'at line 1 position 21 near "ROW_NUMBER"',
    ),
    (
        "SELECT value FROM a JOIN b",
        "Column 'value' ambiguously defined at line 1 position 7 near \"value\"",
    ),
    (
        "SELECT t1.value FROM a t1 JOIN b t2 WHERE tags.x = 'y'",
        "Column 'tags.x' ambiguously defined at line 1 position 42 near \"tags\"",
    ),
    (
        "SELECT t1.value FROM a t1 JOIN b t2 ON t1.time = t2.time AND t1.value = t2.value",
        "Unexpected ON clause expression: 't1.value = t2.value' at line 1 position 61 near \"t1\"",
    ),
    (
        "SELECT t1.value FROM a t1 JOIN b t2 JOIN c t3 ON t2.entity = t3.entity",
        "Unexpected ON clause expression: 't2.entity = t3.entity' at line 1 position 49 near \"t2\"",
    ),
    (
        "SELECT t1.value FROM a t1 JOIN b t2 ON t1.time = t2.time OR t1.entity = t2.entity",
        "Unexpected ON clause expression: 't1.time = t2.time or t1.entity = t2.entity' "
        'at line 1 position 39 near "t1"',
    ),
    ("SELECT * FROM (SELECT 1, 'a')", 'Invalid subquery at line 1 position 15 near "SELECT"'),
    (
        "SELECT * FROM (SELECT value, time AS value FROM m)",
        'Duplicate column name: value at line 1 position 37 near "value"',
    ),
    (
        "SELECT * FROM (SELECT 'x' AS entity, value FROM m)",
        "Invalid expression for entity column at line 1 position 22 near \"'x'\"",
    ),
    (
        "SELECT * FROM (SELECT 'x' AS tags, value FROM m)",
        "Invalid expression for tags column at line 1 position 22 near \"'x'\"",
    ),
]
EXACT = [
    ("SELECT * FROM m-n", BAD_TABLE, (15, 16)),
    ("SELECT * FROM 5", BAD_TABLE, (14, 15)),
    ("SELECT * FROM", BAD_TABLE, (13, 13)),
    ("SELECT * FROM WHERE a = 1", BAD_TABLE, (14, 19)),
    ("SELECT * FROM m OFFSET 5", BAD_TABLE, (16, 22)),
    ("SELECT * FROM m WHERE value > 1 OFFSET 5", BAD_TABLE, (32, 38)),
    ("SELECT t1.value FROM m", "Invalid identifier 't1'", (7, 9)),
    ("SELECT T9.* FROM m t1", "Invalid identifier 'T9'", (7, 9)),
    ("SELECT 1 FROM m GROUP BY t2.PERIOD(1 DAY)", "Invalid identifier 't2'", (25, 27)),
    ("SELECT 1 FROM a t1 JOIN A t2", "Self join is not supported (metric: a)", (24, 28)),
    (
        "INSERT INTO m (entity, datetime, value) VALUES ('a', now)",
        "IllegalArgumentException: No value specified for column 'value'",
        (56, 57),
    ),
    (
        "SELECT * FROM m GROUP BY entity",
        'Invalid grouping for column "*". Remove the column from the SELECT clause, apply an aggregation '
        "function to the column, or add the column to the GROUP BY clause. Error at line 1 position 7 near "
        '"*"',
        (7, 8),
    ),
]


@pytest.mark.parametrize("text, line, position, detail, hint", SYNTAX)
def test_syntax(text, line, position, detail, hint):
    with pytest.raises(SyntaxFault) as caught:
        parse_statement(text)
    assert caught.value.message == f"Syntax error at line {line} position {position}: {detail}"
    start = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + position
    assert caught.value.span.start == start
    assert hint is None or hint in caught.value.hint


@pytest.mark.parametrize("text, word, hint", STATEMENTS_OF_OTHERS)
def test_statements_that_are_not_here(text, word, hint):
    with pytest.raises(SyntaxFault) as caught:
        parse_statement(text)
    assert (
        caught.value.message
        == f"Syntax error at line 1 position 0: mismatched input '{word}' expecting SELECT"
    )
    assert hint in caught.value.hint


@pytest.mark.parametrize("text, message", NEAR)
def test_near(text, message):
    with pytest.raises(TsError) as caught:
        parse_statement(text)
    assert caught.value.message == message


@pytest.mark.parametrize("text, message, span", EXACT)
def test_exact(text, message, span):
    with pytest.raises(TsError) as caught:
        parse_statement(text)
    assert caught.value.message == message
    assert caught.value.span == Span(*span)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM m WHERE NULL",
        "SELECT value at, time AS period, sum(value) rate FROM m left_side",
        "SELECT * FROM m WHERE NaN OR true",
        "SELECT * FROM m WHERE is_weekday(time, 'usa')",
        "SELECT t1.value AS value FROM a t1 JOIN b t2 ORDER BY value",
        "SELECT time, datetime FROM a JOIN b",
        "SELECT a.value, b.c.value FROM a JOIN b.c",
        "WITH t AS (SELECT 1 AS value) SELECT value FROM t JOIN t t2",
        "SELECT t.x FROM (SELECT value AS x FROM m) t",
        "SELECT tags.* FROM m GROUP BY tags",
    ],
)
def test_nothing_wrong(text):
    parse_statement(text)


def test_errors_of_those_who_resolve_names():
    source = Source("SELECT datetime, sum(value)\nFROM m")
    assert source.invalid_grouping(Span(7, 15), "datetime").message == (
        'Invalid grouping for column "datetime". Remove the column from the SELECT clause, apply an '
        "aggregation "
        "function to the column, or add the column to the GROUP BY clause. "
        'Error at line 1 position 7 near "datetime"'
    )
    assert source.aggregate_beside_column(Span(28, 32), "entity").message == (
        "SELECT expression cannot include both an aggregation function and a column not referenced in "
        "GROUP BY "
        'clause. at line 2 position 0 near "entity"'
    )
    assert source.invalid_date(Span(0, 1), "x").message == "Invalid date value: 'x'"
    message = source.date_conditions(Span(7, 15)).message
    assert message == ' Invalid date conditions at line 1 position 7 near "datetime"'
