"""From a widget's values to its picture."""

from __future__ import annotations

from apps.figures.panel import PanelSpec
from apps.figures.registry import builder, widget_types
from apps.figures.spec import ChartSpec, Figure
from apps.figures.widgets import (
    bar,
    box,
    calendar,
    chart,
    console,
    gauge,
    graph,
    histogram,
    page,
    pie,
    property,
    table,
    text,
    treemap,
)

__all__ = ["build", "widget_types"]

#: Importing these modules registers the widget types.
REGISTERED = (
    bar, box, calendar, chart, console, gauge, graph, histogram, page, pie, property, table, text, treemap,
)  # fmt: skip


def build(spec: ChartSpec | PanelSpec) -> Figure:
    """The picture of a widget; raises UnknownName for a type that is not drawn."""
    return builder(spec.type)(spec)
