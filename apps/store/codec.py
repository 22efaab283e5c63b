"""Columns of samples to bytes and back. Pure: no database, no Django.

A chunk's payload is a row of sections, each a tag, a length and bytes: times, then what the kind needs, then
the summaries of rolled-up points. A float chunk, nearly every chunk, has just times and values and decodes
straight into the reader's arrays; that there are summaries is told by the kind, so nobody looks for them.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pcodec import ChunkConfig, DeltaSpec, ModeSpec, standalone

from apps.algebra.series import BOOL, FLOAT, INT, TEXT, Samples
from apps.algebra.summaries import FIELDS, blank, dtype_of

__all__ = [
    "CHUNK_SAMPLES",
    "MIXED",
    "PCODEC",
    "SUMMARISED",
    "ZLIB",
    "ChunkStatistics",
    "DamagedPayload",
    "EncodedChunk",
    "decode_into",
    "decode_samples",
    "decode_summaries",
    "decode_times",
    "encode_chunk",
    "has_numbers_only",
    "split_chunks",
]

CHUNK_SAMPLES = 4096

#: Codecs. ZLIB needs nothing but the standard library, so no file ever depends on one package.
ZLIB, PCODEC = 0, 1

#: Kinds of a chunk: FLOAT, INT, BOOL, TEXT when all samples are alike, else MIXED.
MIXED = 4
#: Added to the kind of a chunk of which some points have summaries.
SUMMARISED = 8

_SECTION = struct.Struct("<cI")
_TIMES, _VALUES, _INTS, _BITS, _TEXTS, _KINDS, _NOTES = b"T", b"V", b"I", b"B", b"S", b"K", b"A"
_SUMMARIES = b"M"
#: A field of the summaries: length of its name, length of its bytes.
_FIELD = struct.Struct("<BI")

_TIMES_CONFIG = ChunkConfig(
    compression_level=6, mode_spec=ModeSpec.classic(), delta_spec=DeltaSpec.try_consecutive(1)
)
_VALUES_CONFIG = ChunkConfig(compression_level=6)


#: What bytes that are not what was written make the decoder raise.
_FAULTS = (KeyError, struct.error, zlib.error, ValueError, IndexError)


class DamagedPayload(Exception):
    """Bytes that are not what was written. The reader says which series and range they were."""


@dataclass(frozen=True, slots=True)
class ChunkStatistics:
    """What a chunk row tells without its payload. NaN is left out; None where nothing is left or finite.

    ``vinc`` is the increase of a counter inside the chunk: after a fall it counts from zero.
    """

    vmin: float | None
    vmax: float | None
    vsum: float | None
    vfirst: float | None
    vlast: float | None
    vinc: float | None


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """A chunk as it is stored, but for the series it belongs to."""

    t0: int
    t1: int
    n: int
    kind: int
    codec: int
    crc: int
    statistics: ChunkStatistics
    payload: bytes


def encode_chunk(samples: Samples, codec: int = PCODEC) -> EncodedChunk:
    """Encode samples of one series, times strictly rising, 1 to 4,096 of them."""
    count = len(samples)
    if not 1 <= count <= CHUNK_SAMPLES:
        raise ValueError(f"a chunk has 1 to {CHUNK_SAMPLES} samples, not {count}")
    kind = _kind_of(samples)
    parts = [_section(_TIMES, _pack(samples.times_ns, codec, is_time=True))]
    parts += [_section(tag, body) for tag, body in _value_sections(samples, kind, codec)]
    if samples.summaries is not None and samples.summaries["kind"].any():
        parts.append(_section(_SUMMARIES, _pack_summaries(samples.summaries, codec)))
        kind |= SUMMARISED
    payload = b"".join(parts)
    return EncodedChunk(
        t0=int(samples.times_ns[0]),
        t1=int(samples.times_ns[-1]),
        n=count,
        kind=kind,
        codec=codec,
        crc=zlib.crc32(payload),
        statistics=_statistics(samples.values),
        payload=payload,
    )


def split_chunks(samples: Samples) -> Iterator[Samples]:
    """The samples in runs that each fit one chunk, full ones first."""
    for start in range(0, len(samples), CHUNK_SAMPLES):
        yield samples.take(slice(start, start + CHUNK_SAMPLES))


def has_numbers_only(payload: bytes, kind: int, codec: int) -> bool:
    """Whether times and values are all there is, so that ``decode_into`` gives back what was written."""
    if kind != FLOAT or codec != PCODEC:
        return False
    at = 0
    for _ in (_TIMES, _VALUES):
        if at + _SECTION.size > len(payload):
            return False
        at += _SECTION.size + _SECTION.unpack_from(payload, at)[1]
    return at == len(payload)


def decode_into(
    payload: bytes, kind: int, codec: int, crc: int, times_ns: np.ndarray, values: np.ndarray
) -> None:
    """Decode the numeric columns into two contiguous arrays of the chunk's length."""
    _check(payload, crc)
    if kind in (FLOAT, FLOAT | SUMMARISED) and codec == PCODEC:
        length = _SECTION.unpack_from(payload, 0)[1]
        start = _SECTION.size
        value_length = _SECTION.unpack_from(payload, start + length)[1]
        value_start = start + length + _SECTION.size
        _unpack_into(payload[start : start + length], times_ns)
        _unpack_into(payload[value_start : value_start + value_length], values)
        return
    samples = _decode(payload, kind, codec, len(times_ns))
    times_ns[:] = samples.times_ns
    values[:] = samples.values


