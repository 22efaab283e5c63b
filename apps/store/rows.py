"""The statements of the store, and what differs between SQLite and PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections, transaction

from apps.store.codec import ChunkStatistics, EncodedChunk
from apps.store.models import STRIPE_BITS, stripe_of

__all__ = [
    "ChunkMark",
    "ChunkRow",
    "HeadRow",
    "LogSize",
    "chunk_marks",
    "chunk_rows",
    "delete_chunks",
    "delete_heads",
    "head_ids",
    "head_payloads",
    "head_rows",
    "insert_chunks",
    "insert_heads",
    "is_postgresql",
    "last_chunk_times",
    "log_sizes",
    "neighbour_chunk",
    "stored_stripes",
    "stripe_chunks",
    "stripe_transaction",
]

_CHUNK_COLUMNS = "series_id, t0, t1, n, kind, codec, crc, payload"
_MIN_TIME, _MAX_TIME = -(2**63), 2**63 - 1
#: Series per statement: one of its own for each costs more than one that is long, but rows are held.
_SERIES_PER_STATEMENT = 100
_BY_SERIES_AND_TIME = itemgetter(0, 1)
_IDS_PER_STATEMENT = 5_000


class ChunkRow(NamedTuple):
    """A stored chunk; a tuple, since reading makes one of every row of an answer."""

    series_id: int
    t0: int
    t1: int
    n: int
    kind: int
    codec: int
    crc: int
    payload: bytes


@dataclass(frozen=True, slots=True, order=True)
class ChunkMark:
    """What tells one state of a chunk from another, without its payload."""

    series_id: int
    t0: int
    t1: int
    n: int
    crc: int


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A stored batch."""

    id: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class LogSize:
    """How much a stripe's log holds."""

    stripe: int
    samples: int
    batches: int
    first_id: int


def _connection() -> Any:
    return connections[settings.SAMPLES_DATABASE]


def is_postgresql() -> bool:
    """Whether samples live in PostgreSQL (Citus included)."""
    return _connection().vendor == "postgresql"


@contextmanager
def stripe_transaction(stripes: Iterable[int] = ()) -> Iterator[None]:
    """A short write transaction that is alone in rewriting the chunks of ``stripes``.

    SQLite has one writer anyway. PostgreSQL takes an advisory lock per stripe, in order, so that two never
    wait for each other.
    """
    with transaction.atomic(using=settings.SAMPLES_DATABASE):
        if is_postgresql():
            with _connection().cursor() as cursor:
                for stripe in sorted(set(stripes)):
                    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, stripe])
        yield


#: Sets this program's advisory locks apart from others in the same database.
_LOCK_CLASS = 0x7573


# --- The log ---


def insert_heads(batches: Sequence[tuple[int, int, int, int, bytes]]) -> None:
    """Append one row per (stripe, n, t0, t1, payload); its number is above all present ones of the stripe.

    Call inside a transaction. On SQLite that holds the write lock, so the clock and the largest number give
    a number that rises; on PostgreSQL a sequence does.
    """
    with _connection().cursor() as cursor:
        if is_postgresql():
            cursor.executemany(
                "INSERT INTO store_head (stripe, id, n, t0, t1, payload)"
                " VALUES (%s, nextval('store_head_ids'), %s, %s, %s, %s)",
                batches,
            )
            return
        now = time.time_ns()
        cursor.executemany(
            "INSERT INTO store_head (stripe, n, t0, t1, payload, id) VALUES (%s, %s, %s, %s, %s, max("
            "%s, coalesce((SELECT max(id) FROM store_head WHERE stripe = %s), 0) + 1))",
            [(*batch, now, batch[0]) for batch in batches],
        )


def head_payloads(
    stripes: Sequence[int], start_ns: int = _MIN_TIME, end_ns: int = _MAX_TIME
) -> dict[int, list[bytes]]:
    """Payloads by stripe, in the order written, of the rows that touch ``[start_ns, end_ns]``."""
    found: dict[int, list[bytes]] = {}
    with _connection().cursor() as cursor:
        for batch in _groups(stripes, 500):
            marks = ", ".join(["%s"] * len(batch))
            cursor.execute(
                f"SELECT stripe, payload FROM store_head WHERE stripe IN ({marks})"
                " AND t1 >= %s AND t0 <= %s ORDER BY stripe, id",
                [*batch, start_ns, end_ns],
            )
            for stripe, payload in cursor.fetchall():
                found.setdefault(stripe, []).append(bytes(payload))
    return found


