"""Expressions over the samples of one series: rewritten samples, and sample filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.arithmetic import compile_arithmetic
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.values import Column, as_column, truthy
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.formula_clock import Clock
from apps.algebra.transforms.formula_explain import explain_replace
from apps.algebra.transforms.formula_inputs import column_of
from apps.algebra.transforms.formula_rows import NULL_MODES, blocks_of, scope_for, write_rows, zero_notes
from apps.errors import Note

__all__ = ["filter_samples", "replace_value"]


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
    unit: Annotated[str | None, Param("unit of the result, where it is known")] = None,
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
    values = series.values
    rows = len(values)
    used = {node.name for node in nodes.walk(tree) if isinstance(node, nodes.Name)}
    scope = scope_for(null_arithmetic, now_ns, rows, scripts)
    names = dict(scope.names)
    out, hidden, lo, hi = np.empty(rows), 0, 0, 0
    program = compile_arithmetic(tree, lambda node: _sample_leaf(node, lambda: (values, lo, hi)))
    for lo, hi in blocks_of(rows):
        if program is not None and lo and program.run(out[lo:hi]):
            continue
        scope.rows, scope.names = hi - lo, {**names, **_sample_names(series.samples, lo, hi, used)}
        write_rows(as_column(evaluate(tree, scope), hi - lo), out[lo:hi])
        hidden += int(np.count_nonzero(np.isnan(out[lo:hi]) & ~np.isnan(values[lo:hi])))
    replaced = Samples(series.times_ns, out)
    if rows and np.isnan(out[0]) and used & {"previousValue", "previousTime"}:
        hidden -= not np.isnan(values[0])
        replaced = replaced.take(slice(1, None))
    notes = list(zero_notes(scope))
    if hidden > 0:
        notes.append(Note("hidden", f"{hidden} samples were hidden by replace-value", hidden))
    shaped = replace(series.with_samples(replaced, *notes), unit=unit)
    return shaped.with_applied("replace_value", text=text)


def _sample_leaf(
    node: nodes.Name | nodes.Call, here: Callable[[], tuple[np.ndarray, int, int]]
) -> Callable[[], np.ndarray] | None:
    """The samples of a block, or those before them."""
    if not isinstance(node, nodes.Name) or node.name not in ("value", "previousValue"):
        return None
    back = int(node.name == "previousValue")

    def numbers() -> np.ndarray:
        values, lo, hi = here()
        return values[lo - back : hi - back]

    return numbers


def _sample_names(samples: Samples, lo: int, hi: int, used: set[str]) -> dict[str, Column]:
    """The variables of replace-value that the formula uses, for some rows."""
    times, values = samples.times_ns, samples.values
    names = {"value": column_of(values[lo:hi])}
    if "time" in used:
        names["time"] = Column(times[lo:hi] / NS_PER_MS)
    if "previousValue" in used:
        names["previousValue"] = column_of(_earlier(values, lo, hi))
    if "previousTime" in used:
        names["previousTime"] = column_of(_earlier(times, lo, hi) / NS_PER_MS)
    return names


def _earlier(column: np.ndarray, lo: int, hi: int) -> np.ndarray:
    """What stands one row before some rows; NaN before the first one."""
    if lo:
        return column[lo - 1 : hi - 1]
    return np.concatenate([[np.nan], column[:hi]])[:hi]


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
