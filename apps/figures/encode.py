"""Columns as plotly.js and JSON readers take them: typed arrays in base64, samples as pairs."""

from __future__ import annotations

import base64

import numpy as np
import orjson

__all__ = ["pairs_json", "times_ms", "typed"]


def times_ms(times_ns: np.ndarray) -> np.ndarray:
    """Milliseconds since 1970, floored (also before 1970)."""
    return times_ns // 1_000_000


def typed(column: np.ndarray) -> dict[str, str]:
    """A column of numbers as plotly.js reads it: little-endian float64 in base64. NaN means missing."""
    plain = np.ascontiguousarray(column, dtype="<f8")
    return {"dtype": "f8", "bdata": base64.b64encode(plain.tobytes()).decode("ascii")}


def pairs_json(times_ns: np.ndarray, values: np.ndarray) -> bytes:
    """``[[ms, value], …]``; null for NaN and infinities.

    One matrix is written at once: a tuple per sample would cost ten times as much. The times come out as
    ``1527158580000.0`` and lose their ``.0`` afterwards; only a time is ever followed by a comma, a value is
    followed by its bracket. (Milliseconds of any int64 nanosecond are exact in float64.)
    """
    if len(times_ns) == 0:
        return b"[]"
    matrix = np.empty((len(times_ns), 2))
    matrix[:, 0] = times_ms(times_ns)
    matrix[:, 1] = values
    return orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY).replace(b".0,", b",")
