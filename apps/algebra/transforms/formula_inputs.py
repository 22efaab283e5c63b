"""What a formula sees of its inputs: the functions that name an alias, over one grid of times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, summarise
from apps.algebra.buckets import bucket_bounds, reduce_ranges
from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.functions import date_text_ms
from apps.algebra.expr.references import PERIOD_FUNCTIONS
from apps.algebra.expr.values import NULL, UNDEFINED, Column, Moment, to_number, to_text
from apps.algebra.periods import Period, period_grid
from apps.algebra.series import Samples
from apps.algebra.times import (
    CALENDAR_UNITS,
    NS_PER_MS,
    local_to_utc,
    shift_local,
    utc_to_local,
)
from apps.errors import ArgumentFault

__all__ = ["FILLS", "InputView", "parse_interval", "series_functions", "whole_units"]

FILLS = ("linear", "previous", "none")
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


def shift_times(times_ns: np.ndarray, period: Period, sign: int, zone: str) -> np.ndarray:
    """Times moved by a period: calendar units on the wall clock, rolling over month ends."""
    if period.unit not in CALENDAR_UNITS:
        return times_ns + sign * period.fixed_ns
    count = sign * int(period.count)
    local = utc_to_local(times_ns, zone)
    return local_to_utc(shift_local(local, count, period.unit, clamp=False), zone)


def column_of(values: np.ndarray, missing: np.ndarray | None = None) -> Column:
    """Numbers as a column in which NaN, and rows masked as missing, are null."""
    gone = np.isnan(values)
    if missing is not None:
        gone |= missing
    if not gone.any():
        return Column(values)
    return Column(np.where(gone, np.nan, values), np.where(gone, np.uint8(NULL), np.uint8(0)))


@dataclass(eq=False)
class InputView:
    """One input over the grid. ``filled`` counts the grid times at which its value was filled in."""

    samples: Samples
    grid_ns: np.ndarray
    fill: str
    zone: str
    filled: int = 0
    _cache: dict[Any, Column] = field(default_factory=dict)

    def cached(self, key: Any, make: Callable[[], Column]) -> Column:
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    @cached_property
    def at(self) -> np.ndarray:
        """How many samples stand before each grid time."""
        return np.searchsorted(self.samples.times_ns, self.grid_ns, side="left")

    @cached_property
    def same_grid(self) -> int | None:
        """Where the grid begins in the samples when it is a plain part of their times, else None."""
        times, grid = self.samples.times_ns, self.grid_ns
        if not len(grid) or len(grid) > len(times):
            return None
        start = int(np.searchsorted(times, grid[0]))
        part = times[start : start + len(grid)]
        return start if len(part) == len(grid) and np.array_equal(part, grid) else None

    def value(self) -> Column:
        """The sample at each grid time, filled between samples as told."""
        return self.cached("value", self._value)

    def _value(self) -> Column:
        values = self.samples.values
        if self.same_grid is not None:
            return column_of(values[self.same_grid : self.same_grid + len(self.grid_ns)])
        if not len(values):
            return Column(np.full(len(self.grid_ns), np.nan), np.full(len(self.grid_ns), NULL, np.uint8))
        inside = np.minimum(self.at, len(values) - 1)
        exact = self.samples.times_ns[inside] == self.grid_ns
        result = np.where(exact, values[inside], self._fill_values(self.at))
        self.filled = int(np.count_nonzero(~exact & ~np.isnan(result)))
        return column_of(result)

    def _fill_values(self, at: np.ndarray) -> np.ndarray:
        """What stands between samples; ``at`` counts the samples before each time."""
        if self.fill == "none":
            return np.full(len(at), np.nan)
        values = self.samples.values
        before = np.where(at > 0, values[np.maximum(at - 1, 0)], np.nan)
        return before if self.fill == "previous" else self._line(self.grid_ns, at)

    def _line(self, times_ns: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The straight line between the neighbours of each time; NaN outside the samples."""
        times, values = self.samples.times_ns, self.samples.values
        right = np.minimum(at, len(values) - 1)
        left = np.maximum(at - 1, 0)
        span = np.maximum(times[right] - times[left], 1)
        share = (times_ns - times[left]) / span
        line = values[left] + (values[right] - values[left]) * share
        return np.where((at > 0) & (at < len(values)), line, np.nan)

    def line_at(self, times_ns: np.ndarray) -> np.ndarray:
        """The value at any times, linear between neighbours, NaN outside."""
        times, values = self.samples.times_ns, self.samples.values
        if not len(values):
            return np.full(len(times_ns), np.nan)
        at = np.searchsorted(times, times_ns, side="left")
        inside = np.minimum(at, len(values) - 1)
        return np.where(times[inside] == times_ns, values[inside], self._line(times_ns, at))

    def previous(self, count: int) -> Column:
        """The ``count``-th sample before each grid time."""
        return self.cached(("previous", count), lambda: self._previous(count))

    def _previous(self, count: int) -> Column:
        values = self.samples.values
        if self.same_grid is not None:
            rows = len(self.grid_ns)
            start = self.same_grid - count
            lead = min(max(-start, 0), rows)  # rows at the head that have no such sample
            earlier = np.full(rows, np.nan)
            earlier[lead:] = values[start + lead : start + rows]
            return column_of(earlier)
        index = self.at - count
        if not len(values):
            return column_of(np.full(len(index), np.nan))
        return column_of(np.where(index >= 0, values[np.maximum(index, 0)], np.nan))

    def moving_average(self, count: int, least: int) -> Column:
        """The mean of the last samples up to and including each grid time."""
        times, values = self._known
        hi = np.searchsorted(times, self.grid_ns, side="right")
        lo = np.maximum(hi - count, 0)
        return self._means(values, lo, hi, hi - lo < max(least, 1))

    def moving_average_over(self, window: Period, least: Period) -> Column:
        """The mean over ``(t − window, t]``; null while the samples cover less than ``least``."""
        times, values = self._known
        hi = np.searchsorted(times, self.grid_ns, side="right")
        left = shift_times(self.grid_ns, window, -1, self.zone)
        lo = np.searchsorted(times, left, side="right")
        first = times[0] if len(times) else np.iinfo(np.int64).max
        young = shift_times(self.grid_ns, least, -1, self.zone) < first
        return self._means(values, lo, hi, young | (hi <= lo))

    def _means(self, values: np.ndarray, lo: np.ndarray, hi: np.ndarray, missing: np.ndarray) -> Column:
        if not len(values):
            return column_of(np.full(len(lo), np.nan))
        sums = reduce_ranges(np.add, values, lo, hi)
        return column_of(sums / np.maximum(hi - lo, 1), missing)

    @cached_property
    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        known = ~np.isnan(self.samples.values)
        if known.all():
            return self.samples.times_ns, self.samples.values
        return self.samples.times_ns[known], self.samples.values[known]

    def statistic(self, name: str, argument: float | None, period: Period) -> Column:
        """The statistic of the calendar period that contains each grid time."""
        key = (name, argument, period)
        return self.cached(key, lambda: self._statistic(name, argument, period))

    def _statistic(self, name: str, argument: float | None, period: Period) -> Column:
        times, values = self._known
        if not len(times) or not len(self.grid_ns):
            return column_of(np.full(len(self.grid_ns), np.nan))
        lo_ns, hi_ns = int(self.grid_ns[0]), int(self.grid_ns[-1]) + 1
        grid = period_grid(period, lo_ns, hi_ns, zone=self.zone, first="keep")
        lo, hi = bucket_bounds(times, grid.starts, grid.ends)
        per_period = self._per_period(name, argument, (values, times), (lo, hi), grid)
        number = np.searchsorted(grid.starts, self.grid_ns, side="right") - 1
        inside = (number >= 0) & (self.grid_ns < grid.ends[np.maximum(number, 0)])
        return column_of(np.where(inside, per_period[np.maximum(number, 0)], np.nan))

    def _per_period(
        self, name: str, argument: float | None, known: Any, bounds: Any, grid: Any
    ) -> np.ndarray:
        (values, times), (lo, hi) = known, bounds
        if name == "counter":  # the function counts rises only; the statistic counts from zero too
            steps = np.diff(values, prepend=values[:1])
            return reduce_ranges(np.add, np.maximum(steps, 0.0), lo, hi)
        if name == "delta":
            base = np.where(lo > 0, lo - 1, lo)
            last, first = values[np.maximum(hi - 1, 0)], values[np.minimum(base, len(values) - 1)]
            return np.where(hi > lo, last - first, np.nan)
        limits = {"threshold_min": None, "threshold_max": argument}
        context = {"times_ns": times, "starts_ns": grid.starts, "ends_ns": grid.ends, **limits}
        given = None if name.startswith("threshold") else argument
        statistic = Statistic(name, given)
        return summarise([statistic], values, lo, hi, context=context)[statistic]


