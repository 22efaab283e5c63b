"""Stacks of lines: series that are summed must stand at the same times, and nothing is invented for that.

A time counts when every series of the stack that spans it has a value at exactly that time. A series has no
part in a stack before its first and after its last sample. Where one inside its own span lacks a value, the
time is left out for all, and a note says how often; series with a common ``period`` lose nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from apps.algebra.series import Samples, Series, SeriesKey
from apps.errors import Note
from apps.figures.settings import choice, flag
from apps.figures.spec import SeriesSpec
from apps.queries.chart_edges import picked

__all__ = ["Stackable", "aligned_stacks", "stack_of"]


@dataclass(frozen=True, eq=False)
class Stackable:
    """A series to draw and all its samples in and around the window."""

    spec: SeriesSpec
    times_ns: np.ndarray
    values: np.ndarray


def stack_of(spec: SeriesSpec) -> tuple[str, str] | None:
    """Which stack a series stands in: its axis and its group; None when it stands alone."""
    settings = spec.settings
    named = choice(settings, "mode", ("line", "stack")) == "stack" or (
        flag(settings, "stack") and "mode" not in settings
    )
    if not named or not spec.enabled:
        return None
    return (choice(settings, "axis", ("left", "right")), settings.get("series-type") or "")


def aligned_stacks(
    given: Sequence[Stackable], width_px: int, start_ns: int, end_ns: int
) -> tuple[list[SeriesSpec], list[Note]]:
    """The series in their order, those of a stack at common times, and what was left out."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(given):
        name = stack_of(one.spec)
        if name is not None and len(one.times_ns):
            groups.setdefault(name, []).append(at)
    specs = [one.spec for one in given]
    notes = []
    for members in groups.values():
        if len(members) < 2:
            continue
        times_ns, columns, left_out = _aligned([given[at] for at in members])
        times_ns, columns = _thinned(times_ns, columns, width_px, start_ns, end_ns)
        for at, column in zip(members, columns, strict=True):
            inside = ~np.isnan(column)
            specs[at] = replace(specs[at], times_ns=times_ns[inside], values=column[inside])
        if left_out:
            what = "the stack is drawn at times that all its series share"
            hint = "set a period to bring them together"
            message = f"{what}: {left_out:,} other times are left out; {hint}"
            notes.append(Note("stack-unmatched", message, left_out))
    return specs, notes


def _aligned(members: Sequence[Stackable]) -> tuple[np.ndarray, list[np.ndarray], int]:
    """Common times, each series there (NaN outside its own span), and how many times were left out."""
    known = []
    for one in members:
        has = np.isfinite(one.values)
        known.append((one.times_ns[has], one.values[has]))
    every = np.unique(np.concatenate([times for times, _ in known]))
    columns = []
    fits = np.ones(len(every), bool)
    for times, values in known:
        column = np.full(len(every), np.nan)
        column[np.searchsorted(every, times)] = values
        columns.append(column)
        if len(times):
            fits &= ~np.isnan(column) | (every < times[0]) | (every > times[-1])
    return every[fits], [column[fits] for column in columns], int(len(every) - fits.sum())


def _thinned(
    times_ns: np.ndarray, columns: list[np.ndarray], width_px: int, start_ns: int, end_ns: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same picks for all: the extremes of every sum from the bottom up."""
    kept = np.zeros(len(times_ns), bool)
    total = np.zeros(len(times_ns))
    for column in columns:
        total = total + np.nan_to_num(column)
        series = Series(SeriesKey("", ""), Samples(times_ns, total))
        kept[np.searchsorted(times_ns, picked(series, width_px, start_ns, end_ns).samples.times_ns)] = True
    return times_ns[kept], [column[kept] for column in columns]
