"""A KairosDB query as a typed tree, checked, with relative times resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.algebra.periods import Period
from apps.algebra.streams import Grouper

__all__ = ["Ast", "Bounds", "MetricQuery", "Step"]

Names = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends of a time range in ms, each included; None where nothing was said."""

    start_ms: int | None = None
    end_ms: int | None = None

    def over(self, other: Bounds) -> Bounds:
        """These bounds, and the other's where these say nothing."""
        return Bounds(
            other.start_ms if self.start_ms is None else self.start_ms,
            other.end_ms if self.end_ms is None else self.end_ms,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One aggregator: the registered function it names, and its parameters but for what the query supplies.

    ``is_range``: it makes a result for each range of ``sampling``. ``origin_ms`` and ``zone`` are those that
    the aggregator itself gives.
    """

    aggregator: str
    function: str
    params: tuple[tuple[str, Any], ...] = ()
    is_range: bool = False
    sampling: Period | None = None
    origin_ms: int | None = None
    zone: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One entry of ``metrics``.

    ``bounds`` are its own: those of its ``time_override`` where it has one, else the query's, which are
    ``query_bounds``. ``start_ms`` may be missing only where no start is asked for (roll-ups). ``group_tags``
    are those of the first grouper by tags, ``groupers`` the others; by time they get their start with the
    plan. ``place`` leads the messages about it.
    """

    name: str
    place: str
    tags: Names = ()
    bounds: Bounds = Bounds()
    query_bounds: Bounds = Bounds()
    zone: str = "UTC"
    group_tags: tuple[str, ...] | None = None
    groupers: tuple[Grouper, ...] = ()
    steps: tuple[Step, ...] = ()
    exclude_tags: bool = False
    limit: int = 0
    newest_first: bool = False
    alias: str | None = None

    @property
    def saves(self) -> bool:
        """Whether running it writes anything."""
        return any(step.function == "stream_save" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Ast:
    """A whole query."""

    metrics: tuple[MetricQuery, ...] = ()
    zone: str = "UTC"
    cache_time_s: int = 0
