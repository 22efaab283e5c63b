"""The written rules of series queries, a table for each: selection, expressions, dates, refusals, answers."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

DAY = {"startDate": "2031-07-08T00:00:00Z", "endDate": "2031-07-09T00:00:00Z"}
BOTH = "2031-07-08T00:00:00Z", "2031-07-09T00:00:00Z"


def at(clock):
    return f"2031-07-08T{clock}Z"


def insert(api, metric, entity, samples, **tags):
    data = [{"d": at(clock), **(one if isinstance(one, dict) else {"v": one})} for clock, one in samples]
    body = [{"entity": entity, "metric": metric, "tags": tags, "data": data}]
    assert api.send(body, "/api/v1/series/insert").status_code == 204


def rows(series):
    return [tuple(sample.get(name) for name in "dvx" if name in sample) for sample in series["data"]]


def clocked(series):
    """Samples as clock -> value, with the text where there is one."""
    return {row[0][11:19]: row[1] if len(row) == 2 else row[1:] for row in rows(series)}


# --- Which series -------------------------------------------------------------------------------------------

SERIES = [
    ("e1", {"k": "v"}), ("e1", {"k": "v", "z": "1"}), ("e1", {}), ("e2", {"k": "W"}), ("e1", {"k": "a*b"}),
    ("e1", {"k": "aXb"}), ("e1", {"k": "a?b"}), ("e1", {"k": "a\\b"}), ("e3", {"k": "2", "Z": "10"}),
]  # fmt: skip
EVERY = list(range(len(SERIES)))


@pytest.fixture
def which(api):
    """The numbers of the series that a query finds."""
    for number, (entity, tags) in enumerate(SERIES):
        insert(api, "m", entity, [("12:00:00", number)], **tags)

    def ask(**settings):
        found = api.query({**DAY, "metric": "m", **settings})
        return sorted(int(one["data"][0]["v"]) for one in found if one["data"])

    return ask


def test_tags(which):
    for tags, loose, exact in [
        (None, EVERY, [2]),
        ({}, EVERY, [2]),
        ({"k": None}, EVERY, [2]),
        ({"k": []}, EVERY, [2]),
        ({"K": "v"}, [0, 1], [0]),
        ({"k": "V"}, [], []),
        ({"k": "v", "z": None}, [0, 1], [0]),
        ({"k": "v", "z": 1}, [1], [1]),
        ({"k": "*"}, [0, 1, 3, 4, 5, 6, 7, 8], [0, 3, 4, 5, 6, 7]),
        ({"z": ["1", "*"]}, [1, 8], []),
        ({"k": ["v", "W"]}, [0, 1, 3], [0, 3]),
        ({"k": "a*b"}, [4, 5, 6, 7], [4, 5, 6, 7]),
        ({"k": "a?b"}, [4, 5, 6, 7], [4, 5, 6, 7]),
        ({"k": "a\\*b"}, [4], [4]),
        ({"k": "a\\?b"}, [6], [6]),
        ({"k": "a\\\\b"}, [7], [7]),
        ({"k": 2}, [8], []),
    ]:
        assert which(entity="*", tags=tags) == loose, tags
        assert which(entity="*", tags=tags, exactMatch="true") == exact, tags


def test_entities(which):
    ones = [0, 1, 2, 4, 5, 6, 7]
    for settings, wanted in [
        ({"entity": "E1"}, ones),
        ({"entity": "?2"}, [3]),
        ({"entities": "e1"}, ones),
        ({"entities": ["e3", "?2"]}, [3, 8]),
        ({"entity": "e2", "entities": ["e3"], "entityGroup": "none"}, [3]),
        ({"entity": "e*", "entityExpression": "name != 'e1'"}, [3, 8]),
        ({"entity": "e\\*"}, []),
        ({"entityGroup": "none"}, []),
    ]:
        assert which(**settings) == wanted, settings


TAG_EXPRESSIONS = {
    "tags.k = 'v'": [0, 1],
    "tags['K'] == \"v\"": [0, 1],
    "tags.k LIKE '*'": EVERY,
    "tags.z NOT LIKE '?*'": [0, 2, 3, 4, 5, 6, 7],
    "tags.k like 'a\\*b'": [4],
    "tags.k in ('v', 'W')": [0, 1, 3],
    "tags.k NOT IN ('v', 'W')": [2, 4, 5, 6, 7, 8],
    "!(tags.k = 'v') && tags.z = ''": [2, 3, 4, 5, 6, 7],
    "tags.k = 'v' OR tags.z = '10' AND tags.k = 'no'": [0, 1],
    "lower(tags.k) = 'w' || upper(tags.k) = 'V'": [0, 1, 3],
    "tags.k >= 'a' AND tags.k < 'b'": [4, 5, 6, 7],
    "tags.none != 'x'": EVERY,
}
ENTITY_EXPRESSIONS = {
    "name LIKE 'E?' AND name != 'e1'": [3, 8],
    "name IN ('e2', 'e3')": [3, 8],
    "name REGEX 'e[23]'": [3, 8],
    "name.length() = 2 and tags.size() = 0": EVERY,
    "likeAny(name, list('e2,e3'))": [3, 8],
    "tags.app = '' && label = ''": EVERY,
    "property('a:b=c:d') = '' and property_values('a::d').isEmpty()": EVERY,
    "createdDate > '2020-01-01T00:00:00Z' AND createdDate > '2020-01-01'": EVERY,
    "createdDate < '2020-01-01'": [],
}
SAMPLE_FILTERS = {
    "value > 3 AND value <= 5": [4, 5],
    "value IN (1, 2) || value = 7": [1, 2, 7],
    "value BETWEEN 2 AND 4": [2, 3, 4],
    "!Double.isNaN(value) && Math.abs(value - 5) < 2": [4, 5, 6],
    "value % 2 = 0 and not (value > 4)": [0, 2, 4],
    "date.hourOfDay = 12 AND date.minuteOfHour = 0 AND date.dayOfWeek = 2": EVERY,
    "date.is_weekend()": [],
    "date.timeOfDay BETWEEN '12:00' AND '12:00'": EVERY,
    "date.to_timezone('America/New_York').hourOfDay = 8": EVERY,
    "date >= '2031-07-08T12:00:00Z' and date < '2031-07-08T12:00:01Z'": EVERY,
    "date > '2031-07-08T12:00:00Z'": [],
}


def test_expressions(which):
    for field, table in [
        ("tagExpression", TAG_EXPRESSIONS),
        ("entityExpression", ENTITY_EXPRESSIONS),
        ("sampleFilter", SAMPLE_FILTERS),
    ]:
        for text, wanted in table.items():
            assert which(**{"entity": "*", field: text}) == wanted, text


def test_last_insert_dates_look_at_the_whole_history(api):
    for entity, clock in (("a", "06:00:00"), ("b", "09:00:00"), ("c", "12:00:00")):
        insert(api, "m", entity, [("01:00:00", 1), (clock, 1)])
    for settings, wanted in [
        ({"minInsertDate": at("09:00:00")}, "bc"),
        ({"maxInsertDate": at("09:00:00")}, "a"),
        ({"minInsertDate": at("06:00:00"), "maxInsertDate": at("12:00:00")}, "ab"),
        ({"minInsertDate": at("09:00:00"), "endDate": at("02:00:00")}, "bc"),
        ({"maxInsertDate": "now"}, ""),
    ]:
        found = api.query({**DAY, "metric": "m", "entity": "*", **settings})
        assert "".join(one["entity"] for one in found if one["data"]) == wanted, settings


# --- Dates and intervals ------------------------------------------------------------------------------------


@pytest.fixture
def noon(api):
    insert(api, "m", "e", [("12:00:00", 1), ("12:00:01.9999999", 2)])


START_DATES = {
    "2031-07-08T12:00:00Z": 2, "2031-07-08T12:00:00.0009999Z": 2, "2031-07-08T13:23:00+01:23": 2,
    "2031-07-08T13:23:00.5+0123": 1, "1000-01-01T00:00:00.000Z": 2, "now": 2, "NOW - 1 * day": 2,
    "current_week-2*months": 2, "Previous_Working_Day": 2, "first_day": 2, "sun": 2,
}  # fmt: skip
NO_DATES = (
    "2031-07-08", "2031-07-08 00:00:00Z", "2031-07-08T00:00:00", "2031-07-08T00:00Z", "1467383000000",
    "2031-07-08T00:00:00+3123", "2031-07-08T00:00:00 UTC", "2031-02-30T00:00:00Z", "tuesday-ish",
    "now + 1 * fortnight", "2031-07-08T00:00:00.1234567890Z",
)  # fmt: skip


def test_dates(api, noon):
    base = {"metric": "m", "entity": "e", "endDate": "9999-12-31T23:59:59.999Z"}
    for text, count in START_DATES.items():
        (found,) = api.query({**base, "startDate": text})
        assert len(found["data"]) == count, text
    for text in NO_DATES:
        wanted = f"IllegalArgumentException: Wrong startDate syntax: {text}"
        assert api.fault([{**base, "startDate": text}]) == wanted
    assert api.fault([{**DAY, "metric": "m", "entity": "e", "endDate": "?"}]).endswith("endDate syntax: ?")


WRONG_ORDER = "IllegalArgumentException: End Date must be greater than Start Date"
INSUFFICIENT = (
    "IllegalArgumentException: Insufficient parameters. One of the following combinations is required: "
    "interval, interval + startDate, interval + endDate, startDate + endDate"
)


def test_intervals(api, noon):
    start, end = BOTH
    base = {"metric": "m", "entity": "e"}
    for sent, count in [
        ({"startDate": start, "interval": {"count": 1, "unit": "day"}}, 2),
        ({"endDate": end, "interval": {"count": "1", "unit": "DAYS"}}, 2),
        ({"endDate": end, "interval": {"count": 99999, "unit": "QUARTER"}}, 2),
        ({"startDate": start, "interval": {"count": 999999999, "unit": "YEAR"}}, 2),
        ({"interval": {"count": 99999, "unit": "QUARTER"}}, 0),
        ({"startDate": start, "endDate": end, "interval": {"count": 0, "unit": "DAY"}}, 2),
        ({"startDate": start, "endDate": at("12:00:00")}, 0),
        ({"startDate": at("12:00:00"), "endDate": at("12:00:00.001")}, 1),
        ({"startTime": 0, "endTime": 4294969199999}, 2),
    ]:
        (found,) = api.query({**base, **sent})
        assert len(found["data"]) == count, sent
    for sent, text in [
        ({}, INSUFFICIENT),
        ({"startDate": start}, INSUFFICIENT),
        ({"endDate": end}, INSUFFICIENT),
        ({"startDate": end, "endDate": start}, WRONG_ORDER),
        ({"startDate": start, "endDate": start}, WRONG_ORDER),
        ({"startDate": start, "interval": {"count": 0, "unit": "DAY"}}, WRONG_ORDER),
        ({"interval": {"count": -1, "unit": "DAY"}}, WRONG_ORDER),
    ]:
        body = api.send([{**base, **sent}])
        assert (body.status_code, json.loads(body.content)) == (400, {"error": text}), sent


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        ("GMT+2", {"22:00:00": 1}), ("UTC-05:00", {"05:00:00": 2}),
        ("+0300", {"21:00:00": 1}), ("EST", {"05:00:00": 2}),
    ],
)  # fmt: skip
def test_days_of_zones_given_as_offsets(api, zone, starts):
    insert(api, "m", "e", [("05:00:00", 1), ("06:00:00", 2)])
    window = {"startDate": "2031-07-07T12:00:00Z", "endDate": "2031-07-08T12:00:00Z"}
    stage = {"type": "LAST" if zone[-1] == "T" or "-" in zone else "FIRST"}
    step = {"count": 1, "unit": "DAY"}
    for query in (
        {"timezone": zone, "aggregate": {**stage, "period": step}},
        {"aggregate": {**stage, "period": {**step, "timezone": zone}}},
    ):
        (series,) = api.query({**window, "metric": "m", "entity": "e", **query})
        assert clocked(series) == starts
    address = "/api/v1/series/json/e/m"
    parameters = {**window, "aggregate": stage["type"], "period": "1-DAY", "timeFormat": "iso"}
    answer = api.client.get(f"{address}?{urlencode(parameters)}&timezone={zone}")
    assert clocked(json.loads(answer.getvalue())[0]) == starts


# --- What is refused ----------------------------------------------------------------------------------------

P = {"count": 1, "unit": "MINUTE"}
NO_ENTITY = "entity or entities or entityGroup or entityExpression must not be empty"
REFUSED = [
    ({"entity": ""}, NO_ENTITY),
    ({"entity": None, "entities": []}, NO_ENTITY),
    ({"metric": None}, "metric must not be empty"),
    ({"entity": ["e"]}, "[0].entity must be a text"),
    ({"tags": []}, "[0].tags must be an object"),
    ({"tags": {"a": {}}}, "[0].tags.a must be"),
    ({"limit": "many"}, "[0].limit must be a number"),
    ({"direction": "up"}, "[0].direction must be one of ASC, DESC"),
    ({"cache": "maybe"}, "[0].cache must be true or false"),
    ({"timeFormat": "unix"}, "[0].timeFormat must be one of"),
    ({"type": "FUTURE"}, "[0].type must be one of HISTORY, FORECAST"),
    ({"timezone": "Mars/Phobos"}, "there is no time zone"),
    ({"timezone": "GMT+25"}, "there is no time zone"),
    ({"timezone": "+" + "1" * 5000}, "there is no time zone"),
    ({"minInsertDate": "x"}, "Wrong minInsertDate syntax: x"),
    ({"interval": {"count": 1}}, "[0].interval.unit is required"),
    ({"rate": {"period": {"count": -1}}}, "[0].rate.period.count must be at least 0"),
    ({"rate": {"period": {"count": 1, "unit": "EON"}}}, "Unknown time unit: EON"),
    ({"aggregate": {}}, "Aggregation type is required"),
    ({"aggregate": {"type": "MIDDLE"}}, "Unknown statistic: MIDDLE"),
    ({"aggregate": {"type": "PERCENTILE(101)"}}, "percentile takes a number from 0 to 100"),
    ({"aggregate": {"type": "AVG", "period": {**P, "count": 0.5}}}, "period.count must be at least 1"),
    ({"aggregate": {"type": "AVG", "period": {**P, "align": "LEFT"}}}, "period.align must be one of"),
    ({"aggregate": {"type": "AVG", "interpolate": {}}}, "Interpolation type is required"),
    ({"aggregate": {"type": "AVG", "interpolate": {"type": "VALUE"}}}, "interpolate.value is required"),
    ({"aggregate": {"type": "THRESHOLD_COUNT"}}, "threshold.min or threshold.max is required"),
    ({"group": {}}, "Group type is required"),
    ({"group": {"type": "SLOPE"}}, "[0].group.type must be one of"),
    ({"group": {"type": "SUM", "interpolate": {"value": 1}}}, "Interpolation type is required"),
    ({"group": {"type": "SUM", "place": {}}}, "group.place is not supported"),
    ({"interpolate": {"function": "LINEAR"}}, "[0].interpolate.period is required"),
    ({"interpolate": {"period": P}}, "Interpolation function is required"),
    ({"interpolate": {"period": P, "function": "CUBIC"}}, "must be one of LINEAR, PREVIOUS, AUTO"),
    ({"smooth": {"type": "AVG"}}, "smooth needs one of count and interval"),
    ({"smooth": {"type": "AVG", "interval": {"count": 1, "unit": "DAY"}}}, "must be HOUR or shorter"),
    ({"smooth": {"type": "EMA", "factor": 1}}, "must lie between 0 and 1"),
    ({"downsample": {"ratio": 2, "difference": 0}}, "difference or ratio, not both"),
    ({"downsample": {"ratio": 0.5}}, "must be at least 1"),
    ({"evaluate": {}}, "evaluate is not supported"),
    ({"sampleFilter": "value >"}, "[0].sampleFilter: expected a value"),
    ({"sampleFilter": "other > 1"}, "[0].sampleFilter: there is no name 'other'"),
    ({"sampleFilter": "date > 'soon'"}, "[0].sampleFilter: not a date"),
    ({"sampleFilter": "java.lang.System.exit(0)"}, "there is no name 'java'"),
    ({"tagExpression": "tags.a = "}, "[0].tagExpression: expected a value"),
    ({"tagExpression": "tags.a = b"}, "[0].tagExpression: there is no name 'b'"),
    ({"entityExpression": "foo(name)"}, "[0].entityExpression: there is no function 'foo'"),
]


def test_what_is_refused(api):
    for settings, text in REFUSED:
        answer = api.send([{**DAY, "metric": "m", "entity": "nobody", **settings}])
        body = json.loads(answer.getvalue() if answer.streaming else answer.content)
        assert answer.status_code == 400, (settings, body)
        assert list(body) == ["error"], body
        assert body["error"].startswith("IllegalArgumentException: ") and text in body["error"], body


# --- Answers ------------------------------------------------------------------------------------------------

GONE = "com.axibase.tsd.service.DictionaryNotFoundException: {} not found for name: '{}'"


def test_placeholders_and_warnings(api):
    insert(api, "m", "a", [("12:00:00", 1)], k="v")
    insert(api, "m", "b", [("12:00:00", 1)])

    def ask(**settings):
        found = api.query({**DAY, "metric": "m", **settings})
        return [(one["entity"], len(one["data"]), one.get("warning")) for one in found]

    for settings, wanted in [
        ({"entity": "ghost"}, [("ghost", 0, GONE.format("ENTITY", "ghost"))]),
        ({"entity": "a", "tags": {"zz": "1"}}, [("a", 0, GONE.format("TAG_KEY", "zz"))]),
        ({"entity": "a", "tags": {"k": "w"}}, [("a", 0, None)]),
        ({"entity": "a", "metric": "ghost"}, [("a", 0, GONE.format("METRIC", "ghost"))]),
        ({"entity": "gh*"}, [("gh*", 0, None)]),
        ({"entities": ["a", "ghost", "b"]}, [
            ("a", 1, None), ("b", 1, None), ("ghost", 0, GONE.format("ENTITY", "ghost")),
        ]),
        ({"entities": ["ghost", "spook"]}, [
            (name, 0, GONE.format("ENTITY", name)) for name in ("ghost", "spook")
        ]),
        ({"entities": ["a", "ghost"], "seriesLimit": 1}, [("a", 1, None)]),
        ({"entities": ["a", "ghost"], "group": {"type": "SUM"}}, [("*", 1, None)]),
        ({"entity": "a", "startDate": at("13:00:00")}, [("a", 0, None)]),
        ({"entity": "a", "type": "forecast", "forecastName": "f"}, [("a", 0, None)]),
    ]:  # fmt: skip
        assert ask(**settings) == wanted, settings


def test_texts_and_samples_without_a_value(api):
    insert(
        api, "m", "e",
        [("12:00:00", {"v": 1, "x": "a"}), ("12:00:10", {"v": None, "x": "only"}), ("12:00:30", 1)],
    )  # fmt: skip
    insert(api, "m", "f", [("12:00:00", {"x": "alone"})])
    stored = {"12:00:00": (1.0, "a"), "12:00:10": (None, "only"), "12:00:30": 1.0}
    quarter = {"period": {"count": 15, "unit": "SECOND"}, "function": "PREVIOUS"}
    for settings, wanted in [
        ({}, stored),
        ({"limit": 3}, stored),
        ({"limit": 9}, stored),
        ({"versioned": "true"}, stored),
        ({"group": {"type": "DETAIL"}}, stored),
        ({"downsample": {}}, stored),
        ({"sampleFilter": "Double.isNaN(value)"}, {"12:00:10": (None, "only")}),
        ({"smooth": {"type": "SUM", "count": 9}}, {**stored, "12:00:30": 2.0}),
        ({"rate": {"counter": False}}, {"12:00:30": 0.0}),
        ({"interpolate": quarter}, {
            "12:00:00": (1.0, "a"), "12:00:15": (1.0, "a"), "12:00:30": 1.0, "12:00:45": 1.0,
        }),
        ({"entity": "f", "limit": 5}, {"12:00:00": (None, "alone")}),
        ({"entity": "f", "cache": True}, {"12:00:00": (None, "alone")}),
    ]:  # fmt: skip
        (found,) = api.query({**DAY, "metric": "m", "entity": "e", **settings})
        assert clocked(found) == wanted, settings


def test_interpolation_takes_known_samples_across_the_edges(api):
    insert(
        api, "m", "e",
        [("05:30:00", 5), ("05:50:00", None), ("06:05:00", 10), ("06:50:00", 10), ("07:30:00", None),
         ("07:45:00", 21)],
    )  # fmt: skip
    hour = {"startDate": at("06:00:00"), "endDate": at("07:30:00"), "metric": "m", "entity": "e"}
    for settings, wanted in [
        ({"function": "PREVIOUS"}, [None, 10, 10, 10, 10, None]),
        ({"function": "PREVIOUS", "boundary": "OUTER"}, [5, 10, 10, 10, 10, 10]),
        ({"function": "auto"}, [None, 10, 10, 10, None, None]),
        ({"function": "LINEAR", "boundary": "OUTER"}, [5 + 30 / 7, 10, 10, 10, 12, 15]),
        ({"function": "LINEAR", "fill": "true"}, [10] * 6),
        ({"function": "PREVIOUS", "fill": "7"}, [7, 10, 10, 10, 10, 7]),
    ]:
        step = {"count": 15, "unit": "MINUTE"}
        (found,) = api.query({**hour, "interpolate": {"period": step, **settings}})
        clocks = ("06:00:00", "06:15:00", "06:30:00", "06:45:00", "07:00:00", "07:15:00")
        shown = {clock: value for clock, value in zip(clocks, wanted, strict=True) if value is not None}
        assert clocked(found) == pytest.approx(shown), settings
    nothing = {**hour, "startDate": at("05:51:00"), "endDate": at("06:01:00")}
    step = {"count": 1, "unit": "MINUTE"}
    (found,) = api.query(
        {**nothing, "interpolate": {"period": step, "function": "LINEAR", "boundary": "OUTER", "fill": True}}
    )
    assert found["data"] == []


def test_grouping_takes_the_period_of_a_later_aggregation(api):
    insert(api, "m", "a", [("12:00:00", 1), ("12:00:10", 2), ("12:00:20", 4)])
    insert(api, "m", "b", [("12:00:00", 10), ("12:00:20", 30), ("12:00:30", 40)])
    base = {**DAY, "metric": "m", "entities": ["a", "b"]}
    five = {"count": 5, "unit": "SECOND"}
    total = {"type": "SUM", "period": {"count": 20, "unit": "SECOND"}}
    for settings, wanted in [
        ({"group": {"type": "SUM", "interpolate": {"type": "LINEAR"}},
          "aggregate": {"type": "SUM", "period": five}}, [11, 16.5, 22, 28, 34, 35, 40]),
        ({"group": {"type": "COUNT"}, "aggregate": total}, [3, 3]),
        ({"group": {"type": "COUNT", "period": {"count": 1, "unit": "MILLISECOND"}},
          "aggregate": {**total, "type": "COUNT"}}, [2, 2]),
        ({"group": {"type": "SUM", "order": 1}, "aggregate": {**total, "type": "COUNT"}}, [3, 3]),
        ({"group": {"type": "SUM", "truncate": True}, "startDate": at("12:00:05")}, [34]),
    ]:  # fmt: skip
        (found,) = api.query({**base, **settings})
        assert [sample["v"] for sample in found["data"]] == wanted, settings
    shapes = api.query(
        {**base, "transformationOrder": ["aggregate", "group"], "group": {"types": ["SUM", "MAX"]},
         "aggregate": {"types": ["AVG", "SUM", "FIRST"], "period": five}}
    )  # fmt: skip
    assert [(one["group"]["type"], one["aggregate"]["type"]) for one in shapes] == [
        (merged, name) for name in ("AVG", "SUM", "FIRST") for merged in ("SUM", "MAX")
    ]


def test_decimals_stay_exact(api):
    api.client.put("/api/v1/metrics/m", json.dumps({"dataType": "DECIMAL"}), "application/json")
    insert(api, "m", "e", [("12:00:00", 0.1), ("12:00:01", 0.2), ("12:00:02", 0.7), ("12:00:03", 1.005)])
    for settings, wanted in [
        ({"aggregate": {"type": "SUM"}}, [2.005]),
        ({"aggregate": {"type": "DELTA"}}, [0.905]),
        ({"group": {"type": "SUM", "period": {"count": 1, "unit": "MINUTE"}}}, [2.005]),
        ({"rate": {"counter": False}}, [0.1, 0.5, 0.305]),
        ({"rate": {"period": {"count": 2, "unit": "SECOND"}}}, [0.2, 1.0, 0.61]),
        ({"smooth": {"type": "SUM", "count": 2}}, [0.1, 0.3, 0.9, 1.705]),
        ({"interpolate": {"function": "LINEAR", "period": {"count": 500, "unit": "MILLISECOND"}}},
         [0.1, 0.15, 0.2, 0.45, 0.7, 0.8525, 1.005]),
    ]:  # fmt: skip
        (found,) = api.query({**DAY, "metric": "m", "entity": "e", **settings})
        assert [sample["v"] for sample in found["data"]] == wanted, settings


@pytest.mark.parametrize(("kind", "wanted"), [("DECIMAL", [0.3, 0.5]), ("DOUBLE", [0.3, 0.4, 0.5])])
def test_decimals_are_near_duplicates_as_they_are_written(api, kind, wanted):
    # As doubles, 0.4 and 0.3 differ by a little more than 0.1.
    assert 0.4 - 0.3 > 0.1
    api.client.put("/api/v1/metrics/m", json.dumps({"dataType": kind}), "application/json")
    insert(api, "m", "e", [("12:00:00", 0.3), ("12:00:01", 0.4), ("12:00:02", 0.5)])
    (found,) = api.query({**DAY, "metric": "m", "entity": "e", "downsample": {"difference": 0.1}})
    assert [sample["v"] for sample in found["data"]] == wanted


def test_echoes(api):
    insert(api, "m", "e", [("12:00:00", 1), ("12:00:10", 2)], k="v")
    for settings, echo in [
        ({}, {"aggregate": {"type": "DETAIL"}, "type": "HISTORY"}),
        ({"rate": {}}, {"rate": {"period": {"count": 0, "unit": "SECOND"}, "counter": True, "order": 0}}),
        ({"rate": {"period": {"count": "1", "unit": "minutes"}, "counter": "False"}},
         {"rate": {"period": {"count": 1, "unit": "MINUTE"}, "counter": False, "order": 0}}),
        ({"rate": {"period": {"count": 1}}},
         {"rate": {"period": {"count": 1, "unit": "SECOND"}, "counter": True, "order": 0}}),
        ({"aggregate": {"type": "counter", "period": {"count": 5, "unit": "minute"}}},
         {"aggregate": {"type": "COUNTER", "period": {"count": 5, "unit": "MINUTE", "align": "CALENDAR"}},
          "transformationOrder": ["AGGREGATE"]}),
        ({"aggregate": {"type": "DELTA", "interpolate": {"type": "previous"}}},
         {"aggregate": {"type": "DELTA", "counter": False,
                        "interpolate": {"type": "PREVIOUS", "value": 0.0, "extend": False}}}),
        ({"aggregate": {"type": "PERCENTILE_999"}}, {"aggregate": {"type": "PERCENTILE(99.9)"}}),
        ({"group": {"type": "SUM", "truncate": None}, "addMeta": "True", "requestId": "r-1"},
         {"group": {"type": "SUM", "truncate": False, "order": 0,
                    "series": [{"entity": "e", "tags": {"k": "v"}, "label": "e:k=v"}]},
          "entity": "e", "tags": {}, "requestId": "r-1"}),
        ({"entity": None, "entities": ["e"], "group": {"type": "SUM", "groupByEntityAndTags": ["K"]}},
         {"entity": "e", "tags": {"k": "v"}, "entities": ["e"]}),
        ({"entity": "*", "group": {"type": "SUM"}, "addMeta": True}, {"entity": "*", "tags": {}}),
    ]:  # fmt: skip
        (found,) = api.query({**DAY, "metric": "m", "entity": "e", "unknown": {"a": 1}, **settings})
        assert {name: found[name] for name in echo} == echo, settings
        if settings.get("addMeta"):
            assert ("entity" in found["meta"]) == (found["entity"] == "e"), settings
