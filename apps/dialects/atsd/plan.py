"""From a typed series query to a plan: which stored series, which window, which functions in which order."""

from __future__ import annotations

from dataclasses import dataclass

from apps.algebra.periods import MAX_POINTS
from apps.algebra.plan import Node, Read, apply
from apps.algebra.series import fold
from apps.algebra.source import CatalogReader, MetricInfo, SeriesRef, SeriesSelector
from apps.dialects.atsd.dates import parse_date, resolve_interval
from apps.dialects.atsd.fields import fault_at
from apps.dialects.atsd.nodes import (
    Aggregate,
    Ast,
    Downsample,
    Filling,
    Group,
    Interpolate,
    Query,
    Rate,
    Smooth,
    Stage,
    Step,
)  # fmt: skip
from apps.errors import ArgumentFault, TsError

__all__ = ["Empty", "Plan", "QueryPlan", "plan"]

_WILD = frozenset("*?")
#: Up to so many newest samples are looked for from the end; for more, reading the window is quicker.
_FROM_THE_END = 10_000


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands in the answer of a query that nothing matches."""

    entity: str
    warning: str | None = None


@dataclass(frozen=True)
class QueryPlan:
    """One query ready to run. ``node`` is None when no series matches; ``empty`` is then the answer.

    ``absent``: of the entities listed by their names, those without a series while others have one.
    ``deviations``: of a forecast that is answered as it is stored, what reads its deviations.
    """

    query: Query
    node: Node | None
    empty: tuple[Empty, ...]
    drop_empty: bool
    absent: tuple[Empty, ...] = ()
    deviations: Node | None = None


@dataclass(frozen=True)
class Plan:
    queries: tuple[QueryPlan, ...]

    @property
    def nodes(self) -> list[Node]:
        """The nodes to execute, in order; those of deviations follow the query's own."""
        both = [node for one in self.queries for node in (one.node, one.deviations)]
        return [node for node in both if node is not None]


def plan(
    ast: Ast,
    *,
    now_ns: int,
    catalog: CatalogReader,
    zone: str = "UTC",
    max_points: int = MAX_POINTS,
) -> Plan:
    """The plan of a request.

    ``zone`` applies where neither the query nor the stage names one; ``max_points`` bounds each grid.
    """
    planned = []
    for query in ast.queries:
        try:
            planned.append(_query_plan(query, now_ns, catalog, query.zone or zone, max_points))
        except TsError as fault:
            raise fault_at(fault, query.place) from None
    return Plan(tuple(planned))


def _query_plan(
    query: Query, now_ns: int, catalog: CatalogReader, zone: str, max_points: int
) -> QueryPlan:
    start_ns, end_ns = resolve_interval(
        query.start, query.end, query.interval, now_ns=now_ns, zone=zone
    )
    forecast = None if query.kind == "HISTORY" else (query.kind, query.forecast_name or "")
    refs = _matching(query, now_ns, catalog, zone, forecast)
    node = deviations = None
    if refs:
        metric = catalog.metric(query.selection.metric) or MetricInfo(query.selection.metric)
        window = _Window(start_ns, end_ns, zone, max_points)
        node = _pipeline(query, refs, window, metric)
        if forecast is not None and query.kind == "FORECAST" and not query.stages:
            beside = _matching(query, now_ns, catalog, zone, ("FORECAST_DEVIATION", forecast[1]))
            deviations = Read(beside, start_ns, end_ns) if beside else None
    selection = query.selection
    is_wild = selection.entities is None or any(_WILD & set(name) for name in selection.entities)
    empties = _empties(query, catalog)
    return QueryPlan(
        query,
        node,
        empties,
        drop_empty=bool(query.limit) or is_wild,
        absent=_absent(query, empties, refs),
        deviations=deviations,
    )


def _absent(query: Query, empties: tuple[Empty, ...], refs: tuple[SeriesRef, ...]) -> tuple[Empty, ...]:
    """Listed entities that nothing was found for. Grouping makes one answer of all, so none are missed."""
    if not query.selection.listed or query.stage(Group) is not None:
        return ()
    present = {fold(ref.key.entity) for ref in refs}
    return tuple(one for one in empties if _is_literal(one.entity) and one.entity not in present)


