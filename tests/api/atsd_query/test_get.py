"""``GET /api/v1/series/{format}/{entity}/{metric}``"""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

WINDOW = {"startDate": "2031-04-05T00:00:00Z", "endDate": "2031-04-06T00:00:00Z"}


@pytest.fixture
def disk(store):
    for mount, extra in (("/", 0), ("/data, old", 10)):
        store(
            "disk/free", "host-1",
            {"2031-04-05T06:00:00Z": 1.5 + extra, "2031-04-05T07:00:00Z": 2 + extra}, mount=mount,
        )  # fmt: skip


def test_json_prints_milliseconds_and_all_tags(api, disk):
    path = "/api/v1/series/json/host-1/disk%2Ffree"
    found = json.loads(api.get(path, **WINDOW, **{"t:mount": "/"}).getvalue())
    assert [one["tags"] for one in found] == [{"mount": "/"}]
    assert found[0]["data"][0] == {"t": 1933135200000, "v": 1.5}
    found = json.loads(api.get(path, **WINDOW, limit=1, timeFormat="iso").getvalue())
    assert [one["data"] for one in found] == [
        [{"d": "2031-04-05T07:00:00.000Z", "v": 2.0}],
        [{"d": "2031-04-05T07:00:00.000Z", "v": 12.0}],
    ]


def test_aggregate(api, disk):
    path = "/api/v1/series/json/HOST-1/Disk/Free"
    parameters = {"aggregate": "sum", "period": "1-DAY", "t:Mount": "/*", "interval": "1-DAY"}
    found = json.loads(api.get(path, startDate=WINDOW["startDate"], **parameters).getvalue())
    assert [one["data"][0]["v"] for one in found] == [3.5, 23.5]


def test_csv(api, disk):
    path = "/api/v1/series/csv/host-1/disk%2Ffree"
    response = api.get(path, **WINDOW, **{"t:mount": "*old"})
    assert response.headers["Content-Type"] == "text/csv;charset=UTF-8"
    assert response.content.decode() == (
        "time,entity,metric,mount,value\n"
        '1933135200000,host-1,disk/free,"/data, old",11.5\n'
        '1933138800000,host-1,disk/free,"/data, old",12.0\n'
    )
    response = api.get(path, **WINDOW, columns="date,value,t:mount", limit=1)
    assert response.content.decode() == (
        "date,value,mount\n"
        "2031-04-05T07:00:00.000Z,2.0,/\n"
        '2031-04-05T07:00:00.000Z,12.0,"/data, old"\n'
    )


@pytest.mark.parametrize(
    ("path", "parameters", "text"),
    [
        ("json/a%20b/m", {"interval": "1-DAY"}, "Invalid entity name"),
        ("json/a/m%20n", {"interval": "1-DAY"}, "Invalid metric name"),
        ("json/a/m", {}, "Insufficient parameters"),
        ("json/a/m", {"interval": "DAY"}, "interval must be written as 1-DAY"),
        ("json/a/m", {"interval": "x-DAY"}, "interval.count must be a number"),
        ("csv/a/m", {"interval": "1-DAY", "columns": "tme"}, "Unknown column: tme"),
        ("json/a/m", {"interval": "1-DAY", "aggregate": "sum", "period": "0-DAY"}, "must be positive"),
        ("json/a", {"interval": "1-DAY"}, "must name an entity and a metric"),
    ],
)
def test_faults(api, path, parameters, text):
    response = api.get(f"/api/v1/series/{path}", **parameters)
    assert response.status_code == 400
    assert text in json.loads(response.content)["error"]
