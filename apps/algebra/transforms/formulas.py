"""Series computed by expressions: formulas over aliases, rewritten samples, and sample filters."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.references import (
    Reference,
    is_periodic,
    references,
)
from apps.algebra.expr.values import NULL, TEXT, UNDEF, Column, as_column, truthy
from apps.algebra.periods import Period, period_grid
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.formula_clock import Clock
from apps.algebra.transforms.formula_explain import explain_formula, explain_replace
from apps.algebra.transforms.formula_inputs import (
    DEFAULT_PERIOD,
    FILLS,
    InputView,
    parse_interval,
    series_functions,
)
from apps.algebra.transforms.formula_library import library_functions
from apps.algebra.transforms.formula_members import Match, match_members
from apps.errors import Note

__all__ = ["filter_samples", "formula", "period_of", "replace_value"]

NULL_MODES = ("missing", "zero")


@register("formula", shape="sets", explain=explain_formula)
def formula(
    inputs: tuple[tuple[Series, ...], ...],
    *,
    names: Annotated[tuple[str, ...], Param("alias of each input, in the order of the inputs")],
    tree: Annotated[Any, Param("the parsed formula")],
    text: Annotated[str, Param("the formula as written; tells results apart")],
    start_ns: Annotated[int, Param("first time of the result", unit="ns")],
    end_ns: Annotated[int, Param("end of the result, exclusive", unit="ns")],
    zone: Annotated[str, Param("time zone of calendar periods")] = "UTC",
    fills: Annotated[tuple[str, ...], Param("per input: linear, previous or none between samples")] = (),
    null_arithmetic: Annotated[
        str, Param("what arithmetic makes of a missing operand", choices=NULL_MODES)
    ] = "missing",
    libraries: Annotated[tuple[str, ...], Param("names under which the library is imported")] = (),
    now_ns: Annotated[int | None, Param("the current time for Date.now()", unit="ns")] = None,
    scripts: Annotated[Any, Param("parsed functions that the formula may call")] = None,
) -> list[Series]:
    """A series computed at every time at which one of its inputs has a sample.

    In: one set of series per alias; several series in a set are matched on entity and shared tags.
    Out: one series per match, on the union of the inputs' times within the window; without inputs a constant
        across the window; with nothing but statistics of periods one sample per period, at its start.
    Missing: a null result makes no sample, an undefined, infinite or NaN one a NaN sample. Between samples
        an input is filled as its fill says, outside its range it is missing.
    Errors: UnknownName for names, ArgumentFault for arguments, LimitFault for too much work.
    Source: ATSD charts "value" setting. Differences: with null_arithmetic "missing" null does not count as 0.
    Example: value('a') - previous('a') over 10, 14, 11 -> nothing, 4, -3.
    """
    found = references(tree, frozenset(libraries))
    matches, lost = match_members(inputs)
    results = []
    for match in matches:
        run = _Run(match, names, tree, found, start_ns, end_ns, zone, fills, libraries)
        results.append(run.series(null_arithmetic, now_ns, scripts, text))
    if lost:
        note = Note("unmatched", f"{lost} series found no partner and were left out", lost)
        if results:
            results[0] = results[0].with_samples(results[0].samples, note)
        else:
            results.append(Series(SeriesKey("", ""), Samples.empty(), notes=(note,)))
    return results


class _Run:
    """One result of a formula: the grid, the views of its inputs, and what came out."""

    def __init__(
        self,
        match: Match,
        names: tuple[str, ...],
        tree: nodes.Node,
        found: list[Reference],
        start_ns: int,
        end_ns: int,
        zone: str,
        fills: tuple[str, ...],
        libraries: tuple[str, ...],
    ) -> None:
        self.match, self.names, self.tree, self.found = match, names, tree, found
        self.start_ns, self.end_ns, self.zone = start_ns, end_ns, zone
        self.libraries = libraries
        self.grid_ns = self._grid()
        self.views = {
            name: InputView(series.samples, self.grid_ns, fills[at] if at < len(fills) else FILLS[0], zone)
            for at, (name, series) in enumerate(zip(names, match.members, strict=True))
        }

    def _grid(self) -> np.ndarray:
        """The times at which the formula is evaluated."""
        if not self.names:
            return np.array([self.start_ns, self.end_ns], np.int64)
        if is_periodic(self.found):
            return self._period_starts()
        parts = [series.samples.between(self.start_ns, self.end_ns).times_ns for series in self.match.members]
        return union_of(parts)

    def _period_starts(self) -> np.ndarray:
        """The starts of the periods that hold samples, for each of the formula's periods."""
        by_name = dict(zip(self.names, self.match.members, strict=True))
        parts = []
        for one in self.found:
            times = by_name[str(one.alias)].times_ns
            period = period_of(one)
            if not len(times):
                continue
            start_ns = max(self.start_ns, int(times[0]))  # not the whole of an unbounded window
            end_ns = min(self.end_ns, int(times[-1]) + 1)
            if end_ns <= start_ns:
                continue
            grid = period_grid(period, start_ns, end_ns, zone=self.zone, first="keep")
            lo = np.searchsorted(times, grid.starts)
            parts.append(grid.starts[np.searchsorted(times, grid.ends) > lo])
        return union_of(parts)

    def series(self, null_arithmetic: str, now_ns: int | None, scripts: Any, text: str) -> Series:
        rows = len(self.grid_ns)
        functions = series_functions(self.views)
        for library in self.libraries:
            functions.update(library_functions(library, functions))
        functions["time"] = lambda scope, args: Column(self.grid_ns / NS_PER_MS)
        scope = scope_for(null_arithmetic, now_ns, rows, scripts)
        scope.functions = functions
        result = as_column(evaluate(self.tree, scope), rows)
        samples = samples_of(self.grid_ns, result)
        notes = self._notes() + zero_notes(scope)
        key = self.match.key
        done = Series(key, samples, notes=notes)
        return done.with_applied("formula", text=text, names=self.names)

    def _notes(self) -> tuple[Note, ...]:
        found = []
        for name, view in self.views.items():
            if view.filled:
                how = "held from the sample before" if view.fill == "previous" else "interpolated"
                message = f"{view.filled} values of '{name}' were {how}"
                found.append(Note("filled", message, view.filled, {"alias": name}))
        return tuple(found)


