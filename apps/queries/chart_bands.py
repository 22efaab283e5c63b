"""``mode = range`` of an aggregated series: its least and greatest values, to shade behind its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.algebra.aggregators import Statistic
from apps.algebra.plan import Apply, Node
from apps.algebra.series import Series
from apps.dialects.charts.chartplan import SeriesPlan
from apps.figures.settings import choice
from apps.figures.spec import Band

__all__ = ["band_node", "bands_of"]

_NO_BAND = frozenset({"detail", "min", "max"})


def band_node(plan: SeriesPlan) -> Node | None:
    """The plan of a section with minimum and maximum in place of its statistic; None where no band is due.

    An aggregation that other functions follow has none: what they make of a minimum need not be one.
    """
    if choice(plan.settings, "mode", ("line", "range")) != "range" or plan.node is None:
        return None
    node, clips = plan.node, []
    while isinstance(node, Apply) and node.function == "clip":
        clips.append(node)
        (node,) = node.inputs
    if not isinstance(node, Apply) or node.function != "aggregate":
        return None
    params = dict(node.params)
    statistics = params["statistics"]
    if params.get("period") is None or len(statistics) != 1 or statistics[0].name in _NO_BAND:
        return None
    params["statistics"] = (Statistic("min"), Statistic("max"))
    found: Node = replace(node, params=tuple(sorted(params.items())))
    for clip in reversed(clips):
        found = replace(clip, inputs=(found,))
    return found


def bands_of(series: Sequence[Series], width_px: int) -> list[Band]:
    """A band for every two series, as an aggregation gives them: minimum, maximum, and the next pair."""
    bands = []
    for least, greatest in zip(series[::2], series[1::2], strict=False):
        times_ns, low, high = least.times_ns, least.values, greatest.values
        if len(low) != len(high):
            continue
        step = -(-len(times_ns) // max(1, 2 * width_px))
        if step > 1:
            # Extremes of neighbours stand for all of them, so that thinning never narrows a band.
            starts = np.arange(0, len(times_ns), step)
            times_ns = times_ns[starts]
            low, high = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
        bands.append(Band(times_ns, low, high))
    return bands