def head_rows(stripe: int) -> list[HeadRow]:
    """All rows of a stripe in the order written."""
    with _connection().cursor() as cursor:
        cursor.execute("SELECT id, payload FROM store_head WHERE stripe = %s ORDER BY id", [stripe])
        return [HeadRow(number, bytes(payload)) for number, payload in cursor.fetchall()]


def head_ids(stripe: int) -> set[int]:
    """Numbers of the rows that a stripe's log has now."""
    with _connection().cursor() as cursor:
        cursor.execute("SELECT id FROM store_head WHERE stripe = %s", [stripe])
        return {number for (number,) in cursor.fetchall()}


def delete_heads(stripe: int, ids: Sequence[int]) -> int:
    """Remove exactly these rows; returns how many were there."""
    count = 0
    with _connection().cursor() as cursor:
        for batch in _groups(ids, _IDS_PER_STATEMENT):
            marks = ", ".join(["%s"] * len(batch))
            cursor.execute(f"DELETE FROM store_head WHERE stripe = %s AND id IN ({marks})", [stripe, *batch])
            count += cursor.rowcount
    return count


def log_sizes() -> list[LogSize]:
    """Size and first row of each stripe's log."""
    with _connection().cursor() as cursor:
        cursor.execute(
            "SELECT stripe, sum(n), count(*), min(id) FROM store_head GROUP BY stripe ORDER BY stripe"
        )
        return [LogSize(*(int(value) for value in row)) for row in cursor.fetchall()]


# --- Chunks ---


def chunk_rows(series_ids: Sequence[int], start_ns: int, end_ns: int) -> Iterator[ChunkRow]:
    """The chunks that may hold samples of ``[start_ns, end_ns)``; those of one series come in order of time.

    Nothing is promised of the order of the series. The chunk before the start is found by its key, so that
    a short window at the end of a long series does not walk over everything before.
    """
    # An unbounded window holds the last representable instant too.
    last_ns = end_ns if end_ns == _MAX_TIME else end_ns - 1
    statements = _union_statements if is_postgresql() else _joined_statements
    with _connection().cursor() as cursor:
        for statement, params in statements(series_ids, start_ns, last_ns):
            cursor.execute(statement, params)
            # Put in order here: a database would carry the payloads through its sort.
            for row in sorted(cursor.fetchall(), key=_BY_SERIES_AND_TIME):
                if row[2] >= start_ns:
                    yield ChunkRow._make(row)


def _union_statements(series_ids: Sequence[int], start_ns: int, last_ns: int) -> Iterator[tuple[str, list]]:
    """PostgreSQL: with the stripes as constants, so that Citus knows which shards to ask."""
    one = (
        f"SELECT {_CHUNK_COLUMNS} FROM store_chunk WHERE stripe = %s AND series_id = %s AND t0 <= %s"
        " AND t0 >= coalesce((SELECT max(t0) FROM store_chunk WHERE stripe = %s AND series_id = %s"
        " AND t0 <= %s), %s)"
    )
    for batch in _groups(series_ids, _SERIES_PER_STATEMENT):
        params: list[int] = []
        for series_id in batch:
            stripe = stripe_of(series_id)
            params += (stripe, series_id, last_ns, stripe, series_id, start_ns, _MIN_TIME)
        yield " UNION ALL ".join([one] * len(batch)), params


def _joined_statements(series_ids: Sequence[int], start_ns: int, last_ns: int) -> Iterator[tuple[str, list]]:
    """SQLite: one short text whatever the number of series, prepared once; the series are walked in turn."""
    stripe = f"(wanted.value >> {STRIPE_BITS})"
    statement = (
        f"SELECT {_CHUNK_COLUMNS} FROM json_each(%s) AS wanted CROSS JOIN store_chunk"
        f" WHERE stripe = {stripe} AND series_id = wanted.value AND t0 <= %s"
        f" AND t0 >= coalesce((SELECT max(t0) FROM store_chunk WHERE stripe = {stripe}"
        " AND series_id = wanted.value AND t0 <= %s), %s)"
    )
    for batch in _groups(series_ids, _SERIES_PER_STATEMENT):
        yield statement, [json.dumps(batch), last_ns, start_ns, _MIN_TIME]


