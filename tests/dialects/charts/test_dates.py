"""Vectors obtained by running the official date library."""

from __future__ import annotations

import numpy as np
import pytest

from apps.dialects.charts.dates import parse_date
from apps.errors import ArgumentFault

TUESDAY = "2019-06-11T10:15:20"


def at(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def read(expression: str, now: str = TUESDAY, zone: str = "UTC") -> str:
    time_ns = parse_date(expression, now_ns=at(now), zone=zone)
    return str(np.datetime64(time_ns, "ns").astype("M8[ms]")).replace(".000", "")


VECTORS = """
2016-06-09T12:00:00+0200 | 2016-06-09T10:00:00
2016-06-09 12:00:00-03 | 2016-06-09T15:00:00
2016-6-9 | 2016-06-09T00:00:00
2020-03 | 2020-03-01T00:00:00
2020 | 2020-01-01T00:00:00
01-03 | 2019-01-03T00:00:00
03 | 2019-06-03T00:00:00
16:17:18.190 | 2019-06-11T16:17:18.190
2016-13-45 | 2016-12-31T00:00:00
2016-02-30 | 2016-02-29T00:00:00
25:70 | 2019-06-12T02:10:00
date("2016-06-09") | 2016-06-09T00:00:00
16:17 | 2019-06-11T16:17:00
16:17:18 | 2019-06-11T16:17:18
now | 2019-06-11T10:15:20
time | 2019-06-11T10:15:20
date | 2019-06-11T10:15:20
current_hour | 2019-06-11T10:00:00
today | 2019-06-11T00:00:00
previous_day | 2019-06-10T00:00:00
current_month | 2019-06-01T00:00:00
current_year | 2019-01-01T00:00:00
next_day | 2019-06-12T00:00:00
mon | 2019-06-10T00:00:00
tuesday | 2019-06-11T00:00:00
wed | 2019-06-05T00:00:00
thursday | 2019-06-06T00:00:00
thu | 2019-06-06T00:00:00
friday | 2019-06-07T00:00:00
fri | 2019-06-07T00:00:00
saturday | 2019-06-08T00:00:00
sat | 2019-06-08T00:00:00
sunday | 2019-06-09T00:00:00
current_minute | 2019-06-11T10:15:00
previous_minute | 2019-06-11T10:14:00
previous_hour | 2019-06-11T09:00:00
yesterday | 2019-06-10T00:00:00
current_week | 2019-06-10T00:00:00
previous_week | 2019-06-03T00:00:00
first_day | 2019-06-01T00:00:00
previous_month | 2019-05-01T00:00:00
current_quarter | 2019-04-01T00:00:00
previous_quarter | 2019-01-01T00:00:00
previous_year | 2018-01-01T00:00:00
last_day | 2019-06-30T00:00:00
monday | 2019-06-10T00:00:00
tue | 2019-06-11T00:00:00
wednesday | 2019-06-05T00:00:00
sun | 2019-06-09T00:00:00
next_minute | 2019-06-11T10:16:00
next_hour | 2019-06-11T11:00:00
tomorrow | 2019-06-12T00:00:00
next_week | 2019-06-17T00:00:00
next_month | 2019-07-01T00:00:00
next_quarter | 2019-07-01T00:00:00
next_year | 2020-01-01T00:00:00
current_working_day | 2019-06-11T00:00:00
previous_working_day | 2019-06-10T00:00:00
next_working_day | 2019-06-12T00:00:00
previous_vacation_day | 2019-06-09T00:00:00
next_vacation_day | 2019-06-15T00:00:00
first_working_day | 2019-06-03T00:00:00
first_vacation_day | 2019-06-01T00:00:00
last_working_day | 2019-06-28T00:00:00
last_vacation_day | 2019-06-30T00:00:00
current_hour - 15 min | 2019-06-11T09:45:00
current_day+1*day-2*hour | 2019-06-11T22:00:00
current_hour + 1.5 hour | 2019-06-11T11:00:00
current_hour + 0.5 hour | 2019-06-11T10:00:00
current_day + 1.5 day | 2019-06-12T00:00:00
2019-01-31 + 1 month | 2019-03-03T00:00:00
2019-03-31 - 1 month | 2019-03-03T00:00:00
2016-02-29 + 1 year | 2017-03-01T00:00:00
2019-01-31 + 1 month - 1 month | 2019-02-03T00:00:00
2017-01-01 + 1 quarter | 2017-04-01T00:00:00
now - 1 HOUR | 2019-06-11T09:15:20
monday + 1 day | 2019-06-11T00:00:00
CURRENT_DAY | 2019-06-11T00:00:00
2016-06-09 - 1 day | 2016-06-08T00:00:00
2016-06-09 12:00 - 1 hour | 2016-06-09T11:00:00
2016-06-09 12:00 -03 | 2016-06-09T15:00:00
"""


@pytest.mark.parametrize("row", VECTORS.strip().splitlines())
def test_vectors_in_utc(row):
    expression, expected = (part.strip() for part in row.split("|"))
    assert read(expression) == expected


VIENNA = """
2019-03-30 12:00 + 1 day | 2019-03-31T10:00:00
2019-03-30 12:00 + 24 hour | 2019-03-31T10:00:00
2019-03-31 02:30 | 2019-03-31T01:30:00
2019-10-27 02:30 | 2019-10-27T00:30:00
"""


@pytest.mark.parametrize("row", VIENNA.strip().splitlines())
def test_vectors_across_clock_changes(row):
    expression, expected = (part.strip() for part in row.split("|"))
    assert read(expression, zone="Europe/Vienna") == expected


OTHER_DAYS = """
2019-06-08 | current_working_day | 2019-06-07
2019-06-08 | previous_working_day | 2019-06-07
2019-06-08 | next_working_day | 2019-06-10
2019-06-08 | next_vacation_day | 2019-06-09
2019-06-08 | previous_vacation_day | 2019-06-02
2019-06-08 | saturday | 2019-06-08
2019-06-08 | sunday | 2019-06-02
2019-06-08 | monday | 2019-06-03
2019-06-08 | current_week | 2019-06-03
2019-06-08 | next_week | 2019-06-10
2019-06-09 | current_working_day | 2019-06-07
2019-06-09 | previous_working_day | 2019-06-07
2019-06-09 | previous_vacation_day | 2019-06-08
2019-06-09 | next_vacation_day | 2019-06-15
2019-06-09 | current_week | 2019-06-03
2019-06-09 | next_week | 2019-06-10
2019-06-10 | previous_working_day | 2019-06-07
2019-06-10 | previous_vacation_day | 2019-06-09
2019-06-10 | next_working_day | 2019-06-11
2019-06-10 | next_vacation_day | 2019-06-15
2019-06-14 | next_working_day | 2019-06-17
2019-06-14 | next_vacation_day | 2019-06-15
2019-06-14 | previous_vacation_day | 2019-06-09
"""


@pytest.mark.parametrize("row", OTHER_DAYS.strip().splitlines())
def test_vectors_on_other_days(row):
    now, expression, expected = (part.strip() for part in row.split("|"))
    assert read(expression, now=f"{now}T10:00:00") == f"{expected}T00:00:00"


@pytest.mark.parametrize(
    "expression",
    ["current_day - .5 day", "5 day", "May 2016", "2016-06-09T12:00:00", "2016-06-09T12:00:00PST",
     "2019 6 9", "+1 day", "", "current_dya", "current_day - 1 parsec", "9999999999", "0000-01-01",
     "now" + " - 1 day" * 1000, "now - 99999999999999999999 day"],
)  # fmt: skip
def test_what_is_not_a_date_is_refused(expression):
    with pytest.raises(ArgumentFault):
        read(expression)
