"""Writing series: JSON, CSV, deleting."""

from __future__ import annotations

import gzip
import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(databases="__all__")

ALL = {"startDate": "1970-01-01T00:00:00Z", "endDate": "2100-01-01T00:00:00Z"}


@pytest.fixture
def stored(send):
    """``stored("m", "e")`` -> the data of every series of that metric and entity."""

    def _stored(metric: str, entity: str = "*") -> list:
        _, found = send("POST", "series/query", [{"metric": metric, "entity": entity} | ALL])
        return [series["data"] for series in found]

    return _stored


def item(*data: object, **fields: object) -> dict:
    return {"entity": "e", "metric": "m", "data": list(data)} | fields


def test_what_is_inserted_is_read_back(send, stored):
    data = [{"t": 1000, "v": 1.5}, {"d": "1970-01-01T00:00:02Z", "v": None, "x": "off\n\t\"'é"}]
    assert send("POST", "series/insert", [item(*data, tags={"DC": "07"})]) == (204, None)
    assert stored("m") == [
        [
            {"d": "1970-01-01T00:00:01.000Z", "v": 1.5},
            {"d": "1970-01-01T00:00:02.000Z", "v": None, "x": "off\n\t\"'é"},
        ]
    ]


def test_a_single_object_is_taken_too(send, stored):
    assert send("POST", "series/insert", item({"t": 1, "v": 1}))[0] == 204
    assert len(stored("m")) == 1


def test_whole_numbers_beyond_floats_come_back_exactly(send, api):
    send("POST", "series/insert", [item({"t": 1, "v": 2**62 + 1})])
    answer = api.post(
        "/api/v1/series/query", [{"metric": "m", "entity": "e"} | ALL], content_type="application/json"
    )
    assert f'"v":{2**62 + 1}' in answer.text


