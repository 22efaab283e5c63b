"""Periods read and printed, grids in every alignment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.periods import Grid, Period, occupied_grid, period_grid
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, format_iso_ms, parse_iso
from apps.errors import ArgumentFault, LimitFault

UNITS = ["millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"]


def at(text: str) -> int:
    return parse_iso(text + "Z")


def grid(period: str, start: str, end: str, **options: object) -> Grid:
    return period_grid(Period.parse(period), at(start), at(end), **options)


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [("1 minute", 1, "minute"), ("10 minutes", 10, "minute"), ("1-DAY", 1, "day"), ("15 MIN", 15, "minute"),
     ("1.5 hour", 1.5, "hour"), ("2.0 hour", 2, "hour"), ("-1 day", -1, "day"), ("5s" "ec", 5, "second")],
)  # fmt: skip
def test_read(text: str, count: float, unit: str) -> None:
    assert Period.parse(text) == Period(count, unit)


@pytest.mark.parametrize(
    "text", ["", "minute", "5", "1 fortnight", "1e9 day", ".5 day", "9" * 500 + " day", "1 day x"]
)
def test_not_a_period(text: str) -> None:
    with pytest.raises(ArgumentFault):
        Period.parse(text)


@pytest.mark.parametrize("count", [float("nan"), float("inf"), 1e300, 10**400, True, "5", None])
def test_not_a_count(count: object) -> None:
    with pytest.raises(ArgumentFault):
        Period(count, "day")


@given(st.integers(1, 10**6), st.sampled_from(UNITS))
def test_printed_periods_read_back(count: int, unit: str) -> None:
    assert Period.parse(str(Period(count, unit))) == Period(count, unit)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("20 minute", ["2031-07-08T13:20", "2031-07-08T13:40"]),
        ("50 minute", ["2031-07-08T13:50", "2031-07-08T14:40", "2031-07-08T15:30"]),
        ("5 hour", ["2031-07-08T15:00", "2031-07-08T20:00"]),
        ("3 day", ["2031-07-10T00:00", "2031-07-13T00:00"]),
        ("1 week", ["2031-07-14T00:00", "2031-07-21T00:00"]),
        ("4 month", ["2031-09-01T00:00", "2032-01-01T00:00"]),
        ("10 year", ["2040-01-01T00:00", "2050-01-01T00:00"]),
    ],
)
def test_calendar_alignment(period: str, expected: list[str]) -> None:
    made = grid(period, "2031-07-08T13:10:00", "2060-01-01T00:00:00")
    assert [text[:16] for text in format_iso_ms(made.starts[: len(expected)])] == expected
    held = grid(period, "2031-07-08T13:10:00", "2060-01-01T00:00:00", first="keep")
    assert held.starts[0] <= at("2031-07-08T13:10:00") < held.ends[0]
    assert np.array_equal(held.starts[1:], made.starts)


def test_months_from_the_start_are_clamped_each_from_the_start() -> None:
    made = grid("1 month", "2031-01-31T00:00:00", "2031-05-01T00:00:00", align="start_time")
    assert [text[5:10] for text in format_iso_ms(made.starts)] == ["01-31", "02-28", "03-31", "04-30"]


def test_months_to_the_end_are_clamped_each_from_the_end() -> None:
    made = grid("1 month", "2031-01-15T00:00:00", "2031-05-31T00:00:00", align="end_time")
    assert [text[5:10] for text in format_iso_ms(made.starts)] == ["01-31", "02-28", "03-31", "04-30"]
    assert made.ends[-1] == at("2031-05-31T00:00:00")


def test_days_of_a_clock_change() -> None:
    made = grid("1 day", "2019-03-29T23:00:00", "2019-04-01T22:00:00", zone="Europe/Vienna")
    assert (np.diff(made.starts) // 3_600_000_000_000).tolist() == [24, 23]


def test_a_day_that_a_zone_skipped_has_no_period() -> None:
    made = grid("1 day", "2011-12-29T10:00:00", "2012-01-01T10:00:00", zone="Pacific/Apia")
    assert len(made) == 3
    assert bool(np.all(made.ends > made.starts))


def test_a_midnight_that_does_not_exist() -> None:
    # Sao Paulo, 2018-11-04: the clock went from 24:00 to 01:00, the day has 23 hours
    made = grid("1 day", "2018-11-03T03:00:00", "2018-11-06T02:00:00", zone="America/Sao_Paulo")
    assert [text[11:16] for text in format_iso_ms(made.starts)] == ["03:00", "03:00", "02:00"]


@pytest.mark.parametrize("count", [1, 7, 10**5, 10**9, 10**15])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("align", ["calendar", "start_time", "end_time"])
def test_no_length_overflows(count: int, unit: str, align: str) -> None:
    for cover in ((0, 0), (MIN_TIME_NS, MIN_TIME_NS), (MAX_TIME_NS - 1, MAX_TIME_NS - 1)):
        made = period_grid(
            Period(count, unit), MIN_TIME_NS, MAX_TIME_NS, align=align, first="keep", cover=cover
        )
        assert bool(np.all(made.ends > made.starts))
        assert all(made.starts <= cover[0]) and all(made.ends > cover[0])


def test_a_billion_points_fail_at_once() -> None:
    with pytest.raises(LimitFault) as caught:
        grid("1 millisecond", "2000-01-01T00:00:00", "2030-01-01T00:00:00")
    assert caught.value.data["asked"] > 10**9


@pytest.mark.parametrize(
    "period", [Period(0, "minute"), Period(-1, "day"), Period(1.5, "month"), Period(0.2, "nanosecond")]
)
def test_what_makes_no_grid(period: Period) -> None:
    with pytest.raises(ArgumentFault):
        period_grid(period, 0, 10**12)


@given(
    st.lists(st.integers(0, 10**11), min_size=1, max_size=20, unique=True),
    st.integers(1, 50),
    st.sampled_from(["calendar", "start_time", "end_time", "first_value_time"]),
    st.sampled_from(["discard", "keep"]),
)
def test_sparse_grids_are_the_occupied_periods_of_dense_ones(
    times: list[int], count: int, align: str, first: str
) -> None:
    column = np.array(sorted(times), np.int64)
    period, start, end = Period(count, "millisecond"), int(column[0]) - 7, int(column[-1]) + 11
    sparse = occupied_grid(period, start, end, column, align=align, first=first)
    dense = period_grid(
        period, start, end, align=align, first=first, anchor_ns=int(column[0]),
        cover=(int(column[0]), int(column[-1])), max_points=0,
    )  # fmt: skip
    lo, hi = np.searchsorted(column, dense.starts), np.searchsorted(column, dense.ends)
    occupied = set(dense.starts[hi > lo].tolist())
    lo, hi = np.searchsorted(column, sparse.starts), np.searchsorted(column, sparse.ends)
    assert set(sparse.starts[hi > lo].tolist()) == occupied
