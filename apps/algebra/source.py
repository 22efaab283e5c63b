"""What the engine needs from outside: a catalog to plan with, a source of samples and limits to execute with.

These are ports. The Django side implements them over the database; :class:`MemorySource` serves tests and
examples. Nothing here knows where samples live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from apps.algebra.series import Samples, SeriesKey

__all__ = [
    "DEFAULT_LIMITS",
    "EVERY_SERIES",
    "CatalogReader",
    "EntityInfo",
    "Limits",
    "MemorySource",
    "MetricInfo",
    "SampleSource",
    "SeriesRef",
    "SeriesSelector",
    "around",
]


_LAST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """A stored series: its number in the store, and who it is."""

    id: int
    key: SeriesKey


@dataclass(frozen=True)
class MetricInfo:
    """What planning and rendering need of a metric. ``fields`` are its printed fields, for ``addMeta``."""

    name: str
    label: str = ""
    unit: str = ""
    data_type: str = "FLOAT"
    interpolate: str = "LINEAR"
    time_zone: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class EntityInfo:
    """What planning and rendering need of an entity."""

    name: str
    label: str = ""
    time_zone: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class SeriesSelector:
    """Which stored series a query means.

    ``metric``         name, required; all metrics that are called so, in any case unless ``exact``.
    ``entities``       names or patterns (``*``, ``?``, backslash escapes); None = every entity.
    ``entity_group``   members of that group; used when ``entities`` is None.
    ``entity_filter``  further predicate over the entity.
    ``tags``           tag name -> accepted values or patterns (case-sensitive); the series must have the tag.
    ``exact_tags``     the series has no other tags than those named.
    ``tag_filter``     predicate over the series' tags.
    ``min_insert_ns``/``max_insert_ns``  bounds on the time of the newest stored sample, [min, max).
    ``limit``          at most this many series (0 = all), in order of entity name, then tags.
    ``exact``          names of metrics, entities and tags count as written; otherwise in any case.
    ``forecast``       None: measured series; a forecast's kind and name: those; ``EVERY_SERIES``: both.
    """

    metric: str
    entities: tuple[str, ...] | None = None
    entity_group: str | None = None
    entity_filter: Callable[[EntityInfo], bool] | None = None
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exact_tags: bool = False
    tag_filter: Callable[[Mapping[str, str]], bool] | None = None
    min_insert_ns: int | None = None
    max_insert_ns: int | None = None
    limit: int = 0
    forecast: tuple[str, str] | None = None
    exact: bool = False


#: As the ``forecast`` of a selector: whatever a series holds.
EVERY_SERIES = ("*", "*")


class CatalogReader(Protocol):
    """Look-ups a dialect may make while it plans. Names may be given in any case.

    Of several that differ in case only, ``metric`` and ``entity`` give the one that is written so, else the
    one in lower case, else the oldest.
    """

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        """Matching series in order of entity name, then tags."""

    def metric(self, name: str) -> MetricInfo | None: ...

    def entity(self, name: str) -> EntityInfo | None: ...

    def has_tag_name(self, name: str) -> bool:
        """Whether any series carries a tag of that name."""

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        """Metric names that look like ``near``, for hints and completion."""

    def entity_names(self, near: str, limit: int = 20) -> list[str]: ...

    def metrics_of_entity(self, entity: str) -> list[MetricInfo]:
        """Metrics of which an entity has series, in order of name."""

    def entities_of_group(self, group: str) -> list[EntityInfo]:
        """Members of an entity group, in order of name."""

    def last_insert_ns(self, refs: Sequence[SeriesRef]) -> list[int | None]:
        """Time of the newest sample of each series, None when it has none."""


class SampleSource(Protocol):
    """Where an executor reads samples from."""

    def read(
        self,
        series_ids: Sequence[int],
        start_ns: int,
        end_ns: int,
        *,
        before: int = 0,
        after: int = 0,
        exact: bool = False,
    ) -> list[Samples]:
        """Samples in ``[start_ns, end_ns)`` of each series, in the order asked.

        ``before``/``after``: additionally up to so many non-NaN samples nearest before the start / at or
        after the end (NaN samples in between come along, and all that lie on that side where fewer are
        known). ``exact``: with kinds, ints and texts; otherwise the numeric columns only. Summaries come
        along in either case where there are some. An unknown id gives an empty result.
        """

    def last_times(self, series_ids: Sequence[int]) -> list[int | None]:
        """Time of the newest stored sample of each series, None when it has none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one execution; 0 switches a bound off.

    ``series``        stored series read by one query.
    ``samples_in``    samples read.
    ``samples_out``   samples produced, interpolation grids and bucket grids included, checked before they
                      are allocated.
    ``seconds``       wall time; checked between functions.
    """

    series: int = 10_000
    samples_in: int = 50_000_000
    samples_out: int = 20_000_000
    seconds: float = 60.0


DEFAULT_LIMITS = Limits()


def around(
    samples: Samples, start_ns: int, end_ns: int, *, before: int = 0, after: int = 0
) -> Samples:
    """The part of ``samples`` that a source gives for a window and its neighbours; a view.

    What is given must hold the window and enough known samples around it, or all that there are.
    """
    # A window that ends before it starts is empty, and its neighbours are those of its start.
    end_ns = max(start_ns, end_ns)
    times_ns = samples.times_ns
    if not len(times_ns) or (times_ns[0] >= start_ns and times_ns[-1] < end_ns):
        # Most of many short series lie inside their window as a whole.
        return samples
    lo, hi = (int(at) for at in np.searchsorted(samples.times_ns, [start_ns, end_ns], side="left"))
    if end_ns >= _LAST_NS:
        # The last representable instant belongs to an unbounded window.
        hi = len(samples)
    first, last = lo, max(lo, hi)
    if before:
        known = np.flatnonzero(~np.isnan(samples.values[:lo]))[-before:]
        # Where there are fewer, samples without a value that precede them all belong to what was asked for.
        first = int(known[0]) if known.size == before else 0
    if after:
        known = np.flatnonzero(~np.isnan(samples.values[last:]))[:after]
        last = last + int(known[-1]) + 1 if known.size == after else len(samples)
    return samples if (first, last) == (0, len(samples)) else samples.take(slice(first, last))


class MemorySource:
    """Samples held in memory, for tests, examples and documentation."""

    def __init__(self, samples: Mapping[int, Samples]) -> None:
        self._samples = dict(samples)

    def read(
        self,
        series_ids: Sequence[int],
        start_ns: int,
        end_ns: int,
        *,
        before: int = 0,
        after: int = 0,
        exact: bool = False,
    ) -> list[Samples]:
        found = []
        for series_id in series_ids:
            whole = self._samples.get(series_id, Samples.empty())
            part = around(whole, start_ns, end_ns, before=before, after=after)
            found.append(part if exact else part.numeric())
        return found

    def last_times(self, series_ids: Sequence[int]) -> list[int | None]:
        wholes = [self._samples.get(series_id, Samples.empty()) for series_id in series_ids]
        return [int(whole.times_ns[-1]) if len(whole) else None for whole in wholes]