def scope_for(null_arithmetic: str, now_ns: int | None, rows: int, scripts: Any = None) -> Scope:
    """A fresh scope; what scripts define is in it."""
    scope = Scope(missing=null_arithmetic != "zero", rows=rows)
    scope.now_ms = None if now_ns is None else now_ns / NS_PER_MS
    for name, closure in (scripts or {}).items():
        scope.names[name] = closure
    return scope


def zero_notes(scope: Scope) -> tuple[Note, ...]:
    """How often was divided by zero."""
    count = scope.zero_divisors
    if not count:
        return ()
    return (Note("division-by-zero", f"{count} divisions by zero gave no value", count),)


def period_of(reference: Reference) -> Period:
    """The period a statistic is taken over, read off its arguments."""
    at = 2 if reference.function == "percentile" else 1
    arguments = reference.call.arguments
    if at < len(arguments) and isinstance(arguments[at], nodes.Text):
        return parse_interval(arguments[at].value)[0]
    return DEFAULT_PERIOD


def union_of(parts: list[np.ndarray]) -> np.ndarray:
    """All distinct times, ascending."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return np.empty(0, np.int64)
    first = parts[0]
    rest = [part for part in parts[1:] if not (part is first or np.array_equal(part, first))]
    if not rest:
        return first
    merged = np.sort(np.concatenate([first, *rest]), kind="stable")
    return merged[np.concatenate([[True], merged[1:] != merged[:-1]])]


def samples_of(times_ns: np.ndarray, result: Column) -> Samples:
    """A result column as samples: null makes none, undefined and what is not finite a NaN sample."""
    values = result.numbers
    finite = np.isfinite(values)
    if result.kinds is None:
        return Samples(times_ns, values if finite.all() else np.where(finite, values, np.nan))
    shown = finite & (result.kinds != UNDEF) & (result.kinds != TEXT)
    values = np.where(shown, values, np.nan)
    kept = result.kinds != NULL
    if kept.all():
        return Samples(times_ns, values)
    return Samples(times_ns[kept], values[kept])


@register("replace_value", explain=explain_replace)
def replace_value(
    series: Series,
    *,
    tree: Annotated[Any, Param("the parsed formula over value, previousValue, time, previousTime")],
    text: Annotated[str, Param("the formula as written; tells results apart")],
    null_arithmetic: Annotated[
        str, Param("what arithmetic makes of a missing operand", choices=NULL_MODES)
    ] = "missing",
    now_ns: Annotated[int | None, Param("the current time for Date.now()", unit="ns")] = None,
    scripts: Annotated[Any, Param("parsed functions that the formula may call")] = None,
) -> Series:
    """Each sample replaced by what a formula makes of it and of the sample before it.

    In: one series. Variables: value, previousValue, time, previousTime (ms); the predecessor is the raw one.
    Out: the same times. A first sample that the formula gives no value, for lack of a predecessor, is left
        out.
    Missing: a result that is null, undefined or not finite hides the sample (NaN) and interrupts the line.
    Errors: UnknownName for other names, ArgumentFault for arguments.
    Source: ATSD charts "replace-value". Differences: with null_arithmetic "missing" null does not count as 0.
    Example: value - previousValue over 237, 402, 497 -> nothing, 165, 95.
    """
    times, values = series.times_ns, series.values
    rows = len(values)
    used = {node.name for node in nodes.walk(tree) if isinstance(node, nodes.Name)}
    scope = scope_for(null_arithmetic, now_ns, rows, scripts)
    scope.names.update(_sample_names(times, values, used))
    column = as_column(evaluate(tree, scope), rows)
    shown = np.isfinite(column.numbers)
    if column.kinds is not None:
        shown &= (column.kinds != NULL) & (column.kinds != UNDEF) & (column.kinds != TEXT)
    replaced = Samples(times, np.where(shown, column.numbers, np.nan))
    if rows and not shown[0] and used & {"previousValue", "previousTime"}:
        replaced = replaced.take(slice(1, None))
    notes = list(zero_notes(scope))
    hidden = int(np.count_nonzero(~shown & ~np.isnan(values))) - (len(replaced) < rows)
    if hidden > 0:
        notes.append(Note("hidden", f"{hidden} samples were hidden by replace-value", hidden))
    return series.with_samples(replaced, *notes).with_applied("replace_value", text=text)


def _sample_names(times: np.ndarray, values: np.ndarray, used: set[str]) -> dict[str, Column]:
    """The variables of replace-value that the formula uses."""
    gone = np.where(np.isnan(values), np.uint8(NULL), np.uint8(0))
    current = Column(values, gone if gone.any() else None)
    names = {"value": current}
    if "time" in used:
        names["time"] = Column(times / NS_PER_MS)
    first = np.zeros(len(values), np.uint8)
    first[:1] = NULL
    if "previousValue" in used:
        earlier = np.concatenate([[np.nan], values[:-1]])[: len(values)]
        names["previousValue"] = Column(earlier, np.maximum(first, np.roll(gone, 1)))
    if "previousTime" in used:
        before = np.concatenate([[np.nan], times[:-1] / NS_PER_MS])[: len(times)]
        names["previousTime"] = Column(before, first)
    return names


@register("filter_samples")
def filter_samples(
    series: Series,
    *,
    expression: Annotated[Any, Param("the parsed condition over value and date")],
    zone: Annotated[str, Param("time zone of the date's fields")] = "UTC",
) -> Series:
    """The samples for which a condition holds.

    In: one series. Variables: value, time (ms), date with hourOfDay, minuteOfHour, dayOfWeek, timeOfDay,
        is_weekday(), is_weekend() and to_timezone(zone).
    Out: the samples kept, unchanged.
    Missing: a NaN value compares false with everything; only conditions on the date can keep it.
    Errors: UnknownName for other names.
    Source: ATSD "sampleFilter" and charts "filter". Differences: none known.
    Example: value > 10 over 8, 12, 15 -> 12, 15.
    """
    rows = len(series)
    scope = Scope(rows=rows)
    scope.names = {
        "value": Column(series.values),
        "time": Column(series.times_ns / NS_PER_MS),
        "date": Clock(series.times_ns, zone),
    }
    keep = truthy(evaluate(expression, scope))
    if not isinstance(keep, np.ndarray):
        keep = np.full(rows, bool(keep))
    if keep.all():
        return series.with_applied("filter_samples", expression=nodes.dump(expression))
    dropped = int(rows - np.count_nonzero(keep))
    note = Note("filtered", f"{dropped} samples did not meet the condition", dropped)
    kept = series.with_samples(series.samples.take(keep), note)
    return kept.with_applied("filter_samples", expression=nodes.dump(expression))
