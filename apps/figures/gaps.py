"""Where a line is interrupted: decided on all samples, before down-sampling, the same at every zoom."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.figures.settings import interval_ns, number

__all__ = ["with_breaks"]


def with_breaks(
    times_ns: np.ndarray, values: np.ndarray, settings: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """The samples with a break (NaN) in each gap that ``disconnect-interval`` or ``disconnect-count`` names.

    The break stands in the middle of the gap; ``disconnect-value`` puts that value across the gap instead.
    Without these settings neighbours are joined over any distance.
    """
    if len(times_ns) < 2:
        return times_ns, values
    limit = interval_ns(settings, "disconnect-interval")
    count = number(settings, "disconnect-count")
    if limit is None and count is not None and count > 0:
        mean = float(times_ns[-1] - times_ns[0]) / (len(times_ns) - 1)
        limit = int(min(count * mean, 2.0**62))
    if limit is None:
        return times_ns, values
    apart = np.diff(times_ns)
    wide = np.flatnonzero((apart > limit) & (apart > 2))
    if wide.size == 0:
        return times_ns, values
    level = number(settings, "disconnect-value")
    if level is None:
        return (
            np.insert(times_ns, wide + 1, times_ns[wide] + apart[wide] // 2),
            np.insert(values, wide + 1, np.nan),
        )
    at = np.repeat(wide + 1, 2)
    between = np.column_stack((times_ns[wide] + 1, times_ns[wide + 1] - 1)).ravel()
    return np.insert(times_ns, at, between), np.insert(values, at, level)
