"""Reading samples into arrays, held against decoding the same payloads and nothing else."""

from __future__ import annotations

import numpy as np

from tests.bench.store_prepare import prepare, real_looking
from tests.bench.table import Row, paired_ms
from tsweb.serve import keep_freed_memory

__all__ = ["decoder", "rows"]

_MIN, _MAX = -(2**63), 2**63 - 1
LIMIT = 1.5


def rows() -> list[Row]:
    keep_freed_memory()  # as the server does
    prepare()
    found = [
        _row("read 1 M samples of one series into arrays", [900_001], 1_000_000),
        _row("read 100 k samples of one series", [900_002], 100_000),
        _row("read 100 series x 10 k samples", list(range(910_000, 910_100)), 10_000),
    ]
    return found


def _row(name: str, series_ids: list[int], count: int) -> Row:
    from apps.algebra.series import Samples
    from apps.store.source import StoreSource
    from apps.store.writer import load_samples

    times, values = real_looking(count)[0]
    load_samples({series_id: Samples(times, values) for series_id in series_ids})
    whole = StoreSource().read(series_ids, _MIN, _MAX)
    assert all(np.array_equal(samples.values, values) for samples in whole)
    ours_ms, floor_ms = paired_ms(
        lambda: StoreSource().read(series_ids, _MIN, _MAX), decoder(series_ids, count)
    )
    return Row(name, ours_ms, "decode alone", floor_ms, f"<= {LIMIT} x decode", ours_ms <= LIMIT * floor_ms)


def decoder(series_ids: list[int], count: int):
    """Decodes the payloads, already in memory, into fresh arrays."""
    import struct

    from pcodec import standalone

    from apps.store.rows import chunk_rows

    parts: list[list[tuple[int, bytes, bytes]]] = []
    for series_id in series_ids:
        pieces = []
        for row in chunk_rows([series_id], _MIN, _MAX):
            length = struct.unpack_from("<I", row.payload, 1)[0]
            pieces.append((row.n, row.payload[5 : 5 + length], row.payload[10 + length :]))
        parts.append(pieces)

    def decode() -> list[tuple[np.ndarray, np.ndarray]]:
        found = []
        for pieces in parts:
            times, values, at = np.empty(count, np.int64), np.empty(count), 0
            for n, packed_times, packed_values in pieces:
                standalone.simple_decompress_into(packed_times, times[at : at + n])
                standalone.simple_decompress_into(packed_values, values[at : at + n])
                at += n
            found.append((times, values))
        return found

    return decode
