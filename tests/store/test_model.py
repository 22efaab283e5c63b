"""Whatever is written, overwritten, deleted and compacted, in any order: the store equals a dictionary."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.algebra.series import Samples
from apps.algebra.source import MemorySource
from apps.store import rewrite
from apps.store.codec import CHUNK_SAMPLES
from apps.store.models import Chunk, stripe_of
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource
from apps.store.verify import verify_stripe
from apps.store.writer import append_samples, delete_range, delete_series, load_samples
from tests.store.strategies import PLAIN, TIMES, VALUES, pairs_of, samples_of, told

pytestmark = pytest.mark.django_db(databases="__all__")

#: Each example gets its own stripes, so that one database serves them all.
_stripes = itertools.count(1_000, 2)
BOUNDS = st.tuples(TIMES, TIMES).map(sorted)
PLACES = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("append"), PLACES, st.lists(st.tuples(TIMES, VALUES), min_size=1, max_size=8)),
    st.tuples(st.just("append"), PLACES, st.lists(st.tuples(TIMES, PLAIN), min_size=1, max_size=8)),
    st.tuples(st.just("load"), PLACES, st.lists(st.tuples(TIMES, VALUES), min_size=1, max_size=8)),
    st.tuples(st.just("delete"), PLACES, BOUNDS),
    st.tuples(st.just("compact"), PLACES, st.none()),
)


def apply_step(step, ids, model):
    name, place, given_part = step
    series_id, known = ids[place], model[place]
    if name == "append":
        append_samples({series_id: samples_of(given_part)})
        known.update((time_ns, told(value)) for time_ns, value in given_part)
    elif name == "load":
        load_samples({series_id: samples_of(given_part)})
        known.update((time_ns, told(value)) for time_ns, value in given_part)
    elif name == "delete":
        delete_range([series_id], *given_part)
        for time_ns in [t for t in known if given_part[0] <= t < given_part[1]]:
            del known[time_ns]
    else:
        rewrite_stripe(stripe_of(series_id))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=12), st.sampled_from([2, 3, CHUNK_SAMPLES]), BOUNDS)
def test_store_equals_dictionary(steps, chunk_samples, window):
    stripe = next(_stripes)
    # Two series share a stripe, the third lives in the next one.
    ids = [stripe << 8, (stripe << 8) + 255, (stripe + 1) << 8]
    model: list[dict] = [{}, {}, {}]
    with pytest.MonkeyPatch.context() as patch:
        # Small chunks make small examples cross their edges.
        patch.setattr("apps.store.codec.CHUNK_SAMPLES", chunk_samples)
        patch.setattr(rewrite, "CHUNK_SAMPLES", chunk_samples)
        patch.setattr(rewrite, "_FULL_ENOUGH", chunk_samples // 2)
        for step in steps:
            apply_step(step, ids, model)
    source = StoreSource()
    found = source.read(ids, -(2**63), 2**63 - 1, exact=True)
    assert [pairs_of(samples) for samples in found] == [sorted(known.items()) for known in model]
    assert source.last_times(ids) == [max(known, default=None) for known in model]
    found = source.read(ids, *window, exact=True)
    assert [pairs_of(samples) for samples in found] == [
        sorted(item for item in known.items() if window[0] <= item[0] < window[1]) for known in model
    ]
    assert not source.damage
    assert list(verify_stripe(stripe)) + list(verify_stripe(stripe + 1)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(-5, 30), st.just(math.nan) | st.integers(0, 9)), max_size=25),
    st.integers(0, 25),
    st.tuples(st.integers(-6, 31), st.integers(-6, 31)),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_neighbours_are_those_of_the_port(written, compact_after, window, around):
    series_id = next(_stripes) << 8
    model: dict[int, float] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.store.codec.CHUNK_SAMPLES", 3)
        patch.setattr(rewrite, "CHUNK_SAMPLES", 3)
        patch.setattr(rewrite, "_FULL_ENOUGH", 1)
        for at, (time_ns, value) in enumerate(written):
            append_samples({series_id: Samples.of([time_ns], [value])})
            model[time_ns] = float(value)
            if at == compact_after:
                rewrite_stripe(stripe_of(series_id))
    whole = Samples.of(sorted(model), [model[time_ns] for time_ns in sorted(model)])
    asked = {"before": around[0], "after": around[1]}
    (wanted,) = MemorySource({series_id: whole}).read([series_id], *window, **asked)
    (found,) = StoreSource().read([series_id], *window, **asked)
    assert found.times_ns.tolist() == wanted.times_ns.tolist()
    np.testing.assert_array_equal(found.values, wanted.values)


def test_long_series_through_every_path():
    rng = np.random.default_rng(5)
    times = np.unique(rng.integers(-(10**15), 10**15, 30_000))
    samples = Samples(times, rng.normal(size=times.size))
    shuffled = rng.permutation(times.size)
    for part in np.array_split(shuffled, 40):
        append_samples({77: samples.take(part)})
    (found,) = StoreSource().read([77], -(2**63), 2**63 - 1)
    assert pairs_of(found) == pairs_of(samples)
    assert max(Chunk.objects.filter(series_id=77).values_list("n", flat=True)) <= CHUNK_SAMPLES
    rewrite_stripe(0)
    delete_range([77], int(times[100]), int(times[-100]))
    (found,) = StoreSource().read([77], -(2**63), 2**63 - 1)
    assert len(found) == 200
    delete_series([77])
    assert StoreSource().last_times([77]) == [None]
    assert not Chunk.objects.filter(series_id=77).exists()


def test_appending_fills_chunks_instead_of_piling_up_small_ones():
    for start in range(0, 9_000, 100):
        times = np.arange(start, start + 100)
        append_samples({5: Samples(times, times.astype(float))})
        rewrite_stripe(0)
    counts = list(Chunk.objects.filter(series_id=5).order_by("t0").values_list("n", flat=True))
    assert sum(counts) == 9_000
    assert len(counts) <= 4


def test_write_again_changes_nothing():
    batch = {1: Samples.of([1, 2], [1, 2]), 300: Samples.of([5], [5], ["note"])}
    for _ in range(3):
        append_samples(batch)
        rewrite_stripe(0)
    first, second, unknown = StoreSource().read([1, 300, 4_000], 0, 10, exact=True)
    assert pairs_of(first) == pairs_of(batch[1])
    assert pairs_of(second) == pairs_of(batch[300])
    assert len(unknown) == 0


def test_empty_batch_is_nothing():
    assert append_samples({}) == 0
    assert append_samples({1: Samples.empty()}) == 0
    assert rewrite_stripe(0) == 0
