"""What a reader of files hands to the loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.algebra.series import SeriesKey

__all__ = ["Rejected", "Row", "Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series. ``is_local``: the time is a wall-clock reading in the file's zone.

    ``kind`` says what the value is where neither a number nor an exact integer says it (boolean, text).
    """

    key: SeriesKey
    time_ns: int
    value: float
    integer: int | None = None
    text: str | None = None
    is_local: bool = False
    kind: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What one line (or one command over several lines) says: samples, and perhaps something else to do."""

    line: int
    samples: tuple[Sample, ...] = ()
    action: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that can't be taken, and why. The reason names places, never more than a piece of the line."""

    line: int
    reason: str
