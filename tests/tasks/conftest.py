"""Tasks made without HTTP, a clock that tests move, and what is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.times import parse_iso
from apps.catalog.selectors import catalog
from apps.queries.kairos_rollups import read_rollups
from apps.store.ingest import insert_series
from apps.store.source import StoreSource
from apps.tasks.models import Task
from apps.tasks.services import put_task


class Clock:
    """``clock()`` is now; ``clock.set("10:40")`` on 14 May 2024."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.set("10:00")

    def __call__(self) -> int:
        return self.now_ns

    def set(self, text: str) -> None:
        self.now_ns = moment(text)


def moment(text: str) -> int:
    return parse_iso(f"2024-05-14T{text}:00Z")


def put(points: dict[str, float], metric: str = "raw", **tags: str) -> None:
    times, values = zip(*sorted(points.items()), strict=True)
    samples = Samples.of([moment(time) for time in times], values)
    insert_series([(SeriesKey.of(metric, "default", tags or {"host": "a"}), samples)])


def stored(metric: str = "rolled", **tags: str) -> dict[str, float]:
    """Points by time of day, of the series of a metric that have these tags."""
    found: dict[str, float] = {}
    wanted = tuple((name, (value,)) for name, value in tags.items())
    ids = [ref.id for ref in catalog().find_series(SeriesSelector(metric, tags=wanted))]
    for samples in StoreSource().read(ids, -(2**63), 2**63 - 1):
        times = samples.times_ns.astype("M8[ns]").astype("M8[m]").astype(object)
        found |= {f"{time:%H:%M}": value for time, value in zip(times, samples.values.tolist(), strict=True)}
    return found


def rollup(
    *, minutes: int = 15, every: tuple[int, str] = (1, "hours"), metric: str = "raw", **more: Any
) -> dict[str, Any]:
    """A task that sums ``minutes`` of ``metric`` into ``rolled``."""
    steps = [{"name": "sum", "sampling": {"value": minutes, "unit": "minutes"}}]
    query = {"metrics": [{"name": metric, "aggregators": more.pop("aggregators", steps), **more}]}
    return {
        "name": "t",
        "execution_interval": {"value": every[0], "unit": every[1]},
        "rollups": [{"save_as": "rolled", "query": query}],
    }


def make(value: dict[str, Any], clock: Clock, user: Any = None, key: str | None = None) -> Task:
    found = read_rollups(value, now_ns=clock())
    return put_task(
        "rollup", key, found.name, value, every=found.every, user=user, now_ns=clock()
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def anyone_may_write(settings) -> None:
    settings.TSWEB_ANONYMOUS = "write"


@pytest.fixture
def seed() -> np.random.Generator:
    return np.random.default_rng(4711)
