"""The time chart: lines, steps, columns, stacks and ranges over one time axis and up to two value axes.

The figure carries no theme: no background, no text colour, no font. The page gives it those of its light or
dark surface. ``layout.meta`` and each trace's ``meta`` say what is what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.axes import iso_utc, time_axis, value_axis, wall_texts
from apps.figures.bands import band_traces, with_alpha
from apps.figures.css import NO_LOOK, Look
from apps.figures.encode import times_ms, typed
from apps.figures.format import ValueFormat, number_format
from apps.figures.legend import legend_of
from apps.figures.marks import EndOfLine, label_room_px, line_labels, threshold_labels, threshold_trace
from apps.figures.registry import register_widget
from apps.figures.resets import reset_trace
from apps.figures.scales import (
    as_values,
    gap_note,
    log_axis,
    log_marks,
    log_sides,
    positive_series,
    unplaced,
)
from apps.figures.settings import choice, flag, words
from apps.figures.spec import ChartSpec, Figure, SeriesSpec
from apps.figures.style import PALETTE, Stroke, assign_strokes, css_color
from apps.figures.texts import safe_text

__all__ = ["build_chart"]

MODES = ("line", "column", "stack", "range", "column-stack")

#: Modes in which a series ends in a point that can be named.
_LINES = frozenset({"line", "range"})

#: Samples get dots when each has at least this much room.
_MARKER_ROOM_PX = 10


@dataclass(frozen=True)
class _Drawn:
    """A series with what was decided about it."""

    spec: SeriesSpec
    stroke: Stroke
    mode: str
    right: bool
    form: ValueFormat
    index: int


@register_widget("chart")
def build_chart(spec: ChartSpec) -> Figure:
    """A time chart. Series come in the order of the text; a disabled one is in the legend only."""
    palette = [color for color in map(css_color, words(spec.settings, "colors")) if color]
    plain = assign_strokes([(one.identity, one.hue_of, one.settings) for one in spec.series], palette)
    strokes = [_alerted(stroke, one.look) for stroke, one in zip(plain, spec.series, strict=True)]
    drawn = [
        _Drawn(
            one,
            stroke,
            _mode(one.settings, spec.settings),
            choice(one.settings, "axis", ("left", "right")) == "right",
            one.form or _form(one.settings, spec.zone),
            index,
        )
        for index, (one, stroke) in enumerate(zip(spec.series, strokes, strict=True))
    ]
    drawn, hidden = _placed(drawn, log_sides(spec))
    columns = _column_slots([one for one in drawn if one.mode in {"column", "column-stack"}])
    pairs = _range_pairs(drawn)
    traces = []
    for one in drawn:
        traces += band_traces(one.spec, one.stroke, one.index, right=one.right)
        traces.append(_trace(one, spec, columns, closes=one.index in pairs))
    traces += [
        reset_trace(one.spec, one.stroke.color, one.index, right=one.right)
        for one in drawn
        if one.spec.resets_ns and one.spec.enabled
    ]
    traces += [threshold_trace(line) for line in spec.lines]
    figure = {"data": traces, "layout": _layout(spec, drawn)}
    notes = (*_notes(spec, palette), *((gap_note(hidden),) if hidden else ()))
    return Figure(figure, tuple(one.stroke.color for one in drawn), notes)


def _placed(drawn: list[_Drawn], logs: frozenset[bool]) -> tuple[list[_Drawn], int]:
    """The series as their axes can show them, and how many values they can't."""
    hidden = sum(unplaced(one.spec.values) for one in drawn if one.right in logs)
    placed = [replace(one, spec=positive_series(one.spec)) if one.right in logs else one for one in drawn]
    return placed, hidden


