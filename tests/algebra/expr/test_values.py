"""Values of expressions as texts."""

from __future__ import annotations

import pytest

from apps.algebra.expr.values import list_text
from apps.errors import LimitFault


def test_joining_counts_what_stands_between_before_it_is_made():
    with pytest.raises(LimitFault, match="a list makes a text of more than"):
        list_text(["a", "b"] * 1000, "x" * 10_000)
    assert list_text(["a", "b", None], ", ") == "a, b, "
