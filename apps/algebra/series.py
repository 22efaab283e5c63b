"""Series as values: who they are, and their samples as aligned columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from apps.algebra.streams import StreamLabels
from apps.algebra.summaries import join as join_summaries
from apps.errors import ArgumentFault, Note

__all__ = [
    "BOOL", "FLOAT", "GAP", "INT", "TEXT", "Applied", "Samples", "Series", "SeriesKey", "any_case_tag",
    "concat_samples", "fold",
]  # fmt: skip

#: What a sample was written as. Kernels see float64 whatever the kind; plain reading gives back the original.
FLOAT, INT, BOOL, TEXT = 0, 1, 2, 3
#: The mark of a range without points inside a stream, value NaN. Nothing stores it.
GAP = 4


def fold(name: str) -> str:
    """A name without what those notations overlook that take names in any case: trimmed, in lower case."""
    return name.strip().lower()


def any_case_tag(tags: Mapping[str, str], name: str) -> str | None:
    """The value of the tag of that name: written just so, else in any case; None where there is none."""
    value = tags.get(name)
    if value is None and tags:
        wanted = fold(name)
        value = next((text for tag, text in tags.items() if fold(tag) == wanted), None)
    return value


class SeriesKey(NamedTuple):
    """Identity of a series: metric, entity and tags (sorted pairs), compared field by field, never glued.

    ``forecast`` is None for what was measured. A forecast of the same metric, entity and tags is a series of
    its own: (``FORECAST`` or ``FORECAST_DEVIATION``, the name of the forecast, which may be empty).

    A tuple, since keys are looked up by the thousand in every insert and a tuple's hash costs least.
    """

    metric: str
    entity: str
    tags: tuple[tuple[str, str], ...] = ()
    forecast: tuple[str, str] | None = None

    @classmethod
    def of(cls, metric: str, entity: str, tags: Mapping[str, str] | None = None) -> SeriesKey:
        """A key whose tags are put in order; names are taken as they are (folding case is the caller's)."""
        return cls(metric, entity, tuple(sorted((tags or {}).items())))

    @property
    def tag_map(self) -> dict[str, str]:
        return dict(self.tags)


@dataclass(frozen=True, slots=True)
class Applied:
    """One function that was applied on the way to a series, with the parameters that tell results apart."""

    function: str
    params: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Samples:
    """Aligned columns of samples, times strictly increasing.

    ``times_ns``  int64[n], nanoseconds UTC.
    ``values``    float64[n]; NaN = known to be missing (also for texts).
    ``kinds``     uint8[n] of FLOAT, INT, BOOL, TEXT (streams: also GAP), or None when every sample is FLOAT.
    ``ints``      int64[n], exact where kind is INT or BOOL, or None.
    ``texts``     object[n] of str or None: the value where kind is TEXT, else a text annotation; or None.
    ``summaries`` records of ``apps.algebra.summaries``, what rolled-up points were made of; or None. A point
                  of another value is another point: who makes it leaves its summary out.
    """

    times_ns: np.ndarray
    values: np.ndarray
    kinds: np.ndarray | None = None
    ints: np.ndarray | None = None
    texts: np.ndarray | None = None
    summaries: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.times_ns)

    @classmethod
    def empty(cls) -> Samples:
        return cls(np.empty(0, np.int64), np.empty(0, np.float64))

    @classmethod
    def of(
        cls,
        times_ns: Sequence[int] | np.ndarray,
        values: Sequence[float] | np.ndarray,
        texts: Sequence[str | None] | None = None,
    ) -> Samples:
        """Float samples from sequences; raises ArgumentFault when lengths differ or times do not rise."""
        times = np.asarray(times_ns, np.int64)
        column = np.asarray(values, np.float64)
        if times.shape != column.shape or times.ndim != 1:
            raise ArgumentFault(f"{times.size} times and {column.size} values are not aligned columns")
        if times.size > 1 and not bool(np.all(times[1:] > times[:-1])):
            raise ArgumentFault("sample times must increase strictly")
        text_column = None
        if texts is not None and any(text is not None for text in texts):
            text_column = np.array(list(texts), dtype=object)
        return cls(times, column, texts=text_column)

    @property
    def is_plain(self) -> bool:
        """True when there is nothing but float values: the numeric fast path."""
        return self.has_floats_only and self.summaries is None

    @property
    def has_floats_only(self) -> bool:
        """True when all that is shown are float values, whatever they were rolled up from."""
        return self.kinds is None and self.ints is None and self.texts is None

    def take(self, index: Any) -> Samples:
        """The samples at an index array, boolean mask or slice, all columns alike."""
        if self.is_plain:
            return Samples(self.times_ns[index], self.values[index])
        exact = (self.kinds, self.ints, self.texts, self.summaries)
        picked = [None if column is None else column[index] for column in exact]
        return Samples(self.times_ns[index], self.values[index], *picked)

    def between(self, start_ns: int, end_ns: int) -> Samples:
        """The samples with ``start_ns <= t < end_ns``; a view, nothing is copied."""
        lo, hi = np.searchsorted(self.times_ns, [start_ns, end_ns], side="left")
        return self.take(slice(int(lo), int(hi)))

    def plain(self) -> Samples:
        """The numeric columns only."""
        return self if self.is_plain else Samples(self.times_ns, self.values)

    def numeric(self) -> Samples:
        """The numeric columns, with what they were rolled up from."""
        if self.has_floats_only:
            return self
        return Samples(self.times_ns, self.values, summaries=self.summaries)


