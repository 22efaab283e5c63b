from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.figures.encode import pairs_json, times_ms


def test_pairs_are_whole_milliseconds_and_values():
    times = np.array([-1, 1_527_158_580_000_000_000])
    assert pairs_json(times, np.array([np.nan, 237.0])) == b"[[-1,null],[1527158580000,237.0]]"
    assert pairs_json(times[:0], np.empty(0)) == b"[]"


def test_nanoseconds_are_floored_also_before_1970():
    assert times_ms(np.array([-1, 1_999_999])).tolist() == [-1, 1]


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats()), max_size=20))
def test_pairs_read_back(samples):
    samples = sorted(dict(samples).items())
    times = np.array([time for time, _ in samples], np.int64)
    values = np.array([value for _, value in samples], float)
    for (time, value), (ms, number) in zip(samples, json.loads(pairs_json(times, values)), strict=True):
        assert ms == time // 10**6
        assert isinstance(ms, int)
        assert number == (value if np.isfinite(value) else None)
