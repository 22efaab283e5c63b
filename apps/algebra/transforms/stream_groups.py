"""Streams split further, by the time or the value of their points."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np

from apps.algebra.registry import Param, register
from apps.algebra.series import BOOL, INT, Samples, Series
from apps.algebra.streams import BinGroups, GroupEntry, Grouper, TimeGroups, ValueGroups
from apps.algebra.times import NS_PER_DAY, UNIT_NS
from apps.algebra.transforms.stream_points import is_text, relabel, stream_labels, walked
from apps.errors import ExecutionFault, LimitFault

__all__ = ["group_streams"]

#: Groups that one stream may fall apart into.
MOST_GROUPS = 100_000
#: The largest whole number a double and an int64 share.
_LARGEST = 9_223_372_036_854_774_784
_NOT_A_NUMBER = -1


@register("group_streams", shape="series")
def group_streams(
    series: Series,
    *,
    groupers: Annotated[tuple[Grouper, ...], Param("TimeGroups, ValueGroups and BinGroups, in order")],
) -> list[Series]:
    """A stream as several, one for each combination of group numbers.

    In: one stream.
    Out: streams with the points of each combination, in the order in which the combinations first occur; the
        numbers stand in `labels.splits`. Tags are those of the whole.
    Missing: points that are no number fall into group -1 of a value or bin. An empty stream passes unchanged.
    Errors: ExecutionFault for a time range of 0; LimitFault for more than 100,000 groups.
    Source: KairosDB group_by time, value and bin. Differences: months count in steps of their number.
    Example: 1, 12, 3 by values of 10 -> 1, 3 (group 0) and 12 (group 1).
    """
    if len(series) == 0 or not groupers:
        return [series]
    numbers = np.stack([_numbers(series, one) for one in groupers])
    which, count = _combined(numbers)
    if count > MOST_GROUPS:
        raise LimitFault(
            f"grouping would give {count} groups, more than the limit of {MOST_GROUPS}",
            hint="group by larger ranges",
            data={"limit": "groups", "asked": count, "allowed": MOST_GROUPS},
        )
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(count + 1))
    parts = [order[lo:hi] for lo, hi in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    # The points of a part stand in order of time; the first in the order asked for tells where it comes.
    end, sign = (-1, -1) if walked(series).step == -1 else (0, 1)
    parts.sort(key=lambda part: sign * int(part[end]))
    splits = stream_labels(series).splits
    out = []
    for part in parts:
        entries = [
            GroupEntry(one, int(number))
            for one, number in zip(groupers, numbers[:, part[0]].tolist(), strict=True)
        ]
        shown = relabel(series, splits=(*splits, *entries))
        out.append(replace(shown, samples=series.samples.take(part)))
    return out


def _combined(numbers: np.ndarray) -> tuple[np.ndarray, int]:
    """One number for each combination of group numbers, and how many there are."""
    which, count = np.zeros(numbers.shape[1], np.int64), 1
    for row in numbers:
        known, place = np.unique(row, return_inverse=True)
        # At most as many combinations as points: renumbering each time keeps products small.
        known, which = np.unique(which * len(known) + place, return_inverse=True)
        count = len(known)
    return which, count


def _numbers(series: Series, by: Grouper) -> np.ndarray:
    """The group number of each point."""
    if isinstance(by, TimeGroups):
        return _time_numbers(series.times_ns, by)
    if is_text(series):
        return np.full(len(series), _NOT_A_NUMBER, np.int64)
    if isinstance(by, BinGroups):
        return np.searchsorted(np.asarray(by.bins, np.float64), series.values, side="right").astype(np.int64)
    assert isinstance(by, ValueGroups)
    whole = _whole_numbers(series.samples)
    # Division of integers that rounds toward zero, exact and without overflow.
    return (whole - np.fmod(whole, by.size)) // by.size


def _time_numbers(times_ns: np.ndarray, by: TimeGroups) -> np.ndarray:
    if by.count == 0:
        raise ExecutionFault("/ by zero")
    if by.unit == "month":
        month = times_ns.astype("M8[ns]").astype("M8[M]").astype(np.int64)
        start = int(np.datetime64(by.start_ns, "ns").astype("M8[M]").astype(np.int64))
        return (month - start) // min(by.count, 10**6) % by.group_count
    size = by.count * (364 * NS_PER_DAY if by.unit == "year" else UNIT_NS[by.unit])
    if size >= 2**62:
        # Longer than the range of times on either side: before the start, or not.
        return np.where(times_ns < by.start_ns, -1, 0) % by.group_count
    whole, rest = np.divmod(times_ns, size)
    start, begin = divmod(by.start_ns, size)
    return (whole - start - (rest < begin)) % by.group_count


def _whole_numbers(samples: Samples) -> np.ndarray:
    """Values cut to integers; those that do not fit stand at the ends, NaN at 0."""
    values = np.nan_to_num(np.trunc(samples.values), nan=0.0, posinf=_LARGEST, neginf=-_LARGEST)
    whole = np.clip(values, -float(_LARGEST), float(_LARGEST)).astype(np.int64)
    if samples.kinds is None or samples.ints is None:
        return whole
    return np.where(np.isin(samples.kinds, (INT, BOOL)), samples.ints, whole)
