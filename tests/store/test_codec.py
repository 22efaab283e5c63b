"""Bytes and back, bit for bit; damage is noticed; statistics are those of the samples."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import Samples
from apps.algebra.summaries import MEAN, NONE, blank, dtype_of, same
from apps.store.codec import (
    CHUNK_SAMPLES,
    PCODEC,
    ZLIB,
    DamagedPayload,
    decode_into,
    decode_samples,
    decode_times,
    encode_chunk,
    split_chunks,
)
from apps.store.headlog import decode_head, encode_heads
from apps.store.merge import simplest
from tests.store.strategies import FLOATS, PLAIN, TIMES, VALUES, pairs_of, samples_of

COLUMNS = st.one_of(
    st.dictionaries(TIMES, VALUES, min_size=1, max_size=30),
    st.dictionaries(TIMES, PLAIN, min_size=1, max_size=30),
)


@given(COLUMNS, st.sampled_from([PCODEC, ZLIB]))
def test_any_samples_come_back(column, codec):
    samples = samples_of(sorted(column.items()))
    chunk = encode_chunk(samples, codec)
    back = decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n)
    assert pairs_of(simplest(back)) == pairs_of(samples)
    times, values = np.empty(chunk.n, np.int64), np.empty(chunk.n)
    decode_into(chunk.payload, chunk.kind, chunk.codec, chunk.crc, times, values)
    assert (
        times.tolist()
        == samples.times_ns.tolist()
        == decode_times(chunk.payload, codec, chunk.crc, chunk.n).tolist()
    )
    np.testing.assert_array_equal(values, samples.values)
    assert (chunk.t0, chunk.t1) == (samples.times_ns[0], samples.times_ns[-1])


@given(
    st.lists(st.tuples(st.sampled_from([NONE, MEAN]), FLOATS, FLOATS), min_size=1, max_size=5),
    st.sampled_from([PCODEC, ZLIB]),
)
def test_summaries_come_back_be_there_one_or_many(records, codec):
    column = blank(len(records), dtype_of(["sum", "m2"]))
    for at, (kind, total, m2) in enumerate(records):
        column[at] = (kind, at + 1, total, m2) if kind else (NONE, 0, 0, 0)
    plain = Samples.of([1000 * at for at in range(len(records))], [1.5] * len(records))
    chunk = encode_chunk(replace(plain, summaries=column), codec)
    back = decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n)
    assert same(back.summaries, column)


@given(st.lists(st.tuples(st.integers(0, 255), TIMES, VALUES), min_size=1, max_size=30))
def test_any_batch_of_the_log_comes_back(batch):
    ids = np.array([512 + place for place, _, _ in batch], np.int64)
    samples = samples_of([(time_ns, value) for _, time_ns, value in batch])
    rows, damaged = decode_head(2, [encode_heads(ids, samples)[0][-1]])
    assert damaged == 0
    assert rows.series_ids.tolist() == ids.tolist()
    assert pairs_of(rows.samples) == pairs_of(samples)


@given(COLUMNS, st.sampled_from([PCODEC, ZLIB]), st.data())
def test_any_flipped_bit_is_noticed(column, codec, data):
    chunk = encode_chunk(samples_of(sorted(column.items())), codec)
    raw = bytearray(chunk.payload)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamagedPayload):
        decode_samples(bytes(raw), chunk.kind, chunk.codec, chunk.crc, chunk.n)


def test_damaged_batches_of_the_log_are_counted_and_the_rest_is_read():
    ids = np.array([3], np.int64)
    good = encode_heads(ids, Samples.of([1], [2.0]))[0][-1]
    broken = good[:-1] + bytes([good[-1] ^ 1])
    rows, damaged = decode_head(0, [broken, good, b"", good[:5]])
    assert damaged == 3
    assert pairs_of(rows.of(3)) == pairs_of(Samples.of([1], [2.0]))


def test_unknown_codec_is_damage():
    chunk = encode_chunk(Samples.of([1, 2], [1, 2]))
    with pytest.raises(DamagedPayload):
        decode_samples(chunk.payload, chunk.kind, 9, chunk.crc, chunk.n)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, 4, 2, 5], (1, 5, 12, 1, 5, 3 + 2 + 3)),
        ([math.nan, 3, math.nan, 7], (3, 7, 10, 3, 7, 4)),
        ([math.nan], (None,) * 6),
        ([2], (2, 2, 2, 2, 2, 0)),
        ([math.inf, -math.inf], (-math.inf, math.inf, None, math.inf, -math.inf, -math.inf)),
    ],
)
def test_statistics(values, wanted):
    chunk = encode_chunk(Samples.of(range(len(values)), values))
    told = chunk.statistics
    # 1 4 2 5: the fall from 4 to 2 is a counter that started over and counts 2.
    assert (told.vmin, told.vmax, told.vsum, told.vfirst, told.vlast, told.vinc) == wanted


def test_chunks_are_full_ones_first():
    samples = Samples(np.arange(10_000), np.zeros(10_000))
    assert [len(part) for part in split_chunks(samples)] == [CHUNK_SAMPLES, CHUNK_SAMPLES, 1808]
    with pytest.raises(ValueError, match="4096"):
        encode_chunk(samples)


def test_regular_series_are_small():
    rng = np.random.default_rng(1)
    times = np.arange(CHUNK_SAMPLES) * 10_000_000_000
    values = np.round(20 + np.cumsum(rng.normal(0, 0.1, CHUNK_SAMPLES)), 2)
    assert len(encode_chunk(Samples(times, values)).payload) < 2 * CHUNK_SAMPLES
