"""A series of a chart as a metric: the definition, read with all that is wrong with it at once.

    {"config": text, "widget": 0, "section": 2, "choices": {},   # which series of which text
     "metric": name, "name": of the task, "unit", "label",
     "entity", "tags": {},                                       # beside those that the series has itself
     "every": "1 hour", "zone": "UTC", "late_data": true}

Widgets count as in the answer of ``render``, sections are the ``[series]`` of the widget ("position"
there). A section that matches several stored series is stored with all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.algebra.periods import Period, check_step
from apps.algebra.plan import Apply, Node, Read
from apps.algebra.series import Series, SeriesKey
from apps.algebra.source import CatalogReader
from apps.algebra.times import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND, zone_info
from apps.catalog.names import check_text, fold_name, fold_tags
from apps.catalog.selectors import catalog as stored_catalog
from apps.dialects.charts.chartplan import ChartPlan, SeriesPlan, WidgetPlan
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from apps.errors import ArgumentFault, TsError
from apps.queries.chart_edges import source_keys
from apps.queries.chart_window import Reason, clock_keeps, nodes_of, periods_of, signature, window_reasons

__all__ = [
    "ChartMetric",
    "Planned",
    "is_several",
    "key_of",
    "planned_section",
    "read_chart_metric",
    "refused",
    "sampling_of",
    "section_reasons",
]

_MEMBERS = frozenset(
    {"id", "config", "widget", "section", "choices", "metric", "name", "unit", "label", "entity", "tags",
     "every", "zone", "late_data"}
)  # fmt: skip
_MOST_NAME, _MOST_UNIT, _MOST_CHOICES = 200, 128, 500
#: What a text looks up while it is read: then its sections come and go with what is stored.
_LOOKED_UP = re.compile(
    r"\b(getTags|getSeries|getMetrics|getEntities|getEntitiesForGroup|templateTags|request\w+)\s*\("
)
_CLOCK = re.compile(r"\bDate\.now\s*\(|\bnew\s+Date\s*\(\s*\)")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_HOUR, _DAY, _MONTH = Period(1, "hour"), Period(1, "day"), Period(1, "month")


@dataclass(frozen=True, slots=True)
class ChartMetric:
    """A checked definition. ``sampling``: the periods in which it is computed."""

    name: str
    config: str
    widget: int
    section: int
    choices: Mapping[str, str]
    metric: str
    unit: str | None
    label: str | None
    entity: str | None
    tags: tuple[tuple[str, str], ...]
    every: Period
    zone: str
    sampling: Period
    late_data: bool = True


@dataclass(frozen=True)
class Planned:
    """A section of a text, planned for a window."""

    chart: ChartPlan
    widget: WidgetPlan
    series: SeriesPlan

    @property
    def node(self) -> Node:
        if self.series.node is None:
            wrong = [one.message for one in self.chart.diagnostics if one.severity == "error"]
            raise ArgumentFault(f"this series has an error: {wrong[0] if wrong else 'it is not drawn'}")
        return self.series.node


def planned_section(
    config: str,
    widget: int,
    section: int,
    *,
    now_ns: int,
    start_ns: int | None = None,
    end_ns: int | None = None,
    width_px: int = 1200,
    choices: Mapping[str, str] | None = None,
    catalog: CatalogReader | None = None,
) -> Planned:
    """A section as it would be drawn, in any window; ArgumentFault when the text has no such section."""
    whole = plan(
        parse(config),
        now_ns=now_ns,
        catalog=catalog if catalog is not None else stored_catalog(),
        start_ns=start_ns,
        end_ns=end_ns,
        width_px=width_px,
        choices=choices,
        beyond=True,
    )
    drawn = [one for one in whole.widgets if one.drawn]
    if not drawn:
        raise _Misplaced("config", "the text draws no chart")
    if not 0 <= widget < len(drawn):
        raise _Misplaced("widget", f"'widget' must be a number below {len(drawn)}: so many are drawn")
    series = drawn[widget].series
    if not 0 <= section < len(series):
        raise _Misplaced("section", f"'section' must be a number below {len(series)}: so many [series]")
    return Planned(whole, drawn[widget], series[section])


def read_chart_metric(value: Any, *, now_ns: int, catalog: CatalogReader | None = None) -> ChartMetric:
    """The checked definition; an ArgumentFault with all reasons (see :func:`refused`) otherwise."""
    if not isinstance(value, dict):
        raise refused([Reason("", "the definition must be an object")])
    reader = _Reader(value)
    fields = reader.fields()
    found: Planned | None = None
    if fields["config"]:
        try:
            found = planned_section(
                fields["config"], fields["widget"], fields["section"],
                now_ns=now_ns, choices=fields["choices"], catalog=catalog,
            )  # fmt: skip
        except TsError as fault:
            reader.found.append(Reason(getattr(fault, "field", "config"), fault.message, fault.hint))
    if found is not None:
        reader.found += section_reasons(found, fields, now_ns=now_ns, catalog=catalog)
    if reader.found or found is None:
        raise refused(reader.found)
    every, zone = fields.pop("every"), fields.pop("zone") or found.widget.zone
    sampling = sampling_of(periods_of(found.node), every, zone)
    return ChartMetric(**fields, every=every, zone=zone, sampling=sampling)


def refused(reasons: list[Reason]) -> ArgumentFault:
    """The fault that says why a definition is refused, reason by reason."""
    unique = list(dict.fromkeys(reasons))
    texts = [f"{one.message} (write {one.hint})" if one.hint else one.message for one in unique]
    told = [{"field": one.field, "message": one.message, "hint": one.hint} for one in unique]
    return ArgumentFault("; ".join(texts), code="bad-definition", data={"messages": texts, "reasons": told})


def section_reasons(
    found: Planned, fields: Mapping[str, Any], *, now_ns: int, catalog: CatalogReader | None = None
) -> list[Reason]:
    """Why the series of a section can't be stored as ``fields`` say, as far as the text tells."""
    config = fields["config"]
    reasons = []
    for pattern, message, hint in (
        (_LOOKED_UP, "what the text holds depends on what is stored ({0})", "a wildcard, as in host = *"),
        (_CLOCK, "the text reads the clock ({0})", "a formula over times of samples"),
    ):
        called = pattern.search(config)
        if called:
            reasons.append(Reason("config", message.format(called[0].rstrip("( ")), hint))
    try:
        node = found.node
    except TsError as fault:
        return [*reasons, Reason("config", fault.message)]
    reasons += window_reasons(node, found.widget.zone)
    reasons += _drawing_reasons(found, fields, now_ns, catalog)
    reasons += _name_reasons(found, fields)
    return reasons


