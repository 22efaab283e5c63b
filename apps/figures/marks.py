"""Words beside lines: the name or the last value at the end of each, the label of a threshold on it.

Plotly knows annotations only by where they point, so what would overlap is moved apart here, by the height
that a plot has on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.figures.axes import iso_utc
from apps.figures.encode import times_ms, typed
from apps.figures.format import ValueFormat
from apps.figures.settings import choice
from apps.figures.spec import ChartSpec, LineSpec
from apps.figures.style import css_color
from apps.figures.texts import safe_text

__all__ = ["EndOfLine", "label_room_px", "line_labels", "threshold_labels", "threshold_trace"]

#: More lines than this are named by the legend alone, and on less room than this all are.
_MOST_LINES, _LEAST_WIDTH_PX = 3, 480

_LETTERS, _LETTER_PX = 18, 6.3
_PLOT_PX, _ROW_PX = 240.0, 14.0
_NO = frozenset({"none", "hidden", "false", "no"})


@dataclass(frozen=True, eq=False)
class EndOfLine:
    """A line that may be named where it ends. ``index``: its number among the series of the figure."""

    index: int
    label: str
    color: str
    form: ValueFormat
    times_ns: np.ndarray
    values: np.ndarray
    settings: Mapping[str, str]
    right_axis: bool = False

    @property
    def place(self) -> str | None:
        """Where the settings want the mark: right, left, none; None where they don't say."""
        for name in ("pointer-position", "last-value-label"):
            word = str(self.settings.get(name, "")).strip().lower()
            if word in {"left", "right"}:
                return word
            if word in _NO:
                return "none"
        return None


def line_labels(
    spec: ChartSpec,
    lines: Sequence[EndOfLine],
    ranges: Mapping[bool, Sequence[float] | None],
    logs: frozenset[bool] = frozenset(),
) -> list[dict[str, Any]]:
    """Where a setting asks for it the last value stands at the end of its line. Of two or three lines each
    that isn't told otherwise is named there. ``ranges``: those of the left (False) and right axis, if set;
    a right axis that exists is among them. ``logs``: the axes that are logarithmic."""
    if spec.width_px < _LEAST_WIDTH_PX:
        return []
    few = 2 <= len(lines) <= _MOST_LINES and True not in ranges
    marks: list[tuple[float, dict[str, Any]]] = []
    for line in lines:
        inside = np.flatnonzero(
            np.isfinite(line.values) & (line.times_ns >= spec.start_ns) & (line.times_ns < spec.end_ns)
        )
        place = line.place
        if not inside.size or place == "none" or (place is None and not few):
            continue
        at = int(inside[0 if place == "left" else -1])
        value = float(line.values[at])
        last = float(line.values[inside[-1]])
        text = _short(line.label) if place is None else safe_text(line.form.text(last), lines=False)
        mark = {
            "name": f"end:{line.index}",
            "text": f'<span style="color:{line.color}">●</span> {text}',
            "x": iso_utc(int(line.times_ns[at])),
            "xref": "x",
            "y": value,
            "yref": "y2" if line.right_axis else "y",
            "xanchor": "right" if place == "left" else "left",
            "yanchor": "middle",
            "xshift": -4 if place == "left" else 4,
            "showarrow": False,
            "font": {"size": 11},
        }
        if place == "left" or True in ranges:
            # Beside the plot stand the numbers of an axis: the mark stands inside it, above its point.
            mark |= {"xanchor": "left" if place == "left" else "right", "yanchor": "bottom"}
        here = [one for one in lines if one.right_axis is line.right_axis]
        span = ranges.get(line.right_axis)
        marks.append((_height_px(here, value, span, line.right_axis in logs), mark))
    return _apart(marks)


def label_room_px(marks: Sequence[Mapping[str, Any]]) -> int:
    """Room that marks right of the plot need."""
    right_of = [one for one in marks if one.get("xshift", 0) > 0 and one["xanchor"] == "left"]
    if not right_of:
        return 0
    return round(max(len(str(one["text"]).rpartition("> ")[2]) for one in right_of) * _LETTER_PX + 20)


def _short(label: str) -> str:
    text = label.splitlines()[0] if label.splitlines() else ""
    return safe_text(text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…", lines=False)


def _height_px(
    lines: Sequence[EndOfLine], value: float, span: Sequence[float] | None, logarithmic: bool
) -> float:
    """About how far up a value stands; ``lines`` are those of its axis."""
    if span is not None:
        low, high = span
    else:
        known = [one.values[np.isfinite(one.values)] for one in lines]
        known = [one for one in known if one.size]
        low, high = min(float(one.min()) for one in known), max(float(one.max()) for one in known)
    if logarithmic:
        value, low, high = (float(np.log10(max(one, 1e-300))) for one in (value, low, high))
    return _PLOT_PX * ((value - low) / (high - low) if high > low else 0.5)


def _apart(marks: list[tuple[float, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The marks from below, each at least a row of text above the one before it."""
    found = []
    free_px = -np.inf
    for height_px, mark in sorted(marks, key=lambda one: one[0]):
        place_px = max(height_px, free_px)
        if place_px > height_px:
            mark["yshift"] = round(place_px - height_px)
        free_px = place_px + _ROW_PX
        found.append(mark)
    return sorted(found, key=lambda mark: str(mark["name"]))


def threshold_labels(lines: Sequence[LineSpec]) -> list[dict[str, Any]]:
    """The label of a threshold on its line, at the right unless ``pointer-position`` says otherwise."""
    found = []
    for line in lines:
        known = np.flatnonzero(np.isfinite(line.values))
        place = str(line.settings.get("pointer-position", "")).strip().lower()
        if not line.label or not known.size or place in _NO:
            continue
        left = place == "left"
        found.append(
            {
                "name": "threshold",
                "text": _short(line.label),
                "x": 0 if left else 1,
                "xref": "paper",
                "xanchor": "left" if left else "right",
                "y": float(line.values[known[0 if left else -1]]),
                "yref": "y2" if str(line.settings.get("axis", "")).strip().lower() == "right" else "y",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 11},
            }
        )
    return found


def threshold_trace(line: LineSpec) -> dict[str, Any]:
    """A threshold as a dashed line, without marks."""
    color = css_color(line.settings.get("color"))
    right = choice(line.settings, "axis", ("left", "right")) == "right"
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": safe_text(line.label, lines=False) or "threshold",
        "x": typed(times_ms(line.times_ns)),
        "y": typed(line.values),
        "line": {"width": 1.25, "dash": "dash"}
        | ({"color": color} if color else {})
        | ({"shape": "hv"} if line.stepped else {}),
        "connectgaps": False,
        "meta": {"role": "threshold"},
    }
    return trace | ({"yaxis": "y2"} if right else {})
