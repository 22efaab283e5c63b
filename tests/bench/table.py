"""Rows of the benchmark table: what ours costs beside a floor or a peer measured in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Row", "best_ms", "paired_ms", "render"]


@dataclass(frozen=True)
class Row:
    """One line: our time, the floor it is held against, what to reach, and whether it is reached."""

    name: str
    ours_ms: float
    floor_name: str
    floor_ms: float
    reach: str
    reached: bool

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.floor_ms if self.floor_ms else float("nan")


def best_ms(work: Callable[[], object], repeats: int = 7) -> float:
    """The median of several runs after one that is not counted, in milliseconds."""
    work()
    spent = []
    for _ in range(repeats):
        before = time.perf_counter()
        work()
        spent.append((time.perf_counter() - before) * 1e3)
    return statistics.median(spent)


def paired_ms(
    ours: Callable[[], object], floor: Callable[[], object], repeats: int = 9
) -> tuple[float, float]:
    """Medians of both, run in turn, so that a machine that changes its speed changes both alike."""
    ours()
    floor()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for times, work in zip(spent, (ours, floor), strict=True):
            before = time.perf_counter()
            work()
            times.append((time.perf_counter() - before) * 1e3)
    return statistics.median(spent[0]), statistics.median(spent[1])


def render(rows: list[Row]) -> str:
    """The table as text."""
    lines = [f"{'work':<58} {'ours':>10} {'floor':>10} {'ratio':>7}  {'reach':<28} reached"]
    for row in rows:
        lines.append(
            f"{row.name:<58} {row.ours_ms:>8.2f}ms {row.floor_ms:>8.2f}ms {row.ratio:>7.2f}  "
            f"{row.reach:<28} {'yes' if row.reached else 'NO'}   (floor: {row.floor_name})"
        )
    return "\n".join(lines)
