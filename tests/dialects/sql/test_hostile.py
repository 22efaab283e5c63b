"""Texts that were made to hurt: an answer in bounded time and depth, never another exception."""

from __future__ import annotations

import inspect
import sys
import time

import pytest

from apps.dialects.sql.canonical_statements import statement_text
from apps.dialects.sql.lexer import MAX_LENGTH
from apps.dialects.sql.parse import MAX_LEVELS, parse_statement, split_statements
from apps.errors import LimitFault, TsError

REPEATED = [
    ("SELECT ", "("), ("SELECT ", "f("), ("SELECT ", "case when "), ("SELECT ", "case 1 when 1 then "),
    ("SELECT ", "- "), ("SELECT ", "+"), ("SELECT ", "+-"), ("SELECT ", "not "), ("", "SELECT * FROM ("),
    ("", "WITH a AS ("), ("SELECT 1 WHERE ", "a IN (SELECT 1 WHERE "), ("SELECT ", "a between 1 and "),
    ("SELECT ", "f(1) filter (where "), ("SELECT ", "f(1) over (partition by "),
    ("SELECT ", "f(1) over (order by "), ("SELECT ", "f(1 order by "), ("SELECT ", "cast("),
    ("SELECT ", "extract(day from "), ("SELECT ", "f(a=>"), ("SELECT a", "->f()"), ("SELECT a", "->f(b"),
    ("SELECT a", "::text"), ("SELECT ", "a = "), ("SELECT 1 WHERE ", "a or "),
    ("SELECT 1 WHERE ", "a or not b and c = d + e * (f(g between (h) and "),
    ("SELECT 1 FROM m WITH ", "row_number(case when "), ("SELECT 1 FROM a", " join a"),
    ("SELECT 1 FROM ", "a join b on a in (select 1 from "), ("SELECT ", "a."), ("SELECT ", "a.*, "),
    ("SELECT * FROM ", "f("), ("", "'"), ("SELECT '", "''"), ("", "/*"), ("SELECT ", "/* */"), ("", "-- "),
    ("SELECT ", "1"), ("SELECT ", "1."), ("SELECT 1e", "9"), ("", ";"), ("", " "), ("SELECT ", "1 * hour + "),
    ("INSERT INTO a VALUES ", "(1,2),"), ("SELECT 1 FROM m ", "WITH TIMEZONE='a' "),
    ("SELECT 1 ", "OPTION (ROW_MEMORY_THRESHOLD 1) "), ("SELECT tags", ".tags"), ("SELECT a", "b"),
]  # fmt: skip


def frames():
    """How deep the caller stands."""
    return len(inspect.stack(0))


@pytest.mark.parametrize("start, part", REPEATED)
def test_repeated_without_end(start, part):
    text = (start + part * (MAX_LENGTH // len(part)))[:MAX_LENGTH]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames() + 800)
    try:
        started = time.process_time()
        with pytest.raises(TsError) as caught:
            parse_statement(text)
        split_statements(text)
        # Not a measure of speed: without bounds these take minutes.
        assert time.process_time() - started < 20
    finally:
        sys.setrecursionlimit(before)
    assert 0 <= caught.value.span.start <= caught.value.span.end <= len(text)
    assert len(caught.value.message) < 300


def test_a_text_that_is_too_long():
    with pytest.raises(LimitFault) as caught:
        parse_statement("SELECT 1" + " " * MAX_LENGTH)
    assert "more than the limit of 1000000" in caught.value.message


@pytest.mark.parametrize("depth", [10, 30, 60])
def test_the_depth_that_is_read_prints_too(depth):
    """Whoever walks a tree by calling itself has room to."""
    text = "SELECT " + "f(1 + " * depth + "a" + ")" * depth
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames() + 800)
    try:
        found = parse_statement(text) if depth < 60 else None
        assert found is None or parse_statement(statement_text(found)) == found
        if found is None:
            with pytest.raises(LimitFault):
                parse_statement(text)
    finally:
        sys.setrecursionlimit(before)


def test_a_long_chain_and_a_long_list():
    assert MAX_LEVELS > 110
    chain = " + ".join(["value"] * 100)
    found = parse_statement(f"SELECT {chain}")
    assert statement_text(found) == f"select {chain}"
    hash(found)
    values = ", ".join(str(value) for value in range(20_000))
    found = parse_statement(f"SELECT * FROM m WHERE value IN ({values}) OR {' OR '.join(['a = 1'] * 5000)}")
    assert len(found.where.operands[0].items) == 20_000
    assert len(found.where.operands) == 5001


def test_many_rows_are_read():
    rows = ",\n".join(f"({at}, '2024-01-01', {at}.5)" for at in range(10_000))
    found = parse_statement(f"INSERT INTO example (measure_id, ts, val) VALUES {rows};")
    assert len(found.rows) == 10_000
    assert found.rows[-1][2].value == 9999.5
