"""Intervals as formulas name them, and times moved by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.references import Reference
from apps.algebra.expr.values import to_text
from apps.algebra.periods import Period
from apps.algebra.times import (
    CALENDAR_UNITS,
    local_to_utc,
    shift_local,
    utc_to_local,
)

__all__ = ["DEFAULT_PERIOD", "parse_interval", "period_of", "shift_times", "whole_units"]

DEFAULT_PERIOD = Period(1, "minute")


def parse_interval(text: Any) -> tuple[Period, int]:
    """An interval such as ``'1 hour'`` or ``'-.25 year'``: its length and its sign."""
    words = to_text(text).strip()
    sign = -1 if words.startswith("-") else 1
    words = words.lstrip("+-").strip()
    if words.startswith("."):
        words = f"0{words}"
    return whole_units(Period.parse(words)), sign


def whole_units(period: Period) -> Period:
    """Fractions of a calendar unit as whole smaller ones: a quarter of a year is three months."""
    smaller = {"year": (12, "month"), "quarter": (3, "month"), "week": (7, "day"), "day": (24, "hour")}
    while not float(period.count).is_integer() and period.unit in smaller:
        factor, unit = smaller[period.unit]
        period = Period(round(period.count * factor, 9), unit)
    return period


def period_of(reference: Reference) -> Period:
    """The period a statistic is taken over, read off its arguments."""
    at = 2 if reference.function == "percentile" else 1
    arguments = reference.call.arguments
    if at < len(arguments) and isinstance(arguments[at], nodes.Text):
        return parse_interval(arguments[at].value)[0]
    return DEFAULT_PERIOD


def shift_times(times_ns: np.ndarray, period: Period, sign: int, zone: str) -> np.ndarray:
    """Times moved by a period: calendar units on the wall clock, rolling over month ends."""
    if period.unit not in CALENDAR_UNITS:
        return times_ns + sign * period.fixed_ns
    count = sign * int(period.count)
    local = utc_to_local(times_ns, zone)
    return local_to_utc(shift_local(local, count, period.unit, clamp=False), zone)
