"""Why a formula's value is what it is: inputs with their times, and the arithmetic with numbers put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.algebra.evidence import Evidence, InputSample, number, used, value_at
from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.references import (
    FACT_FUNCTIONS,
    PERIOD_FUNCTIONS,
    Reference,
    is_periodic,
    references,
)
from apps.algebra.expr.values import Column
from apps.algebra.periods import period_grid
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.transforms.formula_functions import series_functions
from apps.algebra.transforms.formula_inputs import InputView, lead_of
from apps.algebra.transforms.formula_intervals import period_of
from apps.algebra.transforms.formula_library import library_functions
from apps.algebra.transforms.formula_matching import rule_text
from apps.algebra.transforms.formula_windows import MOST_SHOWN, mean_text, samples_elsewhere
from apps.errors import TsError

__all__ = ["explain_formula", "explain_replace"]


def _counts(output: Series) -> dict[str, int]:
    return {note.code: note.count for note in output.notes}


def explain_formula(inputs: Sequence[Any], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The samples behind each call that names an input at a time, and the formula with their numbers."""
    names, text, tree = params["names"], params["text"], params["tree"]
    chosen = {
        name: _member_for(one, output) or _BLANK for name, one in zip(names, inputs, strict=True)
    }
    found = references(tree, frozenset(params.get("libraries", ())))
    rule, period = params.get("match", "fill"), params.get("match_period")
    lead = lead_of(found, names)
    says = rule_text(rule, period, lead) if names else "the same at every time"
    if is_periodic(found):
        says = "once per period that holds samples, at its start"
    views = {name: _view_at(at, one, time_ns, params) for at, (name, one) in enumerate(chosen.items())}
    functions = series_functions(views)
    for library in params.get("libraries", ()):
        functions.update(library_functions(library, functions))
    scope = Scope(functions=functions, missing=params.get("null_arithmetic") != "zero", rows=1)
    samples: list[InputSample] = []
    spots: list[tuple[int, int, str]] = []
    lacking: list[str] = []
    for one in found:
        name = str(one.alias)
        if one.function in FACT_FUNCTIONS or name not in views:
            continue
        value = _first(evaluate(one.call, scope))
        behind = _behind(chosen[name], views[name], time_ns, one)
        shown = mean_text(behind) if one.function == "movavg" and isinstance(value, float) else None
        spots.append((one.call.span.start, one.call.span.end, shown or _shown(value)))
        samples.extend(behind)
        if not isinstance(value, float):
            lacking.append(_why_missing(chosen[name], views[name], time_ns, one))
    result = value_at(output.samples, time_ns)
    absent = None
    if result is None or np.isnan(result):
        absent = _off_grid(chosen, time_ns, rule, lead, found) if result is None else None
        absent = absent or "; ".join(dict.fromkeys(lacking)) or _why_no_number(tree, scope, params)
    arithmetic = _put_in(text, tree.span.start, spots)
    if result is not None and np.isfinite(result):
        arithmetic = f"{arithmetic} = {number(result)}"
    unique = tuple(dict.fromkeys(samples))
    return Evidence(says, arithmetic, unique, absent, _counts(output), text)


_BLANK = Series(SeriesKey("", ""), Samples.empty())


def _view_at(at: int, series: Series, time_ns: int, params: dict[str, Any]) -> InputView:
    """One input as the formula sees it at one time."""
    fills, missing = params.get("fills", ()), params.get("missing", ())
    rule, period, zone = params.get("match", "fill"), params.get("match_period"), params.get("zone", "UTC")
    clock_ns, limit_ns = time_ns, None if period is None else period.fixed_ns
    if rule == "grid":
        grid = period_grid(period, time_ns, time_ns + 1, zone=zone, first="keep")
        clock_ns = int(grid.ends[0]) - 1
        limit_ns = clock_ns - int(grid.starts[0])
    return InputView(
        series.samples,
        np.array([clock_ns], np.int64),
        fills[at] if at < len(fills) else "linear",
        zone,
        rule=rule,
        limit_ns=limit_ns,
        missing=missing[at] if at < len(missing) else ("", None),
    )


def _first(value: Any) -> Any:
    """A column of one row as its scalar."""
    return value.row(0) if isinstance(value, Column) and len(value) else value


def _off_grid(
    chosen: dict[str, Series], time_ns: int, rule: str, lead: str, found: list[Reference]
) -> str | None:
    """Why the formula isn't computed at a time at all; None when it is."""
    if not chosen:
        return "outside the window"
    if is_periodic(found) or rule == "grid":
        return None
    if rule in ("previous", "nearest"):
        here = value_at(chosen[lead].samples, time_ns) is not None
        return None if here else f"'{lead}' has no sample at this time"
    here = any(value_at(one.samples, time_ns) is not None for one in chosen.values())
    return None if here else "no input has a sample at this time"


