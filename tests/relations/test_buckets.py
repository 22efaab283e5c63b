"""time_bucket in all its forms, ranges and intervals, with the numbers that TimescaleDB gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.errors import ArgumentFault
from apps.relations.buckets import bucket, bucket_in_zone
from apps.relations.casts import cast
from apps.relations.columns import Table, constant, of_values
from apps.relations.context import Context
from apps.relations.date_texts import iso_texts, parse_date
from apps.relations.evaluate import evaluate
from apps.relations.expressions import Arithmetic, Call, Cast, Col, Const
from apps.relations.intervals import Interval, interval_text, parse_interval
from tests.relations.plain import value_of


def ts(text: str) -> Const:
    return Const(parse_date(text), "timestamp")


def interval(text: str) -> Cast:
    return Cast(Const(text), "interval")


def bucketed(*arguments: object) -> int | None:
    nodes = (argument if hasattr(argument, "at") else Const(argument) for argument in arguments)
    return value_of(Call("time_bucket", tuple(nodes)))


@pytest.mark.parametrize(
    ("width", "time", "start"),
    [
        ("15 min", "2024-03-10 07:14:59.999999", "2024-03-10 07:00"),
        ("15 min", "2024-03-10 07:15", "2024-03-10 07:15"),
        ("7 min", "2024-03-10 07:15", "2024-03-10 07:12"),
        ("7 hours", "2024-03-10 07:15", "2024-03-10 03:00"),
        ("90 s", "2024-03-10 07:16:29", "2024-03-10 07:15:00"),
        ("250 ms", "2024-03-10 07:16:29.749999", "2024-03-10 07:16:29.5"),
        ("36 hours", "2024-03-10 07:15", "2024-03-09"),
        ("1.5 days", "2024-03-10 07:15", "2024-03-09"),
        ("5 days", "2024-03-10 07:15", "2024-03-07"),
        ("1 week", "2024-03-10 07:15", "2024-03-04"),
        ("2 weeks", "2024-03-10 07:15", "2024-02-26"),
        ("1 month", "2024-03-10 07:15", "2024-03-01"),
        ("5 months", "2024-03-10 07:15", "2024-03-01"),
        ("1 year", "2024-03-10", "2024-01-01"),
        ("3 years", "2024-03-10", "2024-01-01"),
        ("1 decade", "2024-02-29", "2020-01-01"),
        ("1 century", "2024-02-29", "2000-01-01"),
        ("1 century", "1999-12-31", "1900-01-01"),
        ("15 min", "1999-12-31 23:59", "1999-12-31 23:45"),
        ("7 min", "1969-07-20 20:17:40", "1969-07-20 20:16"),
        ("5 months", "1969-07-20 20:17:40", "1969-03-01"),
    ],
)
def test_widths(width: str, time: str, start: str) -> None:
    assert bucketed(interval(width), ts(time)) == parse_date(start)


@pytest.mark.parametrize(
    ("width", "time", "extra", "start"),
    [
        ("1 week", "2024-03-10", ts("2000-01-02"), "2024-03-10"),
        ("2 months", "2024-03-10", ts("2000-02-17"), "2024-02-01"),
        ("1 hour", "2024-03-10 07:15", ts("2024-03-10 00:10"), "2024-03-10 07:10"),
        ("1 day", "2024-03-10 07:15", interval("9 hours"), "2024-03-09 09:00"),
        ("1 day", "2024-03-10 10:15", interval("9 hours"), "2024-03-10 09:00"),
        ("1 month", "2024-03-10 10:15", interval("14 days"), "2024-02-15"),
        ("1 month", "2024-03-20 10:15", interval("14 days"), "2024-03-15"),
        ("1 month", "2024-03-30 10:15", interval("-1 day"), "2024-02-29"),
        ("1 month", "2024-03-31 10:15", interval("-1 day"), "2024-03-31"),
    ],
)
def test_origins_and_offsets(width: str, time: str, extra: object, start: str) -> None:
    assert bucketed(interval(width), ts(time), extra) == parse_date(start)


@pytest.mark.parametrize(
    ("width", "time", "start"),
    [
        ("1 day", "2024-03-31 12:00", "2024-03-30 23:00"),
        ("1 day", "2024-10-27 23:30", "2024-10-27 23:00"),
        ("6 hours", "2024-03-31 12:00", "2024-03-31 10:00"),
        ("6 hours", "2024-10-27 04:30", "2024-10-26 22:00"),
        ("1 hour", "2024-10-27 00:30", "2024-10-27 00:00"),
        ("1 hour", "2024-10-27 01:30", "2024-10-27 01:00"),
        ("2 hours", "2024-03-31 01:30", "2024-03-31 01:00"),
        ("1 month", "2024-03-31 23:00", "2024-03-31 22:00"),
        ("1 week", "2024-03-31 12:00", "2024-03-24 23:00"),
    ],
)
def test_buckets_of_a_wall_clock(width: str, time: str, start: str) -> None:
    assert bucketed(interval(width), ts(time), "Europe/Berlin") == parse_date(start)


def test_origin_is_local_and_offset_is_not() -> None:
    zone, time = Const("America/New_York"), ts("2024-03-10 12:00")
    origin = ts("2000-01-01 11:00")  # 06:00 in New York
    assert bucketed(interval("1 day"), time, zone, origin) == parse_date("2024-03-10 10:00")
    late = bucketed(interval("1 day"), time, zone, None, interval("6 hours"))
    assert late == parse_date("2024-03-10 11:00")


@pytest.mark.parametrize(
    ("value", "offset", "start"), [(7, 3, 3), (2, 3, -7), (-3, -13, -3), (-3, None, -10), (10, 0, 10)]
)
def test_whole_numbers(value: int, offset: int | None, start: int) -> None:
    rest = () if offset is None else (offset,)
    assert bucketed(10, value, *rest) == start


def test_nulls_and_ends() -> None:
    assert bucketed(None, ts("2024-01-01")) is None
    assert bucketed(interval("1 day"), Const(None, "timestamp")) is None
    assert bucketed(interval("1 day"), ts("infinity")) == parse_date("infinity")
    assert bucketed(interval("1 day"), ts("2024-03-10"), None) is None


@pytest.mark.parametrize(
    ("width", "time", "message"),
    [
        ("0 s", ts("2024-01-01"), "period must be greater than 0"),
        ("-1 day", ts("2024-01-01"), "period must be greater than 0"),
        ("1 month 1 day", ts("2024-01-01"), "month intervals cannot have day or time component"),
        ("1 hour", Cast(ts("2024-01-01"), "date"), "interval must not have sub-day precision"),
        ("36 hours", Cast(ts("2024-01-01"), "date"), "interval must be a multiple of a day"),
        ("1 quarter", ts("2024-01-01"), "invalid input syntax for type interval"),
        ("1 century", ts("1680-01-01"), "timestamp out of range"),
    ],
)
def test_bad_widths(width: str, time: object, message: str) -> None:
    with pytest.raises(ArgumentFault, match=message):
        bucketed(interval(width), time)


@pytest.mark.parametrize(
    ("width", "time", "start", "end"),
    [
        ("15 min", "2024-06-01 00:07", "2024-06-01 00:00", "2024-06-01 00:15"),
        ("1 month", "2024-01-31", "2024-01-01", "2024-02-01"),
        ("2 months", "2023-12-31", "2023-11-01", "2024-01-01"),
        ("1 day", "2020-10-25 00:30", "2020-10-25", "2020-10-26"),
    ],
)
def test_ranges_of_buckets(width: str, time: str, start: str, end: str) -> None:
    found = value_of(Call("time_bucket_range", (interval(width), ts(time))))
    assert found == (parse_date(start), parse_date(end))


def test_ranges_of_a_wall_clock() -> None:
    found = value_of(
        Call("time_bucket_range", (interval("1 day"), ts("2024-03-31 12:00"), Const("Europe/Berlin")))
    )
    assert found == (parse_date("2024-03-30 23:00"), parse_date("2024-03-31 22:00"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("15 min", (0, 0, 900_000_000)),
        ("1 hour 30 min", (0, 0, 5_400_000_000)),
        ("2.5 minutes", (0, 0, 150_000_000)),
        ("1.5 days", (0, 1, 43_200_000_000)),
        ("-2 weeks", (0, -14, 0)),
        ("01:30:00.25", (0, 0, 5_400_250_000)),
        ("-00:00:01", (0, 0, -1_000_000)),
        ("1 year 2 mons", (14, 0, 0)),
        ("250us", (0, 0, 250)),
        ("1 decade", (120, 0, 0)),
        ("1 day ago", (0, -1, 0)),
    ],
)
def test_intervals_are_read(text: str, wanted: tuple[int, int, int]) -> None:
    assert parse_interval(text) == wanted
    assert parse_interval(interval_text(parse_interval(text))) == wanted


@pytest.mark.parametrize("text", ["", "15", "min", "1 fortnight", "1 h 2", "1::2", "9" * 300])
def test_bad_intervals(text: str) -> None:
    with pytest.raises(ArgumentFault, match="invalid input syntax"):
        parse_interval(text)


def test_times_and_intervals_add_up() -> None:
    moved = value_of(Arithmetic("+", ts("2024-01-31"), interval("1 month 1 day")))
    assert iso_texts(np.array([moved]))[0] == "2024-03-01T00:00:00.000Z"
    assert value_of(Arithmetic("-", ts("2024-03-31"), interval("1 month"))) == parse_date("2024-02-29")
    assert value_of(Arithmetic("*", interval("1 day"), Const(1.5))) == (0, 1, 43_200_000_000)


def test_ranges_are_read_and_printed() -> None:
    span = cast(constant("[2024-01-01,2024-01-02]", 1), "range")
    assert span.tolist() == [(parse_date("2024-01-01"), parse_date("2024-01-02") + 1000)]
    assert value_of(Cast(Cast(Const("[2024-01-01,2024-01-02)"), "range"), "varchar")) == (
        "[2024-01-01T00:00:00.000Z,2024-01-02T00:00:00.000Z)"
    )
    made = value_of(Call("tstzrange", (ts("2024-01-01"), ts("2024-01-02"))))
    assert made == (parse_date("2024-01-01"), parse_date("2024-01-02"))
    with pytest.raises(ArgumentFault, match="less than or equal"):
        cast(constant("[2024-01-02,2024-01-01)", 1), "range")


# --- Against one time at a time -----------------------------------------------------------------------

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slow_bucket(at: datetime, width: timedelta) -> datetime:
    origin = datetime(2000, 1, 3, tzinfo=at.tzinfo)
    return origin + (at - origin) // width * width


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from([1, 7, 60, 900, 3600, 25_200, 86_400, 604_800]),
)
def test_buckets_agree_with_datetime(at: datetime, seconds: int) -> None:
    at = at.replace(tzinfo=UTC)
    time_ns = (at - EPOCH) // timedelta(microseconds=1) * 1000
    found = bucket(np.array([time_ns]), Interval(0, 0, seconds * 1_000_000))[0]
    assert found == (slow_bucket(at, timedelta(seconds=seconds)) - EPOCH) // timedelta(microseconds=1) * 1000


def slow_local(at: datetime, width: timedelta, zone: ZoneInfo) -> datetime:
    wall = slow_bucket(at.astimezone(zone).replace(tzinfo=None), width)
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    exists_twice = late > early
    found = late if exists_twice else early
    while found > at:
        found -= width
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(datetime(2024, 3, 28), datetime(2024, 4, 2))
    | st.datetimes(datetime(2024, 10, 25), datetime(2024, 11, 5)),
    st.sampled_from([900, 3600, 7200, 21_600, 86_400]),
    st.sampled_from(ZONES),
)
def test_wall_clocks_agree_with_zoneinfo(at: datetime, seconds: int, zone: str) -> None:
    at = at.replace(tzinfo=UTC)
    time_ns = (at - EPOCH) // timedelta(microseconds=1) * 1000
    found = bucket_in_zone(np.array([time_ns]), Interval(0, 0, seconds * 1_000_000), zone)[0]
    wanted = slow_local(at, timedelta(seconds=seconds), ZoneInfo(zone))
    assert found == (wanted - EPOCH) // timedelta(microseconds=1) * 1000


def test_a_column_of_times() -> None:
    times = of_values("timestamp", [parse_date("2024-06-01 00:07"), None, parse_date("2024-06-01 00:16")])
    found = evaluate(Call("time_bucket", (Const("15 min"), Col("ts"))), Table.of(ts=times), Context())
    assert found.tolist() == [parse_date("2024-06-01"), None, parse_date("2024-06-01 00:15")]
