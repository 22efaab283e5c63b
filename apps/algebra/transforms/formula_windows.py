"""The samples behind functions that look at other times than their own: moving means, offsets, dates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from apps.algebra.evidence import InputSample, number, used
from apps.algebra.expr import nodes
from apps.algebra.expr.functions import date_text_ms
from apps.algebra.expr.references import Reference
from apps.algebra.series import Series
from apps.algebra.transforms.formula_inputs import InputView
from apps.algebra.transforms.formula_intervals import parse_interval, shift_times
from apps.errors import TsError

__all__ = ["MOST_SHOWN", "mean_text", "samples_elsewhere"]

MOST_SHOWN = 20


def samples_elsewhere(
    series: Series, view: InputView, time_ns: int, one: Reference
) -> list[InputSample] | None:
    """The samples that a call was computed from; None for calls that look at their own time only."""
    alias = str(one.alias)
    second = one.call.arguments[1] if len(one.call.arguments) > 1 else None
    if one.function == "movavg":
        known = np.flatnonzero(~np.isnan(series.values))
        first = _first_of_window(series.times_ns[known], view, time_ns, second)
        last = int(np.searchsorted(series.times_ns[known], time_ns, side="right"))
        places = known[max(first, last - MOST_SHOWN) : last]
        return [used(series, int(at), f"'{alias}' in the window", alias) for at in places]
    if one.function == "getMaximumValue":
        if np.isnan(series.values).all():
            return []
        return [used(series, int(np.nanargmax(series.values)), f"'{alias}' at its maximum", alias)]
    if one.function == "getValueWithOffset" and isinstance(second, nodes.Text):
        period, sign = parse_interval(second.value)
        there_ns = shift_times(np.array([time_ns], np.int64), period, -sign, view.zone)[0]
        return _neighbours(series, int(there_ns), alias)
    if one.function == "getValueForDate" and isinstance(second, nodes.Text | nodes.Number):
        return _neighbours(series, _date_ns(second.value), alias)
    return None


def _first_of_window(times_ns: np.ndarray, view: InputView, time_ns: int, width: nodes.Node | None) -> int:
    last = int(np.searchsorted(times_ns, time_ns, side="right"))
    if isinstance(width, nodes.Number):
        return max(0, last - int(width.value))
    if isinstance(width, nodes.Text):
        left = shift_times(np.array([time_ns], np.int64), parse_interval(width.value)[0], -1, view.zone)
        return int(np.searchsorted(times_ns, left[0], side="right"))
    return last


def _date_ns(date: str | float) -> int | None:
    """The time of a date; None where it can't be told."""
    try:
        time_ms = date_text_ms(date) if isinstance(date, str) else date
    except TsError:
        return None
    return int(time_ms) * 10**6 if np.isfinite(time_ms) and abs(time_ms) < 9.2e12 else None


def _neighbours(series: Series, time_ns: int | None, alias: str) -> list[InputSample]:
    """The sample at a time, or the two it lies between."""
    if time_ns is None:
        return []
    at = int(np.searchsorted(series.times_ns, time_ns))
    if at < len(series) and series.times_ns[at] == time_ns:
        return [used(series, at, f"'{alias}' there", alias)]
    sides = ((at - 1, "before"), (at, "after"))
    return [used(series, side, f"'{alias}' {word}", alias) for side, word in sides if 0 <= side < len(series)]


def mean_text(samples: Sequence[InputSample]) -> str | None:
    """A moving mean with its numbers put in; None where there are more than anybody reads."""
    if not samples or len(samples) >= MOST_SHOWN:
        return None
    return f"({'+'.join(number(one.value) for one in samples)})/{len(samples)}"
