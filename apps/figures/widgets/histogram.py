"""How often which values occur: all samples of the interval in bins of equal width."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.axes import value_axis
from apps.figures.panel import PanelSpec
from apps.figures.panels import colors_of, hover_name, layout_of
from apps.figures.registry import register_widget
from apps.figures.settings import choice, flag, number, words
from apps.figures.spec import Figure
from apps.figures.texts import safe_text

__all__ = ["build_histogram", "percentile_of"]

_MAX_BINS = 1000
_SHARES = frozenset({"density", "fraction"})
_SCALES = {"frequency": "samples", "density": "share of samples", "fraction": "share of samples"}


@register_widget("histogram")
def build_histogram(spec: PanelSpec) -> Figure:
    """Bins over what all series span; the series of a stack stand on each other, else side by side."""
    colors = colors_of(spec)
    columns = [one.values[np.isfinite(one.values)] for one in spec.series]
    every = np.concatenate(columns) if columns else np.empty(0)
    if not every.size:
        code = "no-samples" if spec.series else "no-series"
        return Figure({"data": [], "layout": layout_of(spec)}, colors, (Note(code, "there are no samples"),))
    bins = int(min(max(number(spec.settings, "bar-count") or 50, 1), _MAX_BINS))
    edges = np.histogram_bin_edges(every, bins=bins)
    scale = choice(spec.settings, "left-axis", ("frequency", "density", "fraction", "none"))
    share = len(every) if scale in _SHARES else 1
    heights = [np.histogram(column, bins=edges)[0] / share for column in columns]
    traces = [
        _trace(spec, at, edges, height, colors[at], fraction=share > 1) for at, height in enumerate(heights)
    ]
    layout = _layout(spec, edges, every, heights, scale)
    if "yaxis2" in layout:
        traces.append(_holder(edges))
    return Figure({"data": traces, "layout": layout}, colors)


def _holder(edges: np.ndarray) -> dict[str, Any]:
    """plotly.js draws an axis only when a trace stands on it; this one shows nothing."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [float(edges[0])],
        "y": [0.0],
        "yaxis": "y2",
        "marker": {"opacity": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": {"role": "scale"},
    }


def _trace(
    spec: PanelSpec, at: int, edges: np.ndarray, height: np.ndarray, color: str, *, fraction: bool
) -> dict[str, Any]:
    one = spec.series[at]
    width = float(edges[1] - edges[0])
    name = hover_name(one)
    spans = [
        f"<b>{name}</b><br>{safe_text(one.form.text(float(low)))} – {safe_text(one.form.text(float(high)))}"
        f"<br>{f'{count:.2%}' if fraction else f'{int(count):,} samples'}"
        for low, high, count in zip(edges[:-1], edges[1:], height, strict=True)
    ]
    return {
        "type": "bar",
        "name": name,
        "x": ((edges[:-1] + edges[1:]) / 2).tolist(),
        "y": height.tolist(),
        "width": width * 0.94,
        "hovertext": spans,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": color, "line": {"width": 0}},
        "meta": {"role": "bins", "color": color},
    }


def _layout(
    spec: PanelSpec, edges: np.ndarray, every: np.ndarray, heights: list[np.ndarray], scale: str
) -> dict[str, Any]:
    unit = spec.series[0].unit
    form = spec.series[0].form
    settings = {"axis-title": spec.settings.get("axis-title", "") or _SCALES.get(scale, "")}
    counts = value_axis(settings, right=False, columns=[*heights], from_zero=True, form=None, unit=None)
    counts |= {"fixedrange": True, "visible": scale != "none"}
    if scale in _SHARES:
        counts["tickformat"] = ",.1~%"
    pad = float(edges[1] - edges[0]) / 2
    values = value_axis({}, right=False, columns=[edges], from_zero=False, form=form, unit=unit)
    values |= {
        "fixedrange": True,
        "showgrid": False,
        "range": [float(edges[0]) - pad, float(edges[-1]) + pad],
    }
    shapes, notes = _marks(spec, every)
    values |= _percentile_ticks(spec, every)
    second = _second_axis(spec, counts, scale, len(every), heights)
    stacked = choice(spec.settings, "mode", ("stack", "group")) == "stack"
    return layout_of(
        spec,
        barmode="stack" if stacked else "overlay",
        bargap=0,
        showlegend=len(spec.series) > 1,
        xaxis=values,
        yaxis=counts,
        **second,
        shapes=shapes,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 24 if shapes else 8, "b": 8},
    )


def _second_axis(
    spec: PanelSpec, counts: dict[str, Any], scale: str, total: int, heights: list[np.ndarray]
) -> dict[str, Any]:
    """``right-axis``: the same bars read on another scale, level with the left one."""
    other = choice(spec.settings, "right-axis", ("none", "density", "fraction", "frequency"))
    if other == "none":
        return {}
    top = 1.05 * float(sum(heights).max() or 1.0) if heights else 1.0
    per_sample = (1 / total if other != "frequency" else 1.0) * (1.0 if scale not in _SHARES else total)
    counts |= {"range": [0, top], "autorange": False}
    axis = {
        "overlaying": "y",
        "side": "right",
        "range": [0, top * per_sample],
        "autorange": False,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "automargin": True,
        # Left to itself plotly.js puts these ticks level with the left axis, at odd numbers.
        "tickmode": "auto",
        "nticks": 6,
        "title": {"text": _SCALES[other], "standoff": 8},
        "tickformat": ",.1~%" if other in _SHARES else ",~r",
    }
    return {"yaxis2": axis}


def _percentile_ticks(spec: PanelSpec, every: np.ndarray) -> dict[str, Any]:
    """``bottom-axis``: percentiles in place of values, or nothing."""
    bottom = choice(spec.settings, "bottom-axis", ("values", "percentiles", "none"))
    if bottom == "none":
        return {"showticklabels": False}
    if bottom == "values":
        return {}
    wanted = [percentile_of(word) for word in words(spec.settings, "percentiles")[:20]]
    percents = sorted({one for one in wanted if one is not None}) or [5.0, 25.0, 50.0, 75.0, 95.0]
    places = np.percentile(every, percents).tolist()
    return {"tickmode": "array", "tickvals": places, "ticktext": [f"{one:g}%" for one in percents]}


def _marks(spec: PanelSpec, every: np.ndarray) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines at the percentiles that are asked for."""
    wanted = words(spec.settings, "percentiles")
    top = choice(spec.settings, "top-axis", ("none", "percentiles", "values"))
    if not wanted and (top == "percentiles" or flag(spec.settings, "vertical-grid")):
        wanted = ["5", "25", "50", "75", "95"]
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for word in wanted[:20]:
        percent = percentile_of(word)
        if percent is None:
            continue
        at = float(np.percentile(every, percent))
        shapes.append(
            {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
             "line": {"width": 1, "dash": "dot"}, "name": "mark"}
        )  # fmt: skip
        label: dict[str, Any] = {"x": at, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
        said = {"text": f"{percent:g}%", "font": {"size": 11}}
        notes.append(label | said | {"hovertext": safe_text(spec.series[0].form.text(at))})
    return shapes, notes


def percentile_of(word: str) -> float | None:
    """``25%``, ``25`` or ``p25`` as a number from 0 to 100."""
    try:
        percent = float(word.strip().lstrip("pP").rstrip("%")[:20])
    except ValueError:
        return None
    return percent if 0 <= percent <= 100 else None
