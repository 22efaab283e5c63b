"""From a widget's values to its picture."""

from __future__ import annotations

import apps.figures.widgets.chart  # noqa: F401  (registers the widget type)
from apps.figures.registry import builder, widget_types
from apps.figures.spec import ChartSpec, Figure

__all__ = ["build", "widget_types"]


def build(spec: ChartSpec) -> Figure:
    """The Plotly figure of a widget; raises UnknownName for a type that is not drawn."""
    return builder(spec.type)(spec)
