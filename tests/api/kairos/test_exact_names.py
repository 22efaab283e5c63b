"""Names as KairosDB's clients write them come back exactly, and ATSD's clients find them in any case."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest

from apps.algebra.series import fold
from apps.catalog.models import Metric
from apps.store.maintenance import run_maintenance

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
B = 1_704_067_200_000
WINDOW = {"startDate": "2024-01-01T00:00:00Z", "endDate": "2024-01-02T00:00:00Z"}
JSON = {"Content-Type": "application/json"}
POOL = [*"aAbBeE01 .:-_/=,;'\"<>&%#@!()[]{}|~^$+*?\\", *"äÄßΣσς日本Жж😀İ", "\u00a0", "\t", "\n", "e\u0301"]


def point(name: str, value: Any = 1.0, at: int = 0, **tags: str) -> dict[str, Any]:
    return {"name": name, "timestamp": B + at, "value": value, "tags": tags or {"t": "x"}}


@pytest.fixture
def asked(send):
    def ask(name: str, **more: Any) -> list[dict[str, Any]]:
        """Results with points of one metric."""
        query = {"start_absolute": B, "metrics": [{"name": name, **more}]}
        status, answer = send("POST", "datapoints/query", query)
        assert status == 200, answer
        return [one for one in answer["queries"][0]["results"] if one["values"]]

    return ask


@pytest.fixture
def values(asked):
    def of(name: str, **more: Any) -> list[Any]:
        return [value for one in asked(name, **more) for _, value in one["values"]]

    return of


@pytest.fixture
def atsd(send):
    def ask(metric: str, entity: str = "*", **more: Any) -> list[dict[str, Any]]:
        """Series with samples, as the other family sees them."""
        query = {"metric": metric, "entity": entity, **WINDOW, **more}
        status, answer = send("POST", "series/query", [query], **JSON)
        assert status == 200, answer
        return [one for one in answer if one["data"]]

    return ask


def escaped(text: str) -> str:
    """A text as a pattern of ATSD that means itself."""
    return "".join(f"\\{one}" if one in "*?\\" else one for one in text)


def respelled(name: str, chance: random.Random) -> str:
    """The name with other capitals, as ATSD takes it for the same."""
    while True:
        other = "".join(chance.choice([one, one.upper(), one.lower()]) for one in name)
        if fold(other) == fold(name):
            return other


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_written_comes_back_as_it_was(send, asked, atsd, seed):
    chance = random.Random(seed)

    def word() -> str:
        while True:
            found = "".join(chance.choices(POOL, k=chance.randint(1, 7)))
            if found.strip():
                return found

    names = [word() for _ in range(6)]
    names += [respelled(name, chance) for name in names]
    written: dict[str, list[tuple[dict[str, str], float]]] = {}
    body = []
    for at, name in enumerate(names):
        tags = {word(): word() for _ in range(chance.randint(1, 3))}
        if chance.random() < 0.5:
            tags["entity"] = chance.choice(["Pump", "pump", "default", "Default", word()])
        if chance.random() < 0.3:
            tags["Entity"] = word()
        body.append({"name": name, "timestamp": B + at, "value": float(at), "tags": tags})
        written.setdefault(name, []).append((tags, float(at)))
    assert send("POST", "datapoints", body) == (204, None)

    assert send("GET", "metricnames")[1]["results"] == sorted(written)
    known = send("GET", "tagnames")[1]["results"]
    assert set(known) == {name for one in body for name in one["tags"]} | {"entity"} & set(known)
    for name, points in written.items():
        every_tag = sorted({tag for tags, _ in points for tag in tags})
        results = asked(name, group_by=[{"name": "tag", "tags": every_tag}])
        found = [(one["name"], value, one["tags"]) for one in results for _, value in one["values"]]
        wanted = [(name, value, {tag: [text] for tag, text in tags.items()}) for tags, value in points]
        assert sorted(found, key=repr) == sorted(wanted, key=repr)
        for tags, value in points:
            assert value in [one for result in asked(name, tags=tags) for _, one in result["values"]]
            tagged = {"start_absolute": B, "metrics": [{"name": name, "tags": tags}]}
            _, answer = send("POST", "datapoints/query/tags", tagged)
            shown = answer["queries"][0]["results"][0]["tags"]
            assert all(text in shown[tag] for tag, text in tags.items())
    # In any case one finds all that are called so.
    for name in written:
        same = [value for other in written if fold(other) == fold(name) for _, value in written[other]]
        found = [one["v"] for series in atsd(respelled(name, chance)) for one in series["data"]]
        assert sorted(found) == sorted(same)
        tags, value = written[name][0]
        kept = {tag: text for tag, text in tags.items() if tag != "entity"}
        by_tags = {respelled(tag, chance): escaped(text) for tag, text in kept.items()}
        entity = respelled(tags.get("entity", "default"), chance)
        series = atsd(respelled(name, chance), escaped(entity), tags=by_tags)
        assert any(one["metric"] == name and [p["v"] for p in one["data"]] == [value] for one in series)


def test_two_spellings_are_two_metrics(send, values, asked, atsd):
    send("POST", "datapoints", [point("a", 1), point("A", 2, 1), point(" a", 3, 2), point("a", 4, 3)])
    assert [values(name) for name in ("a", "A", " a", "a ", "á")] == [[1, 4], [2], [3], [], []]
    assert send("GET", "metricnames")[1] == {"results": [" a", "A", "a"]}
    assert send("GET", "metricnames?prefix=A")[1] == {"results": ["A"]}
    assert {one["metric"] for one in atsd("a")} == {one["metric"] for one in atsd("A")} == {"a", "A", " a"}
    status, metrics = send("GET", "metrics")
    assert (status, [one["name"] for one in metrics]) == (200, [" a", "A", "a"])
    assert [send("GET", f"metrics/{name}")[1]["name"] for name in ("a", "A")] == ["a", "A"]
    # What ATSD writes goes to the one in lower case, or to the oldest.
    sample = [{"d": "2024-01-01T01:00:00Z", "v": 9}]
    body = [{"metric": "A", "entity": "Default", "tags": {"T": "x"}, "data": sample}]
    assert send("POST", "series/insert", body, **JSON)[0] == 204
    assert values("a") == [1, 4, 9]
    assert send("DELETE", "metric/a")[0] == 204
    assert send("POST", "series/insert", body, **JSON)[0] == 204
    assert (values("a"), values("A"), values(" a")) == ([9], [2], [3])
    assert Metric.objects.count() == 3


def test_atsd_goes_on_with_what_kairosdb_began(send, values, asked, atsd):
    send("POST", "datapoints", point("Room.Temp", 1.5, entity="Room-1", Floor="EG"))
    sample = [{"d": "2024-01-01T00:00:05Z", "v": 2.5}]
    insert = {"metric": "room.temp", "entity": "ROOM-1", "tags": {"FLOOR": "EG"}, "data": sample}
    assert send("POST", "series/insert", [insert], **JSON)[0] == 204
    command = "series e:room-1 m:ROOM.temp=3.5 t:floor=EG d:2024-01-01T00:00:09Z"
    assert send("POST", "command", command, **{"Content-Type": "text/plain"})[0] == 200
    (result,) = asked("Room.Temp", tags={"entity": "Room-1", "Floor": "EG"})
    assert [value for _, value in result["values"]] == [1.5, 2.5, 3.5]
    assert result["tags"] == {"entity": ["Room-1"], "Floor": ["EG"]}
    (series,) = atsd("ROOM.TEMP", "room-1", tags={"floor": "EG"})
    assert (series["metric"], series["entity"], series["tags"]) == ("Room.Temp", "Room-1", {"Floor": "EG"})
    assert send("GET", "metricnames")[1] == {"results": ["Room.Temp"]}
    # What ATSD makes is in lower case, as ever.
    insert |= {"metric": "Fresh", "entity": "New", "tags": {"Key": "V"}}
    assert send("POST", "series/insert", [insert], **JSON)[0] == 204
    assert [one["tags"] for one in asked("fresh")] == [{"entity": ["new"], "key": ["V"]}]
    assert asked("Fresh") == []
    gone = {"metric": "room.TEMP", "entity": "room-1", "tags": {"floor": "EG"}}
    deleted = send("POST", "series/delete", [gone], **JSON)
    assert deleted == (200, {"series": 1})
    assert values("Room.Temp") == []


def test_tags_and_entities_are_told_apart_by_case(send, values, asked):
    send("POST", "datapoints", [
        point("m", 1, 0, Host="a", entity="Pump"), point("m", 2, 1, host="a", entity="pump"),
        point("m", 3, 2, Host="b", Entity="pump"), point("m", 4, 3, HOST="a", entity="default"),
        point("m", 5, 4, Host="a", entity="Default"),
    ])  # fmt: skip
    assert values("m", tags={"Host": ["a"]}) == [1, 5]
    assert values("m", tags={"Host": ["regex:.*"]}) == [1, 3, 5]
    assert values("m", tags={"hOst": ["a"]}) == []
    assert values("m", tags={"entity": ["pump"]}) == [2]
    assert values("m", tags={"Entity": ["pump"]}) == [3]
    assert values("m", tags={"entity": ["default"]}) == [4]
    assert values("m", tags={"entity": ["Default", "Pump"]}) == [1, 5]
    groups = asked("m", group_by=[{"name": "tag", "tags": ["Host"]}])
    counts = {one["group_by"][0]["group"]["Host"]: len(one["values"]) for one in groups}
    assert counts == {"a": 2, "b": 1, "": 2}
    names = {name for one in asked("m") for name in one["tags"]}
    assert names == {"Host", "host", "HOST", "entity", "Entity"} == set(send("GET", "tagnames")[1]["results"])
    assert set(send("GET", "tagvalues")[1]["results"]) == {"a", "b", "Pump", "pump", "default", "Default"}
    window = {"start_absolute": B, "metrics": [{"name": "m", "tags": {"Host": ["a"]}}]}
    assert send("POST", "datapoints/delete", window)[0] == 204
    assert values("m") == [2, 3, 4]


def test_deleting_a_metric_takes_this_spelling_only(send, values):
    send("POST", "datapoints", [point("Flow ", 1), point("flow", 2), point("Flow", 3), point("flow ", 4)])
    assert send("DELETE", f"metric/{quote('Flow ')}")[0] == 204
    assert send("DELETE", "metric/FLOW")[0] == 204
    assert [values(name) for name in ("Flow ", "flow", "Flow", "flow ")] == [[], [2], [3], [4]]


def test_what_is_saved_keeps_its_name_too(send, values, asked):
    raw = [("Raw", 1), ("Raw", 3), ("raw", 50)]
    send("POST", "datapoints", [point(name, one, at, Site="N") for at, (name, one) in enumerate(raw)])
    steps = [
        {"name": "sum", "sampling": {"value": 1, "unit": "days"}, "align_start_time": True},
        {"name": "save_as", "metric_name": "Saved As", "tags": {"How": "Sum"}},
    ]
    assert values("Raw", group_by=[{"name": "tag", "tags": ["Site"]}], aggregators=steps) == [4]
    (saved,) = asked("Saved As")
    assert [value for _, value in saved["values"]] == [4]
    assert saved["tags"]["How"] == ["Sum"] and saved["tags"]["Site"] == ["N"]
    assert saved["tags"]["saved_from"] == ["Raw"]
    assert asked("saved as") == []


def test_time_to_live_is_of_one_spelling(send, values, monkeypatch):
    now_ns = (B + 10_000) * 1_000_000
    monkeypatch.setattr("apps.api.kairos.datapoints.time.time_ns", lambda: now_ns)
    body = [{**point("Gone", 1), "ttl": 5}, {**point("gone", 2), "ttl": 50}, point("GONE", 3)]
    send("POST", "datapoints", body)
    run_maintenance(now_ns + 6 * 10**9)
    assert [values(name) for name in ("Gone", "gone", "GONE")] == [[], [2], [3]]


def test_names_that_can_not_be_kept_are_told_and_the_others_stored(send, values):
    body = [point("Good"), point("x" * 513), point("  "), point("bad\0"), point("Other", 2)]
    status, answer = send("POST", "datapoints", body)
    assert status == 400
    assert [message[:9] for message in answer["errors"]] == ["metric[1]", "metric[3]"]
    assert (values("Good"), values("  "), values("Other")) == ([1], [1], [2])


def test_roll_ups_of_names_that_differ_in_case(send, values, asked):
    send("POST", "datapoints", [
        *(point("Power", at, at * 60_000, Host="a", host="x") for at in range(1, 5)),
        *(point("power", 100 + at, at * 60_000, Host="a") for at in range(1, 5)),
        *(point("Power", 10 * at, at * 60_000, Host="B") for at in range(1, 5)),
    ])  # fmt: skip

    def rollup(source: str, save_as: str) -> str:
        step = {"name": "sum", "sampling": {"value": 2, "unit": "minutes"}}
        groups = [{"name": "tag", "tags": ["Host"]}]
        metric = {"name": source, "group_by": groups, "aggregators": [step]}
        task = {
            "name": f"{source} to {save_as}",
            "execution_interval": {"value": 1, "unit": "hours"},
            "rollups": [{"save_as": save_as, "query": {"metrics": [metric]}}],
        }
        status, made = send("POST", "rollups", task)
        assert status == 200, made
        return made["id"]

    def backfill(key: str) -> None:
        window = "startTime=2024-01-01-00-00-00-000&endTime=2024-01-01-00-05-59-999"
        assert send("GET", f"rollups/backfill/{key}?{window}") == (204, None)

    # Saving under another spelling of the queried metric is saving to another metric.
    keys = [rollup("Power", "Power Sum"), rollup("power", "power Sum"), rollup("power", "POWER")]
    for _ in range(2):
        for key in keys:
            backfill(key)
        grouped = {tuple(one["tags"]["Host"]): [v for _, v in one["values"]] for one in asked(
            "Power Sum", group_by=[{"name": "tag", "tags": ["Host"]}]
        )}  # fmt: skip
        assert grouped == {("a",): [1, 5, 4], ("B",): [10, 50, 40]}
        for name in ("power Sum", "POWER"):
            assert (values(name), values(name, tags={"saved_from": ["Power"]})) == ([101, 205, 104], [])
        assert values("power sum") == []
        assert values("power") == [101, 102, 103, 104]
    # Points that go are gone from their own roll-up only, when it is done again.
    gone = {"start_absolute": B + 2 * 60_000, "end_absolute": B + 3 * 60_000, "metrics": [{"name": "Power"}]}
    assert send("POST", "datapoints/delete", gone)[0] == 204
    for key in keys:
        backfill(key)
    assert sorted(values("Power Sum")) == [1, 4, 10, 40]
    assert values("power Sum") == values("POWER") == [101, 205, 104]
    status, answer = send("POST", "rollups", {
        "name": "own", "execution_interval": {"value": 1, "unit": "hours"},
        "rollups": [{"save_as": "Power", "query": {"metrics": [
            {"name": "Power", "aggregators": [{"name": "sum", "sampling": {"value": 1, "unit": "hours"}}]}
        ]}}],
    })  # fmt: skip
    assert (status, answer) == (400, {"errors": ["rollup[0].saveAs must not be the queried metric"]})


def test_charts_find_tags_and_metrics_in_any_case(send, api):
    send("POST", "datapoints", [point("Load One", at, at, Host="a", entity="Box") for at in range(3)])
    send("POST", "datapoints", [point("load two", 10 * at, at, HOST="a", entity="Box") for at in range(3)])
    config = """
[configuration]
  start-time = 2024-01-01T00:00:00Z
  end-time = 2024-01-01T00:00:10Z
  entity = box
[group]
  [widget]
    type = chart
    [series]
      metric = LOAD one
      alias = one
      label = tags.hOST ${tags.host}
      [tags]
        host = a
    [series]
      metric = Load Two
      alias = two
    [series]
      value = value('one') + value('two')
"""
    body = {"config": config, "series": True}
    answer = api.post("/api/charts/render", body, content_type="application/json")
    (widget,) = answer.json()["widgets"]
    first, second, total = widget["series"]
    assert (first["metric"], first["entity"], first["tags"]) == ("Load One", "Box", {"Host": "a"})
    assert [value for _, value in first["samples"]] == [0, 1, 2]
    assert [value for _, value in second["samples"]] == [0, 10, 20]
    assert [value for _, value in total["samples"]] == [0, 11, 22]
