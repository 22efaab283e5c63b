"""What the page of one task shows: runs, parts, backfills, its definition and its preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from django.core.paginator import Paginator

from apps.algebra.times import NS_PER_DAY, NS_PER_MS
from apps.errors import TsError
from apps.portal.moments import field_text, read_field
from apps.portal.sparklines import sparkline
from apps.portal.task_preview import preview_text
from apps.tasks.models import Backfill, Progress, Run
from apps.tasks.outline import PartOutline, short_intervals
from apps.tasks.overview import KIND_NAMES, TaskRow

__all__ = ["BackfillWindow", "RunRow", "backfill_window", "details"]

RUNS_PER_PAGE = 15
BACKFILLS_SHOWN = 8
#: Runs whose length is drawn.
_DRAWN = 60
_BAR_PX = 60
_PROPOSED_PERIODS = 100


@dataclass(frozen=True)
class RunRow:
    """A run with the length of its bar."""

    run: Run
    length_ns: int | None
    bar_px: int


@dataclass
class BackfillWindow:
    """From and to as they were written, what they mean, and what is wrong with them by field."""

    start: str
    end: str
    zone: str
    start_ns: int = 0
    end_ns: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)


def details(row: TaskRow, runs_page: str) -> dict[str, Any]:
    """Everything that the templates of a task show but for what the caller may do."""
    task, outline = row.task, row.outline
    page = Paginator(task.runs.all(), RUNS_PER_PAGE).get_page(runs_page)
    longest_ns = max((_length_ns(run) or 0 for run in page.object_list), default=0)
    going = Backfill.objects.filter(task=task).select_related("requested_by").order_by("-pk")
    return {
        "row": row,
        "now_ns": row.now_ns,
        "kind_name": KIND_NAMES.get(task.kind, task.kind),
        "page": page,
        "runs": [_run_row(run, longest_ns) for run in page.object_list],
        "lengths": _lengths(list(task.runs.order_by("-pk")[:_DRAWN])),
        "parts": _parts(row),
        "backfills": list(going[:BACKFILLS_SHOWN]),
        "short": short_intervals(outline),
        "verbatim": _indented(task.definition),
        "preview_config": preview_text(task, outline),
        "newest_run": page.object_list[0].pk if page.object_list and page.number == 1 else 0,
        "window": backfill_window(row, {}),
        "output_count": task.outputs.count(),
    }


def backfill_window(row: TaskRow, given: Mapping[str, str]) -> BackfillWindow:
    """What was asked for, in the task's zone; without anything, a hundred periods up to now are proposed."""
    parts = row.outline.parts
    zone = parts[0].zone if parts else "UTC"
    if not parts:
        return BackfillWindow("", "", zone, problems={"general": [row.outline.problem]})
    longest_ns = max(part.sampling.fixed_ns for part in parts)
    start_ns = max(row.now_ns - max(longest_ns * _PROPOSED_PERIODS, NS_PER_DAY), 0)
    start_ns -= start_ns % min(longest_ns, NS_PER_DAY)
    texts = {
        "start": given.get("start", field_text(start_ns, zone)),
        "end": given.get("end", field_text(row.now_ns, zone)),
    }
    window = BackfillWindow(texts["start"][:100], texts["end"][:100], zone)
    for name in ("start", "end"):
        try:
            setattr(window, f"{name}_ns", read_field(texts[name], zone))
        except TsError:
            window.problems[name] = ["Write a date and a time, as in 2024-05-14 10:40"]
    if not window.problems and window.start_ns >= window.end_ns:
        window.problems["end"] = ["The end must be later than the start"]
    return window


# --- Inside ---


@dataclass(frozen=True)
class PartRow:
    """A part of a definition, and how its last run went."""

    outline: PartOutline | None
    progress: Progress | None
    label: str


def _parts(row: TaskRow) -> list[PartRow]:
    known = {one.part: one for one in row.progress}
    if not row.outline.parts:
        return [PartRow(None, one, one.label) for one in row.progress]
    return [
        PartRow(part, known.get(at), ", ".join(part.sources)) for at, part in enumerate(row.outline.parts)
    ]


def _length_ns(run: Run) -> int | None:
    return None if run.ended_ns is None else max(run.ended_ns - run.started_ns, 0)


def _run_row(run: Run, longest_ns: int) -> RunRow:
    length_ns = _length_ns(run)
    bar_px = round(_BAR_PX * (length_ns or 0) / longest_ns) if longest_ns else 0
    return RunRow(run, length_ns, max(bar_px, 1) if length_ns is not None else 0)


def _lengths(runs: list[Run]) -> str:
    known = [length for run in reversed(runs) if (length := _length_ns(run)) is not None]
    return sparkline(np.arange(len(known)), np.array(known, float) / NS_PER_MS) if len(known) > 1 else ""


def _indented(text: str) -> str:
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text
