"""The fast writing of samples equals the plain one, for any times and values."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import FLOAT, INT, TEXT, Samples
from apps.algebra.times import format_iso_ms
from apps.dialects.atsd import encode

TIMES_MS = st.lists(
    st.one_of(
        st.integers(-(10**12), 9 * 10**12),
        st.sampled_from([s * (10**p + d) for p in range(13) for d in (-1, 0) for s in (1, -1)]),
    ),
    max_size=40,
    unique=True,
)


def read_back(samples, *, iso):
    return json.loads(b"[" + b"".join(encode.encode_samples(samples, iso=iso)) + b"]")


def plain(samples, *, iso):
    texts = format_iso_ms(samples.times_ns)
    rows = []
    for at in range(len(samples)):
        value = float(samples.values[at])
        stamp = {"d": texts[at]} if iso else {"t": int(samples.times_ns[at]) // 10**6}
        rows.append({**stamp, "v": value if math.isfinite(value) else None})
    return rows


@given(TIMES_MS, st.data(), st.booleans(), st.integers(1, 50))
def test_equals_the_plain_way(times_ms, data, iso, block):
    values = data.draw(
        st.lists(st.floats(), min_size=len(times_ms), max_size=len(times_ms)), label="values"
    )
    samples = Samples.of(np.array(sorted(times_ms), np.int64) * 10**6, values)
    before, encode.BLOCK = encode.BLOCK, block
    try:
        assert read_back(samples, iso=iso) == plain(samples, iso=iso)
    finally:
        encode.BLOCK = before


def test_floats_keep_a_digit_after_the_point():
    samples = Samples.of([0], [237.0])
    assert b"".join(encode.encode_samples(samples, iso=False)) == b'{"t":0,"v":237.0}'


def test_integers_are_exact():
    ints = np.array([2**62 + 1, -5], np.int64)
    kinds = np.full(2, INT, np.uint8)
    samples = Samples(np.array([0, 10**6]), ints.astype(np.float64), kinds, ints)
    assert [row["v"] for row in read_back(samples, iso=True)] == [2**62 + 1, -5]


def test_texts_stand_beside_values():
    samples = Samples(
        np.arange(4) * 10**6,
        np.array([1.5, np.nan, 7.0, np.nan]),
        np.array([FLOAT, TEXT, INT, FLOAT], np.uint8),
        np.array([0, 0, 7, 0]),
        np.array(["note", "", None, None], object),
    )
    assert read_back(samples, iso=False) == [
        {"t": 0, "v": 1.5, "x": "note"}, {"t": 1, "v": None, "x": ""}, {"t": 2, "v": 7}, {"t": 3, "v": None},
    ]  # fmt: skip


@pytest.mark.parametrize("iso", [True, False])
@pytest.mark.parametrize("first_ms", [1_900_000_000_000, -5_000, 999_999_999_990])
def test_many_short_series_are_written_as_one_by_one(iso, first_ms):
    random = np.random.default_rng(7)
    columns = []
    for length in (3, 0, 1, 1, 40, 2, 0):
        times = (first_ms + np.cumsum(random.integers(1, 9_000, length))) * 10**6
        values = random.choice([1.5, -2e300, 0.1, np.nan, np.inf, 1e-7, 3.0], length)
        columns.append(Samples(times, values))
    columns.append(Samples.of([first_ms * 10**6], [1.0], ["a text"]))
    columns.append(
        Samples(
            np.array([first_ms * 10**6]), np.array([2.0]), np.array([INT], np.uint8), np.array([2**60 + 1])
        )
    )
    random.shuffle(columns)
    alone = [b"".join(encode.encode_samples(samples, iso=iso)) for samples in columns]
    assert [bytes(text) for text in encode.encode_short(columns, iso=iso)] == alone
    assert encode.encode_short([], iso=iso) == []
    assert encode.encode_short(columns[:1], iso=iso) == alone[:1]
