"""Dates and calendar expressions, at a frozen clock: Saturday 2031-03-15T10:20:30Z."""

import pytest

from apps.dialects.atsd.dates import format_iso, parse_date, parse_iso
from apps.errors import ArgumentFault
from tests.dialects.atsd.bench import NOW_NS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2031-03-15T10:20:30"),
        ("NOW - 90 * Minutes", "2031-03-15T08:50:30"),
        ("current_minute", "2031-03-15T10:20:00"),
        ("current_hour", "2031-03-15T10:00:00"),
        ("previous_hour", "2031-03-15T09:00:00"),
        ("next_minute", "2031-03-15T10:21:00"),
        ("today", "2031-03-15T00:00:00"),
        ("yesterday", "2031-03-14T00:00:00"),
        ("tomorrow", "2031-03-16T00:00:00"),
        ("current_week", "2031-03-10T00:00:00"),
        ("next_week", "2031-03-17T00:00:00"),
        ("first_day", "2031-03-01T00:00:00"),
        ("previous_month", "2031-02-01T00:00:00"),
        ("current_quarter", "2031-01-01T00:00:00"),
        ("previous_quarter", "2030-10-01T00:00:00"),
        ("next_year", "2032-01-01T00:00:00"),
        ("monday", "2031-03-10T00:00:00"),
        ("sat", "2031-03-15T00:00:00"),
        ("sunday", "2031-03-09T00:00:00"),
        ("current_working_day", "2031-03-14T00:00:00"),
        ("previous_working_day", "2031-03-14T00:00:00"),
        ("next_working_day", "2031-03-17T00:00:00"),
        ("first_working_day", "2031-03-03T00:00:00"),
        ("last_working_day", "2031-03-31T00:00:00"),
        ("next_vacation_day", "2031-03-16T00:00:00"),
        ("current_month - 1 * day", "2031-02-28T00:00:00"),
        ("2031-01-31", "2031-01-31T00:00:00"),
        ("2031-01-31 10:20", "2031-01-31T10:20:00"),
        ("2031-04-05T06:07:08.0099+01:23", "2031-04-05T04:44:08.009"),
        ("2031-04-05T06:07:08-0030", "2031-04-05T06:37:08"),
    ],
)
def test_values(text, expected):
    padded = expected if "." in expected else f"{expected}.000"
    assert format_iso(parse_date(text, NOW_NS)) == f"{padded}Z"


def test_days_are_days_of_the_zone():
    assert format_iso(parse_date("today", NOW_NS, "Asia/Kolkata")) == "2031-03-14T18:30:00.000Z"
    after_change = parse_iso("2031-03-31T10:00:00Z")
    midnight = parse_date("today - 1 * day", after_change, "Europe/Vienna")
    assert format_iso(midnight) == "2031-03-29T23:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "", "tuesday-ish", "now -", "now - 1", "now - 1 * fortnight", "current_fortnight",
        "2031-02-30T00:00:00Z", "2031-01-01T00:00Z", "2031-01-01T00:00:00", "1467383000000",
        "2031-01-01T00:00:00 CET", "now" + " - 1 * day" * 500, "٢٠٣١-٠١-٠١",
    ],
)  # fmt: skip
def test_faults(text):
    with pytest.raises(ArgumentFault):
        parse_date(text, NOW_NS)
