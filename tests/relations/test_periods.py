"""Periods of GROUP BY: alignment, empty ones, EXTEND."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algebra.periods import Period
from apps.errors import ArgumentFault, LimitFault
from apps.relations.columns import Column, Table, of_values
from apps.relations.context import Context
from apps.relations.date_texts import iso_texts, parse_date
from apps.relations.expressions import Col
from apps.relations.grouping import Aggregate, group
from apps.relations.periods import Periods, fill_periods, period_of
from apps.relations.work import Work
from tests.relations.plain import doubles, texts, wholes

HOUR = Period(1, "hour")


def ns(text: str) -> int:
    return parse_date(text if "-" in text else f"2031-07-08 {text}")


def at(*clock: str) -> Column:
    return of_values("timestamp", [ns(one) for one in clock])


def clock(column: Column) -> list[str | None]:
    shown = iso_texts(column.values)
    return [None if gone else text[11:16] for text, gone in zip(shown, column.nulls, strict=True)]


def test_calendar_keeps_the_period_that_holds_the_lower_bound() -> None:
    times = at("08:50", "09:20")
    found = period_of(times, Periods(HOUR, start_ns=ns("08:30")), Context())
    assert clock(found) == ["08:00", "09:00"]


def test_start_time_and_end_time_count_from_their_bound() -> None:
    times = at("08:50", "09:20", "09:40")
    start = Periods(HOUR, "start_time", ns("08:30"), ns("10:10"))
    assert clock(period_of(times, start, Context())) == ["08:30", "08:30", "09:30"]
    end = Periods(HOUR, "end_time", ns("08:30"), ns("10:10"))
    # The period from 08:10 begins before the lower bound.
    assert clock(period_of(times, end, Context())) == [None, "09:10", "09:10"]
    with pytest.raises(ArgumentFault, match="lower bound"):
        Periods(HOUR, "start_time")
    with pytest.raises(ArgumentFault, match="upper bound"):
        Periods(HOUR, "end_time")


def test_first_value_time_counts_for_each_series() -> None:
    times, series = at("08:10", "09:05", "08:40", "09:45"), texts(*"aabb")
    found = period_of(times, Periods(HOUR, "first_value_time"), Context(), series=series)
    assert clock(found) == ["08:10", "08:10", "08:40", "09:40"]


def test_months_clamp_and_days_follow_the_zone() -> None:
    month = Periods(Period(1, "month"), "start_time", ns("2031-01-30"))
    found = period_of(at("2031-02-01", "2031-03-01", "2031-03-30"), month, Context())
    assert [text[:10] for text in iso_texts(found.values)] == ["2031-01-30", "2031-02-28", "2031-03-30"]
    day = Periods(Period(1, "day"), zone="Europe/Berlin")
    assert clock(period_of(at("12:00"), day, Context())) == ["22:00"]
    zones = texts("Europe/Berlin", "Asia/Tokyo", None)
    found = period_of(at("12:00", "12:00", "12:00"), Periods(Period(1, "day")), Context(), zones=zones)
    assert clock(found) == ["22:00", "15:00", "00:00"]


def grouped(*rows: tuple[str, float]) -> Table:
    return Table.of(period=at(*(row[0] for row in rows)), v=doubles(*(row[1] for row in rows)))


@pytest.mark.parametrize(
    ("mode", "value", "wanted"),
    [
        ("none", None, {"08:00": 1, "11:00": 7}),
        ("previous", None, {"08:00": 1, "09:00": 1, "10:00": 1, "11:00": 7}),
        ("next", None, {"08:00": 1, "09:00": 7, "10:00": 7, "11:00": 7}),
        ("linear", None, {"08:00": 1, "09:00": 3, "10:00": 5, "11:00": 7}),
        ("value", 0, {"08:00": 1, "09:00": 0, "10:00": 0, "11:00": 7}),
    ],
)
def test_missing_periods(mode: str, value: float | None, wanted: dict[str, float]) -> None:
    table = grouped(("08:00", 1.0), ("11:00", 7.0))
    found = fill_periods(table, "period", (), Periods(HOUR), Context(), mode=mode, value=value)
    assert dict(zip(clock(found["period"]), found["v"].tolist(), strict=True)) == wanted


def test_extend_fills_edges_and_not_what_lies_between() -> None:
    table = grouped(("08:00", 1.0), ("11:00", 7.0))
    periods = Periods(HOUR, start_ns=ns("06:30"), end_ns=ns("13:00"))
    found = fill_periods(table, "period", (), periods, Context(), extend=True)
    assert clock(found["period"]) == ["07:00", "08:00", "11:00", "12:00"]
    assert found["v"].tolist() == [1.0, 1.0, 7.0, 7.0]
    both = fill_periods(table, "period", (), periods, Context(), extend=True, mode="value", value=0)
    assert both["v"].tolist() == [0.0, 1.0, 0.0, 0.0, 7.0, 0.0]
    early = grouped(("06:00", 2.0), ("08:00", 1.0))
    kept = fill_periods(early, "period", (), periods, Context(), extend=True, mode="linear")
    assert clock(kept["period"])[:3] == ["06:00", "07:00", "08:00"] and kept["v"].tolist()[1] == 1.5


def test_each_group_is_filled_by_itself() -> None:
    table = Table.of(
        entity=texts("b", "a", "a", "b"), period=at("08:00", "08:00", "10:00", "08:00"), n=wholes(5, 1, 3, 6),
        word=texts("x", "y", "z", "w"),
    ).take([0, 1, 2])  # fmt: skip
    found = fill_periods(table, "period", ("entity",), Periods(HOUR), Context(), mode="previous")
    assert found["entity"].tolist() == list("aaab") and found["n"].tolist() == [1, 1, 3, 5]
    assert found["word"].tolist() == ["y", "y", "z", "x"]
    line = fill_periods(table, "period", ("entity",), Periods(HOUR), Context(), mode="linear")
    assert line["n"].tolist() == [1.0, 2.0, 3.0, 5.0] and line["word"].tolist() == ["y", None, "z", "x"]


def test_the_number_of_periods_is_limited() -> None:
    table = grouped(("08:00", 1.0), ("11:00", 7.0))
    second = Periods(Period(1, "millisecond"))
    with pytest.raises(LimitFault):
        fill_periods(table, "period", (), second, Context(work=Work(max_rows=1000)), mode="previous")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=10), st.sampled_from([7, 15, 60]))
def test_counts_per_period_agree_with_loops(minutes: list[int], length: int) -> None:
    times = of_values("timestamp", [ns("00:00") + minute * 60 * 10**9 for minute in sorted(minutes)])
    table = Table.of(time=times)
    periods = Periods(Period(length, "minute"), start_ns=ns("00:00"))
    table = table.plus(period=period_of(times, periods, Context()))
    found = group(table, {"period": Col("period")}, {"n": Aggregate("count")}, Context(), period="period")
    wanted: dict[int, int] = {}
    for minute in minutes:
        start = minute // length * length
        wanted[start] = wanted.get(start, 0) + 1
    starts = [(start - ns("00:00")) // (60 * 10**9) for start in found["period"].tolist()]
    assert dict(zip(starts, found["n"].tolist(), strict=True)) == wanted
