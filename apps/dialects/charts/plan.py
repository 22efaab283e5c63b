"""From a configuration that was read to the plan of its charts. The clock and the catalog are handed in."""

from __future__ import annotations

import re

from apps.algebra.source import CatalogReader
from apps.dialects.charts.advice import advise, advise_page
from apps.dialects.charts.catalog_functions import catalog_functions
from apps.dialects.charts.chartplan import ChartPlan, SeriesPlan, ThresholdPlan, WidgetPlan
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.drafts import Reader
from apps.dialects.charts.dropdowns import Choices, dropdowns_of
from apps.dialects.charts.expand import expand
from apps.dialects.charts.expressions import bounds_of, trees_of
from apps.dialects.charts.layout import Grid, place_widgets
from apps.dialects.charts.parse import Ast
from apps.dialects.charts.parts import parts_of, placed_series
from apps.dialects.charts.ranges import formatted_range
from apps.dialects.charts.sections import Section, build_tree
from apps.dialects.charts.settings import WIDGET_TYPES
from apps.dialects.charts.templates import is_parameter
from apps.dialects.charts.widgets import Request, SeriesPlanner
from apps.dialects.charts.window import resolve_window
from apps.errors import near_names

__all__ = ["ChartPlan", "SeriesPlan", "ThresholdPlan", "WidgetPlan", "plan"]

MAX_SERIES = 2000
MAX_WIDGETS = 200


def plan(
    ast: Ast,
    *,
    now_ns: int,
    catalog: CatalogReader | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    width_px: int = 1200,
    choices: Choices | None = None,
    beyond: bool = False,
) -> ChartPlan:
    """Plan every widget. What is wrong is in ``diagnostics``; the rest is planned all the same.

    ``start_ns``/``end_ns`` override the configured interval (zooming), ``width_px`` decides auto periods,
    ``choices`` are the chosen values of drop-downs by "widget.dropdown". ``beyond``: what is computed again
    and again has no last window; one behind the configured end is read as one before it.
    """
    found = ast.found
    functions = {**catalog_functions(catalog, now_ns=now_ns), "range": formatted_range}
    expansion = expand(ast.items, found, functions=functions, now_ms=now_ns / 1_000_000)
    root = build_tree(expansion.entries, found)
    reader = Reader(ast.source, found, tuple(expansion.libraries), expansion.scripts)
    request = Request(ast.source, now_ns, catalog, width_px, expansion)
    grid = place_widgets(root, found)
    advise_page(root, found)
    widgets: list[WidgetPlan] = []
    if not grid.widgets and not found.has_errors:
        blank = not (root.settings or root.children)
        found.add(
            "error" if blank else "warning", "no-widget", "the configuration draws nothing", root.span,
            hint="add [widget] and [series], with metric = … and entity = …",
        )  # fmt: skip
    series_left = MAX_SERIES
    for at, placed in enumerate(grid.widgets[:MAX_WIDGETS]):
        section = placed.section
        kind = _type_of(section, found)
        dropdowns = dropdowns_of(
            section, found, at=at, choices=choices or {}, functions=functions, catalog=catalog
        )
        window = resolve_window(
            section, found, now_ns=now_ns, start_ns=start_ns, end_ns=end_ns, beyond=beyond
        )
        count = sum(1 for _ in section.all("series"))
        series_left -= count
        if series_left < 0:
            found.error("limit-exceeded", f"a page has at most {MAX_SERIES} series", section.span)
            break
        advise(section, kind, window, found)
        planner = SeriesPlanner(request, reader, window)
        series, thresholds = planner.plan(section)
        title = section.own("title")
        widgets.append(
            WidgetPlan(
                type=kind,
                title=title.text if title else None,
                row=placed.row,
                column=placed.column,
                width_units=placed.width,
                height_units=placed.height,
                settings=section.resolved(),
                start_ns=window.start_ns,
                end_ns=window.end_ns,
                zone=window.zone,
                series=placed_series(section, series, found),
                span=section.span,
                thresholds=thresholds,
                drawn=kind in WIDGET_TYPES,
                bounds=bounds_of(section, found),
                dropdowns=dropdowns,
                expressions=trees_of(section, found),
                **parts_of(section, found),
            )
        )
    return _chart_plan(root, grid, widgets, found)


def _chart_plan(root: Section, grid: Grid, widgets: list[WidgetPlan], found: Diagnostics) -> ChartPlan:
    title = root.own("title")
    return ChartPlan(
        widgets=tuple(widgets),
        diagnostics=found.all,
        title=title.text if title else None,
        columns=grid.columns,
        rows=grid.rows,
        settings=root.resolved(),
    )


def _type_of(section: Section, found: Diagnostics) -> str:
    """The type of a widget; a chart when it names none."""
    setting = section.own("type")
    if setting is None:
        if not section.implied:
            found.warning(
                "type-missing", "this widget has no type; it is drawn as a chart", section.span,
                hint="add type = chart",
            )  # fmt: skip
        return "chart"
    if is_parameter(setting.text):
        return "chart"  # what a page fills in; reported where it was read
    kind = re.sub(r"\s", "", setting.text.lower())
    if kind not in WIDGET_TYPES:
        near = near_names(kind, WIDGET_TYPES, limit=1)
        found.error(
            "unknown-type", f"there is no widget type {kind[:40]!r}", setting.span,
            hint=f"did you mean {near[0]}?" if near else f"types: {', '.join(WIDGET_TYPES)}",
            fix=near[0] if near else None,
        )  # fmt: skip
    return kind
