"""Rows of property and console widgets: stored properties and messages that match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from apps.algebra.expr.values import truthy
from apps.catalog import listing
from apps.dialects.atsd.incoming import ENTITY_TAGS
from apps.dialects.atsd.messages import SEVERITIES, severity_of
from apps.dialects.charts.chartplan import PartPlan, WidgetPlan
from apps.dialects.charts.formula import parse_formula
from apps.errors import Note, TsError
from apps.figures.css import NO_LOOK, Look
from apps.figures.panel import Cell, Column, Row
from apps.figures.settings import choice, flag, number
from apps.queries.panel_facts import PanelScope
from apps.queries.panel_rows import cells_of, columns_of, head_of

__all__ = ["console_rows", "property_rows"]

#: What one widget reads at most; who has more narrows the query.
MAX_RECORDS = 5000
_MAX_SCANNED = 100_000
CONSOLE_KEYS = ("time", "entity", "type", "source", "severity", "message")
_SEVERITY_LOOKS = {
    3: Look(background="#e8c75a", color="#1d1e20"),
    4: Look(background="#e8b04a", color="#1d1e20"),
    5: Look(background="#dd7f3a", color="#1d1e20"),
    6: Look(background="#b3261e", color="#ffffff"),
    7: Look(background="#7a1712", color="#ffffff"),
}
Answer = tuple[tuple[Column, ...], tuple[Row, ...], tuple[Note, ...]]
Report = Callable[[TsError], None]


def property_rows(widget: WidgetPlan, scope: PanelScope, now_ns: int, report: Report) -> Answer:
    """A row per property record; with ``join`` one per entity (and type)."""
    records: list[dict[str, Any]] = []
    for query in widget.queries:
        records += _records(query)
    joined = widget.settings.get("join", "false").strip().lower()
    if joined in {"true", "entity"} or flag(widget.settings, "merge-properties"):
        records = _joined(records, by_type=joined != "entity")
    cut = len(records) > MAX_RECORDS
    records = records[:MAX_RECORDS]
    keys = list(dict.fromkeys(name for one in records for name in one["key"]))
    tags = list(dict.fromkeys(name for one in records for name in one["tags"]))
    # Keys and tags each have a column; so has the type where there are several.
    several = len({one["type"] for one in records}) > 1
    default = ["entity", *(["type"] if several else []), *(f"key.{name}" for name in keys),
               *(f"tags.{name}" for name in tags), "time"]  # fmt: skip

    def expand(key: str) -> Sequence[str]:
        low = key.lower()
        return (
            [f"tags.{name}" for name in tags] if low == "tags" else
            [f"key.{name}" for name in keys] if low in {"key", "keys"} else [key]
        )  # fmt: skip

    columns = columns_of(_headed(widget, keys, tags), default, expand)
    parsed = flag(widget.settings, "parse-numbers")
    rows = _rows(widget, columns, records, partial(_property_cell, parsed=parsed), scope, report)
    return head_of(columns, rows), tuple(rows), _cut_note(cut)


def _headed(widget: WidgetPlan, keys: Sequence[str], tags: Sequence[str]) -> WidgetPlan:
    """Headings that name a key or tag shortly (``column-mount``) by the full key of their column."""
    full = {name.lower(): f"key.{name}" for name in keys}
    full |= {name.lower(): f"tags.{name}" for name in tags if name.lower() not in full}
    return replace(
        widget, headings={full.get(key.lower(), key): text for key, text in widget.headings.items()}
    )


def _records(query: PartPlan) -> Iterator[dict[str, Any]]:
    wanted = query.own.get("type") or query.settings.get("type") or ""
    wanted = wanted.strip().lower()
    entities = [word.strip() for word in re.split(r",", query.settings.get("entity", "")) if word.strip()]
    accepts = _name_test(entities)
    limit = number(query.own, "limit")
    found: list[dict[str, Any]] = []
    source = _entity_tags() if wanted == ENTITY_TAGS else _stored(wanted, query)
    for at, record in enumerate(source):
        if at >= _MAX_SCANNED or len(found) > MAX_RECORDS:
            break
        if accepts(record["entity"]) and _tags_match(query, record):
            found.append(record)
    if flag(query.own, "last") and found:
        offset_ns = int((number(query.own, "offset") or 0) * 10**6)
        newest = max(record["time_ns"] for record in found) - offset_ns
        found = [record for record in found if record["time_ns"] >= newest]
    yield from found[: int(limit)] if limit else found


def _name_test(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name fits one of the patterns (``*`` and ``?``); all names do without one."""
    if not patterns:
        return lambda _: True
    tests = [
        re.compile(
            "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in one[:200].lower())
        )
        for one in patterns[:100]
    ]
    return lambda name: any(test.fullmatch(name.lower()) for test in tests)


