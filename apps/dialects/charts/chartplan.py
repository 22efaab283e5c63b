"""What a configuration comes to: widgets with their settings, and one plan node per drawn section.

The figures side reads these; it never looks at the text again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.expr.nodes import Node as Expression
from apps.algebra.plan import Node
from apps.dialects.charts.diagnostics import Diagnostic
from apps.spans import Span

__all__ = [
    "ChartPlan",
    "DropdownPlan",
    "OptionPlan",
    "PartPlan",
    "SeriesPlan",
    "ThresholdPlan",
    "WidgetPlan",
]


@dataclass(frozen=True)
class PartPlan:
    """A section of a widget that is neither series nor threshold: column, property, node, link, other, axis.

    ``kind``         name of the section; ``position`` its number among those of its kind, from 0.
    ``settings``     what applies to it, inherited settings included, by plain name; ``own`` only those
                     written in the section itself (a column is told by its own key, tag, label, value).
    ``tags``, ``keys``, ``properties``   what its ``[tags]``, ``[keys]``, ``[properties]`` hold, with those
                     inherited; values of tags and keys are lists, those of properties plain texts.
    ``expressions``  the trees of its settings that are expressions (value, style, alert-expression, …).
    ``series``       positions in ``WidgetPlan.series`` of the series inside it (bars, links of graphs).
    """

    kind: str
    position: int
    settings: Mapping[str, str]
    own: Mapping[str, str]
    span: Span
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    series: tuple[int, ...] = ()


@dataclass(frozen=True)
class OptionPlan:
    """A choice of a drop-down: what is set, and what is shown."""

    value: str
    text: str


@dataclass(frozen=True)
class DropdownPlan:
    """A ``[dropdown]``.

    ``change_field`` path of the setting a choice replaces, as written (``series.tags.mount``); None with
                 a script.
    ``target``   that path taken apart: section path and plain setting name, ("series", "tags", "mount").
    ``chosen``   position of the option that holds now; None when there are no options.
    """

    position: int
    change_field: str | None
    target: tuple[str, ...]
    options: tuple[OptionPlan, ...]
    chosen: int | None
    settings: Mapping[str, str]
    span: Span


@dataclass(frozen=True)
class SeriesPlan:
    """One ``[series]`` section.

    ``node``       gives one Series per drawn line (wildcards, several statistics: several), already clipped
                   to the widget's window; None when the section has an error and is not drawn.
    ``settings``   resolved values as texts, by the plain spelling of the setting ("step-line"), inherited
                   ones included; read them with ``apps.dialects.charts.values``.
    ``label``      the literal label, None when there is none; ``label_format`` the pattern.
    ``display``    False: in neither chart nor legend. ``enabled`` False: legend only. None when the setting
                   is an expression: then ``display_expression``/``enabled_expression`` holds its tree.
    ``derived``    the section has a formula of its own; ``inputs`` are the aliases it names.
    ``position``   number of the section among the widget's series, from 0 (for Series-1, palette, rows).
    ``column``, ``link``   position of the ``[column]`` (bar) or ``[link]`` (graph) it stands in.
    ``properties``   the pairs of its ``[properties]``, for the tooltip.
    ``expressions``  trees of its settings that are expressions: alert-expression, alert-style, size, …
    ``scripts``      functions of the configuration's scripts, which those expressions may call.
    """

    node: Node | None
    position: int
    label: str | None
    label_format: str | None
    alias: str | None
    display: bool | None
    enabled: bool | None
    metric: str | None
    entity: str | None
    tags: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, str]
    span: Span
    derived: bool = False
    statistics: tuple[str, ...] = ()
    period: str | None = None
    unit: str | None = None
    display_expression: Expression | None = None
    enabled_expression: Expression | None = None
    inputs: tuple[str, ...] = ()
    column: int | None = None
    link: int | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    scripts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ThresholdPlan:
    """A ``[threshold]``: ``node`` gives one Series (two equal samples for a constant).

    ``stepped``: each value holds for the period that begins at its time.
    """

    node: Node | None
    label: str | None
    alias: str | None
    settings: Mapping[str, str]
    span: Span
    stepped: bool = False


@dataclass(frozen=True)
class WidgetPlan:
    """One ``[widget]``; ``row``, ``column``, ``width_units``, ``height_units`` are its place in the grid.

    ``thresholds``   its ``[threshold]`` sections; ``bounds`` the entries of its setting
                     ``thresholds``: numbers, or trees where an entry is an expression.
    ``columns`` ``queries`` ``nodes`` ``links`` ``axes``   its ``[column]``, ``[property]``, ``[node]``,
                     ``[link]`` and ``[axis]`` sections (axes: inherited ones too); ``other``: [other].
    ``headings``     ``column-KEY = Text`` by key; None: that column is hidden.
    ``placeholders`` the pairs of ``[placeholders]``.
    ``expressions``  trees of its own settings that are expressions.
    """

    type: str
    title: str | None
    row: float
    column: float
    width_units: float
    height_units: float
    settings: Mapping[str, str]
    start_ns: int
    end_ns: int
    zone: str
    series: tuple[SeriesPlan, ...]
    span: Span
    thresholds: tuple[ThresholdPlan, ...] = ()
    drawn: bool = True
    bounds: tuple[float | Expression, ...] = ()
    columns: tuple[PartPlan, ...] = ()
    queries: tuple[PartPlan, ...] = ()
    nodes: tuple[PartPlan, ...] = ()
    links: tuple[PartPlan, ...] = ()
    axes: tuple[PartPlan, ...] = ()
    other: PartPlan | None = None
    headings: Mapping[str, str | None] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    dropdowns: tuple[DropdownPlan, ...] = ()
    expressions: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class ChartPlan:
    """All widgets in the order of the text. ``columns``/``rows``: the size of the grid."""

    widgets: tuple[WidgetPlan, ...]
    diagnostics: tuple[Diagnostic, ...]
    title: str | None = None
    columns: float = 6.0
    rows: float = 4.0
    settings: Mapping[str, str] = field(default_factory=dict)
