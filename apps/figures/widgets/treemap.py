"""Rectangles whose area is a size and whose colour is the range of the last value."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.format import number_format, plain_number
from apps.figures.panel import PanelSpec
from apps.figures.panels import absent, hover_name, layout_of, ordered, tooltip_lines
from apps.figures.ranges import ink_on, ranges_of
from apps.figures.registry import register_widget
from apps.figures.settings import choice, flag, number
from apps.figures.spec import Figure
from apps.figures.style import css_color
from apps.figures.texts import safe_text

__all__ = ["build_treemap"]

_PACKING = {"auto": "squarify", "row": "slice", "column": "dice"}
_OTHER = "#b8b8b4"


@register_widget("treemap")
def build_treemap(spec: PanelSpec) -> Figure:
    """Sizes that are not above zero have no area; how many is noted."""
    shown = [at for at, one in enumerate(spec.series) if np.isfinite(one.size) and one.size > 0]
    left_out = len(spec.series) - len(shown)
    shown = ordered(
        shown, spec.settings.get("sort"), lambda at: spec.series[at].last, lambda at: spec.series[at].label
    )
    parts = [spec.series[at] for at in shown]
    ranges = ranges_of(spec.settings, spec.bounds, [one.last for one in parts])
    fills = [
        one.look.fill or css_color(one.settings.get("color")) or ranges.color(one.last) or _OTHER
        for one in parts
    ]
    sizes = [one.size for one in parts]
    labels = [hover_name(one) for one in parts]
    values = [safe_text(one.value_text, lines=False) for one in parts]
    hovers = [tooltip_lines(one) for one in parts]
    rest = _rest(spec, sum(sizes))
    if rest > 0:
        name = safe_text(spec.other.own.get("label") if spec.other else "", lines=False) or "Other"
        sizes, labels, values = [*sizes, rest], [*labels, name], [*values, ""]
        fills = [*fills, css_color(spec.other.own.get("color") if spec.other else None) or _OTHER]
        hovers = [*hovers, f"<b>{name}</b>"]
    trace = _trace(spec, labels, values, sizes, fills, hovers)
    notes = list(absent(spec))
    if left_out and not notes:
        notes.append(Note("no-area", f"{left_out} series without a size above zero", count=left_out))
    layout = layout_of(spec, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    # A text that would have to be smaller than this is left to the hover.
    layout["uniformtext"] = {"minsize": 9, "mode": "hide"}
    layout["meta"]["total"] = _total(spec, sum(sizes))
    all_colors = tuple(ranges.color(one.last) or _OTHER for one in spec.series)
    return Figure({"data": [trace] if parts else [], "layout": layout}, all_colors, tuple(notes))


def _rest(spec: PanelSpec, total: float) -> float:
    """What ``[other]`` says it is, or what is missing from ``total-size``."""
    whole = number(spec.settings, "total-size")
    own = number(spec.other.own, "size") if spec.other else None
    if spec.other is not None and own is not None:
        return own
    return whole - total if whole is not None else 0.0


def _total(spec: PanelSpec, total: float) -> str:
    if not flag(spec.settings, "display-total", True) or "size" not in {
        name for one in spec.series for name in one.settings
    }:
        return ""
    form = number_format(spec.settings.get("format-size"), spec.zone)
    text = (form.text if form else plain_number)(total)
    name = spec.settings.get("size-name")
    return f"{name}: {text}" if name else text


def _trace(
    spec: PanelSpec,
    labels: list[str],
    values: list[str],
    sizes: list[float],
    fills: list[str],
    hovers: list[str],
) -> dict[str, Any]:
    named = flag(spec.settings, "display-labels", True)
    texts = [
        f"{label}<br><b>{value}</b>" if value else label for label, value in zip(labels, values, strict=True)
    ]
    size_px = int(min(max(number(spec.settings, "font-size") or 12, 6), 40))
    return {
        "type": "treemap",
        "ids": [str(at) for at in range(len(labels))],
        "labels": labels,
        "parents": [""] * len(labels),
        "values": sizes,
        "text": texts if named else values,
        "texttemplate": "%{text}",
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"colors": fills, "line": {"width": 2}, "pad": {"t": 0, "l": 0, "r": 0, "b": 0}},
        # Colours one by one stand here: the path bar takes over those of "textfont", and knows one only.
        "insidetextfont": {"size": size_px, "color": [ink_on(fill) for fill in fills]},
        "tiling": {"packing": _PACKING[choice(spec.settings, "mode", ("auto", "row", "column"))], "pad": 0},
        "pathbar": {"visible": False},
        "sort": "sort" not in spec.settings,
        "meta": {"role": "areas"},
    }
