"""Parameters that several transforms share, described once."""

from __future__ import annotations

from typing import Annotated, Literal

from apps.algebra.aggregators import Statistic
from apps.algebra.periods import ALIGNMENTS, Align, Period
from apps.algebra.registry import Param

__all__ = [
    "Alignment",
    "By",
    "Decimal",
    "End",
    "Extend",
    "FillMode",
    "FillValue",
    "MaxPoints",
    "OptionalPeriod",
    "Start",
    "Statistics",
    "Summaries",
    "Zone",
    "one_or_more",
]

Start = Annotated[int, Param("start of the window, included", unit="ns UTC")]
End = Annotated[int, Param("end of the window, excluded", unit="ns UTC")]
OptionalPeriod = Annotated[Period | None, Param("length of a period; none = one for the whole window")]
Alignment = Annotated[Align, Param("where periods begin", choices=ALIGNMENTS)]
Zone = Annotated[str, Param("IANA zone of calendar periods")]
Statistics = Annotated[tuple[Statistic, ...], Param("statistics, one output series for each")]
FillMode = Annotated[
    Literal["none", "previous", "next", "linear", "value"],
    Param(
        "what stands in where a value is missing between two others",
        choices=("none", "previous", "next", "linear", "value"),
    ),
]
FillValue = Annotated[float | None, Param("the constant of fill mode value")]
Extend = Annotated[bool, Param("also fill before the first and after the last value")]
By = Annotated[
    tuple[str, ...] | None,
    Param("none = all series together; empty = by entity; names = by entity and those tags"),
]
Decimal = Annotated[bool, Param("add decimals exactly, without binary noise")]
Summaries = Annotated[
    Literal["use", "ignore"],
    Param(
        "what rolled-up samples were made from: avg, standard_deviation and counter take it for them, or not",
        choices=("use", "ignore"),
    ),
]
MaxPoints = Annotated[int, Param("most points to produce; 0 = no limit", minimum=0)]


def one_or_more(statistics: tuple[Statistic, ...] | Statistic) -> tuple[Statistic, ...]:
    """A lone statistic is a tuple of one."""
    return (statistics,) if isinstance(statistics, Statistic) else tuple(statistics)
