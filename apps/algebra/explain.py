"""Where one sample of a result comes from: inputs, rule, arithmetic, counts; or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.evidence import Evidence, InputSample, number, used, value_at
from apps.algebra.execute import execute_each
from apps.algebra.plan import Apply, Node
from apps.algebra.registry import FunctionSpec, lookup
from apps.algebra.series import Series, SeriesKey
from apps.algebra.source import Limits, SampleSource
from apps.errors import MissingFault, Note

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True)
class Explanation:
    """One output sample accounted for. ``value`` is None, and ``absent`` says why, when there is none.

    ``counts`` are over the whole series (dropped, reset, filled, unmatched, missing, …), by note code.
    """

    function: str
    params: Mapping[str, Any]
    key: SeriesKey
    time_ns: int
    value: float | None
    absent: str | None
    inputs: tuple[InputSample, ...]
    rule: str
    arithmetic: str
    counts: Mapping[str, int]
    notes: tuple[Note, ...] = ()


def explain(
    node: Node,
    source: SampleSource,
    limits: Limits | None = None,
    *,
    series_index: int = 0,
    time_ns: int,
) -> Explanation:
    """Account for the sample at ``time_ns`` of one series that ``node`` produces.

    Raises what executing the node raises, and MissingFault when it produces no such series. Earlier steps
    are explained by asking again for the node's inputs.
    """
    inner = node.inputs if isinstance(node, Apply) else ()
    outcomes = execute_each([node, *inner], source, limits or Limits())
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    produced = outcomes[0].series
    if not 0 <= series_index < len(produced):
        raise MissingFault(
            f"the result has {len(produced)} series, there is no number {series_index}",
            hint="series are counted from 0",
        )
    output = produced[series_index]
    if isinstance(node, Apply):
        sets = [outcome.series for outcome in outcomes[1:]]
        evidence = _evidence(node, sets, output, series_index, len(produced), time_ns)
        name, params = node.function, dict(node.params)
    else:
        evidence, name, params = _stored(output, time_ns), "read", {}
    value = value_at(output.samples, time_ns)
    absent = None if value is not None else (evidence.absent or "no sample at that time")
    return Explanation(
        name, params, output.key, time_ns, value, absent, evidence.inputs, evidence.rule,
        evidence.arithmetic, dict(evidence.counts), output.notes,
    )  # fmt: skip


def _evidence(
    node: Apply, sets: list[tuple[Series, ...]], output: Series, index: int, produced: int, time_ns: int
) -> Evidence:
    spec = lookup(node.function)
    inputs: tuple[Any, ...] = tuple(series for one in sets for series in one)
    if spec.shape == "sets":
        inputs = tuple(sets)
    elif spec.shape == "series":
        inputs = (inputs[_origin(spec, node, inputs, index, produced)],)
    if spec.explain is None:
        return _unchanged(inputs, output, time_ns)
    return spec.explain(inputs, output, time_ns, **dict(node.params))


def _origin(
    spec: FunctionSpec, node: Apply, inputs: tuple[Series, ...], index: int, produced: int
) -> int:
    """Which input series an output of a one-series function was made from."""
    if produced % len(inputs) == 0:
        return index // (produced // len(inputs))  # every input gives the same number of series
    made = 0
    for at, series in enumerate(inputs):
        result = spec.function(series, **dict(node.params))
        made += 1 if isinstance(result, Series) else len(result)
        if index < made:
            return at
    return len(inputs) - 1


def _stored(series: Series, time_ns: int) -> Evidence:
    at = int(np.searchsorted(series.times_ns, time_ns))
    if at < len(series) and series.times_ns[at] == time_ns:
        sample = used(series, at, "stored")
        return Evidence("a stored sample", number(sample.value), (sample,))
    return Evidence("a stored sample", absent="no sample is stored at that time")


def _unchanged(inputs: tuple[Any, ...], output: Series, time_ns: int) -> Evidence:
    """For functions that pass or leave out samples and say nothing else about themselves."""
    counts = {note.code: note.count for note in output.notes}
    members = [one for part in inputs for one in ([part] if isinstance(part, Series) else part)]
    for series in members:
        at = int(np.searchsorted(series.times_ns, time_ns))
        if series.key == output.key and at < len(series) and series.times_ns[at] == time_ns:
            gone = value_at(output.samples, time_ns) is None
            sample = used(series, at, "sample")
            absent = "the function left it out" if gone else None
            return Evidence("from the sample at the same time", "", (sample,), absent, counts)
    return Evidence("from the sample at the same time", absent="no sample at that time", counts=counts)
