"""A pool of script processes for tests, with small limits, and short ways to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from apps.algebra.scripting import ScriptRole
from apps.scripts.pool import ScriptLimits, ScriptPool

#: 2024-01-01T00:00:00Z
B = 1_704_067_200_000


@dataclass(frozen=True)
class Scripts:
    """Scripts over the points 1, 2, 6, 10 at 1, 4, 9, 12 s, in ranges of 10 s."""

    pool: ScriptPool

    def points(self, script: str, role: ScriptRole = "function") -> list[float]:
        times_ms, values = np.array([1000, 4000, 9000, 12000.0]) + B, np.array([1, 2, 6, 10.0])
        with self.pool.session() as session:
            return session.points(script, role, times_ms, values).tolist()

    def ranges(self, script: str, role: ScriptRole = "range") -> list[float]:
        times_ms, values = np.array([1000, 4000, 9000, 12000.0]) + B, np.array([1, 2, 6, 10.5])
        whole = np.array([True, True, True, False])
        lo, hi = np.array([0, 3]), np.array([3, 4])
        with self.pool.session() as session:
            return session.ranges(script, role, times_ms, values, whole, lo, hi).tolist()

    def regression(self, script: str, x: list[float], y: list[float]) -> float:
        columns = np.array(x, float), np.array(y, float), np.zeros(len(x), bool)
        with self.pool.session() as session:
            (result,) = session.ranges(script, "regression", *columns, np.array([0]), np.array([len(x)]))
        return float(result)


SMALL = ScriptLimits(seconds=1, memory_bytes=32 * 2**20, children=2, idle=1)


@pytest.fixture(scope="module")
def shared_pool() -> Iterator[ScriptPool]:
    pool = ScriptPool(SMALL)
    yield pool
    pool.close()


@pytest.fixture
def scripts(shared_pool: ScriptPool) -> Scripts:
    return Scripts(shared_pool)


@pytest.fixture
def pool_with() -> Iterator[Callable[..., ScriptPool]]:
    """Pools with other limits, closed at the end of the test."""
    made: list[ScriptPool] = []

    def make(**limits: float) -> ScriptPool:
        made.append(ScriptPool(replace(SMALL, **limits)))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
