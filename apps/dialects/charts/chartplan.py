"""What a configuration comes to: widgets with their settings, and one plan node per drawn section.

The figures side reads these; it never looks at the text again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.algebra.expr.nodes import Node as Expression
from apps.algebra.plan import Node
from apps.dialects.charts.diagnostics import Diagnostic
from apps.spans import Span

__all__ = ["ChartPlan", "SeriesPlan", "ThresholdPlan", "WidgetPlan"]


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


@dataclass(frozen=True)
class ThresholdPlan:
    """A ``[threshold]``: ``node`` gives one Series (two equal samples for a constant)."""

    node: Node | None
    label: str | None
    alias: str | None
    settings: Mapping[str, str]
    span: Span


@dataclass(frozen=True)
class WidgetPlan:
    """One ``[widget]``; ``row``, ``column``, ``width_units``, ``height_units`` are its place in the grid."""

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


@dataclass(frozen=True)
class ChartPlan:
    """All widgets in the order of the text. ``columns``/``rows``: the size of the grid."""

    widgets: tuple[WidgetPlan, ...]
    diagnostics: tuple[Diagnostic, ...]
    title: str | None = None
    columns: float = 6.0
    rows: float = 4.0
    settings: Mapping[str, str] = field(default_factory=dict)
