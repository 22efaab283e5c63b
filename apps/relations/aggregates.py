"""Aggregates over runs of rows: one registry for GROUP BY, PERIOD and windows.

An aggregate is given the columns of its arguments, in order of time within each run, and the bounds
``[lo[i], hi[i])`` of the runs, which may overlap. Rows whose arguments are NULL or NaN are gone already. The
numbers are those of the algebra's kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, summarise
from apps.algebra.buckets import expand_ranges, labels_of, reduce_ranges
from apps.errors import ArgumentFault, UnknownName, near_names
from apps.relations.arithmetic import doubles
from apps.relations.columns import INTEGERS, NUMBERS, Column, objects
from apps.relations.compare import ranks

__all__ = ["AggregateFunction", "Runs", "aggregate_names", "aggregate_over", "find_aggregate", "register"]


@dataclass(frozen=True, eq=False)
class Runs:
    """What an aggregate works on. ``times_ns`` None: the rows have no time.

    ``starts`` are the first rows that each run's predecessors may reach (DELTA and COUNTER over periods);
    None: nothing before a run counts. ``parameter`` is a share, a factor or a word.
    """

    columns: tuple[Column, ...]
    lo: np.ndarray
    hi: np.ndarray
    times_ns: np.ndarray | None = None
    starts: np.ndarray | None = None
    parameter: Any = None

    @property
    def empty(self) -> np.ndarray:
        return self.hi <= self.lo

    @property
    def values(self) -> np.ndarray:
        """The first argument as doubles."""
        return doubles(self.columns[0])

    def needed_times(self) -> np.ndarray:
        if self.times_ns is None:
            raise ArgumentFault("this aggregate needs rows that have a time")
        return self.times_ns


Body = Callable[[Runs], Column]


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """``least`` to ``most`` arguments that are columns; ``skips`` rows in which one of them is unknown."""

    name: str
    body: Body
    doc: str
    least: int = 1
    most: int = 1
    skips: bool = True


_AGGREGATES: dict[str, AggregateFunction] = {}


def register(
    *names: str, least: int = 1, most: int | None = None, skips: bool = True
) -> Callable[[Body], Body]:
    """Register an aggregate under its names (lower case)."""

    def decorate(body: Body) -> Body:
        for name in names:
            if name in _AGGREGATES:
                raise ValueError(f"an aggregate named {name!r} is registered already")
            doc = (body.__doc__ or "").strip()
            _AGGREGATES[name] = AggregateFunction(name, body, doc, least, most or max(least, 1), skips)
        return body

    return decorate


def aggregate_names() -> Iterator[str]:
    """The names of all aggregates in order."""
    return iter(sorted(_AGGREGATES))


def find_aggregate(name: str, arguments: int) -> AggregateFunction:
    """The aggregate of that name; UnknownName with near names, ArgumentFault for a wrong number."""
    found = _AGGREGATES.get(name)
    if found is None:
        near = near_names(name, _AGGREGATES)
        hint = f"did you mean {', '.join(near)}?" if near else None
        raise UnknownName(f"there is no aggregate named {name[:60]!r}", hint=hint)
    if not found.least <= arguments <= found.most:
        wanted = str(found.least) if found.least == found.most else f"{found.least} to {found.most}"
        raise ArgumentFault(f"{name} takes {wanted} arguments, not {arguments}")
    return found


def aggregate_over(found: AggregateFunction, runs: Runs, kept: np.ndarray | None = None) -> Column:
    """One value per run. ``kept`` marks the rows that count at all (FILTER, DISTINCT)."""
    known = kept
    if found.skips:
        for column in runs.columns:
            unknown = column.unknown
            if unknown.any():
                known = ~unknown if known is None else known & ~unknown
    if known is not None and not known.all():
        before = np.concatenate([[0], np.cumsum(known)])
        index = np.flatnonzero(known)
        runs = Runs(
            tuple(column.take(index) for column in runs.columns),
            before[runs.lo],
            before[runs.hi],
            None if runs.times_ns is None else runs.times_ns[index],
            None if runs.starts is None else before[runs.starts],
            runs.parameter,
        )
    with np.errstate(all="ignore"):
        return found.body(runs)


# --- Numbers ------------------------------------------------------------------------------------------


def _statistic(runs: Runs, name: str, argument: float | None = None, **context: Any) -> np.ndarray:
    statistic = Statistic(name, argument)
    given = {"times_ns": runs.times_ns, **context} if runs.times_ns is not None else context
    return summarise([statistic], runs.values, runs.lo, runs.hi, context=given)[statistic]


def _simple(name: str, statistic: str, doc: str, *, null: bool = True) -> None:
    def body(runs: Runs) -> Column:
        column = Column("double", _statistic(runs, statistic))
        return column.masked(runs.empty) if null else column

    body.__doc__ = doc
    register(name)(body)


_simple("sum", "sum", "The sum; NULL of nothing.")
_simple("avg", "avg", "The mean; NULL of nothing.")
_simple("median", "median", "The middle value; NULL of nothing.")
_simple("wavg", "wavg", "The mean weighted by position; NaN of nothing.", null=False)
_simple("median_abs_dev", "median_abs_dev", "The median distance from the median.", null=False)


@register("count", least=0)
def count(runs: Runs) -> Column:
    """How many rows there are, or how many have a value."""
    return Column("bigint", np.maximum(runs.hi - runs.lo, 0).astype(np.int64))


@register("percentile")
def percentile(runs: Runs) -> Column:
    """The value below which a share of the values lies (method R6): PERCENTILE(95, value)."""
    share = runs.parameter
    if isinstance(share, bool) or not isinstance(share, int | float):
        raise ArgumentFault("PERCENTILE takes a number from 0 to 100 and an expression")
    return Column("double", _statistic(runs, "percentile", float(share))).masked(runs.empty)


@register("stddev", "standard_deviation")
def stddev(runs: Runs) -> Column:
    """The standard deviation, of a sample or a POPULATION; of one value 0, of nothing NULL."""
    values = _statistic(runs, "standard_deviation")
    if _is_population(runs.parameter):
        size = np.maximum(runs.hi - runs.lo, 1)
        values = values * np.sqrt((size - 1) / size)
    return Column("double", values).masked(runs.empty)


def _is_population(word: Any) -> bool:
    if word is None or str(word).lower() == "sample":
        return False
    if str(word).lower() != "population":
        raise ArgumentFault(f"SAMPLE or POPULATION, not {str(word)[:40]!r}")
    return True


@register("product")
def product(runs: Runs) -> Column:
    """All values multiplied; NaN of nothing."""
    return Column("double", reduce_ranges(np.multiply, runs.values, runs.lo, runs.hi))


@register("wtavg")
def wtavg(runs: Runs) -> Column:
    """The mean weighted by time; NaN of nothing."""
    runs.needed_times()
    return Column("double", _statistic(runs, "wtavg"))


def _change(runs: Runs, name: str) -> Column:
    alone = _statistic(runs, name, carry=False)
    if runs.starts is None:
        return Column("double", alone)
    carried = _statistic(runs, name, carry=True)
    return Column("double", np.where(runs.lo > runs.starts, carried, alone))


@register("delta")
def delta(runs: Runs) -> Column:
    """The last value minus the last one before (of the period before), else the first; NaN of one value."""
    return _change(runs, "delta")


@register("counter")
def counter(runs: Runs) -> Column:
    """The growth of a counter, from 0 after each reset; it starts where DELTA starts."""
    return _change(runs, "counter")


def _time_of(runs: Runs, name: str) -> Column:
    runs.needed_times()
    values = _statistic(runs, name)
    return Column("bigint", np.where(runs.empty, 0, values).astype(np.int64)).masked(runs.empty)


@register("min_value_time")
def min_value_time(runs: Runs) -> Column:
    """When the smallest value occurs first, in milliseconds."""
    return _time_of(runs, "min_value_time")


@register("max_value_time")
def max_value_time(runs: Runs) -> Column:
    """When the largest value occurs first, in milliseconds."""
    return _time_of(runs, "max_value_time")


# --- Any type -----------------------------------------------------------------------------------------


def _extreme(runs: Runs, ufunc: np.ufunc, name: str) -> Column:
    column = runs.columns[0]
    if column.type in (*INTEGERS, "timestamp", "date"):
        values = reduce_ranges(ufunc, column.values, runs.lo, runs.hi, 0)
        return Column(column.type, values.astype(np.int64)).masked(runs.empty)
    if column.type == "varchar":
        (rank,) = ranks([column])
        best = reduce_ranges(ufunc, rank, runs.lo, runs.hi, 0).astype(np.int64)
        distinct, first = np.unique(rank, return_index=True)
        words = column.texts[first] if len(first) else objects([""])
        place = np.searchsorted(distinct, best)
        return Column("varchar", words[np.minimum(place, len(words) - 1)]).masked(runs.empty)
    type = column.type if column.type in NUMBERS else "double"
    return Column(type, _statistic(runs, name)).masked(runs.empty)


@register("min")
def minimum(runs: Runs) -> Column:
    """The smallest value, text or time; NULL of nothing."""
    return _extreme(runs, np.minimum, "min")


@register("max")
def maximum(runs: Runs) -> Column:
    """The largest value, text or time; NULL of nothing."""
    return _extreme(runs, np.maximum, "max")


def _at(runs: Runs, index: np.ndarray) -> Column:
    column = runs.columns[0]
    if len(column) == 0:
        values = np.zeros(len(index), column.values.dtype)
        if column.dictionary is not None:
            return Column("varchar", np.zeros(len(index), np.int64), runs.empty, objects([""]))
        return Column(column.type, values).masked(runs.empty)
    return column.take(np.clip(index, 0, len(column) - 1)).masked(runs.empty)


@register("first", "first_value")
def first(runs: Runs) -> Column:
    """The earliest value; NULL of nothing."""
    return _at(runs, runs.lo)


@register("last", "last_value")
def last(runs: Runs) -> Column:
    """The latest value; NULL of nothing."""
    return _at(runs, runs.hi - 1)


# --- Two columns --------------------------------------------------------------------------------------


def _moments(runs: Runs) -> tuple[np.ndarray, ...]:
    """Size, means and sums of products of deviations: of x, of y, of both."""
    index, label = expand_ranges(runs.lo, runs.hi), labels_of(runs.lo, runs.hi)
    size = np.maximum(runs.hi - runs.lo, 0)
    ends = np.cumsum(size)
    starts = ends - size
    y, x = (doubles(column)[index] for column in runs.columns)
    mean_x = reduce_ranges(np.add, x, starts, ends) / size
    mean_y = reduce_ranges(np.add, y, starts, ends) / size
    dx, dy = x - mean_x[label], y - mean_y[label]
    sums = (reduce_ranges(np.add, product, starts, ends) for product in (dx * dx, dy * dy, dx * dy))
    return size, mean_x, mean_y, *sums


@register("correl", "corr", least=2)
def correl(runs: Runs) -> Column:
    """The correlation of two columns; NaN where one of them does not change."""
    _, _, _, xx, yy, xy = _moments(runs)
    return Column("double", np.where((xx > 0) & (yy > 0), xy / np.sqrt(xx * yy), np.nan))


@register("covar", least=2)
def covar(runs: Runs) -> Column:
    """The covariance of two columns, of a sample or a POPULATION; NaN of nothing."""
    size, _, _, _, _, xy = _moments(runs)
    divisor = size if _is_population(runs.parameter) else np.maximum(size - 1, 1)
    return Column("double", np.where(runs.empty, np.nan, xy / divisor))


@register("regr_slope", least=2)
def regr_slope(runs: Runs) -> Column:
    """The slope of the line through (x, y): REGR_SLOPE(y, x); NaN where x does not change."""
    _, _, _, xx, _, xy = _moments(runs)
    return Column("double", np.where(xx > 0, xy / xx, np.nan))


@register("regr_intercept", least=2)
def regr_intercept(runs: Runs) -> Column:
    """Where the line through (x, y) crosses x = 0: REGR_INTERCEPT(y, x)."""
    _, mean_x, mean_y, xx, _, xy = _moments(runs)
    return Column("double", np.where(xx > 0, mean_y - xy / xx * mean_x, np.nan))
