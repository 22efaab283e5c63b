"""CSV insert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import SeriesKey
from apps.dialects.atsd.csv_body import parse_csv
from apps.errors import ArgumentFault

TAGS = (("a", "b"),)


def test_columns_become_series():
    text = "\ufefftime, Inner Temp ,load\r\n 1 , 2.5,\n\n3,NaN,7\n"
    first, second = parse_csv(text, "e", TAGS)
    assert first[0] == SeriesKey("inner_temp", "e", TAGS)
    assert first[1].times_ns.tolist() == [10**6, 3 * 10**6]
    assert second[0].metric == "load"
    assert (second[1].times_ns.tolist(), second[1].values.tolist()) == ([3 * 10**6], [7.0])


def test_dates():
    ((_, samples),) = parse_csv("date,m\n1970-01-01T00:00:01Z,1\n1970-01-01T00:00:00+00:00,2", "e", ())
    assert samples.values.tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Empty first row"),
        ("\n1,2", "Empty first row"),
        ("time\n1", "CSV must have at least 2 columns"),
        ("time,m", "No data"),
        ("time,m\n1,\n", "No data"),
        ("when,m\n1,2", "the first column must be time or date, not 'when'"),
        ("time,m,M\n1,2,3", "the metric 'm' has two columns"),
        ("time,m\n1,2,3", "line 2 has 3 cells, the first line 2"),
        ("time,m\n1,x", "line 2, m: 'x' is not a number"),
        ("time,m\nx,1", "line 2, time: 'x' is not a time in milliseconds"),
        ("date,m\n1,1", "line 2, date: '1' is not a date such as 2031-04-05T06:00:00Z"),
        ("time,m\n-1,1", "Negative timestamp"),
        ("time,\n1,1", "Empty metric"),
    ],
)
def test_faults(text, message):
    with pytest.raises(ArgumentFault) as caught:
        parse_csv(text, "e", ())
    assert caught.value.message == message


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text):
    for body in (text, "time,m\n" + text):
        try:
            parse_csv(body, "e", ())
        except ArgumentFault as fault:
            assert fault.message
