"""What the definition of a task says, for people and lists: read without looking anything up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from apps.algebra.periods import Period
from apps.algebra.plan import Read
from apps.algebra.series import SeriesKey
from apps.algebra.source import EntityInfo, MetricInfo, SeriesRef, SeriesSelector
from apps.dialects.kairos.nodes import Step
from apps.dialects.kairos.rollups import RollupQuery, parse_rollups
from apps.errors import TsError
from apps.queries.chart_metric import planned_section, sampling_of
from apps.queries.chart_window import nodes_of, periods_of
from apps.tasks.chart_parts import KIND as CHART
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


class _AnyCatalog:
    """A catalog in which every selector finds one series: what a text says shows without asking the store."""

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        return [SeriesRef(0, SeriesKey.of(selector.metric, (selector.entities or ("*",))[0]))]

    def metric(self, name: str) -> MetricInfo | None:
        return MetricInfo(name)

    def entity(self, name: str) -> EntityInfo | None:
        return EntityInfo(name)

    def has_tag_name(self, name: str) -> bool:
        return True

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        return []

    def entity_names(self, near: str, limit: int = 20) -> list[str]:
        return []

    def metrics_of_entity(self, entity: str) -> list[MetricInfo]:
        return []

    def entities_of_group(self, group: str) -> list[EntityInfo]:
        return []

    def last_insert_ns(self, refs: Sequence[SeriesRef]) -> list[int | None]:
        return [None for _ in refs]


def _chart(text: str) -> Outline:
    value = orjson.loads(text)
    planned = planned_section(
        value["config"], value.get("widget", 0), value.get("section", 0), now_ns=time.time_ns(),
        choices=value.get("choices") or {}, catalog=_AnyCatalog(),
    )  # fmt: skip
    every = Period.parse(value.get("every", "1 hour"))
    zone = value.get("zone") or planned.widget.zone
    reads = (one for one in nodes_of(planned.node) if isinstance(one, Read))
    sources = tuple(sorted({ref.key.metric for read in reads for ref in read.series}))
    sampling = sampling_of(periods_of(planned.node), every, zone)
    part = PartOutline(sources, value["metric"].strip(), sampling, zone, exact_names=False)
    return Outline(every, (part,), value.get("late_data", True) is True, config=value["config"])


_READERS: Mapping[str, Callable[[str], Outline]] = {"rollup": _rollup, CHART: _chart}
