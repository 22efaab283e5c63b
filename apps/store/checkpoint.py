"""Moving the write-ahead logs of the SQLite files into the files, by one process at a time.

SQLite before 3.51.3 can corrupt a log that several processes write and reset at once, so automatic
checkpoints are off on every connection, and whoever holds a file lock does it when a log has grown.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections

__all__ = ["CHECKPOINT_BYTES", "checkpoint_when_due"]

CHECKPOINT_BYTES = 8 * 2**20
#: A checkpoint that truncates holds the write lock while it waits for readers; better to come back later.
_PATIENCE_MS = 200


def checkpoint_when_due(min_bytes: int = CHECKPOINT_BYTES) -> list[str]:
    """Checkpoint every SQLite file whose log has at least ``min_bytes``; returns the aliases that were.

    Does nothing when another process is at it, when a transaction is open, or on PostgreSQL.
    """
    done: list[str] = []
    due = [alias for alias in _aliases() if _log_bytes(alias) >= max(min_bytes, 1)]
    if not due:
        return done
    with _only_one() as is_mine:
        if not is_mine:
            return done
        for alias in due:
            if not connections[alias].in_atomic_block and _checkpoint(alias):
                done.append(alias)
    return done


def _aliases() -> list[str]:
    names = dict.fromkeys(["default", settings.SAMPLES_DATABASE])
    return [alias for alias in names if connections[alias].vendor == "sqlite"]


def _log_bytes(alias: str) -> int:
    try:
        return os.stat(f"{connections[alias].settings_dict['NAME']}-wal").st_size
    except OSError:
        return 0


@contextmanager
def _only_one() -> Iterator[bool]:
    path = Path(settings.TSWEB_DATA_DIR) / "checkpoint.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def _checkpoint(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual_ms = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy = cursor.fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual_ms}")
    return not is_busy
