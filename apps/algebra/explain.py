"""Where one sample of a result comes from: inputs, rule, arithmetic, counts; or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from apps.algebra.evidence import Evidence, InputSample, number, used, value_at
from apps.algebra.execute import execute_each
from apps.algebra.plan import Apply, Node
from apps.algebra.registry import FunctionSpec, lookup
from apps.algebra.series import Series, SeriesKey
from apps.algebra.source import Limits, SampleSource
from apps.errors import MissingFault, Note

__all__ = ["Explanation", "explain", "explain_steps"]

#: Functions that hand samples on as they are: an account passes through them.
_PASSING = frozenset({"clip", "limit_samples"})
_DEEPEST = 12
_MOST_STEPS = 40


@dataclass(frozen=True)
class Explanation:
    """One output sample accounted for. ``value`` is None, and ``absent`` says why, when there is none.

    ``counts`` are over the whole series (dropped, reset, filled, unmatched, missing, …), by note code.
    ``steps`` account for those inputs that were computed themselves.
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
    formula: str = ""
    steps: tuple[Explanation, ...] = ()


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
    are explained by :func:`explain_steps`, or by asking again for the node's inputs.
    """
    return _Account(node, source, limits or Limits()).of(node, series_index, time_ns)


def explain_steps(
    node: Node,
    source: SampleSource,
    limits: Limits | None = None,
    *,
    series_index: int = 0,
    time_ns: int,
) -> Explanation:
    """Like :func:`explain`, with the steps before it: how computed inputs came about, down to what is stored.

    Functions that only cut a series to a window are passed through.
    """
    return _Account(node, source, limits or Limits(), deep=True).tree(node, series_index, time_ns)


@dataclass
class _Account:
    """One execution of a plan, and what is told about its samples."""

    node: Node
    source: SampleSource
    limits: Limits
    deep: bool = False
    steps_left: int = _MOST_STEPS
    done: dict[int, tuple[Series, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted: dict[int, Node] = {}
        stack = [self.node]
        while stack:
            top = stack.pop()
            if id(top) in wanted:
                continue
            wanted[id(top)] = top
            if isinstance(top, Apply) and (self.deep or top is self.node):
                stack.extend(top.inputs)
        outcomes = execute_each(list(wanted.values()), self.source, self.limits)
        for at, outcome in zip(wanted, outcomes, strict=True):
            if outcome.error is not None:
                raise outcome.error
            self.done[at] = outcome.series

    def of(self, node: Node, index: int, time_ns: int) -> Explanation:
        """One step: the sample of one series of a node."""
        produced = self.done[id(node)]
        if not 0 <= index < len(produced):
            raise MissingFault(
                f"the result has {len(produced)} series, there is no number {index}",
                hint="series are counted from 0",
            )
        output = produced[index]
        if isinstance(node, Apply):
            sets = [self.done[id(one)] for one in node.inputs]
            evidence = _evidence(node, sets, output, index, len(produced), time_ns)
            name, params = node.function, dict(node.params)
        else:
            evidence, name, params = _stored(output, time_ns), "read", {}
        value = value_at(output.samples, time_ns)
        absent = None
        if value is None:
            absent = evidence.absent or "no sample at that time"
        elif np.isnan(value):
            absent = evidence.absent or "the sample has no value"
        return Explanation(
            name, params, output.key, time_ns, value, absent, evidence.inputs, evidence.rule,
            evidence.arithmetic, dict(evidence.counts), output.notes, evidence.formula,
        )  # fmt: skip

    def tree(self, node: Node, index: int, time_ns: int, depth: int = 0) -> Explanation:
        """One step and those before it."""
        passed = self._behind(node, index, time_ns)
        if passed is not None:
            return self.tree(*passed, time_ns, depth)
        told = self.of(node, index, time_ns)
        if not isinstance(node, Apply) or depth >= _DEEPEST:
            return told
        steps = []
        seen: set[tuple[int, int, int]] = set()
        for sample in told.inputs:
            place = self._place(node, sample)
            if place is None or not isinstance(self._source_of(place[0]), Apply):
                continue
            mark = (id(place[0]), place[1], sample.time_ns)
            if mark in seen or self.steps_left <= 0:
                continue
            seen.add(mark)
            self.steps_left -= 1
            steps.append(self.tree(*place, sample.time_ns, depth + 1))
        return replace(told, steps=tuple(steps))

    def _behind(self, node: Node, index: int, time_ns: int) -> tuple[Node, int] | None:
        """Where a sample stands before a function that hands samples on; None when that one has a say."""
        if not isinstance(node, Apply) or node.function not in _PASSING or len(node.inputs) != 1:
            return None
        produced, inner = self.done[id(node)], self.done[id(node.inputs[0])]
        if len(produced) != len(inner) or index >= len(produced):
            return None
        kept, there = (value_at(one[index].samples, time_ns) for one in (produced, inner))
        return None if kept is None and there is not None else (node.inputs[0], index)

    def _source_of(self, node: Node) -> Node:
        """The node behind those that only hand samples on."""
        while isinstance(node, Apply) and node.function in _PASSING and len(node.inputs) == 1:
            node = node.inputs[0]
        return node

    def _place(self, node: Apply, sample: InputSample) -> tuple[Node, int] | None:
        """Which input, and which series of it, an explained sample is of."""
        names = dict(node.params).get("names") or ()
        for at, one in enumerate(node.inputs):
            if sample.alias and (at >= len(names) or names[at] != sample.alias):
                continue
            for index, series in enumerate(self.done[id(one)]):
                here = value_at(series.samples, sample.time_ns)
                same = here is not None and (here == sample.value or np.isnan(sample.value))
                if series.key == sample.key and same:
                    return one, index
        return None


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