def sampling_of(periods: list[Period], every: Period, zone: str) -> Period:
    """The periods to compute by: whole ones of the series', else an hour, or as long as the task waits."""
    months = [int(one.count) * _MONTHS[one.unit] for one in periods if one.unit in _MONTHS]
    if months:
        return Period(math.lcm(*months), "month")
    if any(one.unit == "week" for one in periods):
        return Period(1, "week")
    if every.fixed_ns >= _MONTH.fixed_ns and not periods:
        return _MONTH
    steady = all(NS_PER_HOUR % one.fixed_ns == 0 for one in periods) and clock_keeps(zone, NS_PER_HOUR)
    return _HOUR if every.fixed_ns < NS_PER_DAY and steady else _DAY


def is_several(node: Node) -> bool:
    """Whether a section gives several statistics of each series, which a tag then tells apart."""
    return any(
        isinstance(one, Apply) and len(dict(one.params).get("statistics") or ()) > 1 for one in nodes_of(node)
    )


def key_of(given: Any, node: Node, series: Series) -> SeriesKey:
    """Under which name a result is stored: its own entity and tags, else those that all its inputs share.

    ``given`` has ``metric``, ``entity`` and ``tags``. ArgumentFault where no entity is to be had.
    """
    own, sources = series.key, source_keys(node)
    # Groups of several entities are called "*".
    named, tags = own.entity if own.entity != "*" else "", own.tag_map
    if not named and not tags and sources:
        tags = dict(set.intersection(*(set(one.tags) for one in sources)))
    if is_several(node):
        tags["statistic"] = _statistic(series)
    entities = {one.entity for one in sources}
    entity = given.entity or named or (next(iter(entities)) if len(entities) == 1 else "")
    if not entity:
        raise _Misplaced("entity", "the series is computed from several entities: name one to store it for")
    return SeriesKey(given.metric, entity, fold_tags({**tags, **dict(given.tags)}.items()))


# --- Inside ---


