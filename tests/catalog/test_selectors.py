"""Finding series: patterns, tags, exactness, filters, and memories that never go stale."""

from __future__ import annotations

import numpy as np
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.catalog.models import EntityGroup, Metric
from apps.catalog.patterns import has_wildcard, literal_of, matcher
from apps.catalog.selectors import catalog
from apps.catalog.services import (
    change_group_members,
    delete_entity,
    patch_entity,
    patch_metric,
    put_group,
    put_metric,
    rename_metric,
    resolve_series,
)
from apps.catalog.version import read_version
from apps.errors import ArgumentFault, ConflictFault, MissingFault
from apps.store.writer import append_samples

pytestmark = pytest.mark.django_db(databases="__all__")


def found(**selector) -> list[tuple[str, dict[str, str]]]:
    selector.setdefault("metric", "m")
    refs = catalog().find_series(SeriesSelector(**selector))
    return [(ref.key.entity, ref.key.tag_map) for ref in refs]


@pytest.fixture
def seven():
    resolve_series(
        [
            SeriesKey.of("m", "b", {"k": "v"}),
            SeriesKey.of("m", "a", {"k": "v", "z": "1"}),
            SeriesKey.of("m", "a"),
            SeriesKey.of("m", "a*c", {"k": "V"}),
            SeriesKey.of("m", "abc", {"k": "w"}),
            SeriesKey.of("m", "abd", {"k": "v*"}),
            SeriesKey.of("other", "a", {"k": "v"}),
        ]
    )


def test_order_is_entity_then_tags(seven):
    assert [entity for entity, _ in found()] == ["a", "a", "a*c", "abc", "abd", "b"]
    assert found(entities=("A",)) == [("a", {}), ("a", {"k": "v", "z": "1"})]
    assert found(limit=2) == [("a", {}), ("a", {"k": "v", "z": "1"})]


@pytest.mark.parametrize(
    ("patterns", "entities"),
    [
        (("a?c",), ["a*c", "abc"]),
        (("a\\*c",), ["a*c"]),
        (("AB*",), ["abc", "abd"]),
        (("*",), ["a", "a", "a*c", "abc", "abd", "b"]),
        (("b", "?b?"), ["abc", "abd", "b"]),
        (("none",), []),
        ((), []),
    ],
)
def test_entity_patterns(seven, patterns, entities):
    assert [entity for entity, _ in found(entities=patterns)] == entities


@pytest.mark.parametrize(
    ("tags", "exact", "entities"),
    [
        ((), False, ["a", "a", "a*c", "abc", "abd", "b"]),
        ((), True, ["a"]),
        ((("k", ("v",)),), False, ["a", "b"]),
        ((("K", ("v",)),), True, ["b"]),
        ((("k", ("*",)),), False, ["a", "a*c", "abc", "abd", "b"]),
        ((("k", ("v\\*",)),), False, ["abd"]),
        ((("k", ("v", "w")),), False, ["a", "abc", "b"]),
        ((("k", ("v",)), ("z", ("1",))), True, ["a"]),
        ((("k", ("v",)), ("z", ("2",))), False, []),
    ],
)
def test_tags_and_exactness(seven, tags, exact, entities):
    assert [entity for entity, _ in found(tags=tags, exact_tags=exact)] == entities


def test_filters(seven):
    patch_entity("b", {"label": "the one"})
    assert found(entity_filter=lambda entity: entity.label == "the one") == [("b", {"k": "v"})]
    assert found(tag_filter=lambda tags: tags.get("z") == "1") == [("a", {"k": "v", "z": "1"})]


