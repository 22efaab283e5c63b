"""What an explain companion hands back: inputs, rule, arithmetic and counts behind one sample.

A companion is ``companion(inputs, output, time_ns, **params) -> Evidence``: ``inputs`` are the series given
to the function (one for shape "series"), ``output`` the produced series that holds, or lacks, ``time_ns``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from apps.algebra.series import Samples, Series, SeriesKey

__all__ = ["Evidence", "InputSample", "number", "used", "value_at"]


@dataclass(frozen=True, slots=True)
class InputSample:
    """One input sample and the part it plays, e.g. ``previous`` and ``current`` of a rate.

    ``alias``: the name by which a formula knows the series it is of.
    """

    key: SeriesKey
    time_ns: int
    value: float
    role: str
    alias: str = ""


@dataclass(frozen=True)
class Evidence:
    """Why a sample is what it is, or (``absent``) why there is none at that time.

    ``counts`` are over the whole series: dropped, reset, filled, unmatched and the like. ``formula`` is the
    expression that ``arithmetic`` puts the numbers into, where it is not the rule itself.
    """

    rule: str
    arithmetic: str = ""
    inputs: tuple[InputSample, ...] = ()
    absent: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    formula: str = ""


def number(value: float) -> str:
    """A number as it stands in arithmetic: the shortest exact text, negatives in brackets."""
    text = repr(float(value))
    text = text[:-2] if text.endswith(".0") else text
    return f"({text})" if text.startswith("-") else text


def value_at(samples: Samples, time_ns: int) -> float | None:
    """The value at exactly that time, None when there is no sample."""
    at = int(np.searchsorted(samples.times_ns, time_ns))
    if at < len(samples) and samples.times_ns[at] == time_ns:
        return float(samples.values[at])
    return None


def used(series: Series, index: int, role: str, alias: str = "") -> InputSample:
    """One sample of a series as an explained input."""
    return InputSample(
        series.key, int(series.times_ns[index]), float(series.values[index]), role, alias
    )
