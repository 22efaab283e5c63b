"""Arithmetic of stretches of time: pairs (start, end) in ns, the end not included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

__all__ = ["Stretch", "bounded", "common", "merged", "runs_of", "without"]

Stretch = tuple[int, int]

_NS_PER_S = 1_000_000_000
_MAX_TIME = 2**63 - 1
#: How far apart two times of one run may be: as little as gives few runs.
_GAPS_NS = (_NS_PER_S, 60 * _NS_PER_S)


def merged(stretches: Iterable[Sequence[int]]) -> list[Stretch]:
    """The same instants as disjoint stretches in order; those that touch become one, empty ones go."""
    found: list[Stretch] = []
    for start, end in sorted((int(start), int(end)) for start, end in stretches):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(these: Iterable[Sequence[int]], those: Iterable[Sequence[int]]) -> list[Stretch]:
    """The instants that lie in both."""
    left, right = merged(these), merged(those)
    found: list[Stretch] = []
    at = other = 0
    while at < len(left) and other < len(right):
        start, end = max(left[at][0], right[other][0]), min(left[at][1], right[other][1])
        if start < end:
            found.append((start, end))
        if left[at][1] < right[other][1]:
            at += 1
        else:
            other += 1
    return found


def without(these: Iterable[Sequence[int]], those: Iterable[Sequence[int]]) -> list[Stretch]:
    """The instants of the first that do not lie in the second."""
    found: list[Stretch] = []
    taken = merged(those)
    for start, end in merged(these):
        for gone_start, gone_end in taken:
            if gone_end <= start or gone_start >= end:
                continue
            if start < gone_start:
                found.append((start, gone_start))
            start = max(start, gone_end)
        if start < end:
            found.append((start, end))
    return found


def bounded(stretches: Iterable[Sequence[int]], most: int) -> list[Stretch]:
    """At most so many stretches that hold the same instants, and more where the smallest gaps were."""
    found = merged(stretches)
    if len(found) <= most:
        return found
    gaps = [right[0] - left[1] for left, right in pairwise(found)]
    widest = sorted(range(len(gaps)), key=gaps.__getitem__, reverse=True)[: most - 1]
    edges = [0, *(at + 1 for at in sorted(widest)), len(found)]
    return [(found[lo][0], found[hi - 1][1]) for lo, hi in pairwise(edges)]


def runs_of(times_ns: np.ndarray, *, few: int, most: int) -> list[Stretch]:
    """Stretches that hold all times and nothing far from any: two that lie apart give two short ones.

    Runs end where the next time is more than a second away. Where that gives more than a ``few``, a minute
    apart is near enough, and there are never more than ``most``.
    """
    if not len(times_ns):
        return []
    times_ns = np.unique(times_ns)
    # Steps as unsigned numbers: the widest does not fit into what times are.
    steps = times_ns[1:].astype(np.uint64) - times_ns[:-1].astype(np.uint64)
    found: list[Stretch] = []
    for gap_ns in _GAPS_NS:
        last = np.r_[np.flatnonzero(steps > gap_ns), len(times_ns) - 1]
        if len(last) > few and gap_ns < _GAPS_NS[-1]:
            continue
        first = np.r_[0, last[:-1] + 1]
        found = [
            (start, min(end + 1, _MAX_TIME))
            for start, end in zip(times_ns[first].tolist(), times_ns[last].tolist(), strict=True)
        ]
        break
    return bounded(found, most)
