"""Charts: a configuration becomes a plan, the plan's series become pictures and exact numbers.

Nothing stops at the first fault. A section that can't be computed is a diagnostic at its place, and the
rest of the chart is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import orjson

from apps.algebra.execute import Outcome, execute_each
from apps.algebra.plan import Node
from apps.algebra.series import Series
from apps.algebra.source import CatalogReader, Limits, SampleSource
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS
from apps.catalog.selectors import catalog as stored_catalog
from apps.dialects.charts.chartplan import ChartPlan, PartPlan, ThresholdPlan, WidgetPlan
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from apps.errors import Note, TsError
from apps.figures.build import build
from apps.figures.settings import flag
from apps.figures.spec import ChartSpec, Figure, LineSpec, SeriesSpec
from apps.queries.chart_alerts import alerted
from apps.queries.chart_bands import band_node, bands_of
from apps.queries.chart_edges import is_plain_read, widened
from apps.queries.chart_json import diagnostic_json, frame_json
from apps.queries.chart_series import (
    Section,
    absent_entry,
    decide_shown,
    drawn_series,
    entry,
    last_known,
    samples_near,
)
from apps.queries.chart_stack import Stackable, aligned_stacks, stack_of
from apps.queries.panels import panel_of
from apps.spans import Span, TextMap
from apps.store.source import StoreSource

__all__ = ["ChartRequest", "check_charts", "render_charts"]

#: A chart is drawn while somebody waits.
LIMITS = Limits(seconds=30.0)

#: A window wider than this has no bounds that somebody chose.
_UNBOUNDED_NS = 250 * 365 * 86_400 * 10**9


@dataclass(frozen=True)
class ChartRequest:
    """What is asked: a text, the clock, the width of a time chart, an interval that overrides the text's.

    ``only``  numbers of the widgets to compute (one that is zoomed has no need of the others); None = all.
    ``choices``  chosen values of drop-downs by "widget.dropdown". ``readable``: what the caller may see
    beside series, "property" and "message".
    """

    config: str
    now_ns: int
    width_px: int = 1200
    start_ns: int | None = None
    end_ns: int | None = None
    with_series: bool = False
    only: frozenset[int] | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    readable: frozenset[str] = frozenset({"property", "message"})


@dataclass
class _Widget:
    """A widget on its way. ``index``: its number among the drawn widgets of the text, ``place`` among all."""

    plan: WidgetPlan
    index: int
    place: int
    sections: list[Section]
    lines: list[LineSpec] = field(default_factory=list)


def check_charts(request: ChartRequest, *, catalog: CatalogReader | None = None) -> bytes:
    """The diagnostics of a text as JSON; samples are not read."""
    planned = _planned(request, catalog)
    return orjson.dumps({"diagnostics": [diagnostic_json(one) for one in planned.diagnostics]})


def render_charts(
    request: ChartRequest,
    *,
    catalog: CatalogReader | None = None,
    source: SampleSource | None = None,
    limits: Limits = LIMITS,
) -> bytes:
    """Widgets with their figures, and the diagnostics, as JSON."""
    planned = _planned(request, catalog)
    found = Diagnostics(TextMap(request.config))
    drawn = [(place, one) for place, one in enumerate(planned.widgets) if one.drawn]
    widgets = [
        _Widget(one, index, place, [Section(series, catalog=catalog) for series in one.series])
        for index, (place, one) in enumerate(drawn)
        if request.only is None or index in request.only
    ]
    _execute(widgets, request, source if source is not None else StoreSource(), limits, found)
    answers = []
    for widget in widgets:
        try:
            answers.append(_answer(widget, request, found))
        except TsError as error:
            found.fault(error, widget.plan.span)
    diagnostics = sorted((*planned.diagnostics, *found.all), key=lambda one: (one.line, one.column))
    return orjson.dumps(
        {
            "title": planned.title,
            "columns": planned.columns,
            "rows": planned.rows,
            "widgets": answers,
            "diagnostics": [diagnostic_json(one) for one in diagnostics],
        }
    )


def _planned(request: ChartRequest, catalog: CatalogReader | None) -> ChartPlan:
    return plan(
        parse(request.config),
        now_ns=request.now_ns,
        catalog=catalog if catalog is not None else stored_catalog(),
        start_ns=request.start_ns,
        end_ns=request.end_ns,
        width_px=request.width_px,
        choices=request.choices,
    )


def _execute(
    widgets: list[_Widget], request: ChartRequest, source: SampleSource, limits: Limits, found: Diagnostics
) -> None:
    """Run all sections of all widgets at once, so that what they share is read and computed once.

    A section that is not displayed runs only when its numbers are asked for (or others need it).
    """
    nodes: list[Node] = []
    wider: dict[int, Node | None] = {}
    takers: list[Callable[[Outcome], None]] = []

    def ask(node: Node, take: Callable[[Outcome], None]) -> None:
        nodes.append(node)
        takers.append(take)

    for widget in widgets:
        for section in widget.sections:
            # Expressions of a panel may name any of its series, hidden ones too.
            wanted = section.may_show or request.with_series or widget.plan.type != "chart"
            if section.plan.node is not None and wanted:
                _ask_section(section, widget.plan, request.width_px, ask, found, wider)
        for line in widget.plan.thresholds:
            if line.node is not None:
                ask(line.node, partial(_take_line, widget, line, found))
    for take, outcome in zip(takers, execute_each(nodes, source, limits), strict=True):
        take(outcome)


def _ask_section(
    section: Section,
    widget: WidgetPlan,
    width_px: int,
    ask: Callable[..., None],
    found: Diagnostics,
    wider: dict[int, Node | None],
) -> None:
    """Ask for the numbers, and for a wider run to draw where that is another computation."""
    node = section.plan.node
    assert node is not None
    wide = widened(node, wider) if section.may_show and widget.type == "chart" else None

    def take(outcome: Outcome) -> None:
        section.error = outcome.error
        section.found = outcome.series
        _report(outcome, section.plan.span, found)

    def take_cut(outcome: Outcome) -> None:
        take_wide(outcome)
        take(replace(outcome, series=tuple(_cut(one, widget) for one in outcome.series)))

    def take_wide(outcome: Outcome) -> None:
        section.wide = outcome.series

    if wide is None:
        # What the plan itself gives beyond the window (the end of a constant) is drawn too.
        ask(node, lambda outcome: (take_wide(outcome), take(outcome)))
    elif is_plain_read(node):
        ask(wide, take_cut)
    else:
        ask(node, take)
        ask(wide, take_wide)
    if section.may_show and widget.type == "chart":
        _ask_band(section, width_px, ask)


def _ask_band(section: Section, width_px: int, ask: Callable[..., None]) -> None:
    """Ask for what ``mode = range`` shades; a fault in it is that of the section, which is told already."""
    node = band_node(section.plan)

    def take(outcome: Outcome) -> None:
        section.bands = tuple(bands_of(outcome.series, width_px))

    if node is not None:
        ask(widened(node) or node, take)


def _cut(series: Series, widget: WidgetPlan) -> Series:
    return replace(series, samples=series.samples.between(widget.start_ns, widget.end_ns))


def _take_line(widget: _Widget, line: ThresholdPlan, found: Diagnostics, outcome: Outcome) -> None:
    _report(outcome, line.span, found)
    label = line.label or line.alias or ""
    for one in outcome.series:
        times_ns, values = _across(one, widget.plan)
        widget.lines.append(LineSpec(label, times_ns, values, line.settings, line.stepped))


def _across(series: Series, widget: WidgetPlan) -> tuple[np.ndarray, np.ndarray]:
    """The samples of a line drawn over the whole window: the ends hold the values next to them."""
    times_ns, values = series.times_ns, series.values
    if not len(times_ns) or _is_open(widget):
        return times_ns, values
    before = max(0, int(np.searchsorted(times_ns, widget.start_ns, side="right")) - 1)
    times_ns, values = times_ns[before:], values[before:]
    middle = np.maximum(times_ns, widget.start_ns)
    first = [widget.start_ns] if middle[0] > widget.start_ns else []
    last = [widget.end_ns] if middle[-1] < widget.end_ns else []
    held = np.concatenate([values[:1][: len(first)], values, values[-1:][: len(last)]])
    return np.concatenate([np.array(first, np.int64), middle, np.array(last, np.int64)]), held


def _report(outcome: Outcome, span: Span, found: Diagnostics) -> None:
    if outcome.error is not None:
        found.fault(outcome.error, span)


def _answer(widget: _Widget, request: ChartRequest, found: Diagnostics) -> dict[str, Any]:
    return (_chart if widget.plan.type == "chart" else _panel)(widget, request, found)


def _chart(widget: _Widget, request: ChartRequest, found: Diagnostics) -> dict[str, Any]:
    """A time chart."""
    plan_of = widget.plan
    drawn: list[SeriesSpec] = []
    listed: list[dict[str, Any]] = []
    painted: list[dict[str, Any] | None] = []
    notes: list[Note] = []
    lasts = _last_values(widget)
    for section in widget.sections:
        for at, series in enumerate(section.found):
            display, enabled = _decided(section, series, lasts, request.now_ns, found, widget.sections)
            exact = entry(section, series, plan_of, shown=display) if request.with_series else None
            if exact is not None:
                listed.append(exact)
            if display:
                drawn.append(drawn_series(section, at, plan_of, request.width_px, enabled=enabled))
                painted.append(exact)
                notes.extend(series.notes)
        if request.with_series and not section.found:
            listed.append(absent_entry(section))
    drawn, left_out = _stacked(widget, drawn, request)
    sections = {one.plan.position: one for one in widget.sections}
    drawn = alerted(
        drawn,
        sections,
        plan_of.settings,
        request.now_ns,
        lambda error, section: found.fault(error, section.plan.span),
    )
    notes.extend(left_out)
    spec = _spec(widget, drawn, request)
    figure = build(spec)
    for exact, color in zip(painted, figure.colors, strict=False):
        if exact is not None:
            exact["color"] = color
    answer = _frame(widget, request, figure, notes, (spec.start_ns, spec.end_ns))
    if request.with_series:
        answer["series"] = listed
    return answer


def _stacked(
    widget: _Widget, drawn: list[SeriesSpec], request: ChartRequest
) -> tuple[list[SeriesSpec], list[Note]]:
    """The series with those of a stack brought to common times."""
    if not any(stack_of(one) for one in drawn):
        return drawn, []
    sections = {one.plan.position: one for one in widget.sections}
    given = []
    for spec in drawn:
        near = samples_near(sections[spec.position], spec.member, widget.plan)
        given.append(Stackable(spec, near.times_ns, near.values))
    return aligned_stacks(given, request.width_px, widget.plan.start_ns, widget.plan.end_ns)


def _panel(widget: _Widget, request: ChartRequest, found: Diagnostics) -> dict[str, Any]:
    """Any other widget: last values, distributions, tables."""
    plan_of = widget.plan
    panel = panel_of(
        plan_of,
        widget.sections,
        now_ns=request.now_ns,
        width_px=request.width_px,
        readable=request.readable,
        report=lambda error: found.fault(error, plan_of.span),
    )
    figure = build(panel.spec)
    answer = _frame(widget, request, figure, list(panel.notes), (plan_of.start_ns, plan_of.end_ns))
    if figure.table is not None:
        answer["table"] = figure.table
    if request.with_series:
        colors = dict(zip(((id(one), at) for one, at in panel.shown), figure.colors, strict=False))
        shown = {(id(one), at) for one, at in panel.shown}
        answer["series"] = listed = []
        for section in widget.sections:
            for at, series in enumerate(section.found):
                exact = entry(section, series, plan_of, shown=(id(section), at) in shown)
                if (id(section), at) in colors:
                    exact["color"] = colors[id(section), at]
                listed.append(exact)
            if not section.found:
                listed.append(absent_entry(section))
    return answer


def _frame(
    widget: _Widget, request: ChartRequest, figure: Figure, notes: list[Note], window_ns: tuple[int, int]
) -> dict[str, Any]:
    return frame_json(
        widget.plan, widget.index, widget.place, request.now_ns, figure, notes, window_ns
    )


def _last_values(widget: _Widget) -> list[float]:
    """The newest value of each series of the widget, for rankings."""
    values = [last_known(series.values) for section in widget.sections for series in section.found]
    return [value for value in values if value is not None]


def _decided(
    section: Section,
    series: Series,
    lasts: list[float],
    now_ns: int,
    found: Diagnostics,
    sections: Sequence[Section],
) -> tuple[bool, bool]:
    try:
        return decide_shown(section, series, lasts, now_ns, sections)
    except TsError as error:
        # A condition that fails hides nothing: the reader sees the series and the fault.
        found.fault(error, section.plan.span)
        return True, True


def _axis_window(plan_of: WidgetPlan, drawn: list[SeriesSpec]) -> tuple[int, int]:
    """The window of the time axis; without bounds (``timespan = all``) it is as wide as the samples."""
    start_ns, end_ns = plan_of.start_ns, plan_of.end_ns
    if not _is_open(plan_of):
        return start_ns, end_ns
    filled = [one for one in drawn if len(one.times_ns)]
    if not filled:
        return start_ns, end_ns
    first_ns = min(int(one.times_ns[0]) for one in filled)
    last_ns = max(int(one.times_ns[-1]) for one in filled)
    pad_ns = max((last_ns - first_ns) // 50, 10**9)
    left_ns, right_ns = max(start_ns, first_ns - pad_ns), min(end_ns, last_ns + pad_ns)
    if end_ns - start_ns >= _UNBOUNDED_NS:
        return left_ns, right_ns
    # A date that somebody wrote stays; only the other side goes with the samples.
    return (left_ns, end_ns) if start_ns <= MIN_TIME_NS else (start_ns, right_ns)


def _is_open(plan_of: WidgetPlan) -> bool:
    """Whether a window has a side that nobody chose."""
    wide = plan_of.end_ns - plan_of.start_ns >= _UNBOUNDED_NS
    return wide or plan_of.start_ns <= MIN_TIME_NS or plan_of.end_ns >= MAX_TIME_NS


def _spec(widget: _Widget, drawn: list[SeriesSpec], request: ChartRequest) -> ChartSpec:
    start_ns, end_ns = _axis_window(widget.plan, drawn)
    return ChartSpec(
        type=widget.plan.type,
        title=widget.plan.title,
        start_ns=start_ns,
        end_ns=end_ns,
        zone=widget.plan.zone,
        width_px=request.width_px,
        series=tuple(drawn),
        lines=tuple(widget.lines),
        settings=widget.plan.settings,
        axes={_side(one): one.own for one in widget.plan.axes},
    )


def _side(axis: PartPlan) -> str:
    return "right" if flag(axis.own, "right") else "left"
