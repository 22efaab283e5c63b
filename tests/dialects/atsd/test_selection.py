"""Which series a query means, and what stands in the answer when none does."""

import pytest

from apps.algebra.source import EntityInfo, MetricInfo
from apps.errors import LimitFault, TsError
from tests.dialects.atsd.bench import DAY, Bench, samples

ONE = {"10:00:00": 1}


def tags_found(bench, **query):
    found = bench.answer({**DAY, "metric": "m", "entity": "e", **query})
    return [one["tags"] for one in found if one["data"]]


@pytest.mark.parametrize(
    ("stored", "asked", "loose", "exact"),
    [
        ({"k": "v"}, None, True, False),
        ({"k": "v"}, {"k": None}, True, False),
        ({"k": "v"}, {"k": "v"}, True, True),
        ({"k": "v"}, {"k": "v", "z": None}, True, True),
        ({"k": "v"}, {"k": "w"}, False, False),
        ({"k": "v"}, {"k": "v", "z": "1"}, False, False),
        ({"k": "v", "z": "1"}, {"k": "v"}, True, False),
        ({}, None, True, True),
        ({"k": "v"}, {"K": ["x", "?"]}, True, True),
        ({"k": "v"}, {"k": "V"}, False, False),
        ({"k": "*"}, {"k": "\\*"}, True, True),
        ({"k": "v"}, {"k": "\\*"}, False, False),
        ({"k": "7"}, {"k": 7}, True, True),
    ],
)
def test_tags(stored, asked, loose, exact):
    bench = Bench().add("m", "e", samples(ONE), **stored)
    assert bool(tags_found(bench, tags=asked)) is loose
    assert bool(tags_found(bench, tags=asked, exactMatch=True)) is exact


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("tags.a != 'x'", ["", "y"]),
        ("tags.a LIKE '*'", ["", "x", "y"]),
        ("tags.a NOT LIKE '?*'", [""]),
        ("tags['a'] IN ('x', 'z')", ["x"]),
        ("lower(tags.a) = 'y' OR tags.a > 'x'", ["y"]),
        ("NOT (tags.a = 'x') && tags.a >= 'a'", ["y"]),
    ],
)
def test_tag_expression(text, kept):
    bench = Bench().add("m", "e", samples(ONE))
    bench.add("m", "e", samples(ONE), a="x").add("m", "e", samples(ONE), a="y")
    assert [tags.get("a", "") for tags in tags_found(bench, tagExpression=text)] == kept


def test_entities_before_group_and_expression_narrows():
    bench = Bench()
    for name in ("a1", "a2", "b1"):
        bench.add("m", name, samples(ONE))
    bench.catalog.groups["g"] = {"b1"}
    bench.catalog.entities["a1"] = EntityInfo("a1", tags={"os": "x"})

    def found(**query):
        return [one["entity"] for one in bench.answer({**DAY, "metric": "M", **query})]

    assert found(entities=["A*", "b1"]) == ["a1", "a2", "b1"]
    assert found(entities="a?") == ["a1", "a2"]
    assert found(entity="a2", entities=["b1"]) == ["a2"]
    assert found(entityGroup="g") == ["b1"]
    assert found(entityGroup="g", entity="a*") == ["a1", "a2"]
    assert found(entityExpression="tags.os = 'x'") == ["a1"]
    assert found(entities=["a*"], entityExpression="name != 'A1'") == ["a2"]


def test_last_insert_bounds():
    bench = Bench().add("m", "e", samples(ONE))
    newest = "2031-04-05T10:00:00Z"
    assert tags_found(bench, minInsertDate=newest) == [{}]
    assert tags_found(bench, maxInsertDate=newest) == []
    assert tags_found(bench, maxInsertDate="2031-04-05T10:00:00.001Z") == [{}]


def test_nothing_matches():
    bench = Bench().add("m", "e", samples(ONE), dc="1")
    query = {**DAY, "metric": "m", "requestId": "r-1"}
    (ghost,) = bench.answer({**query, "entity": "ghost-17", "tags": {"dc": "9"}})
    assert ghost == {
        "requestId": "r-1", "entity": "ghost-17", "metric": "m", "tags": {"dc": "9"},
        "type": "HISTORY", "aggregate": {"type": "DETAIL"},
        "warning": "com.axibase.tsd.service.DictionaryNotFoundException: "
        "ENTITY not found for name: 'ghost-17'",
        "data": [],
    }  # fmt: skip
    (no_tag,) = bench.answer({**query, "entity": "e", "tags": {"rack": ["1", "2"]}})
    assert no_tag["warning"].endswith("TAG_KEY not found for name: 'rack'")
    assert no_tag["tags"] == {"rack": ["1", "2"]}
    (known,) = bench.answer({**query, "entity": "e", "tags": {"dc": "2"}})
    assert "warning" not in known
    assert known["data"] == []
    (no_metric,) = bench.answer({**query, "metric": "nope", "entity": "e"})
    assert no_metric["warning"].endswith("METRIC not found for name: 'nope'")
    listed = bench.answer({**query, "entities": ["x", "y"]})
    assert [one["entity"] for one in listed] == ["x", "y"]


def test_empty_series():
    bench = Bench().add("m", "e1", samples(ONE)).add("m", "e2", samples({}))
    window = {**DAY, "metric": "m"}
    assert [len(one["data"]) for one in bench.answer({**window, "entities": ["e1", "e2"]})] == [1, 0]
    assert [one["entity"] for one in bench.answer({**window, "entity": "*"})] == ["e1"]


