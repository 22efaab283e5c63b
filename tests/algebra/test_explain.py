"""An explanation names the inputs, puts the numbers in, and says why a sample is absent."""

from __future__ import annotations

from typing import Any

import pytest

from apps.algebra.aggregators import Statistic
from apps.algebra.explain import Explanation, explain
from apps.algebra.periods import Period
from apps.algebra.plan import Given, Read, apply
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.source import Limits, MemorySource, SeriesRef
from apps.errors import LimitFault, MissingFault
from tests.algebra.cases import time_of

NOTHING = MemorySource({})
MINUTE = Period(1, "minute")
WINDOW = {"start_ns": time_of("09:00"), "end_ns": time_of("10:00")}


def one(entity: str, **samples: float) -> Series:
    times = [time_of("09:" + name[1:].replace("_", ":")) for name in samples]
    return Series(SeriesKey("m", entity), Samples.of(times, list(samples.values())))


A = one("a", t00_00=100, t00_10=130, t00_30=150, t00_40=20, t01_00=60)
B = one("b", t00_00=10, t00_30=40)


def told(function: str, *members: Series, at: str, index: int = 0, **params: Any) -> Explanation:
    node = apply(function, Given(members), **params)
    return explain(node, NOTHING, series_index=index, time_ns=time_of(at))


def roles(found: Explanation) -> list[tuple[str, float]]:
    return [(sample.role, sample.value) for sample in found.inputs]


def test_rate_shows_both_samples_and_the_division() -> None:
    found = told("rate", A, at="09:00:30", period=MINUTE)
    assert found.value == 60.0 and found.absent is None
    assert roles(found) == [("previous", 130.0), ("current", 150.0)]
    assert found.arithmetic == "(150 - 130) * 60000 ms / 20000 ms = 60"
    assert found.counts == {"dropped": 1}


@pytest.mark.parametrize(
    ("at", "words"),
    [("09:00:00", "first sample"), ("09:00:40", "reset"), ("09:00:41", "no sample")],
)
def test_rate_says_why_there_is_none(at: str, words: str) -> None:
    found = told("rate", A, at=at)
    assert found.value is None and words in (found.absent or "")


def test_rate_after_a_reset() -> None:
    assert told("rate", A, at="09:00:40", reset="zero").arithmetic == "20 = 20"
    assert told("rate", A, at="09:00:40", reset="wrap", wrap_at=200.0).arithmetic == "20 - 150 + 200 = 70"


def test_aggregate_of_the_right_series_and_statistic() -> None:
    shape = {"statistics": (Statistic("avg"), Statistic("delta")), "period": MINUTE, **WINDOW}
    found = told("aggregate", B, A, at="09:00:00", index=2, **shape)
    assert found.key.entity == "a" and found.arithmetic == "(100 + 130 + 150 + 20) / 4 = 100"
    found = told("aggregate", B, A, at="09:01:00", index=3, **shape)
    assert found.arithmetic == "60 - 20 = 40"
    assert roles(found) == [("last before the period", 20.0), ("in period", 60.0)]


def test_aggregate_absent_and_filled() -> None:
    shape = {"statistics": (Statistic("sum"),), "period": Period(10, "second"), **WINDOW}
    assert "no sample with a value" in (told("aggregate", A, at="09:00:20", **shape).absent or "")
    assert "no period begins" in (told("aggregate", A, at="09:00:25", **shape).absent or "")
    found = told("aggregate", A, at="09:00:20", interpolate="linear", **shape)
    assert found.value == 140.0
    assert roles(found) == [("result before", 130.0), ("result after", 150.0)]
    lone = told("aggregate", A, at="09:00:00", **{**shape, "statistics": (Statistic("delta"),)})
    assert "lone" in (lone.absent or "")


def test_group_shows_stored_and_filled_members() -> None:
    shape = {"statistics": (Statistic("sum"),), **WINDOW}
    found = told("group", A, B, at="09:00:10", interpolate="linear", **shape)
    assert roles(found) == [("member", 130.0), ("filled", 20.0)]
    assert found.arithmetic == "130 + 20 = 150" and found.counts == {"filled": 1}
    cut = told("group", A, B, at="09:00:40", truncate=True, **shape)
    assert "cut at the ends" in (cut.absent or "") and cut.counts == {"truncated": 2}


def test_interpolate_smooth_downsample() -> None:
    found = told("interpolate", A, at="09:00:20", period=Period(20, "second"), **WINDOW)
    assert found.value == 140.0 and roles(found) == [("before", 130.0), ("after", 150.0)]
    assert told("smooth", A, at="09:00:10", statistic="avg", count=2).arithmetic == "(100 + 130) / 2 = 115"
    found = told("downsample", A, at="09:00:10", difference=50.0)
    assert found.absent == "a near-duplicate" and len(found.inputs) == 3


def test_selection_and_shift() -> None:
    assert told("clip", A, at="09:00:10", start_ns=0, end_ns=1).absent == "left out by the selection"
    assert told("merge", A, B, at="09:00:30").value == 150.0
    found = told("shift", A, at="10:00:10", offset=Period(1, "hour"))
    assert found.value == 130.0 and found.rule == "the sample 1 hour earlier"


def test_stored_samples() -> None:
    source = MemorySource({1: A.samples})
    node = Read((SeriesRef(1, A.key),), 0, 2**62)
    found = explain(node, source, time_ns=time_of("09:00:10"))
    assert found.function == "read" and found.value == 130.0
    assert explain(node, source, time_ns=0).absent == "no sample is stored at that time"


def test_there_is_no_such_series() -> None:
    with pytest.raises(MissingFault):
        told("rate", A, at="09:00:10", index=1)


def test_limits_hold() -> None:
    node = apply("interpolate", Given((A,)), period=Period(1, "millisecond"), **WINDOW)
    with pytest.raises(LimitFault):
        explain(node, NOTHING, Limits(samples_out=1000), time_ns=0)
