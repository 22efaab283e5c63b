"""What the panels share: a layout without theme, colours of series, order, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from apps.errors import Note
from apps.figures.panel import PanelSeries, PanelSpec
from apps.figures.settings import words
from apps.figures.style import assign_strokes, css_color
from apps.figures.texts import safe_text

__all__ = ["absent", "colors_of", "hover_name", "layout_of", "ordered", "tooltip_lines"]

Item = TypeVar("Item")
_SORT = re.compile(r"\s*([\w.()'\" -]*?)\s*\b(asc|desc)?\s*", re.IGNORECASE)


def layout_of(spec: PanelSpec, **more: Any) -> dict[str, Any]:
    """A layout without background, fonts and text colours: the page gives those of its theme."""
    return {
        "showlegend": False,
        "hovermode": "closest",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": ".,",
        "uirevision": spec.type,
        "meta": {
            "title": safe_text(spec.title),
            "zone": safe_text(spec.zone),
            "panel": spec.type,
            "summary": [f"{hover_name(one)}: {safe_text(one.value_text)}" for one in spec.series[:50]],
        },
    } | more


def colors_of(spec: PanelSpec, *, palette: bool = True) -> tuple[str, ...]:
    """The colour of each series: its own, the next of ``colors``, or the one that goes with who it is."""
    given = words(spec.settings, "colors") if palette and len(spec.bounds) < 2 else []
    shades = [color for color in map(css_color, given) if color]
    strokes = assign_strokes([(one.identity, one.hue_of, one.settings) for one in spec.series], shades)
    return tuple(stroke.color for stroke in strokes)


def ordered(
    items: Sequence[Item], sort: str | None, value: Callable[[Item], float], name: Callable[[Item], str]
) -> list[Item]:
    """Items by a ``sort`` setting: ``DESC``, ``value ASC``, ``name DESC``. Equal ones keep their order."""
    text = (sort or "").split(",")[0].strip()
    found = _SORT.fullmatch(text[:80])
    if not text or found is None:
        return list(items)
    field, descending = found[1].strip().lower(), (found[2] or "").lower() == "desc"
    if field in {"", "value"}:
        # What has no value goes last, whichever way the others are ordered.
        rank = [value(item) for item in items]
        known = sorted(
            (at for at, one in enumerate(rank) if one == one), key=lambda at: rank[at], reverse=descending
        )
        return [items[at] for at in (*known, *(at for at, one in enumerate(rank) if one != one))]
    return sorted(items, key=lambda item: name(item).lower(), reverse=descending)


def hover_name(one: PanelSeries) -> str:
    """The label in a hover; plotly.js must not read it as markup."""
    return safe_text(one.label, lines=False) or "\u00a0"


def tooltip_lines(one: PanelSeries) -> str:
    """What hovering a mark says: its name, its value, the setting ``tooltip``, its properties."""
    lines = [f"<b>{hover_name(one)}</b>", safe_text(one.value_text, lines=False)]
    tooltip = one.settings.get("tooltip")
    if tooltip:
        lines.append(safe_text(tooltip))
    lines += [_pair(name, text) for name, text in list(one.properties.items())[:20]]
    return "<br>".join(lines)


def _pair(name: str, text: str) -> str:
    return f"{safe_text(name, lines=False)}: {safe_text(text, lines=False)}"


def absent(spec: PanelSpec, series: Sequence[PanelSeries] | None = None) -> tuple[Note, ...]:
    """The note that a widget without anything to draw carries."""
    shown: Sequence[PanelSeries] = spec.series if series is None else series
    if not shown:
        return (Note("no-series", "no series is displayed"),)
    if not any(np.isfinite(one.last) for one in shown):
        return (Note("no-samples", "there are no samples in this interval"),)
    return ()
