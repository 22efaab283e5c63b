"""What rolled-up points were made from is stored beside them, and never apart from them."""

from __future__ import annotations

import base64
import io
import logging
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import INT, TEXT, Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.summaries import COUNTER, DEVIATION, MEAN, NONE, blank, dtype_of, same, summarise
from apps.catalog.models import InvalidAction, Metric
from apps.catalog.selectors import catalog
from apps.store import codec
from apps.store.codec import (
    FLOAT,
    MIXED,
    PCODEC,
    SUMMARISED,
    ZLIB,
    DamagedPayload,
    decode_into,
    decode_samples,
    decode_times,
    encode_chunk,
)
from apps.store.headlog import decode_head, encode_heads
from apps.store.ingest import insert_series
from apps.store.merge import simplest
from apps.store.models import Chunk
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource
from apps.store.verify import verify_stripe
from apps.store.writer import BULK_SAMPLES, append_samples, delete_range, load_samples
from tests.store.strategies import FLOATS, INT64, PLAIN, VALUES, pairs_of, samples_of

database = pytest.mark.django_db(databases="__all__")

#: Payloads as they were written before there were summaries: floats, then an integer, a float and a text.
LATE_NS = 1_700_000_000_000_000_000
OLD_FLOATS = Samples.of([-5, 0, LATE_NS + 1, LATE_NS + 2], [0.1, -0.0, np.nan, 1e300])
OLD_MIXED = Samples(
    np.array([1, 2, 3]), np.array([2.0**53, 0.5, np.nan]), np.array([INT, FLOAT, TEXT], np.uint8),
    np.array([2**53 + 1, 0, 0]), np.array([None, "note", "word"], dtype=object),
)  # fmt: skip
OLD_CHUNKS = [
    (OLD_FLOATS, FLOAT, PCODEC, 859472014,
     "VDAAAABwY28hAwACAQQBBAMAABAhAgADAAAAAAAAAAcEAKjY+HNeXgIA+////////38mEABWOQAAAHBjbyEDAAIBBAEGAwAAAEIA"
     "4P////////8PgGZmZmZmZu4vAM46AEQe8ht/AAAAAAAAAPj/AJMAAA=="),
    (OLD_FLOATS, FLOAT, ZLIB, 1008755163,
     "VCEAAAB4nPvNysj4n4GB4T+DFhCbAfE/IJ4DxNOBWJwBAK8CCqRWIwAAAHicm5XGMGdmGkMpEDMAcQcQ2wDxk51uP+ztHf7/AwDF"
     "/g1n"),
    (OLD_MIXED, MIXED, PCODEC, 1778482201,
     "VCMAAABwY28hAwDBBAEEAgAAEAEBgAAAAAAAAABAAAEAAAAAAACAAEsLAAAAeJxjZGAGAAAJAAVWGwAAAHBjbyEDAEAEAQYAAAAA"
     "EAAAAAAAAAAA/wUAAEkbAAAAcGNvIQMAQAQBBAAAAAAQAAgAAAAAAAABBAAAUx8AAAB4nIuONtRRyssvSVWK1Yk20lEqzy9KUYqN"
     "BQBSlwcK"),
    (OLD_MIXED, MIXED, ZLIB, 1171154843,
     "VA0AAAB4nGNkZGTABgAAXQAESwsAAAB4nGNkYAYAAAkABVYNAAAAeJxjYACBB/YAAgcBIEkNAAAAeJxjZAABBQYAAFAAIlMfAAAA"
     "eJyLjjbUUcrLL0lVitWJNtJRKs8vSlGKjQUAUpcHCg=="),
]  # fmt: skip
OLD_BATCHES = [
    (Samples(np.array([1, 2, 2]), np.array([1.5, 2.5, 3.5])),
     "AGSWUjADAAAAAQEAAAAAAAAAAAAAAAAA+D8BAgAAAAAAAAAAAAAAAAAEQAICAAAAAAAAAAAAAAAAAAxA"),
    (OLD_MIXED,
     "AWYoufwDAAAAAQEAAAAAAAAAAAAAAAAAQEMBAgAAAAAAAAAAAAAAAADgPwIDAAAAAAAAAAAAAAAAAPh/eAGrVsrOzEspVrKKNtQx"
     "0DGO1VHKzCsBcS0NDMwNLS2NTE3MTQwsLY2BsgZA2ZLUCrB0XmlOjo5SXn5JqpKOUnl+UYpSbC0AMCkWAQ=="),
]  # fmt: skip


