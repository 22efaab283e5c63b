"""A series query of the data API as typed values: checked, defaults filled in, nothing looked up yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.expr.nodes import Expr
from apps.algebra.periods import Period
from apps.dialects.atsd.dates import Interval
from apps.dialects.atsd.expressions import EntityFilter, TagFilter

__all__ = [
    "Aggregate",
    "Ast",
    "Downsample",
    "Filling",
    "Group",
    "Interpolate",
    "Query",
    "Rate",
    "Selection",
    "Smooth",
    "Stage",
    "Step",
    "Threshold",
]


@dataclass(frozen=True, slots=True)
class Step:
    """A period with its alignment and the zone it was given, if any."""

    period: Period
    align: str = "calendar"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Filling:
    """How missing periods are filled: ``interpolate`` inside ``aggregate`` and ``group``."""

    kind: str = "none"
    value: float | None = None
    extend: bool = False


@dataclass(frozen=True, slots=True)
class Threshold:
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Interpolate:
    name: ClassVar[str] = "interpolate"
    step: Step
    function: str
    boundary: str = "inner"
    fill: bool | float = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """``by``: None merges everything, () makes one group per entity, names one per entity and those tags."""

    name: ClassVar[str] = "group"
    statistics: tuple[Statistic, ...]
    step: Step | None = None
    by: tuple[str, ...] | None = None
    filling: Filling | None = None
    truncate: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """``period`` None: the plain difference. ``unit`` is what the answer prints for it."""

    name: ClassVar[str] = "rate"
    period: Period | None = None
    unit: str = "second"
    counter: bool = True
    order: int = 0


@dataclass(frozen=True, slots=True)
class Aggregate:
    name: ClassVar[str] = "aggregate"
    statistics: tuple[Statistic, ...]
    step: Step | None = None
    filling: Filling | None = None
    threshold: Threshold | None = None
    working_minutes: tuple[int, int] | None = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Smooth:
    name: ClassVar[str] = "smooth"
    statistic: str
    count: int | None = None
    interval: Period | None = None
    minimum_count: int = 1
    incomplete: float | None = None
    factor: float = 0.25
    range_ms: float | None = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Downsample:
    name: ClassVar[str] = "downsample"
    algorithm: str = "detail"
    difference: float = 0.0
    ratio: float | None = None
    gap: Period | None = None
    order: int = 0


Stage = Interpolate | Group | Rate | Aggregate | Smooth | Downsample


@dataclass(frozen=True)
class Selection:
    """Which series: exactly one of ``entities``, ``entity_group`` and neither (every entity) counts.

    ``listed`` tells whether the entities came as a list, whose literal names each get an empty answer.
    """

    metric: str
    entities: tuple[str, ...] | None = None
    listed: bool = False
    entity_group: str | None = None
    entity_filter: EntityFilter | None = None
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exact_tags: bool = False
    tag_filter: TagFilter | None = None
    min_insert: str | None = None
    max_insert: str | None = None


@dataclass(frozen=True)
class Query:
    """One query object. ``place`` is where it stands in the request, as in ``[0]``."""

    place: str
    selection: Selection
    kind: str = "HISTORY"
    start: str | None = None
    end: str | None = None
    interval: Interval | None = None
    zone: str | None = None
    sample_filter: Expr | None = None
    stages: tuple[Stage, ...] = ()
    limit: int = 0
    ascending: bool = False
    series_limit: int = 0
    last_only: bool = False
    request_id: str | None = None
    forecast_name: str | None = None
    iso: bool = True
    add_meta: bool = False

    def stage(self, kind: type[Stage]) -> Stage | None:
        """The stage of that kind, if the query has one."""
        return next((stage for stage in self.stages if isinstance(stage, kind)), None)


@dataclass(frozen=True)
class Ast:
    """A whole request."""

    queries: tuple[Query, ...] = field(default=())
