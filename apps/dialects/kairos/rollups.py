"""Roll-up tasks as KairosDB's clients define them: JSON to a checked definition, refused in its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.algebra.periods import Period
from apps.algebra.times import NS_PER_MS, floor_unit
from apps.dialects.kairos.aggregators import ScriptCheck
from apps.dialects.kairos.errors import Reasons, Rejected
from apps.dialects.kairos.nodes import Bounds, MetricQuery, Step
from apps.dialects.kairos.parse import parse
from apps.dialects.kairos.values import items, mapping, shown, text, time_unit, whole, zone_name
from apps.errors import TsError

__all__ = [
    "LATE_DATA", "SAVED_FROM", "RollupDefinition", "RollupQuery", "over_periods", "parse_rollups", "read_id",
]  # fmt: skip

#: The tag of rolled-up points that names the metric they come from.
SAVED_FROM = "saved_from"
#: What scheduled runs do about points that come late: KairosDB ignores them.
LATE_DATA = ("repair", "ignore")
MAX_ID_LENGTH = 255
#: Functions that treat each point alike, wherever it stands: these don't care how time is cut into queries.
_POINT_BY_POINT = frozenset(
    {"stream_scale", "stream_divide", "stream_filter", "stream_score", "stream_alias", "stream_tag",
     "stream_untag"}
)  # fmt: skip
#: Functions whose result for a range depends on the points of that range alone.
_RANGE_BY_RANGE = frozenset(
    {"stream_aggregate", "stream_deviation", "stream_percentile", "stream_least_squares", "stream_minmax"}
)


@dataclass(frozen=True, slots=True)
class RollupQuery:
    """One metric of one roll-up: what to compute for each period, and where its points go.

    ``sampling`` is that of the last range aggregator. ``separable``: many periods may be computed by one
    query that spans them. Points of the period ``[p, p + P)`` lie in that period moved by ``shift_ns``.
    """

    save_as: str
    zone: str
    query: MetricQuery
    sampling: Period
    separable: bool
    shift_ns: int = 0

    @property
    def source(self) -> str:
        return self.query.name


@dataclass(frozen=True, slots=True)
class RollupDefinition:
    """A whole task: every so often, these in turn. ``repairs``: computing again what came late, too."""

    name: str
    every: Period
    queries: tuple[RollupQuery, ...]
    repairs: bool = True


def read_id(source: Any) -> str | None:
    """The id that a task was sent with."""
    if not isinstance(source, dict) or source.get("id") in (None, ""):
        return None
    found = source["id"]
    if not isinstance(found, str):
        raise Rejected("id must be a string")
    if "/" in found or "\0" in found or len(found) > MAX_ID_LENGTH:
        raise Rejected(f"id must have at most {MAX_ID_LENGTH} characters and no /")
    return found


def parse_rollups(
    source: Any,
    *,
    now_ms: int,
    check_script: ScriptCheck | None = None,
    check_metric: Callable[[str], Any] = str,
    every_reason: bool = False,
) -> RollupDefinition:
    """The definition of a task; Rejected with what is wrong at the first step that fails.

    Steps are name, interval and ``late_data`` together, then one roll-up after the other; with
    ``every_reason`` all of them are taken and everything that is wrong is told. ``check_metric`` raises a
    TsError for a name that can't be kept.
    """
    if not isinstance(source, dict):
        raise Rejected(f"Not a JSON Object: {shown(source)}")
    problems: list[str] = []
    reasons = Reasons(every=every_reason)
    name = ""
    with reasons.step():
        name = _name(source.get("name"), problems)
    every = _interval(source.get("execution_interval"), problems)
    rollups = source.get("rollups")
    if rollups is None or rollups == []:
        problems.append(f"rollups may not be {'null' if rollups is None else 'empty'}")
    late_data = LATE_DATA[0] if source.get("late_data") is None else source["late_data"]
    if late_data not in LATE_DATA:
        problems.append(f"late_data must be one of {','.join(LATE_DATA)}")
    with reasons.step():
        if problems or every is None:
            raise Rejected(*problems)
    queries: list[RollupQuery] = []
    with reasons.step():
        for at, one in enumerate(items([] if rollups is None else rollups, "rollups")):
            place = f"rollup[{at}]"
            with reasons.step():
                queries += _rollup(mapping(one, place), place, now_ms, check_script, check_metric, reasons)
    if reasons.messages or every is None:
        raise Rejected(*reasons.messages)
    return RollupDefinition(name, every, tuple(queries), repairs=late_data == LATE_DATA[0])


def over_periods(rollup: RollupQuery, start_ns: int, end_ns: int) -> MetricQuery:
    """The query of the periods in ``[start_ns, end_ns)``: ranges count from the start, in the zone.

    For a query that is not separable that is one period.
    """
    bounds = Bounds(start_ns // NS_PER_MS, end_ns // NS_PER_MS - 1)
    # Ranges of ranges can't be merged into those of longer periods.
    mergeable = sum(step.is_range for step in rollup.query.steps) == 1
    steps = tuple(
        _anchored(step, bounds.start_ms or 0, rollup.zone, mergeable) for step in rollup.query.steps
    )
    return replace(
        rollup.query, bounds=bounds, query_bounds=bounds, zone=rollup.zone, steps=steps, alias=None
    )


# --- Inside ---


def _name(value: Any, problems: list[str]) -> str:
    name = None if value is None else text(value, "task", "name")
    if not name:
        problems.append(f"name may not be {'null' if name is None else 'empty'}")
    elif "\0" in name:
        problems.append("name may not contain a zero byte")
    return name or ""


def _interval(value: Any, problems: list[str]) -> Period | None:
    place = "executionInterval"
    if value is None:
        problems.append(f"{place} may not be null")
        return None
    found: list[str] = []
    count, unit = 0, None
    try:
        given = mapping(value, place)
        count = whole(given["value"], place, "value") if given.get("value") is not None else 0
        if count < 1:
            found.append(f"{place}.value must be greater than or equal to 1")
        if given.get("unit") is None:
            found.append(f"{place}.unit may not be null")
        else:
            unit = time_unit(given["unit"], place)
    except Rejected as refusal:
        found += refusal.messages
    period = None
    if unit is not None and not found:
        try:
            period = Period(count, unit)
        except TsError as fault:
            found.append(f"{place}.value is too large: {fault.message}")
    problems += found
    return period


def _rollup(
    given: Mapping[str, Any],
    place: str,
    now_ms: int,
    check_script: ScriptCheck | None,
    check_metric: Callable[[str], Any],
    reasons: Reasons,
) -> list[RollupQuery]:
    problems: list[str] = []
    save_as, zone = None, "UTC"
    with reasons.step():
        save_as = None if given.get("save_as") is None else text(given["save_as"], place, "saveAs")
        if not save_as:
            problems.append(f"{place}.saveAs may not be {'null' if save_as is None else 'empty'}")
    with reasons.step():
        if given.get("query") is None:
            problems.append(f"{place}.query may not be null")
        if problems:
            raise Rejected(*problems)
    with reasons.step():
        zone = "UTC" if given.get("time_zone") is None else zone_name(given["time_zone"], place)
    if given.get("query") is None:
        return []
    ast = parse(
        given["query"], now_ms=now_ms, prefix=f"{place}.", need_start=False, check_script=check_script,
        reasons=reasons,
    )  # fmt: skip
    if not ast.metrics and not reasons.about(f"{place}.query.metric"):
        raise Rejected(f"{place}.query.metric[] must have a size of at least 1")
    with reasons.step():
        if save_as:
            _checked(f"{place}.saveAs", save_as, check_metric)
    found: list[RollupQuery] = []
    for query in ast.metrics:
        with reasons.step():
            # Of a name that is missing enough was said.
            if not reasons.about(f"{query.place}.name"):
                _checked(f"{query.place}.name", query.name, check_metric)
    for query in ast.metrics:
        at = query.place.removeprefix(f"{place}.query.metric")
        _check_query(query, save_as or "", place, f"{place}.query{at}", reasons)
        if not reasons.messages:
            found.append(_query(query, save_as or "", zone))
    return found


def _checked(place: str, name: str, check_metric: Callable[[str], Any]) -> None:
    try:
        check_metric(name)
    except TsError as fault:
        raise Rejected(f"{place} {fault.message}") from None


def _check_query(query: MetricQuery, save_as: str, rollup: str, place: str, reasons: Reasons) -> None:
    ranges = [step for step in query.steps if step.is_range]
    # One that could not be read may have been of that kind.
    is_read = not reasons.about(f"{query.place}.aggregators")
    with reasons.step():
        if is_read and (not ranges or ranges[-1].sampling is None):
            raise Rejected(f"{place}.aggregator At least one aggregator must be a range aggregator")
    with reasons.step():
        if save_as and save_as == query.name:
            raise Rejected(f"{rollup}.saveAs must not be the queried metric")
    for step in query.steps:
        with reasons.step():
            if step.function in ("stream_save", "stream_align"):
                raise Rejected(f"{step.place}.{step.aggregator} has no place in a roll-up")
            # A query says so when it runs; of a task each run would fail.
            share = dict(step.params).get("share") if step.function == "stream_percentile" else None
            if share is not None and not 0 < share <= 1:
                raise Rejected(f"{step.place}.percentile {float(share)} is not in [0..1]")


def _query(query: MetricQuery, save_as: str, zone: str) -> RollupQuery:
    ranges = [step for step in query.steps if step.is_range]
    last = dict(ranges[-1].params)
    shifts = (dict(step.params)["offset_ns"] for step in query.steps if step.function == "stream_shift")
    # What is stamped with the end of its period lies behind the period's first instant.
    shift_ns = sum(map(int, shifts)) + (NS_PER_MS if last.get("stamp") == "end" else 0)
    return RollupQuery(save_as, zone, query, ranges[-1].sampling, _is_separable(query), shift_ns)


def _is_separable(query: MetricQuery) -> bool:
    """Whether one query over many periods gives the points that queries of each of them give."""
    if query.limit or query.groupers or query.newest_first:
        return False
    functions = [step.function for step in query.steps]
    ranges = [one for one in functions if one not in _POINT_BY_POINT]
    return len(ranges) == 1 and ranges[0] in _RANGE_BY_RANGE


def _anchored(step: Step, start_ms: int, zone: str, mergeable: bool) -> Step:
    """A step whose ranges count from the start of the period, whatever the task says.

    Its points carry what those of longer periods can be merged from.
    """
    params = dict(step.params)
    if mergeable and step.function in ("stream_aggregate", "stream_deviation"):
        params["mergeable"] = True
    if "align_sampling" in params:
        params["align_sampling"] = _begins_naturally(step.sampling, start_ms * NS_PER_MS, zone)
        return replace(step, params=tuple(sorted(params.items())), origin_ms=start_ms, zone=zone)
    return replace(step, zone=step.zone or zone)


def _begins_naturally(sampling: Period | None, start_ns: int, zone: str) -> bool:
    """Whether aligned ranges count from there, too.

    They know a midnight that the clock skipped: the days after it begin at midnight again.
    """
    if sampling is None or not sampling.is_calendar:
        return False
    return floor_unit(start_ns, sampling.unit, zone) == start_ns
