"""Where the legend of a time chart stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.figures.settings import words

__all__ = ["legend_of"]


def legend_of(settings: Mapping[str, str], layout: Mapping[str, Any]) -> dict[str, Any]:
    """The legend where the setting puts it; above the chart by default, none for a single series."""
    places = set(words(settings, "legend-position"))
    if not places:
        return {}
    if places & {"hidden", "false", "none"}:
        return {"showlegend": False}
    legend = dict(layout["legend"])
    if "bottom" in places:
        legend |= {"y": -0.15, "yanchor": "top"}
    if "right" in places:
        legend |= {"x": 1.0, "xanchor": "right"} if len(places) > 1 else {"x": 1.02, "xanchor": "left"}
    if places <= {"left", "right"}:
        legend |= {"orientation": "v", "y": 1, "yanchor": "top"}
    if places == {"left"}:
        legend |= {"x": -0.08, "xanchor": "right"}
    return {"showlegend": True, "legend": legend}
