"""What the definition of a task says, for people and lists: read without looking anything up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from apps.algebra.periods import Period
from apps.dialects.kairos.nodes import Step
from apps.dialects.kairos.rollups import RollupQuery, parse_rollups
from apps.errors import TsError
from apps.tasks.models import Task

__all__ = ["Outline", "PartOutline", "outline_of", "short_intervals"]


@dataclass(frozen=True)
class PartOutline:
    """One derivation: from which metrics, how, and where its points go."""

    sources: tuple[str, ...]
    target: str
    sampling: Period
    zone: str
    steps: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group_tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A whole definition; ``problem`` says why it can't be read, if so. ``value`` is its JSON."""

    every: Period | None = None
    parts: tuple[PartOutline, ...] = ()
    repairs: bool = True
    problem: str = ""

    @property
    def sources(self) -> list[str]:
        return list(dict.fromkeys(name for part in self.parts for name in part.sources))

    @property
    def targets(self) -> list[str]:
        return list(dict.fromkeys(part.target for part in self.parts))


def outline_of(task: Task) -> Outline:
    """The outline of a task's definition, remembered while it stays the same."""
    return _outline(task.kind, task.definition)


def short_intervals(outline: Outline) -> list[PartOutline]:
    """Parts whose periods are longer than the interval of the task: each is computed several times."""
    every = outline.every
    return [part for part in outline.parts if every and every.fixed_ns < part.sampling.fixed_ns]


# --- Inside ---


@lru_cache(maxsize=1024)
def _outline(kind: str, text: str) -> Outline:
    try:
        value = orjson.loads(text)
        return _READERS[kind](value)
    except TsError as fault:
        return Outline(problem=fault.message)
    except (KeyError, TypeError, ValueError):
        return Outline(problem="its definition can't be read any more")


def _rollup(value: Any) -> Outline:
    # Scripts were looked at when it was posted; the time only bounds queries, and is not used here.
    found = parse_rollups(value, now_ms=0)
    parts = tuple(map(_of_query, found.queries))
    return Outline(found.every, parts, found.repairs)


def _of_query(rollup: RollupQuery) -> PartOutline:
    query = rollup.query
    return PartOutline(
        (rollup.source,),
        rollup.save_as,
        rollup.sampling,
        rollup.zone,
        tuple(map(_step, query.steps)),
        query.tags,
        query.group_tags or (),
    )


def _step(step: Step) -> str:
    return f"{step.aggregator} of {step.sampling}" if step.sampling else step.aggregator


_READERS: Mapping[str, Callable[[Any], Outline]] = {"rollup": _rollup}
