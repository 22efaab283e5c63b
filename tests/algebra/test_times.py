"""Wall clocks and calendars against zoneinfo and datetime, one time after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.times import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    add_units,
    floor_unit,
    format_iso_ms,
    local_to_utc,
    parse_iso,
    utc_to_local,
    zone_info,
)
from apps.errors import ArgumentFault

ZONES = [
    "UTC", "Europe/Vienna", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
]  # fmt: skip
SECONDS = st.integers(-(10**9), 3 * 10**9)
EPOCH = datetime(1970, 1, 1)


def at(text: str) -> int:
    return parse_iso(text + "Z")


def iso(time_ns: int) -> str:
    return format_iso_ms(np.array([time_ns]))[0]


@given(st.lists(SECONDS, max_size=5), st.sampled_from(ZONES))
def test_clock_of_a_zone(seconds: list[int], zone: str) -> None:
    offsets = [datetime.fromtimestamp(s, ZoneInfo(zone)).utcoffset() for s in seconds]
    expected = [s + int(offset.total_seconds()) for s, offset in zip(seconds, offsets, strict=True)]
    got = utc_to_local(np.array(seconds, np.int64) * 10**9, zone)
    assert (got // 10**9).tolist() == expected


@given(st.lists(SECONDS, max_size=5), st.sampled_from(ZONES))
def test_readings_of_a_clock(seconds: list[int], zone: str) -> None:
    readings = [(EPOCH + timedelta(seconds=s)).replace(tzinfo=ZoneInfo(zone)) for s in seconds]
    expected = [s - int(r.utcoffset().total_seconds()) for s, r in zip(seconds, readings, strict=True)]
    got = local_to_utc(np.array(seconds, np.int64) * 10**9, zone)
    assert (got // 10**9).tolist() == expected


@given(st.integers(MIN_TIME_NS, MAX_TIME_NS - 1))
def test_iso_texts_read_back(time_ns: int) -> None:
    text = iso(time_ns)
    assert parse_iso(text) == time_ns // 10**6 * 10**6
    assert text == (EPOCH + timedelta(milliseconds=time_ns // 10**6)).isoformat(timespec="milliseconds") + "Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-04-05T06:07:08Z", "2031-04-05T06:07:08.000Z"),
        ("2031-04-05T06:07:08.009876Z", "2031-04-05T06:07:08.009Z"),
        ("2031-04-05T06:07:08+01:23", "2031-04-05T04:44:08.000Z"),
        ("2031-04-05T06:07:08-0200", "2031-04-05T08:07:08.000Z"),
        ("1000-01-01T00:00:00Z", "1678-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "2262-01-01T00:00:00.000Z"),
    ],
)
def test_iso_dates_read(text: str, expected: str) -> None:
    assert iso(parse_iso(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["2031-04-05", "2031-04-05 06:07:08Z", "2031-04-05T06:07:08", "2031-04-05T06:07Z", "1467383000000", "",
     "2031-02-30T00:00:00Z", "2031-04-05T06:07:08+3123", "2031-04-05T06:07:08PST", "x" * 10**6,
     "２031-04-05T06:07:08Z"],
)  # fmt: skip
def test_what_is_no_iso_date(text: str) -> None:
    with pytest.raises(ArgumentFault):
        parse_iso(text)


def test_truncated_to_milliseconds() -> None:
    assert parse_iso("1969-12-31T23:59:59.9999Z", step_ns=10**6) == -(10**6)


@pytest.mark.parametrize(
    ("text", "count", "unit", "clamp", "expected"),
    [
        ("2031-01-31T00:00:00", 1, "month", True, "2031-02-28"),
        ("2019-01-31T00:00:00", 1, "month", False, "2019-03-03"),
        ("2019-03-31T00:00:00", -1, "month", False, "2019-03-03"),
        ("2016-02-29T00:00:00", 1, "year", False, "2017-03-01"),
        ("2016-02-29T00:00:00", 1, "year", True, "2017-02-28"),
        ("2017-01-01T00:00:00", 1, "quarter", True, "2017-04-01"),
        ("2017-01-01T00:00:00", 99999, "quarter", True, "2262-01-01"),
        ("2017-01-01T00:00:00", -(10**30), "day", True, "1678-01-01"),
        ("2017-01-01T00:00:00", 10**30, "millisecond", True, "2262-01-01"),
    ],
)
def test_calendar_arithmetic(text: str, count: int, unit: str, clamp: bool, expected: str) -> None:
    assert iso(add_units(at(text), count, unit, clamp=clamp))[:10] == expected


def test_hours_are_lengths_or_clock_readings() -> None:
    noon = at("2019-03-30T11:00:00")  # 12:00 in Vienna, the clock changes in the night
    zone = "Europe/Vienna"
    assert iso(add_units(noon, 24, "hour", zone=zone))[11:16] == "11:00"
    assert iso(add_units(noon, 24, "hour", zone=zone, wall_clock=True))[11:16] == "10:00"
    assert iso(add_units(noon, 1, "day", zone=zone))[11:16] == "10:00"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("minute", "2019-06-11T10:15"), ("hour", "2019-06-11T10:00"), ("day", "2019-06-11T00:00"),
     ("week", "2019-06-10T00:00"), ("month", "2019-06-01T00:00"), ("quarter", "2019-04-01T00:00"),
     ("year", "2019-01-01T00:00")],
)  # fmt: skip
def test_starts_of_units(unit: str, expected: str) -> None:
    assert iso(floor_unit(at("2019-06-11T10:15:20"), unit))[:16] == expected


@pytest.mark.parametrize("name", ["Europe/Wien", "../../etc/passwd", "Europe", "", "x" * 5000, "a\x00b"])
def test_unknown_zones_are_named(name: str) -> None:
    with pytest.raises(ArgumentFault):
        zone_info(name)


@pytest.mark.parametrize(
    ("name", "same_as", "hours"),
    [
        ("GMT+1", "Etc/GMT-1", 1),
        ("UTC-5", "Etc/GMT+5", -5),
        ("+03:00", "Etc/GMT-3", 3),
        ("-0330", None, -3.5),
        ("gmt+05:45", None, 5.75),
        ("UT+18", None, 18),
        ("GMT-0", "UTC", 0),
        ("EST", None, -5),
        ("MST", None, -7),
        ("PST", "America/Los_Angeles", None),
        ("CTT", "Asia/Shanghai", None),
        ("Z", "UTC", 0),
        ("Etc/GMT+1", None, -1),
    ],
)
def test_zones_by_distance_and_by_short_names(name, same_as, hours):
    times = np.arange(-20, 60, dtype=np.int64) * 300 * 86_400 * 10**9
    local = utc_to_local(times, name)
    if same_as is not None:
        assert local.tolist() == utc_to_local(times, same_as).tolist()
    if hours is not None:
        assert set((local - times).tolist()) == {int(hours * 3600) * 10**9}
        assert local_to_utc(local, name).tolist() == times.tolist()
    assert floor_unit(int(times[50]), "day", name) <= times[50]


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "GMT+", "GMT+19", "+18:01", "UTC+1:60", "+3:0", "+999999999999", "GMT+1\n", "GMT++1",
        "EDT", "America", "../../etc/passwd", "/etc/localtime", "nul\0", "\ud800", "x" * 100_000,
        "GMT+" + "1" * 100_000, "GMT+\u0661", "tzdata.zi",
    ],
)  # fmt: skip
def test_hostile_zones_are_refused(name):
    with pytest.raises(ArgumentFault, match="there is no time zone"):
        zone_info(name)
