"""A text of several statements: where each stands, and that its errors stand there too."""

from __future__ import annotations

import pytest

from apps.dialects.sql.parse import parse_statement, split_statements
from apps.errors import TsError
from apps.spans import TextMap


def texts(text):
    return [text[span.start : span.end] for span in split_statements(text)]


@pytest.mark.parametrize(
    "text, parts",
    [
        ("", []),
        (" ;; \n;", []),
        ("-- nothing", []),
        ("SELECT 1", ["SELECT 1"]),
        (" SELECT 1 ; \n SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT \";\"", ["SELECT ';'", 'SELECT ";"']),
        ("SELECT 'it''s;' ; b", ["SELECT 'it''s;'", "b"]),
        ("SELECT 1 -- a; b\n; SELECT 2 /* ; */", ["SELECT 1", "SELECT 2"]),
        ("/* first; */ SELECT 1; -- last;\n", ["SELECT 1"]),
        ("SELECT /* ; */ 1", ["SELECT /* ; */ 1"]),
        ("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]),
        ("SELECT 1; /* open ; SELECT 2", ["SELECT 1"]),
        ("a - b; c / d", ["a - b", "c / d"]),
    ],
)
def test_parts(text, parts):
    assert texts(text) == parts


def test_places_count_in_the_whole_text():
    text = "SELECT 1;\n\nSELECT datetime,\n  FROM m;\nSELECT 3"
    first, second, third = split_statements(text)
    assert parse_statement(text, first).items[0].expression.value == 1
    assert parse_statement(text, third).items[0].at.start == text.index("3")
    with pytest.raises(TsError) as caught:
        parse_statement(text, second)
    assert caught.value.message == "Syntax error at line 4 position 2: no viable alternative at input 'FROM'"
    assert TextMap(text).position(caught.value.span.start).line == 4


def test_an_error_at_the_end_of_a_part_stands_there():
    text = "SELECT 1 + ; SELECT 2"
    with pytest.raises(TsError) as caught:
        parse_statement(text, split_statements(text)[0])
    assert (caught.value.span.start, caught.value.span.end) == (10, 10)