Views = Mapping[str, InputView]


def _view(views: Views, alias: Any) -> InputView:
    name = to_text(alias)
    view = views.get(name)
    if view is None:
        raise ArgumentFault(f"there is no input {name!r}", hint="name the alias as a plain text")
    return view


def _whole(value: Any, what: str) -> int:
    number = to_number(value) if not isinstance(value, Column) else math.nan
    if not number.is_integer() or not 0 <= number <= 10_000_000:
        raise ArgumentFault(f"{what} must be a whole number from 0 up")
    return int(number)


def _padded(args: list[Any], count: int) -> list[Any]:
    return [*args, *[UNDEFINED] * count][:count]


def _moving_average(view: InputView, scope: Scope, width: Any, least: Any) -> Column:
    if isinstance(width, str):
        window, _ = parse_interval(width)
        minimum = window if least is UNDEFINED else parse_interval(least)[0]
        return view.moving_average_over(window, minimum)
    count = _whole(width, "the number of samples")
    if count < 1:
        raise ArgumentFault("movavg needs at least one sample")
    scope.spend(len(view.grid_ns) * min(count, max(len(view.samples), 1)))
    return view.moving_average(count, count if least is UNDEFINED else _whole(least, "the minimum"))


def _date_ns(value: Any) -> int:
    if isinstance(value, Moment):
        value = value.time_ms
    time_ms = date_text_ms(value) if isinstance(value, str) else to_number(value)
    if not math.isfinite(time_ms) or abs(time_ms) > 9.2e12:
        raise ArgumentFault(f"{to_text(value)[:40]!r} is not a date", hint="write it as 2018-06-01")
    return int(time_ms) * NS_PER_MS


