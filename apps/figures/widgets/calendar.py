"""A row per series, a cell per period, coloured by a statistic of the period."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.aggregators.summary import summarise_grid
from apps.algebra.periods import Grid, Period, period_grid
from apps.errors import ArgumentFault, Note
from apps.figures.axes import iso_utc, time_axis, wall_texts
from apps.figures.panel import PanelSeries, PanelSpec
from apps.figures.panels import colors_of, hover_name, layout_of
from apps.figures.ranges import Ranges, ink_on, ranges_of
from apps.figures.registry import register_widget
from apps.figures.settings import flag
from apps.figures.spec import Figure
from apps.figures.texts import safe_text

__all__ = ["build_calendar"]

#: More cells than that are neither seen nor sent.
MAX_CELLS = 50_000
_LABEL_ROOM_PX = 38
_PERCENTILE = re.compile(r"percentile[_(]\s*([\d.]{1,8})\s*\)?")
_SORT_STATISTIC = re.compile(r"(sum|min|max|avg|first|last)\b.*?(asc|desc)?\s*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class _Line:
    one: PanelSeries
    cells: np.ndarray


@register_widget("calendar")
def build_calendar(spec: PanelSpec) -> Figure:
    """Periods are the zone's; one without samples stays empty. Raises ArgumentFault past the cell limit."""
    period = Period.parse(spec.settings.get("summarize-period") or "5 minute")
    statistic = _statistic(spec.settings.get("summarize-statistic") or "avg")
    grid = _grid(spec, period)
    lines = [_Line(one, _cells(one, statistic, grid)) for one in spec.series]
    lines = _sorted(spec, lines)
    merged = len(spec.bounds) > 1 or flag(spec.settings, "range-merge")
    every = np.concatenate([line.cells for line in lines]) if lines else np.empty(0)
    known = every[np.isfinite(every)]
    common = ranges_of(spec.settings, spec.bounds, _ends(known))
    rows = [common if merged else ranges_of(spec.settings, (), _ends(line.cells)) for line in lines]
    traces = [_trace(spec, line, at, grid, statistic, rows[at]) for at, line in enumerate(lines)]
    if flag(spec.settings, "data-labels") and spec.width_px / max(1, len(grid.starts)) >= _LABEL_ROOM_PX:
        traces += [_label_trace(spec, line, at, grid, rows[at]) for at, line in enumerate(lines)]
    layout = _layout(spec, lines, grid, statistic, merged)
    notes = (
        () if known.size else (Note("no-samples" if spec.series else "no-series", "there are no samples"),)
    )
    return Figure({"data": traces, "layout": layout}, colors_of(spec, palette=False), notes)


def _cells(one: PanelSeries, statistic: Statistic, grid: Grid) -> np.ndarray:
    found, _, _ = summarise_grid([statistic], one.times_ns, one.values, grid, summaries=one.summaries)
    return found[statistic]


def _ends(values: np.ndarray) -> list[float]:
    known = values[np.isfinite(values)]
    return [float(known.min()), float(known.max())] if known.size else []


def _statistic(text: str) -> Statistic:
    word = text.strip().lower().replace("-", "_")
    found = _PERCENTILE.fullmatch(word)
    return Statistic("percentile", float(found[1])) if found else Statistic(word)


def _grid(spec: PanelSpec, period: Period) -> Grid:
    count = (spec.end_ns - spec.start_ns) // max(1, period.fixed_ns) + 1
    if count * max(1, len(spec.series)) > MAX_CELLS:
        raise ArgumentFault(
            f"this calendar would have {count * max(1, len(spec.series)):,} cells, more than {MAX_CELLS:,}",
            hint="lengthen summarize-period or shorten the interval",
        )
    return period_grid(period, spec.start_ns, spec.end_ns, zone=spec.zone, first="keep")


def _sorted(spec: PanelSpec, lines: list[_Line]) -> list[_Line]:
    """``sort = name DESC``, or a statistic of what each row shows."""
    sort = (spec.settings.get("sort") or "").strip()
    descending = sort.lower().endswith("desc")
    if sort.lower().startswith("name"):
        return sorted(lines, key=lambda line: line.one.label.lower(), reverse=descending)
    found = _SORT_STATISTIC.fullmatch(sort)
    if found is None:
        return lines
    name = found[1].lower()

    def rank(line: _Line) -> float:
        known = line.cells[np.isfinite(line.cells)]
        if not known.size:
            return np.inf
        picks = {"first": known[0], "last": known[-1], "avg": known.mean()}
        value = float(picks[name] if name in picks else getattr(known, name)())
        return -value if descending else value

    return sorted(lines, key=rank)