@st.composite
def summaries(draw: st.DrawFn, count: int) -> np.ndarray:
    """Any bits in the fields of any kinds, some points without."""
    kinds = draw(st.lists(st.sampled_from([NONE, MEAN, DEVIATION, COUNTER]), min_size=count, max_size=count))
    names = draw(st.sampled_from([("sum", "m2"), ("first_ns", "first", "resets"), tuple(codec.FIELDS)]))
    column = blank(count, dtype_of(names))
    held = np.array(kinds) != NONE
    for name in column.dtype.names:
        values = FLOATS if column.dtype[name].kind == "f" else INT64
        if name != "kind":
            column[name][held] = draw(st.lists(values, min_size=int(held.sum()), max_size=int(held.sum())))
    column["kind"] = kinds
    return column


@st.composite
def rolled_up(draw: st.DrawFn, values=VALUES) -> Samples:
    found = draw(st.dictionaries(INT64, values, min_size=1, max_size=20))
    samples = samples_of(sorted(found.items()))
    return replace(samples, summaries=draw(summaries(len(samples))))


def assert_equal(got: Samples, wanted: Samples) -> None:
    assert pairs_of(simplest(got)) == pairs_of(simplest(wanted))
    assert same(got.summaries, wanted.summaries)


# --- Bytes ---


@given(st.one_of(rolled_up(), rolled_up(PLAIN)), st.sampled_from([PCODEC, ZLIB]))
def test_any_summaries_come_back(samples, chosen):
    chunk = encode_chunk(samples, chosen)
    assert bool(chunk.kind & SUMMARISED) == bool(samples.summaries["kind"].any())
    assert_equal(decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n), samples)
    times, values = np.empty(chunk.n, np.int64), np.empty(chunk.n)
    decode_into(chunk.payload, chunk.kind, chunk.codec, chunk.crc, times, values)
    assert times.tolist() == samples.times_ns.tolist()
    assert times.tolist() == decode_times(chunk.payload, chosen, chunk.crc, chunk.n).tolist()
    np.testing.assert_array_equal(values, samples.values)
    bare = encode_chunk(replace(samples, summaries=None), chosen)
    assert chunk.payload.startswith(bare.payload) and chunk.kind & ~SUMMARISED == bare.kind


@given(st.lists(st.one_of(rolled_up(), rolled_up(PLAIN)), min_size=1, max_size=3), st.data())
def test_any_batches_of_the_log_come_back(batches, data):
    payloads = []
    for samples in batches:
        bare = data.draw(st.booleans())
        ids = np.full(len(samples), 513, np.int64)
        payloads.append(encode_heads(ids, samples.plain() if bare else samples)[0][-1])
        batches[len(payloads) - 1] = samples.plain() if bare else samples
    rows, damaged = decode_head(2, payloads)
    assert damaged == 0 and len(rows.of(513)) == sum(map(len, batches))
    at = 0
    for samples in batches:
        assert_equal(rows.of(513).take(slice(at, at + len(samples))), samples)
        at += len(samples)


@pytest.mark.parametrize(("samples", "kind", "chosen", "crc", "payload"), OLD_CHUNKS)
def test_chunks_from_before_there_were_summaries_are_read(samples, kind, chosen, crc, payload):
    back = decode_samples(base64.b64decode(payload), kind, chosen, crc, len(samples))
    assert pairs_of(simplest(back)) == pairs_of(samples) and back.summaries is None
    # And nothing is written differently where there are none.
    made = encode_chunk(samples, chosen)
    assert (made.kind, made.payload) == (kind, base64.b64decode(payload))


