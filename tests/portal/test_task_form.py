"""The form of a roll-up: fields and JSON mean the same task, and nothing that was typed is lost."""

from __future__ import annotations

import copy
import html
import re
from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.portal.rollup_form import RollupFields, fields_of, is_simple, placed, value_of
from apps.tasks.models import Task
from tests.tasks.conftest import Clock, make, rollup

pytestmark = pytest.mark.django_db(databases="__all__")

SUM = [{"name": "sum", "sampling": {"value": 15, "unit": "minutes"}, "align_start_time": True}]
FIELDS = {
    "mode": "form", "do": "save", "base": "{}", "name": "Quarters", "metric": "pump.flow",
    "save_as": "pump.flow_15m", "every_value": "1", "every_unit": "HOURS", "zone": "Europe/Paris",
    "tags": "site = north, south\r\nkind = a\\,b", "group_by": "site, pump", "late_data": "repair",
    "aggregators": orjson.dumps(SUM).decode(),
}  # fmt: skip


@pytest.fixture
def anyone(settings) -> Client:
    settings.TSWEB_ANONYMOUS = "write"
    return Client()


def post(client: Client, address: str = "/tasks/new/", **changes: str):
    return client.post(address, {**FIELDS, **changes})


def definition() -> dict[str, Any]:
    return orjson.loads(Task.objects.get().definition)


