"""Running a plan: read what its leaves name, apply its functions, keep its limits.

Needs a source of samples and limits, nothing else. Each node is computed once however often it is used.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from apps.algebra import transforms as _registered
from apps.algebra.plan import Apply, Given, Node, Read
from apps.algebra.registry import lookup
from apps.algebra.series import Series
from apps.algebra.source import DEFAULT_LIMITS, Limits, SampleSource
from apps.errors import LimitFault, Note, TsError

__all__ = ["Outcome", "execute", "execute_each"]

#: Importing the transforms registers the functions that plans name.
REGISTERED = _registered


@dataclass(frozen=True)
class Outcome:
    """What one output node came to: its series, or the fault that stopped it."""

    series: tuple[Series, ...] = ()
    error: TsError | None = None


def execute(node: Node, source: SampleSource, limits: Limits = DEFAULT_LIMITS) -> tuple[Series, ...]:
    """The series of one node. Raises TsError when a function faults or a limit is passed."""
    (outcome,) = execute_each([node], source, limits)
    if outcome.error is not None:
        raise outcome.error
    return outcome.series


def execute_each(
    nodes: Sequence[Node], source: SampleSource, limits: Limits = DEFAULT_LIMITS
) -> list[Outcome]:
    """The series of several nodes that may share parts; a fault stops only the nodes that need the part."""
    run = _Run(source, limits)
    run.read_all(nodes)
    return [run.outcome(node) for node in nodes]


class _Run:
    """The state of one execution: results by node, the clock and the counts that limits bound."""

    def __init__(self, source: SampleSource, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.done: dict[int, Outcome] = {}
        self.samples_in = 0
        self.deadline = time.monotonic() + limits.seconds if limits.seconds else None

    def read_all(self, nodes: Sequence[Node]) -> None:
        """Read all leaves first, those of one window in one query, so that a chart costs few queries."""
        leaves: dict[int, Read] = {}
        stack = list(nodes)
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Read):
                leaves[id(node)] = node
            elif isinstance(node, Apply):
                stack.extend(node.inputs)
        count = sum(len(leaf.series) for leaf in leaves.values())
        if self.limits.series and count > self.limits.series:
            fault = LimitFault(
                f"the query reads {count} series, more than the limit of {self.limits.series}",
                hint="narrow the selection by entity or tags, or set a series limit",
                data={"limit": "series", "asked": count, "allowed": self.limits.series},
            )
            self.done.update({node: Outcome(error=fault) for node in leaves})
            return
        windows: dict[tuple[int, int, int, int, bool], list[Read]] = defaultdict(list)
        for leaf in leaves.values():
            windows[(leaf.start_ns, leaf.end_ns, leaf.before, leaf.after, leaf.exact)].append(leaf)
        for (start_ns, end_ns, before, after, exact), group in windows.items():
            ids = [ref.id for leaf in group for ref in leaf.series]
            try:
                columns = self.source.read(
                    ids, start_ns, end_ns, before=before, after=after, exact=exact
                )
            except TsError as error:
                self.done.update({id(leaf): Outcome(error=error) for leaf in group})
                continue
            at = 0
            for leaf in group:
                taken = columns[at : at + len(leaf.series)]
                at += len(leaf.series)
                self.done[id(leaf)] = self._counted(
                    tuple(
                        Series(ref.key, samples, unit=leaf.unit, notes=self._notes_on(ref.id))
                        for ref, samples in zip(leaf.series, taken, strict=True)
                    )
                )

    def _notes_on(self, series_id: int) -> tuple[Note, ...]:
        """What the source has to say of a series it read; most sources have nothing to say of any."""
        tell = getattr(self.source, "notes_on", None)
        return tell(series_id) if tell is not None else ()

    def _counted(self, series: tuple[Series, ...]) -> Outcome:
        self.samples_in += sum(len(one) for one in series)
        if self.limits.samples_in and self.samples_in > self.limits.samples_in:
            return Outcome(
                error=LimitFault(
                    f"the query reads more than {self.limits.samples_in} samples",
                    hint="shorten the interval or aggregate over a period",
                    data={"limit": "samples_in", "allowed": self.limits.samples_in},
                )
            )
        return Outcome(series)

    def outcome(self, node: Node) -> Outcome:
        """The outcome of a node. Iterative post-order, so that deep plans don't exhaust the stack."""
        stack = [node]
        while stack:
            top = stack[-1]
            if id(top) in self.done:
                stack.pop()
                continue
            waiting = [
                child
                for child in (top.inputs if isinstance(top, Apply) else ())
                if id(child) not in self.done
            ]
            if waiting:
                stack.extend(waiting)
                continue
            self.done[id(top)] = self._compute(top)
            stack.pop()
        return self.done[id(node)]

    def _compute(self, node: Node) -> Outcome:
        if isinstance(node, Given):
            return Outcome(node.series)
        assert isinstance(node, Apply)
        inputs = [self.done[id(child)] for child in node.inputs]
        for child in inputs:
            if child.error is not None:
                return child
        try:
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise LimitFault(
                    f"the query took longer than {self.limits.seconds:g} s",
                    hint="shorten the interval or aggregate over a period",
                    data={"limit": "seconds", "allowed": self.limits.seconds},
                )
            return Outcome(self._call(node, [child.series for child in inputs]))
        except TsError as error:
            return Outcome(error=error.at(node.span) if node.span else error)

    def _call(self, node: Apply, sets: list[tuple[Series, ...]]) -> tuple[Series, ...]:
        spec = lookup(node.function)
        params = dict(node.params)
        if "max_points" in spec.params and self.limits.samples_out:
            params.setdefault("max_points", self.limits.samples_out)
        if spec.shape == "sets":
            return tuple(spec.function(tuple(sets), **params))
        members = tuple(series for one in sets for series in one)
        if spec.shape == "set":
            return tuple(spec.function(members, **params))
        produced: list[Series] = []
        for series in members:
            result = spec.function(series, **params)
            produced.extend([result] if isinstance(result, Series) else result)
        return tuple(produced)
