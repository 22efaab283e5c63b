"""Samples of every kind that the store keeps, made by hypothesis, and what must come back."""

from __future__ import annotations

import math
import struct

import numpy as np
from hypothesis import strategies as st

from apps.algebra.series import BOOL, FLOAT, INT, TEXT, Samples

INT64 = st.integers(-(2**63), 2**63 - 1)
#: Before 1970, neighbours a nanosecond apart, the far ends.
TIMES = st.one_of(
    INT64,
    st.integers(0, 50),
    st.integers(-20, 20).map(lambda n: n * 1_000_000_000),
    st.integers(0, 3).map(lambda n: 1_700_000_000_000_000_000 + n),
)
#: Every bit pattern: NaN payloads, -0.0, infinities, subnormals.
FLOATS = st.one_of(
    st.floats(),
    st.sampled_from([math.inf, -math.inf, math.nan, -0.0, 0.0, 5e-324]),
    st.binary(min_size=8, max_size=8).map(lambda raw: struct.unpack("<d", raw)[0]),
)
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["", "null", "0.1", "a\nb\t\"'"]))

#: One value: (kind, number, integer, text).
VALUES = st.one_of(
    st.tuples(st.just(FLOAT), FLOATS, st.just(0), st.none() | TEXTS),
    st.tuples(st.just(INT), st.just(0.0), INT64, st.none()),
    st.tuples(st.just(BOOL), st.just(0.0), st.integers(0, 1), st.none()),
    st.tuples(st.just(TEXT), st.just(math.nan), st.just(0), TEXTS),
)
PLAIN = st.tuples(st.just(FLOAT), FLOATS, st.just(0), st.none())

Value = tuple[int, float, int, str | None]


def samples_of(pairs: list[tuple[int, Value]]) -> Samples:
    """Samples in the order given (times may repeat), with every column that is needed."""
    kinds = np.array([value[0] for _, value in pairs], np.uint8)
    ints = np.array([value[2] for _, value in pairs], np.int64)
    floats = np.array([value[1] for _, value in pairs], np.float64)
    whole = (kinds == INT) | (kinds == BOOL)
    texts = np.array([value[3] for _, value in pairs] + [None], dtype=object)[:-1]
    return Samples(
        np.array([time_ns for time_ns, _ in pairs], np.int64),
        np.where(whole, ints.astype(np.float64), floats),
        kinds if kinds.any() else None,
        ints if whole.any() else None,
        texts if any(text is not None for text in texts) else None,
    )


def pairs_of(samples: Samples) -> list[tuple[int, tuple]]:
    """What can be compared: time, and kind with the exact bits of the value."""
    count = len(samples)
    kinds = samples.kinds if samples.kinds is not None else np.zeros(count, np.uint8)
    ints = samples.ints if samples.ints is not None else np.zeros(count, np.int64)
    texts = samples.texts if samples.texts is not None else np.full(count, None, dtype=object)
    bits = np.ascontiguousarray(samples.values).view(np.uint64)
    columns = zip(
        samples.times_ns.tolist(), kinds.tolist(), bits.tolist(), ints.tolist(), texts.tolist(), strict=True
    )
    return [
        (time_ns, (kind, bit if kind == FLOAT else None, whole if kind in (INT, BOOL) else None, text))
        for time_ns, kind, bit, whole, text in columns
    ]


def told(value: Value) -> tuple:
    """The comparable form of a value, as :func:`pairs_of` shows it."""
    kind, number, whole, text = value
    bits = int(np.float64(number).view(np.uint64))
    return (kind, bits if kind == FLOAT else None, whole if kind in (INT, BOOL) else None, text)
