"""Rows of a series table: a row per series or group of series, cells by key, tag, statistic, expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from apps.algebra.aggregators.statistic import STATISTICS, Statistic
from apps.algebra.aggregators.summary import summarise
from apps.algebra.expr.nodes import Node
from apps.algebra.expr.values import UNDEFINED, to_text
from apps.algebra.series import any_case_tag
from apps.dialects.charts.chartplan import PartPlan, WidgetPlan
from apps.errors import TsError
from apps.figures.axes import wall_texts
from apps.figures.css import NO_LOOK, Look, look_of
from apps.figures.format import plain_number
from apps.figures.panel import Cell, Column, PanelSeries, Row
from apps.figures.settings import flag
from apps.queries.chart_text import value_format
from apps.queries.panel_facts import Found, PanelScope, look_by, style_look

__all__ = ["ColumnOf", "cells_of", "columns_of", "head_of", "headed", "series_rows", "time_text"]

Report = Callable[[TsError], None]
DEFAULT_KEYS = ("entity", "metric", "tags", "value", "time")
_PERCENTILE = re.compile(r"percentile[_(]([\d.]{1,8})\)?")
_VALUES = frozenset({"value", "last.v"})
_TIMES = frozenset({"time", "last.t", "datetime", "date"})
MAX_CELLS = 200_000


@dataclass(frozen=True, eq=False)
class ColumnOf:
    """A column on its way: its key and what its section says."""

    key: str
    label: str
    settings: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, Node] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


def columns_of(
    widget: WidgetPlan, default: Sequence[str], expand: Callable[[str], Sequence[str]]
) -> list[ColumnOf]:
    """The columns in order: those of ``column-KEY`` and ``columns``, then the sections; hidden ones left out.

    ``expand`` gives the keys that a key stands for ("tags" may be one per tag).
    """
    sections = [_from_section(part, at) for at, part in enumerate(widget.columns)]
    sections = [one for one in sections if flag(one.own, "display", True)]
    taken = {one.key.lower() for one in sections}
    listed = [word.strip() for word in re.split(r"[,\n]", widget.settings.get("columns", "")) if word.strip()]
    heads = {key.lower(): label for key, label in widget.headings.items()}
    named = [key for key in widget.headings if heads[key.lower()] is not None]
    keys: Iterable[str] = listed or ([] if sections else default)
    keys = list(
        dict.fromkeys([*keys, *(key for key in named if key.lower() not in {k.lower() for k in keys})])
    )
    # Headings keep the usual order of their columns where they have one.
    order = {key: at for at, key in enumerate(default)}
    if not listed:
        keys.sort(key=lambda key: order.get(key.lower(), len(order)))
    hidden = {key for key, label in heads.items() if label is None}
    hidden |= {word.strip().lower() for word in widget.settings.get("null-columns", "").split(",")}
    plain = [
        ColumnOf(inner, _label(heads, key, inner), widget.settings, widget.expressions)
        for key in keys
        for inner in expand(key)
        if not {inner.lower(), key.lower()} & hidden and inner.lower() not in taken
    ]
    first = [one for one in sections if one.own.get("position", "").strip().lower() == "first"]
    last = [one for one in sections if one.own.get("position", "").strip().lower() == "last"]
    middle = [one for one in sections if one not in first and one not in last]
    return [*first, *plain, *middle, *last]


def _label(heads: Mapping[str, str | None], key: str, inner: str) -> str:
    """The heading that is set; one set for a key that stands for several is nobody's."""
    return heads.get(inner.lower()) or (heads.get(key.lower()) if inner == key else None) or headed(inner)


def _from_section(part: PartPlan, at: int) -> ColumnOf:
    own = part.own
    key = own.get("key") or (f"tags.{own['tag']}" if "tag" in own else "")
    key = key or ("value" if "series-value" in own else f"column{at + 1}")
    label = own.get("label") or headed(own.get("tag") or own.get("key") or key)
    return ColumnOf(key.strip(), label, part.settings, part.expressions, own)


def headed(key: str) -> str:
    """A heading from a key: its last part, words apart, a capital first."""
    text = re.sub(r"^(tags|key|keys)\.", "", key).replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:] if text else key


@dataclass(frozen=True, eq=False)
class _Line:
    """A row on its way: the series that it is about first, others merged into it."""

    members: tuple[tuple[Found, PanelSeries], ...]

    @property
    def main(self) -> tuple[Found, PanelSeries]:
        return self.members[0]


