"""What a task has stored: which series and in which stretches of time, whatever its definition was then.

Taken down while points are written, so that a task can be deleted with exactly its points. A worker killed
between writing and noting computes those periods again, and notes them then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from django.db import transaction

from apps.store.lateness import remove_points
from apps.store.stretches import Stretch, bounded, without
from apps.tasks.models import Output, Task

__all__ = ["Noted", "noting", "remove_stored", "series_of"]

#: Called with the series that hold points of a task in a stretch, after these are stored.
Noted = Callable[[Collection[int], int, int], None]

_MOST_STRETCHES = 500
_AT_A_TIME = 500


def noting(task: Task) -> Noted:
    """Takes down what is stored for a task; whoever calls it holds the task."""
    known: set[int] | None = None

    def note(series_ids: Collection[int], start_ns: int, end_ns: int) -> None:
        nonlocal known
        if not series_ids:
            return
        if known is None:
            known = set(series_of(task))
        fresh = sorted(set(series_ids) - known)
        if fresh:
            rows = [Output(task_id=task.pk, series_id=one) for one in fresh]
            Output.objects.bulk_create(rows, batch_size=_AT_A_TIME, ignore_conflicts=True)
            known.update(fresh)
        _extend(task, start_ns, end_ns)

    return note


def series_of(task: Task) -> list[int]:
    """The ids of the series in which a task ever stored points."""
    return list(task.outputs.order_by("series_id").values_list("series_id", flat=True))


def remove_stored(task: Task) -> int:
    """Remove all points that a task stored; the number of series that had some.

    Where another task stores the same series too, the points are that one's now: they stay.
    """
    stretches = Task.objects.values_list("stored", flat=True).get(pk=task.pk)
    count = 0
    for ids in _batches(series_of(task)):
        shared = _shared(task, ids)
        own = [one for one in ids if one not in shared]
        for start_ns, end_ns in stretches:
            remove_points(own, start_ns, end_ns)
        for series_id, others in shared.items():
            for start_ns, end_ns in without(stretches, others):
                remove_points([series_id], start_ns, end_ns)
        count += len(ids)
    return count


# --- Inside ---


def _extend(task: Task, start_ns: int, end_ns: int) -> None:
    with transaction.atomic():
        before = Task.objects.select_for_update().values_list("stored", flat=True).filter(pk=task.pk).first()
        if before is None:
            return
        after = [list(one) for one in bounded([*before, (start_ns, end_ns)], _MOST_STRETCHES)]
        if after != before:
            Task.objects.filter(pk=task.pk).update(stored=after)


def _shared(task: Task, ids: list[int]) -> dict[int, list[Stretch]]:
    """Which of some series other tasks store too, and in which stretches."""
    rows = Output.objects.filter(series_id__in=ids).exclude(task=task)
    found: dict[int, list[Stretch]] = {}
    for series_id, stretches in rows.values_list("series_id", "task__stored"):
        found.setdefault(series_id, []).extend(map(tuple, stretches))
    return found


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(ids), _AT_A_TIME):
        yield ids[at : at + _AT_A_TIME]
