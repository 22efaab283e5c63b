"""The edges of a window: a drawn line runs on to its neighbours outside, the numbers do not.

The numbers are those of the plan as it stands. For drawing, the plan is computed a sample wider on each side
where that can't change what lies inside; a plain read is done once and cut.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from apps.algebra.expr.references import PERIOD_FUNCTIONS, references
from apps.algebra.plan import Apply, Node, Read
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.times import clamp_time
from apps.algebra.transforms.pick import pick_points

__all__ = ["is_plain_read", "picked", "source_keys", "widened", "with_neighbours"]

#: Functions whose samples in the window don't depend on where their inputs end, given one sample more.
_LOCAL = frozenset({"rate", "replace_value", "shift", "filter_samples"})

#: Plans deeper than this are drawn without neighbours.
_DEEPEST = 100

#: Past this the edge is a fraction of a pixel and not worth a second computation.
_MOST_PERIODS = 10_000

_ALWAYS = (-(2**62), 2**62)


def widened(node: Node, done: dict[int, Node | None] | None = None) -> Node | None:
    """The node without its cuts, its leaves one sample wider on each side; None where that is not safe.

    ``done`` keeps what was made of the nodes of one run by their ids, so that what they share is made, and
    computed, once; the nodes must live as long.
    """
    return _wide(node, {} if done is None else done, 0)


def is_plain_read(node: Node) -> bool:
    """Whether the node is stored samples as they are, so that cutting the wide ones gives the exact ones."""
    inner = node.inputs[0] if isinstance(node, Apply) and node.function == "clip" else node
    return isinstance(inner, Read)


def _wide(node: Node, done: dict[int, Node | None], depth: int) -> Node | None:
    if id(node) not in done:
        if depth >= _DEEPEST:
            return None
        done[id(node)] = _wide_once(node, done, depth)
    return done[id(node)]


def _wide_once(node: Node, done: dict[int, Node | None], depth: int) -> Node | None:
    if isinstance(node, Read):
        return replace(node, before=node.before + 1, after=node.after + 1)
    if not isinstance(node, Apply):
        return None
    params = dict(node.params)
    if node.function == "formula":
        if not _is_pointwise(params):
            return None
        params["start_ns"], params["end_ns"] = _ALWAYS
    elif node.function == "aggregate":
        return _wide_aggregate(node, params)
    elif node.function not in _LOCAL and node.function != "clip":
        return None
    inputs = [_wide(one, done, depth + 1) for one in node.inputs]
    if any(one is None for one in inputs):
        return None
    wide = tuple(one for one in inputs if one is not None)
    if node.function == "clip":
        return wide[0]
    return replace(node, inputs=wide, params=tuple(sorted(params.items())))


def _wide_aggregate(node: Apply, params: dict[str, Any]) -> Node | None:
    """Calendar periods over stored samples, a whole period further on each side."""
    (inner,) = node.inputs
    period = params.get("period")
    if not isinstance(inner, Read) or period is None or params.get("align", "calendar") != "calendar":
        return None
    step_ns = period.fixed_ns
    if (params["end_ns"] - params["start_ns"]) // max(1, step_ns) > _MOST_PERIODS:
        return None
    params["start_ns"] = clamp_time(params["start_ns"] - 2 * step_ns)
    params["end_ns"] = clamp_time(params["end_ns"] + 2 * step_ns)
    read = replace(
        inner,
        start_ns=clamp_time(inner.start_ns - 4 * step_ns),
        end_ns=clamp_time(inner.end_ns + 4 * step_ns),
    )
    return replace(node, inputs=(read,), params=tuple(sorted(params.items())))


def _is_pointwise(params: dict[str, Any]) -> bool:
    """Whether a formula speaks of samples only, not of periods, and of some series at all."""
    found = references(params["tree"], frozenset(params.get("libraries") or ()))
    return bool(params["names"]) and not any(one.function in PERIOD_FUNCTIONS for one in found)


def with_neighbours(samples: Samples, start_ns: int, end_ns: int) -> Samples:
    """The samples of the window and the nearest one on each side."""
    lo, hi = (int(at) for at in np.searchsorted(samples.times_ns, [start_ns, end_ns], side="left"))
    return samples.take(slice(max(0, lo - 1), min(len(samples), max(lo, hi) + 1)))


def picked(series: Series, width_px: int, start_ns: int, end_ns: int) -> Series:
    """About two points per pixel; minima, maxima and gaps stay."""
    return pick_points(series, width_px=width_px, start_ns=start_ns, end_ns=end_ns)


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