def _offset_column(view: InputView, interval: Any) -> Column:
    period, sign = parse_interval(interval)
    return column_of(view.line_at(shift_times(view.grid_ns, period, -sign, view.zone)))


def _fixed_value(view: InputView, date: Any) -> Any:
    value = float(view.line_at(np.array([_date_ns(date)], np.int64))[0])
    return None if math.isnan(value) else value


def _period_function(views: Views, name: str, kernel: str) -> Callable[[Scope, list[Any]], Any]:
    def call(scope: Scope, args: list[Any]) -> Any:
        if name == "percentile":
            share, alias, interval = _padded(args, 3)
            argument: float | None = to_number(share)
            if not 0 <= argument <= 100:
                raise ArgumentFault("a percentile lies between 0 and 100", hint="percentile(95, 'a')")
        else:
            alias, interval, limit = _padded(args, 3)
            argument = None if limit is UNDEFINED else to_number(limit)
        period = DEFAULT_PERIOD if interval is UNDEFINED else parse_interval(interval)[0]
        scope.spend(4 * len(_view(views, alias).samples))
        return _view(views, alias).statistic(kernel, argument, period)

    return call


def series_functions(views: Views) -> dict[str, Callable[[Scope, list[Any]], Any]]:
    """The functions of formulas that name an alias, bound to the inputs."""

    def value(scope: Scope, args: list[Any]) -> Any:
        return _view(views, _padded(args, 1)[0]).value()

    def previous(scope: Scope, args: list[Any]) -> Any:
        alias, count = _padded(args, 2)
        back = 1 if count is UNDEFINED else _whole(count, "the second argument of previous")
        view = _view(views, alias)
        return view.value() if back == 0 else view.previous(back)

    def movavg(scope: Scope, args: list[Any]) -> Any:
        alias, width, least = _padded(args, 3)
        return _moving_average(_view(views, alias), scope, width, least)

    def offset(scope: Scope, args: list[Any]) -> Any:
        alias, interval = _padded(args, 2)
        return _offset_column(_view(views, alias), interval)

    def fixed(scope: Scope, args: list[Any]) -> Any:
        alias, date = _padded(args, 2)
        return _fixed_value(_view(views, alias), date)

    def maximum(scope: Scope, args: list[Any]) -> Any:
        known = _view(views, _padded(args, 1)[0]).samples.values
        known = known[~np.isnan(known)]
        return float(known.max()) if len(known) else None

    return {
        "value": value,
        "detail": value,
        "previous": previous,
        "movavg": movavg,
        "getValueWithOffset": offset,
        "getValueForDate": fixed,
        "getMaximumValue": maximum,
        **{name: _period_function(views, name, kernel) for name, kernel in PERIOD_FUNCTIONS.items()},
    }
