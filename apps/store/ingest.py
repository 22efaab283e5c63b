"""The one way in for samples: every write endpoint and the loader come through here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from apps.algebra.series import Samples, SeriesKey, concat_samples, fold
from apps.catalog.lookup import variants
from apps.catalog.models import Entity, InvalidAction, Metric
from apps.catalog.names import meant
from apps.catalog.services import resolve_series
from apps.catalog.version import may_remember, read_version
from apps.errors import Note
from apps.store.lateness import mark_written
from apps.store.merge import exact_columns
from apps.store.writer import append_aligned

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
    """The metrics and entities that do anything other than storing what comes; usually none.

    ``…_names``: what is called like one of them in any case, oldest first, by what the names fold to.
    """

    metrics: dict[str, Metric]
    disabled_entities: frozenset[str]
    metric_names: dict[str, tuple[str, ...]]
    entity_names: dict[str, tuple[str, ...]]

    @property
    def is_plain(self) -> bool:
        return not self.metrics and not self.disabled_entities

    def metric_of(self, key: SeriesKey, exact: bool) -> Metric | None:
        """The metric of a key, if it is one of these."""
        stored = key.metric if exact else meant(key.metric, self.metric_names.get(fold(key.metric), ()))
        return None if stored is None else self.metrics.get(stored)

    def is_disabled(self, key: SeriesKey, exact: bool) -> bool:
        """Whether the entity of a key takes no samples."""
        stored = key.entity if exact else meant(key.entity, self.entity_names.get(fold(key.entity), ()))
        return stored in self.disabled_entities


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
        metrics = {row.name: row for row in acting}
        disabled = frozenset(Entity.objects.filter(enabled=False).values_list("name", flat=True))
        settings = _Settings(metrics, disabled, _variants(Metric, metrics), _variants(Entity, disabled))
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
    items: Iterable[tuple[SeriesKey, Samples]], *, expires_ns: int | None = None, exact: bool = False
) -> InsertReport:
    """Store samples, making metrics, entities and series that are new.

    The settings of metric and entity act on what comes in. Names are taken in any case, or as written when
    ``exact`` (see :func:`resolve_series`). Within the items a series may occur several times and times may
    repeat: the last one wins. Nothing is stored when a name or tag is not acceptable (ArgumentFault).
    Durable when it returns. ``expires_ns``: the samples go at that moment, unless they are written again
    before.
    """
    given = items if isinstance(items, list) else list(items)
    version = read_version()
    settings = _known.at(version.shape)
    discarded = _Discarded()
    if not settings.is_plain:
        given = [
            (key, kept)
            for key, samples in given
            if len(kept := _apply_settings(settings, key, samples, discarded, exact))
        ]
    # Taken apart without a tuple for each item: thousands of those would set off the garbage collector.
    ids = resolve_series(list(map(_KEY, given)), exact=exact, version=version)
    parts = list(map(_SAMPLES, given))
    if len(set(ids)) < len(ids):
        ids, parts = _joined(ids, parts)
    try:
        stored = append_aligned(ids, parts, expires_ns=expires_ns)
    finally:
        # After the commit, see there; also where only some were stored before something failed.
        mark_written(given)
    return InsertReport(
        series=len(ids),
        stored=stored,
        discarded=sum(discarded.counts.values()),
        notes=tuple(Note(reason, _REASONS[reason], count) for reason, count in discarded.counts.items()),
    )


# --- Inside ---


def _joined(ids: list[int], parts: list[Samples]) -> tuple[list[int], list[Samples]]:
    """The samples of series that occur several times, laid end to end in the order given."""
    found: dict[int, list[Samples]] = {}
    for series_id, samples in zip(ids, parts, strict=True):
        found.setdefault(series_id, []).append(samples)
    return list(found), [concat_samples(exact_columns(some)) for some in found.values()]


def _variants(model: type[Metric] | type[Entity], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {folded: tuple(found) for folded, found in variants(model, {fold(one) for one in names}).items()}


def _apply_settings(
    settings: _Settings, key: SeriesKey, samples: Samples, discarded: _Discarded, exact: bool
) -> Samples:
    if settings.is_disabled(key, exact):
        discarded.add("entity-disabled", len(samples))
        return Samples.empty()
    metric = settings.metric_of(key, exact)
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