def _stored(wanted: str, query: PartPlan) -> Iterator[dict[str, Any]]:
    exact = flag(query.settings, "exact-match")
    for row in listing.properties(type_name=wanted):
        tests = {name: _name_test(values) for name, values in query.keys.items()}
        if exact and set(row.key) != set(query.keys):
            continue
        if all(name in row.key and test(str(row.key[name])) for name, test in tests.items()):
            yield {"entity": row.entity.name, "type": row.type, "key": row.key, "tags": row.tags,
                   "time_ns": row.time_ns}  # fmt: skip


def _entity_tags() -> Iterator[dict[str, Any]]:
    for entity in listing.entities():
        if entity.tags:
            yield {"entity": entity.name, "type": ENTITY_TAGS, "key": {}, "tags": dict(entity.tags),
                   "time_ns": 0}  # fmt: skip


def _tags_match(query: PartPlan, record: Mapping[str, Any]) -> bool:
    return all(
        _name_test(values)(str(record["tags"].get(name, ""))) for name, values in query.tags.items() if values
    )


def _joined(records: Sequence[dict[str, Any]], *, by_type: bool) -> list[dict[str, Any]]:
    """One record per entity (and type), later tags over earlier ones."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(records, key=lambda record: record["time_ns"]):
        key = (one["entity"], one["type"] if by_type else "")
        group = groups.setdefault(key, {**one, "key": {}, "tags": {}})
        group["tags"] = group["tags"] | one["key"] | one["tags"]
        group["time_ns"] = one["time_ns"]
    return list(groups.values())


def _property_cell(record: Mapping[str, Any], key: str, *, parsed: bool = False) -> float | str | None:
    low = key.lower()
    if low in {"entity", "type"}:
        return str(record[low])
    if low in {"time", "date", "datetime"}:
        return record["time_ns"] / 1e6 if record["time_ns"] else None
    value = _pair(record, key)
    if value is None:
        return None
    amount = number({"n": value}, "n") if parsed else None
    return value if amount is None else amount


def _pair(record: Mapping[str, Any], key: str) -> str | None:
    """``key.mount``, ``tags.size``, or a bare name of either."""
    kind, _, name = key.partition(".")
    if name and kind.lower() in {"key", "keys", "tags"}:
        group = "tags" if kind.lower() == "tags" else "key"
        found = record[group].get(name, record[group].get(name.lower()))
    else:
        found = record["key"].get(key, record["tags"].get(key, record["tags"].get(key.lower())))
    return None if found is None else str(found)[:2000]


def console_rows(widget: WidgetPlan, scope: PanelScope, now_ns: int, report: Report) -> Answer:
    """A row per message, newest first; all times unless the widget names an interval."""
    settings = widget.settings
    notes: list[Note] = []
    if choice(settings, "source", ("alert", "message", "message-stat")) == "alert":
        notes.append(Note("no-alerts", "alerts are not kept here; these are the messages"))
    bounded = any(name in settings for name in ("timespan", "start-time", "end-time"))
    bounded = bounded and settings.get("timespan", "").strip().lower() != "all"
    start_ns, end_ns = (widget.start_ns, widget.end_ns) if bounded else (-(2**62), 2**62)
    limit = int(min(max(number(settings, "limit") or 1000, 1), MAX_RECORDS))
    accepts = _message_test(widget, scope, report)
    found: list[dict[str, Any]] = []
    for at, row in enumerate(listing.messages(start_ns, end_ns)):
        if at >= _MAX_SCANNED or len(found) >= limit:
            break
        record = {
            "time_ns": row.time_ns,
            "entity": row.entity.name,
            "type": row.type,
            "source": row.source,
            "severity": row.severity,
            "message": row.text,
            "tags": dict(row.tags),
        }
        if accepts(record):
            found.append(record)
    columns = columns_of(widget, CONSOLE_KEYS, lambda key: [key])
    rows = _rows(widget, columns, found, _message_cell, scope, report)
    rows = [_by_severity(widget, columns, row, one) for row, one in zip(rows, found, strict=True)]
    return head_of(columns, rows), tuple(rows), tuple(notes)


def _message_test(
    widget: WidgetPlan, scope: PanelScope, report: Report
) -> Callable[[Mapping[str, Any]], bool]:
    settings = widget.settings
    entities = _name_test([word.strip() for word in settings.get("entity", "").split(",") if word.strip()])
    rules = _name_test(
        [word.strip() for word in re.split(r"[,\n]", settings.get("rule", "")) if word.strip()]
    )
    severities = {_severity(word) for word in settings.get("severity", "").split(",") if word.strip()}
    least = _severity(settings.get("min-severity", "0") or "0") or 0
    text = settings.get("message-expression", "").strip()
    tree = None
    try:
        tree = parse_formula(text) if text else None
    except TsError as error:
        report(error)

    def accepts(record: Mapping[str, Any]) -> bool:
        if record["severity"] < least or (severities and record["severity"] not in severities):
            return False
        if not entities(record["entity"]):
            return False
        if "rule" in settings and not rules(str(record["tags"].get("rule", ""))):
            return False
        try:
            return tree is None or bool(truthy(scope.of(tree, None, **record)))
        except TsError as error:
            report(error)
            return True

    return accepts


def _severity(word: str) -> int | None:
    try:
        return severity_of(word.strip())
    except TsError:
        return None


def _message_cell(record: Mapping[str, Any], key: str) -> float | str | None:
    low = key.lower()
    if low in {"time", "date", "datetime"}:
        return record["time_ns"] / 1e6
    if low == "severity":
        return SEVERITIES[record["severity"]]
    if low in {"entity", "type", "source", "message"}:
        return str(record[low])
    if low == "tags":
        return ", ".join(f"{name} = {value}" for name, value in record["tags"].items())
    found = record["tags"].get(re.sub(r"^tags\.", "", key))
    return None if found is None else str(found)


def _by_severity(widget: WidgetPlan, columns: Sequence[Any], row: Row, record: Mapping[str, Any]) -> Row:
    """The colour of the severity, on its cell or with ``severity-style = row`` on the row."""
    look = _SEVERITY_LOOKS.get(record["severity"], NO_LOOK)
    if choice(widget.settings, "severity-style", ("column", "row")) == "row":
        return replace(row, look=look.over(row.look))
    cells = tuple(
        replace(cell, look=look.over(cell.look)) if column.key.lower() == "severity" else cell
        for cell, column in zip(row.cells, columns, strict=True)
    )
    return replace(row, cells=cells)


def _rows(
    widget: WidgetPlan,
    columns: Sequence[Any],
    records: Sequence[Mapping[str, Any]],
    cell: Callable[[Mapping[str, Any], str], float | str | None],
    scope: PanelScope,
    report: Report,
) -> list[Row]:
    rows = []
    for record in records:
        known = dict(record) | {"time": record["time_ns"] / 1e6}
        names = {name: value for name, value in known.items() if name != "value"}
        made = cells_of(
            widget,
            columns,
            known,
            partial(cell, record),
            lambda tree, names=names, **more: scope.of(tree, None, **{**names, **more}),
            report,
        )
        rows.append(made or Row((Cell(None, ""),)))
    return rows


def _cut_note(cut: bool) -> tuple[Note, ...]:
    return (Note("rows-left-out", f"the first {MAX_RECORDS:,} records; narrow the query"),) if cut else ()
