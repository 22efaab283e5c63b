"""What the data API calls things, and what the engine calls them. The only such table of this dialect."""

from __future__ import annotations

import re

from apps.algebra.aggregators.statistic import STATISTICS, Statistic
from apps.errors import ArgumentFault, near_names

__all__ = [
    "ALIGNMENTS",
    "DEFAULT_ORDER",
    "parse_statistic",
    "print_statistic",
]

#: Stages in the order in which they run unless told otherwise.
DEFAULT_ORDER = ("interpolate", "group", "rate", "aggregate", "smooth", "downsample")

ALIGNMENTS = ("calendar", "start_time", "end_time", "first_value_time")

#: Percentiles that older clients ask for by a name of their own.
_PERCENTILES = {
    "999": 99.9, "995": 99.5, "99": 99.0, "95": 95.0, "90": 90.0, "75": 75.0, "50": 50.0,
    "25": 25.0, "10": 10.0, "5": 5.0, "1": 1.0, "05": 0.5, "01": 0.1,
}  # fmt: skip
_PERCENTILE = re.compile(r"percentile\s*\(\s*([0-9]{1,9}(?:\.[0-9]{1,15})?)\s*\)")


def parse_statistic(text: str) -> Statistic:
    """``AVG``, ``percentile(99.9)``, ``PERCENTILE_95``; ArgumentFault with near names otherwise."""
    folded = text.strip().lower()
    if match := _PERCENTILE.fullmatch(folded):
        return Statistic("percentile", float(match[1]))
    if folded.startswith("percentile_") and folded[11:] in _PERCENTILES:
        return Statistic("percentile", _PERCENTILES[folded[11:]])
    if folded == "percentile":
        raise ArgumentFault("PERCENTILE needs its number", hint="PERCENTILE(95)")
    if folded not in STATISTICS:
        near = near_names(folded, STATISTICS)
        raise ArgumentFault(
            f"Unknown statistic: {text[:60]}",
            hint="did you mean " + ", ".join(name.upper() for name in near) + "?" if near else None,
        )
    return Statistic(folded)


def print_statistic(statistic: Statistic) -> str:
    """``AVG``, ``PERCENTILE(99.9)``."""
    return str(statistic).upper()