def test_groups(seven):
    put_group("G", {"tags": {"x": "1"}})
    change_group_members("G", ["b", "NEW"], mode="add")
    assert found(entity_group="G") == [("b", {"k": "v"})]
    assert found(entity_group="g") == []
    change_group_members("G", ["abc"], mode="set")
    assert found(entity_group="G") == [("abc", {"k": "w"})]
    with pytest.raises(MissingFault, match="ENTITY not found for name: 'ghost'"):
        change_group_members("G", ["ghost"], mode="add", create_entities=False)
    EntityGroup.objects.filter(name="G").update(expression="name = 'a'")
    with pytest.raises(ConflictFault):
        change_group_members("G", ["a"], mode="add")


def test_last_insert_bounds(seven):
    old, new = resolve_series([SeriesKey.of("m", "a"), SeriesKey.of("m", "b", {"k": "v"})])
    append_samples({old: Samples.of([5, 10], [1, 2]), new: Samples.of([20], [3])})
    assert found(min_insert_ns=10) == [("a", {}), ("b", {"k": "v"})]
    assert found(min_insert_ns=11) == [("b", {"k": "v"})]
    assert found(max_insert_ns=20) == [("a", {})]
    assert catalog().newest_ns(metric="m") == 20
    assert catalog().newest_ns(metric="m", entity="a") == 10
    assert catalog().newest_ns(metric="nothing") is None


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_memory_follows_changes(seven):
    assert catalog().metric("m").label == ""
    patch_metric("m", {"label": "L"})
    assert catalog().metric("M").label == "L"
    assert not catalog().has_tag_name("fresh")
    resolve_series([SeriesKey.of("m", "zz", {"fresh": "1"})])
    assert catalog().has_tag_name("FRESH")
    assert found(entities=("zz",)) == [("zz", {"fresh": "1"})]
    delete_entity("zz")
    assert found(entities=("zz",)) == []
    rename_metric("m", "renamed")
    assert catalog().metric("m") is None
    assert len(found(metric="renamed")) == 6


def test_version_row_may_be_missing():
    assert read_version() == (0, 0)
    put_metric("m", {})
    assert read_version() != (0, 0)


def test_put_resets_and_patch_merges():
    put_metric("M1", {"label": "L", "retention_days": 3, "tags": {"A": "1", "b": "2"}})
    patch_metric("m1", {"units": "W", "label": None, "tags": {"b": "", "c": "3"}})
    row = Metric.objects.get(name="m1")
    assert (row.label, row.units, row.tags) == ("L", "W", {"a": "1", "c": "3"})
    patch_metric("m1", {}, reset=["label"])
    put_metric("m1", {"units": "V"})
    row.refresh_from_db()
    assert (row.label, row.units, row.retention_days, row.tags) == ("", "V", 0, {})


@pytest.mark.parametrize(
    "fields", [{"data_type": "ODD"}, {"nothing": 1}, {"retention_days": -1}, {"label": "a\0"}]
)
def test_bad_fields_are_named(fields):
    with pytest.raises(ArgumentFault, match=next(iter(fields))):
        put_metric("m", fields)


def test_names_near(seven):
    put_metric("cpu_busy", {})
    put_metric("cpu_idle", {})
    assert catalog().metric_names("cpu") == ["cpu_busy", "cpu_idle"]
    assert catalog().metric_names("cpu_bsuy")[0] == "cpu_busy"
    assert catalog().metric_names("BUSY") == ["cpu_busy"]
    assert catalog().tag_names("m") == ["k", "z"]
    assert catalog().tag_values("m", "K") == ["V", "v", "v*", "w"]


def test_wildcards():
    assert literal_of("a\\*b\\\\c\\d") == "a*b\\c\\d"
    assert not has_wildcard("a\\*")
    assert matcher("*ab*c").fullmatch("xxabab--abc")
    assert not matcher("*ab*c").fullmatch("xxabcd")
    assert matcher("a*").fullmatch("a\nb")
    # A pattern made to explode is answered at once.
    assert not matcher("*a" * 200 + "b").fullmatch("a" * 5_000)


def test_numbers_of_unknown_series():
    assert catalog().last_insert_ns([]) == []
    assert np.all([catalog().key_of(10**9) is None])
