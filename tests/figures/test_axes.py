from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from apps.figures.axes import iso_utc, time_axis, value_axis, zone_ticks
from apps.figures.format import number_format


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) * 10**9


def test_the_repeated_hour_gets_its_tick_twice():
    times, texts = zone_ticks(ns("2019-10-26T22:00"), ns("2019-10-27T06:00"), "Europe/Vienna", 8)
    assert texts == ["00:00<br>Oct 27, 2019", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00", "06:00"]
    assert set(np.diff(times).tolist()) == {3600 * 10**9}


def test_the_hour_that_is_left_out_gets_no_tick():
    _, texts = zone_ticks(ns("2019-03-30T22:00"), ns("2019-03-31T04:00"), "Europe/Vienna", 8)
    assert texts == ["23:00<br>Mar 30, 2019", "00:00<br>Mar 31", "01:00", "03:00", "04:00", "05:00"]


def test_days_start_at_the_midnight_of_the_zone():
    times, texts = zone_ticks(ns("2019-03-28T00:00"), ns("2019-04-03T00:00"), "Europe/Vienna", 8)
    assert texts[:2] == ["Mar 29<br>2019", "Mar 30"]
    assert [iso_utc(at)[11:16] for at in times] == ["23:00", "23:00", "23:00", "22:00", "22:00", "22:00"]


def test_decades_are_named_by_their_year():
    assert zone_ticks(ns("1960-01-01T00:00"), ns("2020-01-01T00:00"), "UTC", 8)[1][:2] == ["1960", "1970"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
@pytest.mark.parametrize("exponent", range(19))
def test_any_span_gives_a_handful_of_rising_ticks(zone, exponent):
    start = ns("2018-05-24T10:43")
    times, texts = zone_ticks(start, start + 10**exponent, zone, 10)
    assert len(times) == len(texts) <= 14
    assert all(np.diff(times) > 0)
    assert all(start <= at < start + 10**exponent for at in times)


def test_the_ends_of_time_don_t_break_the_axis():
    axis = time_axis(-(2**63), 2**63 - 1, "Europe/Vienna", 800, {})
    assert axis["range"][0].startswith("1677-")


def axis_of(values, settings=None, form="", **more):
    given = {"right": False, "from_zero": False, "unit": None} | more
    return value_axis(settings or {}, columns=[np.array(values, float)], form=number_format(form), **given)


def test_soft_bounds_widen_and_hard_bounds_cut():
    assert axis_of([10, 20], {"min-range": "0"})["range"][0] == 0
    assert axis_of([-5, 20], {"min-range": "0"})["range"][0] < -5
    assert axis_of([10, 2000], {"max-range-force": "100", "min-range-force": "0"})["range"] == [0, 100]


def test_zero_is_in_the_range_for_columns_and_not_for_lines():
    assert axis_of([10, 20])["rangemode"] == "normal"
    assert axis_of([10, 20], from_zero=True)["rangemode"] == "tozero"


def test_bytes_stand_at_powers_of_two():
    axis = axis_of([0, 5_000_000], form="bytes")
    assert axis["ticktext"][:3] == ["0 B", "1 MiB", "2 MiB"]


def test_bad_numbers_in_settings_count_as_unset():
    assert "range" not in axis_of([1, 2], {"min-range": "nan", "max-range": "a lot", "ticks": "1e999"})


def test_the_zero_line_shows_when_values_cross_it():
    assert axis_of([-1, 1])["zeroline"] is True
    assert axis_of([1, 2])["zeroline"] is False


def test_an_axis_section_stands_over_the_settings_of_the_widget():
    own = {"title": "Load", "min": "0", "max-force": "50", "format": "bytes"}
    axis = axis_of([10, 20], {"axis-title": "old", "min-range": "5"}, own=own)
    assert axis["title"]["text"] == "Load"
    assert axis["range"] == [0, 50]
    assert axis["ticktext"][-1].endswith("B")
    right = axis_of([10, 20], {"min-range-right": "5"}, right=True, own={"min": "-5"})
    assert right["range"][0] == -5


def test_an_axis_is_as_wide_as_delta_asks_for_and_gives_way_to_data():
    assert axis_of([9, 11], own={"delta": "10"})["range"] == [5, 15]
    assert axis_of([100, 100], own={"delta-percent": "20"})["range"] == [90, 110]
    assert "range" not in axis_of([0, 100], own={"delta": "10"})
