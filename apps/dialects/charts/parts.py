"""Sections of a widget beside its series: columns, queries, nodes, links, axes, what is left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from apps.dialects.charts.chartplan import PartPlan, SeriesPlan
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.expressions import trees_of
from apps.dialects.charts.sections import Section, pairs_of, plain_name, split_list_kept
from apps.dialects.charts.settings import parse_flag

__all__ = ["headings_of", "parts_of", "placed_series"]

_HIDDEN = frozenset({"null", "false", "none"})


def parts_of(widget: Section, found: Diagnostics) -> dict[str, Any]:
    """The fields of a WidgetPlan that hold parts."""
    inside = {id(one): at for at, one in enumerate(widget.all("series"))}

    def kind(name: str) -> tuple[PartPlan, ...]:
        sections = (one for one in widget.children if one.name == name)
        return tuple(_part(one, at, inside, found) for at, one in enumerate(sections))

    others = kind("other")
    return {
        "columns": kind("column"),
        "queries": kind("property"),
        "nodes": kind("node"),
        "links": kind("link"),
        "axes": tuple(_axes(widget, found)),
        "other": others[-1] if others else None,
        "headings": headings_of(widget),
        "placeholders": {plain_name(name): value for name, value in pairs_of(widget, "placeholders").items()},
    }


def _part(section: Section, position: int, inside: Mapping[int, int], found: Diagnostics) -> PartPlan:
    extra = ("value", "label-format") if section.name == "column" else ()
    return PartPlan(
        kind=section.name,
        position=position,
        settings=section.resolved(),
        own={name: one.text for name, one in section.settings.items() if not one.is_reset},
        span=section.span,
        tags={name: values for name, (values, _) in section.tag_filters.items()},
        keys={
            plain_name(name): tuple(one for one in split_list_kept(value) if one)
            for name, value in pairs_of(section, "keys").items()
        },
        properties=dict(pairs_of(section, "properties")),
        expressions=trees_of(section, found, extra[:1]),
        series=tuple(inside[id(one)] for one in section.all("series")),
    )


def _axes(widget: Section, found: Diagnostics) -> Iterator[PartPlan]:
    """One part per side, what stands nearer over what stands further up."""
    sides: dict[bool, PartPlan] = {}
    chain: list[Section] = []
    above: Section | None = widget
    while above is not None:
        chain.append(above)
        above = above.parent
    for section in reversed(chain):
        for axis in (one for one in section.children if one.name == "axis"):
            right = axis.settings.get("right")
            side = bool(right and parse_flag(right.text))
            part = _part(axis, 0, {}, found)
            known = sides.get(side)
            own = {**known.own, **part.own} if known else part.own
            sides[side] = replace(part, own=own, settings={**part.settings, **own})
    for position, side in enumerate(sorted(sides)):
        yield replace(sides[side], position=position)


def headings_of(widget: Section) -> dict[str, str | None]:
    """``column-KEY = Text`` by key; None where the column is hidden."""
    found: dict[str, str | None] = {}
    chain: list[Section] = []
    above: Section | None = widget
    while above is not None:
        chain.append(above)
        above = above.parent
    for section in reversed(chain):
        for name, setting in (*section.settings.items(), *section.unknown.items()):
            written = setting.entries[-1].name.strip()
            key = written[7:].strip()
            if written.lower().startswith("column-") and name not in _NOT_HEADINGS and key:
                found[key] = None if setting.text.strip().lower() in _HIDDEN else setting.text
    return found


#: Settings that begin like a heading and are none.
_NOT_HEADINGS = frozenset({"column-alert-expression", "column-alert-style", "column-label-format"})


def placed_series(
    widget: Section, series: tuple[SeriesPlan, ...], found: Diagnostics
) -> tuple[SeriesPlan, ...]:
    """The series with what their sections say beside the data: place, properties, expressions."""
    columns = {id(one): at for at, one in enumerate(_named(widget, "column"))}
    links = {id(one): at for at, one in enumerate(_named(widget, "link"))}
    return tuple(
        replace(
            plan,
            column=columns.get(id(section.parent)),
            link=links.get(id(section.parent)),
            properties=dict(pairs_of(section, "properties")),
            expressions=trees_of(section, found),
        )
        for plan, section in zip(series, widget.all("series"), strict=True)
    )


def _named(widget: Section, name: str) -> list[Section]:
    return [one for one in widget.children if one.name == name]
