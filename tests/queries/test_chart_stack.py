from __future__ import annotations

import numpy as np

from apps.figures.spec import SeriesSpec
from apps.queries.chart_stack import Stackable, aligned_stacks

STACK = {"mode": "stack"}


def given(times, values, **more) -> Stackable:
    times_ns, column = np.array(times, np.int64), np.array(values, float)
    settings = STACK | more.pop("settings", {})
    spec = SeriesSpec("s", (str(values),), times_ns, column, settings=settings, **more)
    return Stackable(spec, times_ns, column)


def aligned(*series: Stackable, width_px: int = 500):
    specs, notes = aligned_stacks(series, width_px, 0, 10**6)
    return [list(zip(one.times_ns.tolist(), one.values.tolist(), strict=True)) for one in specs], notes


def test_equal_times_stay_as_they_are():
    found, notes = aligned(given([1, 2, 3], [1, 2, 3]), given([1, 2, 3], [4, 5, 6]))
    assert found == [[(1, 1.0), (2, 2.0), (3, 3.0)], [(1, 4.0), (2, 5.0), (3, 6.0)]]
    assert notes == []


def test_a_time_that_one_lacks_is_left_out_and_counted_never_filled():
    found, (note,) = aligned(given([1, 2, 3], [1, 2, 3]), given([1, 3], [4, 6]))
    assert found == [[(1, 1.0), (3, 3.0)], [(1, 4.0), (3, 6.0)]]
    assert (note.code, note.count) == ("stack-unmatched", 1)


def test_a_missing_value_counts_as_no_value():
    found, (note,) = aligned(given([1, 2, 3], [1, np.nan, 3]), given([1, 2, 3], [4, 5, 6]))
    assert found[1] == [(1, 4.0), (3, 6.0)]
    assert note.count == 1


def test_outside_its_own_span_a_series_has_no_part_and_stops_nobody():
    found, notes = aligned(given([1, 2, 3, 4], [1, 2, 3, 4]), given([2, 3], [5, 6]))
    assert found == [[(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)], [(2, 5.0), (3, 6.0)]]
    assert notes == []


def test_groups_axes_and_disabled_series_do_not_meet():
    series = (
        given([1, 2], [1, 1]),
        given([3, 4], [1, 1], settings={"series-type": "out"}),
        given([5], [1], settings={"axis": "right"}),
        given([6], [1], enabled=False),
    )
    found, notes = aligned(*series)
    assert [[time for time, _ in one] for one in found] == [[1, 2], [3, 4], [5], [6]]
    assert notes == []


def test_series_of_a_stack_are_thinned_together_and_keep_the_peaks_of_the_sum():
    times = np.arange(10_000)
    first, second = np.ones(10_000), np.ones(10_000)
    first[1234], second[7654] = 99, -99
    found, _ = aligned(given(times, first), given(times, second), width_px=50)
    assert [time for time, _ in found[0]] == [time for time, _ in found[1]]
    assert len(found[0]) < 1000
    assert (1234, 99.0) in found[0]
    assert (7654, -99.0) in found[1]