def _alerted(stroke: Stroke, look: Look) -> Stroke:
    """The stroke with what an alert that is on asks for."""
    if look == NO_LOOK:
        return stroke
    return replace(
        stroke,
        color=look.color or look.background or stroke.color,
        fill=look.background or stroke.fill,
        width_px=max(stroke.width_px, 3.0) if look.bold else stroke.width_px,
        opacity=stroke.opacity if look.opacity is None else look.opacity,
    )


def _mode(settings: Mapping[str, str], widget: Mapping[str, str]) -> str:
    # A stack of columns is one for the whole widget; a series can't leave it or join it alone.
    if choice(widget, "mode", MODES) == "column-stack":
        return "column-stack"
    if flag(settings, "stack") and "mode" not in settings:
        return "stack"
    mode = choice(settings, "mode", MODES)
    return "column" if mode == "column-stack" else mode


def _form(settings: Mapping[str, str], zone: str) -> ValueFormat:
    form = number_format(settings.get("format"), zone)
    return form or number_format("") or ValueFormat(str)


def _unit(one: _Drawn) -> str | None:
    """The unit to write beside a value; none where the format writes one itself (per cent, bytes)."""
    return None if re.search(r"[^\d.,\s+−-]", one.form.text(1.0)) else one.spec.unit


def _range_pairs(drawn: Sequence[_Drawn]) -> set[int]:
    """Numbers of the series up to which a range is shaded: the second of every two neighbours of that mode.

    One that has a band of its own is shaded by itself.
    """
    closing: set[int] = set()
    opened: _Drawn | None = None
    for one in drawn:
        if one.mode != "range" or one.spec.band is not None:
            opened = None
        elif opened is not None and opened.right is one.right:
            closing.add(one.index)
            opened = None
        else:
            opened = one
    return closing


def _trace(
    one: _Drawn, spec: ChartSpec, columns: Mapping[int, tuple[float, float]], *, closes: bool
) -> dict[str, Any]:
    series = one.spec
    trace: dict[str, Any] = {
        "name": safe_text(series.label, lines=False) or "\u00a0",
        "x": typed(times_ms(series.times_ns)),
        "y": typed(np.where(np.isinf(series.values), np.nan, series.values)),
        "legendrank": 1000 + one.index,
        "meta": {
            "role": "series",
            "index": one.index,
            "position": series.position,
            "unit": safe_text(_unit(one)),
            "format": safe_text(series.settings.get("format")),
            "samples_total": series.samples_total,
            "member": series.member,
            "mean": series.mean,
            "min": series.least,
            "max": series.greatest,
            "last": series.last,
        },
    }
    trace |= _hover(one, spec.zone)
    if not series.enabled:
        trace["visible"] = "legendonly"
    if one.right:
        trace["yaxis"] = "y2"
    if one.mode in {"column", "column-stack"}:
        return trace | _columns_look(one, columns)
    return trace | _line_look(one, spec, closes=closes)


def _line_look(one: _Drawn, spec: ChartSpec, *, closes: bool) -> dict[str, Any]:
    stroke = one.stroke
    line = {"color": stroke.color, "width": stroke.width_px, "dash": stroke.dash}
    if flag(one.spec.settings, "step-line"):
        line["shape"] = "hv"
    look: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "line": line,
        "connectgaps": False,
        "opacity": stroke.opacity,
    }
    look |= _markers(one, spec)
    if one.mode == "stack":
        group = one.spec.settings.get("series-type") or "stack"
        # Those who run the plan bring a stack to common times; a series has no part in it elsewhere.
        look |= {"stackgroup": f"{one.right}:{group}"[:100], "stackgaps": "infer zero"}
        look["fillcolor"] = with_alpha(stroke.fill or stroke.color, stroke.fill_opacity, 0.35)
    elif one.mode == "range":
        look |= {"fill": "tonexty" if closes else "none"}
        look["fillcolor"] = with_alpha(stroke.fill or stroke.color, stroke.fill_opacity, 0.2)
    elif stroke.fill is not None:
        look |= {"fill": "tozeroy", "fillcolor": with_alpha(stroke.fill, stroke.fill_opacity, 0.25)}
    return look