def _why_missing(series: Series, view: InputView, time_ns: int, one: Reference) -> str:
    """Why a call gives no value."""
    name, times = one.alias, series.times_ns
    if not len(times):
        return f"'{name}' has no samples here"
    if one.function == "previous":
        return f"'{name}' has no sample before this one"
    if one.function not in ("value", "detail"):
        return f"{one.function}() of '{name}' has no value at this time"
    here = value_at(series.samples, time_ns)
    if here is not None and np.isnan(here):
        return f"the sample of '{name}' is known to be missing"
    if view.rule != "fill":
        return f"no sample of '{name}' matches this time"
    if time_ns < times[0]:
        return f"the samples of '{name}' begin later"
    return f"the samples of '{name}' end earlier" if time_ns > times[-1] else f"'{name}' has no sample here"


def _why_no_number(tree: nodes.Node, scope: Scope, params: dict[str, Any]) -> str:
    scope.names, scope.zero_divisors = dict(params.get("scripts") or {}), 0
    scope.now_ms = None if params.get("now_ns") is None else params["now_ns"] / 1e6
    try:
        value = _first(evaluate(tree, scope))
    except TsError:
        return "the formula gives no value at this time"
    if scope.zero_divisors:
        return "a division by zero has no value"
    if isinstance(value, float) and not np.isfinite(value):
        return "the result is not a finite number"
    return "the formula gives no value at this time"


def _member_for(one: Any, output: Series) -> Series | None:
    """The member of an input that went into this output."""
    members = [one] if isinstance(one, Series) else list(one)
    tags = output.key.tag_map
    for member in members:
        same = member.key.entity == output.key.entity
        if same and all(tags.get(name, value) == value for name, value in member.key.tags):
            return member
    return members[0] if members else None


def _back(call: nodes.Call) -> int:
    second = call.arguments[1] if len(call.arguments) > 1 else None
    return int(second.value) if isinstance(second, nodes.Number) and second.value >= 0 else 1


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else "missing"


def _behind(series: Series, view: InputView, time_ns: int, one: Reference) -> list[InputSample]:
    """The samples behind one call: the one used, the neighbours it was filled from, those of the period."""
    alias = str(one.alias)
    if one.function in PERIOD_FUNCTIONS and isinstance(one.call.target, nodes.Name):
        grid = period_grid(period_of(one), time_ns, time_ns + 1, zone=view.zone, first="keep")
        lo, hi = (int(at) for at in np.searchsorted(series.times_ns, [grid.starts[0], grid.ends[0]]))
        return [used(series, at, f"'{alias}' in the period", alias) for at in range(lo, hi)[:MOST_SHOWN]]
    elsewhere = samples_elsewhere(series, view, time_ns, one)
    if elsewhere is not None:
        return elsewhere
    back = _back(one.call) if one.function == "previous" else 0
    role = f"previous '{alias}'" if back else f"'{alias}'"
    clock_ns = int(view.grid_ns[0])
    before = int(np.searchsorted(series.times_ns, clock_ns))
    if view.rule != "fill":
        matched = int(view.matched[0])
        return [used(series, matched - back, role, alias)] if matched >= back and matched >= 0 else []
    if back:
        return [used(series, before - back, role, alias)] if before >= back else []
    if before < len(series) and series.times_ns[before] == time_ns:
        return [used(series, before, role, alias)]
    sides = ((before - 1, "before"), (before, "after"))
    if view.fill == "previous":
        sides = sides[:1]
    return [
        used(series, at, f"{role} {side}", alias)
        for at, side in sides
        if 0 <= at < len(series) and view.fill != "none"
    ]


def _put_in(text: str, base: int, spots: list[tuple[int, int, str]]) -> str:
    """The formula with the values of its calls in their places."""
    for start, end, shown in sorted(spots, reverse=True):
        lo, hi = start - base, end - base
        if 0 <= lo < hi <= len(text):
            text = text[:lo] + shown + text[hi:]
    return text


def explain_replace(inputs: Sequence[Series], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The sample and its predecessor, and the formula with their numbers put in."""
    series = inputs[0]
    at = int(np.searchsorted(series.times_ns, time_ns))
    tree, text = params["tree"], params["text"]
    found = at < len(series) and series.times_ns[at] == time_ns
    if not found:
        return Evidence(
            rule="each sample replaced by what the formula makes of it",
            absent="there is no sample at this time",
            counts=_counts(output),
            formula=text,
        )
    values = {"value": float(series.values[at]), "time": series.times_ns[at] / 1e6}
    samples = [used(series, at, "value")]
    if at:
        values["previousValue"] = float(series.values[at - 1])
        values["previousTime"] = series.times_ns[at - 1] / 1e6
        samples.append(used(series, at - 1, "previousValue"))
    known = {"value", "time", "previousValue", "previousTime"}
    spots = [
        (node.span.start, node.span.end, number(values[node.name]) if node.name in values else "missing")
        for node in nodes.walk(tree)
        if isinstance(node, nodes.Name) and node.name in known
    ]
    shown = value_at(output.samples, time_ns)
    arithmetic, absent = _put_in(text, tree.span.start, spots), None
    if shown is None or np.isnan(shown):
        absent = "the formula hides this sample"
        if not at and "missing" in arithmetic:
            absent = "the first sample has none before it"
    else:
        arithmetic = f"{arithmetic} = {number(shown)}"
    rule = "each sample replaced by what the formula makes of it"
    return Evidence(rule, arithmetic, tuple(samples), absent, _counts(output), text)
