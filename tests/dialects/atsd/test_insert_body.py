"""The JSON body of an insert: read whole or refused with the places that are wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import FLOAT, INT, SeriesKey
from apps.dialects.atsd.incoming import MAX_TIME_MS
from apps.dialects.atsd.insert_body import InsertRejected, parse_insert
from apps.errors import ArgumentFault


def item(*data: object, **fields: object) -> dict:
    return {"entity": "E", "metric": "M", "data": list(data)} | fields


def one(*data: object, **fields: object):
    ((_, samples),) = parse_insert([item(*data, **fields)])
    return samples


def fault_of(body: object) -> InsertRejected:
    with pytest.raises(InsertRejected) as caught:
        parse_insert(body)
    return caught.value


def test_keys_are_folded():
    ((key, _),) = parse_insert(item({"t": 1, "v": 1}, tags={" Line ": "B\n"}))
    assert key == SeriesKey("m", "e", (("line", "B"),))


@pytest.mark.parametrize(
    ("sample", "time_ms"),
    [
        ({"t": 1933135210123.0, "v": 1}, 1933135210123),
        ({"t": 1933135210122.9998, "v": 1}, 1933135210123),
        ({"t": 0, "v": 1}, 0),
        ({"t": "1933135210123", "v": 1}, 1933135210123),
        ({"t": MAX_TIME_MS, "v": 1}, MAX_TIME_MS),
        ({"d": "1970-01-01T00:00:00.0019Z", "v": 1}, 1),
        ({"d": "1970-01-01T02:00:00+0200", "v": 1}, 0),
        ({"d": "1970-01-01T00:00:00Z", "t": 7, "v": 1}, 7),
    ],
)
def test_times(sample, time_ms):
    assert one(sample).times_ns.tolist() == [time_ms * 10**6]


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), (1.5, 1.5), ("1.5E-3", 0.0015), ("-2", -2.0), (-0.0, -0.0)]
)
def test_values(value, expected):
    assert one({"t": 1, "v": value}).values.tolist() == [expected]


@pytest.mark.parametrize("sample", [{"v": None}, {"v": "NaN"}, {"x": "text only"}, {"v": math.nan}])
def test_missing_values_are_kept_as_missing(sample):
    assert math.isnan(one({"t": 1} | sample).values[0])


def test_texts_and_exact_integers_stand_beside_floats():
    samples = one({"t": 1, "v": 2**60 + 1}, {"t": 2, "v": 5, "x": ""}, {"t": 3, "v": 1.5})
    assert samples.kinds.tolist() == [INT, FLOAT, FLOAT]
    assert samples.ints.tolist()[0] == 2**60 + 1
    assert samples.texts.tolist() == [None, "", None]
    plain = one({"t": 1, "v": 2**60 + 1}, {"t": 2, "v": 1.5})
    assert plain.kinds.tolist() == [INT, FLOAT]


def test_order_and_repeated_times():
    samples = one({"t": 3, "v": 1}, {"t": 1, "v": 2}, {"t": 3, "v": 4})
    assert samples.times_ns.tolist() == [10**6, 3 * 10**6]
    assert samples.values.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ([item()], "[0].data", "No data"),
        ([item({"t": 1, "v": 1}) | {"data": None}], "[0].data", "No data"),
        ([item({"t": 1, "v": 1}, entity=" ")], "[0].entity", "Empty entity"),
        ([item({"t": 1, "v": 1}, entity=None)], "[0].entity", "Empty entity"),
        ([item({"t": 1, "v": 1}, entity=5)], "[0].entity", "Empty entity"),
        ([item({"t": 1, "v": 1}, metric="a b")], "[0].metric", "Invalid metric name: 'a b'"),
        ([item({"t": 1, "v": 1}, metric="a\0b")], "[0].metric", "Invalid metric name: 'a·b'"),
        ([item({"t": 1, "v": 1}, tags={"a": ""})], "[0].tags", 'Tag "a" has empty value'),
        ([item({"t": 1, "v": 1}, tags={"a": None})], "[0].tags", 'Tag "a" has empty value'),
        ([item({"t": -1, "v": 1})], "[0].data[0].t", "Negative timestamp"),
        (
            [item({"t": MAX_TIME_MS + 1, "v": 1})],
            "[0].data[0].t",
            "Too large timestamp 4294969200000. Max allowed value is 4294969199999",
        ),
        ([item({"d": "1960-01-01T00:00:00Z", "v": 1})], "[0].data[0].d", "Negative timestamp"),
        ([item({"t": 1, "v": "x"})], "[0].data[0].v", "'x' is not a number"),
        ([item({"t": 1, "v": True})], "[0].data[0].v", "v must be a number"),
        ([item({"t": True, "v": 1})], "[0].data[0].t", "t must be a number of milliseconds"),
        ([item({"t": 1, "v": 10**400})], "[0].data[0].v", "v is too large for a number"),
        ([item({"t": 1})], "[0].data[0].v", "v is missing"),
        ([item({"v": 1})], "[0].data[0].d", "Timestamp is missing: give t or d"),
        ([item({"t": 1, "v": 1}), 5], "[1]", "a series must be an object"),
        ([item({"t": 1, "v": 1}, type="NEWS")], "[0].type", "type must be HISTORY or FORECAST"),
        ([item({"t": 1, "v": 1}, type=5)], "[0].type", "type must be HISTORY or FORECAST"),
        ([item({"t": 1, "v": 1}, type="FORECAST_DEVIATION")], "[0].type", "type must be HISTORY or FORECAST"),
        ([item({"t": 1, "v": 1, "s": {}}, type="FORECAST")], "[0].data[0].s", "s must be a number"),
        ([item({"t": 1, "v": 1, "s": "x"}, type="FORECAST")], "[0].data[0].s", "'x' is not a number"),
        (
            [item({"t": 1, "v": 1}, type="FORECAST", forecastName=["f"])],
            "[0].forecastName",
            "forecastName must be a text, not ['f']",
        ),
        (
            [item({"t": 1, "v": 1}, type="FORECAST", forecastName="f" * 513)],
            "[0].forecastName",
            "forecastName has 513 characters, more than 512",
        ),
    ],
)
def test_faults_name_the_place(body, path, message):
    fault = fault_of(body)
    assert [(found.path, found.fault.message) for found in fault.items] == [(path, message)]


def test_a_bad_date_is_reported_as_the_original_does():
    fault = fault_of([item({"d": "2031-04-05 06:00:00Z", "v": 1})])
    assert fault.message.startswith("Expected 'T' character but found ' '")
    assert fault.data["exception"].endswith("JsonMappingException")


def test_several_faults_are_reported_together_up_to_a_limit():
    fault = fault_of([item(*({"t": -1, "v": 1} for _ in range(1000))), item(), item({"t": 1, "v": 1})])
    assert len(fault.items) == 100
    assert fault.failed_count == 2


@pytest.mark.parametrize("body", [None, 5, "text", True])
def test_other_bodies(body):
    with pytest.raises(ArgumentFault):
        parse_insert(body)


numbers = st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(st.tuples(st.integers(0, 20), numbers), min_size=1, max_size=30))
def test_columns_at_once_equal_samples_one_by_one(pairs):
    plain = one(*({"t": time, "v": value} for time, value in pairs))
    # A field that is not known sends every sample the long way.
    slow = one(*({"t": time, "v": value, "s": 0} for time, value in pairs))
    np.testing.assert_array_equal(plain.times_ns, slow.times_ns)
    np.testing.assert_array_equal(plain.values, slow.values)
    latest = dict(pairs)
    assert plain.times_ns.tolist() == [time * 10**6 for time in sorted(latest)]
    for column in ("kinds", "ints"):
        left, right = getattr(plain, column), getattr(slow, column)
        assert (left is None) == (right is None)
        if left is not None:
            np.testing.assert_array_equal(left, right)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=10,
)


@given(
    st.dictionaries(st.sampled_from(["entity", "metric", "tags", "data", "type"]), json_values),
    st.dictionaries(st.sampled_from(["t", "d", "v", "x"]), json_values),
)
def test_any_json_is_read_or_refused(fields, sample):
    for body in ([fields], [item(sample)], [item(sample) | fields]):
        try:
            parse_insert(body)
        except ArgumentFault as fault:
            assert fault.message


def test_a_forecast_is_a_series_of_its_own_with_deviations():
    given = item({"t": 2, "v": 5}, {"t": 1, "v": 4, "s": 0.5}, type="forecast", forecastName="f")
    (key, samples), (beside, deviations) = parse_insert([given])
    assert (key.forecast, beside.forecast) == (("FORECAST", "f"), ("FORECAST_DEVIATION", "f"))
    assert (samples.values.tolist(), samples.times_ns.tolist()) == ([4.0, 5.0], deviations.times_ns.tolist())
    assert deviations.values[0] == 0.5 and np.isnan(deviations.values[1])
    ((key, _),) = parse_insert([item({"t": 1, "v": 4, "s": "ignored"}, type="HISTORY", forecastName="f")])
    assert key.forecast is None