def decode_samples(payload: bytes, kind: int, codec: int, crc: int, count: int) -> Samples:
    """Decode all columns, exactly as they were written."""
    _check(payload, crc)
    return _decode(payload, kind, codec, count)


def decode_summaries(payload: bytes, codec: int, count: int) -> np.ndarray:
    """Decode the summaries of a chunk that has some; its checksum was looked at with the numbers."""
    try:
        return _unpack_summaries(_sections(payload)[_SUMMARIES], codec, count)
    except _FAULTS as fault:
        raise DamagedPayload(f"{type(fault).__name__}: {fault}") from None


def decode_times(payload: bytes, codec: int, crc: int, count: int) -> np.ndarray:
    """Decode the times only."""
    _check(payload, crc)
    return _unpack(_sections(payload)[_TIMES], codec, np.dtype(np.int64), count)


# --- Inside ---


def _check(payload: bytes, crc: int) -> None:
    if zlib.crc32(payload) != crc:
        raise DamagedPayload("the checksum does not match")


def _section(tag: bytes, body: bytes) -> bytes:
    return _SECTION.pack(tag, len(body)) + body


def _sections(payload: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(payload):
        tag, length = _SECTION.unpack_from(payload, at)
        at += _SECTION.size
        found[tag] = payload[at : at + length]
        at += length
    return found


def _kind_of(samples: Samples) -> int:
    if samples.kinds is None:
        return FLOAT
    first = int(samples.kinds[0])
    return first if bool(np.all(samples.kinds == first)) else MIXED


def _value_sections(samples: Samples, kind: int, codec: int) -> Iterator[tuple[bytes, bytes]]:
    if kind == MIXED:
        assert samples.kinds is not None
        yield _KINDS, zlib.compress(samples.kinds.astype(np.uint8).tobytes())
        is_float = samples.kinds == FLOAT
        is_int = (samples.kinds == INT) | (samples.kinds == BOOL)
    else:
        is_float = is_int = slice(None)
    if kind in (FLOAT, MIXED) and len(samples.values[is_float]):
        yield _VALUES, _pack(samples.values[is_float], codec)
    if kind in (INT, MIXED) and len(samples.times_ns[is_int]):
        yield _INTS, _pack(_ints_of(samples)[is_int], codec)
    if kind == BOOL:
        yield _BITS, np.packbits(_ints_of(samples) != 0).tobytes()
    if samples.texts is not None:
        yield _TEXTS, _pack_texts(samples.texts)


def _ints_of(samples: Samples) -> np.ndarray:
    if samples.ints is not None:
        return samples.ints
    return np.nan_to_num(samples.values).astype(np.int64)


def _pack_texts(texts: np.ndarray) -> bytes:
    """Texts by position; JSON with escapes keeps whatever Python can hold, lone surrogates too."""
    present = [(index, text) for index, text in enumerate(texts.tolist()) if text is not None]
    return zlib.compress(json.dumps(present, separators=(",", ":")).encode("ascii"))


def _unpack_texts(body: bytes, count: int) -> np.ndarray:
    texts = np.full(count, None, dtype=object)
    for index, text in json.loads(zlib.decompress(body)):
        texts[index] = text
    return texts


def _pack_summaries(summaries: np.ndarray, codec: int) -> bytes:
    """The fields by name, those of the points without a summary left out: later ones may have more fields."""
    kinds = summaries["kind"]
    body = [_packed_field("kind", zlib.compress(kinds.tobytes()))]
    held = summaries[kinds != 0]
    for name in summaries.dtype.names or ():
        if name != "kind":
            body.append(_packed_field(name, _pack(held[name], codec, is_time=name.endswith("_ns"))))
    return b"".join(body)


def _packed_field(name: str, body: bytes) -> bytes:
    return _FIELD.pack(len(name), len(body)) + name.encode("ascii") + body


def _unpack_summaries(body: bytes, codec: int, count: int) -> np.ndarray:
    fields: dict[str, bytes] = {}
    at = 0
    while at < len(body):
        name_length, length = _FIELD.unpack_from(body, at)
        at += _FIELD.size
        name = body[at : at + name_length].decode("ascii")
        at += name_length
        fields[name] = body[at : at + length]
        at += length
    kinds = np.frombuffer(zlib.decompress(fields.pop("kind")), np.uint8)
    summaries = blank(count, dtype_of(list(fields)))
    summaries["kind"] = kinds
    held = kinds != 0
    for name in fields.keys() & FIELDS.keys():
        column = _unpack(fields[name], codec, np.dtype(FIELDS[name]), int(np.count_nonzero(held)))
        summaries[name][held] = column
    return summaries


def _pack(column: np.ndarray, codec: int, *, is_time: bool = False) -> bytes:
    # Fields of records lie at odd addresses, and a single one counts as contiguous all the same.
    column = np.require(column, requirements=("C", "A"))
    if codec == PCODEC:
        config = _TIMES_CONFIG if is_time else _VALUES_CONFIG
        return standalone.simple_compress(column, config)
    # Neighbours differ little: as differences of the bit patterns they compress, and wrap-around is exact.
    words = column.view(np.uint64)
    steps = np.empty_like(words)
    steps[0] = words[0]
    np.subtract(words[1:], words[:-1], out=steps[1:])
    return zlib.compress(steps.astype("<u8").view(np.uint8).reshape(-1, 8).T.tobytes(), 6)


def _unpack(body: bytes, codec: int, dtype: np.dtype, count: int) -> np.ndarray:
    if codec == PCODEC:
        column = np.empty(count, dtype)
        _unpack_into(body, column)
        return column
    if codec != ZLIB:
        raise DamagedPayload(f"codec {codec} is not known")
    try:
        raw = np.frombuffer(zlib.decompress(body), np.uint8)
    except zlib.error as fault:
        raise DamagedPayload(str(fault)) from None
    if raw.size != count * 8:
        raise DamagedPayload(f"{raw.size} bytes do not make {count} numbers")
    steps = np.ascontiguousarray(raw.reshape(8, -1).T).view("<u8").ravel()
    return np.cumsum(steps, dtype=np.uint64).view(dtype)


def _unpack_into(body: bytes, column: np.ndarray) -> None:
    try:
        progress = standalone.simple_decompress_into(body, column)
    except (RuntimeError, TypeError) as fault:
        raise DamagedPayload(str(fault)) from None
    if progress.n_processed != len(column) or not progress.finished:
        raise DamagedPayload(f"{progress.n_processed} numbers where {len(column)} were written")


def _decode(payload: bytes, kind: int, codec: int, count: int) -> Samples:
    try:
        sections = _sections(payload)
        times = _unpack(sections[_TIMES], codec, np.dtype(np.int64), count)
        texts = _unpack_texts(sections[_TEXTS], count) if _TEXTS in sections else None
        summaries = None
        if kind & SUMMARISED:
            summaries = _unpack_summaries(sections[_SUMMARIES], codec, count)
            kind &= ~SUMMARISED
        if kind == FLOAT:
            values = _unpack(sections[_VALUES], codec, np.dtype(np.float64), count)
            return Samples(times, values, texts=texts, summaries=summaries)
        kinds = np.full(count, kind, np.uint8)
        if kind == MIXED:
            kinds = np.frombuffer(zlib.decompress(sections[_KINDS]), np.uint8).copy()
        values, ints = _decode_values(sections, kinds, kind, codec)
        return Samples(times, values, kinds, ints, texts, summaries)
    except _FAULTS as fault:
        raise DamagedPayload(f"{type(fault).__name__}: {fault}") from None


def _decode_values(
    sections: dict[bytes, bytes], kinds: np.ndarray, kind: int, codec: int
) -> tuple[np.ndarray, np.ndarray | None]:
    count = len(kinds)
    values = np.full(count, np.nan)
    if kind == TEXT:
        return values, None
    ints = np.zeros(count, np.int64)
    is_int = (kinds == INT) | (kinds == BOOL)
    if kind == BOOL:
        bits = np.frombuffer(sections[_BITS], np.uint8)
        ints[:] = np.unpackbits(bits, count=count)
    elif _INTS in sections:
        ints[is_int] = _unpack(sections[_INTS], codec, ints.dtype, int(is_int.sum()))
    values[is_int] = ints[is_int]
    if _VALUES in sections:
        is_float = kinds == FLOAT
        values[is_float] = _unpack(sections[_VALUES], codec, values.dtype, int(is_float.sum()))
    return values, ints


def _statistics(values: np.ndarray) -> ChunkStatistics:
    missing = np.isnan(values)
    known = values[~missing] if missing.any() else values
    if not known.size:
        return ChunkStatistics(None, None, None, None, None, None)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.diff(known)
        # A fall is a counter that started over: what it shows is what it counted since.
        increase = float(np.where(steps < 0, known[1:], steps).sum())
        total = float(known.sum())
    return ChunkStatistics(
        vmin=float(known.min()),
        vmax=float(known.max()),
        vsum=None if math.isnan(total) else total,
        vfirst=float(known[0]),
        vlast=float(known[-1]),
        vinc=None if math.isnan(increase) else increase,
    )
