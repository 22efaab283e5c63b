"""Statistics over buckets of samples."""

from apps.algebra.aggregators.statistic import STATISTICS, Statistic

__all__ = ["STATISTICS", "Statistic"]
