"""Properties of entities as a table: a row per record."""

from __future__ import annotations

from apps.figures.panel import PanelSpec
from apps.figures.registry import register_widget
from apps.figures.spec import Figure
from apps.figures.widgets.table import table_payload

__all__ = ["build_property"]


@register_widget("property")
def build_property(spec: PanelSpec) -> Figure:
    """Records come in the order of their queries unless ``sort`` says otherwise."""
    return table_payload(spec, "no stored property matches")
