"""Columns of samples as JSON text, fast: orjson writes the numbers, the times are laid in by column.

Building an object per sample costs more than reading the samples. So all values of a block become one text
``[1.0,2.0]``, each comma is widened to the constant text between two values, and the times, which have one
width per block, are copied into the gaps that this leaves. What the constant text is, is the caller's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import orjson

__all__ = ["BLOCK", "Frame", "lay_in", "lay_in_runs", "millisecond_rows"]

#: Samples per block: small enough that a block and its text stay in the processor's cache.
BLOCK = 32_768

#: The constant text of a row: before its time, between time and number, after the number.
Frame = tuple[bytes, bytes, bytes]


def lay_in(times: np.ndarray, numbers: np.ndarray, frame: Frame, *, short: bool = False) -> bytearray:
    """Rows ``before time between number after``, separated by commas.

    ``times`` are texts of one width (dtype V), ``numbers`` float64 or int64; NaN and infinities become null.
    ``short``: doubles that are whole are written without a fraction.
    """
    return _laid(times, numbers, frame, short)[0]


def lay_in_runs(
    times: np.ndarray, numbers: np.ndarray, frame: Frame, lengths: Sequence[int]
) -> list[bytearray]:
    """As :func:`lay_in`, cut into runs of so many rows each; no run may be empty."""
    out, places = _laid(times, numbers, frame)
    ends = list(itertools.accumulate(lengths))
    # Where the first row of each run begins, and one further on where the last row ends.
    starts = (places[[0, *ends[:-1]]] - len(frame[0])).tolist()
    starts.append(len(out) + 1)
    return [out[start : end - 1] for start, end in itertools.pairwise(starts)]


def _laid(
    times: np.ndarray, numbers: np.ndarray, frame: Frame, short: bool = False
) -> tuple[bytearray, np.ndarray]:
    """The rows, and where in them each time stands."""
    before, between, after = frame
    size = times.dtype.itemsize
    text = orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)
    if short:
        # Nothing but a whole number ends so: the shortest text of a fraction has no zero at its end.
        text = text.replace(b".0,", b",").replace(b".0]", b"]")
    head = before + b"\0" * size + between
    gap = after + b"," + head
    commas = np.flatnonzero(np.frombuffer(text, np.uint8) == ord(","))
    places = np.empty(len(times), np.int64)
    places[0] = len(before)
    # Each comma stood one further on, after the bracket; every gap before it moves it by len(gap) - 1.
    places[1:] = commas + np.arange(len(commas)) * (len(gap) - 1) + len(head) + len(after) + len(before)
    out = bytearray(head)
    out += text[1:-1].replace(b",", gap)
    out += after
    windows = np.ndarray((len(out) - size + 1,), f"V{size}", out, strides=(1,))
    windows[places] = times
    return out, places


def millisecond_rows(
    times_ms: np.ndarray, numbers: np.ndarray, frame: Frame, *, short: bool = False
) -> Iterator[bytearray]:
    """Rows with rising or falling milliseconds, in parts of equally long times; commas join the parts."""
    for lo, hi in itertools.pairwise(_width_runs(times_ms)):
        size = len(str(int(times_ms[lo])))
        text = orjson.dumps(np.ascontiguousarray(times_ms[lo:hi]), option=orjson.OPT_SERIALIZE_NUMPY)
        # "[t,t,t]" after its bracket is rows of size + 1 bytes.
        rows = np.frombuffer(text, np.uint8, offset=1).reshape(hi - lo, size + 1)
        texts = np.ascontiguousarray(rows[:, :size]).view(f"V{size}").reshape(-1)
        yield lay_in(texts, numbers[lo:hi], frame, short=short)


def _width_runs(times_ms: np.ndarray) -> list[int]:
    """Bounds of the runs of times whose decimal texts are equally long; times rise or fall: there are few."""
    first, last = int(times_ms[0]), int(times_ms[-1])
    if first > last:
        return [len(times_ms) - bound for bound in reversed(_width_runs(times_ms[::-1]))]
    if (first < 0) == (last < 0) and len(str(first)) == len(str(last)):
        return [0, len(times_ms)]
    powers = 10 ** np.arange(1, 18, dtype=np.int64)
    edges = np.sort(np.concatenate((1 - powers, [0], powers)))
    cuts = np.unique(np.searchsorted(times_ms, edges, side="left"))
    inner = cuts[(cuts > 0) & (cuts < len(times_ms))]
    return [0, *inner.tolist(), len(times_ms)]
