"""Two texts side by side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.portal.comparing import side_by_side


def rebuilt(rows, side):
    return [
        "".join(text for text, _ in getattr(row, side).pieces) for row in rows if getattr(row, side).number
    ]


def test_letters_that_differ_are_marked_inside_a_line():
    (row,) = side_by_side("  timespan = 1 day", "  timespan = 2 day")
    assert row.kind == "changed"
    assert [text for text, differs in row.left.pieces if differs] == ["1"]
    assert [text for text, differs in row.right.pieces if differs] == ["2"]


def test_long_equal_stretches_are_folded():
    lines = [f"line {number}" for number in range(40)]
    rows = side_by_side("\n".join(lines), "\n".join([*lines, "more"]))
    assert [row.kind for row in rows] == ["skipped", "same", "same", "same", "added"]
    assert rows[0].count == 37


def test_equal_texts_show_nothing_that_differs():
    assert {row.kind for row in side_by_side("a\nb", "a\nb")} <= {"same", "skipped"}
    assert side_by_side("", "") == []


@given(st.lists(st.sampled_from("abcde"), max_size=12), st.lists(st.sampled_from("abcde"), max_size=12))
def test_each_side_can_be_read_back(left, right):
    rows = side_by_side("\n".join(left), "\n".join(right))
    shown = [row for row in rows if row.kind == "skipped"]
    if not shown:
        assert rebuilt(rows, "left") == left
        assert rebuilt(rows, "right") == right