def _markers(one: _Drawn, spec: ChartSpec) -> dict[str, Any]:
    """Dots where there is room for them, and always for a sample that no line reaches."""
    known = np.isfinite(one.spec.values)
    count = int(known.sum())
    roomy = count * _MARKER_ROOM_PX <= spec.width_px and one.mode in {"line", "range"}
    color = {"color": one.stroke.color}
    if roomy and flag(one.spec.settings, "markers", True):
        return {"mode": "lines+markers", "marker": color | {"size": 5}}
    before = np.concatenate(([False], known[:-1]))
    after = np.concatenate((known[1:], [False]))
    alone = known & ~before & ~after
    if not alone.any():
        return {}
    return {"mode": "lines+markers", "marker": color | {"size": typed(np.where(alone, 5.0, 0.0))}}


def _column_slots(columns: Sequence[_Drawn]) -> dict[int, tuple[float, float]]:
    """Offset and width in ms of each series of columns: a column starts at its time and fills its period.

    Series of columns stand side by side inside the period, those of a stack on top of each other.
    """
    if not columns:
        return {}
    steps = [int(np.diff(one.spec.times_ns).min()) for one in columns if len(one.spec.times_ns) > 1]
    period_ms = (min(steps) if steps else 3600 * 10**9) / 1e6
    side_by_side = [one.index for one in columns if one.mode == "column" and one.spec.enabled]
    slots = {one.index: (0.0, 0.9 * period_ms) for one in columns}
    width = 0.9 * period_ms / max(1, len(side_by_side))
    for place, index in enumerate(side_by_side):
        slots[index] = (place * width, width)
    return slots


def _columns_look(one: _Drawn, slots: Mapping[int, tuple[float, float]]) -> dict[str, Any]:
    offset, width = slots[one.index]
    plain = one.stroke.fill or one.stroke.color
    looks = one.spec.point_looks
    lit = any(look.fill for look in looks)
    return {
        "type": "bar",
        "offset": offset,
        "width": width,
        "opacity": one.stroke.opacity,
        "marker": {"color": [look.fill or plain for look in looks] if lit else plain, "line": {"width": 0}},
    }


def _hover(one: _Drawn, zone: str) -> dict[str, Any]:
    """What hovering a point says: the value in its format, the unit, and the time where plotly.js can't."""
    form = one.form
    unit = safe_text(_unit(one), lines=False)
    tail = f" {unit}" if unit else ""
    # A whole part is never rounded, however long it is.
    known = one.spec.values[np.isfinite(one.spec.values)]
    largest = float(np.abs(known).max()) if known.size else 0.0
    hover: dict[str, Any] = {}
    if form.d3 is None:
        hover["text"] = [safe_text(form.text(value), lines=False) for value in one.spec.values.tolist()]
        template = "%{text}"
    else:
        d3 = form.d3
        if d3 == ",.6~r":
            d3 = f",.{min(15, max(6, len(str(int(largest)))))}~r" if largest < 1e15 else ".6~g"
        template = f"{safe_text(form.prefix)}%{{y:{d3}}}{safe_text(form.suffix)}"
    hover["hovertemplate"] = template + tail
    if zone != "UTC":
        hover["customdata"] = wall_texts(one.spec.times_ns, zone)
        hover["hovertemplate"] += " · %{customdata}"
    return hover


