"""``rate``: the own example of the data API's page, and what it says of the first sample."""

import pytest

from tests.dialects.atsd.bench import Bench, samples

RAW = {"09:00:00": 100, "09:00:10": 130, "09:00:30": 150, "09:00:40": 20, "09:01:00": 60}


@pytest.fixture
def bench():
    return Bench().add("m", "e", samples(RAW))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"counter": False}, {"09:00:10": 30, "09:00:30": 20, "09:00:40": -130, "09:01:00": 40}),
        ({}, {"09:00:10": 30, "09:00:30": 20, "09:01:00": 40}),
        ({"period": {"count": 1, "unit": "SECOND"}}, {"09:00:10": 3, "09:00:30": 1, "09:01:00": 2}),
        (
            {"period": {"count": 1, "unit": "minute"}, "counter": "false"},
            {"09:00:10": 180, "09:00:30": 60, "09:00:40": -780, "09:01:00": 120},
        ),
        ({"period": {"count": 0, "unit": "DAY"}}, {"09:00:10": 30, "09:00:30": 20, "09:01:00": 40}),
        ({"period": {"count": 2}}, {"09:00:10": 6, "09:00:30": 2, "09:01:00": 4}),
    ],
)
def test_differences(bench, settings, expected):
    assert bench.values(rate=settings) == expected


def test_a_sample_before_the_start_is_not_fetched(bench):
    assert bench.values(rate={}, startDate="2031-04-05T09:00:20Z") == {"09:01:00": 40}


def test_the_echo_is_completed(bench):
    query = {"metric": "m", "entity": "e", "startDate": "2031-01-01T00:00:00Z"}
    query["interval"] = {"count": 1, "unit": "YEAR"}
    (plain,) = bench.answer({**query, "rate": {"counter": False}})
    assert plain["rate"] == {"period": {"count": 0, "unit": "SECOND"}, "counter": False, "order": 0}
    assert plain["aggregate"] == {"type": "DETAIL"}
    (per_minute,) = bench.answer({**query, "rate": {"period": {"count": 1, "unit": "MINUTE"}}})
    assert per_minute["rate"] == {
        "period": {"count": 1, "unit": "MINUTE"}, "counter": True, "order": 0,
    }  # fmt: skip


def test_limit_counts_output_samples(bench):
    assert bench.values(rate={"counter": False}, limit=1) == {"09:01:00": 40}
    assert bench.values(rate={"counter": False}, limit=1, direction="asc") == {"09:00:10": 30}


def test_one_sample_gives_none():
    bench = Bench().add("m", "e", samples({"09:00:00": 1}))
    assert bench.values(rate={}) == {}
