"""What tasks look like from outside: the status of a roll-up as KairosDB's clients read it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

from apps.errors import TsError
from apps.tasks.definitions import definition_of
from apps.tasks.models import Task

__all__ = ["kairos_date", "rollup_status"]

_NS_PER_MS = 1_000_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rollup_status(task: Task, *, now_ns: int) -> dict[str, Any]:
    """One entry for each metric that the task queries, in its order."""
    progress = {one.part: one for one in task.progress.all()}
    try:
        labels = [part.label for part in definition_of(task, now_ns).parts]
    except TsError:
        labels = [one.label for one in progress.values()]
    statuses = []
    for at, label in enumerate(labels):
        known = progress.get(at)
        last_ns = known.last_ok_ns if known else None
        entry: dict[str, Any] = {
            "metric_name": label,
            "last_executed": "Never" if last_ns is None else kairos_date(last_ns),
            "data_point_count": known.points if known else 0,
            "execution_length": known.length_ms if known else 0,
            "last_execution_time": 0 if last_ns is None else last_ns // _NS_PER_MS,
        }
        error = (known.error if known else "") or task.stopped_because
        statuses.append(entry | ({"error_message": error} if error else {}))
    return {
        "statuses": statuses,
        "executing_host": task.host or socket.gethostname(),
        "next_scheduled": kairos_date(task.next_run_ns) if task.enabled else "Never",
    }


def kairos_date(time_ns: int) -> str:
    """``07 Mar 2020 03:05:09 PM`` in UTC; noon is hour 00, whatever the language of the server."""
    at = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} {at.hour % 12:02d}:{at:%M:%S} {half}"
