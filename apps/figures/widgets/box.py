"""One box per series: lowest, highest, median and a range of percentiles of all samples."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.aggregators.summary import summarise
from apps.figures.axes import value_axis
from apps.figures.panel import PanelSeries, PanelSpec
from apps.figures.panels import absent, colors_of, hover_name, layout_of, ordered
from apps.figures.registry import register_widget
from apps.figures.settings import choice, number
from apps.figures.spec import Figure
from apps.figures.texts import safe_text
from apps.figures.widgets.histogram import percentile_of

__all__ = ["build_box"]

DEFAULT_RANGE = (25.0, 75.0)


@register_widget("box")
def build_box(spec: PanelSpec) -> Figure:
    """The boxes are computed here, so that percentiles are the data API's and no sample is sent."""
    colors = colors_of(spec)
    low, high = _range(spec)
    order = ordered(
        [at for at, one in enumerate(spec.series) if np.isfinite(one.last)],
        spec.settings.get("sort"),
        lambda at: spec.series[at].last,
        lambda at: spec.series[at].label,
    )
    traces = [_trace(spec.series[at], place, colors[at], low, high) for place, at in enumerate(order)]
    traces.append(_hovers([spec.series[at] for at in order], low, high))
    names = [safe_text(spec.series[at].label) for at in order]
    units = {one.unit for one in spec.series}
    values = value_axis(
        spec.settings,
        right=False,
        columns=[one.values for one in spec.series],
        from_zero=False,
        form=spec.series[0].form if spec.series else None,
        unit=units.pop() if len(units) == 1 else None,
    )
    places: dict[str, Any] = {
        "tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names, "showgrid": False,
        "zeroline": False, "automargin": True, "fixedrange": True, "range": [-0.6, len(names) - 0.4],
    }  # fmt: skip
    rotate = number(spec.settings, "rotate-ticks")
    if rotate is not None:
        places["tickangle"] = -rotate
    layout = layout_of(spec, xaxis=places, yaxis=values | {"fixedrange": True}, boxgap=0.3)
    layout["annotations"] = _markers(spec, [spec.series[at] for at in order], low, high)
    return Figure({"data": traces, "layout": layout}, colors, absent(spec))


def _range(spec: PanelSpec) -> tuple[float, float]:
    """``percentiles = 10%/90%``."""
    parts = [
        percentile_of(part) for part in re.split(r"[/,\s]+", spec.settings.get("percentiles", "").strip())
    ]
    known = sorted(part for part in parts if part is not None)
    return (known[0], known[-1]) if len(known) >= 2 else DEFAULT_RANGE


def _numbers(one: PanelSeries, low: float, high: float) -> list[float]:
    values = one.values[np.isfinite(one.values)]
    inner = [Statistic("percentile", percent) for percent in (low, 50.0, high)]
    wanted = [Statistic("min"), *inner, Statistic("max")]
    found = summarise(wanted, values, np.array([0]), np.array([len(values)]))
    return [float(found[statistic][0]) for statistic in wanted]


def _trace(one: PanelSeries, place: int, color: str, low: float, high: float) -> dict[str, Any]:
    least, first, middle, third, most = _numbers(one, low, high)
    fill = one.look.fill or color
    return {
        "type": "box",
        "name": hover_name(one),
        "x": [place],
        "lowerfence": [least],
        "q1": [first],
        "median": [middle],
        "q3": [third],
        "upperfence": [most],
        "width": 0.5,
        "line": {"color": fill, "width": 1.5},
        "fillcolor": fill if one.settings.get("class", "").strip().lower() == "metro" else _tint(fill),
        "hoverinfo": "skip",
        "meta": {"role": "box", "color": fill},
    }


def _hovers(series: list[PanelSeries], low: float, high: float) -> dict[str, Any]:
    """What a box says; Plotly's own hover of a box knows no formats, so unseen points say it."""
    texts, heights = [], []
    for one in series:
        least, first, middle, third, most = (safe_text(one.form.text(v)) for v in _numbers(one, low, high))
        heights.append(_numbers(one, low, high)[2])
        texts.append(
            f"<b>{hover_name(one)}</b><br>max {most}<br>{high:g}% {third}<br>median {middle}<br>"
            f"{low:g}% {first}<br>min {least}<br>{int(np.isfinite(one.values).sum()):,} samples"
        )
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(range(len(series))),
        "y": heights,
        "marker": {"size": 28, "opacity": 0},
        "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
        "meta": {"role": "hover"},
    }


def _tint(color: str) -> str:
    if color.startswith("#") and len(color) == 7:
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},0.28)"
    return color


def _markers(spec: PanelSpec, series: list[PanelSeries], low: float, high: float) -> list[dict[str, Any]]:
    wanted = choice(spec.settings, "percentile-markers", ("none", "all", "top", "bottom"))
    marks = []
    for place, one in enumerate(series):
        _, first, _, third, _ = _numbers(one, low, high)
        top = [third] if wanted in {"all", "top"} else []
        bottom = [first] if wanted in {"all", "bottom"} else []
        marks += [
            {"x": place + 0.27, "y": at, "xanchor": "left", "showarrow": False, "font": {"size": 11},
             "text": safe_text(one.form.text(at))}
            for at in (*top, *bottom)
        ]  # fmt: skip
    return marks
