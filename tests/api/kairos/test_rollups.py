"""Roll-up tasks over HTTP: what is answered, refused and stored, and the worked examples."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.times import parse_iso
from apps.store.ingest import insert_series
from apps.tasks.models import Progress, Task

pytestmark = pytest.mark.django_db(databases="__all__")

DOCUMENT = {
    "name": "MyRollup",
    "execution_interval": {"value": 1, "unit": "hours"},
    "rollups": [
        {
            "save_as": "kairosdb.http.query_time_rollup",
            "query": {
                "cache_time": 0,
                "metrics": [
                    {
                        "name": "kairosdb.http.query_time",
                        "limit": 10000,
                        "tags": {"host": ["foo", "bar"], "customer": ["foobar"]},
                        "aggregators": [
                            {"name": "sum", "sampling": {"value": 1, "unit": "minutes"}},
                            {"name": "avg", "sampling": {"value": 10, "unit": "minutes"}},
                        ],
                    }
                ],
            },
        }
    ],
}
NOT_FOUND = {"errors": ["Resource not found for id bogus"]}


def at(text: str) -> int:
    return parse_iso(f"{text}Z")


def put(metric: str, points: dict[str, float], **tags: str) -> None:
    samples = Samples.of([at(f"2024-01-31T{time}:00") for time in points], list(points.values()))
    insert_series([(SeriesKey.of(metric, "default", tags), samples)])


def task(every: str = "hours", save_as: str = "rolled", metric: str = "raw", **more: Any) -> dict[str, Any]:
    steps = more.pop("aggregators", [{"name": "sum", "sampling": {"value": 1, "unit": "hours"}}])
    query = {"metrics": [{"name": metric, "aggregators": steps, **more}]}
    return {
        "name": "t",
        "execution_interval": {"value": 1, "unit": every},
        "rollups": [{"save_as": save_as, "query": query}],
    }


@pytest.fixture
def stored(send):
    def read(metric: str = "rolled", **more: Any) -> dict[str, float]:
        """Stored points by time of day, of a single group."""
        body = {"start_absolute": 0, "metrics": [{"name": metric, **more}]}
        status, answer = send("POST", "datapoints/query", body)
        assert status == 200
        (result,) = answer["queries"][0]["results"]
        times = [np.datetime64(ms, "ms").item().strftime("%H:%M") for ms, _ in result["values"]]
        return dict(zip(times, [value for _, value in result["values"]], strict=True))

    return read


def backfill(send, key: str, start: str, end: str | None = None):
    end = "" if end is None else f"&endTime={end}"
    return send("GET", f"rollups/backfill/{key}?startTime={start}{end}")


# --- Create, read, change, delete ---


def test_the_documents_task_is_created_listed_and_read_as_sent(send) -> None:
    status, made = send("POST", "rollups", DOCUMENT)
    assert status == 200
    assert made == {
        "id": made["id"], "name": "MyRollup", "attributes": {"url": f"/api/v1/rollups/{made['id']}"}
    }  # fmt: skip
    whole = {"id": made["id"], **DOCUMENT}
    assert send("GET", f"rollups/{made['id']}") == (200, whole)
    assert send("GET", "rollups/") == (200, [whole])


def test_there_are_no_tasks_at_first(send) -> None:
    assert send("GET", "rollups") == (200, [])


def test_what_was_sent_is_kept_to_the_letter(send) -> None:
    sent = copy.deepcopy(DOCUMENT)
    sent["note"] = {"of": ["mine", 1, 2.5, None, True]}
    sent["execution_interval"] = {"value": "2", "unit": "HOURS"}
    sent["rollups"][0]["extra"] = "x"
    _, made = send("POST", "rollups/", sent)
    assert send("GET", f"rollups/{made['id']}/") == (200, {"id": made["id"], **sent})


@pytest.mark.parametrize("late_data", ["repair", "ignore", None])
def test_what_to_do_about_late_data_is_kept_as_sent(send, late_data: str | None) -> None:
    status, made = send("POST", "rollups", having(late_data, "late_data"))
    assert status == 200
    assert send("GET", f"rollups/{made['id']}")[1]["late_data"] == late_data


def test_a_task_that_is_sent_with_its_id_is_replaced(send) -> None:
    assert send("POST", "rollups", {**DOCUMENT, "id": "mine"})[1]["id"] == "mine"
    Progress.objects.create(task=Task.objects.get(), part=0, label="x", last_ok_ns=5_000_000)
    assert send("POST", "rollups", {**DOCUMENT, "id": "mine", "name": "other"})[1]["name"] == "other"
    assert [one["name"] for one in send("GET", "rollups")[1]] == ["other"]
    # What is known of earlier runs stays.
    assert send("GET", "rollups/status/mine")[1]["statuses"][0]["last_execution_time"] == 5


def test_an_update_answers_the_whole_task_and_where_it_is(send) -> None:
    _, made = send("POST", "rollups", DOCUMENT)
    changed = {**DOCUMENT, "name": "changed", "id": "another"}
    status, answer = send("PUT", f"rollups/{made['id']}", changed)
    assert status == 200
    assert answer == {**changed, "id": made["id"], "attributes": made["attributes"]}
    assert send("GET", f"rollups/{made['id']}") == (200, {**changed, "id": made["id"]})
    assert send("GET", "rollups/another")[0] == 404


def test_an_update_restarts_the_schedule(send) -> None:
    _, made = send("POST", "rollups", DOCUMENT)
    Task.objects.update(anchor_ns=0, next_run_ns=0)
    before_ns = time.time_ns()
    send("PUT", f"rollups/{made['id']}", DOCUMENT)
    assert Task.objects.get().next_run_ns >= before_ns + 3600 * 10**9


def test_a_deleted_task_is_gone_with_its_status_and_its_points_stay(send, stored) -> None:
    put("raw", {"10:15": 1, "10:45": 2}, host="a")
    _, made = send("POST", "rollups", task())
    assert backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-11-00-00-000") == (204, None)
    assert send("DELETE", f"rollups/{made['id']}") == (204, None)
    for path in ("rollups/", "rollups/status/"):
        assert send("GET", path + made["id"])[0] == 404
    assert send("DELETE", f"rollups/{made['id']}")[0] == 404
    assert stored() == {"10:15": 3}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_ids_come_before_bad_bodies(send, method: str) -> None:
    assert send(method, "rollups/bogus", "{" if method == "PUT" else None) == (404, NOT_FOUND)
    assert send(method, "rollups/bogus/", "{" if method == "PUT" else None) == (404, NOT_FOUND)


@pytest.mark.parametrize("damage", ["{nothing", "", "[]", '{"name": "t"}'])
def test_a_damaged_task_is_no_harm_to_the_others(send, damage: str) -> None:
    for key in ("damaged", "sound"):
        assert send("POST", "rollups", {**DOCUMENT, "id": key})[0] == 200
    Task.objects.filter(key="damaged").update(definition=damage)
    status, answer = send("GET", "rollups")
    assert status == 200
    assert {**DOCUMENT, "id": "sound"} in answer
    assert all(isinstance(one, dict) for one in answer)
    assert send("GET", "rollups/sound") == (200, {**DOCUMENT, "id": "sound"})
    unread = {"errors": ["the definition of the task can't be read any more"]}
    if not damage.startswith('{"'):
        assert send("GET", "rollups/damaged") == (500, unread)
    assert send("GET", "rollups/status/damaged")[1]["statuses"] == []
    assert backfill(send, "damaged", "2024-01-31-00-00-00-000")[0] in (400, 500)
    assert send("PUT", "rollups/damaged", DOCUMENT)[0] == 200
    assert send("GET", "rollups/damaged") == (200, {**DOCUMENT, "id": "damaged"})
    assert send("DELETE", "rollups/damaged") == (204, None)


def test_no_task_has_a_zero_byte_in_its_id(send) -> None:
    assert send("GET", "rollups/a%00b")[0] == 404


def test_unknown_ids_of_status_and_backfill(send) -> None:
    assert send("GET", "rollups/status/bogus") == (404, {"errors": ["Status not found for id bogus"]})
    assert backfill(send, "bogus", "2024-01-31-00-00-00-000") == (404, NOT_FOUND)


# --- Refusals ---


def without(*path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(DOCUMENT)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def having(value: Any, *path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(DOCUMENT)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


UNITS = "MILLISECONDS,SECONDS,MINUTES,HOURS,DAYS,WEEKS,MONTHS,YEARS"
METRIC = ("rollups", 0, "query", "metrics", 0)
REFUSALS = [
    ("", ["roll-up json must not be null or empty"]),
    ("[]", ["Not a JSON Object: []"]),
    (without("name"), ["name may not be null"]),
    (having("", "name"), ["name may not be empty"]),
    (without("execution_interval"), ["executionInterval may not be null"]),
    ({}, ["name may not be null", "executionInterval may not be null", "rollups may not be null"]),
    (
        having(0, "execution_interval", "value"),
        ["executionInterval.value must be greater than or equal to 1"],
    ),
    (without("execution_interval", "unit"), ["executionInterval.unit may not be null"]),
    (
        having("hour", "execution_interval", "unit"),
        [f"executionInterval.hour is not a valid time unit, must be one of {UNITS}"],
    ),
    (
        having({"value": 0, "unit": "bogus"}, "execution_interval") | {"name": ""},
        [
            "name may not be empty",
            "executionInterval.value must be greater than or equal to 1",
            f"executionInterval.bogus is not a valid time unit, must be one of {UNITS}",
        ],
    ),
    (without("rollups"), ["rollups may not be null"]),
    (having([], "rollups"), ["rollups may not be empty"]),
    (without("rollups", 0, "save_as"), ["rollup[0].saveAs may not be null"]),
    (having("", "rollups", 0, "save_as"), ["rollup[0].saveAs may not be empty"]),
    (without("rollups", 0, "query"), ["rollup[0].query may not be null"]),
    (
        without("rollups", 0, "query", "metrics"),
        ["rollup[0].query.metric[] must have a size of at least 1"],
    ),
    (
        having([], "rollups", 0, "query", "metrics"),
        ["rollup[0].query.metric[] must have a size of at least 1"],
    ),
    (having("", *METRIC, "name"), ["rollup[0].query.metric[0].name may not be empty"]),
    (
        having("bogus", *METRIC, "aggregators", 0, "name"),
        ["rollup[0].query.metric[0].aggregators[0].bogus invalid aggregators name"],
    ),
    (
        having(-1, "rollups", 0, "query", "cache_time"),
        ["cache_time must be greater than or equal to 0"],
    ),
    (
        having({"value": -1, "unit": "hours"}, "rollups", 0, "query", "start_relative"),
        ["start_relative.value must be greater than or equal to 0"],
    ),
    (
        having([{"name": "rate", "unit": "seconds"}], *METRIC, "aggregators"),
        ["rollup[0].query[0].aggregator At least one aggregator must be a range aggregator"],
    ),
    (
        having([], *METRIC, "aggregators"),
        ["rollup[0].query[0].aggregator At least one aggregator must be a range aggregator"],
    ),
    (
        having("kairosdb.http.query_time", "rollups", 0, "save_as"),
        ["rollup[0].saveAs must not be the queried metric"],
    ),
    (having("mend", "late_data"), ["late_data must be one of repair,ignore"]),
    (
        having(["repair"], "late_data") | {"name": ""},
        ["name may not be empty", "late_data must be one of repair,ignore"],
    ),
    (having("a\0b", "name"), ["name may not contain a zero byte"]),
    (having("a\0b", "rollups", 0, "save_as"), ["rollup[0].saveAs metric name contains a zero byte"]),
    (
        having("a\0b", *METRIC, "name"),
        ["rollup[0].query.metric[0].name metric name contains a zero byte"],
    ),
    (having(7, "id"), ["id must be a string"]),
    (having("a/b", "id"), ["id must have at most 255 characters and no /"]),
    (having("x" * 256, "id"), ["id must have at most 255 characters and no /"]),
]


@pytest.mark.parametrize(("body", "wanted"), REFUSALS, ids=range(len(REFUSALS)))
def test_bad_definitions_are_refused_when_they_are_posted(send, body, wanted) -> None:
    assert send("POST", "rollups", body) == (400, {"errors": wanted})
    assert not Task.objects.exists()


def test_bad_updates_leave_the_task_as_it_was(send) -> None:
    _, made = send("POST", "rollups", DOCUMENT)
    before = send("GET", f"rollups/{made['id']}")
    assert send("PUT", f"rollups/{made['id']}", {"name": "x"})[0] == 400
    assert send("GET", f"rollups/{made['id']}") == before


def test_unknown_zones_are_named(send) -> None:
    status, answer = send("POST", "rollups", having("bogus", "rollups", 0, "time_zone"))
    assert status == 400
    assert answer["errors"][0].startswith(
        "rollup[0].bogus is not a valid time zone, must be one of [Africa/Abidjan, "
    )


def test_the_first_rollup_that_is_wrong_is_told_by_its_place(send) -> None:
    body = copy.deepcopy(DOCUMENT)
    body["rollups"] += [{"save_as": "", "query": {}}, {"query": {}}]
    assert send("POST", "rollups", body) == (400, {"errors": ["rollup[1].saveAs may not be empty"]})
    second = {"name": "other", "aggregators": []}
    body["rollups"] = body["rollups"][:1]
    body["rollups"][0]["query"]["metrics"].append(second)
    wanted = ["rollup[0].query[1].aggregator At least one aggregator must be a range aggregator"]
    assert send("POST", "rollups", body) == (400, {"errors": wanted})


def test_a_start_of_the_query_is_accepted_and_not_needed(send) -> None:
    body = having({"value": 1, "unit": "hours"}, "rollups", 0, "query", "start_relative")
    assert send("POST", "rollups", body)[0] == 200


# --- Backfill ---


def test_the_worked_example_of_a_backfill(send, stored) -> None:
    put("raw", {"10:15": 1, "10:45": 2, "11:30": 4, "13:00": 8}, host="a")
    _, made = send("POST", "rollups", task())
    window = ("2024-01-31-10-20-00-000", "2024-01-31-12-59-59-999")
    assert backfill(send, made["id"], *window) == (204, None)
    assert stored() == {"10:15": 3, "11:30": 4}
    # Again: the same.
    assert backfill(send, made["id"], *window) == (204, None)
    assert stored() == {"10:15": 3, "11:30": 4}
    # It is a thing apart: nothing of it is in the status.
    assert send("GET", f"rollups/status/{made['id']}")[1]["statuses"][0]["last_executed"] == "Never"


@pytest.mark.parametrize(
    ("flag", "wanted"),
    [("align_start_time", {"10:00": 3, "11:00": 4}), ("align_end_time", {"11:00": 3, "12:00": 4})],
)
def test_results_may_be_stamped_with_either_end_of_their_period(send, stored, flag, wanted) -> None:
    put("raw", {"10:15": 1, "10:45": 2, "11:30": 4, "13:00": 8}, host="a")
    step = {"name": "sum", "sampling": {"value": 1, "unit": "hours"}, flag: True}
    _, made = send("POST", "rollups", task(aggregators=[step]))
    for _ in range(2):
        window = ("2024-01-31-10-20-00-000", "2024-01-31-12-59-59-999")
        assert backfill(send, made["id"], *window) == (204, None)
        assert stored() == wanted


@pytest.mark.parametrize("more", [{}, {"limit": 9}])
def test_days_after_one_without_midnight_begin_at_midnight(send, more) -> None:
    # In Beirut 27 March 2022 began at 01:00, the moment after 23:59:59 (22:00 UTC).
    times = ["2022-03-26T21:59:00", "2022-03-26T22:00:00", "2022-03-27T20:59:00", "2022-03-27T21:00:00",
             "2022-03-28T20:59:00", "2022-03-28T21:30:00"]  # fmt: skip
    points = [[at(one) // 10**6, 2**place] for place, one in enumerate(times)]
    send("POST", "datapoints", [{"name": "raw", "tags": {"host": "a"}, "datapoints": points}])
    step = {"name": "sum", "sampling": {"value": 1, "unit": "days"}, "align_end_time": True}
    sent = task(aggregators=[step], **more)
    sent["rollups"][0]["time_zone"] = "Asia/Beirut"
    _, made = send("POST", "rollups", sent)
    for _ in range(2):
        window = ("2022-03-27-10-00-00-000", "2022-03-29-10-00-00-000")
        assert backfill(send, made["id"], *window) == (204, None)
        _, answer = send("POST", "datapoints/query", {"start_absolute": 0, "metrics": [{"name": "rolled"}]})
        assert answer["queries"][0]["results"][0]["values"] == [
            [at(f"2022-03-{day}T21:00:00") // 10**6, value] for day, value in ((27, 6), (28, 24), (29, 32))
        ]


def test_a_late_first_point_leaves_no_double_behind(send, stored) -> None:
    put("raw", {"10:15": 1, "10:45": 2, "11:30": 4}, host="a")
    _, made = send("POST", "rollups", task())
    window = ("2024-01-31-10-00-00-000", "2024-01-31-11-59-59-999")
    backfill(send, made["id"], *window)
    put("raw", {"10:05": 10}, host="a")
    backfill(send, made["id"], *window)
    assert stored() == {"10:05": 13, "11:30": 4}


def test_points_go_with_the_groups_that_gave_them(send, stored) -> None:
    put("raw", {"10:15": 1, "10:45": 2}, host="a", dc="x")
    put("raw", {"10:20": 5}, host="b", dc="x")
    put("raw", {"10:25": 7}, dc="x")
    grouped = task(group_by=[{"name": "tag", "tags": ["host"]}])
    _, made = send("POST", "rollups", grouped)
    assert backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-10-59-00-000")[0] == 204
    assert stored(tags={"host": "a", "saved_from": "raw"}) == {"10:15": 3}
    assert stored(tags={"host": "b"}) == {"10:20": 5}
    found = SeriesKey.of("rolled", "default", {"saved_from": "raw"})
    assert found in {ref.key for ref in _refs("rolled")}
    assert len(_refs("rolled")) == 3


def test_groups_that_vanished_leave_nothing_and_other_tasks_points_stay(send, stored) -> None:
    put("raw", {"10:15": 1}, host="a")
    put("raw", {"10:20": 5}, host="b")
    put("rolled", {"10:30": 99}, saved_from="elsewhere", host="a")
    put("rolled", {"10:31": 98}, saved_from="raw", rack="r")
    grouped = task(group_by=[{"name": "tag", "tags": ["host"]}], tags={"host": ["a", "b"]})
    _, made = send("POST", "rollups", grouped)
    window = ("2024-01-31-10-00-00-000", "2024-01-31-10-59-00-000")
    backfill(send, made["id"], *window)
    gone = {"start_absolute": 0, "metrics": [{"name": "raw", "tags": {"host": "b"}}]}
    assert send("POST", "datapoints/delete", gone)[0] == 204
    backfill(send, made["id"], *window)
    assert stored(tags={"host": "a", "saved_from": "raw"}) == {"10:15": 1}
    _, answer = send(
        "POST", "datapoints/query",
        {"start_absolute": 0, "metrics": [{"name": "rolled", "tags": {"host": "b"}}]},
    )  # fmt: skip
    assert answer["queries"][0]["results"] == []
    assert stored(tags={"saved_from": "elsewhere"}) == {"10:30": 99}
    assert stored(tags={"rack": "r"}) == {"10:31": 98}


def test_chains_are_run_period_by_period(send, stored) -> None:
    # Differences know nothing of the point before their period.
    put("raw", {"10:00": 1, "10:30": 5, "11:00": 50, "11:30": 58}, host="a")
    steps = [{"name": "diff"}, {"name": "sum", "sampling": {"value": 1, "unit": "hours"}}]
    _, made = send("POST", "rollups", task(aggregators=steps))
    backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-11-59-00-000")
    assert stored() == {"10:30": 4, "11:30": 8}


def test_the_period_of_a_chain_is_that_of_its_last_range_aggregator(send, stored) -> None:
    put("raw", {"10:00": 1, "10:01": 2, "10:05": 6, "10:11": 5}, host="a")
    steps = [
        {"name": "sum", "sampling": {"value": 1, "unit": "minutes"}},
        {"name": "avg", "sampling": {"value": 10, "unit": "minutes"}},
    ]
    _, made = send("POST", "rollups", task(aggregators=steps))
    backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-10-19-00-000")
    assert stored() == {"10:00": 3, "10:11": 5}


def test_counts_are_whole_numbers_and_firsts_keep_their_type(send) -> None:
    points = [[at("2024-01-31T10:15:00") // 10**6, 2**60 + 1], [at("2024-01-31T10:16:00") // 10**6, 2]]
    send("POST", "datapoints", [{"name": "raw", "tags": {"host": "a"}, "datapoints": points}])
    for name in ("count", "first"):
        step = {"name": name, "sampling": {"value": 1, "unit": "hours"}}
        _, made = send("POST", "rollups", task(save_as=name, aggregators=[step]))
        backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-10-59-00-000")
    for name, wanted in (("count", 2), ("first", 2**60 + 1)):
        body = {"start_absolute": 0, "metrics": [{"name": name}]}
        (result,) = send("POST", "datapoints/query", body)[1]["queries"][0]["results"]
        assert [type(value) for _, value in result["values"]] == [int]
        assert result["values"][0][1] == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "startTime must be specified"),
        ("?startTime=", "startTime must be specified"),
        ("?startTime=2024-01", 'Unparseable date: "2024-01"'),
        ("?startTime=2024-13-01-00-00-00-000", 'Unparseable date: "2024-13-01-00-00-00-000"'),
        ("?startTime=2024-01-32-00-00-00-000", 'Unparseable date: "2024-01-32-00-00-00-000"'),
        ("?startTime=2024-01-31-00-00-00-000x", 'Unparseable date: "2024-01-31-00-00-00-000x"'),
        (
            "?startTime=2024-01-31-00-00-00-000&endTime=2024-01-30-00-00-00-000",
            "endTime must be greater than the startTime",
        ),
        ("?startTime=2024-01-31-00-00-00-000&endTime=x", 'Unparseable date: "x"'),
    ],
)
def test_dates_are_looked_at_before_the_id(send, query: str, wanted: str) -> None:
    assert send("GET", f"rollups/backfill/bogus{query}") == (400, {"errors": [wanted]})


def test_an_absurd_number_of_periods_is_refused(send) -> None:
    step = {"name": "sum", "sampling": {"value": 1, "unit": "milliseconds"}}
    _, made = send("POST", "rollups", task(aggregators=[step]))
    status, answer = backfill(send, made["id"], "2024-01-01-00-00-00-000", "2024-01-31-00-00-00-000")
    assert status == 400
    assert "more than the limit of 1000000" in answer["errors"][0]


def test_points_that_make_it_fail_are_an_error_of_the_server(send) -> None:
    put("raw", {"10:15": 1, "10:16": 2}, host="a")
    put("raw", {"10:15": 1, "10:16": 2}, host="b")
    steps = [{"name": "rate", "unit": "seconds"}, {"name": "sum", "sampling": {"value": 1, "unit": "hours"}}]
    _, made = send("POST", "rollups", task(aggregators=steps))
    status, answer = backfill(send, made["id"], "2024-01-31-10-00-00-000", "2024-01-31-11-00-00-000")
    assert status == 500
    assert answer["errors"][0]


# --- Status ---


def test_the_status_of_a_task_that_has_not_run(send) -> None:
    _, made = send("POST", "rollups", DOCUMENT)
    Task.objects.update(next_run_ns=at("2020-03-07T12:05:09"))
    status, answer = send("GET", f"rollups/status/{made['id']}")
    assert status == 200
    assert answer == {
        "statuses": [
            {
                "metric_name": "kairosdb.http.query_time",
                "last_executed": "Never",
                "data_point_count": 0,
                "execution_length": 0,
                "last_execution_time": 0,
            }
        ],
        "executing_host": answer["executing_host"],
        "next_scheduled": "07 Mar 2020 00:05:09 PM",
    }


def test_the_status_tells_the_last_run_and_what_went_wrong(send) -> None:
    _, made = send("POST", "rollups", DOCUMENT)
    Progress.objects.create(
        task=Task.objects.get(), part=0, label="x", last_ok_ns=1583593509000 * 10**6, points=12,
        length_ms=84, error="it failed",
    )  # fmt: skip
    (entry,) = send("GET", f"rollups/status/{made['id']}")[1]["statuses"]
    assert entry == {
        "metric_name": "kairosdb.http.query_time",
        "last_executed": "07 Mar 2020 03:05:09 PM",
        "data_point_count": 12,
        "execution_length": 84,
        "error_message": "it failed",
        "last_execution_time": 1583593509000,
    }


# --- Whose they are ---


def _refs(metric: str):
    from apps.algebra.source import SeriesSelector
    from apps.catalog.selectors import catalog

    return catalog().find_series(SeriesSelector(metric))


@pytest.fixture
def editor(db):
    def make(name: str) -> Client:
        user = get_user_model().objects.create_user(name, password="x")
        user.groups.add(Group.objects.get(name="editors"))
        client = Client()
        client.force_login(user)
        return client

    return make


def test_a_users_tasks_are_hers(editor, settings) -> None:
    settings.TSWEB_ANONYMOUS = "read"
    alice, bob = editor("alice"), editor("bob")
    made = alice.post("/api/v1/rollups", json.dumps(DOCUMENT), content_type="application/json")
    path = f"/api/v1/rollups/{made.json()['id']}"
    assert alice.get(path).status_code == 200
    for stranger in (bob, Client()):
        assert stranger.get("/api/v1/rollups").json() == []
        assert stranger.get(path).status_code == 404
    assert bob.delete(path).status_code == 404
    again = {**DOCUMENT, "id": made.json()["id"], "name": "taken"}
    taken = bob.post("/api/v1/rollups", json.dumps(again), content_type="application/json")
    assert taken.status_code == 403
    Task.objects.update(shared=True)
    assert bob.get(path).json()["name"] == "MyRollup"
    assert bob.delete(path).status_code == 403


def test_reading_is_not_writing(settings) -> None:
    settings.TSWEB_ANONYMOUS = "read"
    api = Client()
    assert api.get("/api/v1/rollups").status_code == 200
    made = api.post("/api/v1/rollups", json.dumps(DOCUMENT), content_type="application/json")
    assert made.status_code == 401
    assert api.get("/api/v1/rollups/backfill/x?startTime=2024-01-31-00-00-00-000").status_code == 401


def test_a_page_elsewhere_cant_start_a_backfill_in_a_session(db, editor) -> None:
    client = editor("alice")
    made = client.post("/api/v1/rollups", json.dumps(task()), content_type="application/json")
    path = f"/api/v1/rollups/backfill/{made.json()['id']}"
    window = "?startTime=2024-01-31-00-00-00-000&endTime=2024-01-31-01-00-00-000"
    assert client.get(path + window).status_code == 204
    client.handler.enforce_csrf_checks = True
    assert client.get(path + window).status_code == 403