def concat_samples(parts: Sequence[Samples]) -> Samples:
    """Parts laid end to end, all columns; the caller vouches that times rise from part to part."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return Samples.empty()
    if len(parts) == 1:
        return parts[0]
    times = np.concatenate([part.times_ns for part in parts])
    values = np.concatenate([part.values for part in parts])
    if all(part.is_plain for part in parts):
        return Samples(times, values)

    def join(name: str, dtype: Any, blank: Any) -> np.ndarray | None:
        columns = [getattr(part, name) for part in parts]
        if all(column is None for column in columns):
            return None
        filled = [
            np.full(len(part), blank, dtype) if column is None else column
            for part, column in zip(parts, columns, strict=True)
        ]
        return np.concatenate(filled)

    summaries = join_summaries([part.summaries for part in parts], [len(part) for part in parts])
    return Samples(
        times, values, join("kinds", np.uint8, FLOAT), join("ints", np.int64, 0), join("texts", object, None),
        summaries,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Series:
    """One series inside a computation: identity, samples, how it came about, and what to tell the reader.

    ``identity`` (key, and the functions applied with their parameters) tells results apart. ``unit`` is the
    unit of the values where known. ``members`` are the keys that were merged into this one (after a group).
    ``labels``: what a stream says of itself; times of a series with labels may repeat.
    """

    key: SeriesKey
    samples: Samples
    applied: tuple[Applied, ...] = ()
    unit: str | None = None
    members: tuple[SeriesKey, ...] = ()
    notes: tuple[Note, ...] = ()
    labels: StreamLabels | None = None

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def times_ns(self) -> np.ndarray:
        return self.samples.times_ns

    @property
    def values(self) -> np.ndarray:
        return self.samples.values

    @property
    def identity(self) -> tuple[SeriesKey, tuple[Applied, ...]]:
        return (self.key, self.applied)

    def with_samples(self, samples: Samples, *notes: Note) -> Series:
        """The same series with other samples; notes are added to those it already carries."""
        return replace(self, samples=samples, notes=self.notes + tuple(note for note in notes if note))

    def with_applied(self, function: str, /, **params: Any) -> Series:
        """Record a function that shaped this series (parameters must be hashable)."""
        step = Applied(function, tuple(sorted(params.items())))
        return replace(self, applied=(*self.applied, step))


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval ``[start_ns, end_ns)`` in nanoseconds UTC."""

    start_ns: int
    end_ns: int = field(default=2**63 - 1)