def neighbour_chunk(series_id: int, time_ns: int, *, before: bool) -> ChunkRow | None:
    """The last chunk that begins before ``time_ns``, or the first that begins at or after it."""
    order = "t0 < %s ORDER BY t0 DESC" if before else "t0 >= %s ORDER BY t0"
    with _connection().cursor() as cursor:
        cursor.execute(
            f"SELECT {_CHUNK_COLUMNS} FROM store_chunk WHERE stripe = %s AND series_id = %s"
            f" AND {order} LIMIT 1",
            [stripe_of(series_id), series_id, time_ns],
        )
        row = cursor.fetchone()
    return ChunkRow._make(row) if row else None


def chunk_marks(series_id: int) -> list[ChunkMark]:
    """All chunks of a series in order of time, without payloads."""
    with _connection().cursor() as cursor:
        cursor.execute(
            "SELECT series_id, t0, t1, n, crc FROM store_chunk"
            " WHERE stripe = %s AND series_id = %s ORDER BY t0",
            [stripe_of(series_id), series_id],
        )
        return [ChunkMark(*row) for row in cursor.fetchall()]


def last_chunk_times(series_ids: Sequence[int]) -> dict[int, int]:
    """Time of the newest sample in the chunks of each series."""
    found: dict[int, int] = {}
    by_stripe: dict[int, list[int]] = {}
    for series_id in series_ids:
        by_stripe.setdefault(stripe_of(series_id), []).append(series_id)
    with _connection().cursor() as cursor:
        for stripe, ids in by_stripe.items():
            marks = ", ".join(["%s"] * len(ids))
            cursor.execute(
                "SELECT c.series_id, c.t1 FROM store_chunk c JOIN (SELECT series_id, max(t0) AS t0"
                f" FROM store_chunk WHERE stripe = %s AND series_id IN ({marks}) GROUP BY series_id) m"
                " ON m.series_id = c.series_id AND m.t0 = c.t0 WHERE c.stripe = %s",
                [stripe, *ids, stripe],
            )
            found.update(cursor.fetchall())
    return found


def stored_stripes() -> list[int]:
    """Stripes with anything stored, in order."""
    found: set[int] = set()
    with _connection().cursor() as cursor:
        for table in ("store_chunk", "store_head"):
            cursor.execute(f"SELECT DISTINCT stripe FROM {table}")
            found.update(stripe for (stripe,) in cursor.fetchall())
    return sorted(found)


def stripe_chunks(stripe: int, per_statement: int = 256) -> Iterator[ChunkRow]:
    """All chunks of a stripe in order of series and time, a few hundred at a time."""
    after = (_MIN_TIME, _MIN_TIME)
    while True:
        with _connection().cursor() as cursor:
            cursor.execute(
                f"SELECT {_CHUNK_COLUMNS} FROM store_chunk WHERE stripe = %s"
                " AND (series_id > %s OR (series_id = %s AND t0 > %s))"
                f" ORDER BY series_id, t0 LIMIT {int(per_statement)}",
                [stripe, after[0], *after],
            )
            found = [ChunkRow._make(row) for row in cursor.fetchall()]
        yield from found
        if len(found) < per_statement:
            return
        after = (found[-1].series_id, found[-1].t0)


def insert_chunks(chunks: Sequence[tuple[int, EncodedChunk]]) -> None:
    """Store encoded chunks, each given with its series."""
    marks = ", ".join(["%s"] * 15)
    with _connection().cursor() as cursor:
        cursor.executemany(
            "INSERT INTO store_chunk (stripe, series_id, t0, t1, n, kind, codec, crc,"
            f" vmin, vmax, vsum, vfirst, vlast, vinc, payload) VALUES ({marks})",
            [_chunk_params(series_id, chunk) for series_id, chunk in chunks],
        )


def delete_chunks(keys: Sequence[tuple[int, int]]) -> None:
    """Remove chunks by (series, first time)."""
    with _connection().cursor() as cursor:
        cursor.executemany(
            "DELETE FROM store_chunk WHERE stripe = %s AND series_id = %s AND t0 = %s",
            [(stripe_of(series_id), series_id, t0) for series_id, t0 in keys],
        )


def _chunk_params(series_id: int, chunk: EncodedChunk) -> tuple:
    told: ChunkStatistics = chunk.statistics
    return (
        stripe_of(series_id),
        series_id,
        chunk.t0,
        chunk.t1,
        chunk.n,
        chunk.kind,
        chunk.codec,
        chunk.crc,
        told.vmin,
        told.vmax,
        told.vsum,
        told.vfirst,
        told.vlast,
        told.vinc,
        chunk.payload,
    )


def _groups(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