def series_rows(
    widget: WidgetPlan,
    found: Sequence[Found],
    series: Sequence[PanelSeries],
    scope: PanelScope,
    report: Report,
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Columns and rows of a table of series; one without samples has a row only when asked for."""
    empty = not flag(widget.settings, "hide-empty-series", True)
    pairs = [pair for pair in zip(found, series, strict=True) if empty or np.isfinite(pair[1].last)]
    lines = _merged(widget, pairs)
    names = list(dict.fromkeys(name for _, one in pairs for name in one.tags))
    split = flag(widget.settings, "expand-tags")

    def expand(key: str) -> Sequence[str]:
        return [f"tags.{name}" for name in names] if key.lower() == "tags" and split else [key]

    columns = columns_of(widget, DEFAULT_KEYS, expand)
    rows = []
    for line in lines[: MAX_CELLS // max(1, len(columns))]:
        row = _row(widget, line, columns, scope, report)
        if row is not None:
            rows.append(row)
    return head_of(columns, rows), tuple(rows)


def _merged(widget: WidgetPlan, pairs: Sequence[tuple[Found, PanelSeries]]) -> list[_Line]:
    """Series joined into rows by the fields of ``merge-columns``."""
    fields = [word.strip() for word in widget.settings.get("merge-columns", "").split(",") if word.strip()]
    fields = [name for name in fields if re.fullmatch(r"[\w.-]{1,80}", name)]
    if not fields:
        return [_Line((pair,)) for pair in pairs]
    groups: dict[tuple[str, ...], list[tuple[Found, PanelSeries]]] = {}
    for pair in pairs:
        groups.setdefault(tuple(_field(pair[1], name) for name in fields), []).append(pair)
    return [_Line(tuple(group)) for group in groups.values()]


def _field(one: PanelSeries, name: str) -> str:
    if name.lower() == "tags":
        return repr(sorted(one.tags.items()))
    if name.lower().startswith("tags."):
        return any_case_tag(one.tags, name[5:]) or ""
    return str(getattr(one, name.lower(), "") or "") if name.lower() in {"entity", "metric", "alias"} else ""


def _row(
    widget: WidgetPlan, line: _Line, columns: Sequence[ColumnOf], scope: PanelScope, report: Report
) -> Row | None:
    found = line.main[0]
    record = _record(line)

    return cells_of(
        widget,
        columns,
        record,
        partial(_raw, line),
        lambda tree, **more: scope.of(tree, found, **more),
        report,
    )


def cells_of(
    widget: WidgetPlan,
    columns: Sequence[ColumnOf],
    record: Mapping[str, Any],
    raw: Callable[[str], float | str | None],
    evaluate_with: Callable[..., Any],
    report: Report,
) -> Row | None:
    """One row: raw values by key, expressions over them, formats, looks. None when every cell is hidden."""

    def other(_: Any, args: list[Any]) -> Any:
        return raw(to_text(args[0])) if args else None

    def run(tree: Node, **names: Any) -> Any:
        return evaluate_with(tree, calls={"value": other}, row=record, **names)

    cells: list[Cell] = []
    row_look: Look = NO_LOOK
    for column in columns:
        value, look = raw(column.key), NO_LOOK
        try:
            value = _computed(column, value, run, evaluate_with)
            look = style_look(column.expressions, column.own, "style", partial(run, value=value))
            alert = _alert(column, partial(run, value=value))
            row_look = _row_look(column, alert, row_look)
            look = alert.over(look)
        except TsError as error:
            report(error)
        cells.append(Cell(value, _text(column, value, record, widget.zone), look))
    return Row(tuple(cells), row_look) if cells else None


def _computed(
    column: ColumnOf,
    value: float | str | None,
    run: Callable[..., Any],
    evaluate_with: Callable[..., Any],
) -> float | str | None:
    """The cell by the column's expression: over the series, or over the cell and the others of its row."""
    if "series-value" in column.own and "series-value" in column.expressions:
        value = _plain(evaluate_with(column.expressions["series-value"]))
    if "value" in column.own and "value" in column.expressions:
        value = _plain(run(column.expressions["value"], value=value))
    return value


def _alert(column: ColumnOf, run: Callable[..., Any]) -> Look:
    """Alerts are about cells with a value: those of a column with its own expression, else the value's."""
    if "alert-expression" not in column.own and column.key.lower() not in _VALUES:
        return NO_LOOK
    return look_by(column.expressions, column.settings, run)


def _row_look(column: ColumnOf, alert: Look, look: Look) -> Look:
    """What a cell asks for its whole row."""
    style = column.settings.get("row-alert-style") or column.settings.get("alert-row-style")
    if alert != NO_LOOK and style:
        look = look_of(style).over(look)
    return look_of(column.own.get("row-style")).over(look)


def _text(column: ColumnOf, value: float | str | None, record: Mapping[str, Any], zone: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    form = column.settings.get("format") if "format" in column.own else None
    if form is None and column.key.lower() in _TIMES:
        return time_text(value, zone)
    if form is None and column.key.lower() in _VALUES:
        form = record.get("format")
    written = value_format(form, zone)
    return written.text(value) if written else plain_number(value)


def time_text(time_ms: float, zone: str) -> str:
    """A time in milliseconds on the zone's clock, to the second."""
    whole = np.array([int(time_ms) // 1000 * 10**9], np.int64)
    return wall_texts(whole, zone)[0]


def _plain(value: Any) -> float | str | None:
    """The result of an expression as a cell holds it."""
    if value is None or value is UNDEFINED:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value) if np.isfinite(value) else None
    return to_text(value)[:2000]


def _record(line: _Line) -> dict[str, Any]:
    """What ``row`` is in an expression."""
    one = line.main[1]
    last = {"v": _plain(one.last), "t": None if one.last_ns is None else one.last_ns / 1e6}
    record: dict[str, Any] = {
        "alias": one.alias,
        "entity": one.entity,
        "metric": one.metric,
        "label": one.label,
        "tags": dict(one.tags),
        "last": last,
        "value": last["v"],
        "time": last["t"],
        "format": one.settings.get("format"),
    }
    if len(line.members) > 1:
        facts = [(member, {"last": {"v": _plain(member.last), "t": (member.last_ns or 0) / 1e6}})
                 for _, member in line.members]  # fmt: skip
        record["map"] = {member.metric: entry for member, entry in facts if member.metric}
        record["aliases"] = {member.alias: entry for member, entry in facts if member.alias}
    return record


def _raw(line: _Line, key: str) -> float | str | None:
    """What a key names: a field of the series, a tag, a statistic, or a series merged into the row."""
    one = line.main[1]
    name = key.strip()
    low = name.lower()
    if low in _VALUES:
        return _plain(one.last)
    if low in _TIMES:
        return None if one.last_ns is None else one.last_ns / 1e6
    if low in {"entity", "metric", "alias", "label"}:
        return getattr(one, low)
    if low == "unit":
        return one.unit
    if low == "tags":
        return ", ".join(f"{tag} = {text}" for tag, text in one.tags.items())
    tag = re.sub(r"^tags\.", "", name)
    if tag in one.tags or name != tag:
        return any_case_tag(one.tags, tag)
    for _, member in line.members:
        if name in {member.alias, member.metric}:
            return _plain(member.last)
    return _statistic(one, low)


def _statistic(one: PanelSeries, name: str) -> float | None:
    """A statistic of the samples in the window."""
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is None and name.replace("-", "_") not in STATISTICS:
        return None
    known = np.isfinite(one.values)
    values, times_ns = one.values[known], one.times_ns[known]
    if not values.size:
        return None
    if percentile:
        statistic = Statistic("percentile", float(percentile[1]))
    else:
        statistic = Statistic(name.replace("-", "_"))
    if statistic.name == "detail":
        return None
    bounds = (np.array([0]), np.array([len(values)]))
    context = {
        "times_ns": times_ns, "starts_ns": times_ns[:1], "ends_ns": times_ns[-1:] + 1,
        "summaries": None if one.summaries is None else one.summaries[known],
    }  # fmt: skip
    found = float(summarise([statistic], values, *bounds, context=context)[statistic][0])
    return found if np.isfinite(found) else None


def head_of(columns: Sequence[ColumnOf], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The heads; a column is numeric when all that stands in it are numbers and it is no time."""
    head = []
    for at, column in enumerate(columns):
        values = [row.cells[at].value for row in rows if row.cells[at].value not in (None, "")]
        numeric = bool(values) and all(isinstance(value, float) for value in values)
        numeric = numeric and column.key.lower() not in _TIMES
        head.append(Column(column.key, column.label[:200], numeric, column.own.get("tooltip", "")[:300]))
    return tuple(head)
