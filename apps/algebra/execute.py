"""Running a plan: read what its leaves name, apply its functions, keep its limits.

Needs a source of samples and limits, and a runner for scripts if a plan holds some. Each node is computed
once however often it is used.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apps.algebra import transforms as _registered
from apps.algebra.plan import Apply, Given, Node, Read
from apps.algebra.registry import lookup
from apps.algebra.scripting import ScriptSession, script_runner
from apps.algebra.series import Samples, Series
from apps.algebra.source import DEFAULT_LIMITS, Limits, SampleSource, around
from apps.errors import LimitFault, Note, TsError

__all__ = ["Outcome", "execute", "execute_each"]

#: Importing the transforms registers the functions that plans name.
REGISTERED = _registered


class _Window(NamedTuple):
    """``[start_ns, end_ns)``, and so many known samples on either side of it."""

    start_ns: int
    end_ns: int
    before: int = 0
    after: int = 0

    def holds(self, other: _Window) -> bool:
        """Whether the other interval lies inside this one; neighbours are then within reach too."""
        return self.start_ns <= other.start_ns and max(other.start_ns, other.end_ns) <= self.end_ns


class _Want(NamedTuple):
    """A window of a stored series, with or without kinds and texts."""

    series_id: int
    exact: bool
    window: _Window


def _shared_windows(leaves: Iterable[Read]) -> dict[_Want, _Window]:
    """For every window of a series that is wanted the one to read, in which it lies.

    A window inside another one of the same series is cut from that one, which then has neighbours enough
    for both. So a chart that draws a series, and derives others from it, reads it once.
    """
    wants: dict[tuple[int, bool], set[_Window]] = defaultdict(set)
    for leaf in leaves:
        window = _Window(leaf.start_ns, leaf.end_ns, leaf.before, leaf.after)
        for ref in leaf.series:
            wants[ref.id, leaf.exact].add(window)
    covers: dict[_Want, _Window] = {}
    for (series_id, exact), windows in wants.items():
        if len(windows) == 1:
            (window,) = windows
            covers[_Want(series_id, exact, window)] = window
            continue
        widest = sorted(windows, key=lambda one: (one.start_ns, -one.end_ns))
        groups: list[list[_Window]] = []
        for window in widest:
            home = next((group for group in groups if group[0].holds(window)), None)
            if home is None:
                groups.append([window])
            else:
                home.append(window)
        for group in groups:
            before, after = max(one.before for one in group), max(one.after for one in group)
            cover = group[0]._replace(before=before, after=after)
            covers.update({_Want(series_id, exact, one): cover for one in group})
    return covers


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
    try:
        run.read_all(nodes)
        return [run.outcome(node) for node in nodes]
    finally:
        run.close()


class _Run:
    """The state of one execution: results by node, the clock and the counts that limits bound."""

    def __init__(self, source: SampleSource, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.done: dict[int, Outcome] = {}
        self.samples_in = 0
        self.deadline = time.monotonic() + limits.seconds if limits.seconds else None
        self.scripts: ScriptSession | None = None

    def script_session(self) -> ScriptSession:
        """What scripts run in: one for all of them, since together they have so much time."""
        if self.scripts is None:
            self.scripts = script_runner().session()
        return self.scripts

    def close(self) -> None:
        """Give back what the execution held."""
        if self.scripts is not None:
            self.scripts.close()

    def read_all(self, nodes: Sequence[Node]) -> None:
        """Read all leaves first: what several of them want of a series is read once."""
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
        columns = self._columns(_shared_windows(leaves.values()))
        for leaf in leaves.values():
            self.done[id(leaf)] = self._cut(leaf, columns)

    def _columns(self, covers: Mapping[_Want, _Window]) -> dict[_Want, Samples | TsError]:
        """What the wants are cut from: each series of a window once, those of one window in one query."""
        queries: dict[tuple[_Window, bool], dict[int, list[_Want]]] = defaultdict(lambda: defaultdict(list))
        for want, cover in covers.items():
            queries[cover, want.exact][want.series_id].append(want)
        found: dict[_Want, Samples | TsError] = {}
        for (window, exact), wants in queries.items():
            try:
                columns: list[Samples | TsError] = list(
                    self.source.read(
                        list(wants),
                        window.start_ns,
                        window.end_ns,
                        before=window.before,
                        after=window.after,
                        exact=exact,
                    )
                )
                self._count(columns)
            except TsError as error:
                columns = [error] * len(wants)
            for column, served in zip(columns, wants.values(), strict=True):
                found.update(dict.fromkeys(served, column))
        return found

    def _cut(self, leaf: Read, columns: Mapping[_Want, Samples | TsError]) -> Outcome:
        """The series of a leaf, each cut to the window that the leaf asks for."""
        window = _Window(leaf.start_ns, leaf.end_ns, leaf.before, leaf.after)
        series = []
        for ref in leaf.series:
            column = columns[_Want(ref.id, leaf.exact, window)]
            if isinstance(column, TsError):
                return Outcome(error=column)
            samples = around(column, leaf.start_ns, leaf.end_ns, before=leaf.before, after=leaf.after)
            series.append(Series(ref.key, samples, unit=leaf.unit, notes=self._notes_on(ref.id)))
        return Outcome(tuple(series))

    def _notes_on(self, series_id: int) -> tuple[Note, ...]:
        """What the source has to say of a series it read; most sources have nothing to say of any."""
        tell = getattr(self.source, "notes_on", None)
        return tell(series_id) if tell is not None else ()

    def _count(self, columns: Sequence[Samples | TsError]) -> None:
        self.samples_in += sum(len(one) for one in columns if not isinstance(one, TsError))
        if self.limits.samples_in and self.samples_in > self.limits.samples_in:
            raise LimitFault(
                f"the query reads more than {self.limits.samples_in} samples",
                hint="shorten the interval or aggregate over a period",
                data={"limit": "samples_in", "allowed": self.limits.samples_in},
            )

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
        if "script_session" in spec.params:
            params["script_session"] = self.script_session()
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