def _layout(spec: ChartSpec, drawn: Sequence[_Drawn]) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "xaxis": time_axis(spec.start_ns, spec.end_ns, spec.zone, spec.width_px, spec.settings),
        "yaxis": _value_axis(spec, drawn, right=False),
        "showlegend": len(drawn) + len(spec.lines) > 1,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "hovermode": "x unified",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "barmode": "relative",
        "separators": ".,",
        # Zooming and redrawing keep what the reader hid.
        "uirevision": "chart",
        "meta": {
            "title": safe_text(spec.title),
            "zone": safe_text(spec.zone),
            "start": iso_utc(spec.start_ns) + "Z",
            "end": iso_utc(spec.end_ns) + "Z",
            "x": "utc-ms",
            "palette": list(PALETTE),
        },
    }
    if any(one.right for one in drawn) or any(line.settings.get("axis") == "right" for line in spec.lines):
        layout["yaxis2"] = _value_axis(spec, drawn, right=True)
        left = {one.mode.startswith("column") for one in drawn if not one.right}
        right = {one.mode.startswith("column") for one in drawn if one.right}
        if (left, right) == ({False}, {True}):
            # Lines stand before columns, whichever axis they have.
            del layout["yaxis2"]["overlaying"]
            layout["yaxis"]["overlaying"] = "y2"
    ranges = {False: layout["yaxis"].get("range")}
    if "yaxis2" in layout:
        ranges[True] = layout["yaxis2"].get("range")
    lines = [_end_of(one, spec) for one in drawn if one.spec.enabled and one.mode in _LINES]
    logs = log_sides(spec)
    ranges = {right: as_values(span) if right in logs else span for right, span in ranges.items()}
    ends = line_labels(spec, lines, ranges, logs)
    marks = ends + threshold_labels(spec.lines)
    layout["annotations"] = log_marks(marks, logs)
    layout["margin"] = {**layout["margin"], "r": max(8, label_room_px(ends))}
    return layout | legend_of(spec.settings, layout)


def _end_of(one: _Drawn, spec: ChartSpec) -> EndOfLine:
    series = one.spec
    told = {"last-value-label": spec.settings.get("last-value-label", ""), **series.settings}
    return EndOfLine(
        one.index, series.label, one.stroke.color, one.form, series.times_ns, series.values, told, one.right
    )


def _value_axis(spec: ChartSpec, drawn: Sequence[_Drawn], *, right: bool) -> dict[str, Any]:
    here = [one for one in drawn if one.right is right]
    units = {_unit(one) for one in here}
    forms = [one.form for one in here]
    own = spec.axes.get("right" if right else "left", {})
    columns = [*(one.spec.values for one in here), *_bands_of(here)]
    form = forms[0] if forms else None
    axis = value_axis(
        spec.settings,
        right=right,
        columns=columns,
        from_zero=any(one.mode in {"column", "stack", "column-stack"} for one in here),
        form=form,
        unit=units.pop() if len(units) == 1 else None,
        own=own,
        zone=spec.zone,
    )
    if right not in log_sides(spec):
        return axis
    form = number_format(own["format"], spec.zone) or form if own.get("format") else form
    columns += [line.values for line in spec.lines if (line.settings.get("axis") == "right") is right]
    return log_axis(axis, spec.settings, columns, form, right=right, own=own)


def _bands_of(drawn: Sequence[_Drawn]) -> list[np.ndarray]:
    bands = [one.spec.band for one in drawn if one.spec.band is not None]
    return [column for band in bands for column in (band.least, band.greatest)]


def _notes(spec: ChartSpec, palette: Sequence[str]) -> list[Note]:
    notes = []
    drawn = sum(len(one.times_ns) for one in spec.series)
    total = sum(one.samples_total for one in spec.series)
    cut = [one for one in spec.series if one.samples_total > len(one.times_ns)]
    if cut:
        here, whole = sum(len(one.times_ns) for one in cut), sum(one.samples_total for one in cut)
        notes.append(
            Note(
                "points-picked",
                f"1 of {max(2, round(whole / max(1, here)))} points drawn ({here:,} of {whole:,}), "
                "min and max kept",
                count=whole - here,
                data={"drawn": drawn, "total": total},
            )
        )
    if spec.series and not total:
        notes.append(Note("no-samples", "there are no samples in this interval"))
    elif not spec.series and not spec.lines:
        notes.append(Note("no-series", "no series is displayed"))
    return notes