@pytest.mark.parametrize(("samples", "payload"), OLD_BATCHES)
def test_batches_from_before_there_were_summaries_are_read(samples, payload):
    ids = np.array([513, 513, 514])
    rows, damaged = decode_head(2, [base64.b64decode(payload)])
    assert damaged == 0 and rows.series_ids.tolist() == ids.tolist()
    assert pairs_of(simplest(rows.samples)) == pairs_of(samples) and rows.samples.summaries is None
    decoded, _ = decode_head(2, [encode_heads(ids, samples)[0][-1]])
    assert pairs_of(simplest(decoded.samples)) == pairs_of(samples)


@pytest.mark.parametrize("chosen", [PCODEC, ZLIB])
def test_fields_that_nobody_knows_yet_are_passed_over(monkeypatch, chosen):
    samples = points(range(5))
    with monkeypatch.context() as later:
        fields = {**codec.FIELDS, "sketch": "<f8"}
        later.setattr("apps.algebra.summaries.FIELDS", fields)
        column = blank(5, dtype_of(("sum", "m2", "sketch")))
        for name in samples.summaries.dtype.names:
            column[name] = samples.summaries[name]
        column["sketch"] = 7.0
        chunk = encode_chunk(Samples(samples.times_ns, samples.values, summaries=column), chosen)
    back = decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n)
    assert_equal(back, samples)


def test_a_chunk_that_says_it_has_summaries_and_has_none_is_damaged():
    chunk = encode_chunk(Samples.of([1, 2], [1.0, 2.0]))
    with pytest.raises(DamagedPayload):
        decode_samples(chunk.payload, chunk.kind | SUMMARISED, chunk.codec, chunk.crc, chunk.n)


# --- The store ---


def points(minutes, kind: int = MEAN, value: float = 1.0) -> Samples:
    """Points a minute apart, each made from as many samples as its minute says, and one more."""
    times = np.array([minute * 60 * 10**9 for minute in minutes], np.int64)
    sizes = np.array([minute + 1 for minute in minutes])
    edges = np.concatenate([[0], np.cumsum(sizes)])
    raw = value * np.arange(edges[-1], dtype=np.float64)
    raw_ns = np.concatenate([at + np.arange(size) for at, size in zip(times, sizes, strict=True)])
    made = summarise(kind, raw_ns, raw, edges[:-1], edges[1:])
    return Samples(times, np.add.reduceat(raw, edges[:-1]) / sizes, summaries=made)


def read(series_id: int, *, exact: bool = True, **more) -> Samples:
    return StoreSource().read([series_id], -(2**63), 2**63 - 1, exact=exact, **more)[0]


def both_ways(series_id: int, wanted: Samples) -> None:
    """What is read, with other kinds and without, before and after the log is folded in."""
    for _ in range(2):
        for exact in (True, False):
            assert_equal(read(series_id, exact=exact), wanted)
        rewrite_stripe(series_id >> 8)


@database
@pytest.mark.parametrize("kind", [MEAN, DEVIATION, COUNTER])
def test_they_come_back_from_the_log_and_from_chunks(kind):
    wanted = points(range(20), kind)
    append_samples({1: wanted, 2: Samples.of([5, 6], [1.0, 2.0])})
    assert read(2).is_plain and read(2, exact=False).is_plain
    both_ways(1, wanted)
    assert read(2).is_plain
    assert [chunk.kind for chunk in Chunk.objects.order_by("series_id")] == [FLOAT | SUMMARISED, FLOAT]


@database
def test_they_come_back_from_a_bulk_load_of_many_chunks():
    wanted = points(range(BULK_SAMPLES * 9))
    plain = Samples.of(wanted.times_ns, wanted.values)
    load_samples({1: wanted, 2: plain})
    both_ways(1, wanted)
    assert read(2, exact=False).is_plain
    window = wanted.times_ns[[4_000, 4_200]].tolist()
    (found,) = StoreSource().read([1], *window, before=2, after=1)
    assert_equal(found, wanted.take(slice(3_998, 4_201)))


