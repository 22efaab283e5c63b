"""Statistics over buckets of samples: kernels by family, and the one door to them."""

from apps.algebra.aggregators import basic, ends, spread, thresholds, trend, weighted
from apps.algebra.aggregators.statistic import STATISTICS, Statistic
from apps.algebra.aggregators.summary import (
    decimal_scale,
    known_samples,
    rolled_up_notes,
    summarise,
    summarise_grid,
    used_summaries,
)

__all__ = [
    "STATISTICS",
    "Statistic",
    "basic",
    "decimal_scale",
    "ends",
    "known_samples",
    "rolled_up_notes",
    "spread",
    "summarise",
    "summarise_grid",
    "thresholds",
    "trend",
    "used_summaries",
    "weighted",
]