def _bound(text: str | None, name: str, now_ns: int, zone: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_date(text, now_ns, zone, literal=False)
    except ArgumentFault as fault:
        raise ArgumentFault(f"Wrong {name} syntax: {text[:200]}", hint=fault.hint) from None


def _matching(
    query: Query, now_ns: int, catalog: CatalogReader, zone: str, forecast: tuple[str, str] | None
) -> tuple[SeriesRef, ...]:
    selection = query.selection
    selector = SeriesSelector(
        metric=selection.metric,
        entities=selection.entities,
        entity_group=selection.entity_group,
        entity_filter=selection.entity_filter,
        tags=selection.tags,
        exact_tags=selection.exact_tags,
        tag_filter=selection.tag_filter,
        min_insert_ns=_bound(selection.min_insert, "minInsertDate", now_ns, zone),
        max_insert_ns=_bound(selection.max_insert, "maxInsertDate", now_ns, zone),
        forecast=forecast,
    )
    return tuple(catalog.find_series(selector))


def _is_literal(name: str) -> bool:
    return not _WILD & set(name)


def _empties(query: Query, catalog: CatalogReader) -> tuple[Empty, ...]:
    selection = query.selection
    names = selection.entities or ("*",)
    if selection.listed:
        names = tuple(name for name in names if _is_literal(name)) or ("*",)
    return tuple(Empty(name, _warning(query, name, catalog)) for name in names)


def _warning(query: Query, entity: str, catalog: CatalogReader) -> str | None:
    """Which name the catalog has never heard of, if that is why nothing matches."""
    selection = query.selection
    kind, name = "", ""
    if catalog.metric(selection.metric) is None:
        kind, name = "METRIC", selection.metric
    elif _is_literal(entity) and catalog.entity(entity) is None:
        kind, name = "ENTITY", entity
    else:
        unknown = [tag for tag, _ in selection.tags if not catalog.has_tag_name(tag)]
        if unknown:
            kind, name = "TAG_KEY", unknown[0]
    if not kind:
        return None
    return (
        f"com.axibase.tsd.service.DictionaryNotFoundException: {kind} not found for name: '{name}'"
    )


# --- The pipeline -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    start_ns: int
    end_ns: int
    zone: str
    max_points: int

    def grid(self, step: Step | None) -> dict[str, object]:
        """The parameters that every function on a grid takes; without a step there is no period."""
        return {
            "period": step.period if step else None,
            "start_ns": self.start_ns,
            "end_ns": self.end_ns,
            "align": step.align if step else "calendar",
            "zone": (step.zone if step else None) or self.zone,
            "max_points": self.max_points,
        }


def _pipeline(
    query: Query, refs: tuple[SeriesRef, ...], window: _Window, metric: MetricInfo
) -> Node:
    unit = metric.unit or None
    last = 1 if query.last_only else (0 if query.ascending else query.limit)
    if 0 < last <= _FROM_THE_END and not query.stages and query.sample_filter is None:
        # The newest few samples are found from the end, without reading the window before them.
        node: Node = Read(refs, window.end_ns, window.end_ns, before=last, exact=True, unit=unit)
        node = apply("clip", node, start_ns=window.start_ns, end_ns=window.end_ns)
    else:
        node = _read(query, refs, window, unit)
    if query.sample_filter is not None:
        node = apply(
            "filter_samples", node, expression=query.sample_filter, zone=window.zone
        )
    for number, stage in enumerate(query.stages):
        node = _applied(stage, node, query, window, metric, query.stages[number + 1 :])
    if query.last_only:
        node = apply("last_sample", node)
    elif query.limit:
        node = apply(
            "limit_samples", node, count=query.limit, keep="first" if query.ascending else "last"
        )
    return node


def _read(query: Query, refs: tuple[SeriesRef, ...], window: _Window, unit: str | None) -> Read:
    """The stored samples; beyond the window only for a first stage that interpolates across its edges."""
    first = query.stages[0] if query.stages else None
    beyond = 1 if isinstance(first, Interpolate) and first.boundary == "outer" else 0
    return Read(
        refs, window.start_ns, window.end_ns, before=beyond, after=beyond,
        exact=_needs_texts(query.stages), unit=unit,
    )  # fmt: skip


def _needs_texts(stages: tuple[Stage, ...]) -> bool:
    """Whether annotations reach the answer, or a stage that looks at them: rate, group and statistics drop
    them, downsampling keeps the samples that have one."""
    for stage in stages:
        if isinstance(stage, Downsample):
            return True
        if isinstance(stage, Group) and _is_detail(stage):
            continue
        if not isinstance(stage, Interpolate | Smooth):
            return False
    return True


def _applied(
    stage: Stage,
    node: Node,
    query: Query,
    window: _Window,
    metric: MetricInfo,
    later: tuple[Stage, ...],
) -> Node:
    match stage:
        case Interpolate():
            return _interpolate(stage, node, window, metric)
        case Group():
            return _group(stage, node, query, window, metric, later)
        case Rate():
            reset = "drop" if stage.counter else "keep"
            return apply(
                "rate", node, period=stage.period, reset=reset, decimal=_is_decimal(metric)
            )
        case Aggregate():
            return _aggregate(stage, node, window, metric)
        case Smooth():
            return apply(
                "smooth", node, statistic=stage.statistic, count=stage.count,
                interval=stage.interval, minimum_count=stage.minimum_count,
                incomplete=stage.incomplete, factor=stage.factor, range_ms=stage.range_ms,
                decimal=_is_decimal(metric),
            )  # fmt: skip
        case Downsample():
            return apply(
                "downsample", node, algorithm=stage.algorithm, difference=stage.difference,
                ratio=stage.ratio, gap=stage.gap, decimal=_is_decimal(metric),
            )  # fmt: skip


def _interpolate(
    stage: Interpolate, node: Node, window: _Window, metric: MetricInfo
) -> Node:
    function = stage.function
    if function == "auto":
        function = "previous" if metric.interpolate.upper() == "PREVIOUS" else "linear"
    fill: str | float | None = stage.fill if not isinstance(stage.fill, bool) else None
    if stage.fill is True:
        fill = "edge"
    return apply(
        "interpolate", node, function=function, boundary=stage.boundary, fill=fill,
        decimal=_is_decimal(metric), **window.grid(stage.step),
    )  # fmt: skip


def _filled(filling: Filling | None) -> dict[str, object]:
    filling = filling or Filling()
    return {
        "interpolate": filling.kind,
        "fill_value": filling.value,
        "extend": filling.extend,
    }


def _group(
    stage: Group,
    node: Node,
    query: Query,
    window: _Window,
    metric: MetricInfo,
    later: tuple[Stage, ...],
) -> Node:
    if _is_detail(stage):
        return node
    grid = window.grid(stage.step or _adopted_step(later))
    selection = query.selection
    single = len(selection.entities or ()) == 1 and not selection.listed
    return apply(
        "group", node, statistics=stage.statistics, by=stage.by, truncate=stage.truncate,
        entity_name=selection.entities[0] if single and selection.entities else "*",
        decimal=_is_decimal(metric), **grid, **_filled(stage.filling),
    )  # fmt: skip


def _is_detail(stage: Group) -> bool:
    """Whether nothing is merged: every series passes through."""
    return all(statistic.name == "detail" for statistic in stage.statistics)


def _is_decimal(metric: MetricInfo) -> bool:
    return metric.data_type.upper() == "DECIMAL"


def _adopted_step(later: tuple[Stage, ...]) -> Step | None:
    """Grouping without a period takes that of an aggregation that follows it."""
    return next((stage.step for stage in later if isinstance(stage, Aggregate)), None)


def _aggregate(stage: Aggregate, node: Node, window: _Window, metric: MetricInfo) -> Node:
    threshold = stage.threshold
    return apply(
        "aggregate", node, statistics=stage.statistics, first="discard",
        threshold_min=threshold.min if threshold else None,
        threshold_max=threshold.max if threshold else None,
        working_minutes=stage.working_minutes, decimal=_is_decimal(metric),
        **window.grid(stage.step), **_filled(stage.filling),
    )  # fmt: skip