@database
@pytest.mark.parametrize("compacted", [False, True])
def test_a_plain_write_over_a_point_takes_its_summary_away(compacted):
    append_samples({1: points(range(4))})
    if compacted:
        rewrite_stripe(0)
    late = points([2, 3], DEVIATION, 5.0)
    append_samples({1: Samples.of(late.times_ns[:1], [9.0])})
    append_samples({1: late.take([1])})
    first = points(range(4))
    kinds = [MEAN, MEAN, NONE, DEVIATION]
    for _ in range(2):
        found = read(1, exact=False)
        assert found.values.tolist() == [*first.values[:2].tolist(), 9.0, late.values[1]]
        assert found.summaries["kind"].tolist() == kinds
        assert same(found.summaries[:2], first.summaries[:2])
        assert found.summaries["sum"][3] == late.summaries["sum"][1]
        rewrite_stripe(0)
    append_samples({1: Samples(found.times_ns, found.values)})
    assert read(1, exact=False).is_plain
    rewrite_stripe(0)
    assert read(1).is_plain and Chunk.objects.get().kind == FLOAT


@database
def test_in_one_batch_the_last_one_wins_with_its_summary():
    twice = points([1, 2])
    again = points([2], COUNTER)
    insert_series([(SeriesKey.of("m", "e"), twice), (SeriesKey.of("m", "e"), again)])
    (ref,) = catalog().find_series(SeriesSelector("m"))
    assert read(ref.id).summaries["kind"].tolist() == [MEAN, COUNTER]


@database
def test_a_metric_that_puts_values_at_its_limits_makes_other_points():
    insert_series([(SeriesKey.of("m", "e"), Samples.of([0], [0.0]))])
    Metric.objects.filter(name="m").update(max_value=5.0, invalid_action=InvalidAction.TRANSFORM)
    Metric.objects.get(name="m").save()
    wanted = points([1, 9])
    insert_series([(SeriesKey.of("m", "e"), wanted.take([0])), (SeriesKey.of("m", "e"), wanted.take([1]))])
    (ref,) = catalog().find_series(SeriesSelector("m"))
    found = read(ref.id)
    assert found.values.tolist() == [0.0, wanted.values[0], 5.0]
    assert found.summaries["kind"].tolist() == [NONE, MEAN, NONE]


@database
def test_cuts_and_expiry_leave_those_of_the_points_that_stay():
    wanted = points(range(10), COUNTER)
    append_samples({1: wanted})
    delete_range([1], int(wanted.times_ns[3]), int(wanted.times_ns[6]))
    both_ways(1, wanted.take([0, 1, 2, 6, 7, 8, 9]))


@database
def test_kinds_and_summaries_stand_beside_each_other():
    made = points(range(3), COUNTER)
    wanted = Samples(
        made.times_ns, made.values, np.array([INT, FLOAT, INT], np.uint8), np.array([2**60 + 1, 0, 7]),
        np.array([None, "note", None], dtype=object), made.summaries,
    )  # fmt: skip
    append_samples({1: wanted})
    for _ in range(2):
        assert_equal(read(1), wanted)
        assert read(1, exact=False).has_floats_only and same(read(1, exact=False).summaries, wanted.summaries)
        rewrite_stripe(0)


@database
def test_damage_to_them_is_noticed_and_takes_nothing_else_down():
    wanted = points(range(100))
    load_samples({1: wanted, 2: wanted})
    assert list(verify_stripe(0)) == []
    chunk = Chunk.objects.get(series_id=1)
    payload = bytearray(chunk.payload)
    payload[-10] ^= 1
    Chunk.objects.filter(pk=chunk.pk).update(payload=bytes(payload))
    logging.getLogger("tsweb.store").setLevel(logging.CRITICAL)
    try:
        for exact in (True, False):
            source = StoreSource()
            broken, whole = source.read([1, 2], 0, 2**62, exact=exact)
            assert len(broken) == 0 and len(source.damage) == 1
            assert_equal(whole, wanted)
    finally:
        logging.getLogger("tsweb.store").setLevel(logging.NOTSET)
    (finding,) = verify_stripe(0)
    assert finding.series_id == 1


@database
def test_points_are_exported_as_numbers():
    wanted = points(range(3))
    insert_series([(SeriesKey.of("m", "e"), wanted)])
    out = io.StringIO()
    call_command("export", "--format", "csv", "--metric", "m", stdout=out)
    lines = out.getvalue().splitlines()[1:]
    assert [float(line.split(",")[4]) for line in lines] == wanted.values.tolist()
