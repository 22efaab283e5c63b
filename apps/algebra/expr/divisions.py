"""Divisions by zero: how many there are, and what stands for their quotients."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.expr.values import UNDEFINED, Column, rows_of, select

__all__ = ["mended", "zeros_of"]


def zeros_of(divisor: Any) -> int:
    """How many rows of a divisor are 0."""
    if isinstance(divisor, Column):
        return int(np.count_nonzero(divisor.numbers == 0))
    return int(divisor == 0) if isinstance(divisor, float) else 0


def mended(result: Any, divisor: Any, rule: str) -> Any:
    """A quotient with what the rule wants where the divisor is 0: ``infinite``, ``gap`` or ``zero``."""
    if rule == "infinite":
        return result
    instead = 0.0 if rule == "zero" else UNDEFINED
    if not isinstance(divisor, Column):
        rows = rows_of(result)
        if rows is None:
            return instead
        divisor = Column(np.zeros(rows))
    at_zero = divisor.numbers == 0
    if isinstance(result, Column) and result.kinds is not None:
        at_zero &= result.kinds == 0  # what is missing stays missing
    return select(at_zero, instead, result)
