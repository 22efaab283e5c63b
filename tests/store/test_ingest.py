"""The way in: names, metric settings, repeated series, kinds, and what the report says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apps.algebra.series import FLOAT, INT, TEXT, Samples, SeriesKey
from apps.catalog.models import InvalidAction, Metric, Series
from apps.catalog.services import delete_metric, patch_entity, patch_metric, resolve_series
from apps.errors import ArgumentFault
from apps.store import ingest
from apps.store.ingest import insert_series
from apps.store.models import Chunk, Head
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource

pytestmark = pytest.mark.django_db(databases="__all__")
KEY = SeriesKey.of("m", "e", {"k": "v"})


def stored(key: SeriesKey = KEY, **window) -> Samples:
    (number,) = resolve_series([key], create=False)
    return StoreSource().read([number], -(2**63), 2**63 - 1, exact=True)[0]


def test_new_names_are_made_with_their_defaults():
    report = insert_series([(SeriesKey.of("New.Metric", "Nur", {"DC": "07"}), Samples.of([1], [2]))])
    assert (report.series, report.stored, report.discarded, report.notes) == (1, 1, 0, ())
    metric = Metric.objects.get()
    assert (metric.name, metric.data_type, metric.enabled) == ("new.metric", "FLOAT", True)
    assert (metric.interpolate, metric.invalid_action) == ("LINEAR", "NONE")
    assert Series.objects.get().tags == {"dc": "07"}


def test_one_series_named_several_times():
    report = insert_series(
        [
            (KEY, Samples.of([1, 2], [1, 1])),
            (SeriesKey.of("M", "E", {"K": "v"}), Samples.of([2, 3], [2, 2], [None, "x"])),
            (KEY, Samples.of([3], [9])),
        ]
    )
    assert report.series == 1
    found = stored()
    assert found.values.tolist() == [1, 2, 9]
    assert found.texts is None


def test_awkward_numbers_and_kinds_come_back():
    huge = 2**53 + 1
    samples = Samples(
        np.array([-5, -4, 0, 1, 2, 1_700_000_000_123_456_789]),
        np.array([math.nan, math.inf, -math.inf, -0.0, float(huge), math.nan]),
        np.array([FLOAT, FLOAT, FLOAT, FLOAT, INT, TEXT], np.uint8),
        np.array([0, 0, 0, 0, huge, 0]),
        np.array(["why", None, None, "", None, "on"], dtype=object),
    )
    insert_series([(KEY, samples)])
    for _ in range(2):
        found = stored()
        assert found.times_ns.tolist() == samples.times_ns.tolist()
        np.testing.assert_array_equal(found.values, samples.values)
        assert np.signbit(found.values[3])
        assert found.ints is not None and found.ints[4] == huge
        assert found.texts is not None and found.texts.tolist() == samples.texts.tolist()
        rewrite_stripe(resolve_series([KEY])[0] >> 8)


def test_nothing_is_stored_when_one_name_is_wrong():
    with pytest.raises(ArgumentFault):
        insert_series([(KEY, Samples.of([1], [1])), (SeriesKey.of("m", ""), Samples.of([1], [1]))])
    assert not Series.objects.exists() and not Head.objects.exists()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"enabled": False}, "metric-disabled"), ({"persistent": False}, "not-persistent")],
)
def test_switched_off_metrics_discard(settings, reason):
    patch_metric("m", settings, create=True)
    report = insert_series(
        [(KEY, Samples.of([1, 2], [1, 1])), (SeriesKey.of("n", "e"), Samples.of([1], [1]))]
    )
    assert (report.stored, report.discarded) == (1, 2)
    assert [(note.code, note.count) for note in report.notes] == [(reason, 2)]


def test_disabled_entities_discard():
    patch_entity("E", {"enabled": False}, create=True)
    report = insert_series([(SeriesKey.of("m", " E"), Samples.of([1], [1]))])
    assert (report.stored, report.discarded) == (0, 1)


@pytest.mark.parametrize(
    ("action", "values", "discarded"),
    [
        (InvalidAction.NONE, [-1, 0, 5, 10, 11], 0),
        (InvalidAction.DISCARD, [0, 5, 10], 2),
        (InvalidAction.TRANSFORM, [0, 0, 5, 10, 10], 0),
        (InvalidAction.RAISE_ERROR, [-1, 0, 5, 10, 11], 0),
        (InvalidAction.SET_VERSION_STATUS, [-1, 0, 5, 10, 11], 0),
    ],
)
def test_values_outside_the_range(action, values, discarded):
    patch_metric("m", {"min_value": 0, "max_value": 10, "invalid_action": action}, create=True)
    report = insert_series([(KEY, Samples.of(range(6), [-1, 0, 5, 10, 11, math.nan]))])
    assert report.discarded == discarded
    assert stored().values.tolist()[:-1] == values
    assert math.isnan(stored().values[-1])


def test_filter_of_a_metric(monkeypatch):
    monkeypatch.setattr(ingest, "_filter_reader", [lambda text: lambda key, samples: samples.values > 1])
    patch_metric("m", {"filter": "value > 1"}, create=True)
    report = insert_series([(KEY, Samples.of([1, 2, 3], [1, 2, 3]))])
    assert (report.stored, report.discarded) == (2, 1)
    assert stored().values.tolist() == [2, 3]


def test_large_inserts_go_straight_into_chunks():
    times = np.arange(10_000)
    insert_series([(KEY, Samples(times, times * 0.5))])
    assert not Head.objects.exists()
    assert sorted(Chunk.objects.values_list("n", flat=True)) == [1808, 4096, 4096]


def test_samples_leave_with_their_metric():
    insert_series([(KEY, Samples.of([1], [1])), (SeriesKey.of("n", "e"), Samples.of([1], [1]))])
    ids = resolve_series([KEY, SeriesKey.of("n", "e")])
    delete_metric("M")
    gone, kept = StoreSource().read(ids, 0, 10)
    assert len(gone) == 0 and len(kept) == 1


def test_as_many_statements_for_a_thousand_series_as_for_ten(django_assert_max_num_queries):
    items = [(SeriesKey.of("m", f"e{n}"), Samples.of([1], [1])) for n in range(1_000)]
    insert_series(items)
    ids = resolve_series([key for key, _ in items])
    with django_assert_max_num_queries(10):
        assert all(time_ns == 1 for time_ns in StoreSource().last_times(ids))


def test_columns_of_other_types_and_every_other_sample_of_an_array():
    keys = [SeriesKey.of("m", f"e{at}") for at in range(4)]
    every = np.arange(20.0)
    parts = [
        Samples(np.array([1], np.int64), np.array([7], np.int64)),
        Samples(np.array([1, 2], np.int32), np.array([0.5, 1.5], np.float32)),
        Samples(np.arange(20, dtype=np.int64)[::2], every[::2]),
        Samples(np.array([1], ">i8"), np.array([3], ">f8")),
    ]
    for given in (parts, [parts[2], Samples(np.array([1], np.int64), np.ones(1))]):
        assert insert_series(list(zip(keys, given, strict=False))).stored == sum(map(len, given))
        for key, samples in zip(keys, given, strict=False):
            assert stored(key).times_ns.tolist() == samples.times_ns.tolist()
            assert stored(key).values.tolist() == samples.values.tolist()
        delete_metric("m")
