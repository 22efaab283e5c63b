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
    share = len(every) if scale in {"density", "fraction"} else 1
    heights = [np.histogram(column, bins=edges)[0] / share for column in columns]
    traces = [
        _trace(spec, at, edges, height, colors[at], fraction=share > 1) for at, height in enumerate(heights)
    ]
    return Figure({"data": traces, "layout": _layout(spec, edges, every, heights, scale)}, colors)


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
    if scale in {"density", "fraction"}:
        counts["tickformat"] = ",.1~%"
    pad = float(edges[1] - edges[0]) / 2
    values = value_axis({}, right=False, columns=[edges], from_zero=False, form=form, unit=unit)
    values |= {
        "fixedrange": True,
        "showgrid": False,
        "range": [float(edges[0]) - pad, float(edges[-1]) + pad],
    }
    shapes, notes = _marks(spec, every)
    stacked = choice(spec.settings, "mode", ("stack", "group")) == "stack"
    return layout_of(
        spec,
        barmode="stack" if stacked else "overlay",
        bargap=0,
        showlegend=len(spec.series) > 1,
        xaxis=values,
        yaxis=counts,
        shapes=shapes,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 24 if shapes else 8, "b": 8},
    )


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
