"""Stretches of time against sets of instants."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.store.stretches import bounded, common, merged, runs_of, without

STRETCHES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)
SECOND, MINUTE = 10**9, 60 * 10**9


def instants(stretches) -> set[int]:
    return {at for start, end in stretches for at in range(start, end)}


def is_tidy(stretches) -> bool:
    """In order, none empty, none touching another."""
    return all(start < end for start, end in stretches) and all(
        left[1] < right[0] for left, right in pairwise(stretches)
    )


@given(STRETCHES, STRETCHES)
def test_they_are_sets_of_instants(these, those) -> None:
    for found, wanted in (
        (merged(these), instants(these)),
        (common(these, those), instants(these) & instants(those)),
        (without(these, those), instants(these) - instants(those)),
    ):
        assert instants(found) == wanted
        assert is_tidy(found)


@given(STRETCHES, st.integers(1, 8))
def test_few_hold_all_and_close_the_smallest_gaps(stretches, most: int) -> None:
    whole = merged(stretches)
    found = bounded(stretches, most)
    assert is_tidy(found)
    assert instants(found) >= instants(whole)
    assert len(found) == min(len(whole), most)
    added = len(instants(found)) - len(instants(whole))
    gaps = sorted(right[0] - left[1] for left, right in pairwise(whole))
    assert added == sum(gaps[: max(len(whole) - most, 0)])


def test_the_ends_of_time() -> None:
    ever = (-(2**63), 2**63 - 1)
    assert common([ever], [(5, 9)]) == [(5, 9)]
    assert without([ever], [(5, 9)]) == [(ever[0], 5), (9, ever[1])]
    times = np.array([ever[1], ever[0], 7], np.int64)
    assert runs_of(times, few=9, most=9) == [(ever[0], ever[0] + 1), (7, 8)]


@pytest.mark.parametrize(
    ("times", "few", "most", "wanted"),
    [
        ([], 4, 8, []),
        ([5, 5, 5], 4, 8, [(5, 6)]),
        ([0, 3600 * SECOND], 4, 8, [(0, 1), (3600 * SECOND, 3600 * SECOND + 1)]),
        ([MINUTE, 0, SECOND], 4, 8, [(0, SECOND + 1), (MINUTE, MINUTE + 1)]),
        # More than a few: a minute apart is near enough.
        ([n * 30 * SECOND for n in range(6)], 4, 8, [(0, 150 * SECOND + 1)]),
        (
            [n * 61 * SECOND for n in range(6)], 4, 8,
            [(n * 61 * SECOND, n * 61 * SECOND + 1) for n in range(6)],
        ),
        # Never more than the most.
        ([0, 100 * MINUTE, 101 * MINUTE + 1, 300 * MINUTE], 2, 3,
         [(0, 1), (100 * MINUTE, 101 * MINUTE + 2), (300 * MINUTE, 300 * MINUTE + 1)]),
    ],
)  # fmt: skip
def test_times_become_runs(times, few: int, most: int, wanted) -> None:
    assert runs_of(np.array(times, np.int64), few=few, most=most) == wanted


@given(st.lists(st.integers(0, 200), max_size=60), st.sampled_from([60, 61, 90, 3600]))
def test_no_period_without_a_time_is_touched(minutes, period_s: int) -> None:
    """Of any length from a minute up, as long as there is room for all runs."""
    times = np.array([at * 37 * SECOND for at in minutes], np.int64)
    found = runs_of(times, few=5, most=1_000)
    period_ns = period_s * SECOND
    touched = {
        at for start, end in found for at in range(start // period_ns, (end - 1) // period_ns + 1)
    }
    assert touched == {int(at) for at in times // period_ns}
