"""Pages show names as they are kept, and find them in any case."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.portal.completion import offers
from apps.portal.inventory import inventory_page
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")
ASKED = {"q": "", "sort": "", "metric": "", "entity": "", "page": ""}


@pytest.fixture
def spelled(settings) -> Client:
    settings.TSWEB_ANONYMOUS = "read"
    keys = [
        SeriesKey.of("Flow Rate", "Pump", {"Site": "Nord"}),
        SeriesKey.of("flow rate", "pump", {"site": "Süd"}),
        SeriesKey.of("FLOW RATE", "Älter", {"SITE": "West"}),
    ]
    one = Samples(np.array([1_000_000], np.int64), np.ones(1))
    insert_series([(key, one) for key in keys], exact=True)
    return Client()


@pytest.mark.parametrize(
    ("name", "place"), [("Flow Rate", "Nord"), ("flow rate", "Süd"), ("FLOW RATE", "West")]
)
def test_each_spelling_has_its_page(spelled, name, place):
    page = spelled.get("/explore/metric/", {"name": name})
    assert page.status_code == 200
    assert page.context["profile"].name == name
    assert [row.metric for row in page.context["profile"].rows] == [name]
    assert place in page.content.decode()


def test_a_name_in_any_case_has_the_page_of_what_it_stands_for(spelled):
    assert spelled.get("/explore/metric/", {"name": " flow RATE"}).context["profile"].name == "flow rate"
    assert spelled.get("/explore/entity/", {"name": "äLTER"}).context["profile"].name == "Älter"
    assert spelled.get("/explore/metric/", {"name": "flow"}).status_code == 404
    assert spelled.get("/explore/entity/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "entities"),
    [
        ({"metric": "FLOW rate"}, {"Pump", "pump", "Älter"}),
        ({"entity": "PUMP"}, {"Pump", "pump"}),
        ({"q": "ÄLT"}, {"Älter"}),
        ({"q": "Rate pUMP"}, {"Pump", "pump"}),
        ({"q": "nord"}, {"Pump"}),
    ],
)
def test_lists_are_searched_in_any_case(spelled, asked, entities):
    assert {row.entity for row in inventory_page("series", ASKED | asked).rows} == entities


def test_the_editor_offers_names_as_they_are_kept(spelled):
    def names(kind: str, near: str, **more: str) -> set[str]:
        return {one.name for one in offers(kind, near, **more)}

    assert names("metric", "flow r") == {"Flow Rate", "flow rate", "FLOW RATE"}
    assert names("metric", "RATE", entity="pump") >= {"Flow Rate", "flow rate"}
    assert names("entity", "äl") == {"Älter"}
    assert names("entity", "", metric="Flow RATE") == {"Pump", "pump", "Älter"}
    assert names("tag", "sit", metric="flow rate") == {"Site", "site", "SITE"} == names("tag", "SIT")
    assert names("value", "", metric="flow rate", tag="sITE") == {"Nord", "Süd", "West"}
    assert names("value", "nor", tag="SITE") == {"Nord"}
