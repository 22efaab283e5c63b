"""Bands: the shade between the least and the greatest value of each period behind a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.figures.encode import times_ms, typed
from apps.figures.spec import SeriesSpec
from apps.figures.style import Stroke

__all__ = ["band_traces", "with_alpha"]


def with_alpha(color: str, share: float | None, default: float) -> str:
    """The colour with its area's opacity; a colour not written as ``#rrggbb`` stays as it is."""
    alpha = default if share is None else share
    if color.startswith("#") and len(color) == 7:
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},{alpha:g})"
    return color


def band_traces(series: SeriesSpec, stroke: Stroke, index: int, *, right: bool) -> list[dict[str, Any]]:
    """Two bare lines with the shade between them; nothing where the series has no band."""
    band = series.band
    if band is None or not len(band.times_ns):
        return []
    shape = {"color": stroke.color, "width": 0}
    common: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": typed(times_ms(band.times_ns)),
        "line": shape,
        "connectgaps": False,
        "showlegend": False,
        "hoverinfo": "skip",
        "meta": {"role": "band", "of": index},
    } | ({"yaxis": "y2"} if right else {})
    if not series.enabled:
        common["visible"] = "legendonly"
    fill = {"fill": "tonexty", "fillcolor": with_alpha(stroke.fill or stroke.color, stroke.fill_opacity, 0.2)}
    bare = [np.where(np.isfinite(column), column, np.nan) for column in (band.least, band.greatest)]
    return [common | {"y": typed(bare[0])}, common | {"y": typed(bare[1])} | fill]
