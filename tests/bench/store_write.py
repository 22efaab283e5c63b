"""Writing samples: small batches with their commit, bulk loads, and the room they take."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import numpy as np

from tests.bench.store_prepare import START_NS, prepare, real_looking
from tests.bench.table import Row, best_ms, paired_ms

APPEND_LIMIT = 3.0
LOAD_PER_S = 3_000_000
BYTES_LIMIT = 3.5


def rows() -> list[Row]:
    prepare()
    return [_append(), _bulk_load(), _room()]


def _append() -> Row:
    from apps.algebra.series import Samples, SeriesKey
    from apps.store.ingest import insert_series

    keys = [SeriesKey.of("bench.append", f"host-{n}", {"dc": "07"}) for n in range(1_000)]
    clock = iter(range(START_NS, START_NS + 10**9))
    batches = iter(
        [
            [(key, Samples(np.array([START_NS + at], np.int64), np.ones(1))) for key in keys]
            for at in range(110)
        ]
    )

    def ours() -> None:
        assert insert_series(next(batches)).stored == 1_000

    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "floor.sqlite3", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE head (stripe, id, n, t0, t1, payload, PRIMARY KEY (stripe, id))")

        def floor() -> None:
            moment = next(clock)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO head VALUES (?, ?, ?, ?, ?, ?)",
                [(stripe, moment, 250, moment, moment, bytes(4_259)) for stripe in range(4)],
            )
            connection.execute("COMMIT")

        ours_ms, floor_ms = paired_ms(ours, floor, repeats=101)
        connection.close()
    return Row(
        "append 1,000 series x 1 sample, committed, through insert_series",
        ours_ms,
        "4 prepared rows, synchronous=FULL",
        floor_ms,
        f"<= {APPEND_LIMIT:g} x",
        ours_ms <= APPEND_LIMIT * floor_ms,
    )


def _bulk_load() -> Row:
    from apps.algebra.series import Samples
    from apps.store.writer import load_samples

    columns = real_looking(200_000)
    ids = iter(range(950_000, 990_000))

    def ours() -> None:
        load_samples({next(ids): Samples(*column) for column in columns})

    ours_ms = best_ms(ours, repeats=3)
    floor_ms = 1e3 * 1_000_000 / LOAD_PER_S
    return Row(
        "bulk load of 1 M samples from arrays",
        ours_ms,
        "3 M samples/s",
        floor_ms,
        ">= 3 M samples/s",
        ours_ms <= floor_ms,
    )


def _room() -> Row:
    """Bytes instead of milliseconds: per sample in chunk rows, payloads and statistics."""
    from django.conf import settings
    from django.db import connections

    from apps.algebra.series import Samples
    from apps.store.writer import load_samples

    first = 995_000
    columns = real_looking(200_000, seed=7)
    load_samples({first + at: Samples(*column) for at, column in enumerate(columns)})
    with connections[settings.SAMPLES_DATABASE].cursor() as cursor:
        cursor.execute(
            "SELECT sum(length(payload) + 110), sum(n) FROM store_chunk WHERE series_id >= %s", [first]
        )
        size, count = cursor.fetchone()
    per_sample = size / count
    return Row(
        "bytes per sample (in bytes, not ms)",
        per_sample,
        "VictoriaMetrics 4.0",
        4.0,
        f"<= {BYTES_LIMIT} bytes",
        per_sample <= BYTES_LIMIT,
    )