def value_in(page: str, name: str) -> str:
    """What stands in a field of a page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.S)
    found = found or re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page, re.S)
    return html.unescape(found[1])


def texts_of(page: str) -> dict[str, str]:
    names = ("base", "name", "metric", "save_as", "every_value", "tags", "group_by", "aggregators", "zone")
    return {name: value_in(page, name) for name in names}


def told(page: str, field: str) -> str:
    found = re.search(rf'id="wrong-{field}">(.*?)</span>', page, re.S)
    return html.unescape(found[1]) if found else ""


def test_fields_become_a_task_as_kairosdb_has_it(anyone):
    answer = post(anyone)
    task = Task.objects.get()
    assert answer["Location"] == f"/tasks/{task.key}/"
    assert definition() == {
        "id": task.key,
        "name": "Quarters",
        "execution_interval": {"value": 1, "unit": "HOURS"},
        "rollups": [
            {
                "save_as": "pump.flow_15m",
                "time_zone": "Europe/Paris",
                "query": {
                    "metrics": [
                        {
                            "name": "pump.flow",
                            "tags": {"site": ["north", "south"], "kind": ["a,b"]},
                            "group_by": [{"name": "tag", "tags": ["site", "pump"]}],
                            "aggregators": SUM,
                        }
                    ]
                },
            }
        ],
    }
    assert anyone.get(f"/api/v1/rollups/{task.key}").json() == definition()


def test_a_metric_proposes_the_other_names(anyone):
    page = anyone.get("/tasks/new/?metric=pump.flow").content.decode()
    assert value_in(page, "metric") == "pump.flow"
    assert value_in(page, "save_as") == value_in(page, "name") == "pump.flow_rollup"
    assert value_in(page, "every_value") == "1"
    assert orjson.loads(value_in(page, "aggregators"))[0]["name"] == "sum"


def test_all_that_is_wrong_is_told_at_its_field_and_all_texts_stay(anyone):
    steps = [{"name": "nonsense"}, {"name": "sum", "sampling": {"value": 0, "unit": "hours"}}]
    bad = {
        "name": "", "metric": "", "save_as": "", "every_value": "often", "zone": "Mars/Base",
        "tags": "site north", "aggregators": orjson.dumps(steps).decode(), "late_data": "maybe",
        "group_by": " a,b ",
    }  # fmt: skip
    answer = post(anyone, **bad)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert not Task.objects.exists()
    assert told(page, "name") == told(page, "metric") == told(page, "save_as") == "May not be empty"
    assert told(page, "every_value") == "“often” is not a number"
    assert told(page, "zone") == "Mars/Base is not a valid time zone"
    assert told(page, "tags") == "Line 1: write a tag, = and its values"
    assert told(page, "late_data").startswith("Must be one of repair")
    wrong = orjson.loads(re.search(r'<script id="wrong-steps"[^>]*>(.*?)</script>', page)[1])
    assert wrong == {
        "0": ["Nonsense invalid aggregators name"], "1": ["Sampling must be greater than or equal to 1"],
    }  # fmt: skip
    for name in ("metric", "every_value", "zone", "tags", "group_by", "aggregators"):
        assert value_in(page, name) == bad[name], name
    assert "9 things to put right" in page
    steps = [{"name": "js_filter"}, {"name": "sum", "sampling": {"value": 1, "unit": "hours"}}]
    page = post(anyone, every_value="", aggregators=orjson.dumps(steps).decode()).content.decode()
    assert told(page, "every_value") == "May not be empty"
    wrong = orjson.loads(re.search(r'<script id="wrong-steps"[^>]*>(.*?)</script>', page)[1])
    assert wrong == {"0": ["Script may not be empty"]}


def test_a_chain_without_ranges_and_json_that_is_none_are_told_at_the_aggregators(anyone):
    page = post(anyone, aggregators='[{"name": "diff"}]').content.decode()
    assert told(page, "aggregators") == "At least one aggregator must be a range aggregator"
    page = post(anyone, aggregators='[{"name": "sum"', name="").content.decode()
    assert told(page, "aggregators").startswith("is no JSON")
    assert told(page, "name") == "May not be empty"
    assert value_in(page, "aggregators") == '[{"name": "sum"'
    page = post(anyone, save_as="pump.flow").content.decode()
    assert told(page, "save_as") == "Must not be the queried metric"


def test_editing_keeps_what_no_field_shows(anyone):
    value = rollup(limit=3, group_by=[{"name": "value", "range_size": 3}, {"name": "tag", "tags": ["host"]}])
    value |= {"remark": "mine", "execution_interval": {"value": "2", "unit": "Hours", "note": 1}}
    value["rollups"][0] |= {"colour": "blue"}
    value["rollups"][0]["query"]["cache_time"] = 7
    task = make(value, Clock(), key="k")
    before = definition()
    page = anyone.get("/tasks/k/edit/").content.decode()
    fields = texts_of(page) | {"revision": value_in(page, "revision")}
    assert fields["group_by"] == "host"
    post(anyone, "/tasks/k/edit/", **fields, every_unit="HOURS")
    after = definition()
    metric = after["rollups"][0]["query"]["metrics"][0]
    # The grouping by tags comes first now, which is what counts anyway.
    assert sorted(one["name"] for one in metric.pop("group_by")) == ["tag", "value"]
    before["rollups"][0]["query"]["metrics"][0].pop("group_by")
    before["execution_interval"] |= {"value": 2, "unit": "HOURS"}
    assert after == before
    task.refresh_from_db()
    assert task.revision == 2


def test_a_change_made_meanwhile_is_not_overwritten_unseen(anyone):
    make(rollup(), Clock(), key="k")
    page = anyone.get("/tasks/k/edit/").content.decode()
    seen = value_in(page, "revision")
    make({**rollup(), "name": "by another"}, Clock(), key="k")
    answer = post(anyone, "/tasks/k/edit/", revision=seen, name="mine")
    text = answer.content.decode()
    assert answer.status_code == 400 and "was changed meanwhile" in text
    assert Task.objects.get().name == "by another" and value_in(text, "name") == "mine"
    post(anyone, "/tasks/k/edit/", revision=value_in(text, "revision"), name="mine")
    assert Task.objects.get().name == "mine"


def test_a_task_that_was_stopped_by_hand_stays_stopped_when_edited(anyone):
    make(rollup(), Clock(), key="k")
    Task.objects.update(enabled=False)
    post(anyone, "/tasks/k/edit/", revision="1")
    assert not Task.objects.get().enabled
    Task.objects.update(enabled=False, stopped_because="its owner, bob, is gone", revision=5)
    post(anyone, "/tasks/k/edit/", revision="5")
    assert Task.objects.get().enabled


# --- JSON ---


def test_a_pasted_task_is_made_as_it_is(anyone):
    value = {**rollup(), "mine": [1, {"x": None}]}
    post(anyone, mode="json", definition=orjson.dumps(value).decode())
    assert definition() == {**value, "id": Task.objects.get().key}


def test_a_pasted_query_becomes_a_task_to_look_at_before_it_is_made(anyone):
    query = {
        "start_absolute": 1, "end_relative": {"value": 1, "unit": "days"}, "time_zone": "Asia/Kolkata",
        "metrics": [{"name": "pump.flow", "tags": {"site": "north"}, "aggregators": SUM}],
    }  # fmt: skip
    page = post(anyone, mode="json", definition=orjson.dumps(query).decode()).content.decode()
    assert not Task.objects.exists()
    assert "The query became a task" in page
    assert value_in(page, "name") == value_in(page, "save_as") == "pump.flow_rollup"
    assert (value_in(page, "tags"), value_in(page, "zone")) == ("site = north", "Asia/Kolkata")
    post(anyone, **texts_of(page))
    made = definition()["rollups"][0]
    assert made["time_zone"] == "Asia/Kolkata"
    assert set(made["query"]) == {"metrics"}


def test_tasks_of_several_roll_ups_are_json_only(anyone):
    value = rollup()
    value["rollups"].append({**value["rollups"][0], "save_as": "other"})
    make(value, Clock(), key="k")
    page = anyone.get("/tasks/k/edit/").content.decode()
    text = value_in(page, "definition")
    assert orjson.loads(text) == definition()
    answer = post(anyone, "/tasks/k/edit/", mode="json", do="to-form", definition=text, revision="1")
    assert answer.status_code == 400
    assert "Fields hold one roll-up of one metric" in answer.content.decode()
    changed = copy.deepcopy(orjson.loads(text)) | {"name": "renamed"}
    changed["rollups"][1]["save_as"] = "third"
    post(anyone, "/tasks/k/edit/", mode="json", definition=orjson.dumps(changed).decode(), revision="1")
    assert definition() == changed


def test_turning_from_fields_to_json_and_back_changes_nothing(anyone):
    page = post(anyone, do="to-json").content.decode()
    text = value_in(page, "definition")
    back = post(anyone, mode="json", do="to-form", definition=text).content.decode()
    for name in ("name", "metric", "save_as", "every_value", "group_by", "zone"):
        assert value_in(back, name) == FIELDS[name], name
    assert value_in(back, "tags") == FIELDS["tags"].replace("\r\n", "\n")
    assert orjson.loads(value_in(back, "aggregators")) == SUM
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("text", "told_text"),
    [
        ("", "must not be null or empty"),
        ("{", "malformed JSON at line 1"),
        ("[1]", "Not a JSON Object"),
        ('{"name": "x"}', "executionInterval may not be null"),
        ('{"rollups": [{}, 7], "name": "", "execution_interval": {"value": 1, "unit": "HOURS"}}',
         "rollup[1] must be an object"),
        ('{"metrics": 7}', None),
    ],
)  # fmt: skip
def test_json_that_is_no_task_is_told_and_stays(anyone, text, told_text):
    answer = post(anyone, mode="json", definition=text)
    page = answer.content.decode()
    assert not Task.objects.exists()
    assert html.unescape(value_in(page, "definition")).strip("\n") == text or told_text is None
    if told_text is not None:
        assert answer.status_code == 400
        assert told_text in html.unescape(page)


def test_an_id_that_is_taken_is_not_replaced_by_a_new_task(anyone):
    make(rollup(), Clock(), key="k")
    fresh = {**rollup(), "id": "k", "name": "n"}
    answer = post(anyone, mode="json", definition=orjson.dumps(fresh).decode())
    assert answer.status_code == 400 and "there is a task with the id k already" in answer.content.decode()
    assert Task.objects.get().name == "t"
    post(anyone, mode="json", definition=orjson.dumps({**fresh, "id": "l"}).decode())
    assert set(Task.objects.values_list("key", "name")) == {("k", "t"), ("l", "n")}


# --- Pure ---

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=8)


@given(
    tags=st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3), max_size=3),
    groups=st.lists(NAMES, max_size=3, unique=True),
    name=NAMES,
)
def test_any_names_survive_the_fields(tags, groups, name):
    metric: dict[str, Any] = {"name": name, "aggregators": SUM}
    metric |= {"tags": tags} if tags else {}
    metric |= {"group_by": [{"name": "tag", "tags": groups}]} if groups else {}
    value = {
        "name": name,
        "execution_interval": {"value": 3, "unit": "DAYS"},
        "rollups": [{"save_as": name, "query": {"metrics": [metric]}}],
    }
    assert is_simple(value)
    again, wrong = value_of(fields_of(value), {})
    assert not wrong
    assert again == value


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"rollups": []}, {"rollups": [{}]}, {"rollups": [{"query": {"metrics": [{}, {}]}}]},
     {"rollups": [{"query": {"metrics": [7]}}]}, {"rollups": [{"query": {"metrics": [{"tags": []}]}}, {}]},
     {"rollups": [{"query": {"metrics": [{"aggregators": [1]}]}}]}, {"rollups": "x"}],
)  # fmt: skip
def test_what_fields_can_not_hold_is_known(value):
    assert not is_simple(value)
    again, _ = value_of(RollupFields(name="n"), value)
    assert again["name"] == "n"


def test_messages_of_no_field_are_told_in_general():
    found = placed(["cache_time must be greater than or equal to 0", "name may not be empty"])
    assert found.general == ["cache_time must be greater than or equal to 0"]
    assert found.fields == {"name": ["May not be empty"]}
    assert found.count == 2
