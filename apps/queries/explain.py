"""Why a point of a chart is what it is, as JSON: its section planned again, its sample accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from apps.algebra.evidence import InputSample
from apps.algebra.execute import execute_each
from apps.algebra.explain import Explanation, explain_steps
from apps.algebra.series import Series, SeriesKey
from apps.algebra.source import CatalogReader, Limits, SampleSource
from apps.catalog.selectors import catalog as stored_catalog
from apps.dialects.charts.chartplan import WidgetPlan
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from apps.errors import ArgumentFault
from apps.queries.chart_series import Section, label_of
from apps.queries.charts import LIMITS, ChartRequest
from apps.store.source import StoreSource

__all__ = ["ExplainRequest", "explain_chart"]

_NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class ExplainRequest:
    """Which point is asked about.

    ``widget`` counts the widgets of the answer of ``render``; ``section`` the ``[series]`` of the widget
    ("position" there), ``member`` the series that the section matched. ``index`` instead counts the entries
    of "series" there.
    """

    chart: ChartRequest
    time_ns: int
    widget: int = 0
    section: int = 0
    member: int = 0
    index: int | None = None


def explain_chart(
    request: ExplainRequest,
    *,
    catalog: CatalogReader | None = None,
    source: SampleSource | None = None,
    limits: Limits = LIMITS,
) -> bytes:
    """The account of one point as JSON. A point that isn't there has its reason in "absent"."""
    source = source if source is not None else StoreSource()
    widget = _widget(request, catalog)
    sections = [Section(one) for one in widget.series]
    at, member = _place(request, sections, source, limits)
    section = sections[at]
    node = section.plan.node
    outcome = execute_each([node], source, limits)[0] if node is not None else None
    if outcome is not None and outcome.error is not None:
        return orjson.dumps(_blank(section, widget, request.time_ns, outcome.error.message))
    section.found = outcome.series if outcome is not None else ()
    if node is None or not section.found:
        why = "no stored series matches this section" if node is not None else "this section has an error"
        return orjson.dumps(_blank(section, widget, request.time_ns, why))
    if not 0 <= member < len(section.found):
        raise ArgumentFault(f"this section has {len(section.found)} series", code="bad-parameter")
    series = section.found[member]
    time_ns = _snapped(series, request.time_ns)
    told = explain_steps(node, source, limits, series_index=member, time_ns=time_ns)
    return orjson.dumps(
        {"series": _series_json(section, series, widget, member), **_Writer(widget).step(told)}
    )


def _widget(request: ExplainRequest, catalog: CatalogReader | None) -> WidgetPlan:
    chart = request.chart
    planned = plan(
        parse(chart.config),
        now_ns=chart.now_ns,
        catalog=catalog if catalog is not None else stored_catalog(),
        start_ns=chart.start_ns,
        end_ns=chart.end_ns,
        width_px=chart.width_px,
    )
    drawn = [one for one in planned.widgets if one.drawn]
    if not 0 <= request.widget < len(drawn):
        raise ArgumentFault(
            f"'widget' must be a number below {len(drawn)}: the configuration draws so many widgets",
            code="bad-parameter",
        )
    return drawn[request.widget]


def _place(
    request: ExplainRequest, sections: list[Section], source: SampleSource, limits: Limits
) -> tuple[int, int]:
    """Number of the section and of the series in it."""
    if request.index is None:
        if not 0 <= request.section < len(sections):
            raise ArgumentFault(
                f"'section' must be a number below {len(sections)}: the widget has so many series",
                code="bad-parameter",
            )
        return request.section, request.member
    nodes = [one.plan.node for one in sections if one.plan.node is not None]
    counts = iter([len(outcome.series) for outcome in execute_each(nodes, source, limits)])
    left = request.index
    for at, section in enumerate(sections):
        size = max(1, next(counts) if section.plan.node is not None else 0)
        if 0 <= left < size:
            return at, left
        left -= size
    raise ArgumentFault("'series_index' counts beyond the series of the widget", code="bad-parameter")


def _snapped(series: Series, time_ns: int) -> int:
    """The time of the sample in that millisecond: a browser knows no shorter time."""
    at = int(np.searchsorted(series.times_ns, time_ns))
    if at < len(series) and series.times_ns[at] < time_ns + _NS_PER_MS:
        return int(series.times_ns[at])
    return time_ns


def _ms(time_ns: int) -> int | float:
    whole, rest = divmod(time_ns, _NS_PER_MS)
    return time_ns / _NS_PER_MS if rest else whole


def _number(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _series_json(section: Section, series: Series | None, widget: WidgetPlan, member: int) -> dict[str, Any]:
    plan_of = section.plan
    key = None if series is None else series.key
    label = plan_of.label or plan_of.alias or f"Series-{plan_of.position + 1}"
    own = not plan_of.derived or bool(key and key.metric)
    return {
        "label": label if series is None else label_of(section, series, widget.zone),
        "alias": plan_of.alias,
        "metric": ((key.metric if key else "") or plan_of.metric) if own else None,
        "entity": ((key.entity if key else "") or plan_of.entity) if own else None,
        "tags": key.tag_map if key else {},
        "unit": (series.unit if series is not None else None) or plan_of.unit,
        "position": plan_of.position,
        "member": member,
    }


def _blank(section: Section, widget: WidgetPlan, time_ns: int, why: str) -> dict[str, Any]:
    """The answer about a section that came to no series at all."""
    nothing = Explanation("", {}, SeriesKey("", ""), time_ns, None, why, (), "", "", {})
    return {"series": _series_json(section, None, widget, 0), **_Writer(widget).step(nothing)}


class _Writer:
    """Writes accounts with the labels of the widget's own sections."""

    def __init__(self, widget: WidgetPlan) -> None:
        self.by_alias = {one.alias: one for one in widget.series if one.alias}

    def step(self, told: Explanation) -> dict[str, Any]:
        return {
            "time": _ms(told.time_ns),
            "value": _number(told.value),
            "absent": told.absent,
            "function": told.function or None,
            "rule": told.rule,
            "formula": told.formula or told.rule,
            "arithmetic": told.arithmetic,
            "inputs": [self.sample(one) for one in told.inputs],
            "counts": dict(told.counts),
            "notes": [note.message for note in told.notes],
            "steps": [self.step(one) for one in told.steps],
        }

    def sample(self, one: InputSample) -> dict[str, Any]:
        key = one.key
        section = self.by_alias.get(one.alias)
        named = " ".join(part for part in (key.entity, key.metric, *(value for _, value in key.tags)) if part)
        return {
            "label": (section.label if section else None) or named or one.alias,
            "alias": one.alias or None,
            "metric": key.metric or None,
            "entity": key.entity or None,
            "tags": key.tag_map,
            "time": _ms(one.time_ns),
            "value": _number(one.value),
            "role": one.role,
        }
