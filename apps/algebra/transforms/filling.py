"""Standing in for missing values between known ones: the one rule behind group and aggregate."""

from __future__ import annotations

import numpy as np

from apps.errors import ArgumentFault

__all__ = ["check_fill", "fill_between"]


def check_fill(mode: str, value: float | None) -> None:
    """Fill mode ``value`` needs its constant."""
    if mode == "value" and value is None:
        raise ArgumentFault("interpolation VALUE needs a value", hint="give the constant to fill with")


def fill_between(
    want_ns: np.ndarray,
    left: tuple[np.ndarray, np.ndarray],
    right: tuple[np.ndarray, np.ndarray],
    mode: str,
    value: float | None,
) -> np.ndarray:
    """Values at times, each from its neighbours ``(times, values)`` on the left and on the right."""
    (left_ns, left_values), (right_ns, right_values) = left, right
    if mode == "previous":
        return left_values
    if mode == "next":
        return right_values
    if mode == "value":
        return np.full(len(want_ns), value, np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        way = (right_values - left_values) * (want_ns - left_ns).astype(np.float64)
        return left_values + way / (right_ns - left_ns)
