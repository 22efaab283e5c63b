"""Names kept exactly, and what a name in any case stands for among them."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from django.db import connection

from apps.algebra.series import Samples, SeriesKey, any_case_tag, fold
from apps.algebra.source import EVERY_SERIES, SeriesSelector
from apps.catalog import listing, services
from apps.catalog.identity import _series_at
from apps.catalog.lookup import row_named
from apps.catalog.models import Entity, Metric, Tag
from apps.catalog.search import search_series
from apps.catalog.selectors import catalog
from apps.catalog.services import resolve_series
from apps.catalog.version import read_version
from apps.errors import ArgumentFault, ConflictFault
from apps.store.ingest import insert_series
from apps.store.source import StoreSource

pytestmark = pytest.mark.django_db(databases="__all__")
#: With commits, so that the memories of look-ups are in use.
remembering = pytest.mark.django_db(databases="__all__", transaction=True)
#: Letters whose other case has another length, no other case, or depends on what follows.
ODD = [*"İıßẞΣςσǄﬁé日😀'\"%\\", "\u2003", "\u00a0", "e\u0301"]


def exact(*keys: SeriesKey, create: bool = True) -> list[int | None]:
    return resolve_series(list(keys), create=create, exact=True)


def any_case(*keys: SeriesKey, create: bool = True) -> list[int | None]:
    return resolve_series(list(keys), create=create)


def sample(value: float) -> Samples:
    return Samples(np.array([1_000_000], np.int64), np.array([value]))


def read(number: int) -> list[float]:
    return StoreSource().read([number], 0, 10**18)[0].values.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_every_spelling_is_a_series_of_its_own(seed):
    random_one = random.Random(seed)
    pool = [*"aAbB .:*?", *ODD]
    names = {"".join(random_one.choices(pool, k=random_one.randint(1, 6))) for _ in range(60)}
    keys = [SeriesKey.of(name, name[::-1], {name: f"{name} "}) for name in sorted(names)]
    ids = exact(*keys)
    assert len(set(ids)) == len(keys)
    assert [catalog().key_of(number) for number in ids] == keys
    assert exact(*reversed(keys), create=False) == ids[::-1]
    found = {
        key: [ref.id for ref in catalog().find_series(SeriesSelector(key.metric, exact=True))] for key in keys
    }
    assert found == {key: [number] for key, number in zip(keys, ids, strict=True)}
    # In any case a name finds all that fold alike, and nothing else.
    for name in names:
        refs = catalog().find_series(SeriesSelector(f" {name}\t"))
        assert {ref.key.metric for ref in refs} == {one for one in names if fold(one) == fold(name)}
    rows = [(Metric, row) for row in Metric.objects.all()] + [(Tag, row) for row in Tag.objects.all()]
    assert all(row.folded == fold(row.name) for _, row in rows)


@remembering
def test_the_metric_that_a_name_in_any_case_stands_for():
    key = SeriesKey.of("cpu", "host")
    (first,) = exact(SeriesKey.of("Cpu", "host"))
    assert any_case(key, SeriesKey.of(" CPU", "HOST")) == [first, first]
    assert Metric.objects.count() == 1
    # A younger spelling changes nothing.
    exact(SeriesKey.of("CPU", "host"))
    assert any_case(key) == [first]
    # Written just so counts most, also where the other was remembered.
    (own,) = exact(key)
    assert any_case(key) == [own]
    assert any_case(SeriesKey.of("cPU", "host")) == [own]
    services.delete_metric("cpu")
    assert any_case(key) == [first]
    services.delete_metric("Cpu")
    assert [one.name for one in Metric.objects.all()] == ["CPU"]
    assert catalog().metric("cpu").name == "CPU"


@remembering
def test_the_entity_that_a_name_in_any_case_stands_for():
    key = SeriesKey.of("m", "host-1", {"k": "v"})
    (first,) = exact(SeriesKey.of("m", "HOST-1 ", {"k": "v"}))
    assert any_case(key) == [first]
    (own,) = exact(key)
    assert any_case(key) == [own]
    assert {one.name for one in Entity.objects.all()} == {"HOST-1 ", "host-1"}
    services.insert_messages([(" Host-1", {"time_ns": 5, "text": "hello"})])
    services.insert_property("HOST-1", "disk", {}, {"a": "b"}, time_ns=1)
    assert [one.entity.name for one in listing.messages(0, 10, entity="hOst-1")] == ["host-1"]
    assert [one.entity.name for one in listing.properties(entity="HOST-1")] == ["host-1"]


@remembering
def test_the_tags_that_names_in_any_case_stand_for():
    def with_tags(**tags: str) -> SeriesKey:
        return SeriesKey.of("m", "e", tags)

    (capital,) = exact(with_tags(DC="07", Host="a"))
    (younger,) = exact(with_tags(dc="07", HOST="a"))
    asked = with_tags(dc="07", host="a")
    assert any_case(asked, with_tags(DC="07", HOST="a")) == [capital, capital]
    # Written just so comes before all else, the lower case before the oldest.
    assert any_case(with_tags(dc="07", HOST="a")) == [younger]
    (own,) = exact(asked)
    assert any_case(asked, with_tags(DC="07", HOST="a")) == [own, own]
    # Values count as written, and other sets of tags are other series.
    fresh = any_case(with_tags(dc="07", host="A"), with_tags(DC="07"), with_tags(DC="07", Host="a", x="1"))
    assert len({*fresh, capital, younger, own}) == 6
    assert [catalog().key_of(number).tags for number in fresh] == [
        (("dc", "07"), ("host", "A")), (("dc", "07"),), (("dc", "07"), ("host", "a"), ("x", "1")),
    ]  # fmt: skip


def test_names_of_one_series_that_fold_alike_are_nobody_elses():
    (both,) = exact(SeriesKey.of("m", "e", {"a": "1", "A": "2"}))
    one, two = any_case(SeriesKey.of("m", "e", {"a": "1"}), SeriesKey.of("m", "e", {"a": "2"}))
    assert len({both, one, two}) == 3
    for value, numbers in (("1", {both, one}), ("2", {both, two})):
        refs = catalog().find_series(SeriesSelector("m", tags=(("A", (value,)),)))
        assert {ref.id for ref in refs} == numbers


@remembering
def test_memories_are_kept_unless_a_name_is_there_in_another_case():
    exact(SeriesKey.of("Cpu", "Host", {"Dc": "1"}))
    shape = read_version().shape
    exact(SeriesKey.of("Mem", "Host", {"Dc": "1"}), SeriesKey.of("Cpu", "Host2", {"Dc": "1"}))
    exact(SeriesKey.of("Cpu", "Host", {"Dc": "2"}), SeriesKey.of("Cpu", "Host", {"dc": "3"}))
    any_case(SeriesKey.of("cpu", "host", {"dc": "4"}))
    assert read_version().shape == shape
    for key in (
        SeriesKey.of("cPu", "Host"), SeriesKey.of("Cpu", "host"), SeriesKey.of("Cpu", "Host", {"dC": "1"}),
        SeriesKey.of("Cpu", "Host", {"dc": "1"}), SeriesKey.of("Cpu", "Host", {"DC": "4"}),
    ):  # fmt: skip
        exact(key)
        assert read_version().shape != shape, key
        shape = read_version().shape


def test_the_oldest_comes_first_whichever_was_asked_for():
    for names in itertools.permutations(["AB", "Ab", "aB"]):
        Metric.objects.all().delete()
        exact(*(SeriesKey.of(name, "e") for name in names[:1]))
        exact(*(SeriesKey.of(name, "e") for name in names))
        assert row_named(Metric, "ab").name == names[0]
        assert [row_named(Metric, name).name for name in names] == list(names)


@pytest.mark.parametrize(
    ("key", "part"),
    [
        (SeriesKey.of("", "e"), "metric name must not be empty"),
        (SeriesKey.of("m", "e" * 513), "513 characters"),
        (SeriesKey.of("m", "e", {"k": ""}), "has no value"),
        (SeriesKey.of("m", "e", {"": "v"}), "tag name must not be empty"),
        (SeriesKey.of("m\0", "e"), "zero byte"),
        (SeriesKey.of("m", "e", {"\ud800": "v"}), "surrogate"),
        (SeriesKey.of("m", "e", {f"t{n}": "1" for n in range(1025)}), "1025 tags"),
    ],
)
def test_what_can_not_be_stored_is_refused(key, part):
    with pytest.raises(ArgumentFault, match=part):
        exact(SeriesKey.of("Good", "Good"), key)
    assert not Metric.objects.exists()


def test_the_longest_names_fit_whatever_their_other_case():
    long = "İ" * 512
    key = SeriesKey.of(long, long, {long: "v"})
    (number,) = exact(key)
    assert catalog().key_of(number) == key
    assert [ref.id for ref in catalog().find_series(SeriesSelector(long.lower()))] == [number]


@pytest.fixture
def spelled():
    """Two metrics, three entities and tags, each told apart by case alone."""
    keys = [
        SeriesKey.of("temp", "pump", {"site": "n"}),
        SeriesKey.of("Temp", "Pump", {"Site": "n"}),
        SeriesKey.of("Temp", "PUMP", {"SITE": "N"}),
        SeriesKey.of("Temp", "other", {"Site": "n", "b": "1"}),
    ]
    insert_series([(key, sample(at)) for at, key in enumerate(keys)], exact=True)
    return keys


@pytest.mark.parametrize(
    ("selector", "in_any_case", "exactly"),
    [
        ({"metric": "TEMP"}, [0, 1, 2, 3], []),
        ({"metric": "Temp"}, [0, 1, 2, 3], [1, 2, 3]),
        ({"metric": "temp"}, [0, 1, 2, 3], [0]),
        ({"metric": "Temp", "entities": ("pump",)}, [0, 1, 2], []),
        ({"metric": "Temp", "entities": ("Pump",)}, [0, 1, 2], [1]),
        ({"metric": "Temp", "entities": ("P*",)}, [0, 1, 2], [1, 2]),
        ({"metric": "Temp", "entities": ("?ump", "OTHER")}, [0, 1, 2, 3], [1]),
        ({"metric": "Temp", "tags": (("site", ("n",)),)}, [0, 1, 3], []),
        ({"metric": "Temp", "tags": (("Site", ("n",)),)}, [0, 1, 3], [1, 3]),
        ({"metric": "Temp", "tags": (("SITE", ("*",)),)}, [0, 1, 2, 3], [2]),
        ({"metric": "Temp", "tags": (("Site", ("n",)),), "exact_tags": True}, [0, 1], [1]),
        ({"metric": "Temp", "exact_tags": True}, [], []),
    ],
)
def test_selectors_in_any_case_and_exact(spelled, selector, in_any_case, exactly):
    for is_exact, wanted in ((False, in_any_case), (True, exactly)):
        refs = catalog().find_series(SeriesSelector(**selector, forecast=EVERY_SERIES, exact=is_exact))
        assert {ref.key._replace(forecast=None) for ref in refs} == {spelled[at] for at in wanted}


def test_lists_and_look_ups_print_what_is_stored(spelled):
    assert catalog().all_names("metric") == sorted(["temp", "Temp"])
    assert catalog().has_tag_name("sITE") and not catalog().has_tag_name("sit")
    assert catalog().tag_names("tEMP") == ["SITE", "Site", "b", "site"]
    assert catalog().tag_values("tEMP", "site") == ["N", "n"]
    assert {ref.key.entity for ref in catalog().series_of_entity("PUMP")} == {"pump", "Pump", "PUMP"}
    assert [info.name for info in catalog().metrics_of_entity("pUMP")] == ["Temp", "temp"]
    assert (catalog().metric("Temp").name, catalog().metric("TEMP").name) == ("Temp", "temp")
    assert set(catalog().metric_names("TE")) == {"temp", "Temp"}
    assert listing.newest_by_metric(["temp", "Temp"]) == {"temp": 1_000_000, "Temp": 1_000_000}
    hits, total = search_series("PUMP site", offset=0, limit=10)
    assert (total, {hit.ref.key for hit in hits}) == (3, set(spelled[:3]))


def test_words_beyond_ascii_are_found_in_any_case():
    exact(SeriesKey.of("Durchfluß ÄÖÜ", "ΑΘΉΝΑ", {"Straße Ω": "x"}))
    for words in ("äöü", "αθήνα", "ÄÖÜ αθή", "straße"):
        assert search_series(words, offset=0, limit=5)[1] == 1, words


def test_settings_act_on_the_metric_and_entity_that_are_written_to(spelled):
    services.patch_metric("Temp", {"enabled": False})
    services.patch_entity("PUMP", {"enabled": False})
    assert {row.name for row in Metric.objects.filter(enabled=False)} == {"Temp"}
    stored = insert_series([(key, sample(10.0 + at)) for at, key in enumerate(spelled)], exact=True)
    assert (stored.stored, stored.discarded) == (1, 3)
    # In any case these are temp and pump, which take what comes.
    written = insert_series([(SeriesKey.of("TEMP", "PuMP", {"SITE": "n"}), sample(99))])
    assert (written.stored, written.discarded) == (1, 0)
    assert read(exact(spelled[0])[0]) == [99.0]
    services.delete_metric("temp")
    # Now Temp is what is called so.
    assert insert_series([(SeriesKey.of("TEMP", "pump"), sample(1))]).stored == 0


def test_renaming_among_spellings(spelled):
    with pytest.raises(ConflictFault):
        services.rename_metric("Temp", "temp")
    services.put_metric("free", {})
    with pytest.raises(ConflictFault):
        services.rename_metric("free", "TEMP")
    assert services.rename_metric("Temp", "Heat").name == "heat"
    assert services.rename_entity("pump", "pump").name == "pump"
    (other,) = exact(SeriesKey.of("Lone", "other"))
    assert services.rename_metric("LONE", "LONE").name == "lone"
    assert catalog().find_series(SeriesSelector("lone", exact=True))[0].id == other


def test_groups_take_the_entity_that_is_meant(spelled):
    services.put_group("G", {})
    services.change_group_members("G", ["PUMP", "Other", "new"], mode="add")
    assert catalog().group_members("G") == {"PUMP", "other", "new"}
    services.change_group_members("G", ["pUMP", "NEW"], mode="set")
    assert catalog().group_members("G") == {"pump", "new"}
    assert Entity.objects.filter(folded="new").count() == 1


def test_a_tag_in_any_case():
    tags = {"Host": "a", "host": "b", " DC": "1"}
    assert [any_case_tag(tags, name) for name in ("host", "Host", "HOST", "dc", "x")] == [
        "b", "a", "a", "1", None,
    ]  # fmt: skip


def test_look_ups_in_any_case_go_by_index():
    exact(*(SeriesKey.of("Cpu", "Host", {"Dc": str(number)}) for number in range(300)))
    if connection.vendor == "postgresql":
        # It reads tables of a few rows whole, whatever their indexes, unless it is told not to.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("ANALYZE catalog_series, catalog_metric, catalog_entity, catalog_tag")
    asked: list[str] = []

    def note(execute, sql, params, many, context):
        if sql.lstrip().startswith("SELECT"):
            with connection.cursor() as cursor:
                prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
                context["connection"].execute_wrappers.remove(note)
                cursor.execute(f"{prefix} {sql}", params)
                asked.append(f"{sql}\n" + " ".join(str(row[-1]) for row in cursor.fetchall()))
                context["connection"].execute_wrappers.append(note)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        list(_series_at("any_case_hash", [(1, 2, "x"), (3, 4, "y")]))
        catalog().find_series(SeriesSelector("cpu", entities=("host",), tags=(("dc", ("1",)),)))
        catalog().find_series(SeriesSelector("Cpu", entities=("Host",), exact=True))
        row_named(Entity, "HOST")
        catalog().has_tag_name("DC")
    assert len(asked) > 8
    assert "series_in_any_case" in asked[0]
    for plan in asked:
        for table in ("series", "metric", "entity", "tag"):
            assert f"SCAN catalog_{table}\n" not in f"{plan}\n" and f"SCAN catalog_{table} " not in plan, plan
            assert f"Seq Scan on catalog_{table} " not in plan, plan
