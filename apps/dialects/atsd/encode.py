"""Samples as JSON bytes: plain numbers by column (:mod:`apps.algebra.sample_text`), others one by one.

A sample of the data API is ``{"d":"2018-05-24T10:43:00.000Z","v":237.0}`` or
``{"t":1527158580000,"v":237.0}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson

from apps.algebra.sample_text import BLOCK, lay_in, lay_in_runs, millisecond_rows
from apps.algebra.series import INT, Samples
from apps.dialects.atsd.dates import format_iso

__all__ = ["SHORT", "encode_samples", "encode_short", "iso_milliseconds"]

_ISO = (b'{"d":"', b'","v":', b"}")
_UNIX = (b'{"t":', b',"v":', b"}")

#: Series of at most so many samples are written many at a time.
SHORT = 256

NS_PER_MS = 1_000_000
MS_PER_MINUTE = 60_000
MINUTES_PER_DAY = 1_440


def _table(texts: list[str]) -> np.ndarray:
    """Texts of eight characters as one machine word each (zero bytes where a text is shorter)."""
    return np.array([text.encode().ljust(8, b"\0") for text in texts], dtype="V8").view(np.uint64)


#: So few times are quicker formatted one by one; an answer of many short series holds nothing else.
_FEW = 12
_HOUR_MINUTE = _table(
    [f"\0\0T{minute // 60:02d}:{minute % 60:02d}" for minute in range(MINUTES_PER_DAY)]
)
_SECOND_MS = _table([f":{ms // 1000:02d}.{ms % 1000:03d}Z" for ms in range(MS_PER_MINUTE)])
_DAY_OF_MONTH = _table([f"{day:02d}" for day in range(32)])


def iso_milliseconds(times_ms: np.ndarray) -> np.ndarray:
    """Rising Unix milliseconds as 24-byte texts ``yyyy-MM-ddTHH:mm:ss.SSSZ`` (dtype V24)."""
    if len(times_ms) <= _FEW:
        texts = [format_iso(time_ms * NS_PER_MS) for time_ms in times_ms.tolist()]
        return np.array(texts, "S24").view("V24")
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


def _plain_blocks(times_ms: np.ndarray, numbers: np.ndarray, iso: bool) -> Iterator[bytes | bytearray]:
    for start in range(0, len(times_ms), BLOCK):
        block_ms = times_ms[start : start + BLOCK]
        block = numbers[start : start + BLOCK]
        if iso:
            parts = iter([lay_in(iso_milliseconds(block_ms), block, _ISO)])
        else:
            parts = millisecond_rows(block_ms, block, _UNIX)
        for number, part in enumerate(parts):
            yield b"," + part if start or number else part


def _mixed_blocks(
    samples: Samples, times_ms: np.ndarray, iso: bool, deviations: np.ndarray | None
) -> Iterator[bytes]:
    """Samples with texts or deviations or of several kinds: one dictionary each."""
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
        if deviations is not None:
            for row, deviation in zip(rows, deviations[start : start + BLOCK].tolist(), strict=True):
                if deviation == deviation:
                    row["s"] = deviation
        body = orjson.dumps(rows)[1:-1]
        yield b"," + body if start else body


def encode_samples(
    samples: Samples, *, iso: bool, deviations: np.ndarray | None = None
) -> Iterator[bytes | bytearray]:
    """The elements of the ``data`` array, in blocks, without the brackets. NaN and infinities become null.

    ``deviations``, one for each sample, are printed as ``s`` where they are known.
    """
    if not len(samples):
        return
    times_ms = samples.times_ns // NS_PER_MS
    if deviations is not None:
        yield from _mixed_blocks(samples, times_ms, iso, deviations)
    elif samples.has_floats_only:
        yield from _plain_blocks(times_ms, samples.values, iso)
    elif samples.texts is None and samples.kinds is not None and bool(np.all(samples.kinds == INT)):
        yield from _plain_blocks(times_ms, np.asarray(samples.ints, np.int64), iso)
    else:
        yield from _mixed_blocks(samples, times_ms, iso, None)


def encode_short(columns: Sequence[Samples], *, iso: bool) -> list[bytes | bytearray]:
    """The elements of the ``data`` arrays of many short series, each as :func:`encode_samples` gives them.

    What a column costs to set up is paid once for all of them; of ten thousand short series it is the most.
    """
    plain = [samples for samples in columns if len(samples) and samples.has_floats_only]
    runs = _runs(plain, iso) if plain else iter(())
    return [
        next(runs) if len(samples) and samples.has_floats_only else b"".join(encode_samples(samples, iso=iso))
        for samples in columns
    ]


def _runs(plain: Sequence[Samples], iso: bool) -> Iterator[bytes | bytearray]:
    """Plain columns laid end to end, and cut again as text."""
    times_ms = np.concatenate([samples.times_ns for samples in plain]) // NS_PER_MS
    numbers = np.concatenate([samples.values for samples in plain])
    lengths = [len(samples) for samples in plain]
    if iso:
        return iter(lay_in_runs(iso_milliseconds(times_ms), numbers, _ISO, lengths))
    sizes = {len(str(int(edge))) for edge in (times_ms.min(), times_ms.max())}
    if len(sizes) > 1 or times_ms.min() < 0:
        # Times of several widths, as around 1970, can't be laid in as one column.
        return (b"".join(encode_samples(samples, iso=False)) for samples in plain)
    texts = times_ms.astype(f"S{sizes.pop()}")
    return iter(lay_in_runs(texts.view(f"V{texts.dtype.itemsize}"), numbers, _UNIX, lengths))
