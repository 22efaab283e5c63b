"""What a widget that is not a time chart is made from: last values, all samples, parts, records.

Like :mod:`apps.figures.spec` these are values only. Whoever runs the plan fills them in, expressions
decided and styles made safe; the builders in :mod:`apps.figures.widgets` read nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.figures.css import NO_LOOK, Look
from apps.figures.format import ValueFormat

__all__ = ["Cell", "Column", "PanelPart", "PanelSeries", "PanelSpec", "Row"]


@dataclass(frozen=True, eq=False)
class PanelSeries:
    """One series of a panel: who it is, its exact samples in the window, what was decided about it.

    ``last``, ``last_ns``  the newest sample with a value; NaN and None when there is none.
    ``look``     what its alert style asks for now. ``size``: its area in a treemap.
    ``column``, ``link``   position of the section it stands in, None outside one. ``column_label``: what
                 the pattern of the column makes of it. ``summaries``: what the samples were rolled up from.
    """

    label: str
    identity: tuple[Any, ...]
    times_ns: np.ndarray
    values: np.ndarray
    form: ValueFormat
    last: float
    last_ns: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    metric: str | None = None
    entity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    alias: str | None = None
    hue_of: tuple[Any, ...] | None = None
    look: Look = NO_LOOK
    size: float = 1.0
    column: int | None = None
    column_label: str | None = None
    link: int | None = None
    enabled: bool = True
    properties: Mapping[str, str] = field(default_factory=dict)
    summaries: np.ndarray | None = None

    @property
    def value_text(self) -> str:
        """The last value as it is read, with its unit where the format names none."""
        text = self.form.text(self.last)
        return f"{text} {self.unit}" if self.unit and self.form.d3 == ",.6~r" else text


@dataclass(frozen=True)
class PanelPart:
    """A column of bars, a node, a link or the remainder of a total. ``look``: what its alert asks for."""

    kind: str
    position: int
    settings: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)
    look: Look = NO_LOOK


@dataclass(frozen=True)
class Column:
    """A column of a table. ``numeric`` columns stand to the right."""

    key: str
    label: str
    numeric: bool = False
    tooltip: str = ""


@dataclass(frozen=True)
class Cell:
    """``value`` is what is sorted and exported, ``text`` what is read. ``link``: an address to open."""

    value: float | str | None
    text: str
    look: Look = NO_LOOK


@dataclass(frozen=True)
class Row:
    """A row of a table; ``look`` is that of all its cells."""

    cells: tuple[Cell, ...]
    look: Look = NO_LOOK


@dataclass(frozen=True, eq=False)
class PanelSpec:
    """One widget. ``bounds`` are those of ``thresholds``; ``total`` what parts are compared with."""

    type: str
    title: str | None
    start_ns: int
    end_ns: int
    zone: str
    width_px: int
    settings: Mapping[str, str] = field(default_factory=dict)
    series: tuple[PanelSeries, ...] = ()
    bounds: tuple[float, ...] = ()
    columns: tuple[PanelPart, ...] = ()
    nodes: tuple[PanelPart, ...] = ()
    links: tuple[PanelPart, ...] = ()
    other: PanelPart | None = None
    total: float | None = None
    head: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
