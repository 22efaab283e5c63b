"""What a task means to the engine: parts that compute points of periods. Each kind of task reads its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import orjson

from apps.algebra.periods import Period
from apps.algebra.series import Samples, SeriesKey
from apps.dialects.kairos.rollups import RollupQuery
from apps.errors import ExecutionFault
from apps.queries.kairos_rollups import (
    newest_rolled_up,
    raw_kept_from,
    read_rollups,
    rolled_up_series,
    run_rollup,
)
from apps.tasks import chart_parts
from apps.tasks.models import Task

__all__ = ["KINDS", "Definition", "Part", "RollupPart", "definition_of"]


class Part(Protocol):
    """One derivation of a task.

    The points of a period lie in that period moved by ``shift_ns``; those of a period computed twice are
    equal if what they are computed from is.
    """

    @property
    def label(self) -> str: ...
    @property
    def sampling(self) -> Period: ...
    @property
    def zone(self) -> str: ...
    @property
    def shift_ns(self) -> int: ...
    @property
    def exact_names(self) -> bool:
        """Whether what it stores is called exactly as its keys say, or in any case."""

    @property
    def together(self) -> bool:
        """Whether many periods are computed at once, at little more than the cost of one."""

    def compute(self, edges_ns: np.ndarray, *, now_ns: int) -> list[tuple[SeriesKey, Samples]]:
        """The points of consecutive periods; a series may occur several times."""

    def stored_series(self) -> list[tuple[SeriesKey, int]]:
        """The series that may hold points of this part, by key and id."""

    def newest_ns(self) -> int | None:
        """The newest point it ever stored, as far as anyone can tell."""

    def claim(self, keys: Sequence[SeriesKey]) -> None:
        """Asked before points of series are stored; a fault keeps them from it where others store theirs."""

    def raw_kept_from_ns(self, now_ns: int) -> int | None:
        """Before this, what it is computed from is let go by retention; None if that never happens."""

    def source_metrics(self) -> tuple[str, ...]:
        """Names of the metrics it reads, as stored; late samples of any of them have it computed again."""

    def affected(self, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Where periods lie whose points depend on samples in ``[start_ns, end_ns)``; it holds that itself.

        Wider for what looks beyond its period: an average over the hour before reaches an hour further.
        """


@dataclass(frozen=True)
class Definition:
    """A task as the engine runs it.

    ``repairs``: whether scheduled runs compute again what late samples changed in earlier periods.
    """

    every: Period
    parts: Sequence[Part]
    repairs: bool = True


@dataclass(frozen=True)
class RollupPart:
    """One metric of a roll-up task of KairosDB."""

    rollup: RollupQuery

    @property
    def label(self) -> str:
        return self.rollup.source

    @property
    def sampling(self) -> Period:
        return self.rollup.sampling

    @property
    def zone(self) -> str:
        return self.rollup.zone

    @property
    def shift_ns(self) -> int:
        return self.rollup.shift_ns

    @property
    def exact_names(self) -> bool:
        return True

    @property
    def together(self) -> bool:
        return self.rollup.separable

    def compute(self, edges_ns: np.ndarray, *, now_ns: int) -> list[tuple[SeriesKey, Samples]]:
        return run_rollup(self.rollup, edges_ns, now_ns=now_ns)

    def stored_series(self) -> list[tuple[SeriesKey, int]]:
        return rolled_up_series(self.rollup)

    def claim(self, keys: Sequence[SeriesKey]) -> None:
        # What it is saved from keeps the points of a roll-up apart from others.
        return None

    def newest_ns(self) -> int | None:
        return newest_rolled_up(self.rollup)

    def raw_kept_from_ns(self, now_ns: int) -> int | None:
        return raw_kept_from(self.rollup, now_ns)

    def source_metrics(self) -> tuple[str, ...]:
        return (self.rollup.source,)

    def affected(self, start_ns: int, end_ns: int) -> tuple[int, int]:
        # A roll-up knows the points of its period only.
        return start_ns, end_ns


def _rollup(text: str, now_ns: int) -> Definition:
    found = read_rollups(orjson.loads(text), now_ns=now_ns)
    return Definition(found.every, tuple(map(RollupPart, found.queries)), repairs=found.repairs)


def _chart(text: str, now_ns: int) -> Definition:
    part = chart_parts.read_chart_task(text, now_ns)
    return Definition(part.metric.every, (part,), repairs=part.metric.late_data)


#: How the definition of each kind of task is read.
KINDS: Mapping[str, Callable[[str, int], Definition]] = {"rollup": _rollup, chart_parts.KIND: _chart}


def definition_of(task: Task, now_ns: int) -> Definition:
    """What a task means; TsError for one that can't be read any more."""
    try:
        return KINDS[task.kind](task.definition, now_ns)
    except (KeyError, TypeError, ValueError):
        # Damaged, or of a kind that this version does not know: no worker must stumble over it for ever.
        raise ExecutionFault("the definition of the task can't be read any more") from None
