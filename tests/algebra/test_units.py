"""Units follow the arithmetic; what is not known is not claimed."""

from __future__ import annotations

import pytest

from apps.algebra.expr import nodes
from apps.algebra.periods import Period
from apps.algebra.units import Unit, infer_unit, parse_unit, rate_unit
from apps.dialects.charts.formula import parse_formula

UNITS = {"used": "bytes", "size": "B", "time": "seconds", "hits": "requests", "temp": "°C", "load": "%"}


def unit_of(node: nodes.Node) -> Unit | None:
    if isinstance(node, nodes.Call) and isinstance(node.arguments[0], nodes.Text):
        return parse_unit(UNITS.get(node.arguments[0].value))
    return None


def unit(text: str) -> str | None:
    found = infer_unit(parse_formula(text), unit_of)
    return None if found.unit is None else found.unit.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value('used') - previous('used')", "B"),
        ("value('used') + value('size')", "B"),
        ("value('used') / value('size')", ""),
        ("value('used') / value('size') * 100", "%"),
        ("100 * value('used') / value('size')", "%"),
        ("(value('used') / value('size') - 1) * 100", "%"),
        ("100 - 100 * value('used') / value('size')", "%"),
        ("value('used') / value('time')", "B/s"),
        ("value('used') / value('time') * 60", "B/min"),
        ("value('used') * 8", "bit"),
        ("value('used') / 1024 / 1024", "MiB"),
        ("value('used') / 2", "B"),
        ("-value('used')", "B"),
        ("value('used') / 86400", None),
        ("value('hits') / value('time')", "requests/s"),
        ("value('time') * 1000", "ms"),
        ("1 / value('time')", "1/s"),
        ("value('time') * value('time')", "s^2"),
        ("Math.max(0, value('used'))", "B"),
        ("Math.log(value('used'))", None),
        ("value('used') > 5 ? value('used') : null", "B"),
        ("value('used') || 0", "B"),
        ("var x = value('used'); if (x > 1) return x; else return x - 1", "B"),
        ("value('unknown') + value('used')", None),
        ("value('unknown') / value('used')", None),
        ("value('temp') - 32", "°C"),
        ("value('load') * value('size')", None),
        ("42", None),
    ],
)
def test_the_unit_of_a_formula(text: str, expected: str | None) -> None:
    assert unit(text) == expected


def test_different_units_are_not_added() -> None:
    found = infer_unit(parse_formula("value('temp') + value('used') - value('size')"), unit_of)
    (clash,) = found.clashes
    assert (clash.left, clash.right, clash.node.operator) == ("°C", "B", "+") and found.unit is None


@pytest.mark.parametrize(
    ("unit_text", "period", "expected"),
    [
        ("bytes", Period(1, "second"), "B/s"),
        ("bytes", Period(1, "minute"), "B/min"),
        ("requests", Period(5, "minute"), "requests/5 min"),
        ("bytes", Period(0, "second"), "bytes"),
        ("bytes", None, "bytes"),
        (None, Period(1, "second"), None),
        ("m", Period(1, "second"), "m/s"),
    ],
)
def test_the_unit_of_a_rate(unit_text: str | None, period: Period | None, expected: str | None) -> None:
    assert rate_unit(unit_text, period) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bytes per second", "B/s"), ("B/s", "B/s"), ("m^2", "m^2"), ("kW·h", "h·kW"), ("people", "people")],
)
def test_units_are_read_as_they_are_written(text: str, expected: str) -> None:
    found = parse_unit(text)
    assert found is not None and found.text == expected


@pytest.mark.parametrize("text", ["", "   ", None, "/", "x" * 101])
def test_what_is_no_unit_is_none(text: str | None) -> None:
    assert parse_unit(text) is None
