"""JavaScript over streams: the examples of the Skyminer document, and what makes a stream of the results."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from apps.algebra.execute import execute
from apps.algebra.explain import explain
from apps.algebra.periods import Period
from apps.algebra.plan import Given, apply
from apps.algebra.scripting import script_runner, set_script_runner
from apps.algebra.series import FLOAT, INT, Series
from apps.algebra.source import MemorySource
from apps.errors import ExecutionFault, SyntaxFault
from apps.scripts.pool import ScriptLimits, ScriptPool
from tests.algebra.streams import B, Points, call, stream

TEN = {"period": Period(10, "second"), "start_ns": B, "stamp": "start"}
PARAMS = {"js_filter": {}, "js_function": {}, "js_range": TEN, "js_regression": TEN}
S: Points = [(1000, 1), (4000, 2), (9000, 6), (12000, 10)]


@pytest.fixture(scope="module", autouse=True)
def runner() -> Iterator[ScriptPool]:
    """A runner of this module's own, in place of the one the installation has."""
    before = script_runner()
    pool = ScriptPool(ScriptLimits(seconds=5, max_batch=2, children=2, idle=1))
    set_script_runner(pool)
    yield pool
    set_script_runner(before)
    pool.close()


def one(function: str, series: Series, **params: object) -> Series:
    (result,) = execute(apply(function, Given((series,)), **params), MemorySource({}))
    return result


def pairs(series: Series) -> list[tuple[int, float]]:
    """Points as milliseconds after the base, and value."""
    times_ms = (series.times_ns - B) // 1_000_000
    return list(zip(times_ms.tolist(), series.values.tolist(), strict=True))


def test_filter_keeps_points_as_they_are() -> None:
    kept = one("js_filter", stream(S), script="return value % 2 === 0;")
    assert pairs(kept) == [(4000, 2), (9000, 6), (12000, 10)]
    assert kept.samples.kinds is not None and set(kept.samples.kinds) == {INT}
    assert pairs(one("js_filter", stream(S), script="value > 1 && timestamp < 1704067209000")) == [(4000, 2)]


def test_function_gives_doubles() -> None:
    doubled = one("js_function", stream(S), script="value*2")
    assert pairs(doubled) == [(1000, 2), (4000, 4), (9000, 12), (12000, 20)]
    assert doubled.samples.kinds is None or set(doubled.samples.kinds) == {FLOAT}
    assert pairs(one("js_function", stream([(250, 9)]), script="Math.sqrt(value) + timestamp % 1000")) == [
        (250, 253)
    ]
    total = "if (typeof this.t === 'undefined') { this.t = 0; } this.t += value; return this.t;"
    assert one("js_function", stream(S), script=total).values.tolist() == [1, 3, 9, 19]


@pytest.mark.parametrize(
    ("script", "params", "expected"),
    [
        (
            "var p = 1; while (values.hasNext()) { p *= values.next().getDoubleValue(); } return p;",
            {},
            [(0, 12), (10000, 10)],
        ),
        (
            "var a = null, b = null; while (values.hasNext()) { var d = values.next();"
            " if (a === null) a = d.getTimestamp(); b = d.getTimestamp(); } return b - a;",
            {},
            [(0, 8000), (10000, 0)],
        ),
        ("return 7;", {}, [(0, 7), (10000, 7)]),
        ("return 7;", {"stamp": "first"}, [(1000, 7), (12000, 7)]),
        ("return 7;", {"stamp": "end"}, [(10000, 7), (20000, 7)]),
        ("return values.next().isLong() ? 1 : 0;", {}, [(0, 1), (10000, 1)]),
    ],
)
def test_ranges(script: str, params: dict, expected: list[tuple[int, float]]) -> None:
    assert pairs(one("js_range", stream(S), script=script, **{**TEN, **params})) == expected


def test_arrays() -> None:
    middle = "return valueArray.get(Math.floor(valueArray.size()/2)).getDoubleValue();"
    found = one("js_range", stream(S[1:]), script=middle, allocate_array=True, **TEN)
    assert pairs(found) == [(0, 6), (10000, 10)]
    with pytest.raises(ExecutionFault) as raised:
        one("js_range", stream(S), script="return 1", allocate_array=True, **TEN)
    assert raised.value.message == "Number of points in aggregation range exceeds configured limit of 2"
    assert pairs(one("js_range", stream(S), script="return 1", **TEN)) == [(0, 1), (10000, 1)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("regression.getSlope()*1000", 0.11),
        (
            "return regression.getRegressionSumSquares() / regression.getSumSquaredErrors();",
            2.2407407407407407,
        ),
        ("regression.getN()", 4),
        (
            "if (regression.getN() < 100 || regression.getSumSquaredErrors() == 0) { return 0; }"
            " return regression.getRegressionSumSquares() / regression.getSumSquaredErrors();",
            0,
        ),
    ],
)  # fmt: skip
def test_regressions(script: str, expected: float) -> None:
    series = stream([(0, 1), (10000, 3), (20000, 2), (30000, 5)])
    found = one("js_regression", series, script=script, **{**TEN, "period": Period(1, "minute")})
    assert pairs(found) == [(0, pytest.approx(expected, rel=1e-12))]


