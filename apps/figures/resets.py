"""Marks where a counter fell."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.figures.encode import times_ms, typed
from apps.figures.spec import SeriesSpec
from apps.figures.texts import safe_text

__all__ = ["reset_trace"]


def reset_trace(series: SeriesSpec, color: str, index: int, *, right: bool) -> dict[str, Any]:
    """Small marks where the counter fell, at the height of the value that holds there."""
    known = np.isfinite(series.values)
    times_ns, values = series.times_ns[known], series.values[known]
    at_ns = np.array(series.resets_ns, np.int64)
    place = np.clip(np.searchsorted(times_ns, at_ns, side="right") - 1, 0, max(0, len(times_ns) - 1))
    heights = values[place] if len(values) else np.full(len(at_ns), np.nan)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "resets of " + safe_text(series.label, lines=False),
        "x": typed(times_ms(at_ns)),
        "y": typed(heights),
        "marker": {
            "symbol": "triangle-down-open",
            "size": 9,
            "color": color,
            "line": {"width": 1.5},
        },
        "showlegend": False,
        "hoverinfo": "name+x",
        "meta": {"role": "resets", "of": index},
    } | ({"yaxis": "y2"} if right else {})