def test_all_or_nothing(send, stored):
    status, body = send(
        "POST", "series/insert", [item({"t": 1, "v": 1}), item({"t": 1, "v": "x"}, {"t": -1, "v": 1})]
    )
    assert status == 400
    assert body["error"] == "IllegalArgumentException: 'x' is not a number"
    assert [found["path"] for found in body["failed"]] == ["[1].data[0].v", "[1].data[1].t"]
    assert (body["failedSeries"], body["stored"]) == (1, 0)
    assert send("GET", "metrics")[1] == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (item({"t": -1, "v": 1}), "IllegalArgumentException: Negative timestamp"),
        (
            item({"t": 4294969200000, "v": 1}),
            "IllegalArgumentException: Too large timestamp 4294969200000. Max allowed value is 4294969199999",
        ),
        (item({"t": 1, "v": 1}, tags={"a": ""}), 'IllegalArgumentException: Tag "a" has empty value'),
        (item({"t": 1, "v": 1}, entity=""), "IllegalArgumentException: Empty entity"),
        (item(), "IllegalArgumentException: No data"),
    ],
)
def test_error_texts(send, bad, error):
    status, body = send("POST", "series/insert", [bad])
    assert (status, body["error"]) == (400, error)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[{", b"\xff\xfe", b'[{"entity":"\\ud800"}]', b"[" * 100_000, b"null", b"5", b'"text"',
        b'[{"entity":{"a":1},"metric":[],"tags":[],"data":{}}]', b'[{"data":[null]}]',
        b'[{"entity":"e","metric":"m","data":[{"t":1e400,"v":1}]}]',
        b'[{"entity":"e","metric":"m\\u0000","data":[{"t":1,"v":1}]}]',
        b'[{"entity":"e","metric":"m","tags":{"a":"b\\u0000"},"data":[{"t":1,"v":1}]}]',
        b'[{"entity":"e","metric":"m","tags":{"a\\u0000":"b"},"data":[{"t":1,"v":1}]}]',
        b'[{"entity":"e","metric":"m","data":[{"t":1,"v":1,"x":"\\u0000"}]}]',
        json.dumps([item({"t": 1, "v": 1}, metric="m" * 600)]).encode(),
        json.dumps([item({"t": 1, "v": 1}, tags={str(n): "v" for n in range(2000)})]).encode(),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_with_a_text(send, body):
    status, answer = send("POST", "series/insert", body)
    assert status == 400
    assert answer["error"]


def test_compressed_bodies(api, stored):
    body = gzip.compress(json.dumps([item({"t": 1, "v": 1})]).encode())
    answer = api.post(
        "/api/v1/series/insert",
        body,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    assert answer.status_code == 204
    assert len(stored("m")) == 1


def test_metric_settings_act_on_what_comes(send, stored):
    send("PUT", "metrics/m", {"minValue": 0, "maxValue": 10, "invalidAction": "DISCARD"})
    send("PUT", "metrics/f", {"filter": "value > 5 AND tags.a = 'b'"})
    send("PUT", "metrics/off", {"enabled": False})
    items = [
        item({"t": 1, "v": 5}, {"t": 2, "v": 50}),
        item({"t": 1, "v": 5}, {"t": 2, "v": 50}, metric="f", tags={"a": "b"}),
        item({"t": 1, "v": 5}, metric="off"),
    ]
    assert send("POST", "series/insert", items)[0] == 204
    assert [sample["v"] for sample in stored("m")[0]] == [5.0]
    assert [sample["v"] for sample in stored("f")[0]] == [50.0]
    assert stored("off") == [[]]


def test_decimals_beyond_64_bits_are_refused(send):
    send("PUT", "metrics/m", {"dataType": "DECIMAL"})
    status, body = send("POST", "series/insert", [item({"t": 1, "v": 12345678901234567891})])
    assert (status, body["error"]) == (
        400,
        "IllegalArgumentException: BigDecimal significand overflows the long type",
    )
    assert send("POST", "series/insert", [item({"t": 1, "v": 1e30})])[0] == 204
    body = '[{"entity":"e","metric":"M","data":[{"t":1,"v":1.2345678901234567891234}]}]'
    assert send("POST", "series/insert", body)[0] == 400
    assert send("POST", "series/insert", body.replace('"M"', '"other"'))[0] == 204


def test_csv(send, stored):
    assert send("POST", "series/csv/E", "time, a b ,load\n1000,2,\n2000,,4\n", DC="07") == (204, None)
    assert stored("a_b") == [[{"d": "1970-01-01T00:00:01.000Z", "v": 2.0}]]
    assert send("GET", "metrics/load/series")[1][0]["tags"] == {"dc": "07"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "Empty first row"),
        ("time\n1", "CSV must have at least 2 columns"),
        ("time,m\n", "No data"),
        (b"time,m\n\xff,1", "the body is not UTF-8 at byte 7"),
    ],
)
def test_csv_faults(send, body, error):
    assert send("POST", "series/csv/e", body) == (400, {"error": f"IllegalArgumentException: {error}"})


def test_delete(send, stored):
    for tags in ({"a": "1"}, {"a": "1", "b": "2"}, {"a": "*"}):
        send("POST", "series/insert", [item({"t": 1, "v": 1}, tags=tags)])
    assert send("POST", "series/delete", [{"metric": "M", "entity": "E", "tags": {"a": "*"}}]) == (
        200,
        {"series": 1},
    )
    assert send("POST", "series/delete", [{"metric": "m", "entity": "e", "tags": {"a": 1}}]) == (
        200,
        {"series": 1},
    )
    loose = {"metric": "m", "entity": "e", "tags": {"a": "1"}, "exactMatch": "false"}
    assert send("POST", "series/delete", [loose]) == (200, {"series": 1})
    status, body = send("POST", "series/delete", [loose])
    assert (status, body["error"]) == (
        404,
        "com.axibase.tsd.service.meta.SeriesNotFoundException: No series found",
    )
    send("POST", "series/insert", [item({"t": 5, "v": 9}, tags={"a": "1"})])
    assert stored("m") == [[{"d": "1970-01-01T00:00:00.005Z", "v": 9.0}]]


def test_unknown_addresses_and_methods_answer_json(db, settings, tmp_path):
    settings.TSWEB_ANONYMOUS = "write"
    for method, path, status in (
        ("get", "nothing", 404),
        ("put", "version", 405),
        ("get", "series/insert", 405),
    ):
        answer = getattr(Client(), method)(f"/api/v1/{path}")
        assert answer.status_code == status
        assert answer.json()["error"]