def test_wrong_results_are_told_in_the_documents_words() -> None:
    with pytest.raises(ExecutionFault) as raised:
        one("js_range", stream(S), script='return "x";', **TEN)
    assert raised.value.message == "Script result should be number, got class java.lang.String"
    with pytest.raises(SyntaxFault, match=r"^<eval>:1:8 "):
        script_runner().check("value *", "function")


def test_newest_first_walks_backwards() -> None:
    total = "if (typeof this.t === 'undefined') { this.t = 0; } this.t += value; return this.t;"
    turned = one("js_function", stream(S, newest_first=True), script=total)
    assert pairs(turned) == [(1000, 19), (4000, 18), (9000, 16), (12000, 10)]
    first = "this.n = (this.n || 0) + 1; return this.n * 100 + values.next().getDoubleValue()"
    assert pairs(one("js_range", stream(S), script=first, **TEN)) == [(0, 101), (10000, 210)]
    turned = one("js_range", stream(S, newest_first=True), script=first, **TEN)
    assert pairs(turned) == [(0, 206), (10000, 110)]


def test_texts_pass_and_marks_of_gaps_do_not() -> None:
    words = stream([(0, "a"), (5, "b")])
    for function, params in PARAMS.items():
        assert one(function, words, script="throw 1; return 2", **params).samples is words.samples
    holes = stream([(0, 1.0), (10000, None), (20000, 3.0)])
    assert pairs(one("js_function", holes, script="value + 1")) == [(0, 2), (20000, 4)]
    assert pairs(one("js_filter", holes, script="true")) == [(0, 1), (20000, 3)]
    assert pairs(one("js_range", holes, script="return 5", **TEN)) == [(0, 5), (20000, 5)]


def test_points_may_share_times() -> None:
    series = stream([(0, 1.0), (0, 2.0), (0, 3.0)])
    assert pairs(one("js_function", series, script="value * 10")) == [(0, 10), (0, 20), (0, 30)]
    assert pairs(one("js_filter", series, script="value !== 2")) == [(0, 1), (0, 3)]
    assert pairs(one("js_range", series, script="values.next().getDoubleValue()", **TEN)) == [(0, 1)]


@pytest.mark.parametrize("function", PARAMS)
def test_no_points_give_none(function: str) -> None:
    assert len(one(function, stream([]), script="return 1", **PARAMS[function])) == 0


@pytest.mark.parametrize("function", PARAMS)
def test_input_stays_as_it_was(function: str) -> None:
    series = stream([(0, 1.0), (4000, 2.0), (12000, 10.0)])
    series.times_ns.flags.writeable = series.values.flags.writeable = False
    before = pairs(series)
    one(function, series, script="return true" if function == "js_filter" else "return 1", **PARAMS[function])
    assert pairs(series) == before


def test_each_stream_has_an_environment_of_its_own() -> None:
    total = "this.t = (this.t || 0) + value; return this.t"
    node = apply("js_function", Given((stream(S), stream(S[:2]))), script=total)
    both = execute(node, MemorySource({}))
    assert [series.values.tolist() for series in both] == [[1, 3, 9, 19], [1, 3]]


def test_functions_work_without_an_executor() -> None:
    (doubled,) = call("js_function", stream(S), script="value * 2")
    np.testing.assert_array_equal(doubled.values, [2, 4, 12, 20])


def test_what_fails_gives_its_process_back() -> None:
    # The runner has two: a third query would wait for one in vain.
    for _ in range(3):
        with pytest.raises(ExecutionFault):
            one("js_function", stream(S), script="nothing")
    assert len(one("js_function", stream(S), script="value")) == 4


def test_steps_and_streams_of_a_query_share_one_time_limit(runner: ScriptPool) -> None:
    short = ScriptPool(ScriptLimits(seconds=0.5, children=1))
    set_script_runner(short)
    # One call takes some 20 ms of CPU time: in time for each stream, and too long for a thousand.
    busy = "for (var i = 0; i < 1e6; i++) {} return value"
    try:
        assert len(one("js_function", stream(S[:1]), script=busy)) == 1
        node = apply("js_function", Given((stream(S[:1]),) * 1000), script=busy)
        with pytest.raises(ExecutionFault, match=r"exceeded the time limit of 0\.5 seconds"):
            execute(node, MemorySource({}))
    finally:
        set_script_runner(runner)
        short.close()


def test_results_are_accounted_for() -> None:
    node = apply("js_range", Given((stream(S),)), script="return 7;", **TEN)
    told = explain(node, MemorySource({}), time_ns=B)
    assert [sample.value for sample in told.inputs] == [1, 2, 6]
    assert "7" in told.arithmetic
    node = apply("js_function", Given((stream(S),)), script="value*2")
    told = explain(node, MemorySource({}), time_ns=B + 4_000_000_000)
    assert (told.value, [sample.value for sample in told.inputs]) == (4, [2])
