"""The requests of the tutorial "Calculating the Difference Between Consecutive Series Values", as printed."""

from __future__ import annotations

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(databases="__all__")

VALUES = """
2018-05-24T10:43 237, 2018-05-24T11:29 402, 2018-05-24T12:00 497, 2018-05-24T14:36 1013,
2018-05-24T17:35 704, 2018-05-24T19:01 690, 2018-05-25T05:13 429, 2018-05-25T06:34 437,
2018-05-25T07:25 398, 2018-05-25T08:29 390, 2018-05-25T09:28 401, 2018-05-25T10:25 374,
2018-05-25T11:30 362, 2018-05-25T12:30 324, 2018-05-25T13:29 279, 2018-05-25T14:36 266,
2018-05-25T15:38 272, 2018-05-25T16:27 256, 2018-05-26T05:05 151, 2018-05-26T06:04 149,
2018-05-26T07:06 149, 2018-05-26T08:00 130, 2018-05-26T09:03 131, 2018-05-26T10:02 117,
2018-05-26T11:22 105, 2018-05-26T12:31 86, 2018-05-26T13:38 0
"""
RAW = [
    (f"{time}:00.000Z", float(value))
    for time, value in (pair.split() for pair in VALUES.replace("\n", " ").split(","))
]
DIFFERENCES = [
    165, 95, 516, -309, -14, -261, 8, -39, -8, 11, -27, -12, -38, -45, -13, 6, -16, -105, -2, 0, -19, 1,
    -14, -12, -19, -86,
]  # fmt: skip
PLAIN = """[{
    "startDate": "2018-05-24T00:00:00Z",
    "endDate": "2018-05-27T00:00:00Z",
    "entity": "hetzner",
    "metric": "outage-tickets",
    "tags": {"dc" : "07"}
}]"""
DIFFERENCE = """[{
    "startDate": "2018-05-20T00:00:00Z",
    "endDate": "2018-05-27T00:00:00Z",
    "entity": "hetzner",
    "metric": "outage-tickets",
    "tags": {"dc" : "07"},
    "rate": {
      "counter": false
     }
}]"""


@pytest.fixture
def client(settings):
    settings.TSWEB_ANONYMOUS = "write"
    client = Client()
    body = [
        {
            "entity": "Hetzner", "metric": "Outage-Tickets", "tags": {"DC": dc},
            "data": [{"d": time, "v": value + extra} for time, value in RAW],
        }
        for dc, extra in (("07", 0), ("10", 1000))
    ]  # fmt: skip
    response = client.post("/api/v1/series/insert", json.dumps(body), content_type="application/json")
    assert response.status_code in (200, 204), response.content
    return client


def ask(client, text):
    response = client.post("/api/v1/series/query", text, content_type="application/json")
    assert response.status_code == 200, response.content
    (series,) = json.loads(response.getvalue())
    return series


def test_samples_as_stored(client):
    series = ask(client, PLAIN)
    assert series.pop("data") == [{"d": time, "v": value} for time, value in RAW]
    assert series == {
        "entity": "hetzner", "metric": "outage-tickets", "tags": {"dc": "07"}, "type": "HISTORY",
        "aggregate": {"type": "DETAIL"},
    }  # fmt: skip


def test_differences(client):
    series = ask(client, DIFFERENCE)
    expected = [{"d": time, "v": value} for (time, _), value in zip(RAW[1:], DIFFERENCES, strict=True)]
    assert series.pop("data") == expected
    assert series.pop("transformationOrder") == ["RATE"]
    assert series == {
        "entity": "hetzner", "metric": "outage-tickets", "tags": {"dc": "07"}, "type": "HISTORY",
        "aggregate": {"type": "DETAIL"},
        "rate": {"period": {"count": 0, "unit": "SECOND"}, "counter": False, "order": 0},
    }  # fmt: skip


def test_rate_per_minute(client):
    text = DIFFERENCE.replace(
        '"counter"', '"period": {"count": 1, "unit": "MINUTE"},\n      "counter"'
    )
    series = ask(client, text)
    assert series["rate"] == {
        "period": {"count": 1, "unit": "MINUTE"}, "counter": False, "order": 0,
    }  # fmt: skip
    assert len(series["data"]) == 26
    assert series["data"][0] == {"d": "2018-05-24T11:29:00.000Z", "v": 165 / 46}


def test_the_fragment_without_a_query_around_it_is_refused(client):
    response = client.post(
        "/api/v1/series/query", '{"rate": {"counter": false}}', content_type="application/json"
    )
    assert response.status_code == 400
    assert json.loads(response.content)["error"] == "IllegalArgumentException: metric must not be empty"
