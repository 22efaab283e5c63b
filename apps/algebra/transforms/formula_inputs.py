"""What a formula sees of its inputs: the functions that name an alias, over one grid of times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, summarise
from apps.algebra.buckets import bucket_bounds, reduce_ranges
from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.functions import date_text_ms
from apps.algebra.expr.references import FACT_FUNCTIONS, PERIOD_FUNCTIONS, Reference
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
from apps.algebra.transforms.formula_matching import matched_rows
from apps.errors import ArgumentFault

__all__ = ["FILLS", "InputView", "column_of", "lead_of", "parse_interval", "series_functions", "whole_units"]

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


def period_of(reference: Reference) -> Period:
    """The period a statistic is taken over, read off its arguments."""
    at = 2 if reference.function == "percentile" else 1
    arguments = reference.call.arguments
    if at < len(arguments) and isinstance(arguments[at], nodes.Text):
        return parse_interval(arguments[at].value)[0]
    return DEFAULT_PERIOD


def lead_of(found: Sequence[Reference], names: Sequence[str]) -> str:
    """The input whose times those of the result are, where one leads: the first one named for its samples."""
    for one in found:
        whole = one.function in PERIOD_FUNCTIONS or one.function in FACT_FUNCTIONS
        if not whole and one.alias in names:
            return str(one.alias)
    return names[0] if names else ""


def shift_times(times_ns: np.ndarray, period: Period, sign: int, zone: str) -> np.ndarray:
    """Times moved by a period: calendar units on the wall clock, rolling over month ends."""
    if period.unit not in CALENDAR_UNITS:
        return times_ns + sign * period.fixed_ns
    count = sign * int(period.count)
    local = utc_to_local(times_ns, zone)
    return local_to_utc(shift_local(local, count, period.unit, clamp=False), zone)


def column_of(values: np.ndarray, missing: np.ndarray | None = None) -> Column:
    """Numbers as a column in which NaN, and rows masked as missing, are null."""
    if missing is None and (not len(values) or not np.isnan(values.min())):
        return Column(values)  # the smallest number is NaN where any is: one look, no mask
    gone = np.isnan(values)
    if missing is not None:
        gone |= missing
    if not gone.any():
        return Column(values)
    return Column(np.where(gone, np.nan, values), np.where(gone, np.uint8(NULL), np.uint8(0)))


@dataclass(eq=False)
class InputView:
    """One input over the grid, a block of its rows at a time.

    ``rule`` and ``limit_ns`` say how samples meet the grid; ``missing`` what stands for a value that lacks;
    ``begins`` is where the grid begins in the samples when it is known to be a part of their times.
    ``filled``, ``assumed``, ``gapped`` and ``skipped`` count the grid times at which something was done.
    """

    samples: Samples
    grid_ns: np.ndarray
    fill: str
    zone: str
    rule: str = "fill"
    limit_ns: int | np.ndarray | None = None
    missing: tuple[str, Period | None] = ("", None)
    within: tuple[int, int] = (0, 0)
    begins: int | None = None
    filled: int = 0
    assumed: int = 0
    gapped: int = 0
    skipped: int = 0
    asked: bool = False
    gaps: np.ndarray | None = None
    skips: np.ndarray | None = None
    _lo: int = 0
    _hi: int = -1
    _value_here: Column | None = None
    _cache: dict[Any, Column] = field(default_factory=dict)

    def move(self, lo: int, hi: int) -> None:
        """Look at these rows of the grid."""
        self._lo, self._hi = lo, hi
        self._value_here = self.gaps = self.skips = None

    @property
    def rows(self) -> int:
        """How many rows are looked at."""
        return (len(self.grid_ns) if self._hi < 0 else self._hi) - self._lo

    def cached(self, key: Any, make: Callable[[], Column]) -> Column:
        """The rows looked at, of a column that is made once for the whole grid."""
        if key not in self._cache:
            self._cache[key] = make()
        whole = self._cache[key]
        if self.rows == len(whole):
            return whole
        part = slice(self._lo, self._hi)
        kinds = None if whole.kinds is None else whole.kinds[part]
        if kinds is not None and not kinds.any():
            kinds = None
        return Column(whole.numbers[part], kinds)

    @cached_property
    def at(self) -> np.ndarray:
        """How many samples stand before each grid time."""
        return np.searchsorted(self.samples.times_ns, self.grid_ns, side="left")

    @cached_property
    def same_grid(self) -> int | None:
        """Where the grid begins in the samples when it is a plain part of their times, else None."""
        times, grid = self.samples.times_ns, self.grid_ns
        if self.begins is not None:
            return self.begins
        if times is grid:
            return 0
        if not len(grid) or len(grid) > len(times):
            return None
        start = int(np.searchsorted(times, grid[0]))
        part = times[start : start + len(grid)]
        if len(part) != len(grid):
            return None
        same = part.__array_interface__["data"] == grid.__array_interface__["data"]
        return start if same or np.array_equal(part, grid) else None

    @cached_property
    def matched(self) -> np.ndarray:
        """The sample matched with each grid time, by rules other than fill; -1 where there is none."""
        if self.same_grid is not None:
            return np.arange(self.same_grid, self.same_grid + len(self.grid_ns))
        return matched_rows(self.samples.times_ns, self.grid_ns, self.rule, self.limit_ns)

    def value(self) -> Column:
        """The sample at each time, filled between samples, matched, or stood in for, as told."""
        if self._value_here is None:
            self.asked = True
            self._value_here = self._mended(self._plain_value())
        return self._value_here

    def numbers(self, back: int) -> np.ndarray:
        """The numbers at (or so many samples before) each time as they are; NaN where there is none."""
        if self.same_grid is not None and self.same_grid + self._lo >= back:
            self.asked |= not back
            start = self.same_grid + self._lo - back
            return self.samples.values[start : start + self.rows]
        return (self.previous(back) if back else self.value()).numbers

    def _plain_value(self) -> Column:
        if self.same_grid is not None:
            start = self.same_grid + self._lo
            return column_of(self.samples.values[start : start + self.rows])
        return self.cached("value", self._matched_value if self.rule != "fill" else self._value)

    def _matched_value(self) -> Column:
        return self._sample_at(self.matched)

    def _sample_at(self, index: np.ndarray) -> Column:
        values = self.samples.values
        if not len(values):
            return column_of(np.full(len(index), np.nan))
        return column_of(np.where(index >= 0, values[np.maximum(index, 0)], np.nan))

    def _mended(self, column: Column) -> Column:
        """What stands for values that lack, and which times of the result they cost."""
        mode, limit = self.missing
        if column.kinds is None or (self.rule == "fill" and not mode):
            return column
        gone = column.kinds != 0
        if mode in ("zero", "last"):
            known = np.zeros(len(gone)) if mode == "zero" else self._last_known(limit)
            numbers = np.where(gone, known, column.numbers)
            left = np.isnan(numbers)
            self.assumed += int(np.count_nonzero(gone & ~left))
            column, gone = column_of(numbers), left
            if not gone.any():
                return column
        count = int(np.count_nonzero(gone))
        if mode in ("gap", "last"):
            self.gaps, self.gapped = gone, self.gapped + count
        else:
            self.skips, self.skipped = gone, self.skipped + count
        return column

    def _last_known(self, limit: Period | None) -> np.ndarray:
        times, values = self._known
        clock_ns = self.grid_ns[self._lo : self._lo + self.rows]
        found = matched_rows(times, clock_ns, "previous", None if limit is None else limit.fixed_ns)
        if not len(values):
            return np.full(len(found), np.nan)
        return np.where(found >= 0, values[np.maximum(found, 0)], np.nan)

    def _value(self) -> Column:
        values = self.samples.values
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
        """The ``count``-th sample before each grid time (before the sample matched with it)."""
        if self.same_grid is None:
            return self.cached(("previous", count), lambda: self._previous(count))
        rows, start = self.rows, self.same_grid + self._lo - count
        if start >= 0:
            return column_of(self.samples.values[start : start + rows])
        lead = min(-start, rows)  # rows at the head that have no such sample
        earlier = np.full(rows, np.nan)
        earlier[lead:] = self.samples.values[: rows - lead]
        return column_of(earlier)

    def _previous(self, count: int) -> Column:
        if self.rule == "fill":
            return self._sample_at(self.at - count)
        return self._sample_at(np.where(self.matched >= 0, self.matched - count, -1))

    def moving_average(self, count: int, least: int) -> Column:
        """The mean of the last samples up to and including each grid time."""
        return self.cached(("mean", count, least), lambda: self._moving_average(count, least))

    def _moving_average(self, count: int, least: int) -> Column:
        times, values = self._known
        hi = np.searchsorted(times, self.grid_ns, side="right")
        lo = np.maximum(hi - count, 0)
        return self._means(values, lo, hi, hi - lo < max(least, 1))

    def moving_average_over(self, window: Period, least: Period) -> Column:
        """The mean over ``(t − window, t]``; null while the samples cover less than ``least``."""
        return self.cached(("mean", window, least), lambda: self._moving_average_over(window, least))

    def _moving_average_over(self, window: Period, least: Period) -> Column:
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

    @cached_property
    def largest(self) -> float | None:
        """The maximum of all samples."""
        _, values = self._known
        return float(values.max()) if len(values) else None

    def statistic(self, name: str, argument: float | None, period: Period) -> Column:
        """The statistic of the calendar period that contains each grid time."""
        key = (name, argument, period)
        return self.cached(key, lambda: self._statistic(name, argument, period))

    def has_statistic(self, name: str, argument: float | None, period: Period) -> bool:
        """Whether it is computed already."""
        return (name, argument, period) in self._cache

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
    scope.spend(view.rows * min(count, max(len(view.samples), 1)))
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
    return view.cached(
        ("offset", period, sign),
        lambda: column_of(view.line_at(shift_times(view.grid_ns, period, -sign, view.zone))),
    )


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
        view = _view(views, alias)
        if not view.has_statistic(kernel, argument, period):
            scope.spend(4 * len(view.samples))
        return view.statistic(kernel, argument, period)

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
        return _view(views, _padded(args, 1)[0]).largest

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
