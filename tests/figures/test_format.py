from __future__ import annotations

import math

import pytest

from apps.figures.format import number_format, plain_number


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        ("", 237.0, "237"),
        ("", 1_234_567.25, "1,234,567"),
        ("", 0.1 + 0.2, "0.3"),
        ("", 0.000123456789, "0.000123457"),
        ("", -12.5, "−12.5"),
        ("", -0.0, "0"),
        ("numeric", 1234.5, "1,234.5"),
        ("bytes", 123_456, "120.56 KiB"),
        ("kilobytes", 2048, "2 MiB"),
        ("%", 0.04, "4%"),
        ("percent", 10.23, "10%"),
        ("percent(1)", 10.23, "10.2%"),
        ("fraction(2)", 0.2324, "23.24%"),
        ("fixed(2)", 3.14159, "3.14"),
        ("fixed(0)", 12345.6, "12345"),
        ("fixed(2)", 0.29, "0.29"),
        ("decimal(2)", 3.10, "3.1"),
        ("round(-1)", 12.34, "10"),
        ("precise(3)", 0.5, "0.500"),
        ("'$' + currency('million')", 6.3, "$6.3M"),
        ("currency", 6_300_000, "6.3M"),
        ("intervalFormat('%dd %H:%M')(value*1000)", 90_061, "1d 01:01"),
        ("%b-%d %H:%M:%S", 1_527_158_580_000, "May-24 10:43:00"),
        ("kilohertz", 1500, "1.5 MHz"),
        ("million watt", 2.5, "2.5 MW"),
        ("thousands", 2.5, "2.5K"),
        ("fixed(value/1000, 1)", 12_345, "12.3"),
        ("iso", 1_527_158_580_000, "2018-05-24T10:43:00.000"),
    ],
)
def test_named_forms(form, value, text):
    assert number_format(form).text(value) == text


@pytest.mark.parametrize("form", ["", "bytes", "%", "percent(1)", "fixed(2)", "currency", "iso", "text"])
def test_every_form_survives_what_is_no_number(form):
    write = number_format(form).text
    assert write(math.nan) == "–"
    assert write(math.inf) == "∞"
    assert write(-math.inf) == "−∞"
    for extreme in (1e308, -1e308, 5e-324, 0.0):
        assert isinstance(write(extreme), str)


def test_a_date_pattern_keeps_the_zone():
    assert number_format("%H:%M", "Europe/Vienna").text(1_527_158_580_000) == "12:43"


@pytest.mark.parametrize("form", ["value > 5 ? 'high' : 'low'", "x" * 600, "<script>", "fixed(value/0, 1)"])
def test_what_is_no_named_form_is_left_to_others(form):
    assert number_format(form) is None


def test_whole_numbers_stay_whole():
    assert plain_number(999_999_999_999.0) == "999,999,999,999"


@pytest.mark.parametrize(
    ("spec", "value", "text"),
    [
        (".2f", 3.14159, "3.14"),
        (",d", 12345.6, "12,346"),
        (".1%", 0.1234, "12.3%"),
        (".3s", 42_500.0, "42.5k"),
        ("03d", 7.0, "007"),
        ("+.1f", 2.0, "+2.0"),
        (",.2f", -1234.5, "−1,234.50"),
        (".3r", 12345.6, "12300"),
        (".4~f", 2.5, "2.5"),
    ],
)
def test_patterns_of_d3(spec: str, value: float, text: str) -> None:
    form = number_format(f"d3.format('{spec}')(value)")
    assert form is not None
    assert form.text(value) == text
    assert form.d3 == spec


@pytest.mark.parametrize("word", ["json", "text"])
def test_raw_numbers_read_as_javascript_writes_them(word: str) -> None:
    form = number_format(word)
    assert form is not None
    assert [form.text(one) for one in (1234567.0, -10234.0, 0.25)] == ["1234567", "-10234", "0.25"]
