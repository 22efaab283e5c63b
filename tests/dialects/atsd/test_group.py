"""``group``: the own example of the data API's page."""

import pytest

from tests.dialects.atsd.bench import DAY, Bench, by_time, samples


@pytest.fixture
def bench():
    return (
        Bench()
        .add("m", "e", samples({"12:00:00": 1, "12:00:10": 2, "12:00:20": 4}), part="a", dc="1")
        .add("m", "e", samples({"12:00:00": 10, "12:00:20": 30, "12:00:30": 40}), part="b", dc="1")
    )


def seconds(values):
    return {text[6:]: value for text, value in values.items()}


@pytest.mark.parametrize(
    ("filling", "expected"),
    [
        (None, [11, 2, 34, 40]),
        ({"type": "PREVIOUS"}, [11, 12, 34, 40]),
        ({"type": "LINEAR"}, [11, 22, 34, 40]),
        ({"type": "PREVIOUS", "extend": True}, [11, 12, 34, 44]),
    ],
)
def test_without_period(bench, filling, expected):
    stage = {"type": "SUM"} | ({"interpolate": filling} if filling else {})
    assert seconds(bench.values(group=stage)) == dict(
        zip(("00", "10", "20", "30"), expected, strict=True)
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("NONE", {"00": 11, "10": 2, "20": 34, "30": 40}),
        ("PREVIOUS", {"00": 11, "05": 11, "10": 12, "15": 12, "20": 34, "25": 30, "30": 40}),
        ("LINEAR", {"00": 11, "05": 16.5, "10": 22, "15": 28, "20": 34, "25": 35, "30": 40}),
    ],
)
def test_with_period(bench, kind, expected):
    stage = {
        "type": "SUM", "period": {"count": 5, "unit": "SECOND"}, "interpolate": {"type": kind},
    }  # fmt: skip
    assert seconds(bench.values(group=stage)) == expected


def test_truncate_cuts_both_ends(bench):
    found = bench.values(group={"type": "SUM", "truncate": "true"}, startDate="2031-04-05T12:00:05Z")
    assert seconds(found) == {"20": 34}


def test_output_identity_and_members(bench):
    (merged,) = bench.answer({**DAY, "metric": "m", "entity": "e", "group": {"type": "MAX"}})
    assert (merged["entity"], merged["tags"]) == ("e", {})
    assert merged["group"]["type"] == "MAX"
    assert merged["group"]["truncate"] is False
    assert merged["group"]["series"] == [
        {"entity": "e", "tags": {"dc": "1", "part": "a"}, "label": "e:dc=1,part=a"},
        {"entity": "e", "tags": {"dc": "1", "part": "b"}, "label": "e:dc=1,part=b"},
    ]
    (wild,) = bench.answer({**DAY, "metric": "m", "entities": ["e"], "group": {"type": "MAX"}})
    assert wild["entity"] == "*"
    assert wild["entities"] == ["e"]


def test_groups_by_tag(bench):
    stage = {"type": "SUM", "groupByEntityAndTags": ["part"]}
    first, second = bench.answer({**DAY, "metric": "m", "entity": "*", "group": stage})
    assert (first["entity"], first["tags"]) == ("e", {"part": "a"})
    assert (second["entity"], second["tags"]) == ("e", {"part": "b"})


def test_statistics_multiply(bench):
    query = {
        **DAY, "metric": "m", "entity": "e",
        "aggregate": {"types": ["AVG", "SUM", "FIRST"], "period": {"count": 1, "unit": "MINUTE"}},
        "group": {"types": ["MIN", "MAX"]}, "transformationOrder": ["AGGREGATE", "GROUP"],
    }  # fmt: skip
    found = bench.answer(query)
    assert [(one["aggregate"]["type"], one["group"]["type"]) for one in found] == [
        ("AVG", "MIN"), ("AVG", "MAX"), ("SUM", "MIN"), ("SUM", "MAX"), ("FIRST", "MIN"), ("FIRST", "MAX"),
    ]  # fmt: skip
    assert found[0]["transformationOrder"] == ["AGGREGATE", "GROUP"]


def test_the_period_of_a_following_aggregation_is_adopted(bench):
    aggregate = {"type": "COUNT", "period": {"count": 1, "unit": "MINUTE"}}
    values = bench.values(group={"type": "SUM"}, aggregate=aggregate)
    assert values == {"12:00:00": 1}
    kept = {"type": "SUM", "period": {"count": 1, "unit": "MILLISECOND"}}
    assert bench.values(group=kept, aggregate=aggregate) == {"12:00:00": 4}


def test_detail_passes_series_through(bench):
    found = bench.answer({**DAY, "metric": "m", "entity": "e", "group": {"type": "DETAIL"}})
    assert [len(by_time(one)) for one in found] == [3, 3]
