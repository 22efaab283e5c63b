"""What the editor is offered: what fits the metric, what has samples first, all that the engine knows."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.portal.completion import offers
from apps.portal.formulary import formulas
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

SECOND = 1_000_000_000


@pytest.fixture
def stored() -> None:
    keys = {
        SeriesKey.of("cpu.load", "alpha", {"core": "0", "Room": "Attic"}): 100,
        SeriesKey.of("cpu.load", "beta", {"core": "1"}): 900,
        SeriesKey.of("disk.cpu", "gamma", {"mount": "/"}): 900,
    }
    insert_series([(key, Samples.of([at * SECOND], [1.0])) for key, at in keys.items()])


def names(*given: str, **more) -> list[str]:
    return [one.name for one in offers(*given, **more)]


def test_names_that_begin_so_come_before_names_that_hold_it(stored):
    assert names("metric", "cpu") == ["cpu.load", "disk.cpu"]


def test_entities_and_tags_are_those_of_the_metric(stored):
    assert names("entity", "", metric="CPU.load") == ["alpha", "beta"]
    assert names("tag", "", metric="cpu.load") == ["core", "room"]
    assert names("value", "", metric="cpu.load", tag="core") == ["0", "1"]
    assert names("value", "att", metric="cpu.load", tag="Room") == ["Attic"]
    assert names("value", "", metric="cpu.load", entity="beta", tag="core") == ["1"]


def test_what_has_samples_in_the_interval_comes_first(stored):
    found = offers("entity", "", metric="cpu.load", since_ns=500 * SECOND)
    assert [(one.name, one.fresh) for one in found] == [("beta", True), ("alpha", False)]


def test_metrics_of_an_entity_and_patterns_that_restrict_nothing(stored):
    assert names("metric", "", entity="gamma") == ["disk.cpu", "cpu.load"]
    assert names("entity", "", metric="cpu.*") == ["alpha", "beta", "gamma"]
    assert names("tag", "") == ["core", "mount", "room"]


def test_the_address_answers_whatever_is_asked(stored, settings):
    settings.TSWEB_ANONYMOUS = "read"
    client = Client()
    answer = client.get("/lab/names.json", {"kind": "entity", "metric": "cpu.load", "since": "500000"})
    assert answer.json()["names"][0] == {"name": "beta", "about": "", "fresh": True}
    for since in ("-1", "x", "9" * 40, "٣"):
        assert client.get("/lab/names.json", {"kind": "?", "q": "a\0%_", "since": since}).status_code == 200


def test_everything_that_may_be_called_is_explained():
    missing = [one.name for one in formulas() if not one.help]
    assert missing == []
