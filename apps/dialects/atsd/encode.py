"""Samples as JSON bytes, fast: the number text is made by orjson, times are laid in by column.

A sample of the data API is ``{"d":"2018-05-24T10:43:00.000Z","v":237.0}`` or
``{"t":1527158580000,"v":237.0}``. Building a dictionary per sample costs more than reading the
samples, so plain numbers take this path: all values of a block become one text ``[1.0,2.0]``, each
comma is widened to the constant text between two values, and the times, which have one width per
block, are copied into the gaps that this leaves.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from apps.algebra.series import INT, Samples

__all__ = ["encode_samples", "iso_milliseconds"]

#: Samples per block: small enough that a block and its text stay in the processor's cache.
BLOCK = 32_768

NS_PER_MS = 1_000_000
MS_PER_MINUTE = 60_000
MINUTES_PER_DAY = 1_440


def _table(texts: list[str]) -> np.ndarray:
    """Texts of eight characters as one machine word each (zero bytes where a text is shorter)."""
    return np.array([text.encode().ljust(8, b"\0") for text in texts], dtype="V8").view(np.uint64)


_HOUR_MINUTE = _table(
    [f"\0\0T{minute // 60:02d}:{minute % 60:02d}" for minute in range(MINUTES_PER_DAY)]
)
_SECOND_MS = _table([f":{ms // 1000:02d}.{ms % 1000:03d}Z" for ms in range(MS_PER_MINUTE)])
_DAY_OF_MONTH = _table([f"{day:02d}" for day in range(32)])


def iso_milliseconds(times_ms: np.ndarray) -> np.ndarray:
    """Rising Unix milliseconds as 24-byte texts ``yyyy-MM-ddTHH:mm:ss.SSSZ`` (dtype V24)."""
    minutes = times_ms // MS_PER_MINUTE
    days = minutes // MINUTES_PER_DAY
    words = np.empty((len(times_ms), 3), np.uint64)
    words[:, 2] = _SECOND_MS[times_ms - minutes * MS_PER_MINUTE]
    words[:, 1] = _HOUR_MINUTE[minutes - days * MINUTES_PER_DAY]
    # Times rise, so each day is one run of rows and its date is written once.
    first = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    lengths = np.diff(np.append(first, len(days)))
    dates = days[first].astype("M8[D]")
    months = dates.astype("M8[M]")
    year_month = np.char.add(months.astype("S7"), b"-").astype("S8")
    words[:, 0] = np.repeat(year_month.view(np.uint64), lengths)
    day_numbers = (dates - months.astype("M8[D]")).astype(np.int64) + 1
    words[:, 1] |= np.repeat(_DAY_OF_MONTH[day_numbers], lengths)
    return words.reshape(-1).view("V24")


def _width_runs(times_ms: np.ndarray) -> list[int]:
    """Bounds of the runs of times whose decimal texts are equally long."""
    first, last = int(times_ms[0]), int(times_ms[-1])
    if (first < 0) == (last < 0) and len(str(first)) == len(str(last)):
        return [0, len(times_ms)]
    powers = 10 ** np.arange(1, 18, dtype=np.int64)
    edges = np.sort(np.concatenate((1 - powers, [0], powers)))
    cuts = np.unique(np.searchsorted(times_ms, edges, side="left"))
    inner = cuts[(cuts > 0) & (cuts < len(times_ms))]
    return [0, *inner.tolist(), len(times_ms)]


def _unix_milliseconds(times_ms: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Runs of equal width with their texts; times rise, so there are few runs."""
    bounds = _width_runs(times_ms)
    for lo, hi in itertools.pairwise(bounds):
        size = len(str(int(times_ms[lo])))
        text = orjson.dumps(np.ascontiguousarray(times_ms[lo:hi]), option=orjson.OPT_SERIALIZE_NUMPY)
        # "[t,t,t]" after its bracket is rows of size + 1 bytes.
        rows = np.frombuffer(text, np.uint8, offset=1).reshape(hi - lo, size + 1)
        yield slice(lo, hi), np.ascontiguousarray(rows[:, :size]).view(f"V{size}").reshape(-1)


def _lay_in(times: np.ndarray, numbers: np.ndarray, lead: bytes, trail: bytes) -> bytearray:
    """One block: ``lead time trail number}`` for each row, rows separated by commas."""
    size = times.dtype.itemsize
    text = orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)
    gap = b"},{" + lead + b"\0" * size + trail
    commas = np.flatnonzero(np.frombuffer(text, np.uint8) == ord(","))
    out = bytearray(b"{" + lead + b"\0" * size + trail)
    first_time = 1 + len(lead)
    body = text[1:-1].replace(b",", gap)
    places = np.empty(len(times), np.int64)
    places[0] = first_time
    places[1:] = commas - 1 + np.arange(len(commas)) * (len(gap) - 1) + len(out) + 3 + len(lead)
    out += body
    out += b"}"
    windows = np.ndarray((len(out) - size + 1,), f"V{size}", out, strides=(1,))
    windows[places] = times
    return out


def _plain_blocks(times_ms: np.ndarray, numbers: np.ndarray, iso: bool) -> Iterator[bytes | bytearray]:
    for start in range(0, len(times_ms), BLOCK):
        block_ms = times_ms[start : start + BLOCK]
        block = numbers[start : start + BLOCK]
        if iso:
            parts = [_lay_in(iso_milliseconds(block_ms), block, b'"d":"', b'","v":')]
        else:
            parts = [
                _lay_in(texts, block[run], b'"t":', b',"v":')
                for run, texts in _unix_milliseconds(block_ms)
            ]
        for number, part in enumerate(parts):
            yield b"," + part if start or number else part


def _mixed_blocks(samples: Samples, times_ms: np.ndarray, iso: bool) -> Iterator[bytes]:
    """Samples with texts or of several kinds: one dictionary each."""
    for start in range(0, len(samples), BLOCK):
        part = samples.take(slice(start, start + BLOCK))
        block_ms = times_ms[start : start + BLOCK]
        if iso:
            stamps: list[Any] = [bytes(text).decode() for text in iso_milliseconds(block_ms)]
        else:
            stamps = block_ms.tolist()
        numbers: list[Any] = part.values.tolist()
        if part.kinds is not None and part.ints is not None:
            for at in np.flatnonzero(part.kinds == INT).tolist():
                numbers[at] = int(part.ints[at])
        name = "d" if iso else "t"
        rows = [{name: stamp, "v": number} for stamp, number in zip(stamps, numbers, strict=True)]
        if part.texts is not None:
            for row, text in zip(rows, part.texts.tolist(), strict=True):
                if text is not None:
                    row["x"] = text
        body = orjson.dumps(rows)[1:-1]
        yield b"," + body if start else body


def encode_samples(samples: Samples, *, iso: bool) -> Iterator[bytes | bytearray]:
    """The elements of the ``data`` array, in blocks, without the brackets. NaN and infinities become null."""
    if not len(samples):
        return
    times_ms = samples.times_ns // NS_PER_MS
    if samples.is_plain:
        yield from _plain_blocks(times_ms, samples.values, iso)
    elif samples.texts is None and samples.kinds is not None and bool(np.all(samples.kinds == INT)):
        yield from _plain_blocks(times_ms, np.asarray(samples.ints, np.int64), iso)
    else:
        yield from _mixed_blocks(samples, times_ms, iso)