def _trace(
    spec: PanelSpec, line: _Line, at: int, grid: Grid, statistic: Statistic, ranges: Ranges
) -> dict[str, Any]:
    """One row; each has a scale of its own, so that colours are ranges and never blends of two."""
    edges = [*grid.starts.tolist(), int(grid.ends[-1])] if len(grid.starts) else []
    count = len(ranges.colors)
    # z holds the number of a range; half a step keeps a code inside its colour.
    codes = [
        None if value != value else _place(ranges, value) + 0.5 for value in line.cells.tolist()
    ]
    scale = []
    for place, color in enumerate(ranges.colors):
        scale += [[place / count, color], [(place + 1) / count, color]]
    form = line.one.form
    texts = [
        "" if value != value else safe_text(form.text(value), lines=False) for value in line.cells.tolist()
    ]
    starts = wall_texts(grid.starts, spec.zone) if len(grid.starts) else []
    name = hover_name(line.one)
    unit = f" {safe_text(line.one.unit, lines=False)}" if line.one.unit else ""
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": [iso_utc(edge) for edge in edges],
        "y": [at - 0.5, at + 0.5],
        "z": [codes],
        "zmin": 0,
        "zmax": count,
        "colorscale": scale,
        "showscale": False,
        "hoverongaps": False,
        "ygap": 3 if len(spec.series) > 1 else 1,
        "xgap": 1 if len(edges) * 6 < spec.width_px else 0,
        "hovertext": [
            [
                f"<b>{name}</b><br>{safe_text(str(statistic))} {text}{unit}<br>{start}" if text else ""
                for text, start in zip(texts, starts, strict=True)
            ]
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "calendar", "row": at},
    }
    return trace


def _label_trace(spec: PanelSpec, line: _Line, at: int, grid: Grid, ranges: Ranges) -> dict[str, Any]:
    """The values over their cells: a heat map has one colour for all its texts, and some cells drown it."""
    values = line.cells.tolist()
    middles = ((grid.starts + grid.ends) // 2).tolist()
    return {
        "type": "scatter",
        "mode": "text",
        "x": [iso_utc(middle) for middle in middles],
        "y": [at] * len(values),
        "text": [
            "" if value != value else safe_text(line.one.form.text(value), lines=False) for value in values
        ],
        "textfont": {
            "size": 11,
            "color": [ink_on(ranges.colors[_place(ranges, value)]) for value in values],
        },
        "hoverinfo": "skip",
        "meta": {"role": "label", "row": at},
    }


def _place(ranges: Ranges, value: float) -> int:
    """The number of the range that holds the value; the nearest one outside of them."""
    return min(max(bisect_right(ranges.bounds, value) - 1, 0), len(ranges.colors) - 1)


def _layout(
    spec: PanelSpec, lines: list[_Line], grid: Grid, statistic: Statistic, merged: bool
) -> dict[str, Any]:
    start_ns = int(grid.starts[0]) if len(grid.starts) else spec.start_ns
    end_ns = int(grid.ends[-1]) if len(grid.ends) else spec.end_ns
    names = {
        "tickmode": "array",
        "tickvals": list(range(len(lines))),
        "ticktext": [safe_text(line.one.label) for line in lines],
        "range": [len(lines) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
    }
    layout = layout_of(
        spec,
        xaxis=time_axis(start_ns, end_ns, spec.zone, spec.width_px, spec.settings) | {"fixedrange": True},
        yaxis=names,
    )
    if merged or len(lines) == 1:
        layout["meta"]["scale"] = _scale(spec, lines)
    period = spec.settings.get("summarize-period") or "5 minute"
    layout["meta"]["statistic"] = f"{statistic} of each {period.removeprefix('1 ')}"
    layout["meta"]["rows"] = len(lines)
    return layout


def _scale(spec: PanelSpec, lines: list[_Line]) -> list[dict[str, str]]:
    """The legend of the colours: from, to, colour."""
    every = np.concatenate([line.cells for line in lines]) if lines else np.empty(0)
    ranges = ranges_of(spec.settings, spec.bounds, _ends(every))
    form = lines[0].one.form if lines else None
    if form is None:
        return []
    return [
        {"from": form.text(_neat(low)), "to": form.text(_neat(high)), "color": color}
        for low, high, color in zip(ranges.bounds[:-1], ranges.bounds[1:], ranges.colors, strict=True)
    ]


def _neat(value: float) -> float:
    return float(f"{value:.3g}")
