"""Widgets that are no time chart: what their plan and their computed series come to, as a PanelSpec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.expr.nodes import Node
from apps.dialects.charts.chartplan import DropdownPlan, PartPlan, WidgetPlan
from apps.errors import Note, TsError
from apps.figures.css import NO_LOOK, Look
from apps.figures.panel import Column, PanelPart, PanelSeries, PanelSpec, Row
from apps.figures.settings import number
from apps.queries.chart_series import Section, decide_shown
from apps.queries.panel_facts import Found, PanelScope, look_by, panel_series
from apps.queries.panel_records import console_rows, property_rows
from apps.queries.panel_rows import series_rows

__all__ = ["Panel", "dropdowns_json", "panel_of"]

Report = Callable[[TsError], None]


@dataclass(frozen=True, eq=False)
class Panel:
    """What is drawn, which found series it shows (for the exact numbers), and notes on the way."""

    spec: PanelSpec
    shown: tuple[tuple[Section, int], ...]
    notes: tuple[Note, ...] = ()


def panel_of(
    widget: WidgetPlan,
    sections: Sequence[Section],
    *,
    now_ns: int,
    width_px: int,
    readable: frozenset[str],
    report: Report,
) -> Panel:
    """Faults of expressions are reported; what they would have decided stays as it is without them.

    ``readable`` names what the caller may see beside series: "property", "message".
    """
    found = [(Found(section, series), at) for section in sections for at, series in enumerate(section.found)]
    scope = PanelScope([one for one, _ in found], now_ns)
    shown: list[tuple[Found, int]] = []
    series: list[PanelSeries] = []
    told: set[str] = set()

    def once(error: TsError) -> None:
        # One expression about a hundred series or rows fails a hundred times in the same way.
        if error.message not in told:
            told.add(error.message)
            report(error)

    for one, at in found:
        display, enabled = _decided(one, scope, now_ns, once)
        if display:
            shown.append((one, at))
            series.append(panel_series(one, widget, scope, once, enabled=enabled))
    head, rows, notes = _rows(widget, [one for one, _ in shown], series, scope, now_ns, readable, once)
    spec = PanelSpec(
        type=widget.type,
        title=widget.title,
        start_ns=widget.start_ns,
        end_ns=widget.end_ns,
        zone=widget.zone,
        width_px=width_px,
        settings=_settings(widget),
        series=tuple(series),
        bounds=_bounds(widget, scope, once),
        columns=tuple(_part(part, series, scope, once) for part in widget.columns),
        nodes=tuple(PanelPart(one.kind, one.position, one.settings, one.own) for one in widget.nodes),
        links=tuple(PanelPart(one.kind, one.position, one.settings, one.own) for one in widget.links),
        other=PanelPart("other", 0, widget.other.settings, widget.other.own) if widget.other else None,
        total=_total(widget, scope, once),
        head=head,
        rows=rows,
    )
    computed = [note for one, _ in shown for note in one.series.notes]
    return Panel(spec, tuple((one.section, at) for one, at in shown), (*notes, *computed))


def _decided(one: Found, scope: PanelScope, now_ns: int, report: Report) -> tuple[bool, bool]:
    try:
        return decide_shown(one.section, one.series, scope.lasts, now_ns, scope.sections)
    except TsError as error:
        report(error)
        return True, True


def _settings(widget: WidgetPlan) -> dict[str, str]:
    """Settings of the widget with the pairs of [placeholders] put into its address."""
    settings = dict(widget.settings)
    for name, value in widget.placeholders.items():
        for setting in ("url", "url-parameters"):
            if setting in settings:
                settings[setting] = settings[setting].replace("{" + name + "}", value)
    return settings


def _bounds(widget: WidgetPlan, scope: PanelScope, report: Report) -> tuple[float, ...]:
    """The thresholds; those of the first series that has its own where the widget has none."""
    entries = list(widget.bounds)
    if not entries:
        texts = (one.settings.get("thresholds", "") for one in widget.series)
        first = next((text for text in texts if text), "")
        numbers = (number({"n": part}, "n") for part in first.split(","))
        entries = [value for value in numbers if value is not None]
    bounds = []
    for entry in entries:
        try:
            value = entry if isinstance(entry, float | int) else _bound(entry, scope)
        except TsError as error:
            report(error)
            continue
        if np.isfinite(value):
            bounds.append(float(value))
    return tuple(bounds)


def _bound(entry: Node, scope: PanelScope) -> float:
    """``percentile(95)`` and the like speak of the first series."""
    return scope.number(entry, scope.found[0] if scope.found else None)


def _total(widget: WidgetPlan, scope: PanelScope, report: Report) -> float | None:
    fixed = number(widget.settings, "total-value")
    tree = widget.expressions.get("total-value")
    if fixed is not None or tree is None:
        return fixed
    try:
        value = scope.number(tree)
    except TsError as error:
        report(error)
        return None
    return value if np.isfinite(value) else None


def _part(part: PartPlan, series: Sequence[PanelSeries], scope: PanelScope, report: Report) -> PanelPart:
    """A column of bars; its alert is about the total of its parts."""
    known = [one.last for one in series if one.column == part.position and np.isfinite(one.last)]
    look: Look = NO_LOOK
    try:
        look = look_by(
            part.expressions,
            part.settings,
            lambda tree, **names: scope.of(tree, None, value=sum(known) if known else None, **names),
            condition="column-alert-expression",
            style="column-alert-style",
        )
    except TsError as error:
        report(error)
    return PanelPart(part.kind, part.position, part.settings, part.own, look)


def _rows(
    widget: WidgetPlan,
    shown: Sequence[Found],
    series: Sequence[PanelSeries],
    scope: PanelScope,
    now_ns: int,
    readable: frozenset[str],
    report: Report,
) -> tuple[tuple[Column, ...], tuple[Row, ...], tuple[Note, ...]]:
    if widget.type == "table":
        return (*series_rows(widget, shown, series, scope, report), ())
    wanted = {"property": "property", "console": "message"}.get(widget.type)
    if wanted is None:
        return (), (), ()
    if wanted not in readable:
        return (), (), (Note("no-right", f"you may not read what this {widget.type} widget shows"),)
    read = property_rows if widget.type == "property" else console_rows
    return read(widget, scope, now_ns, report)


def dropdowns_json(dropdowns: Sequence[DropdownPlan], place: int) -> list[dict[str, Any]]:
    """What the page offers; ``key`` is what a choice is sent back under."""
    return [
        {
            "key": f"{place}.{one.position}",
            "field": one.change_field,
            "options": [{"value": option.value, "text": option.text} for option in one.options],
            "chosen": one.chosen,
        }
        for one in dropdowns
        if one.options
    ]
