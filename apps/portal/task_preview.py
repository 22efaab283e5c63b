"""What a task stores, drawn: the text of a chart over its newest points, and unsaved points as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.times import format_iso_ms
from apps.catalog.models import Series
from apps.dialects.kairos.rollups import SAVED_FROM
from apps.portal.moments import field_text
from apps.portal.sparklines import sparkline
from apps.portal.starters import one_line, tag_lines
from apps.store.source import StoreSource
from apps.tasks.models import Task
from apps.tasks.outline import Outline

__all__ = ["DrawnSeries", "dry_run_series", "preview_text"]

#: Series that one small chart can tell apart, those looked at to find them, and periods shown of each.
SHOWN, LOOKED_AT, PERIODS = 6, 200, 120
_ROWS = 5


@dataclass(frozen=True)
class DrawnSeries:
    """Points of one series that are not stored yet: a small picture, and the newest as rows."""

    label: str
    count: int
    path: str
    rows: tuple[tuple[str, float | None], ...]


def preview_text(task: Task, outline: Outline) -> str:
    """A charts configuration of the series that a task stores, over their newest periods; empty without."""
    ids = list(task.outputs.order_by("-pk").values_list("series_id", flat=True)[:LOOKED_AT])
    newest = {
        series_id: time_ns
        for series_id, time_ns in zip(ids, StoreSource().last_times(ids), strict=True)
        if time_ns is not None
    }
    if not newest:
        return ""
    longest_ns = max((part.sampling.fixed_ns for part in outline.parts), default=3600 * 10**9)
    end_ns = max(newest.values()) + longest_ns
    start_ns = end_ns - longest_ns * PERIODS
    if task.stored:
        # No emptier than need be: not before the first period that was ever computed.
        start_ns = min(max(start_ns, task.stored[0][0]), end_ns - 2 * longest_ns)
    chosen = sorted(newest, key=lambda one: (-newest[one], one))[:SHOWN]
    found = Series.objects.filter(pk__in=chosen).select_related("metric", "entity").in_bulk()
    shown = [found[one] for one in sorted(chosen) if one in found]
    if not shown:
        return ""
    start, end = format_iso_ms(np.array([start_ns, end_ns]))
    zone = outline.parts[0].zone if outline.parts else "UTC"
    lines = ["[configuration]", f"  start-time = {start}", f"  end-time = {end}", f"  time-zone = {zone}"]
    title = _title(shown, len(newest))
    lines += ["", "[group]", "  [widget]", "    type = chart", f"    title = {title}", ""]
    for one in shown:
        lines += _section(one, _telling(shown))
    return "\n".join(lines) + "\n"


def dry_run_series(found: Sequence[tuple[SeriesKey, Samples]], zone: str) -> list[DrawnSeries]:
    """Points of a dry run by series, those of most points first; times on the clock of a zone."""
    together: dict[SeriesKey, list[Samples]] = {}
    for key, samples in found:
        together.setdefault(key, []).append(samples)
    drawn = [_drawn(key, some, zone) for key, some in together.items()]
    return sorted(drawn, key=lambda one: (-one.count, one.label))


# --- Inside ---


def _drawn(key: SeriesKey, some: list[Samples], zone: str) -> DrawnSeries:
    times = np.concatenate([one.times_ns for one in some])
    values = np.concatenate([one.values for one in some])
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    newest = [
        (field_text(time_ns, zone), value if value == value else None)
        for time_ns, value in zip(times[-_ROWS:].tolist(), values[-_ROWS:].tolist(), strict=True)
    ]
    tags = ", ".join(f"{name}={value}" for name, value in key.tags if name != SAVED_FROM)
    label = f"{key.metric} · {tags}" if tags else key.metric
    return DrawnSeries(label, len(times), sparkline(times, values), tuple(reversed(newest)))


def _title(shown: list[Series], count: int) -> str:
    metrics = list(dict.fromkeys(one.metric.name for one in shown))
    name = one_line(", ".join(metrics))
    return f"{name}, {len(shown)} of {count} series" if count > len(shown) else name


def _telling(shown: list[Series]) -> list[str]:
    """The tags by which the series shown differ."""
    names = sorted({name for one in shown for name in one.tags})
    return [name for name in names if len({one.tags.get(name) for one in shown}) > 1]


def _section(one: Series, telling: list[str]) -> list[str]:
    words = [one.tags.get(name, f"no {name}") for name in telling]
    label = one_line(", ".join(words)) or one_line(one.metric.name)
    lines = ["    [series]", f"      metric = {one_line(one.metric.name)}"]
    lines += [f"      entity = {one_line(one.entity.name)}", f"      label = {label}"]
    return [*lines, "      exact-match = true", *tag_lines(one.tags), ""]
