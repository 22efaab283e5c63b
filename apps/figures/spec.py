"""What a widget's picture is made from: values only, no plan, no store, no text of a configuration.

Whoever runs the plan fills these in; the builders read nothing else. Settings keep the plain spelling of the
charts language ("step-line") and their text; the readers in :mod:`apps.figures.settings` give them types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.errors import Note
from apps.figures.css import NO_LOOK, Look
from apps.figures.format import ValueFormat

__all__ = ["Band", "ChartSpec", "Figure", "LineSpec", "SeriesSpec"]


@dataclass(frozen=True, eq=False)
class Band:
    """The least and the greatest value of each period of an aggregated series."""

    times_ns: np.ndarray
    least: np.ndarray
    greatest: np.ndarray


@dataclass(frozen=True, eq=False)
class SeriesSpec:
    """One line, area or set of columns.

    ``times_ns``, ``values``  the points to draw, down-sampled already; NaN = the line is interrupted.
    ``identity``   who the series is (metric, entity, tags, section): its colour hangs on this and on
                   nothing else, so it stays when other series come and go.
    ``hue_of``     the identity whose hue is shared: that of the only input of a derived series.
    ``form``       how values read, where the setting is an expression; the setting's named form otherwise.
    ``samples_total``, ``mean``, ``least``, ``greatest``, ``last``  of all samples in the window, before
                   down-sampling; None when none has a value.
    ``look``       what an alert that is on asks of the whole series; ``point_looks`` of each column.
    ``resets_ns``  where a counter fell, when that is to be marked.
    ``band``       what ``mode = range`` shades of an aggregated series.
    ``position``, ``member``  the section it comes from, and its number among the series of that section.
    """

    label: str
    identity: tuple[Any, ...]
    times_ns: np.ndarray
    values: np.ndarray
    settings: Mapping[str, str] = field(default_factory=dict)
    hue_of: tuple[Any, ...] | None = None
    unit: str | None = None
    enabled: bool = True
    samples_total: int = 0
    mean: float | None = None
    least: float | None = None
    greatest: float | None = None
    last: float | None = None
    form: ValueFormat | None = None
    position: int = 0
    member: int = 0
    look: Look = NO_LOOK
    point_looks: tuple[Look, ...] = ()
    resets_ns: tuple[int, ...] = ()
    band: Band | None = None


@dataclass(frozen=True, eq=False)
class LineSpec:
    """A ``[threshold]``: a constant or computed line across the chart.

    ``stepped``  each value holds until the next.
    """

    label: str
    times_ns: np.ndarray
    values: np.ndarray
    settings: Mapping[str, str] = field(default_factory=dict)
    stepped: bool = False


@dataclass(frozen=True, eq=False)
class ChartSpec:
    """One widget: what is drawn in which window, ``[start_ns, end_ns)``, with labels in ``zone``.

    ``axes``  what ``[axis]`` sections say of the ``left`` and the ``right`` value axis.
    """

    type: str
    title: str | None
    start_ns: int
    end_ns: int
    zone: str
    width_px: int
    series: tuple[SeriesSpec, ...]
    lines: tuple[LineSpec, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A Plotly figure as plain data, the colour each series got, and what the reader should know.

    ``table`` is what the page writes out itself, without markup (tables, texts, a page's card); such a
    widget has no figure.
    """

    figure: dict[str, Any] | None
    colors: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    table: dict[str, Any] | None = None
