"""When tasks run and which periods they compute: the specification's table, clock changes, month ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.periods import Period
from apps.algebra.times import MAX_TIME_NS, NS_PER_HOUR, NS_PER_MINUTE, UNIT_NS, parse_iso
from apps.errors import LimitFault
from apps.tasks.schedule import Window, fire_after, period_edges, run_window


def at(text: str) -> int:
    """``2024-05-14``, ``2024-05-14T09:21`` or longer, in UTC."""
    date, _, clock = text.partition("T")
    clock += ":00" * (2 - clock.count(":")) if clock else "00:00:00"
    return parse_iso(f"{date}T{clock}Z")


def edges(sampling: str, start: str, end: str, zone: str = "UTC") -> list[int]:
    found = period_edges(at(start), at(end) - 1, sampling=Period.parse(sampling), zone=zone)
    assert found.dtype == np.int64
    return found.tolist()


#: Sampling, start and end of the window, zone, edges of the periods.
TABLE = [
    (
        "20 millisecond", "2024-05-14T09:21:33.118", "2024-05-14T09:21:33.150", "UTC",
        ["2024-05-14T09:21:33.100", "2024-05-14T09:21:33.120", "2024-05-14T09:21:33.140",
         "2024-05-14T09:21:33.160"],
    ),
    (
        "15 second", "2024-05-14T09:21:33", "2024-05-14T09:22:31", "UTC",
        ["2024-05-14T09:21:30", "2024-05-14T09:21:45", "2024-05-14T09:22:00", "2024-05-14T09:22:15",
         "2024-05-14T09:22:30", "2024-05-14T09:22:45"],
    ),
    (
        "7 minute", "2024-05-14T09:21:33", "2024-05-14T09:40:00", "UTC",
        ["2024-05-14T09:16", "2024-05-14T09:23", "2024-05-14T09:30", "2024-05-14T09:37", "2024-05-14T09:44"],
    ),
    (
        "6 hour", "2024-05-14T09:21:33", "2024-05-15T01:00", "UTC",
        ["2024-05-14T06:00", "2024-05-14T12:00", "2024-05-14T18:00", "2024-05-15T00:00", "2024-05-15T06:00"],
    ),
    (
        "5 hour", "2024-05-14T09:21:33", "2024-05-14T20:00", "UTC",
        ["2024-05-14T07:00", "2024-05-14T12:00", "2024-05-14T17:00", "2024-05-14T22:00"],
    ),
    (
        "3 day", "2024-05-14", "2024-05-20T01:00", "UTC",
        ["2024-05-14", "2024-05-17", "2024-05-20", "2024-05-23"],
    ),
    ("1 week", "2024-05-14", "2024-05-20T01:00", "UTC", ["2024-05-13", "2024-05-20", "2024-05-27"]),
    ("2 week", "2024-05-14", "2024-05-14T00:01", "UTC", ["2024-05-06", "2024-05-20"]),
    ("3 month", "2024-05-14", "2024-08-01", "UTC", ["2024-04-01", "2024-07-01", "2024-10-01"]),
    ("5 year", "2018-05-14", "2024-08-01", "UTC", ["2015-01-01", "2020-01-01", "2025-01-01"]),
    (
        "1 hour", "2024-05-14T09:21:33", "2024-05-14T10:45", "Asia/Kolkata",
        ["2024-05-14T08:30", "2024-05-14T09:30", "2024-05-14T10:30", "2024-05-14T11:30"],
    ),
    (
        "1 day", "2024-03-30T12:00", "2024-04-01T12:00", "Europe/Paris",
        ["2024-03-29T23:00", "2024-03-30T23:00", "2024-03-31T22:00", "2024-04-01T22:00"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sampling", "start", "end", "zone", "wanted"), TABLE)
def test_the_table_of_the_specification(sampling, start, end, zone, wanted) -> None:
    # The end of a window counts in: the period that holds it is computed too.
    found = period_edges(at(start), at(end), sampling=Period.parse(sampling), zone=zone).tolist()
    assert found == [at(one) for one in wanted]


def test_hours_are_lengths_from_the_zones_own_1970_all_year() -> None:
    winter = edges("6 hour", "2024-01-10T05:00", "2024-01-10T12:00", "Europe/Paris")
    summer = edges("6 hour", "2024-07-10T05:00", "2024-07-10T12:00", "Europe/Paris")
    assert winter == [at(f"2024-01-10T{hour}") for hour in ("05:00", "11:00", "17:00")]
    assert summer == [at(f"2024-07-10T{hour}") for hour in ("05:00", "11:00", "17:00")]


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25)])
def test_days_of_clock_changes_are_as_long_as_they_are(day: str, hours: int) -> None:
    (start, end) = edges("1 day", f"{day}T12:00", f"{day}T13:00", "Europe/Paris")
    assert end - start == hours * NS_PER_HOUR


def test_a_period_ends_where_the_next_begins() -> None:
    on_edge = period_edges(at("2024-05-14"), at("2024-05-14"), sampling=Period(1, "day"), zone="UTC")
    assert on_edge.tolist() == [at("2024-05-14"), at("2024-05-15")]


@given(
    st.sampled_from([("millisecond", 7), ("minute", 7), ("hour", 5), ("day", 3), ("week", 2), ("month", 5)]),
    st.integers(at("1980-01-01"), at("2060-01-01")),
    st.integers(0, 40),
    st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata", "America/Sao_Paulo", "Australia/Lord_Howe"]),
)
def test_any_part_of_a_window_has_the_edges_of_the_whole(step, start_ns, count, zone) -> None:
    sampling = Period(step[1], step[0])
    last_ns = start_ns + count * sampling.fixed_ns
    whole = period_edges(start_ns, last_ns, sampling=sampling, zone=zone)
    assert whole[0] <= start_ns < whole[1]
    assert whole[-2] <= last_ns < whole[-1]
    assert np.all(np.diff(whole) > 0)
    middle_ns = (start_ns + last_ns) // 2
    one = period_edges(middle_ns, middle_ns, sampling=sampling, zone=zone)
    assert len(one) == 2
    assert set(one.tolist()) <= set(whole.tolist())


def test_an_absurd_number_of_periods_is_refused_before_it_is_made() -> None:
    with pytest.raises(LimitFault):
        period_edges(0, at("2024-01-01"), sampling=Period(1, "millisecond"), zone="UTC")


# --- When ---


def fires(every: str, anchor: str, after: str) -> int:
    return fire_after(at(after), anchor_ns=at(anchor), every=Period.parse(every))


def test_the_first_run_comes_one_interval_after_the_task() -> None:
    assert fires("1 hour", "2024-05-14T09:21", "2024-05-14T09:21") == at("2024-05-14T10:21")


def test_runs_that_a_long_run_or_a_stop_passed_are_left_out() -> None:
    assert fires("1 hour", "2024-05-14T09:21", "2024-05-14T12:21") == at("2024-05-14T13:21")
    assert fires("1 hour", "2024-05-14T09:21", "2024-05-14T12:20:59") == at("2024-05-14T12:21")


def test_the_31st_comes_back_after_short_months() -> None:
    found, now = [], "2024-01-31T06:00"
    for _ in range(4):
        now_ns = fires("1 month", "2024-01-31T06:00", now)
        found.append(now_ns)
        now = np.datetime64(now_ns, "ns").astype("M8[s]").item().isoformat()
    assert found == [
        at("2024-02-29T06:00"), at("2024-03-31T06:00"), at("2024-04-30T06:00"), at("2024-05-31T06:00"),
    ]  # fmt: skip


def test_a_clock_that_went_back_finds_earlier_times_of_the_same_schedule() -> None:
    assert fires("1 hour", "2024-05-14T09:21", "2024-05-13T23:50") == at("2024-05-14T00:21")
    assert fires("1 year", "2024-02-29", "2022-06-01") == at("2023-02-28")


@pytest.mark.parametrize(
    "unit", ["millisecond", "second", "minute", "hour", "day", "week", "month", "year"]
)
@given(st.integers(1, 50), st.integers(0, at("2100-01-01")), st.integers(-(10**18), 10**18))
def test_the_next_run_is_the_first_of_its_schedule(unit: str, count: int, anchor_ns: int, away: int) -> None:
    every = Period(count, unit)
    after_ns = anchor_ns + away
    found = fire_after(after_ns, anchor_ns=anchor_ns, every=every)
    assert found > after_ns
    # At most one interval away, with the longest month or leap year.
    assert found - after_ns <= count * UNIT_NS[unit] * 1.04
    assert fire_after(found, anchor_ns=anchor_ns, every=every) > found


def test_the_end_of_time_is_not_passed() -> None:
    assert fire_after(MAX_TIME_NS, anchor_ns=0, every=Period(1000, "year")) == MAX_TIME_NS


# --- Which window ---


def window(now: str, last: str | None, every: str, sampling: str, zone: str = "UTC") -> Window:
    return run_window(
        at(now),
        None if last is None else at(last),
        every=Period.parse(every),
        sampling=Period.parse(sampling),
        zone=zone,
    )


def test_the_first_run_reaches_back_by_interval_and_sampling() -> None:
    # 60 and 15 minutes back is 09:25, in the period of 09:15.
    found = window("2024-05-14T10:40", None, "1 hour", "15 minute")
    assert found == Window(at("2024-05-14T09:15"), at("2024-05-14T10:45"))


def test_a_first_run_that_comes_late_leaves_no_hole() -> None:
    found = run_window(
        at("2024-05-14T18:00"), None, every=Period(1, "hour"), sampling=Period(15, "minute"), zone="UTC",
        first_due_ns=at("2024-05-14T10:40"),
    )  # fmt: skip
    assert found == Window(at("2024-05-14T09:15"), at("2024-05-14T18:15"))


def test_the_period_of_the_last_run_is_computed_again() -> None:
    found = window("2024-05-14T11:40", "2024-05-14T10:40", "1 hour", "15 minute")
    assert found == Window(at("2024-05-14T10:30"), at("2024-05-14T11:45"))


def test_a_daily_sum_every_minute_covers_the_whole_day() -> None:
    found = window("2024-05-14T11:40", "2024-05-14T11:39", "1 minute", "1 day")
    assert found == Window(at("2024-05-14"), at("2024-05-15"))


def test_after_a_long_stop_all_periods_that_were_missed() -> None:
    found = window("2024-05-20T01:00", "2024-05-14T10:40", "1 hour", "1 hour")
    assert found == Window(at("2024-05-14T10:00"), at("2024-05-20T02:00"))


def test_weeks_and_months_work_as_intervals() -> None:
    assert window("2024-05-20T01:00", None, "1 week", "1 day").start_ns == at("2024-05-12")
    assert window("2024-03-31T12:00", None, "1 month", "1 day").start_ns == at("2024-02-28")


def test_a_clock_that_went_back_computes_the_period_of_now() -> None:
    found = window("2024-05-14T09:05", "2024-05-14T10:40", "1 hour", "15 minute")
    assert found.end_ns - found.start_ns == 15 * NS_PER_MINUTE
    assert found.start_ns == at("2024-05-14T09:00")


def test_a_run_in_the_hour_that_comes_twice() -> None:
    # 02:30 summer time and 02:30 winter time in Paris: two periods of half an hour, one hour apart.
    zone = "Europe/Paris"
    early = window("2024-10-27T00:30", "2024-10-27T00:30", "1 hour", "30 minute", zone)
    late = window("2024-10-27T01:30", "2024-10-27T01:30", "1 hour", "30 minute", zone)
    assert late.start_ns - early.start_ns == NS_PER_HOUR
    assert late.end_ns - late.start_ns == 30 * NS_PER_MINUTE
