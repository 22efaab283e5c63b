"""Why a formula's value is what it is: inputs with their times, and the arithmetic with numbers put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.algebra.evidence import Evidence, InputSample, number, used, value_at
from apps.algebra.expr import nodes
from apps.algebra.expr.references import references
from apps.algebra.series import Series
from apps.algebra.transforms.formula_inputs import InputView

__all__ = ["explain_formula", "explain_replace"]


def _counts(output: Series) -> dict[str, int]:
    return {note.code: note.count for note in output.notes}


def explain_formula(inputs: Sequence[Any], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The samples behind ``value('a')`` and ``previous('a')`` at a time, and the formula with numbers."""
    names, text = params["names"], params["text"]
    chosen = [_member_for(one, output) for one in inputs]
    by_name = {name: one for name, one in zip(names, chosen, strict=False) if one is not None}
    fills = dict(zip(names, params.get("fills", ()), strict=False))
    at = np.array([time_ns], np.int64)
    samples: list[InputSample] = []
    spots: list[tuple[int, int, str]] = []
    tree = params["tree"]
    for one in references(tree, frozenset(params.get("libraries", ()))):
        series = by_name.get(str(one.alias))
        if series is None or one.function not in ("value", "detail", "previous"):
            continue
        view = InputView(series.samples, at, fills.get(str(one.alias), "linear"), "UTC")
        back = _back(one.call) if one.function == "previous" else 0
        column = view.previous(back) if back else view.value()
        value = column.row(0)
        spots.append((one.call.span.start, one.call.span.end, _shown(value)))
        samples.extend(_behind(series, time_ns, back, str(one.alias)))
    absent = None
    if value_at(output.samples, time_ns) is None:
        absent = "the formula gives no value at this time"
    return Evidence(
        rule=f"{text} at each time at which an input has a sample",
        arithmetic=_put_in(text, tree.span.start, spots),
        inputs=tuple(samples),
        absent=absent,
        counts=_counts(output),
        formula=text,
    )


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


def _behind(series: Series, time_ns: int, back: int, alias: str) -> list[InputSample]:
    """The sample used, or the two neighbours it was filled from."""
    times = series.times_ns
    before = int(np.searchsorted(times, time_ns))
    if back:
        at = before - back
        return [used(series, at, f"previous '{alias}'", alias)] if at >= 0 else []
    if before < len(times) and times[before] == time_ns:
        return [used(series, before, f"'{alias}'", alias)]
    return [
        used(series, at, f"'{alias}' {side}", alias)
        for at, side in ((before - 1, "before"), (before, "after"))
        if 0 <= at < len(times)
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
        return Evidence(rule=text, absent="there is no sample at this time", counts=_counts(output))
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
    absent = "the formula hides this sample" if shown is None or np.isnan(shown) else None
    return Evidence(text, _put_in(text, tree.span.start, spots), tuple(samples), absent, _counts(output))
