"""Forecasts that clients compute and store: beside the measured series, and never among them."""

from __future__ import annotations

import json

import pytest

from apps.algebra.series import SeriesKey
from apps.catalog.models import Series
from apps.catalog.services import resolve_series
from apps.store.source import StoreSource

pytestmark = pytest.mark.django_db(databases="__all__")

WINDOW = {"startDate": "2031-07-08T00:00:00Z", "endDate": "2031-07-09T00:00:00Z"}
ASK = {**WINDOW, "metric": "flow", "entity": "pump", "timeFormat": "milliseconds"}
FIRST_MS = 1_941_235_200_000


def samples(*values, **more):
    return [{"t": FIRST_MS + 1_000 * at, "v": value, **more} for at, value in enumerate(values)]


@pytest.fixture
def insert(api):
    def send(data, **fields):
        body = [{"entity": "Pump", "metric": "Flow", "data": data, **fields}]
        response = api.send(body, "/api/v1/series/insert")
        assert response.status_code == 204, response.content

    return send


@pytest.fixture
def stored(insert):
    insert(samples(1, 2, 3))
    insert(samples(10, 20, 30), type="FORECAST")
    insert(samples(100, 200, 300, s=0.5), type="FORECAST", forecastName="Holt")


def values(api, **settings):
    return [[sample["v"] for sample in one["data"]] for one in api.query({**ASK, **settings})]


def test_each_data_set_is_given_back_and_not_mixed(api, stored):
    assert values(api) == [[1.0, 2.0, 3.0]]
    assert values(api, forecastName="Holt") == [[1.0, 2.0, 3.0]]
    assert values(api, type="FORECAST") == [[10.0, 20.0, 30.0]]
    assert values(api, type="forecast", forecastName="Holt") == [[100.0, 200.0, 300.0]]
    assert values(api, type="FORECAST", forecastName="holt") == [[]]
    assert values(api, type="FORECAST", forecastName="Holt\0") == [[]]
    assert values(api, type="FORECAST_DEVIATION", forecastName="Holt") == [[0.5, 0.5, 0.5]]
    assert values(api, type="FORECAST_DEVIATION") == [[]]
    (named,) = api.query({**ASK, "type": "FORECAST", "forecastName": "Holt", "limit": 1})
    assert (named["type"], named["forecastName"], named["tags"]) == ("FORECAST", "Holt", {})
    assert named["data"] == [{"t": FIRST_MS + 2_000, "v": 300.0, "s": 0.5}]
    (plain,) = api.query({**ASK, "type": "FORECAST"})
    assert all(set(sample) == {"t", "v"} for sample in plain["data"])


def test_selectors_and_stages_work_as_on_measured_series(api, insert, stored):
    insert(samples(7, 9), type="FORECAST", tags={"Side": "b*"})
    assert values(api, type="FORECAST", tags={"side": "*"}) == [[7.0, 9.0]]
    assert values(api, type="FORECAST", tags={"side": "b\\*"}) == [[7.0, 9.0]]
    assert values(api, type="FORECAST", exactMatch=True) == [[10.0, 20.0, 30.0]]
    assert values(api, type="FORECAST", entity="*", rate={"counter": False}) == [[10.0, 10.0], [2.0]]
    total = {"aggregate": {"type": "SUM", "period": {"count": 1, "unit": "DAY"}}}
    assert values(api, type="FORECAST", forecastName="Holt", **total) == [[600.0]]
    assert values(api, type="FORECAST", tags={"side": "b"}, **total) == [[]]


def test_deviations_are_written_over(api, insert, stored):
    insert(samples(100, 200), type="FORECAST", forecastName="Holt")
    (one,) = api.query({**ASK, "type": "FORECAST", "forecastName": "Holt"})
    assert [sample.get("s") for sample in one["data"]] == [None, None, 0.5]
    insert([{"t": FIRST_MS, "v": 1, "s": 2}, {"t": FIRST_MS + 1, "v": 1}], type="FORECAST")
    (one,) = api.query({**ASK, "type": "FORECAST"})
    assert [sample.get("s") for sample in one["data"]] == [2.0, None, None, None]


def test_lists_show_measured_series_only(api, insert, stored):
    insert(samples(5), type="FORECAST", metric="planned", entity="site", tags={"k": "v"})
    for address, count in [
        ("metrics/flow/series", 1),
        ("metrics/planned/series", 0),
        ("entities/site/metrics", 0),
        ("metrics", 2),
        ("entities", 2),
    ]:
        assert len(json.loads(api.get(f"/api/v1/{address}").getvalue())) == count, address
    found = json.loads(api.get("/api/v1/search", query="pump").getvalue())
    assert found["recordsTotal"] == 1
    assert json.loads(api.get("/api/v1/metrics/planned").getvalue()).get("lastInsertDate") is None
    assert Series.objects.count() == 1 and Series.every.count() == 5


def test_deleting_a_series_takes_its_forecasts_along(api, insert, stored):
    numbers = list(Series.every.values_list("pk", flat=True))
    insert(samples(4), tags={"side": "b"}, type="FORECAST")
    response = api.send([{"entity": "pump", "metric": "flow"}], "/api/v1/series/delete")
    assert json.loads(response.getvalue()) == {"series": 1}
    assert values(api) == values(api, type="FORECAST", exactMatch=True) == [[]]
    assert StoreSource().last_times(numbers) == [None] * 4
    assert values(api, type="FORECAST") == [[4.0]]
    loose = [{"entity": "pump", "metric": "flow", "exactMatch": False}]
    assert json.loads(api.send(loose, "/api/v1/series/delete").getvalue()) == {"series": 1}
    assert Series.every.count() == 0


@pytest.mark.parametrize("address", ["/api/v1/metrics/flow", "/api/v1/entities/pump"])
def test_deleting_the_metric_or_entity_does_too(api, stored, address):
    numbers = list(Series.every.values_list("pk", flat=True))
    assert api.client.delete(address).status_code == 204
    assert Series.every.count() == 0
    assert StoreSource().last_times(numbers) == [None] * 4


def test_identities_differ_by_type_and_name():
    kinds = [None, ("FORECAST", ""), ("FORECAST", "a"), ("FORECAST", "A"), ("FORECAST_DEVIATION", "")]
    keys = [SeriesKey.of("m", "e", {"a": "b"})._replace(forecast=kind) for kind in kinds]
    numbers = resolve_series(keys)
    assert len(set(numbers)) == len(keys)
    assert resolve_series(list(reversed(keys)), create=False) == numbers[::-1]
    found = Series.every.select_related("metric", "entity").in_bulk(numbers)
    assert [found[number].key for number in numbers] == keys


def test_a_failing_item_stores_nothing(api):
    body = [
        {"entity": "pump", "metric": "flow", "type": "FORECAST", "data": samples(1, s=1)},
        {"entity": "pump", "metric": "flow", "type": "FORECAST_DEVIATION", "data": samples(1)},
    ]
    answer = json.loads(api.send(body, "/api/v1/series/insert").content)
    assert (answer["failed"][0]["path"], answer["stored"]) == ("[1].type", 0)
    assert "type must be HISTORY or FORECAST" in answer["error"]
    assert Series.every.count() == 0
