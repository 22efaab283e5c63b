"""Storing what KairosDB's clients send: everything that can be stored, and word of the rest."""

from __future__ import annotations

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.names import fold_key
from apps.dialects.kairos.ingest import Problems, ReceivedMetric, read_datapoints
from apps.errors import ArgumentFault
from apps.store.ingest import insert_series

__all__ = ["store_datapoints"]

#: Points held before they are written: many enough for one write to pay, few enough for memory.
BATCH_POINTS = 200_000


def store_datapoints(text: str) -> list[str]:
    """Store the points of a body and return what is wrong with it; empty when all is stored."""
    problems = Problems()
    batch: list[ReceivedMetric] = []
    points = 0
    for received in read_datapoints(text, problems):
        batch.append(received)
        points += len(received.samples)
        if points >= BATCH_POINTS:
            _store(batch, problems)
            batch, points = [], 0
    _store(batch, problems)
    return problems.told()


# --- Inside ---


def _store(batch: list[ReceivedMetric], problems: Problems) -> None:
    if not batch:
        return
    try:
        insert_series(_items(batch))
    except ArgumentFault:
        # Some name is not one that the catalog keeps; nothing was stored, so the others go alone.
        insert_series(_items([one for one in batch if _is_storable(one, problems)]))


def _items(batch: list[ReceivedMetric]) -> list[tuple[SeriesKey, Samples]]:
    return [(one.key, one.samples) for one in batch]


def _is_storable(received: ReceivedMetric, problems: Problems) -> bool:
    try:
        fold_key(received.key)
    except ArgumentFault as fault:
        problems.add(f"{received.path} {fault.message}")
        return False
    return True
