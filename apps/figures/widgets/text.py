"""The last value of each series as big text."""

from __future__ import annotations

import numpy as np

from apps.figures.panel import PanelSpec
from apps.figures.panels import absent
from apps.figures.registry import register_widget
from apps.figures.settings import flag, number
from apps.figures.spec import Figure

__all__ = ["build_text"]

_SIZES_PX = (8, 160)


@register_widget("text")
def build_text(spec: PanelSpec) -> Figure:
    """The page writes the texts; sizes between ``min-font-size`` and ``max-font-size`` are its choice."""
    items = []
    for one in spec.series:
        look = one.look
        items.append(
            {
                "label": one.label,
                "value": one.form.text(one.last) if np.isfinite(one.last) else "–",
                "unit": one.unit if one.form.d3 == ",.6~r" else None,
                "time": None if one.last_ns is None else one.last_ns // 1_000_000,
                "tooltip": one.settings.get("tooltip", "")[:300],
                "look": look.json(),
            }
        )
    table = {
        "kind": "text",
        "circle": flag(spec.settings, "circle"),
        "min_font_px": _size(spec, "min-font-size"),
        "max_font_px": _size(spec, "max-font-size"),
        "items": items,
    }
    return Figure(None, (), absent(spec), table)


def _size(spec: PanelSpec, name: str) -> float | None:
    size = number(spec.settings, name)
    return None if size is None else min(max(size, _SIZES_PX[0]), _SIZES_PX[1])
