"""What a formula sees of its inputs: their samples over one grid of times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, summarise
from apps.algebra.buckets import bucket_bounds, reduce_ranges
from apps.algebra.expr.references import FACT_FUNCTIONS, PERIOD_FUNCTIONS, Reference
from apps.algebra.expr.values import NULL, Column
from apps.algebra.periods import Period, occupied_grid
from apps.algebra.series import Samples
from apps.algebra.transforms.formula_intervals import shift_times
from apps.algebra.transforms.formula_matching import matched_rows

__all__ = ["FILLS", "InputView", "column_of", "lead_of"]

FILLS = ("linear", "previous", "none")


def lead_of(found: Sequence[Reference], names: Sequence[str]) -> str:
    """The input whose times those of the result are, where one leads: the first one named for its samples."""
    for one in found:
        whole = one.function in PERIOD_FUNCTIONS or one.function in FACT_FUNCTIONS
        if not whole and one.alias in names:
            return str(one.alias)
    return names[0] if names else ""


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
    def _rolled_up(self) -> np.ndarray | None:
        """What the known samples were rolled up from."""
        summaries = self.samples.summaries
        return None if summaries is None else summaries[~np.isnan(self.samples.values)]

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
        grid = occupied_grid(period, lo_ns, hi_ns, self.grid_ns, zone=self.zone, first="keep")
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
        context = {
            "times_ns": times, "starts_ns": grid.starts, "ends_ns": grid.ends,
            "summaries": self._rolled_up, **limits,
        }  # fmt: skip
        given = None if name.startswith("threshold") else argument
        statistic = Statistic(name, given)
        return summarise([statistic], values, lo, hi, context=context)[statistic]
