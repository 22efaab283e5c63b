"""Which samples of several inputs belong to one time of a formula, and what stands for those that lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from apps.algebra.periods import Grid, Period, occupied_grid
from apps.errors import ArgumentFault, Note

if TYPE_CHECKING:
    from apps.algebra.transforms.formula_inputs import InputView

__all__ = [
    "DIVISIONS",
    "MISSING",
    "RULES",
    "check_matching",
    "matched_rows",
    "matching_notes",
    "rule_text",
    "sample_periods",
    "union_of",
]

#: How samples meet: filled on the union of all times; at equal times; the last one before, or the nearest
#: one, of each time of the first input; in the same period.
RULES = ("fill", "exact", "previous", "nearest", "grid")
#: What stands for an input without a value: as the rule of matching says; a gap in the result; 0; its last
#: value; nothing, the time is left out.
MISSING = ("", "gap", "zero", "last", "skip")
#: What a division by zero gives: JavaScript's infinity, no value, 0.
DIVISIONS = ("infinite", "gap", "zero")


def check_matching(rule: str, period: Period | None, missing: Sequence[tuple[str, Period | None]]) -> None:
    """ArgumentFault for what can't be meant."""
    if rule == "grid" and (period is None or period.count <= 0):
        raise ArgumentFault("a grid needs a period", hint="match = grid 1 minute")
    for mode, _ in missing:
        if mode not in MISSING:
            raise ArgumentFault(f"{mode!r} is not a rule for missing values", hint="gap, zero, last or skip")


def union_of(parts: Sequence[np.ndarray]) -> np.ndarray:
    """All distinct times, ascending."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return np.empty(0, np.int64)
    first = parts[0]
    rest = [part for part in parts[1:] if not (part is first or np.array_equal(part, first))]
    if not rest:
        return first
    merged = np.sort(np.concatenate([first, *rest]), kind="stable")
    return merged[np.concatenate([[True], merged[1:] != merged[:-1]])]


def sample_periods(
    times_ns: np.ndarray, period: Period, start_ns: int, end_ns: int, zone: str
) -> Grid | None:
    """The calendar periods that hold some of the times; None when there are none."""
    if not len(times_ns):
        return None
    start_ns = max(start_ns, int(times_ns[0]))  # not the whole of an unbounded window
    end_ns = min(end_ns, int(times_ns[-1]) + 1)
    if end_ns <= start_ns:
        return None
    inside = times_ns[np.searchsorted(times_ns, start_ns) : np.searchsorted(times_ns, end_ns)]
    if not len(inside):
        return None
    grid = occupied_grid(period, start_ns, end_ns, inside, zone=zone, first="keep")
    filled = np.searchsorted(times_ns, grid.ends) > np.searchsorted(times_ns, grid.starts)
    return Grid(grid.starts[filled], grid.ends[filled])


def matched_rows(
    times_ns: np.ndarray, clock_ns: np.ndarray, rule: str, limit_ns: int | np.ndarray | None
) -> np.ndarray:
    """The index of the sample that each time of the clock is matched with, -1 where there is none."""
    if not len(times_ns):
        return np.full(len(clock_ns), -1)
    last = len(times_ns) - 1
    if rule == "exact":
        found = np.minimum(np.searchsorted(times_ns, clock_ns), last)
        return np.where(times_ns[found] == clock_ns, found, -1)
    before = np.searchsorted(times_ns, clock_ns, side="right") - 1
    found = before
    if rule == "nearest":
        after = np.minimum(before + 1, last)
        earlier = np.maximum(before, 0)
        # of two equally near ones the earlier
        nearer = np.abs(times_ns[after] - clock_ns) < np.abs(clock_ns - times_ns[earlier])
        found = np.where((before < 0) | nearer, after, before)
    if limit_ns is None:
        return found
    held = np.maximum(found, 0)
    near = np.abs(clock_ns - times_ns[held]) <= limit_ns
    return np.where((found >= 0) & near, found, -1)


def rule_text(rule: str, period: Period | None, lead: str) -> str:
    """The rule in words."""
    within = f" within {period}" if period is not None else ""
    return {
        "fill": "at each time at which an input has a sample; the others are filled in between theirs",
        "exact": "at the times at which every input has a sample",
        "previous": f"at the times of '{lead}'; of the others the last sample before{within}",
        "nearest": f"at the times of '{lead}'; of the others the nearest sample{within}",
        "grid": f"once per {period}; of each input the last sample of the period",
    }[rule]


_FILL_WORDS = {"previous": "held from the sample before", "linear": "interpolated", "none": "filled"}
_ASSUMED = {"zero": "counted as 0", "last": "held at the last value"}


def matching_notes(views: Mapping[str, InputView], rule: str, rows: int) -> list[Note]:
    """How many values were matched, filled in, assumed or missing."""
    notes = []
    for name, view in views.items():
        about = {"alias": name, "of": rows}
        if view.filled:
            message = f"{view.filled} values of '{name}' were {_FILL_WORDS[view.fill]}"
            notes.append(Note("filled", message, view.filled, about))
        if view.assumed:
            message = f"{view.assumed} missing values of '{name}' were {_ASSUMED[view.missing[0]]}"
            notes.append(Note("assumed", message, view.assumed, about))
        if view.gapped:
            message = f"{view.gapped} times without a value of '{name}' are gaps"
            notes.append(Note("gaps", message, view.gapped, about))
        if view.skipped:
            message = f"{view.skipped} times without a value of '{name}' were left out"
            notes.append(Note("skipped", message, view.skipped, about))
        if rows and not len(view.samples):
            notes.append(Note("empty-input", f"'{name}' has no samples here", 0, {"alias": name}))
    if rule != "fill":
        notes.extend(_matched(views, rule, rows))
    return notes


def _matched(views: Mapping[str, InputView], rule: str, rows: int) -> list[Note]:
    every = np.ones(rows, bool)
    unused: dict[str, int] = {}
    for name, view in views.items():
        if not view.asked:
            continue
        found = view.matched
        every &= found >= 0
        taken = np.unique(found[found >= 0])
        lo, hi = view.within
        left = hi - lo - int(np.count_nonzero((taken >= lo) & (taken < hi)))
        if left > 0:
            unused[name] = left
    count = int(np.count_nonzero(every))
    message = f"match = {rule}: {count} of {rows} times have a sample of every input"
    notes = [Note("matched", message, count, {"of": rows, "unmatched": rows - count})]
    for name, left in unused.items():
        message = f"{left} samples of '{name}' matched nothing"
        notes.append(Note("unmatched-samples", message, left, {"alias": name}))
    return notes
