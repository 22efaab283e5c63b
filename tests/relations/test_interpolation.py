"""WITH INTERPOLATE: the grid of each series and interval, and DETAIL after an outer join."""

from __future__ import annotations

import math

import pytest

from apps.algebra.periods import Period
from apps.errors import ExecutionFault, LimitFault
from apps.relations.columns import Column, Table, of_values
from apps.relations.context import Context
from apps.relations.date_texts import iso_texts, parse_date
from apps.relations.interpolation import Interpolation, fill_detail, interpolate_rows
from apps.relations.work import Work
from tests.relations.plain import doubles, texts, wholes

QUARTER = Period(15, "minute")


def ns(clock: str) -> int:
    return parse_date(f"2031-04-05 {clock}")


def at(*clocks: str) -> Column:
    return of_values("timestamp", [ns(clock) for clock in clocks])


def series(*rows: tuple, entity: str = "e") -> Table:
    return Table.of(
        time=at(*(row[0] for row in rows)),
        value=doubles(*(row[1] for row in rows)),
        text=texts(*(row[2] if len(row) > 2 else None for row in rows)),
        entity=texts(*[entity] * len(rows)),
    )


RAW = series(("06:05", 10.0, "a"), ("06:20", 40.0), ("06:50", 10.0, "b"))


def shown(table: Table) -> list[tuple]:
    clocks = [text[11:16] for text in iso_texts(table["time"].values)]
    return list(zip(clocks, table["value"].tolist(), strict=True))


def interpolated(rule: Interpolation, *interval: str, table: Table = RAW, text: str | None = None) -> Table:
    intervals = [(ns(interval[0]), ns(interval[1]) + 1)] if interval else ()
    return interpolate_rows(table, rule, Context(), series=["entity"], intervals=intervals, text=text)


def test_previous_with_a_constant_around() -> None:
    found = interpolated(Interpolation(QUARTER, "previous", fill=math.nan), "06:00", "07:15")
    clocks = ("06:00", "06:15", "06:30", "06:45", "07:00", "07:15")
    values = (math.nan, 10.0, 40.0, 40.0, 10.0, math.nan)
    assert repr(shown(found)) == repr(list(zip(clocks, values, strict=True)))
    assert found["entity"].tolist() == ["e"] * 6


def test_linear_and_its_edges() -> None:
    assert shown(interpolated(Interpolation(QUARTER), "06:00", "07:15")) == [
        ("06:15", 30.0), ("06:30", 30.0), ("06:45", 15.0),
    ]  # fmt: skip
    edge = interpolated(Interpolation(QUARTER, fill="edge"), "06:00", "07:00")
    assert shown(edge)[0] == ("06:00", 10.0) and shown(edge)[-1] == ("07:00", 10.0)


def test_outer_neighbours_and_empty_intervals() -> None:
    inner = interpolated(Interpolation(QUARTER), "06:10", "06:45")
    outer = interpolated(Interpolation(QUARTER, boundary="outer"), "06:10", "06:45")
    assert [clock for clock, _ in shown(inner)] == []
    assert shown(outer) == [("06:15", 30.0), ("06:30", 30.0), ("06:45", 15.0)]
    nothing = interpolated(Interpolation(QUARTER, boundary="outer", fill=0.0), "06:25", "06:45")
    assert nothing.rows == 0


def test_without_bounds_the_range_is_that_of_the_rows() -> None:
    assert shown(interpolated(Interpolation(QUARTER, "previous")))[-1] == ("07:00", 10.0)
    filled = shown(interpolated(Interpolation(QUARTER, fill="edge")))
    assert filled[0] == ("06:00", 10.0) and filled[-1] == ("07:00", 10.0)


def test_texts_are_carried_until_a_row_without_one() -> None:
    found = interpolated(Interpolation(QUARTER, "previous", fill="edge"), "06:00", "07:15", text="text")
    assert found["text"].tolist() == ["a", "a", None, None, "b", "b"]


def test_each_series_by_itself_and_each_interval() -> None:
    other = series(("06:10", 1.0), ("06:40", 4.0), entity="f")
    both = Table(
        {name: of_values(RAW[name].type, RAW[name].tolist() + other[name].tolist()) for name in RAW.names}, 5
    )
    intervals = [(ns("06:00"), ns("06:31")), (ns("06:35"), ns("07:00"))]
    rule = Interpolation(QUARTER, boundary="outer")
    found = interpolate_rows(both, rule, Context(), series=["entity"], intervals=intervals)
    assert list(zip(found["entity"].tolist(), shown(found), strict=True)) == [
        ("e", ("06:15", 30.0)), ("e", ("06:30", 30.0)), ("e", ("06:45", 15.0)),
        ("f", ("06:15", 1.5)), ("f", ("06:30", 3.0)),
    ]  # fmt: skip


def test_times_in_milliseconds_stay_so() -> None:
    table = RAW.plus(time=wholes(*(time // 10**6 for time in RAW["time"].tolist())))
    assert interpolated(Interpolation(QUARTER), table=table)["time"].tolist()[0] == ns("06:15") // 10**6


def test_each_series_has_its_zone() -> None:
    two = Table.of(
        time=at("06:00", "07:00", "06:00", "07:00"), value=doubles(0, 60, 0, 60), entity=texts(*"eeff"),
        zone=texts("Asia/Kolkata", "Asia/Kolkata", None, None),
    )  # fmt: skip
    rule = Interpolation(Period(1, "hour"))
    found = interpolate_rows(two, rule, Context(), series=["entity"], zone="zone")
    # Hours of Kolkata begin at half past those of UTC.
    assert shown(found) == [("06:30", 30.0), ("06:00", 0.0), ("07:00", 60.0)]


def test_faults() -> None:
    with pytest.raises(ExecutionFault, match="same time"):
        interpolated(Interpolation(QUARTER), table=series(("06:00", 1.0), ("06:00", 2.0)))
    with pytest.raises(LimitFault):
        interpolate_rows(
            RAW, Interpolation(Period(1, "millisecond")), Context(work=Work(max_rows=100)), series=["entity"]
        )


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (Interpolation(None), [None, 1.0, 2.0, 3.0, None, None]),
        (Interpolation(None, "previous"), [None, 1.0, 1.0, 3.0, 3.0, None]),
        (Interpolation(None, fill="edge"), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0]),
        (Interpolation(None, fill=0.0), [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]),
    ],
)
def test_detail_fills_what_an_outer_join_left_open(rule: Interpolation, wanted: list) -> None:
    table = Table.of(
        time=at("06:00", "06:10", "06:20", "06:30", "06:40", "06:50"),
        entity=texts(*"eeeeee"),
        v=doubles(None, 1, None, 3, None, None),
    )
    assert fill_detail(table, rule, Context(), series=["entity"], values=["v"])["v"].tolist() == wanted


def test_detail_of_a_series_without_partner() -> None:
    table = Table.of(time=at("06:00"), entity=texts("e"), v=doubles(None))
    kept = fill_detail(table, Interpolation(None, fill="edge"), Context(), series=["entity"], values=["v"])
    nan = fill_detail(table, Interpolation(None, fill=math.nan), Context(), series=["entity"], values=["v"])
    assert kept["v"].tolist() == [None] and repr(nan["v"].tolist()) == "[nan]"
