"""The edges of a window: a drawn line runs on to its neighbours outside, the numbers do not.

A plan cuts its series to the window at the very end. For drawing, that last cut is left out and the leaves
read one more sample on each side; the exact samples are then cut from the same result, so nothing is
computed twice.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apps.algebra.plan import Apply, Node, Read
from apps.algebra.registry import lookup
from apps.algebra.series import Samples, Series, SeriesKey

__all__ = ["picked", "source_keys", "widened", "with_neighbours"]

#: Functions whose samples in the window do not change when their inputs reach a sample further.
_LOCAL = frozenset({"rate", "replace_value", "shift", "clip"})


def widened(node: Node) -> Node:
    """The node without its last cut, its leaves one sample wider; the node itself where that is not safe."""
    inner = node.inputs[0] if isinstance(node, Apply) and node.function == "clip" else node
    chain: list[Apply] = []
    while isinstance(inner, Apply) and inner.function in _LOCAL and len(inner.inputs) == 1:
        chain.append(inner)
        inner = inner.inputs[0]
    if not isinstance(inner, Read) or any(step.function == "clip" for step in chain):
        return node
    wide: Node = replace(inner, before=inner.before + 1, after=inner.after + 1)
    for step in reversed(chain):
        wide = replace(step, inputs=(wide,))
    return wide


def with_neighbours(samples: Samples, start_ns: int, end_ns: int) -> Samples:
    """The samples of the window and the nearest one on each side."""
    lo, hi = (int(at) for at in np.searchsorted(samples.times_ns, [start_ns, end_ns], side="left"))
    return samples.take(slice(max(0, lo - 1), min(len(samples), max(lo, hi) + 1)))


def picked(series: Series, width_px: int, start_ns: int, end_ns: int) -> Series:
    """About two points per pixel; minima, maxima and gaps stay."""
    pick = lookup("pick_points").function
    return pick(series, width_px=width_px, start_ns=start_ns, end_ns=end_ns)


def source_keys(node: Node) -> frozenset[SeriesKey]:
    """Who the stored series are that a node is computed from."""
    keys: set[SeriesKey] = set()
    seen: set[int] = set()
    stack = [node]
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if isinstance(top, Read):
            keys.update(ref.key for ref in top.series)
        elif isinstance(top, Apply):
            stack.extend(top.inputs)
    return frozenset(keys)
