"""What the settings of metrics and entities do to samples that come in, and retention, over HTTP."""

from __future__ import annotations

import pytest

from apps.store.maintenance import run_maintenance

pytestmark = pytest.mark.django_db(databases="__all__")

DAY_MS = 86_400_000
ALL = {"startDate": "1970-01-01T00:00:00Z", "endDate": "2100-01-01T00:00:00Z"}
VALUES = [-1, 0, 5, 10, 11]
DATA = [{"t": 1000 * at, "v": value} for at, value in enumerate(VALUES)]


def insert(send, metric: str = "m", entity: str = "e", data: list = DATA, **fields: object) -> None:
    body = [{"entity": entity, "metric": metric, "data": data} | fields]
    assert send("POST", "series/insert", body) == (204, None)


def values(send, metric: str = "m", entity: str = "e") -> list:
    status, found = send("POST", "series/query", [{"metric": metric, "entity": entity} | ALL])
    assert status == 200
    return [sample["v"] for series in found for sample in series["data"]]


@pytest.mark.parametrize("setting", ["enabled", "persistent"])
def test_metrics_that_store_nothing_until_switched_on(send, setting):
    assert send("PUT", "metrics/m", {setting: False})[0] == 204
    insert(send)
    assert send("POST", "series/csv/e", "time,m,other\n1000,1,2\n")[0] in (200, 204)
    assert send("POST", "command", "series e:e m:m=7 ms:9000")[1]["success"] == 1
    assert values(send) == []
    assert values(send, "other") == [2]
    assert send("PATCH", "metrics/m", {setting: True})[0] == 204
    insert(send)
    assert values(send) == VALUES


def test_a_disabled_entity_stores_nothing_until_switched_on(send):
    assert send("PUT", "entities/e", {"enabled": False})[0] == 204
    insert(send)
    insert(send, entity="f")
    assert (values(send), values(send, entity="f")) == ([], VALUES)
    assert send("PATCH", "entities/e", {"enabled": True})[0] == 204
    insert(send)
    assert values(send) == VALUES


@pytest.mark.parametrize(
    ("action", "kept"),
    [
        ("NONE", VALUES),
        ("DISCARD", [0, 5, 10]),
        ("TRANSFORM", [0, 0, 5, 10, 10]),
        ("RAISE_ERROR", VALUES),
        ("SET_VERSION_STATUS", VALUES),
    ],
)
def test_values_outside_the_range(send, action, kept):
    body = {"minValue": 0, "maxValue": 10, "invalidAction": action}
    assert send("PUT", "metrics/m", body)[0] == 204
    printed = send("GET", "metrics/m")[1]
    assert {name: printed[name] for name in body} == body
    insert(send)
    assert values(send) == kept


@pytest.mark.parametrize(("limit", "kept"), [("minValue", [5, 10, 11]), ("maxValue", [-1, 0, 5])])
def test_one_limit_alone(send, limit, kept):
    assert send("PUT", "metrics/m", {limit: 5, "invalidAction": "DISCARD"})[0] == 204
    insert(send)
    assert values(send) == kept


def test_the_filter_of_a_metric_by_name_value_and_tag(send):
    assert send("PUT", "metrics/m", {"filter": "entity = 'e' AND value > 4"})[0] == 204
    insert(send)
    insert(send, entity="f")
    assert (values(send), values(send, entity="f")) == ([5, 10, 11], [])
    assert send("PATCH", "metrics/m", {"filter": "tags.dc = '07'"})[0] == 204
    insert(send, entity="g", tags={"dc": "07"})
    insert(send, entity="h", tags={"dc": "08"})
    assert (values(send, entity="g"), values(send, entity="h")) == (VALUES, [])
    status, answer = send("PUT", "metrics/m", {"filter": "value >"})
    assert status == 400 and "error" in answer


def test_the_retention_job(send):
    now_ms = 20_000 * DAY_MS
    days = [{"t": now_ms - age * DAY_MS, "v": age} for age in (50, 11, 9, 1)]
    for metric in ("short", "kept", "quiet"):
        insert(send, metric, data=days)
    insert(send, "quiet", "gone", days[:1])
    assert send("PATCH", "metrics/short", {"retentionDays": 10})[0] == 204
    assert send("PATCH", "metrics/quiet", {"seriesRetentionDays": 30})[0] == 204
    run_maintenance(now_ns=now_ms * 1_000_000)
    assert values(send, "short") == [9, 1]
    assert values(send, "kept") == [50, 11, 9, 1]
    assert values(send, "quiet", "*") == [50, 11, 9, 1]
    assert [series["entity"] for series in send("GET", "metrics/quiet/series")[1]] == ["e"]
