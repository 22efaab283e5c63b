"""Samples that were written for a limited time go then, and only those that were last written so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.algebra.series import Samples
from apps.store.compaction import compact_all
from apps.store.expiry import due_stripes
from apps.store.models import Expiry
from apps.store.rewrite import expire_stripe
from apps.store.source import StoreSource
from apps.store.writer import append_samples, delete_range, load_samples

ALIASES = "__all__"
#: Two of one stripe and one of another.
SERIES = (1, 2, 700)


def column(*times: int, value: float = 1.0) -> Samples:
    return Samples.of(times, [value] * len(times))


def times_of(series_id: int) -> list[int]:
    (found,) = StoreSource().read([series_id], -(2**63), 2**63 - 1)
    return found.times_ns.tolist()


def expire(now_ns: int) -> int:
    return sum(expire_stripe(stripe, now_ns) for stripe in due_stripes(now_ns))


def fold() -> None:
    for _ in compact_all():
        pass


@pytest.fixture(params=["in the log", "in chunks"])
def settle(request):
    """Leaves what was written where it is, or folds it into chunks."""
    return fold if request.param == "in chunks" else lambda: None


@pytest.mark.django_db(databases=ALIASES)
class TestExpiry:
    def test_samples_go_at_their_time_and_others_stay(self, settle):
        append_samples({1: column(1, 2, 3)})
        append_samples({1: column(10, 20), 700: column(10)}, expires_ns=500)
        settle()
        assert expire(499) == 0
        assert times_of(1) == [1, 2, 3, 10, 20]
        assert expire(500) == 3
        assert (times_of(1), times_of(700)) == ([1, 2, 3], [])
        assert Expiry.objects.count() == 0
        assert expire(10_000) == 0

    def test_what_is_written_again_stays(self, settle):
        append_samples({1: column(10, 20, 30)}, expires_ns=500)
        settle()
        append_samples({1: column(20, value=7.0), 2: column(10)})
        settle()
        expire(500)
        (found,) = StoreSource().read([1], 0, 100)
        assert (found.times_ns.tolist(), found.values.tolist()) == ([20], [7.0])
        assert times_of(2) == [10]

    def test_what_is_loaded_in_bulk_stays_too(self, settle):
        append_samples({1: column(10, 20)}, expires_ns=500)
        settle()
        load_samples({1: column(20, 30)})
        expire(500)
        assert times_of(1) == [20, 30]

    def test_a_later_end_wins_whether_it_is_sooner_or_not(self, settle):
        append_samples({1: column(10, 20)}, expires_ns=500)
        append_samples({1: column(10)}, expires_ns=900)
        append_samples({1: column(20)}, expires_ns=100)
        settle()
        expire(100)
        assert times_of(1) == [10]
        expire(500)
        assert times_of(1) == [10]
        expire(900)
        assert times_of(1) == []

    def test_many_samples_between_those_that_stay(self, settle):
        append_samples({1: column(*range(0, 20_000, 2))})
        append_samples({1: column(*range(1, 20_000, 2))}, expires_ns=500)
        settle()
        expire(500)
        assert times_of(1) == list(range(0, 20_000, 2))

    def test_what_was_deleted_before_its_time_is_no_matter(self):
        append_samples({1: column(10, 20)}, expires_ns=500)
        delete_range([1], 0, 15)
        expire(500)
        assert times_of(1) == []

    def test_repeated_times_of_one_batch(self):
        batch = Samples(np.array([5, 5, 4], np.int64), np.array([1.0, 2.0, 3.0]))
        append_samples({1: batch}, expires_ns=500)
        assert times_of(1) == [4, 5]
        expire(500)
        assert times_of(1) == []


WRITES = st.lists(
    st.tuples(
        st.sampled_from(SERIES),
        st.sets(st.integers(0, 12), min_size=1, max_size=6),
        st.sampled_from([None, 100, 200]),
        st.sampled_from(["", "fold", "expire"]),
    ),
    max_size=8,
)


class TestAgainstAModel(TestCase):
    databases = ALIASES

    @given(WRITES)
    def test_any_order_of_writes_folds_and_ends(self, writes):
        model: dict[tuple[int, int], int | None] = {}
        for series_id, times, expires_ns, then in writes:
            append_samples({series_id: column(*sorted(times))}, expires_ns=expires_ns)
            model |= {(series_id, time): expires_ns for time in times}
            if then == "fold":
                fold()
            elif then == "expire":
                expire(100)
                model = {key: end for key, end in model.items() if end is None or end > 100}
        expire(100)
        for series_id in SERIES:
            kept = [at for (key, at), end in model.items() if key == series_id and end in (None, 200)]
            assert times_of(series_id) == sorted(kept)
