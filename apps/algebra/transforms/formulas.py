"""Series computed by expressions over aliases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.arithmetic import compile_arithmetic
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.references import (
    PERIOD_FUNCTIONS,
    Reference,
    is_constant,
    is_periodic,
    references,
)
from apps.algebra.expr.values import Column, as_column
from apps.algebra.periods import Period
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.formula_explain import explain_formula
from apps.algebra.transforms.formula_facts import Known, fact_functions
from apps.algebra.transforms.formula_functions import series_functions
from apps.algebra.transforms.formula_inputs import FILLS, InputView, lead_of
from apps.algebra.transforms.formula_intervals import period_of
from apps.algebra.transforms.formula_library import library_functions
from apps.algebra.transforms.formula_matching import (
    DIVISIONS,
    RULES,
    check_matching,
    matching_notes,
    sample_periods,
    union_of,
)
from apps.algebra.transforms.formula_members import Match, match_members
from apps.algebra.transforms.formula_rows import (
    NULL_MODES,
    blocks_of,
    scope_for,
    without_rows,
    write_rows,
    zero_notes,
)
from apps.errors import Note

__all__ = ["formula"]


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
    known: Annotated[Known | None, Param("metrics and entities that meta() and its siblings tell of")] = None,
    match: Annotated[
        str, Param("how inputs meet: filled, at equal times, as of, nearest, by period", choices=RULES)
    ] = "fill",
    match_period: Annotated[
        Period | None, Param("how far the sample matched may be off; the period of a grid")
    ] = None,
    missing: Annotated[
        tuple[tuple[str, Period | None], ...],
        Param("per input: what stands for a missing value: gap, zero, last (no older than) or skip"),
    ] = (),
    division_by_zero: Annotated[
        str, Param("what a division by zero gives: infinity, no value, 0", choices=DIVISIONS)
    ] = "infinite",
    unit: Annotated[str | None, Param("unit of the result, where it is known")] = None,
) -> list[Series]:
    """A series computed at every time at which one of its inputs has a sample.

    In: one set of series per alias; several series in a set are matched on entity and shared tags.
    Out: one series per match, on the union of the inputs' times within the window; without inputs a constant
        across the window; with nothing but statistics of periods one sample per period, at its start.
        With match "previous" or "nearest" at the times of the first input, with "grid" at starts of periods.
    Missing: a null result makes no sample, an undefined, infinite or NaN one a NaN sample. Between samples
        an input is filled as its fill says, outside its range it is missing. With a match other than "fill"
        a time that some input lacks is left out. `missing` says otherwise, input by input.
    Errors: UnknownName for names, ArgumentFault for arguments, LimitFault for too much work.
    Source: ATSD charts "value" setting. Differences: with null_arithmetic "missing" null does not count as 0.
    Example: value('a') - previous('a') over 10, 14, 11 -> nothing, 4, -3.
    """
    check_matching(match, match_period, missing)
    recipe = _Recipe(
        names, tree, text, references(tree, frozenset(libraries)), zone, fills, libraries, match,
        match_period, missing, division_by_zero, null_arithmetic, now_ns, scripts, known, unit,
    )  # fmt: skip
    optional = tuple(mode in ("zero", "last") for mode, _ in missing)
    matches, lost = match_members(inputs, optional)
    results = [_Run(one, recipe, start_ns, end_ns).series() for one in matches]
    if lost:
        note = Note("unmatched", f"{lost} series found no partner and were left out", lost)
        if results:
            results[0] = results[0].with_samples(results[0].samples, note)
        else:
            results.append(Series(SeriesKey("", ""), Samples.empty(), notes=(note,)))
    return results


@dataclass(frozen=True, eq=False)
class _Recipe:
    """What is the same for all results of one formula."""

    names: tuple[str, ...]
    tree: nodes.Node
    text: str
    found: list[Reference]
    zone: str
    fills: tuple[str, ...]
    libraries: tuple[str, ...]
    rule: str
    match_period: Period | None
    missing: tuple[tuple[str, Period | None], ...]
    division_by_zero: str
    null_arithmetic: str
    now_ns: int | None
    scripts: Any
    known: Known | None
    unit: str | None


class _Run:
    """One result of a formula: the grid, the views of its inputs, and what came out."""

    def __init__(self, match: Match, recipe: _Recipe, start_ns: int, end_ns: int) -> None:
        self.match, self.recipe = match, recipe
        self.start_ns, self.end_ns = start_ns, end_ns
        self.begins: list[int | None] = [None] * len(match.members)
        self.grid_ns, self.clock_ns, self.limit_ns = self._grid()
        self.views = {
            name: self._view(at, series)
            for at, (name, series) in enumerate(zip(recipe.names, match.members, strict=True))
        }

    def _view(self, at: int, series: Series) -> InputView:
        recipe = self.recipe
        times = series.times_ns
        lo, hi = (0, 0)
        if recipe.rule != "fill":
            lo, hi = (int(one) for one in np.searchsorted(times, [self.start_ns, self.end_ns]))
        return InputView(
            series.samples,
            self.clock_ns,
            recipe.fills[at] if at < len(recipe.fills) else FILLS[0],
            recipe.zone,
            rule=recipe.rule,
            limit_ns=self.limit_ns,
            missing=recipe.missing[at] if at < len(recipe.missing) else ("", None),
            within=(lo, hi),
            begins=self.begins[at],
        )

    def _grid(self) -> tuple[np.ndarray, np.ndarray, int | np.ndarray | None]:
        """The times of the result, the times at which inputs are looked up, how far a match may be off."""
        recipe = self.recipe
        if not recipe.names or is_constant(recipe.found):
            grid_ns = np.array([self.start_ns, self.end_ns], np.int64)
            return grid_ns, grid_ns, None
        if is_periodic(recipe.found):
            grid_ns = self._period_starts()
            return grid_ns, grid_ns, None
        parts = [series.samples.between(self.start_ns, self.end_ns).times_ns for series in self.match.members]
        if recipe.rule == "grid":
            return self._period_grid(union_of(parts))
        if recipe.rule in ("previous", "nearest"):
            parts = [parts[recipe.names.index(lead_of(recipe.found, recipe.names))]]
        grid_ns = union_of(parts)
        if len(parts) == len(self.match.members) and all(len(part) == len(grid_ns) for part in parts):
            starts = [np.searchsorted(one.times_ns, self.start_ns) for one in self.match.members]
            self.begins = [int(start) for start in starts]  # equal times: nothing to look for later
        period = recipe.match_period
        return grid_ns, grid_ns, None if period is None else period.fixed_ns

    def _period_grid(self, times_ns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Periods that hold samples: stamped at their start, looked up at their end."""
        recipe = self.recipe
        period = recipe.match_period
        assert period is not None
        grid = sample_periods(times_ns, period, self.start_ns, self.end_ns, recipe.zone)
        if grid is None:
            none = np.empty(0, np.int64)
            return none, none, none
        return grid.starts, grid.ends - 1, grid.ends - 1 - grid.starts

    def _period_starts(self) -> np.ndarray:
        """The starts of the periods that hold samples, for each of the formula's periods."""
        by_name = dict(zip(self.recipe.names, self.match.members, strict=True))
        parts = []
        for one in self.recipe.found:
            if one.function not in PERIOD_FUNCTIONS:
                continue
            times = by_name[str(one.alias)].times_ns
            grid = sample_periods(times, period_of(one), self.start_ns, self.end_ns, self.recipe.zone)
            if grid is not None:
                parts.append(grid.starts)
        return union_of(parts)

    def series(self) -> Series:
        recipe = self.recipe
        functions = series_functions(self.views)
        members = dict(zip(recipe.names, self.match.members, strict=True))
        functions.update(fact_functions(members, recipe.known))
        for library in recipe.libraries:
            functions.update(library_functions(library, functions))
        scope = scope_for(recipe.null_arithmetic, recipe.now_ns, len(self.grid_ns), recipe.scripts)
        scope.divisions = recipe.division_by_zero
        scope.functions = functions
        samples = self._samples(scope, functions)
        notes = matching_notes(self.views, recipe.rule, len(self.grid_ns)) + list(zero_notes(scope))
        done = Series(self.match.key, samples, unit=recipe.unit, notes=tuple(notes))
        return done.with_applied("formula", text=recipe.text, names=recipe.names)

    def _samples(self, scope: Scope, functions: dict[str, Any]) -> Samples:
        """The formula over the grid, a block at a time: what a block needs stays in the processor's cache."""
        rows = len(self.grid_ns)
        values = np.empty(rows)
        gone: list[np.ndarray] = []
        names = dict(scope.names)
        program = compile_arithmetic(self.recipe.tree, self._leaf)
        for lo, hi in blocks_of(rows):
            for view in self.views.values():
                view.move(lo, hi)
            if program is not None and lo and program.run(values[lo:hi]):
                continue
            here_ns = self.grid_ns[lo:hi]
            functions["time"] = lambda scope, args, here_ns=here_ns: Column(here_ns / NS_PER_MS)
            scope.rows, scope.names = hi - lo, dict(names)
            result = as_column(evaluate(self.recipe.tree, scope), hi - lo)
            absent = write_rows(result, values[lo:hi], *self._marks())
            if absent is not None:
                gone.append(absent + lo)
        if not gone:
            return Samples(self.grid_ns, values)
        return without_rows(self.grid_ns, values, np.concatenate(gone))

    def _leaf(self, call: nodes.Name | nodes.Call) -> Callable[[], np.ndarray] | None:
        """The numbers of ``value('a')`` and ``previous('a', 2)``; None for other calls."""
        if not isinstance(call, nodes.Call) or not isinstance(call.target, nodes.Name):
            return None
        if call.target.name not in ("value", "detail", "previous"):
            return None
        alias, *rest = call.arguments or (None,)
        view = self.views.get(alias.value) if isinstance(alias, nodes.Text) else None
        back = 0
        if call.target.name == "previous":
            back = 1
            if rest:
                whole = isinstance(rest[0], nodes.Number) and float(rest[0].value).is_integer()
                back = int(rest[0].value) if whole and 0 <= rest[0].value < 10**6 else -1
        return None if view is None or back < 0 else lambda: view.numbers(back)

    def _marks(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """The rows that inputs without a value make gaps, and those that they leave out."""
        gaps = skips = None
        for view in self.views.values():
            if view.gaps is not None:
                gaps = view.gaps if gaps is None else gaps | view.gaps
            if view.skips is not None:
                skips = view.skips if skips is None else skips | view.skips
        return gaps, skips
