"""``aggregate``: the own example of the data API's page, echoes and fillings."""

import pytest

from tests.dialects.atsd.bench import DAY, Bench, samples

MINUTE = {"count": 1, "unit": "MINUTE"}
RAW = {"10:00:00": 4, "10:00:20": 10, "10:00:40": 7, "10:01:10": 12, "10:01:30": 2}


@pytest.fixture
def bench():
    return Bench().add("m", "e", samples(RAW))


@pytest.mark.parametrize(
    ("statistic", "first", "second"),
    [
        ("COUNT", 3, 2),
        ("SUM", 21, 14),
        ("AVG", 7, 7),
        ("FIRST", 4, 12),
        ("LAST", 7, 2),
        ("MIN", 4, 2),
        ("MAX", 10, 12),
        ("DELTA", 3, -5),
        ("COUNTER", 13, 7),
        ("MEDIAN", 7, 7),
        ("PERCENTILE(90)", 10, 12),
        ("PERCENTILE_90", 10, 12),
        ("STANDARD_DEVIATION", 3, 7.0710678),
        ("MEDIAN_ABS_DEV", 3, 5),
        ("WAVG", 7.5, 5.333333),
        ("WTAVG", 7.952381, 2.454545),
        ("SLOPE", 0.000075, -0.0005),
        ("INTERCEPT", 5.5, 12),
    ],
)
def test_statistics(bench, statistic, first, second):
    found = bench.values(aggregate={"type": statistic, "period": MINUTE})
    assert found == {
        "10:00:00": pytest.approx(first, rel=1e-6),
        "10:01:00": pytest.approx(second, rel=1e-6),
    }


def test_thresholds(bench):
    stage = {"period": MINUTE, "threshold": {"max": 8}}
    names = ["THRESHOLD_COUNT", "THRESHOLD_DURATION", "THRESHOLD_PERCENT"]
    found = bench.answer({**DAY, "metric": "m", "entity": "e", "aggregate": {**stage, "types": names}})
    assert [one["data"][0]["v"] for one in found] == [1, 20000, pytest.approx(66.6667, rel=1e-5)]
    assert found[0]["aggregate"]["threshold"] == {"max": 8}


def test_one_series_per_statistic_in_the_order_asked(bench):
    stage = {"types": ["MAX", "AVG"], "period": MINUTE}
    found = bench.answer({**DAY, "metric": "m", "entity": "e", "aggregate": stage})
    assert [one["aggregate"]["type"] for one in found] == ["MAX", "AVG"]
    assert found[0]["aggregate"]["period"] == {"count": 1, "unit": "MINUTE", "align": "CALENDAR"}


def test_delta_echoes_its_counter_flag(bench):
    stage = {"type": "DELTA", "period": MINUTE, "interpolate": {"type": "previous"}}
    (found,) = bench.answer({**DAY, "metric": "m", "entity": "e", "aggregate": stage})
    assert found["aggregate"]["counter"] is False
    assert found["aggregate"]["interpolate"] == {"type": "PREVIOUS", "value": 0.0, "extend": False}


@pytest.mark.parametrize(
    ("filling", "expected"),
    [
        ({"type": "NONE"}, {"10:00:00": 3, "10:01:00": 2}),
        ({"type": "PREVIOUS"}, {"10:00:00": 3, "10:00:30": 1, "10:01:00": 1, "10:01:30": 1}),
    ],
)
def test_empty_periods(filling, expected):
    raw = {"10:00:00": 3, "10:01:00": 2} if filling["type"] == "NONE" else RAW
    bench = Bench().add("m", "e", samples(raw))
    stage = {"type": "LAST" if filling["type"] == "NONE" else "COUNT", "interpolate": filling}
    stage["period"] = {"count": 30, "unit": "SECOND"}
    if filling["type"] != "NONE":
        expected = {"10:00:00": 2, "10:00:30": 1, "10:01:00": 1, "10:01:30": 1}
    assert bench.values(aggregate=stage) == expected


def test_without_period_one_value_at_the_start(bench):
    assert bench.values(aggregate={"type": "SUM"}) == {"00:00:00": 35}


def test_periods_that_begin_before_the_start_are_discarded(bench):
    found = bench.values(aggregate={"type": "COUNT", "period": MINUTE}, startDate="2031-04-05T10:00:10Z")
    assert found == {"10:01:00": 2}


def test_rate_of_averages(bench):
    stages = {"aggregate": {"type": "AVG", "period": MINUTE}, "rate": {"counter": False}}
    assert bench.values(**stages, transformationOrder=["aggregate", "rate"]) == {"10:01:00": 0}
    ordered = {"aggregate": {**stages["aggregate"], "order": -1}, "rate": stages["rate"]}
    assert bench.values(**ordered) == {"10:01:00": 0}


def test_detail_alone_is_no_stage(bench):
    (found,) = bench.answer({**DAY, "metric": "m", "entity": "e", "aggregate": {"types": ["DETAIL"]}})
    assert found["aggregate"] == {"type": "DETAIL"}
    assert "transformationOrder" not in found
    assert len(found["data"]) == 5
