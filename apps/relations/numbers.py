"""Numbers as texts and texts as numbers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_DOWN, Decimal

import numpy as np
import pandas as pd

__all__ = ["number_text", "number_texts", "read_number"]

_CENT = Decimal("0.01")


def number_text(value: float) -> str:
    """A number as the pattern ``#.##`` prints it: up to two decimals, ties toward zero, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    if text[-4:-3] == "." and text[-1] == "5":
        # Only a third and last decimal of 5 is a tie, which the double next to it does not tell.
        text = format(Decimal(text).quantize(_CENT, ROUND_HALF_DOWN), "f")
    else:
        text = f"{value:.2f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number_texts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and a dictionary of the texts of numbers: each distinct number is printed once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    dictionary = np.empty(len(distinct), object)
    dictionary[:] = [number_text(value) for value in distinct.tolist()]
    return codes.astype(np.int64), dictionary


def read_number(text: str) -> float:
    """The number that a text is, NaN when it is none; neither ``1_0`` nor words but NaN and Infinity are."""
    text = text.strip()
    if not text or len(text) > 400 or not text.isascii() or "_" in text:
        return math.nan
    if text[-1] not in "0123456789." and text.lstrip("+-") not in ("NaN", "Infinity"):
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan
