"""Tables: columns, rows of cells, an order. The page writes them as text, sorts, filters and exports."""

from __future__ import annotations

from typing import Any

from apps.errors import Note
from apps.figures.panel import Cell, PanelSpec
from apps.figures.registry import register_widget
from apps.figures.settings import flag
from apps.figures.spec import Figure

__all__ = ["build_table", "table_payload"]

MAX_ROWS = 5000


@register_widget("table")
def build_table(spec: PanelSpec) -> Figure:
    """A row per series, or per group of series that ``merge-columns`` joins."""
    return table_payload(spec, "no series has a sample in this interval")


def table_payload(spec: PanelSpec, empty: str) -> Figure:
    """What all three tables send; ``sort`` is by the columns' keys, the first ``sort`` column first."""
    notes = []
    if not spec.rows:
        notes.append(Note("no-rows", empty))
    if len(spec.rows) > MAX_ROWS:
        notes.append(
            Note(
                "rows-left-out",
                f"the first {MAX_ROWS:,} of {len(spec.rows):,} rows",
                len(spec.rows) - MAX_ROWS,
            )
        )
    table = {
        "kind": "table",
        "columns": [
            {"key": one.key, "label": one.label, "numeric": one.numeric, "tooltip": one.tooltip}
            for one in spec.head
        ],
        "rows": [
            {"cells": [_cell(cell) for cell in row.cells], "look": row.look.json()}
            for row in spec.rows[:MAX_ROWS]
        ],
        "sort": _sort(spec),
        "transpose": flag(spec.settings, "transpose"),
        "terminal": spec.settings.get("class", "").strip().lower() == "terminal",
        "zone": spec.zone,
    }
    return Figure(None, (), tuple(notes), table)


def _cell(cell: Cell) -> dict[str, Any]:
    found: dict[str, Any] = {"value": cell.value, "text": cell.text}
    look = cell.look.json()
    return found | ({"look": look} if look else {})


def _sort(spec: PanelSpec) -> list[dict[str, Any]]:
    keys = {one.key.lower(): one.key for one in spec.head}
    order = []
    for part in spec.settings.get("sort", "").split(",")[:5]:
        name, _, direction = part.strip().rpartition(" ")
        if direction.lower() not in {"asc", "desc"}:
            name, direction = part.strip(), "asc"
        key = keys.get(name.strip().lower())
        if key is not None:
            order.append({"key": key, "descending": direction.lower() == "desc"})
    return order