class _Misplaced(ArgumentFault):
    """A fault of one member of the definition."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, code="bad-parameter")
        self.field = field


class _Reader:
    """Reads members of a definition; what is wrong with them is in ``found``."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value, self.found = value, list[Reason]()
        for name in sorted(map(str, value.keys() - _MEMBERS)):
            self.found.append(Reason(name[:80], f"there is no member {name[:80]!r}"))

    def fields(self) -> dict[str, Any]:
        config = self.text("config", 2**21, "the text of the chart is missing")
        metric = self.checked("metric", lambda one: fold_name(one, "metric name"), needed=True)
        name = self.text("name", _MOST_NAME) or metric or ""
        return {
            "name": name,
            "config": config or "",
            "widget": self.number("widget"),
            "section": self.number("section"),
            "choices": self.pairs("choices"),
            "metric": metric or "",
            "unit": self.text("unit", _MOST_UNIT),
            "label": self.text("label", 512),
            "entity": self.checked("entity", lambda one: fold_name(one, "entity name")),
            "tags": self.tags(),
            "every": self.every(),
            "zone": self.checked("zone", _zone),
            "late_data": self.flag("late_data"),
        }

    def text(self, name: str, most: int, missing: str | None = None) -> str | None:
        given = self.value.get(name)
        if given is None or given == "":
            if missing:
                self.found.append(Reason(name, missing))
            return None
        try:
            text = check_text(given, f"'{name}'")
            if len(text) > most:
                raise ArgumentFault(f"'{name}' has at most {most} characters")
        except TsError as fault:
            self.found.append(Reason(name, fault.message, fault.hint))
            return None
        return text.strip() if name != "config" else text

    def checked(self, name: str, check: Any, *, needed: bool = False) -> Any:
        given = self.value.get(name)
        if not needed and (given is None or given == ""):
            return None
        try:
            return check("" if given is None else given)
        except TsError as fault:
            self.found.append(Reason(name, fault.message, fault.hint))
            return None

    def number(self, name: str) -> int:
        given = self.value.get(name, 0)
        if type(given) is int and 0 <= given < 10_000:
            return given
        self.found.append(Reason(name, f"'{name}' must be a whole number from 0 up"))
        return 0

    def flag(self, name: str) -> bool:
        given = self.value.get(name, True)
        if not isinstance(given, bool):
            self.found.append(Reason(name, f"'{name}' must be true or false"))
        return given is True

    def pairs(self, name: str) -> dict[str, str]:
        given = self.value.get(name) or {}
        sound = isinstance(given, dict) and len(given) <= _MOST_CHOICES
        if sound and all(isinstance(one, str) for one in given.values()):
            return given
        self.found.append(Reason(name, f"'{name}' must be an object of at most {_MOST_CHOICES} texts"))
        return {}

    def tags(self) -> tuple[tuple[str, str], ...]:
        try:
            return fold_tags(self.pairs("tags").items())
        except TsError as fault:
            self.found.append(Reason("tags", fault.message, fault.hint))
            return ()

    def every(self) -> Period:
        given = self.value.get("every", "1 hour")
        try:
            period = Period.parse(check_text(given, "'every'"))
            check_step(period)
            if period.fixed_ns < NS_PER_SECOND:
                raise ArgumentFault("a task runs once a second at most")
        except TsError as fault:
            self.found.append(Reason("every", f"'every': {fault.message}", fault.hint))
            return _HOUR
        return period


def _zone(value: Any) -> str:
    name = check_text(value, "'zone'").strip()
    zone_info(name)
    return name


def _drawing_reasons(
    found: Planned, fields: Mapping[str, Any], now_ns: int, catalog: CatalogReader | None
) -> list[Reason]:
    """What changes with the width, the window and the clock of a drawing: planned twice, it differs."""
    widget = found.widget

    def again(width_px: int, later_ns: int) -> Any:
        start_ns = now_ns - 10 * NS_PER_DAY
        other = planned_section(
            fields["config"], fields["widget"], fields["section"], now_ns=now_ns + later_ns,
            start_ns=start_ns, end_ns=start_ns + (width_px // 100) ** 3 * NS_PER_HOUR, width_px=width_px,
            choices=fields["choices"], catalog=catalog,
        )  # fmt: skip
        return signature(other.node)

    reasons = []
    usual = again(1200, 0)
    if usual != again(200, 0):
        reasons.append(
            Reason("config", "the period is chosen by width and length of the drawing", "period = 1 hour")
        )
    if usual != again(1200, 401 * NS_PER_DAY + 5 * NS_PER_HOUR + 7):
        reasons.append(Reason("config", "it depends on when it is drawn", "dates, not now"))
    of_section = (one for one in widget.series if one is found.series or one.alias in found.series.inputs)
    if any(one.settings.get("lookback", "").strip().lower() == "none" for one in of_section):
        reasons.append(
            Reason("config", "lookback = none starts anew in every window", "leave out lookback")
        )
    zone = fields.get("zone")
    if zone and zone != widget.zone and (periods_of(found.node) or _moves_days(found.node)):
        reasons.append(
            Reason("zone", f"the chart's days are those of {widget.zone}", f"time-zone = {zone} in the chart")
        )
    return reasons


def _name_reasons(found: Planned, fields: Mapping[str, Any]) -> list[Reason]:
    """What is wrong with what the results would be called."""
    node, metric = found.node, fields["metric"]
    reads = [one for one in nodes_of(node) if isinstance(one, Read)]
    sources = {ref.key.metric.lower() for one in reads for ref in one.series}
    reasons = []
    if metric and metric in sources:
        reasons.append(Reason("metric", f"the series is computed from {metric}: it can't be stored there"))
    entities = {ref.key.entity for one in reads for ref in one.series}
    bundles = any(len(one.series) > 1 for one in reads)
    if len(entities) > 1 and not bundles and not fields["entity"]:
        reasons.append(
            Reason("entity", "the series is computed from several entities", "the one that it is stored for")
        )
    return reasons


def _moves_days(node: Node) -> bool:
    return any(
        isinstance(one, Apply) and one.function == "shift" and dict(one.params)["offset"].is_calendar
        for one in nodes_of(node)
    )


def _statistic(series: Series) -> str:
    for step in reversed(series.applied):
        for name, value in step.params:
            if name == "statistic":
                return str(value).replace("(", "_").rstrip(")")
    return "detail"
