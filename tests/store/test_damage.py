"""Damaged payloads are reported by series and range, and take nothing else down."""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from apps.algebra.series import Samples
from apps.store.models import Chunk, Head
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource
from apps.store.verify import verify_stripe
from apps.store.writer import append_samples, load_samples

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("tsweb.store").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("tsweb.store").setLevel(logging.NOTSET)


def break_chunk(**which) -> Chunk:
    chunk = Chunk.objects.filter(**which).order_by("t0").first()
    payload = bytearray(chunk.payload)
    payload[len(payload) // 2] ^= 0x10
    Chunk.objects.filter(pk=chunk.pk).update(payload=bytes(payload))
    return chunk


@pytest.fixture
def three_chunks():
    times = np.arange(10_000)
    load_samples({1: Samples(times, times * 1.0), 2: Samples(times, times * 2.0)})


@pytest.mark.parametrize("exact", [False, True])
def test_rest_stays_readable(three_chunks, exact):
    broken = break_chunk(series_id=1, t0=4096)
    source = StoreSource()
    one, two = source.read([1, 2], 0, 20_000, exact=exact)
    assert len(two) == 10_000
    assert one.times_ns.tolist() == [*range(4096), *range(8192, 10_000)]
    (damage,) = source.damage
    assert (damage.series_id, damage.start_ns, damage.end_ns) == (1, broken.t0, broken.t1 + 1)


def test_verify_names_it(three_chunks):
    assert list(verify_stripe(0)) == []
    break_chunk(series_id=2)
    (finding,) = verify_stripe(0)
    assert str(finding) == "series 2 [0, 4096): the checksum does not match"
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify", stdout=out)
    assert "series 2 [0, 4096)" in out.getvalue()


def test_verify_sees_wrong_rows(three_chunks):
    Chunk.objects.filter(series_id=1, t0=0).update(t1=F("t1") + 1)
    assert [finding.problem for finding in verify_stripe(0)] == [
        "the first or last time is not the one of the row",
        "overlaps the chunk that ends at 4096",
    ]


def test_compaction_writes_beside_a_damaged_chunk(three_chunks):
    break_chunk(series_id=1, t0=4096)
    append_samples({1: Samples.of([5_000, 9_999, 10_000], [-1, -1, -1])})
    rewrite_stripe(0)
    assert not Head.objects.exists()
    source = StoreSource()
    (found,) = source.read([1], 0, 20_000)
    assert found.times_ns.tolist() == [*range(4096), 5_000, *range(8192, 10_001)]
    assert len(source.damage) == 1
    assert Chunk.objects.filter(series_id=1, t0=4096).exists()


def test_damaged_batch_of_the_log_stays_and_is_named():
    append_samples({1: Samples.of([1], [1])})
    append_samples({1: Samples.of([2], [2])})
    first = Head.objects.order_by("id").first()
    broken = bytes(first.payload[:-1]) + bytes([first.payload[-1] ^ 1])
    Head.objects.filter(pk=first.pk).update(payload=broken)
    source = StoreSource()
    assert source.read([1], 0, 10)[0].times_ns.tolist() == [2]
    assert source.damage[0].series_id is None
    rewrite_stripe(0)
    assert Head.objects.count() == 1
    assert [finding.series_id for finding in verify_stripe(0)] == [None]
    assert StoreSource().read([1], 0, 10)[0].times_ns.tolist() == [2]
