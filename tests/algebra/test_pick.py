"""Points picked for drawing: no peak lost, gaps and neighbours kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.transforms.pick import pick_points

KEY = SeriesKey("m", "a")
EPOCH_NS = 1_800_000_000_000_000_000


def _series(times_ns: np.ndarray, values: np.ndarray) -> Series:
    return Series(KEY, Samples(times_ns, values))


@given(
    st.integers(0, 2**31), st.integers(1, 18), st.integers(20, 400), st.integers(1, 40),
    st.sampled_from([0, EPOCH_NS]),
)  # fmt: skip
def test_no_extreme_is_lost(seed: int, digits: int, count: int, width_px: int, base: int) -> None:
    random = np.random.default_rng(seed)
    times = np.unique(random.integers(0, 10**digits, count)) + base
    values = random.random(len(times))
    got = pick_points(_series(times, values), width_px=width_px, start_ns=0, end_ns=2**62)
    assert {0, values.argmin(), values.argmax(), len(values) - 1} <= set(np.searchsorted(times, got.times_ns))
    assert len(got) <= 4 * max((width_px + 1) // 2, 2) + 5
    assert bool(np.all(np.diff(got.times_ns) > 0))


def test_neighbours_of_the_window_stay() -> None:
    times = np.arange(1000) * 10
    got = pick_points(_series(times, np.sin(times / 50.0)), width_px=10, start_ns=2000, end_ns=8000)
    assert got.times_ns[0] == 1990 and got.times_ns[1] == 2000
    assert got.times_ns[-2] == 7990 and got.times_ns[-1] == 8000


def test_gaps_stay_gaps() -> None:
    values = np.sin(np.arange(1000) / 50.0)
    values[300:500] = np.nan
    values[700] = np.nan
    got = pick_points(_series(np.arange(1000) * 10, values), width_px=20, start_ns=0, end_ns=10**6)
    holes = got.times_ns[np.isnan(got.values)]
    assert len(holes) == 2 and 3000 <= holes[0] < 5000 and holes[1] == 7000
    assert len(got) < 60
    (note,) = got.notes
    assert note.code == "thinned" and note.data == {"drawn": len(got), "of": 1000}


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_samples_pass(count: int) -> None:
    one = _series(np.arange(count), np.arange(float(count)))
    assert len(pick_points(one, width_px=10, start_ns=0, end_ns=100)) == count


def test_nothing_but_gaps() -> None:
    one = _series(np.arange(1000), np.full(1000, np.nan))
    assert len(pick_points(one, width_px=10, start_ns=0, end_ns=10**6)) == 1
