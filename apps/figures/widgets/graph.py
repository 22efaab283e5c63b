"""Nodes and links with values: a circle, or the levels of a hierarchy."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.panel import PanelSeries, PanelSpec
from apps.figures.panels import colors_of, layout_of, tooltip_lines
from apps.figures.registry import register_widget
from apps.figures.settings import choice, flag, number, words
from apps.figures.spec import Figure
from apps.figures.style import css_color
from apps.figures.texts import safe_text

__all__ = ["build_graph", "read_link"]

_ARROW = re.compile(r'\s*("[^"]*"|.+?)\s*(->|<-|\s-\s|-)\s*("[^"]*"|.+?)\s*')
_LINE = "#8c8c88"
_MAX = 500


@dataclass(frozen=True)
class _Link:
    start: str
    end: str
    directed: bool
    settings: Mapping[str, str]
    series: PanelSeries | None


def read_link(text: str) -> tuple[str, str, bool] | None:
    """``a - b``, ``a -> b``, ``a <- b`` as start, end, directed; names with a hyphen stand in quotes."""
    found = _ARROW.fullmatch(text[:400])
    if found is None:
        return None
    left, right = found[1].strip('"'), found[3].strip('"')
    sign = found[2].strip()
    return (right, left, True) if sign == "<-" else (left, right, sign == "->")


@register_widget("graph")
def build_graph(spec: PanelSpec) -> Figure:
    """Nodes are those with a section and those that links name. Values are last ones."""
    colors = colors_of(spec)
    links = _links(spec)
    nodes = _nodes(spec, links)
    linked = {name for link in links for name in (link.start, link.end)}
    if not flag(spec.settings, "disconnected-node-display", True):
        nodes = {name: one for name, one in nodes.items() if name in linked}
    places = _places(spec, nodes, links)
    traces = [
        _link_trace(spec, link, places) for link in links if link.start in places and link.end in places
    ]
    traces.append(_node_trace(spec, nodes, places))
    annotations = [
        arrow
        for link in links
        if link.directed and flag(spec.settings, "arrows") and link.start in places and link.end in places
        for arrow in (_arrow(spec, link, places),)
    ]
    # A narrow graph keeps room for the labels beside it.
    side = 1.35 if spec.width_px >= 600 else 2.1
    annotations += [
        {"x": 0, "y": 0, "yshift": 24, "text": safe_text(settings.get("label") or name), "showarrow": False,
         "name": "hub", "borderpad": 2}
        for name, (settings, _) in nodes.items()
        if places[name] == (0.0, 0.0)
    ]  # fmt: skip
    plane = {"visible": False, "fixedrange": True, "showgrid": False, "zeroline": False}
    layout = layout_of(
        spec,
        xaxis=plane | {"range": [-side, side]},
        yaxis=plane | {"range": [-1.3, 1.3]},
        annotations=annotations,
    )
    notes = () if nodes else (Note("no-series", "the graph has no nodes"),)
    return Figure({"data": traces if nodes else [], "layout": layout}, colors, notes)


def _links(spec: PanelSpec) -> list[_Link]:
    by_alias = {one.alias: one for one in spec.series if one.alias}
    inside = {one.link: one for one in spec.series if one.link is not None}
    found = []
    for part in spec.links[:_MAX]:
        ends = read_link(part.own.get("nodes", ""))
        if ends is not None:
            series = by_alias.get(part.own.get("series", "")) or inside.get(part.position)
            found.append(_Link(*ends, part.settings, series))
    for one in spec.series:
        for text in (one.settings.get("links") or one.settings.get("nodes") or "").split(",")[:_MAX]:
            ends = read_link(text) if text.strip() and one.link is None else None
            if ends is not None:
                found.append(_Link(*ends, one.settings, one))
    return found[:_MAX]


def _nodes(spec: PanelSpec, links: list[_Link]) -> dict[str, tuple[Mapping[str, str], PanelSeries | None]]:
    by_alias = {one.alias: one for one in spec.series if one.alias}
    found: dict[str, tuple[Mapping[str, str], PanelSeries | None]] = {}
    for part in spec.nodes[:_MAX]:
        name = part.own.get("id", f"node {part.position + 1}").strip('"')
        found[name] = (part.own, by_alias.get(part.own.get("series", "")))
    for link in links:
        for name in (link.start, link.end):
            found.setdefault(name, ({}, None))
    return found


def _places(
    spec: PanelSpec, nodes: Mapping[str, tuple[Mapping[str, str], PanelSeries | None]], links: list[_Link]
) -> dict[str, tuple[float, float]]:
    """Around a circle from the top; with parents, level by level from the top down.

    A node that most links touch stands in the middle, so that lines don't run across each other.
    """
    names = list(nodes)
    written = {name: settings.get("parent", "").strip('"') for name, (settings, _) in nodes.items()}
    parents = {name: parent for name, parent in written.items() if parent in nodes}
    if parents and choice(spec.settings, "mode", ("hierarchy", "non-hierarchy")) == "hierarchy":
        levels: dict[int, list[str]] = {}
        for name in names:
            depth, at, seen = 0, name, {name}
            while at in parents and parents[at] not in seen:
                at = parents[at]
                seen.add(at)
                depth += 1
            levels.setdefault(depth, []).append(name)
        deepest = max(levels) or 1
        return {
            name: (_spread(place, len(level)), 1 - 2 * depth / deepest)
            for depth, level in levels.items()
            for place, name in enumerate(level)
        }
    hub = _hub(names, links)
    rim = [name for name in names if name != hub]
    count = max(1, len(rim))
    turn = [math.pi / 2 - 2 * math.pi * (at + (0.5 if hub else 0)) / count for at in range(count)]
    places = {name: (math.cos(turn[at]), math.sin(turn[at])) for at, name in enumerate(rim)}
    return places if hub is None else places | {hub: (0.0, 0.0)}


def _hub(names: list[str], links: list[_Link]) -> str | None:
    """The node that three links or more and most of all touch."""
    touched = {name: sum(name in {link.start, link.end} for link in links) for name in names}
    best = max(names, key=lambda name: touched[name], default=None)
    return best if best is not None and touched[best] >= max(3, 0.75 * len(links)) else None


def _beside(x: float, y: float) -> str:
    """A label stands outside the circle."""
    if abs(x) < 0.1:
        return "top center" if y >= 0 else "bottom center"
    if abs(x) < 0.6:
        # Neighbours near the top and the bottom turn away from each other.
        return f"{'top' if y >= 0 else 'bottom'} {'right' if x > 0 else 'left'}"
    return "middle right" if x > 0 else "middle left"


def _spread(place: int, count: int) -> float:
    return 0.0 if count == 1 else -1 + 2 * (place + 0.5) / count


def _ranged(spec: PanelSpec, kind: str, value: float, default: str) -> str:
    """The colour of a value by ``link-thresholds`` and ``link-colors``."""
    bounds = [number({"n": word}, "n") for word in words(spec.settings, f"{kind}-thresholds")]
    shades = [color for color in map(css_color, words(spec.settings, f"{kind}-colors")) if color]
    edges = [bound for bound in bounds if bound is not None]
    if not shades or value != value:
        return default
    at = int(np.searchsorted(np.array(edges, float), value, side="right")) - 1 if edges else 0
    return shades[min(max(at, 0), len(shades) - 1)]


def _width(spec: PanelSpec, link: _Link) -> float:
    bounds = [number({"n": word}, "n") for word in words(spec.settings, "link-thresholds")]
    widths = [number({"n": word}, "n") for word in words(spec.settings, "link-widths")]
    known = [width for width in widths if width is not None]
    if not known or link.series is None or link.series.last != link.series.last:
        return 2.0
    edges = np.array([bound for bound in bounds if bound is not None], float)
    at = int(np.searchsorted(edges, link.series.last, side="right")) - 1
    return min(20.0, max(0.5, known[min(max(at, 0), len(known) - 1)]))


def _link_color(spec: PanelSpec, link: _Link) -> str:
    if link.series is not None and link.series.look.fill:
        return link.series.look.fill
    own = css_color(link.settings.get("color"))
    value = link.series.last if link.series is not None else math.nan
    return own or _ranged(spec, "link", value, _LINE)


def _link_trace(spec: PanelSpec, link: _Link, places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    (x0, y0), (x1, y1) = places[link.start], places[link.end]
    # What a link says stands nearer to its outer end, where lines are further apart.
    share = 0.35 if math.hypot(x0, y0) > math.hypot(x1, y1) + 0.1 else 0.65
    share = 0.5 if abs(math.hypot(x0, y0) - math.hypot(x1, y1)) <= 0.1 else share
    xm, ym = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
    sign = "→" if link.directed else "–"
    ends = f"{safe_text(link.start, lines=False)} {sign} {safe_text(link.end, lines=False)}"
    said = link.settings.get("label") or ""
    hover = tooltip_lines(link.series) if link.series is not None else f"<b>{safe_text(said) or ends}</b>"
    text = safe_text(link.series.value_text if link.series is not None else said, lines=False)
    return {
        "type": "scatter",
        "mode": "lines+text+markers",
        "x": [x0, xm, x1],
        "y": [y0, ym, y1],
        "line": {"color": _link_color(spec, link), "width": _width(spec, link)},
        "marker": {"size": [0, 14, 0], "opacity": 0},
        "text": ["", text, ""],
        "textposition": "top center",
        "textfont": {"size": 11},
        "hovertext": ["", f"{hover}<br>{ends}", ""],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "link"},
    }


def _arrow(spec: PanelSpec, link: _Link, places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """A head near the end of a directed link."""
    (x0, y0), (x1, y1) = places[link.start], places[link.end]
    far, near = 0.7, 0.84
    return {
        "x": x0 + (x1 - x0) * near, "y": y0 + (y1 - y0) * near, "ax": x0 + (x1 - x0) * far,
        "ay": y0 + (y1 - y0) * far, "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
        "showarrow": True, "arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 1.5,
        "arrowcolor": _link_color(spec, link),
    }  # fmt: skip


def _node_trace(
    spec: PanelSpec,
    nodes: Mapping[str, tuple[Mapping[str, str], PanelSeries | None]],
    places: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    labels, hovers, fills = [], [], []
    for name, (settings, series) in nodes.items():
        label = safe_text(settings.get("label") or name)
        value = series.last if series is not None else math.nan
        default = css_color(settings.get("color")) or "#458c85"
        look = series.look.fill if series is not None else None
        fills.append(look or _ranged(spec, "node", value, default))
        said = f"{label}<br><b>{safe_text(series.value_text)}</b>" if series is not None else label
        # The middle node is written over its lines, by an annotation with a ground of its own.
        labels.append("" if places[name] == (0.0, 0.0) else said)
        hovers.append(tooltip_lines(series) if series is not None else f"<b>{label}</b>")
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [places[name][0] for name in nodes],
        "y": [places[name][1] for name in nodes],
        "text": labels,
        "textposition": [_beside(*places[name]) for name in nodes],
        "textfont": {"size": 12},
        "marker": {"size": 20, "color": fills, "line": {"width": 2}},
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "meta": {"role": "node"},
    }
