"""Functions of times: patterns, calendars, zones, working days."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault
from apps.relations.columns import Table
from apps.relations.context import Calendar, Context, NoLookups
from apps.relations.date_patterns import date_pattern
from apps.relations.date_texts import iso_texts, parse_date, read_date
from apps.relations.evaluate import evaluate
from apps.relations.expressions import Call, Col, Const
from tests.relations.plain import texts, value_of, wholes


def ms(text: str) -> Const:
    return Const(parse_date(text) // 1_000_000)


def call(name: str, *values: object, context: Context | None = None) -> object:
    nodes = tuple(value if isinstance(value, Const) else Const(value) for value in values)
    return value_of(Call(name, nodes), context)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2031-04-05T06:07:08.009Z", "2031-04-05T06:07:08.009Z"),
        ("2031-04-05T06:07:08+01:30", "2031-04-05T04:37:08.000Z"),
        ("2031-04-05T06:07:08-0130", "2031-04-05T07:37:08.000Z"),
        ("2031-04-05 06:07:08.5", "2031-04-05T06:07:08.500Z"),
        ("2031-04-05", "2031-04-05T00:00:00.000Z"),
        ("2031-04", "2031-04-01T00:00:00.000Z"),
        ("2031", "2031-01-01T00:00:00.000Z"),
    ],
)
def test_date_literals(text: str, wanted: str) -> None:
    assert iso_texts(np.array([parse_date(text)]))[0] == wanted
    assert read_date("2031-07-05 12:00", "Europe/Berlin") == parse_date("2031-07-05 10:00")


@pytest.mark.parametrize(
    "text", ["", "2031-13-01", "2031-02-30", "soon", "2031-04-05T06", "2031-04-05T06:07:08+99:00"]
)
def test_bad_date_literals(text: str) -> None:
    with pytest.raises(ArgumentFault, match="Invalid date value"):
        parse_date(text)


@pytest.mark.parametrize(
    ("pattern", "zone", "wanted"),
    [
        (None, None, "2018-06-07T09:05:03.042Z"),
        ("yyyy-MM-dd HH:mm:ss", "UTC", "2018-06-07 09:05:03"),
        ("yyyy-MM-ddTHH:mm:ssZZ", "Europe/Vienna", "2018-06-07T11:05:03+02:00"),
        ("yyyy-MM-ddTHH:mm:ssZZ", "UTC", "2018-06-07T09:05:03Z"),
        ("yy MMM MMMM d D", "UTC", "18 Jun June 7 158"),
        ("E EEEE eee u w Q", "UTC", "Thu Thursday Thu 4 23 2"),
        ("h:mm a", "Europe/Vienna", "11:05 AM"),
        ("HH:mm Z ZZZ XXX z", "America/New_York", "05:05 -0400 America/New_York -04:00 EDT"),
        ("'at' HH 'o''clock' SSS", "UTC", "at 09 o'clock 042"),
    ],
)
def test_date_format(pattern: str | None, zone: str | None, wanted: str) -> None:
    arguments = [one for one in (pattern, zone) if one is not None]
    assert call("date_format", ms("2018-06-07T09:05:03.042Z"), *arguments) == wanted


def test_date_format_takes_the_zone_of_each_row() -> None:
    table = Table.of(t=wholes(0, 0, None), zone=texts("Asia/Tokyo", None, "UTC"))
    found = evaluate(Call("date_format", (Col("t"), Const("HH"), Col("zone"))), table, Context())
    assert found.tolist() == ["09", "00", None]
    assert call("date_format", float("nan")) is None


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("2018-06-07T09:05:03.042Z",), "2018-06-07T09:05:03.042Z"),
        (("07.06.2018 9:05", "dd.MM.yyyy H:mm"), "2018-06-07T09:05Z"),
        (("07 Jun 2018 11:05 PM", "dd MMM yyyy hh:mm a"), "2018-06-07T23:05Z"),
        (("20180607", "yyyyMMdd", "Europe/Vienna"), "2018-06-06T22:00Z"),
        (("2018-06-07 11:05 Europe/Vienna", "yyyy-MM-dd HH:mm ZZZ"), "2018-06-07T09:05Z"),
        (("2018-06-07 11:05 +02:00", "yyyy-MM-dd HH:mm ZZ"), "2018-06-07T09:05Z"),
    ],
)
def test_date_parse(arguments: tuple[str, ...], wanted: str) -> None:
    assert call("date_parse", *arguments) == ms(wanted).value


def test_unreadable_dates_are_null() -> None:
    assert call("date_parse", "yesterday-ish") is None
    assert call("date_parse", "99.99.2018", "dd.MM.yyyy") is None
    with pytest.raises(ArgumentFault, match="unknown letter"):
        call("date_format", 0, "bb")


@pytest.mark.parametrize(
    ("name", "arguments", "zone", "wanted"),
    [
        ("date_round", (ms("2018-06-07T09:47Z"), 20, "minute"), "UTC", "2018-06-07T09:40Z"),
        ("date_round", (ms("2018-06-07T23:30Z"), 1, "day"), "Europe/Vienna", "2018-06-07T22:00Z"),
        ("date_round", (ms("2018-06-07T23:30Z"), 1, "week"), "UTC", "2018-06-04T00:00Z"),
        ("date_round", (ms("2018-06-07T23:30Z"), 4, "month"), "UTC", "2018-05-01T00:00Z"),
        ("date_round", (ms("2018-06-07T23:30Z"), 10, "year"), "UTC", "2010-01-01T00:00Z"),
        ("dateadd", ("month", 1, ms("2018-01-31T00:00Z")), "UTC", "2018-02-28T00:00Z"),
        ("dateadd", ("day", 1, ms("2018-03-24T12:00Z")), "Europe/Vienna", "2018-03-25T11:00Z"),
        ("dateadd", ("hour", 24, ms("2018-03-24T12:00Z")), "Europe/Vienna", "2018-03-25T12:00Z"),
        ("dateadd", ("hours", -2, ms("2018-03-24T12:00Z")), "UTC", "2018-03-24T10:00Z"),
    ],
)
def test_calendar(name: str, arguments: tuple, zone: str, wanted: str) -> None:
    assert call(name, *arguments, context=Context(zone=zone)) == ms(wanted).value


def test_dateadd_keeps_the_form_of_its_argument() -> None:
    assert call("dateadd", "year", 1, "2018-01-01T00:00:00Z") == "2019-01-01T00:00:00.000Z"
    assert call("dateadd", "year", 1, Const(0, "timestamp")) == parse_date("1971-01-01")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("year", 2018), ("quarter", 2), ("month", 6), ("day", 10), ("hour", 21), ("minute", 5), ("second", 3),
     ("dayofweek", 7), ("dayofyear", 161), ("weekofyear", 23)],
)  # fmt: skip
def test_parts(name: str, wanted: int) -> None:
    at = ms("2018-06-10T19:05:03Z")
    assert call(name, at, "Europe/Vienna") == wanted
    assert call("extract", name, at, context=Context(zone="Europe/Vienna")) == wanted


class WithCalendar(NoLookups):
    def calendar(self, name: str) -> Calendar | None:
        free, worked = frozenset({"2018-07-04"}), frozenset({"2018-07-07"})
        return Calendar(worked, free) if name == "usa" else None


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("is_weekday", (ms("2018-07-04"),), True),
        ("is_workday", (ms("2018-07-04"),), False),
        ("is_workday", (ms("2018-07-07"),), True),
        ("is_weekday", (ms("2018-07-07"),), False),
        ("workday", (ms("2018-07-03T10:00"), 1), ms("2018-07-05").value),
        ("workday", (ms("2018-07-08"), -1), ms("2018-07-07").value),
        ("workday", (ms("2018-07-08"), 1), ms("2018-07-09").value),
        ("weekday", (ms("2018-07-06"), 1), ms("2018-07-09").value),
        ("workday_count", (ms("2018-07-02"), ms("2018-07-09")), 5),
    ],
)
def test_working_days(name: str, arguments: tuple, wanted: object) -> None:
    assert call(name, *arguments, context=Context(calendar="usa", lookups=WithCalendar())) == wanted


def test_unknown_calendars_are_faults() -> None:
    with pytest.raises(ArgumentFault, match="not found"):
        call("is_workday", 0, "mars")


def test_clock_and_calendar_expressions_come_from_the_context() -> None:
    context = Context(
        now_ns=parse_date("2018-06-07T09:05:03.042Z"),
        instant=lambda text, zone: len(text + zone) * 1_000_000,
    )
    assert call("now", context=context) == ms("2018-06-07T09:05:03.042Z").value
    assert call("endtime", "current_day", "UTC", context=context) == 14
    assert call("dbtimezone", context=Context(zone="Asia/Tokyo")) == "Asia/Tokyo"


def test_literals_are_known_without_rows() -> None:
    table = Table.of(t=wholes())
    moved = evaluate(Call("dateadd", (Const("day"), Const(1), Col("t"))), table, Context())
    assert moved.type == "bigint" and moved.tolist() == []
    assert evaluate(Call("extract", (Const("year"), Col("t"))), table, Context()).type == "bigint"
    with pytest.raises(ArgumentFault, match="Unknown time unit"):
        evaluate(Call("dateadd", (Const("eon"), Const(1), Col("t"))), table, Context())


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/Vienna", "Asia/Kolkata"]),
)
def test_what_is_printed_is_read(at: datetime, zone: str) -> None:
    moment = at.replace(tzinfo=ZoneInfo("UTC"), microsecond=at.microsecond // 1000 * 1000)
    time_ns = parse_date(moment.isoformat())
    pattern = date_pattern("yyyy-MM-dd HH:mm:ss.SSS ZZ")
    written = pattern.write(np.array([time_ns]), zone)[0]
    local = moment.astimezone(ZoneInfo(zone))
    assert written.startswith(local.strftime("%Y-%m-%d %H:%M:%S"))
    assert pattern.read(written, zone) == time_ns
    shape = date_pattern("EEE D w u")
    iso = local.isocalendar()
    day = local.strftime("%a")
    wanted = f"{day} {local.timetuple().tm_yday} {iso.week} {iso.weekday}"
    assert shape.write(np.array([time_ns]), zone)[0] == wanted
