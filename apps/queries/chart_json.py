"""What the answer says beside numbers: the frame of a widget, its notes, the diagnostics of a text."""

from __future__ import annotations

from typing import Any

from apps.dialects.charts.chartplan import WidgetPlan
from apps.dialects.charts.diagnostics import Diagnostic
from apps.errors import Note
from apps.figures.settings import interval_ns, number
from apps.figures.spec import Figure
from apps.queries.chart_series import note_json
from apps.queries.panels import dropdowns_json

__all__ = ["diagnostic_json", "frame_json"]

#: What a chart without the setting ``update-interval`` does, and the least that is taken seriously.
_REFRESH_NS, _FASTEST_NS = 60 * 10**9, 10**9


def frame_json(
    plan_of: WidgetPlan,
    index: int,
    place: int,
    now_ns: int,
    figure: Figure,
    notes: list[Note],
    window_ns: tuple[int, int],
) -> dict[str, Any]:
    """What every widget tells: its place, its window, its picture, its drop-downs, its notes."""
    return {
        "type": plan_of.type,
        "index": index,
        "title": plan_of.title,
        "row": _whole(plan_of.row),
        "column": _whole(plan_of.column),
        "width_units": plan_of.width_units,
        "height_units": plan_of.height_units,
        "zone": plan_of.zone,
        "start": window_ns[0] // 1_000_000,
        "end": window_ns[1] // 1_000_000,
        "refresh_ms": _refresh_ms(plan_of, now_ns),
        "figure": figure.figure,
        "dropdowns": dropdowns_json(plan_of.dropdowns, place),
        "notes": [note_json(one) for one in _merged([*figure.notes, *notes])],
    }


def _refresh_ms(plan_of: WidgetPlan, now_ns: int) -> int | None:
    """How often a chart that reaches the present is worth asking for again; None for one that stands."""
    settings = plan_of.settings
    seconds = number(settings, "update-interval")
    every_ns = interval_ns(settings, "update-interval") if seconds is None else int(seconds * 10**9)
    if every_ns is None:
        every_ns = _REFRESH_NS
    if every_ns <= 0:
        return None
    every_ns = max(_FASTEST_NS, min(every_ns, 86_400 * 10**9))
    return every_ns // 1_000_000 if plan_of.end_ns > now_ns - every_ns else None


def _merged(notes: list[Note]) -> list[Note]:
    """Notes of many series as one list: equal ones once, with their counts added up."""
    merged: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = (note.code, note.message)
        before = merged.get(key)
        count = note.count + (before.count if before else 0)
        merged[key] = Note(note.code, note.message, count, before.data if before else note.data)
    return list(merged.values())


def _whole(units: float) -> int | float:
    return int(units) if units == int(units) else units


def diagnostic_json(one: Diagnostic) -> dict[str, Any]:
    """A diagnostic with its place, its hint and its fix."""
    return {
        "severity": one.severity,
        "code": one.code,
        "message": one.message,
        "hint": one.hint,
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "fix": one.fix,
    }
