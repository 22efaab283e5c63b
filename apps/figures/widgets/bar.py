"""Bars of last values: a ``[column]`` is a bar of stacked parts, a series outside one a bar of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.series import any_case_tag
from apps.figures.axes import value_axis
from apps.figures.css import NO_LOOK, Look
from apps.figures.panel import PanelSeries, PanelSpec
from apps.figures.panels import absent, colors_of, layout_of, ordered, tooltip_lines
from apps.figures.registry import register_widget
from apps.figures.settings import flag, number
from apps.figures.spec import Figure
from apps.figures.style import css_color
from apps.figures.texts import safe_text

__all__ = ["build_bar"]

#: What the axis takes, and a letter of a value: a bar narrower than its values is left without them.
_AXIS_PX, _LETTER_PX = 70, 7.0
_BAR_SHARE = 0.72


@dataclass(frozen=True)
class _Bar:
    label: str
    parts: tuple[int, ...]
    total: float
    look: Look = NO_LOOK


@register_widget("bar")
def build_bar(spec: PanelSpec) -> Figure:
    """One trace per colour group and layer; positions are numbers, so that equal labels stay two bars."""
    colors = colors_of(spec)
    bars = ordered(_bars(spec), spec.settings.get("sort"), lambda bar: bar.total, lambda bar: bar.label)
    if flag(spec.settings, "hide-empty-columns"):
        bars = [bar for bar in bars if np.isfinite(bar.total)]
    flat = flag(spec.settings, "horizontal")
    layers: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for place, bar in enumerate(bars):
        seen: dict[str, int] = {}
        for part in bar.parts:
            group = _group_of(spec, part)
            layer = seen[group] = seen.get(group, -1) + 1
            layers.setdefault((group, layer), []).append((place, part))
    group_colors = _group_colors(spec, colors)
    traces = [
        _trace(spec, bars, group, parts, group_colors, flat, len(bars))
        for (group, _), parts in layers.items()
    ]
    # A legend says what a colour stands for; colours that stand for single bars are named by those.
    inside: dict[str, set[int]] = {}
    for (group, _), parts in layers.items():
        inside.setdefault(group, set()).update(place for place, _ in parts)
    shared = len(inside) > 1 and any(len(places) > 1 for places in inside.values())
    shared = shared or any(len({_group_of(spec, part) for part in bar.parts}) > 1 for bar in bars)
    named: set[str] = set()
    for (group, _), trace in zip(layers, traces, strict=True):
        trace["showlegend"] = group not in named
        named.add(group)
    layout = _layout(spec, bars, flat, legend=shared)
    return Figure({"data": traces, "layout": layout}, colors, absent(spec))


def _bars(spec: PanelSpec) -> list[_Bar]:
    bars = []
    inside: dict[int, list[int]] = {}
    for at, one in enumerate(spec.series):
        if one.column is not None:
            inside.setdefault(one.column, []).append(at)
    for part in spec.columns:
        members = inside.get(part.position, [])
        if not flag(spec.settings, "stack", True):
            bars += [_bar(spec, spec.series[at].label, (at,)) for at in members]
        elif flag(part.settings, "multiple-column"):
            bars += [_bar(spec, _named(spec, parts), parts) for parts in _alike(spec, members)]
        elif members:
            label = part.own.get("label") or _named(spec, tuple(members))
            bars.append(_bar(spec, label, tuple(members), part.look))
    bars += [_bar(spec, one.label, (at,)) for at, one in enumerate(spec.series) if one.column is None]
    return bars


def _named(spec: PanelSpec, parts: tuple[int, ...]) -> str:
    """A bar without a label of its own is called after its first part."""
    first = spec.series[parts[0]]
    return first.label if first.column_label is None else first.column_label


def _alike(spec: PanelSpec, members: list[int]) -> list[tuple[int, ...]]:
    """``multiple-column``: series of one entity and the same tags share a bar, derived ones with them."""
    found: dict[tuple[str | None, tuple[tuple[str, str], ...]], list[int]] = {}
    for at in members:
        one = spec.series[at]
        found.setdefault((one.entity, tuple(sorted(one.tags.items()))), []).append(at)
    return [tuple(parts) for parts in found.values()]


def _bar(spec: PanelSpec, label: str, parts: tuple[int, ...], look: Look = NO_LOOK) -> _Bar:
    known = [spec.series[at].last for at in parts if np.isfinite(spec.series[at].last)]
    return _Bar(label, parts, sum(known) if known else float("nan"), look)


def _group_of(spec: PanelSpec, part: int) -> str:
    """What the colour stands for: the metric, or the field that ``group`` names."""
    one = spec.series[part]
    fields = [word.strip().lower() for word in (spec.settings.get("group") or "metric").split(",")]
    found = []
    for name in fields[:5]:
        if name in {"entity", "metric", "alias", "label"}:
            found.append(str(getattr(one, name) or one.label))
        else:
            found.append(any_case_tag(one.tags, name.removeprefix("tags.")) or "")
    return " · ".join(found)


def _group_colors(spec: PanelSpec, colors: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at in range(len(spec.series)):
        found.setdefault(_group_of(spec, at), colors[at])
    return found


def _trace(
    spec: PanelSpec,
    bars: Sequence[_Bar],
    group: str,
    parts: Sequence[tuple[int, int]],
    group_colors: Mapping[str, str],
    flat: bool,
    count: int,
) -> dict[str, Any]:
    series = [spec.series[part] for _, part in parts]
    values = [one.last if np.isfinite(one.last) else None for one in series]
    places = [place for place, _ in parts]
    longest = max((len(one.form.text(one.last)) for one in spec.series), default=0)
    room_px = _BAR_SHARE * (spec.width_px - _AXIS_PX) / max(1, count)
    shown = flag(spec.settings, "display-values", True) and (flat or room_px >= longest * _LETTER_PX)
    return {
        "type": "bar",
        "name": safe_text(_group_name(spec, group, series), lines=False) or "\u00a0",
        "orientation": "h" if flat else "v",
        "x": values if flat else places,
        "y": places if flat else values,
        "width": _BAR_SHARE,
        "text": [safe_text(one.form.text(one.last), lines=False) if shown else "" for one in series],
        "textposition": "auto",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "hovertext": [tooltip_lines(one) for one in series],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [
                _color(one, bars[place], group_colors[group])
                for one, (place, _) in zip(series, parts, strict=True)
            ],
            "line": {"width": 0},
        },
        "legendgroup": safe_text(group, lines=False),
        "meta": {"role": "bar", "color": group_colors[group]},
    }


def _group_name(spec: PanelSpec, group: str, series: Sequence[PanelSeries]) -> str:
    """``metric-label``, ``entity-label`` and ``group-label`` name the colour where they are set."""
    for name in ("group-label", f"{(spec.settings.get('group') or 'metric').strip().lower()}-label"):
        if series[0].settings.get(name):
            return series[0].settings[name]
    return group


def _color(one: PanelSeries, bar: _Bar, color: str) -> str:
    return one.look.fill or bar.look.fill or css_color(one.settings.get("color")) or color


def _layout(spec: PanelSpec, bars: Sequence[_Bar], flat: bool, *, legend: bool) -> dict[str, Any]:
    longest = 30 if flat else max(8, int(spec.width_px / max(1, len(bars)) / 6))
    rotate = number(spec.settings, "rotate-ticks")
    names: dict[str, Any] = {
        "type": "linear",
        "tickmode": "array",
        "tickvals": list(range(len(bars))),
        "ticktext": [_short(bar.label, longest if rotate is None else 40) for bar in bars],
        "range": [-0.6, len(bars) - 0.4],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
    }
    if rotate is not None and not flat:
        names["tickangle"] = -rotate
    if flat:
        names["range"] = names["range"][::-1]
    units = {one.unit for one in spec.series}
    totals = np.array([bar.total for bar in bars] + [one.last for one in spec.series], float)
    values = value_axis(
        spec.settings,
        right=False,
        columns=[totals],
        from_zero=True,
        form=spec.series[0].form if spec.series else None,
        unit=units.pop() if len(units) == 1 else None,
    )
    values["fixedrange"] = True
    if flat:
        values["showgrid"] = True
    shown = flag(spec.settings, "legend-position", legend) and legend
    return layout_of(
        spec,
        barmode="relative",
        showlegend=shown,
        xaxis=values if flat else names,
        yaxis=names if flat else values,
    )


def _short(label: str, length: int) -> str:
    """A tick's label; words go on two lines before letters are left out."""
    if len(label) <= length:
        return safe_text(label)
    head, _, _ = label[: length + 1].rpartition(" ")
    if head:
        rest = label[len(head) + 1 :]
        return f"{safe_text(head)}<br>{safe_text(rest if len(rest) <= length else rest[: length - 1] + '…')}"
    return safe_text(label[: length - 1] + "…")
