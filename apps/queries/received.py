"""Checks of incoming samples that need the catalog."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.selectors import catalog
from apps.errors import ArgumentFault

__all__ = ["refuse_long_decimals"]

#: Above this a float64 no longer holds every whole number; a significand of a decimal must fit 64 bits.
_LARGEST_SIGNIFICAND = 2.0**63


def refuse_long_decimals(items: Sequence[tuple[SeriesKey, Samples]]) -> None:
    """ArgumentFault when a sample of a DECIMAL metric has more digits than a 64-bit significand holds.

    Digits behind the seventeenth are gone once a number was read, so this sees long whole numbers only.
    """
    for metric in {key.metric for key, _ in items}:
        info = catalog().metric(metric)
        if info is None or info.data_type != "DECIMAL":
            continue
        for key, samples in items:
            if key.metric != metric:
                continue
            large = samples.values[np.abs(samples.values) >= _LARGEST_SIGNIFICAND]
            for value in large.tolist():
                digits = str(int(value)).lstrip("-").rstrip("0")
                if int(digits or "0") >= 2**63:
                    raise ArgumentFault("BigDecimal significand overflows the long type")
