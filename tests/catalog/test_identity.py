"""Who a series is: however tags are ordered, however names are written, and never by gluing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import SeriesKey
from apps.catalog.models import Entity, Metric, Series, Tag, pairs_hash
from apps.catalog.services import delete_metric, rename_metric, resolve_series
from apps.errors import ArgumentFault

both = pytest.mark.django_db(databases="__all__")


@both
def test_same_series_however_written():
    keys = [
        SeriesKey.of("CPU.Load", "Nur-1", {"DC": "07", "host": "a"}),
        SeriesKey.of("cpu.load", " nur-1 ", {"host": "a", " dc ": "07\n"}),
    ]
    first, second = resolve_series(keys)
    assert first == second
    row = Series.objects.get(pk=first)
    assert row.key == SeriesKey.of("cpu.load", "nur-1", {"dc": "07", "host": "a"})
    assert set(row.tag_set.values_list("name", "value")) == {("dc", "07"), ("host", "a")}


@both
def test_tag_values_keep_their_case_and_tell_series_apart():
    ids = resolve_series([SeriesKey.of("m", "e", {"k": value}) for value in ("a", "A", "á", "a ")])
    assert len(set(ids)) == 4


@both
def test_sets_of_tags_that_glue_to_the_same_text_stay_apart():
    ids = resolve_series(
        [
            SeriesKey.of("m", "e", {"a": "b,c=d"}),
            SeriesKey.of("m", "e", {"a": "b", "c": "d"}),
            SeriesKey.of("m", "e", {"a": 'b","c":"d'}),
            SeriesKey.of("m", "e"),
        ]
    )
    assert len(set(ids)) == 4


@both
def test_database_refuses_a_second_series_of_one_identity():
    (number,) = resolve_series([SeriesKey.of("m", "e", {"x": "1", "y": "2"})])
    row = Series.objects.get(pk=number)
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.create(metric=row.metric, entity=row.entity, tags={"y": "2", "x": "1"})


@both
def test_unknown_stay_unknown_unless_made():
    key = SeriesKey.of("m", "e", {"k": "v"})
    assert resolve_series([key], create=False) == [None]
    assert not Metric.objects.exists()
    (made,) = resolve_series([key])
    assert resolve_series([key, SeriesKey.of("m", "other")], create=False) == [made, None]
    assert not Entity.objects.filter(name="other").exists()


@both
@pytest.mark.parametrize(
    ("key", "part"),
    [
        (SeriesKey.of("", "e"), "metric name must not be empty"),
        (SeriesKey.of("m", " "), "entity name must not be empty"),
        (SeriesKey.of("m" * 513, "e"), "513 characters"),
        (SeriesKey.of("m", "e", {"k": ""}), "has no value"),
        (SeriesKey.of("m", "e", {"k": "a\0b"}), "zero byte"),
        (SeriesKey.of("m", "\ud800"), "surrogate"),
        (SeriesKey.of("m", "e", {f"t{n}": "1" for n in range(1025)}), "1025 tags"),
    ],
)
def test_what_can_not_be_stored_is_named_and_nothing_is_made(key, part):
    with pytest.raises(ArgumentFault, match=part):
        resolve_series([SeriesKey.of("good", "good"), key])
    assert not Metric.objects.exists()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_remembered_ids_are_forgotten_when_names_move():
    key = SeriesKey.of("old", "e")
    (number,) = resolve_series([key])
    rename_metric("old", "new")
    (fresh,) = resolve_series([key])
    assert fresh != number
    assert resolve_series([SeriesKey.of("new", "e")]) == [number]
    delete_metric("new")
    assert resolve_series([SeriesKey.of("new", "e")], create=False) == [None]


@both
def test_many_at_once_share_tags():
    keys = [SeriesKey.of("m", f"e{n % 50}", {"n": str(n), "half": str(n % 2)}) for n in range(2_500)]
    ids = resolve_series(keys)
    assert len(set(ids)) == 2_500
    assert resolve_series(list(reversed(keys))) == list(reversed(ids))
    assert Tag.objects.filter(name="half").count() == 2


@both
def test_series_of_a_pair_are_found_by_index():
    query = "SELECT id FROM catalog_series WHERE metric_id = 1 AND entity_id = 2"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        else:
            # The table is empty, so the planner is told to leave out what it does with small tables.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {query}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "series_once" in plan or "metric_id=? AND entity_id=?" in plan


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_hash_is_one_per_set_of_tags(left, right):
    try:
        same = pairs_hash(left) == pairs_hash(right)
    except UnicodeEncodeError:
        return
    assert same == (left == right)
    assert pairs_hash(dict(reversed(left.items()))) == pairs_hash(left)
