"""Offsets, lines and columns tell the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.spans import Position, Span, TextMap


def test_lines_and_columns_count_from_one() -> None:
    text = TextMap("ab\n\ncd")
    assert text.position(0) == Position(1, 1)
    assert text.position(2) == Position(1, 3)
    assert text.position(3) == Position(2, 1)
    assert text.position(4) == Position(3, 1)
    assert text.position(99) == Position(3, 3)


def test_excerpt_stays_on_one_line_and_is_cut() -> None:
    text = TextMap("value = previous\nmore")
    assert text.excerpt(Span(8, 21)) == "previous"
    assert text.excerpt(Span(0, 16), width=6) == "value…"


def test_a_span_runs_forward() -> None:
    with pytest.raises(ValueError, match="runs forward"):
        Span(3, 2)
    assert Span(1, 2).cover(Span(5, 6)) == Span(1, 6)


@given(st.text(alphabet="ab\n", max_size=60), st.integers(0, 80))
def test_position_agrees_with_counting(text: str, offset: int) -> None:
    before = text[: min(offset, len(text))]
    expected = Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    assert TextMap(text).position(offset) == expected
