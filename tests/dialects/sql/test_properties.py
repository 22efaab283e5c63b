"""Whatever is read prints as a text that reads the same; whatever isn't read has an error with its place."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.dialects.sql.canonical import expression_text, select_text
from apps.dialects.sql.canonical_statements import statement_text
from apps.dialects.sql.errors import Source
from apps.dialects.sql.parse import parse_expression, parse_statement, split_statements
from apps.dialects.sql.parser_statements import StatementParser
from apps.errors import TsError
from apps.spans import Span
from tests.dialects.sql.test_atsd_statements import STATEMENTS
from tests.dialects.sql.test_guide_statements import FORMS, GUIDE
from tests.dialects.sql.trees import EXPRESSIONS, SELECTS, SOUPS

TEXTS = [text for text, _ in (*STATEMENTS, *GUIDE.values(), *FORMS)]


def check(text):
    """A tree that prints and reads back, or an error within the text."""
    try:
        found = parse_statement(text)
    except TsError as error:
        assert error.span is not None and 0 <= error.span.start <= error.span.end <= len(text)
        assert error.message and "\x00" not in error.code
        return
    assert parse_statement(statement_text(found)) == found


@settings(max_examples=400)
@given(EXPRESSIONS)
def test_a_printed_tree_reads_back(tree):
    assert parse_expression(expression_text(tree)) == tree


@settings(max_examples=50)
@given(SELECTS)
def test_a_printed_query_reads_back(tree):
    # Without the checks of names: these know no table.
    text = select_text(tree)
    assert StatementParser(Source(text), Span(0, len(text))).statement() == tree


@settings(max_examples=400)
@given(SOUPS)
@example("SELECT - - 1")
@example('SELECT 2 * (hour), 2 * hour, 2 * "hour"')
def test_any_words(text):
    check(f"SELECT {text}")
    check(text)


@given(st.text())
def test_any_text(text):
    check(text)
    spans = split_statements(text)
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    for before, after in pairwise(spans):
        assert before.end <= after.start


@settings(max_examples=400)
@given(
    st.sampled_from(TEXTS),
    st.integers(0, 400),
    st.integers(0, 12),
    st.sampled_from(["", "(", "'", "1", " AS "]),
)
def test_any_change_of_a_statement(text, at, length, instead):
    check(text[:at] + instead + text[at + length :])


@given(st.lists(st.sampled_from(TEXTS), max_size=4))
def test_statements_are_found_again(texts):
    bare = [text.rstrip(" ;\n") for text in texts]
    whole = " ;\n".join(bare)
    spans = split_statements(whole)
    assert [whole[span.start : span.end] for span in spans] == bare
    for span, text in zip(spans, bare, strict=True):
        assert parse_statement(whole, span) == parse_statement(text)
