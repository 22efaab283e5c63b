"""Where widgets stand: each group begins a row, its widgets go from left to right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.sections import Section

__all__ = ["Grid", "Placed", "place_widgets"]

MAX_UNITS = 1000.0
_POSITION = re.compile(r"\s*([\d.]{1,8})\s*-\s*([\d.]{1,8})\s*(?:,\s*([\d.]{1,8})\s*-\s*([\d.]{1,8})\s*)?")


@dataclass(frozen=True)
class Placed:
    """A widget and its cells, counted from 0, in units of the grid."""

    section: Section
    row: float
    column: float
    width: float
    height: float


@dataclass(frozen=True)
class Grid:
    columns: float
    rows: float
    widgets: tuple[Placed, ...]


def _units(section: Section, name: str, default: float) -> float:
    text = (section.text(name) or "").strip()
    try:
        value = float(text) if len(text) <= 20 else default
    except ValueError:
        return default
    return value if 0 < value <= MAX_UNITS else default


def _own_units(root: Section, name: str, default: float) -> float:
    setting = root.own(name)
    try:
        value = float(setting.text) if setting and len(setting.text) <= 20 else default
    except ValueError:
        return default
    return value if 0 < value <= MAX_UNITS else default


def place_widgets(root: Section, found: Diagnostics) -> Grid:
    """The grid of the page and the place of every widget."""
    columns, rows = _own_units(root, "width-units", 6.0), _own_units(root, "height-units", 4.0)
    placed: list[Placed] = []
    row = 0.0
    for group in root.children:
        if group.name != "group":
            continue
        per_row = max(1, int(_units(group, "widgets-per-row", MAX_UNITS)))
        column, tallest, count = 0.0, 0.0, 0
        for section in group.children:
            if section.name != "widget":
                continue
            width, height = _units(section, "width-units", 1.0), _units(section, "height-units", 1.0)
            if count and count % per_row == 0:
                row, column, tallest = row + tallest, 0.0, 0.0
            placed.append(_place(section, row, column, width, height))
            column += width
            tallest = max(tallest, height)
            count += 1
        if column > columns + 1e-9 and root.own("width-units"):
            found.info(
                "layout-overflow", f"the widgets of this group need {column:g} of {columns:g} columns",
                group.span,
            )  # fmt: skip
        row += tallest
    return Grid(columns, rows, tuple(placed))


def _place(section: Section, row: float, column: float, width: float, height: float) -> Placed:
    """The place of one widget; ``position`` and the explicit offsets come first."""
    position = section.own("position")
    corners = _POSITION.fullmatch(position.text) if position else None
    try:
        if corners:
            top, left = float(corners[1]) - 1, float(corners[2]) - 1
            if corners[3]:
                width, height = float(corners[4]) - left, float(corners[3]) - top
            edges = (0 <= top <= MAX_UNITS, 0 <= left <= MAX_UNITS)
            if all(edges) and 0 < width <= MAX_UNITS and 0 < height <= MAX_UNITS:
                return Placed(section, top, left, width, height)
        top_units, left_units = section.own("top-units"), section.own("left-units")
        top = float(top_units.text) if top_units else row
        left = float(left_units.text) if left_units else column
    except ValueError:
        return Placed(section, row, column, width, height)  # the value was reported when it was read
    row = top if 0 <= top <= MAX_UNITS else row
    column = left if 0 <= left <= MAX_UNITS else column
    return Placed(section, row, column, width, height)
