"""When metrics and entities last got a sample: read from the samples while that is quick, else summed up.

Up to ``EXACT_SERIES`` series are asked one by one, so that what was just written is seen. A list over more of
them is answered from a column that the task worker renews about once a minute: asking a million series for
every page would take seconds.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from apps.catalog.models import Entity, Metric, Series
from apps.catalog.ports import ports

__all__ = ["EXACT_SERIES", "NewestTimes", "newest_times", "refresh_newest"]

EXACT_SERIES = 20_000
_NAMES = 1_000
_SERIES = 20_000
_NEVER = -(2**63)
_MODELS = {"metric": Metric, "entity": Entity}


def newest_times(owner: str, names: Collection[str], *, entity: str | None = None) -> dict[str, int]:
    """Newest sample of each ``"metric"`` or ``"entity"`` that has one, among one entity's series if given."""
    if len(names) > _NAMES and not _is_crowded(owner, None):
        # A small catalog is asked as a whole: one question instead of one for each thousand of its names.
        everything = _exactly(owner, None, entity)
        return {name: everything[name] for name in names if name in everything}
    newest: dict[str, int] = {}
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES):
        batch = ordered[start : start + _NAMES]
        unknown = batch
        if entity is None and _is_crowded(owner, batch):
            rows = _MODELS[owner].objects.filter(name__in=batch, newest_ns__isnull=False)
            newest.update(rows.values_list("name", "newest_ns"))
            unknown = [name for name in batch if name not in newest]
        newest.update(_exactly(owner, unknown, entity))
    return newest


def _series_of(owner: str, names: list[str] | None) -> QuerySet[Series]:
    """The series of these metrics or entities, or all."""
    rows = Series.objects.order_by()
    return rows if names is None else rows.filter(**{f"{owner}__name__in": names})


def _is_crowded(owner: str, names: list[str] | None) -> bool:
    rows = _series_of(owner, names)
    return len(rows.values_list("pk")[EXACT_SERIES : EXACT_SERIES + 1]) > 0


def _exactly(owner: str, names: list[str] | None, entity: str | None) -> dict[str, int]:
    newest: dict[str, int] = {}
    rows = _series_of(owner, names)
    if entity is not None:
        rows = rows.filter(entity__name=entity)
    pairs = rows.values_list(f"{owner}__name", "pk").iterator(chunk_size=_SERIES)
    while batch := list(islice(pairs, _SERIES)):
        times = ports.last_times([number for _, number in batch])
        for (name, _), time_ns in zip(batch, times, strict=True):
            if time_ns is not None:
                newest[name] = max(time_ns, newest.get(name, time_ns))
    return newest


def refresh_newest() -> int:
    """Sum up the newest times of all metrics and entities anew; returns how many have changed."""
    found = {owner: _Growing() for owner in _MODELS}
    rows = Series.objects.order_by("pk").values_list("pk", "metric_id", "entity_id")
    series = rows.iterator(chunk_size=_SERIES)
    while batch := list(islice(series, _SERIES)):
        times = ports.last_times([number for number, _, _ in batch])
        times_ns = np.array([_NEVER if time_ns is None else time_ns for time_ns in times], np.int64)
        found["metric"].add(np.array([number for _, number, _ in batch], np.int64), times_ns)
        found["entity"].add(np.array([number for _, _, number in batch], np.int64), times_ns)
    return sum(_store(_MODELS[owner], newest) for owner, newest in found.items())


class _Growing:
    """The newest time of each row of a table, by its number."""

    def __init__(self) -> None:
        self.times_ns = np.full(1024, _NEVER, np.int64)

    def add(self, numbers: np.ndarray, times_ns: np.ndarray) -> None:
        size = int(numbers.max()) + 1
        if size > len(self.times_ns):
            grown = np.full(max(size, 2 * len(self.times_ns)), _NEVER, np.int64)
            grown[: len(self.times_ns)] = self.times_ns
            self.times_ns = grown
        np.maximum.at(self.times_ns, numbers, times_ns)

    def of(self, number: int) -> int | None:
        time_ns = int(self.times_ns[number]) if number < len(self.times_ns) else _NEVER
        return None if time_ns == _NEVER else time_ns


def _store(model: type[Metric] | type[Entity], newest: _Growing) -> int:
    stored = model.objects.values_list("pk", "newest_ns").order_by()
    changed = [
        model(pk=number, newest_ns=newest.of(number))
        for number, time_ns in stored.iterator(chunk_size=_SERIES)
        if newest.of(number) != time_ns
    ]
    for start in range(0, len(changed), _NAMES):
        # Short transactions: writers of samples wait for none of this.
        with transaction.atomic(using="default"):
            model.objects.bulk_update(changed[start : start + _NAMES], ["newest_ns"])
    return len(changed)


@dataclass
class NewestTimes:
    """Sums up when something was written since, at most once a minute and for a twentieth of the time."""

    pause_s: float = 60.0
    _seen: Hashable = None
    _due_s: float = 0.0

    def run(self, written: Hashable) -> int:
        """``written`` is anything that changes when samples are written; returns how many times changed."""
        started_s = time.monotonic()
        if written == self._seen or started_s < self._due_s:
            return 0
        changed = refresh_newest()
        ended_s = time.monotonic()
        self._seen, self._due_s = written, ended_s + max(self.pause_s, 20 * (ended_s - started_s))
        return changed
