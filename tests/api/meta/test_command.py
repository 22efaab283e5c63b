"""The command endpoint."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

ALL = {"startDate": "1970-01-01T00:00:00Z", "endDate": "2100-01-01T00:00:00Z"}


def run(send, *lines: str, **params: str) -> dict:
    status, body = send("POST", "command", "\n".join(lines), **params)
    assert status == 200
    return body


def data(send, metric: str) -> list:
    _, found = send("POST", "series/query", [{"metric": metric, "entity": "*"} | ALL])
    return [series["data"] for series in found]


def test_good_and_bad_lines(send):
    body = run(send, "series e:e m:m=1 ms:1", "", "nonsense", "series e:e m:m=2 ms:-1", commit="true")
    assert (body["fail"], body["success"], body["total"], body["stored"]) == (2, 1, 3, 1)
    assert [(error["line"], error["error"]) for error in body["errors"]] == [
        (3, "unknown command 'nonsense'"),
        (4, "Negative timestamp"),
    ]
    assert data(send, "m") == [[{"d": "1970-01-01T00:00:00.001Z", "v": 1.0}]]


def test_without_commit_nothing_is_said_of_stored(send):
    assert run(send, "series e:e m:m=1") == {"fail": 0, "success": 1, "total": 1}


@pytest.mark.parametrize("body", ["", "\n\n", " "])
def test_nothing(send, body):
    assert run(send, body) == {"fail": 0, "success": 0, "total": 0}


def test_the_last_of_equal_times_wins(send):
    run(send, "series e:e m:m=1 ms:1", "series e:e m:m=2 ms:1 x:m=two")
    assert data(send, "m") == [[{"d": "1970-01-01T00:00:00.001Z", "v": 2.0, "x": "two"}]]


def test_texts_are_appended_once(send):
    run(send, "series e:e m:m=5 x:m=one ms:1", "series e:e x:m=two ms:1 a:true")
    run(send, "series e:e x:m=three ms:1 a:true", "series e:e x:m=two ms:1 a:true")
    run(send, "series e:e x:m=alone ms:2 a:true")
    first, second = data(send, "m")[0]
    assert first == {"d": "1970-01-01T00:00:00.001Z", "v": 5.0, "x": "one;\ntwo;\nthree"}
    assert second == {"d": "1970-01-01T00:00:00.002Z", "v": None, "x": "alone"}


def test_settings_act_on_the_samples_behind_them(send):
    run(
        send,
        "series e:e m:m=50 ms:1",
        "metric m:m max:10 a:discard",
        "series e:e m:m=60 ms:2",
        "series e:e m:m=5 ms:3",
    )
    assert [sample["v"] for sample in data(send, "m")[0]] == [50.0, 5.0]


def test_metric_and_entity_commands(send):
    run(send, "metric m:m l:Label u:B p:double min:1 t:a=b t:c=d", "entity e:e l:Host t:os=linux")
    metric = send("GET", "metrics/m")[1]
    assert (metric["label"], metric["units"], metric["dataType"], metric["minValue"]) == (
        "Label", "B", "DOUBLE", 1.0,
    )  # fmt: skip
    run(send, 'metric m:m l:"" min:"" t:a=""')
    metric = send("GET", "metrics/m")[1]
    assert "label" not in metric and "minValue" not in metric
    assert (metric["units"], metric["tags"]) == ("B", {"c": "d"})
    assert send("GET", "entities/e")[1]["label"] == "Host"


def test_a_bad_setting_fails_its_command_only(send):
    body = run(send, "metric m:m p:nonsense", "metric m:m z:Nowhere/City", "series e:e m:m=1 ms:1")
    assert (body["fail"], body["success"]) == (2, 1)


def test_properties_and_messages(send):
    run(
        send,
        "property e:e t:disk k:id=sda v:size=5 v:type=ssd ms:1",
        'property e:e t:disk k:id=sda v:type="" ms:2',
        "property e:e t:$entity_tags v:room=5",
        'message e:e m:"it is down" t:severity=critical t:room=5 ms:1',
    )
    assert send("GET", "properties/e/types/disk")[1] == [
        {
            "type": "disk",
            "entity": "e",
            "key": {"id": "sda"},
            "tags": {"size": "5"},
            "date": "1970-01-01T00:00:00.002Z",
        }
    ]
    assert send("GET", "entities/e")[1]["tags"] == {"room": "5"}
    (message,) = send("POST", "messages/query", [{"entity": "e"} | ALL])[1]
    assert (message["severity"], message["message"]) == ("CRITICAL", "it is down")


@pytest.mark.parametrize("body", [b"\xff", b"series e:e m:m=1 t:a=\x00"])
def test_odd_bytes(send, body):
    status, answer = send("POST", "command", body)
    assert status == 400 or answer["fail"] == 1


def test_a_commit_that_is_no_boolean(send):
    assert send("POST", "command", "ping", commit="maybe")[0] == 400
