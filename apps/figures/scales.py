"""Logarithmic value axes: what can stand on one, its range, its ticks, and marks at their heights.

An axis is logarithmic when ``axis-scale = log`` (``axis-scale-right`` for the right one) says so. Zero and
negative values have no place there: they are gaps, and a note counts them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.format import ValueFormat, number_format
from apps.figures.settings import number
from apps.figures.spec import Band, ChartSpec, SeriesSpec
from apps.figures.texts import safe_text

__all__ = [
    "as_values",
    "gap_note",
    "log_axis",
    "log_marks",
    "log_sides",
    "positive_series",
    "unplaced",
]

#: Decades with a tick for each; more are thinned out.
_MOST_TICKS = 9


def log_sides(spec: ChartSpec) -> frozenset[bool]:
    """The value axes that are logarithmic: left (False), right (True). An ``[axis]`` section comes first."""
    found = set()
    for right, side, name in ((False, "left", "axis-scale"), (True, "right", "axis-scale-right")):
        word = spec.axes.get(side, {}).get("axis-scale") or spec.settings.get(name) or ""
        if word.strip().lower() == "log":
            found.add(right)
    return frozenset(found)


def as_values(exponents: Sequence[float] | None) -> list[float] | None:
    """The range of a logarithmic axis as values."""
    return None if exponents is None else [10**exponent for exponent in exponents]


def _positive(values: np.ndarray) -> np.ndarray:
    """The values that have a place on a logarithmic axis; gaps for the others."""
    with np.errstate(invalid="ignore"):
        return np.where(values > 0, values, np.nan)


def unplaced(values: np.ndarray) -> int:
    """How many values are zero or negative."""
    with np.errstate(invalid="ignore"):
        return int(np.count_nonzero(values <= 0))


def positive_series(series: SeriesSpec) -> SeriesSpec:
    """The series as it stands on a logarithmic axis, its band too."""
    band = series.band
    if band is not None:
        band = Band(band.times_ns, _positive(band.least), _positive(band.greatest))
    return replace(series, values=_positive(series.values), band=band)


def gap_note(count: int) -> Note:
    """What the reader is told of the values that a logarithmic axis leaves out."""
    verb = "value at or below zero has" if count == 1 else "values at or below zero have"
    return Note("log-gap", f"{count:,} {verb} no place on a logarithmic axis", count=count)


def log_axis(
    axis: Mapping[str, Any],
    settings: Mapping[str, str],
    columns: Sequence[np.ndarray],
    form: ValueFormat | None,
    *,
    right: bool,
    own: Mapping[str, str],
) -> dict[str, Any]:
    """The linear axis made logarithmic. plotly.js takes ranges as exponents, ticks as values; without
    bounds it finds the range itself, so that hiding a series gives the others room."""
    low, high, asked = _span(settings, columns, right=right, own=own)
    kept = {name: value for name, value in axis.items() if name not in _LINEAR}
    found: dict[str, Any] = {
        **kept,
        "type": "log",
        "zeroline": False,
    }
    if asked:
        found |= {"range": [math.log10(low), math.log10(high)], "autorange": False}
    form = form or number_format("") or ValueFormat(str)
    ticks = _ticks(low, high)
    texts = [safe_text(form.text(tick)) for tick in ticks]
    return found | {"tickmode": "array", "tickvals": ticks, "ticktext": texts}


_LINEAR = frozenset(
    {"rangemode", "nticks", "tickformat", "tickprefix", "ticksuffix", "range", "autorange", "tickmode"}
)


def _span(
    settings: Mapping[str, str], columns: Sequence[np.ndarray], *, right: bool, own: Mapping[str, str]
) -> tuple[float, float, bool]:
    """What the values span and the bounds ask for, with a little room, and whether they ask for anything;
    bounds that are not positive are no bounds here."""
    known = [column[np.isfinite(column) & (column > 0)] for column in map(_positive, columns)]
    known = [column for column in known if column.size]
    low = min((float(column.min()) for column in known), default=1.0)
    high = max((float(column.max()) for column in known), default=10.0)
    suffix = "-right" if right else ""

    def bound(end: str, force: str = "") -> float | None:
        """Of an ``[axis]`` section, else of the widget."""
        value = number(own, f"{end}{force}")
        value = number(settings, f"{end}-range{suffix}{force}") if value is None else value
        return value if value is not None and value > 0 else None

    room = 10 ** (0.04 * (math.log10(high / low) or 1.0))
    soft, hard = (bound("min"), bound("max")), (bound("min", "-force"), bound("max", "-force"))
    bottom = soft[0] if soft[0] is not None and soft[0] <= low else low / room
    top = soft[1] if soft[1] is not None and soft[1] >= high else high * room
    bottom = hard[0] if hard[0] is not None else bottom
    top = hard[1] if hard[1] is not None else top
    asked = any(one is not None for one in (*soft, *hard)) and bottom < top
    return (bottom, top, True) if asked else (low / room, high * room, False)


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 between them where there is room."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    steps = (1, 2, 5) if decades <= 3 else (1,)
    every = max(1, -(-decades // _MOST_TICKS))
    exponents = [exponent for exponent in range(first, last + 1) if exponent % every == 0]
    ticks = [float(f"{step}e{exponent}") for exponent in exponents for step in steps]
    inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    if len(inside) > 1:
        return inside
    middle = math.sqrt(low) * math.sqrt(high)
    return [float(f"{value:.2g}") for value in (low, middle, high)]


def log_marks(marks: Sequence[Mapping[str, Any]], logs: frozenset[bool]) -> list[dict[str, Any]]:
    """Annotations with their heights as plotly.js takes them on logarithmic axes: exponents. What has no
    place there is left out."""
    found = []
    axes = {"y2" if right else "y" for right in logs}
    for mark in marks:
        if mark.get("yref") not in axes:
            found.append(dict(mark))
        elif mark["y"] > 0:
            found.append({**mark, "y": math.log10(mark["y"])})
    return found
