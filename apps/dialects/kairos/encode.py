"""Points as JSON bytes, ``[1704067200000,12]``: numbers by column, texts and huge integers one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from apps.algebra.sample_text import BLOCK, millisecond_rows
from apps.algebra.series import BOOL, GAP, INT, TEXT, Samples
from apps.algebra.times import NS_PER_MS
from apps.errors import ExecutionFault

__all__ = ["encode_points", "refuse_unwritable"]

_POINT = (b"[", b",", b"]")
#: Up to here a double is every integer exactly.
_EXACT = 2**53


def refuse_unwritable(samples: Samples) -> None:
    """ExecutionFault for a NaN or an infinity, which no JSON holds; marks of gaps and texts are none."""
    wrong = ~np.isfinite(samples.values)
    if samples.kinds is not None:
        wrong &= (samples.kinds != TEXT) & (samples.kinds != GAP)
    if not wrong.any():
        return
    at = int(np.flatnonzero(wrong)[0])
    value = float(samples.values[at])
    word = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    time_ms = int(samples.times_ns[at]) // NS_PER_MS
    raise ExecutionFault(
        f"NaN or Infinity:{word} data point=DoubleDataPoint{{m_value={word}, m_timestamp={time_ms}}}"
    )


def encode_points(samples: Samples, *, newest_first: bool = False) -> Iterator[bytes | bytearray]:
    """The elements of ``values`` in blocks, without the brackets around them all."""
    count = len(samples)
    for start in range(0, count, BLOCK):
        if newest_first:
            part = samples.take(slice(max(count - start - BLOCK, 0), count - start)).take(
                slice(None, None, -1)
            )
        else:
            part = samples.take(slice(start, start + BLOCK))
        numbers = _numbers(part)
        times_ms = part.times_ns // NS_PER_MS
        blocks: Iterator[bytes | bytearray]
        if numbers is None:
            blocks = iter([_one_by_one(part, times_ms)])
        else:
            blocks = millisecond_rows(times_ms, numbers, _POINT, short=True)
        for number, block in enumerate(blocks):
            yield b"," + block if start or number else block


def _numbers(part: Samples) -> np.ndarray | None:
    """One column that says all of the points, if there is one."""
    if part.kinds is None:
        return part.values
    if bool(np.any(part.kinds == TEXT)):
        return None
    whole = np.isin(part.kinds, (INT, BOOL))
    if part.ints is None or not whole.any():
        return part.values
    if whole.all():
        return part.ints
    return part.values if bool(np.all(np.abs(part.values[whole]) < _EXACT)) else None


def _one_by_one(part: Samples, times_ms: np.ndarray) -> bytes:
    kinds = np.zeros(len(part), np.uint8) if part.kinds is None else part.kinds
    values: list[Any] = part.values.tolist()
    for at, kind in enumerate(kinds.tolist()):
        if kind == TEXT and part.texts is not None:
            values[at] = part.texts[at]
        elif kind in (INT, BOOL) and part.ints is not None:
            values[at] = int(part.ints[at])
        elif values[at].is_integer() and abs(values[at]) < _EXACT:
            values[at] = int(values[at])
    return orjson.dumps(list(zip(times_ms.tolist(), values, strict=True)))[1:-1]
