"""Columns as plotly.js and JSON readers take them: typed arrays in base64, samples as pairs."""

from __future__ import annotations

import base64

import numpy as np

from apps.algebra.sample_text import BLOCK, millisecond_rows

__all__ = ["pairs_json", "times_ms", "typed"]


def times_ms(times_ns: np.ndarray) -> np.ndarray:
    """Milliseconds since 1970, floored (also before 1970)."""
    return times_ns // 1_000_000


def typed(column: np.ndarray) -> dict[str, str]:
    """A column of numbers as plotly.js reads it: little-endian float64 in base64. NaN means missing."""
    plain = np.ascontiguousarray(column, dtype="<f8")
    return {"dtype": "f8", "bdata": base64.b64encode(plain.tobytes()).decode("ascii")}


def pairs_json(times_ns: np.ndarray, values: np.ndarray) -> bytes:
    """``[[ms, value], …]``, times rising; null for NaN and infinities."""
    parts: list[bytes | bytearray] = []
    for at in range(0, len(times_ns), BLOCK):
        block = slice(at, at + BLOCK)
        parts += millisecond_rows(times_ms(times_ns[block]), values[block], (b"[", b",", b"]"))
    return b"[" + b",".join(parts) + b"]"
