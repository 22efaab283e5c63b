"""What the definition of a task says, for people and lists: read without looking anything up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from apps.algebra.periods import Period
from apps.dialects.kairos.nodes import Step
from apps.dialects.kairos.rollups import RollupQuery, parse_rollups
from apps.errors import TsError
from apps.tasks.chart_parts import KIND as CHART
from apps.tasks.chart_parts import read_chart_task
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
    exact_names: bool = True

    def stores(self, metric: str) -> bool:
        """Whether this is the metric that its points go to."""
        if self.exact_names:
            return self.target == metric
        return self.target.strip().lower() == metric.strip().lower()


@dataclass(frozen=True)
class Outline:
    """A whole definition; ``problem`` says why it can't be read, if so. ``config``: of a chart's series."""

    every: Period | None = None
    parts: tuple[PartOutline, ...] = ()
    repairs: bool = True
    problem: str = ""
    config: str = ""

    @property
    def sources(self) -> list[str]:
        return list(dict.fromkeys(name for part in self.parts for name in part.sources))

    @property
    def targets(self) -> list[str]:
        return list(dict.fromkeys(part.target for part in self.parts))


def outline_of(task: Task) -> Outline:
    """The outline of a task's definition, remembered while it stays the same."""
    try:
        return _outline(task.kind, task.definition)
    except TsError as fault:
        return Outline(problem=fault.message)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Outline(problem="its definition can't be read any more")


def short_intervals(outline: Outline) -> list[PartOutline]:
    """Parts whose periods are longer than the interval of the task: each is computed several times."""
    every = outline.every
    return [part for part in outline.parts if every and every.fixed_ns < part.sampling.fixed_ns]


# --- Inside ---


# What can't be read is not remembered: what a definition names may come back.
@lru_cache(maxsize=1024)
def _outline(kind: str, text: str) -> Outline:
    return _READERS[kind](text)


def _rollup(text: str) -> Outline:
    # Scripts were looked at when it was posted; the time only bounds queries, and is not used here.
    found = parse_rollups(orjson.loads(text), now_ms=0)
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
    if not step.sampling:
        return step.aggregator
    return f"{step.aggregator} of {step.sampling}{'' if step.sampling.count == 1 else 's'}"


def _chart(text: str) -> Outline:
    part = read_chart_task(text, time.time_ns())
    metric = part.metric
    one = PartOutline(part.source_metrics(), metric.metric, part.sampling, part.zone, exact_names=False)
    return Outline(metric.every, (one,), metric.late_data, config=metric.config)


_READERS: Mapping[str, Callable[[str], Outline]] = {"rollup": _rollup, CHART: _chart}