def test_meta():
    bench = Bench().add("m", "e", samples(ONE))
    bench.catalog.metrics["m"] = MetricInfo("m", tags={"unit": "l"}, fields={"dataType": "FLOAT"})
    (found,) = bench.answer({**DAY, "metric": "m", "entity": "e", "addMeta": True})
    assert found["meta"] == {
        "metric": {"name": "m", "tags": {"unit": "l"}, "dataType": "FLOAT"},
        "entity": {"name": "e", "tags": {}},
    }


def test_queries_answer_in_their_order():
    bench = Bench().add("m", "e", samples(ONE)).add("n", "e", samples(ONE))
    query = {**DAY, "entity": "e", "timeFormat": "milliseconds"}
    found = bench.answer({**query, "metric": "n"}, {**query, "metric": "m"})
    assert [one["metric"] for one in found] == ["n", "m"]
    assert found[0]["data"] == [{"t": 1933149600000, "v": 1.0}]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "Insufficient parameters. One of the following combinations is required: interval, "
         "interval + startDate, interval + endDate, startDate + endDate"),
        ({"startDate": "2031-01-02T00:00:00Z", "endDate": "2031-01-01T00:00:00Z"},
         "End Date must be greater than Start Date"),
        ({"startDate": "2031-01-02T00:00:00Z", "interval": {"count": -1, "unit": "DAY"}},
         "End Date must be greater than Start Date"),
        ({"startDate": "tuesday-ish", "endDate": "now"}, "Wrong startDate syntax: tuesday-ish"),
        ({"startDate": "1467383000000", "endDate": "now"}, "Wrong startDate syntax: 1467383000000"),
        ({"startDate": "2031-01-01 00:00:00", "endDate": "now"},
         "Wrong startDate syntax: 2031-01-01 00:00:00"),
        ({"startDate": "2031-01-01T00:00:00Z", "endDate": "2031-01-01T00:00:00+3123"},
         "Wrong endDate syntax: 2031-01-01T00:00:00+3123"),
        ({"startDate": True, "endDate": "now"}, "Wrong startDate syntax: true"),
        ({**DAY, "entity": ""},
         "entity or entities or entityGroup or entityExpression must not be empty"),
        ({**DAY, "aggregate": {"type": "AVG", "interpolate": {}}}, "Interpolation type is required"),
        ({**DAY, "group": {"type": "AVG", "interpolate": {}}}, "Interpolation type is required"),
        ({**DAY, "forecast": {"horizon": {}}}, "forecast is not offered yet"),
        ({**DAY, "evaluate": {"expression": "1"}}, "evaluate is not supported"),
        ({**DAY, "tags": []}, "[0].tags must be an object, not a JSON array"),
        ({**DAY, "rate": True}, "[0].rate must be an object, not true"),
        ({**DAY, "rate": {"period": {"count": 1, "unit": 5}}}, "Unknown time unit: 5"),
        ({**DAY, "rate": {"period": {"count": -1, "unit": "DAY"}}},
         "[0].rate.period.count must be at least 0, not -1"),
        ({**DAY, "limit": 1.5}, "[0].limit must be a whole number, not 1.5"),
        ({**DAY, "downsample": {"ratio": 2, "difference": 1}},
         "downsample takes difference or ratio, not both"),
        ({**DAY, "tagExpression": "tags.a ="},
         "[0].tagExpression: expected a value, not the end (character 9)"),
        ({**DAY, "timezone": "Mars/Olympus"},
         "[0].timezone: there is no time zone 'Mars/Olympus'"),
        ({**DAY, "group": {"type": "SUM", "place": {}}}, "group.place is not supported"),
    ],
)  # fmt: skip
def test_faults(query, text):
    bench = Bench().add("m", "e", samples(ONE))
    with pytest.raises(TsError) as caught:
        bench.answer({"metric": "m", "entity": "e", **query})
    assert caught.value.message == text
    assert caught.value.data.get("place", "[0]").startswith("[0]")


def test_a_grid_of_a_billion_points_is_refused_before_it_is_made():
    bench = Bench().add("m", "e", samples({"10:00:00": 1, "11:00:00": 2}))
    window = {"startDate": "1970-01-01T00:00:00Z", "endDate": "2200-01-01T00:00:00Z"}
    grid = {"function": "LINEAR", "period": {"count": 1, "unit": "MILLISECOND"}, "fill": True}
    with pytest.raises(LimitFault):
        bench.values(**window, interpolate=grid)
    aggregate = {"type": "AVG", "period": {"count": 1, "unit": "MILLISECOND"}}
    aggregate["interpolate"] = {"type": "NONE", "extend": True}
    with pytest.raises(LimitFault):
        bench.values(**window, aggregate=aggregate)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("1000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", 1),
        ("1000-01-01T00:00:00Z", "1500-01-01T00:00:00Z", 0),
        ("3000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", 0),
    ],
)
def test_the_queryable_range_is_wider_than_the_storable(start, end, count):
    bench = Bench().add("m", "e", samples(ONE))
    assert len(bench.values(startDate=start, endDate=end)) == count


@pytest.mark.parametrize("unit", ["QUARTER", "YEAR", "MILLISECOND"])
def test_very_long_intervals(unit):
    bench = Bench().add("m", "e", samples(ONE))
    interval = {"count": 99999999999, "unit": unit}
    query = {"metric": "m", "entity": "e", "interval": interval}
    (found,) = bench.answer(query)
    assert found["data"] == []
    (found,) = bench.answer({**query, "startDate": "2031-04-05T00:00:00Z"})
    assert len(found["data"]) == 1
