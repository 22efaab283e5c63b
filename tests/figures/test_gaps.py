from __future__ import annotations

import numpy as np

from apps.figures.gaps import with_breaks

MINUTE_NS = 60 * 10**9
TIMES = np.array([0, 1, 2, 12, 13]) * MINUTE_NS
VALUES = np.arange(5.0)


def test_a_gap_longer_than_the_interval_breaks_the_line():
    times, values = with_breaks(TIMES, VALUES, {"disconnect-interval": "5 minute"})
    assert (times // MINUTE_NS).tolist() == [0, 1, 2, 7, 12, 13]
    assert np.isnan(values[3])


def test_a_count_is_a_multiple_of_the_mean_distance():
    # 13 minutes over 4 steps: the mean is 3.25 minutes, twice of it 6.5.
    assert len(with_breaks(TIMES, VALUES, {"disconnect-count": "2"})[0]) == 6
    assert len(with_breaks(TIMES, VALUES, {"disconnect-count": "4"})[0]) == 5


def test_a_value_is_drawn_across_the_gap():
    settings = {"disconnect-interval": "5 minute", "disconnect-value": "0"}
    times, values = with_breaks(TIMES, VALUES, settings)
    assert values.tolist() == [0, 1, 2, 0, 0, 3, 4]
    assert np.all(np.diff(times) > 0)


def test_neighbours_are_joined_without_a_setting():
    assert with_breaks(TIMES, VALUES, {})[0] is TIMES
