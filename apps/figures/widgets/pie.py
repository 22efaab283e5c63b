"""Shares of last values as sectors of a pie or a ring, with the remainder of a total where one is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.format import number_format, plain_number
from apps.figures.panel import PanelSpec
from apps.figures.panels import absent, colors_of, hover_name, layout_of, ordered, tooltip_lines
from apps.figures.ranges import ink_on
from apps.figures.registry import register_widget
from apps.figures.settings import choice, flag
from apps.figures.spec import Figure
from apps.figures.style import css_color
from apps.figures.texts import safe_text

__all__ = ["build_pie"]

_PLACES = {"inside": "inside", "outside": "outside", "connected": "outside", "auto": "auto", "none": "none"}
_OTHER = "#b8b8b4"
_LETTER_PX = 6.3


@register_widget("pie")
def build_pie(spec: PanelSpec) -> Figure:
    """Sectors in the order of the text, or by ``sort``. A value below zero has no share and is reported."""
    colors = colors_of(spec)
    shown = [
        at for at, one in enumerate(spec.series) if np.isfinite(one.last) and one.last > 0 and one.enabled
    ]
    negative = sum(1 for one in spec.series if one.last < 0)
    shown = ordered(
        shown, spec.settings.get("sort"), lambda at: spec.series[at].last, lambda at: spec.series[at].label
    )
    parts = [spec.series[at] for at in shown]
    values = [one.last for one in parts]
    labels = [hover_name(one) for one in parts]
    hovers = [tooltip_lines(one) for one in parts]
    fills = [one.look.fill or colors[at] for one, at in zip(parts, shown, strict=True)]
    pulls = [0.08 if flag(one.settings, "expand") else 0.0 for one in parts]
    texts = [one.value_text for one in parts]
    rest = None if spec.total is None else spec.total - sum(values)
    if rest is not None and rest > 0 and _shows_other(spec):
        settings = spec.other.settings if spec.other else {}
        name = safe_text((spec.other.own.get("label") if spec.other else None) or "Other", lines=False)
        form = number_format(settings.get("format") or spec.settings.get("format"), spec.zone)
        text = (form.text if form else plain_number)(rest)
        values, labels = [*values, rest], [*labels, name]
        hovers = [*hovers, f"<b>{name}</b><br>{safe_text(text, lines=False)}"]
        fills = [*fills, css_color(spec.other.own.get("color") if spec.other else None) or _OTHER]
        pulls, texts = [*pulls, 0.0], [*texts, text]
    trace = _trace(spec, values, labels, hovers, fills, pulls, texts)
    beside = trace["textposition"] in {"auto", "outside"}
    longest = max((len(text) for text in (*labels, *texts)), default=0) if beside else 0
    figure = {"data": [trace] if values else [], "layout": _layout(spec, longest)}
    notes = list(absent(spec))
    if negative:
        notes.append(Note("negative-left-out", f"{negative} values below zero have no share", count=negative))
    return Figure(figure, colors, tuple(notes))


def _shows_other(spec: PanelSpec) -> bool:
    if spec.other is not None and not flag(spec.other.settings, "display", True):
        return False
    return flag(spec.settings, "display-other", True)


def _trace(
    spec: PanelSpec,
    values: list[float],
    labels: list[str],
    hovers: list[str],
    fills: list[str],
    pulls: list[float],
    texts: list[str],
) -> dict[str, Any]:
    place = next(
        (one.settings["series-labels"] for one in spec.series if "series-labels" in one.settings), ""
    )
    place = _PLACES.get(place.strip().lower() or spec.settings.get("series-labels", "auto"), "auto")
    return {
        "type": "pie",
        # Plotly adds up sectors of equal labels; numbers keep them apart and the names go beside.
        "labels": [str(at) for at in range(len(labels))],
        "values": values,
        "text": [
            f"{name}<br>{safe_text(text, lines=False)}" for name, text in zip(labels, texts, strict=True)
        ],
        "customdata": labels,
        "texttemplate": "%{text}",
        "textinfo": "text",
        "textposition": place,
        "insidetextorientation": "horizontal",
        "insidetextfont": {"color": [ink_on(fill) for fill in fills]},
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<br>%{percent}<extra></extra>",
        "marker": {"colors": fills},
        "pull": pulls,
        "hole": 0.58 if choice(spec.settings, "mode", ("pie", "ring")) == "ring" else 0.0,
        "sort": False,
        "direction": "clockwise",
        "meta": {"role": "sectors"},
    }


def _layout(spec: PanelSpec, longest: int) -> dict[str, Any]:
    # Room for names beside the pie. Left to itself plotly.js looks for it again and again, without an end.
    side_px = round(min(0.28 * spec.width_px, _LETTER_PX * longest + 24)) if longest else 16
    # Small shares come last, low on the left, and their names are pushed down one below the other.
    above_px, below_px = (8, 108) if longest else (16, 16)
    layout = layout_of(spec, margin={"l": side_px, "r": side_px, "t": above_px, "b": below_px})
    caption = safe_text(spec.settings.get("caption"))
    if caption and choice(spec.settings, "mode", ("pie", "ring")) == "ring":
        layout["annotations"] = [
            {"text": caption, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False,
             "font": {"size": 16}}
        ]  # fmt: skip
    return layout
