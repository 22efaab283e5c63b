"""A dial: coloured ranges, a pointer at the total of the last values, that total as a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.format import ValueFormat, number_format
from apps.figures.panel import PanelSpec
from apps.figures.panels import absent, colors_of, layout_of
from apps.figures.ranges import Ranges, ranges_of
from apps.figures.registry import register_widget
from apps.figures.settings import choice, flag, number
from apps.figures.spec import Figure
from apps.figures.texts import safe_text

__all__ = ["build_gauge"]

#: Degrees of the arc by mode, and the share of the radius that is ring.
_ARCS = {"default": (240.0, 0.2), "half": (180.0, 0.28), "sleek": (180.0, 0.12)}
_STEPS_PER_DEGREE = 0.5


@dataclass(frozen=True)
class _Dial:
    """Places on the dial: an arc open at the bottom, values from left to right."""

    low: float
    high: float
    arc: float

    def angle(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        share = min(1.0, max(0.0, share))
        return math.radians(90 + self.arc / 2 - self.arc * share)

    def point(self, value: float, radius: float) -> tuple[float, float]:
        angle = self.angle(value)
        return radius * math.cos(angle), radius * math.sin(angle)


@register_widget("gauge")
def build_gauge(spec: PanelSpec) -> Figure:
    """Several series count as their total. Without thresholds the scale runs from zero past the value."""
    known = [one.last for one in spec.series if np.isfinite(one.last)]
    total = sum(known) if known else math.nan
    bounds = spec.bounds if len(set(spec.bounds)) > 1 else _fallback(total)
    ranges = ranges_of(dict(spec.settings) | {"type": "gauge"}, bounds)
    mode = choice(spec.settings, "mode", ("default", "half", "sleek"))
    arc, ring = _ARCS[mode]
    ring = _fraction(spec, "ring-width", ring)
    dial = _Dial(ranges.bounds[0], ranges.bounds[-1], arc)
    form = _form(spec)
    traces = [_sector(dial, ranges, at, ring, form) for at in range(len(ranges.colors))]
    if math.isfinite(total):
        traces.append(_needle(dial, total, ring, mode, _fraction(spec, "arrow-length", 0.0)))
    layout = layout_of(
        spec,
        xaxis=_plane([-1.32, 1.32]),
        yaxis=_plane([-0.78 if arc > 180 else -0.42, 1.2]) | {"scaleanchor": "x", "scaleratio": 1},
        annotations=[*_ticks(spec, dial, ranges, form, ring), *_texts(spec, total, form, arc)],
    )
    notes = list(absent(spec))
    if math.isfinite(total) and not ranges.bounds[0] <= total <= ranges.bounds[-1]:
        notes.append(Note("off-scale", f"{form.text(total)} is outside the dial"))
    # A dial without a pointer would look like a value of zero.
    drawn = traces if math.isfinite(total) else []
    return Figure({"data": drawn, "layout": layout}, colors_of(spec), tuple(notes))


def _fallback(total: float) -> tuple[float, ...]:
    top = abs(total) * 1.25 if math.isfinite(total) and total else 1.0
    power = 10.0 ** math.floor(math.log10(top))
    top = math.ceil(top / power) * power
    low = -top if total < 0 else 0.0
    return (low, low + (top - low) * 0.6, low + (top - low) * 0.8, top)


def _fraction(spec: PanelSpec, name: str, default: float) -> float:
    """A share of the radius, also in percent."""
    text = str(spec.settings.get(name, "")).strip()
    value = number({"n": text.rstrip("%")}, "n")
    if value is None:
        return default
    value = value / 100 if text.endswith("%") or value > 1 else value
    return min(0.95, max(0.02, value))


def _form(spec: PanelSpec) -> ValueFormat:
    if spec.series:
        return spec.series[0].form
    return number_format(spec.settings.get("format"), spec.zone) or ValueFormat(str)


def _plane(span: list[float]) -> dict[str, Any]:
    return {"visible": False, "range": span, "fixedrange": True, "showgrid": False, "zeroline": False}


def _sector(dial: _Dial, ranges: Ranges, at: int, ring: float, form: ValueFormat) -> dict[str, Any]:
    low, high = ranges.bounds[at], ranges.bounds[at + 1]
    steps = max(2, int(abs(math.degrees(dial.angle(low) - dial.angle(high))) * _STEPS_PER_DEGREE) + 2)
    along = np.linspace(low, high, steps).tolist()
    outline = [dial.point(value, 1.0) for value in along]
    outline += [dial.point(value, 1.0 - ring) for value in reversed(along)]
    outline.append(outline[0])
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in outline],
        "y": [y for _, y in outline],
        "fill": "toself",
        "fillcolor": ranges.colors[at],
        "line": {"width": 0.5, "color": ranges.colors[at]},
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": f"{safe_text(form.text(low))} – {safe_text(form.text(high))}",
        "meta": {"role": "range"},
    }


def _needle(dial: _Dial, value: float, ring: float, mode: str, length: float) -> dict[str, Any]:
    """A pointer from the hub to the ring; the sleek dial has a short one that leaves its middle free."""
    tip = length or 1.0 - ring * 0.5
    base = 0.62 if mode == "sleek" and not length else 0.0
    angle = dial.angle(value)
    half = 0.045
    side = (math.cos(angle + math.pi / 2) * half, math.sin(angle + math.pi / 2) * half)
    root = (base * math.cos(angle), base * math.sin(angle))
    points = [
        (root[0] + side[0], root[1] + side[1]),
        (tip * math.cos(angle), tip * math.sin(angle)),
        (root[0] - side[0], root[1] - side[1]),
    ]
    if not base:
        # Round the hub.
        points += [
            (half * math.cos(angle + turn), half * math.sin(angle + turn))
            for turn in np.linspace(-math.pi / 2, -3 * math.pi / 2, 13).tolist()
        ]
    points.append(points[0])
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "fill": "toself",
        "line": {"width": 1},
        "hoverinfo": "skip",
        "meta": {"role": "pointer"},
    }


def _ticks(
    spec: PanelSpec, dial: _Dial, ranges: Ranges, form: ValueFormat, ring: float
) -> list[dict[str, Any]]:
    """The bounds of the ranges, or so many even steps as ``ticks`` asks for."""
    if not flag(spec.settings, "display-ticks", True):
        return []
    count = number(spec.settings, "ticks")
    values = list(spec.bounds) if len(set(spec.bounds)) > 1 else list(ranges.bounds)
    if count is not None:
        values = np.linspace(dial.low, dial.high, int(min(max(count, 2), 30))).tolist()
    axis_form = number_format(spec.settings.get("format-axis"), spec.zone) or form
    written = axis_form if "format-axis" in spec.settings else form
    marks = []
    for value in sorted(set(values))[:30]:
        x, y = dial.point(value, 1.06)
        marks.append(
            {"x": x, "y": y, "showarrow": False, "text": safe_text(written.text(value), lines=False),
             "xanchor": "left" if x > 0.15 else "right" if x < -0.15 else "center",
             "yanchor": "bottom" if y > 0.3 else "middle", "font": {"size": 11}, "name": "tick"}
        )  # fmt: skip
    return marks


def _texts(spec: PanelSpec, total: float, form: ValueFormat, arc: float) -> list[dict[str, Any]]:
    place = choice(spec.settings, "counter-position", ("bottom", "top", "none"))
    texts = []
    if place != "none" and math.isfinite(total):
        counter = number_format(spec.settings.get("format-counter"), spec.zone)
        written = (counter or form) if "format-counter" in spec.settings else form
        text = written.text(total)
        unit = {one.unit for one in spec.series}
        if len(unit) == 1 and written.d3 == ",.6~r" and (only := next(iter(unit))):
            text += f" {only}"
        y = 0.42 if place == "top" else (-0.42 if arc > 180 else -0.2)
        texts.append(
            {"x": 0, "y": y, "text": safe_text(text, lines=False), "showarrow": False, "font": {"size": 24},
             "name": "counter"}
        )  # fmt: skip
    caption = safe_text(spec.settings.get("caption"))
    if caption:
        y = -0.64 if arc > 180 else -0.36
        texts.append(
            {"x": 0, "y": y, "text": caption, "showarrow": False, "font": {"size": 12}, "name": "tick"}
        )
    return texts
