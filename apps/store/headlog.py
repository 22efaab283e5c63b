"""The bytes of one head row: what one write batch brought to one stripe, raw.

Plain rows are records of 17 bytes (place of the series in its stripe, time, value), so that all rows of
a stripe are read by joining them into one array. Rows with other kinds than floats, or with summaries of
rolled-up points, carry their further columns behind the records.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from apps.algebra.series import FLOAT, Samples
from apps.algebra.summaries import dtype_of, laid_out
from apps.algebra.summaries import simplest as simplest_summaries
from apps.store.codec import DamagedPayload
from apps.store.models import STRIPE_BITS

__all__ = ["HeadRows", "decode_head", "encode_heads", "is_sound"]

_RECORD = np.dtype([("place", "u1"), ("time", "<i8"), ("value", "<f8")])
#: Flags (summaries and further columns behind the records), checksum of the rest, number of records.
_PREFIX = struct.Struct("<BII")
_PLAIN, _RICH, _SUMMARISED = 0, 1, 2
#: Lengths of what names the fields of the summaries, and of the summaries.
_SUMMARIES = struct.Struct("<HI")
_PLACE_MASK = (1 << STRIPE_BITS) - 1


@dataclass(frozen=True)
class HeadRows:
    """Decoded head rows of one stripe, in the order written: aligned columns, and the series of each."""

    series_ids: np.ndarray
    samples: Samples

    def of(self, series_id: int) -> Samples:
        """What the log holds of one series, in the order written (not of time; times may repeat)."""
        if not len(self.series_ids):
            return Samples.empty()
        index = np.flatnonzero(self.series_ids == series_id)
        found = self.samples.take(index) if index.size else Samples.empty()
        if found.summaries is None:
            return found
        # Its neighbours in the stripe may have others, or it may have none.
        return replace(found, summaries=simplest_summaries(found.summaries))


def encode_heads(series_ids: np.ndarray, samples: Samples) -> list[tuple[int, int, int, int, bytes]]:
    """Rows (stripe, n, t0, t1, payload) from aligned columns, sorted by series."""
    records = np.empty(len(series_ids), _RECORD)
    records["place"] = series_ids & _PLACE_MASK
    records["time"] = samples.times_ns
    records["value"] = samples.values
    stripes = series_ids >> STRIPE_BITS
    starts = np.flatnonzero(stripes[1:] != stripes[:-1]) + 1
    starts = np.concatenate([[0], starts])
    first = np.minimum.reduceat(samples.times_ns, starts).tolist()
    last = np.maximum.reduceat(samples.times_ns, starts).tolist()
    owners = stripes[starts].tolist()
    edges = [*starts.tolist(), len(series_ids)]
    found = []
    for at, (lo, hi) in enumerate(pairwise(edges)):
        body, flag = records[lo:hi].tobytes(), _PLAIN
        if not samples.is_plain:
            further, flag = _further(samples.take(slice(lo, hi)))
            body += further
        payload = _PREFIX.pack(flag, zlib.crc32(body), hi - lo) + body
        found.append((owners[at], hi - lo, first[at], last[at], payload))
    return found


def decode_head(stripe: int, payloads: Sequence[bytes]) -> tuple[HeadRows, int]:
    """The rows of one stripe as columns, and how many rows were damaged and left out."""
    bodies: list[memoryview] = []
    rich: list[tuple[int, int, int, memoryview]] = []
    count = damaged = 0
    for payload in payloads:
        try:
            flag, records, further = _open(payload)
        except DamagedPayload:
            damaged += 1
            continue
        size = len(records) // _RECORD.itemsize
        if flag != _PLAIN:
            rich.append((count, size, flag, further))
        bodies.append(records)
        count += size
    table = np.frombuffer(b"".join(bodies), _RECORD)
    series_ids = table["place"].astype(np.int64) + (stripe << STRIPE_BITS)
    times = np.ascontiguousarray(table["time"])
    values = np.ascontiguousarray(table["value"])
    samples = Samples(times, values)
    return HeadRows(series_ids, _enrich(samples, rich) if rich else samples), damaged


def is_sound(payload: bytes) -> bool:
    """Whether a row is as it was written."""
    try:
        _open(payload)
    except DamagedPayload:
        return False
    return True


# --- Inside ---


def _open(payload: bytes) -> tuple[int, memoryview, memoryview]:
    view = memoryview(payload)
    if len(view) < _PREFIX.size:
        raise DamagedPayload("a head row is too short")
    flag, crc, count = _PREFIX.unpack_from(view)
    body = view[_PREFIX.size :]
    end = count * _RECORD.itemsize
    if zlib.crc32(body) != crc or len(body) < end or flag > _RICH | _SUMMARISED:
        raise DamagedPayload("the checksum of a head row does not match")
    return flag, body[:end], body[end:]


def _further(samples: Samples) -> tuple[bytes, int]:
    """The columns beside the numbers, and which they are."""
    body, flag = b"", _PLAIN
    if samples.summaries is not None and samples.summaries["kind"].any():
        names = json.dumps(samples.summaries.dtype.names).encode("ascii")
        records = samples.summaries.tobytes()
        body, flag = _SUMMARIES.pack(len(names), len(records)) + names + records, _SUMMARISED
    if not samples.has_floats_only:
        body, flag = body + _packed(samples), flag | _RICH
    return body, flag


def _packed(samples: Samples) -> bytes:
    """The columns of other kinds; Python writes and reads JSON integers exactly."""
    found: dict[str, list] = {}
    if samples.kinds is not None:
        found["kinds"] = samples.kinds.tolist()
    if samples.ints is not None:
        found["ints"] = samples.ints.tolist()
    if samples.texts is not None:
        found["texts"] = samples.texts.tolist()
    return zlib.compress(json.dumps(found, separators=(",", ":")).encode("ascii"), 1)


def _enrich(samples: Samples, rich: Sequence[tuple[int, int, int, memoryview]]) -> Samples:
    """``rich``: first record, number of records, flags and bytes of the rows that have further columns."""
    summarised: dict[int, np.ndarray] = {}
    packed: list[tuple[slice, memoryview]] = []
    for start, size, flag, further in rich:
        if flag & _SUMMARISED:
            names_length, length = _SUMMARIES.unpack_from(further)
            at = _SUMMARIES.size + names_length
            dtype = dtype_of(json.loads(bytes(further[_SUMMARIES.size : at])))
            summarised[start] = np.frombuffer(further[at : at + length], dtype)
            further = further[at + length :]
        if flag & _RICH:
            packed.append((slice(start, start + size), further))
    summaries = laid_out(summarised, len(samples))
    if not packed:
        return Samples(samples.times_ns, samples.values, summaries=summaries)
    return Samples(samples.times_ns, samples.values, *_unpacked(packed, len(samples)), summaries)


def _unpacked(
    packed: Sequence[tuple[slice, memoryview]], count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kinds = np.full(count, FLOAT, np.uint8)
    ints = np.zeros(count, np.int64)
    texts = np.full(count, None, dtype=object)
    for part, body in packed:
        columns = json.loads(zlib.decompress(body))
        if "kinds" in columns:
            kinds[part] = columns["kinds"]
        if "ints" in columns:
            ints[part] = columns["ints"]
        if "texts" in columns:
            texts[part] = columns["texts"]
    return kinds, ints, texts
