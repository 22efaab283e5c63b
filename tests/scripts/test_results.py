"""What scripts see and give: examples of the document, results of wrong types, state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.algebra.scripting import ScriptRole
from apps.errors import ExecutionFault
from apps.scripts.pool import ScriptPool
from tests.scripts.conftest import B, Scripts

THREW = "Error during script execution, please check the syntax"
NO_NUMBER = "Script result is not a number"


def test_filters_say_true_or_false(scripts: Scripts) -> None:
    assert scripts.points("value > 1 && timestamp < 1704067209000", "filter") == [0, 1, 0, 0]
    assert scripts.points("return value % 2 === 0;", "filter") == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("role", "script", "told"),
    [
        ("filter", "value", "Script result should be boolean, got class java.lang.Integer"),
        ("filter", "value / 4", "Script result should be boolean, got class java.lang.Double"),
        ("filter", "0 / 0", "Script result should be boolean, got class java.lang.Double"),
        ("filter", "'true'", "Script result should be boolean, got class java.lang.String"),
        ("filter", "null", "Script result should be boolean, got null"),
        ("function", "'x'", "Script result should be number, got class java.lang.String"),
        ("function", "value > 1", "Script result should be number, got class java.lang.Boolean"),
        ("function", "undefined", "Script result should be number, got null"),
        ("function", "var x = 1; if (x > 1) return 2;", "Script result should be number, got null"),
        (
            "function", "[1]",
            "Script result should be number, got class jdk.nashorn.api.scripting.ScriptObjectMirror",
        ),
        (
            "function", "Math.max",
            "Script result should be number, got class jdk.nashorn.api.scripting.ScriptObjectMirror",
        ),
        ("function", "0 / 0", NO_NUMBER),
        ("function", "1 / 0", NO_NUMBER),
        ("function", "nothing + 1", THREW),
        ("function", "throw 'x'; return 1", THREW),
        ("function", "throw null; return 1", THREW),
        ("function", "setTimeout(value) + 1", THREW),
        ("function", "value.x.y", THREW),
    ],
)  # fmt: skip
def test_wrong_results_of_points(scripts: Scripts, role: ScriptRole, script: str, told: str) -> None:
    with pytest.raises(ExecutionFault) as raised:
        scripts.points(script, role)
    assert raised.value.message == told


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('return "x";', "Script result should be number, got class java.lang.String"),
        ("while (true) values.next(); return 1", THREW),
        ("valueArray.size()", THREW),
        ("regression.getN()", THREW),
        ("0 / 0", NO_NUMBER),
    ],
)
def test_wrong_results_of_ranges(scripts: Scripts, script: str, told: str) -> None:
    with pytest.raises(ExecutionFault) as raised:
        scripts.ranges(script)
    assert raised.value.message == told


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "var p = 1; while (values.hasNext()) { p *= values.next().getDoubleValue(); } return p;",
            [12, 10.5],
        ),
        (
            "var a = null, b = null; while (values.hasNext()) { var d = values.next();"
            " if (a === null) a = d.getTimestamp(); b = d.getTimestamp(); } return b - a;",
            [8000, 0],
        ),
        ("return 7;", [7, 7]),
        ("values.next().getLongValue()", [1, 10]),
        ("var d = values.next(); return d.isLong() ? 1 : d.isDouble() ? 2 : 3", [1, 2]),
        ("return valueArray === null ? values.next().getTimestamp() : 0", [B + 1000, B + 12000]),
        # Points outlive the iterator and the call.
        ("if (!this.first) this.first = values.next(); return first.getDoubleValue()", [1, 1]),
    ],
)
def test_iterators(scripts: Scripts, script: str, expected: list[float]) -> None:
    assert scripts.ranges(script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("return valueArray.get(Math.floor(valueArray.size()/2)).getDoubleValue();", [2, 10.5]),
        ("valueArray.length * 10 + valueArray[0].getDoubleValue()", [31, 20.5]),
        ("return valueArray.map(function (d) { return d.getDoubleValue() })"
         ".reduce(function (a, b) { return a + b })", [9, 10.5]),
        ("var s = 0; for (var i in valueArray.slice(0, 2)) s += +i; return s", [1, 0]),
        ("return valueArray.filter(function (d) { return d.isLong() }).length", [3, 0]),
        ("Array.isArray(valueArray) && valueArray instanceof Array ? 1 : 0", [1, 1]),
        ("values === null ? valueArray.concat([1]).length : 0", [4, 2]),
    ],
)  # fmt: skip
def test_arrays(scripts: Scripts, script: str, expected: list[float]) -> None:
    assert scripts.ranges(script, "array") == expected


def test_an_array_has_no_more_points_than_configured(pool_with: Callable[..., ScriptPool]) -> None:
    scripts = Scripts(pool_with(max_batch=2))
    with pytest.raises(ExecutionFault) as raised:
        scripts.ranges("return 1", "array")
    assert raised.value.message == "Number of points in aggregation range exceeds configured limit of 2"
    assert scripts.ranges("return 1") == [1, 1]


def test_an_array_ends_somewhere(scripts: Scripts) -> None:
    with pytest.raises(ExecutionFault, match=THREW):
        scripts.ranges("valueArray.get(7)", "array")


def test_state_lasts_for_a_group_and_no_longer(scripts: Scripts) -> None:
    total = "if (typeof this.t === 'undefined') { this.t = 0; } this.t += value; return this.t;"
    assert scripts.points(total) == [1, 3, 9, 19]
    assert scripts.points("if (typeof n === 'undefined') n = 0; n = n + 1; return n") == [1, 2, 3, 4]
    assert scripts.points(f"'use strict'; {total}") == [1, 3, 9, 19]
    # In one session as well, each group starts afresh, whatever the one before did to the built-ins.
    times, values = np.array([B + 0.0, B + 1.0]), np.array([4.0, 5.0])
    with scripts.pool.session() as session:
        for _ in range(2):
            assert session.points(total, "function", times, values).tolist() == [4, 9]
            session.points("Math.max = Object.prototype.t = value; return 1", "function", times, values)


def test_state_lasts_over_the_pieces_in_which_points_go_over(scripts: Scripts) -> None:
    n = 150_000
    times, values = np.arange(n) * 1000.0 + B, np.ones(n)
    with scripts.pool.session() as session:
        sums = session.points("this.t = (this.t || 0) + value", "function", times, values)
    np.testing.assert_array_equal(sums, np.arange(1, n + 1))


def test_ranges_may_be_larger_than_a_piece(scripts: Scripts) -> None:
    n = 200_000
    times, values = np.arange(n) * 1000.0 + B, np.arange(n) % 7 + 0.5
    lo, hi = np.array([0, 10, 150_000, 150_001]), np.array([10, 150_000, 150_001, n])
    script = "var s = 0; while (values.hasNext()) s += values.next().getDoubleValue(); return s"
    with scripts.pool.session() as session:
        found = session.ranges(script, "range", times, values, np.zeros(n, bool), lo, hi)
    expected = [values[a:b].sum() for a, b in zip(lo, hi, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_no_points_are_fine(scripts: Scripts) -> None:
    none = np.empty(0)
    with scripts.pool.session() as session:
        assert len(session.points("value", "function", none, none)) == 0
        index = np.empty(0, np.int64)
        assert len(session.ranges("return 1", "range", none, none, none, index, index)) == 0
