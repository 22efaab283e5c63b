"""Reading the body of ``POST /datapoints``: types, messages, and pieces of long bodies."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import FLOAT, INT, TEXT, SeriesKey
from apps.dialects.kairos import ingest, json_pieces
from apps.dialects.kairos.ingest import Problems, read_datapoints
from apps.dialects.kairos.names import TagFilter, series_key, shown_tags


def read(body: object):
    """Rows of every series as (time in ms, what was stored), and the messages."""
    problems = Problems()
    text = body if isinstance(body, str) else json.dumps(body)
    found = [(one.key, rows_of(one.samples)) for one in read_datapoints(text, problems)]
    return found, problems.told()


def rows_of(samples) -> list[tuple[int, object]]:
    rows: list[tuple[int, object]] = []
    for index, time_ns in enumerate(samples.times_ns.tolist()):
        kind = FLOAT if samples.kinds is None else samples.kinds[index]
        if kind == TEXT:
            value: object = samples.texts[index]
        elif kind == INT:
            value = int(samples.ints[index])
        else:
            value = float(samples.values[index])
        rows.append((time_ns // 1_000_000, value))
    return rows


def one_value(literal: str, declared: str | None = None):
    """What a JSON literal is stored as: (its type, itself), or the message."""
    kind = "" if declared is None else f', "type": "{declared}"'
    found, told = read(f'{{"name": "m", "tags": {{"t": "x"}}, "timestamp": 1, "value": {literal}{kind}}}')
    if told:
        assert found == []
        (message,) = told
        return message
    ((_, ((_, value),)),) = found
    return type(value).__name__, value


def metric(**fields: object) -> dict:
    return {"name": "m", "tags": {"t": "x"}} | fields


@pytest.mark.parametrize(
    "literal, expected",
    [
        ("1", 1), ("-7", -7), ("0", 0), ("1e3", 1000), ("9223372036854775807", 2**63 - 1),
        ("1.0", 1.0), ("1.5e3", 1500.0), ("-0.0", -0.0), ("12.5", 12.5),
        ("0e5", 0), ("1E+18", 10**18), ("1e19", 1e19), ("-1e308", -1e308), ("1e-7", 1e-7), ("5e-324", 5e-324),
        ("15E-1", 1.5), ("120e-1", 12), ("1e-999", 0.0),
        ('"41"', 41), ('"+41"', 41), ('"-3"', -3), ('"41.5"', 41.5), ('"-.5"', -0.5), ('"0.00"', 0.0),
        ('".5"', 0.5), ('"7.1.2"', "7.1.2"), ('"8."', "8."), ('"+"', "+"), ('"."', "."), ('"4-1"', "4-1"),
        ('"x9"', "x9"), ('"1e3"', "1e3"), ('" 1"', " 1"), ('"١"', "١"), ("true", "true"), ("false", "false"),
    ],
)  # fmt: skip
def test_the_text_tells_the_type(literal, expected):
    assert one_value(literal) == (type(expected).__name__, expected)


@pytest.mark.parametrize(
    "literal, declared, expected",
    [
        ("2.9", "long", 2), ("-2.9", "long", -2), ('"41.5"', "long", 41), ("1e3", "long", 1000),
        ("5", "double", 5.0), ('"5"', "double", 5.0), ("1e3", "double", 1000.0),
        ("5", "string", "5"), ("1.50", "string", "1.50"), ("1e3", "string", "1e3"), ('""', "string", ""),
        ("true", "string", "true"),
    ],
)  # fmt: skip
def test_a_declared_type_wins(literal, declared, expected):
    assert one_value(literal, declared) == (type(expected).__name__, expected)


@pytest.mark.parametrize(
    "literal, declared, message",
    [
        ('""', None, "metric[0](name=m).value may not be empty."),
        ('""', "long", "metric[0](name=m).value may not be empty."),
        ("null", None, "metric[0](name=m).value may not be empty."),
        ("[]", None, "metric[0](name=m).value may not be an empty array."),
        ("{}", None, "metric[0](name=m) value is an invalid type"),
        ("[1]", None, "metric[0](name=m) value is an invalid type"),
        ("1", "foo", "Unregistered data point type 'foo'"),
        ('"abc"', "long", 'metric[0](name=m).value For input string: "abc"'),
        ('"abc"', "double", 'metric[0](name=m).value For input string: "abc"'),
        ("9223372036854775808", None, 'metric[0](name=m).value For input string: "9223372036854775808"'),
        ("1e999999999", None, 'metric[0](name=m).value For input string: "1e999999999"'),
        ("1.0e999", None, 'metric[0](name=m).value For input string: "1.0e999"'),
        ('"NaN"', "double", 'metric[0](name=m).value For input string: "NaN"'),
    ],
)
def test_values_that_are_refused(literal, declared, message):
    assert one_value(literal, declared) == message


@pytest.mark.parametrize(
    "body, messages",
    [
        ("", ["Invalid json. No content due to end of input."]),
        (" \n", ["Invalid json. No content due to end of input."]),
        ("[", ["Invalid json. No content due to end of input."]),
        ('{"name": "m', ["Invalid json. No content due to end of input."]),
        ('{"name": tru', ["Invalid json. No content due to end of input."]),
        ("5", ["Invalid start of json."]),
        ('"x"', ["Invalid start of json."]),
        ([metric(), {"tags": {"t": "x"}}], ["metric[1].name may not be null."]),
        (metric(name=""), ["metric[0].name may not be empty."]),
        (metric(timestamp=1), ["metric[0](name=m).value may not be null."]),
        (metric(value=1), ["metric[0](name=m).timestamp may not be null."]),
        ({"name": "m"}, ["metric[0](name=m).tags count must be greater than or equal to 1."]),
        (metric(tags={"": "x"}), ["metric[0](name=m).tag[0].name may not be empty."]),
        (metric(tags={"host": ""}), ["metric[0](name=m).tag[host].value may not be empty."]),
        (metric(tags={"a": "b", "host": None}), ["metric[0](name=m).tag[host].value may not be null."]),
        (metric(datapoints=[[]]), ["metric[0](name=m).datapoints[0].timestamp cannot be null or empty."]),
        (metric(datapoints=[[1]]), ["metric[0](name=m).datapoints[0].value cannot be null or empty."]),
        (metric(datapoints=[[None, 1]]), ["metric[0](name=m).datapoints[0].timestamp may not be null."]),
        (metric(datapoints=[[1, None]]), ["metric[0](name=m).datapoints[0].value may not be empty."]),
        (metric(datapoints=[[1, ""]]), ["metric[0](name=m).datapoints[0].value may not be empty."]),
        (metric(datapoints=[[1, {}]]), ["metric[0](name=m) value is an invalid type"]),
        (metric(datapoints=[[1, 1, "foo"]]), ["Unregistered data point type 'foo'"]),
        (metric(datapoints=[[1, 1], [2, 2]], type="foo"), ["Unregistered data point type 'foo'"] * 2),
        (metric(datapoints=[[1, 1.5]], type="foo"), ["Unregistered data point type 'foo'"]),
        (metric(ttl=-1), ["metric[0](name=m).ttl must be greater than or equal to 0."]),
        ([5], ["metric[0] must be an object"]),
        (
            metric(timestamp=1, value="", tags={"t": ""}),
            ["metric[0](name=m).value may not be empty.", "metric[0](name=m).tag[t].value may not be empty."],
        ),
    ],
)
def test_messages(body, messages):
    assert read(body) == ([], messages)


def test_a_mistake_in_the_text_is_placed():
    _, (*_, message) = read('[{"name": "m"},\n {"name" "m"}]')
    assert message.endswith("line 2 column 10")
    _, (*_, message) = read('{"name": "m"} x')
    assert message.startswith("Extra data")


def test_good_points_beside_bad_ones_keep_their_index():
    found, told = read(metric(datapoints=[[1, 1], [2, ""], [3, "x"], [None, 1], [5, 2.5]]))
    assert found == [(SeriesKey.of("m", "default", {"t": "x"}), [(1, 1), (3, "x"), (5, 2.5)])]
    assert told == [
        "metric[0](name=m).datapoints[1].value may not be empty.",
        "metric[0](name=m).datapoints[3].timestamp may not be null.",
    ]


def test_both_forms_in_one_object_the_single_point_first():
    found, _ = read(metric(timestamp=1, value=5, datapoints=[[1, 6], [-2, 7.5], [0, "a", "string"]]))
    assert found[0][1] == [(1, 5), (1, 6), (-2, 7.5), (0, "a")]


def test_time_wins_over_timestamp():
    found, _ = read(metric(time=7, timestamp=8, value=1))
    assert found[0][1] == [(7, 1)]


@pytest.mark.parametrize(
    "literal, time",
    [("7", 7), ("-7", -7), ("0", 0), ('"7"', 7), ("7e3", 7000), ("7.0", 7), ("9223372036854", 9223372036854)],
)
def test_times_are_milliseconds(literal, time):
    found, _ = read(f'{{"name": "m", "tags": {{"t": "x"}}, "datapoints": [[{literal}, 1]]}}')
    assert found[0][1] == [(time, 1)]


NO_TIMES = ["1.5", '"abc"', '""', "true", "[]", "9223372036855", "1e30", "-9223372036855"]


@pytest.mark.parametrize("literal", NO_TIMES)
def test_times_that_are_refused(literal):
    for body in (f'"datapoints": [[{literal}, 1]]', f'"timestamp": {literal}, "value": 1'):
        found, (message,) = read(f'{{"name": "m", "tags": {{"t": "x"}}, {body}}}')
        assert found == []
        assert ".timestamp " in message


def test_neither_form_stores_nothing_and_is_no_mistake():
    assert read(metric()) == ([], [])
    assert read([]) == ([], [])


def test_trusted_points_may_come_without_tags():
    found, told = read({"name": "m", "timestamp": 1, "value": 1, "skip_validate": True})
    assert (found, told) == ([(SeriesKey("m", "default"), [(1, 1)])], [])


def test_too_many_problems_are_counted():
    _, told = read(metric(datapoints=[[1]] * 5000))
    assert len(told) == 1001
    assert told[-1] == "and 4000 further problems"


# --- Long bodies, read in pieces ---

VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5).map(lambda text: f"v{text}],["),
)
POINTS = st.lists(st.tuples(st.integers(-(10**12), 10**12), VALUES), min_size=1, max_size=40)


@given(st.lists(POINTS, min_size=1, max_size=4), st.booleans(), st.sampled_from([8, 40, 4096]))
def test_pieces_say_what_the_whole_says(metrics, name_last, size):
    body = []
    for index, points in enumerate(metrics):
        fields = {"name": f"m{index}", "tags": {"t": "],"}, "datapoints": [list(point) for point in points]}
        body.append(dict(reversed(fields.items())) if name_last else fields)
    text = json.dumps(body).replace("e+", "e")
    whole = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "WHOLE_CHARS", 0)
        patch.setattr(json_pieces, "FIRST_SLICE_CHARS", size)
        patch.setattr(json_pieces, "SLICE_CHARS", 4 * size)
        assert read(text) == whole
    assert len(whole[0]) == len(metrics)


def test_a_type_behind_the_points_still_counts(monkeypatch):
    monkeypatch.setattr(ingest, "WHOLE_CHARS", 0)
    text = '{"name": "m", "datapoints": [[1, 1.50], [2, 7]], "type": "string", "tags": {"t": "x"}}'
    assert read(text)[0][0][1] == [(1, "1.50"), (2, "7")]


@pytest.mark.parametrize("cut", [10, 30, 45, 60, 79])
def test_a_long_body_that_ends_early_keeps_what_came_before(monkeypatch, cut):
    monkeypatch.setattr(ingest, "WHOLE_CHARS", 0)
    first = json.dumps(metric(timestamp=1, value=1))
    second = json.dumps(metric(datapoints=[[time, f"text {time}"] for time in range(10)]))
    found, told = read(f"[{first}, {second[:cut]}")
    assert [rows for _, rows in found] == [[(1, 1)]]
    assert told == ["Invalid json. No content due to end of input."]


def test_a_long_metric_takes_little_memory(monkeypatch):
    monkeypatch.setattr(ingest, "WHOLE_CHARS", 1 << 20)
    rows = ",".join(f"[{time},{time}.5]" for time in range(100_000))
    text = '{"name": "m", "tags": {"t": "x"}, "datapoints": [' + rows + "]}"
    assert len(text) > ingest.WHOLE_CHARS
    tracemalloc.start()
    (received,) = read_datapoints(text, Problems())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(received.samples) == 100_000
    # Lists of Python's numbers would take some 200 bytes for each point.
    assert peak < 100 * 100_000


# --- Tags and entities ---

NAMES = st.text("abE:é _", min_size=1, max_size=4)


@given(st.dictionaries(st.one_of(NAMES, st.just("entity")), NAMES, min_size=1))
def test_tags_come_back_as_they_were_written(tags):
    assert shown_tags(series_key("m", tags)) == tags


@pytest.mark.parametrize("name", ["default", "Default", " default "])
def test_the_default_entity_written_out_is_kept(name):
    key = series_key("m", {"entity": name})
    assert (shown_tags(key), key.entity) == ({"entity": name}, name)


def test_an_entity_in_another_case_is_a_tag():
    tags = {"Entity": "pump", "ENTITY": "valve"}
    key = series_key("m", tags)
    assert (key.entity, key.tag_map, shown_tags(key)) == ("default", tags, tags)


def test_filters_by_tags_and_entity():
    key = series_key("m", {"entity": "pump", "site": "north"})
    fitting = [{}, {"site": ["south", "north"]}, {"entity": ["pump"], "site": []}, {"site": ["regex:n.*"]}]
    others = [{"site": ["nort"]}, {"site": ["regex:nor"]}, {"host": ["regex:.*"]}, {"entity": ["default"]}]
    assert all(TagFilter(wanted).accepts(key) for wanted in fitting)
    assert not any(TagFilter(wanted).accepts(key) for wanted in others)
    assert not TagFilter({"SITE": ["north"]}).accepts(key)
    assert not TagFilter({"Entity": ["pump"]}).accepts(key)
