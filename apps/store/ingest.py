"""The one way in for samples: every write endpoint and the loader come through here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from apps.algebra.series import Samples, SeriesKey, concat_samples
from apps.catalog.models import Entity, InvalidAction, Metric
from apps.catalog.services import resolve_series
from apps.catalog.version import may_remember, read_version
from apps.errors import Note
from apps.store.lateness import mark_written
from apps.store.merge import exact_columns
from apps.store.writer import append_samples

__all__ = ["InsertReport", "insert_series", "set_filter_reader"]

logger = logging.getLogger("tsweb.store")

#: Which samples of a series pass a metric's filter expression.
SampleRule = Callable[[SeriesKey, Samples], np.ndarray]


@dataclass(frozen=True)
class InsertReport:
    """What became of an insert: samples stored and left out, and why."""

    series: int
    stored: int
    discarded: int = 0
    notes: tuple[Note, ...] = ()


@dataclass
class _Discarded:
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, reason: str, count: int) -> None:
        if count:
            self.counts[reason] = self.counts.get(reason, 0) + count


_REASONS = {
    "metric-disabled": "samples of disabled metrics were discarded",
    "entity-disabled": "samples of disabled entities were discarded",
    "not-persistent": "samples of metrics that are not persistent were not stored",
    "filtered": "samples were discarded by the filter of their metric",
    "out-of-range": "samples outside the range of their metric were discarded",
}


@dataclass(frozen=True)
class _Settings:
    """The metrics and entities that do anything other than storing what comes; usually none."""

    metrics: dict[str, Metric]
    disabled_entities: frozenset[str]

    @property
    def is_plain(self) -> bool:
        return not self.metrics and not self.disabled_entities


class _KnownSettings:
    """The settings, read again when the catalog's shape changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[int, _Settings] | None = None

    def at(self, shape: int) -> _Settings:
        kept = self._kept
        if kept is not None and kept[0] == shape:
            return kept[1]
        acting = Metric.objects.exclude(
            enabled=True, persistent=True, filter="", invalid_action=InvalidAction.NONE
        )
        disabled = Entity.objects.filter(enabled=False).values_list("name", flat=True)
        settings = _Settings({row.name: row for row in acting}, frozenset(disabled))
        if may_remember():
            with self._lock:
                self._kept = (shape, settings)
        return settings


_KEY, _SAMPLES = itemgetter(0), itemgetter(1)
_known = _KnownSettings()
_filter_reader: list[Callable[[str], SampleRule]] = []


def set_filter_reader(reader: Callable[[str], SampleRule]) -> None:
    """Tell the store how the filter expression of a metric is read."""
    _filter_reader[:] = [reader]


def insert_series(
    items: Iterable[tuple[SeriesKey, Samples]], *, expires_ns: int | None = None
) -> InsertReport:
    """Store samples, making metrics, entities and series that are new.

    The settings of metric and entity act on what comes in. Names are folded. Within the items a series may
    occur several times and times may repeat: the last one wins. Nothing is stored when a name or tag is not
    acceptable (ArgumentFault). Durable when it returns. ``expires_ns``: the samples go at that moment, unless
    they are written again before.
    """
    given = items if isinstance(items, list) else list(items)
    version = read_version()
    settings = _known.at(version.shape)
    discarded = _Discarded()
    if not settings.is_plain:
        given = [
            (key, kept)
            for key, samples in given
            if len(kept := _apply_settings(settings, key, samples, discarded))
        ]
    # Taken apart without a tuple for each item: thousands of those would set off the garbage collector.
    ids = resolve_series(list(map(_KEY, given)), version=version)
    batch = dict(zip(ids, map(_SAMPLES, given), strict=True))
    if len(batch) < len(given):
        batch = _joined(ids, given)
    try:
        stored = append_samples(batch, expires_ns=expires_ns)
    finally:
        # After the commit, see there; also where only some were stored before something failed.
        mark_written(given)
    return InsertReport(
        series=len(batch),
        stored=stored,
        discarded=sum(discarded.counts.values()),
        notes=tuple(Note(reason, _REASONS[reason], count) for reason, count in discarded.counts.items()),
    )


# --- Inside ---


def _joined(ids: list[int], given: list[tuple[SeriesKey, Samples]]) -> dict[int, Samples]:
    """The samples of series that occur several times, laid end to end in the order given."""
    parts: dict[int, list[Samples]] = {}
    for series_id, (_, samples) in zip(ids, given, strict=True):
        parts.setdefault(series_id, []).append(samples)
    return {series_id: concat_samples(exact_columns(found)) for series_id, found in parts.items()}


def _apply_settings(settings: _Settings, key: SeriesKey, samples: Samples, discarded: _Discarded) -> Samples:
    if key.entity.strip().lower() in settings.disabled_entities:
        discarded.add("entity-disabled", len(samples))
        return Samples.empty()
    metric = settings.metrics.get(key.metric.strip().lower())
    if metric is None:
        return samples
    if not metric.enabled or not metric.persistent:
        discarded.add("not-persistent" if metric.enabled else "metric-disabled", len(samples))
        return Samples.empty()
    if key.forecast is not None and key.forecast[0] == "FORECAST_DEVIATION":
        # What is asked of a value is not asked of how far off it may be.
        return samples
    if metric.filter and _filter_reader:
        passes = _filter_reader[0](metric.filter)(key, samples)
        discarded.add("filtered", len(samples) - int(np.count_nonzero(passes)))
        samples = samples.take(np.flatnonzero(passes))
    return _within_range(metric, samples, discarded)


def _within_range(metric: Metric, samples: Samples, discarded: _Discarded) -> Samples:
    low = -np.inf if metric.min_value is None else metric.min_value
    high = np.inf if metric.max_value is None else metric.max_value
    outside = (samples.values < low) | (samples.values > high)
    count = int(np.count_nonzero(outside))
    if not count or metric.invalid_action in (InvalidAction.NONE, InvalidAction.SET_VERSION_STATUS):
        return samples
    if metric.invalid_action == InvalidAction.DISCARD:
        discarded.add("out-of-range", count)
        return samples.take(np.flatnonzero(~outside))
    if metric.invalid_action == InvalidAction.TRANSFORM:
        # What is put at the limit is a new number; it keeps no integer form.
        clipped = np.clip(samples.values, low, high)
        return Samples(samples.times_ns, clipped, texts=samples.texts)
    logger.warning("metric %s: %s samples outside %s to %s", metric.name, count, low, high)
    return samples
