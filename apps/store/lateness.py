"""Who computed from which metric, and what was written or removed there since: late samples.

Whoever computes something from samples *watches* their metric up to a line: what lies before it was read.
A writer that brings or removes samples before the line logs where they lie, for each watcher; the watcher
*takes* these ranges, computes again, and then forgets them.

No change is missed, whatever the order of events in any number of processes:

* the watcher draws its line and commits before it reads samples; the writer looks for lines after its
  samples are committed. Either the watcher reads the samples, or the writer sees the line. (So writers must
  not stand in a transaction of their own around the write.)
* the watcher marks ranges as taken before it reads samples, and removes the rows it took by their numbers
  when it is done. A range that is logged meanwhile waits for the next time; one whose watcher was killed
  is taken again.
* a writer logs nothing where its range is logged already and not yet taken: whoever takes that reads later.

A writer that is killed between its commit and the log has not answered; its client sends again.
Retention and times to live remove samples without a word, and so does the removal of a whole metric or
entity: what was computed from them may be all that is left.
Names are compared folded. Where two metrics differ in case only, one stands for both: then a range too many
may be computed again, never one too few.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

import numpy as np
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from apps.algebra.series import Samples, SeriesKey, fold
from apps.catalog.models import Series
from apps.store.models import LateRange, Watch
from apps.store.stretches import Stretch, bounded, merged, runs_of, without
from apps.store.writer import delete_range

__all__ = [
    "Taken", "forget_ranges", "log_ranges", "mark_changed", "mark_series", "mark_written", "remove_points",
    "take_ranges", "unwatch", "watch",
]  # fmt: skip

logger = logging.getLogger("tsweb.store")

#: Ranges of one batch and watcher: up to a few dozen exactly, more where points come in a steady row.
_FEW_RUNS, _MOST_RUNS = 32, 64
#: Ranges that wait for one watcher, which may be paused for long: beyond that, neighbours become one.
_MOST_WAITING, _KEPT_WAITING = 256, 128
_NAMES_ASKED = 500
_IDS_PER_STATEMENT = 500
_SAMPLES, _TIMES = itemgetter(1), attrgetter("times_ns")


# --- Watchers ---


def watch(watcher: str, metrics: Iterable[str], until_ns: int, *, may_lower: bool = True) -> None:
    """From now on, what changes in these metrics (and no others) before ``until_ns`` is late for the watcher.

    Call it before reading, outside a transaction. ``may_lower``: whether an earlier line than before counts.
    """
    known = {row.metric: row.until_ns for row in Watch.objects.filter(watcher=watcher)}
    wanted: dict[str, int] = {}
    for name in map(fold, metrics):
        line_ns = known.get(name)
        wanted[name] = until_ns if line_ns is None or may_lower else max(line_ns, until_ns)
    changed = [name for name, line_ns in wanted.items() if known.get(name) != line_ns]
    Watch.objects.bulk_create(
        [Watch(watcher=watcher, metric=name, until_ns=wanted[name]) for name in changed],
        update_conflicts=True,
        unique_fields=["watcher", "metric"],
        update_fields=["until_ns"],
    )
    gone = known.keys() - wanted.keys()
    if gone:
        Watch.objects.filter(watcher=watcher, metric__in=gone).delete()


def unwatch(prefix: str) -> None:
    """Nothing is late any more for watchers whose keys begin so."""
    for model in (Watch, LateRange):
        rows = model.objects.filter(watcher__startswith=prefix)
        if rows.exists():
            rows.delete()


@dataclass(frozen=True, slots=True)
class Taken:
    """Where samples changed, and the rows that said so."""

    ids: tuple[int, ...] = ()
    stretches: tuple[Stretch, ...] = ()


def take_ranges(watcher: str) -> Taken:
    """What is late for a watcher, for it to compute again: what it took before and never forgot, too."""
    own = LateRange.objects.filter(watcher=watcher)
    if not own.exists():
        return Taken()
    own.filter(is_taken=False).update(is_taken=True)
    rows = own.filter(is_taken=True).values_list("pk", "start_ns", "end_ns")
    found = list(rows)
    return Taken(
        tuple(number for number, *_ in found), tuple(merged((start, end) for _, start, end in found))
    )


def forget_ranges(ids: Sequence[int]) -> None:
    """These rows are done with."""
    for at in range(0, len(ids), _IDS_PER_STATEMENT):
        LateRange.objects.filter(pk__in=ids[at : at + _IDS_PER_STATEMENT]).delete()


def log_ranges(found: Mapping[str, Iterable[Stretch]]) -> None:
    """Log ranges for watchers, but for those that wait there already."""
    rows: list[LateRange] = []
    crowded: list[str] = []
    for watcher, stretches in found.items():
        waiting = _waiting(watcher)
        fresh = [one for one in stretches if without([one], waiting)]
        rows += [LateRange(watcher=watcher, start_ns=start, end_ns=end) for start, end in fresh]
        if fresh and len(waiting) + len(fresh) > _MOST_WAITING:
            crowded.append(watcher)
    LateRange.objects.bulk_create(rows)
    for watcher in crowded:
        try:
            _join_neighbours(watcher)
        except DatabaseError:
            # Someone who takes them stood in the way. What is late is logged; the next writer tries again.
            logger.warning("the ranges of %s could not be joined", watcher, exc_info=True)


# --- Writers ---


def mark_written(items: Sequence[tuple[SeriesKey, Samples]]) -> None:
    """Log what of samples just committed is late. Costs one question when nothing of it is."""
    line_ns = _last_line()
    if line_ns is None or not items:
        return
    times = list(map(_TIMES, map(_SAMPLES, items)))
    every = np.concatenate(times)
    if not len(every) or int(every.min()) >= line_ns:
        return
    folded: dict[str, str] = {}
    for key, _ in items:
        if key.metric not in folded:
            folded[key.metric] = fold(key.metric)
    lines = _lines(set(folded.values()), int(every.min()))
    late: dict[str, list[np.ndarray]] = {}
    for (key, _), times_ns in zip(items, times, strict=True):
        for watcher, until_ns in lines.get(folded[key.metric], ()):
            before = times_ns[times_ns < until_ns]
            if len(before):
                late.setdefault(watcher, []).append(before)
    log_ranges(
        {
            watcher: runs_of(np.concatenate(parts), few=_FEW_RUNS, most=_MOST_RUNS)
            for watcher, parts in late.items()
        }
    )


def mark_changed(metrics: Iterable[str], start_ns: int, end_ns: int) -> None:
    """Samples of metrics in ``[start_ns, end_ns)`` were just removed or put back: log what of it is late."""
    line_ns = _last_line()
    if line_ns is None or start_ns >= line_ns:
        return
    found: dict[str, list[Stretch]] = {}
    for lines in _lines(set(map(fold, metrics)), start_ns).values():
        for watcher, until_ns in lines:
            found.setdefault(watcher, []).append((start_ns, min(end_ns, until_ns)))
    log_ranges({watcher: merged(stretches) for watcher, stretches in found.items()})


def mark_series(series_ids: Collection[int], start_ns: int, end_ns: int) -> None:
    """As :func:`mark_changed`, for series that are still in the catalog."""
    line_ns = _last_line()
    if line_ns is None or start_ns >= line_ns:
        return
    ids, names = list(series_ids), set()
    for at in range(0, len(ids), _IDS_PER_STATEMENT):
        some = Series.every.filter(pk__in=ids[at : at + _IDS_PER_STATEMENT])
        names.update(some.order_by().values_list("metric__name", flat=True).distinct())
    mark_changed(names, start_ns, end_ns)


def remove_points(series_ids: Sequence[int], start_ns: int, end_ns: int) -> None:
    """Remove samples because somebody wants them gone: what was computed from them is computed again.

    Retention and times to live use :func:`apps.store.writer.delete_range` instead: what was computed from
    what they take stays.
    """
    try:
        delete_range(series_ids, start_ns, end_ns)
    finally:
        # Also where only some went before something failed.
        mark_series(series_ids, start_ns, end_ns)


# --- Inside ---


def _last_line() -> int | None:
    """The latest line that anybody drew. Asked after every write, so in the fewest words."""
    with connections[settings.SAMPLES_DATABASE].cursor() as cursor:
        cursor.execute("SELECT max(until_ns) FROM store_watch")
        return cursor.fetchone()[0]


def _lines(names: Collection[str], after_ns: int) -> dict[str, list[tuple[str, int]]]:
    """Who watches these metrics, and their lines behind a time."""
    rows = Watch.objects.filter(until_ns__gt=after_ns)
    if len(names) <= _NAMES_ASKED:
        rows = rows.filter(metric__in=names)
    found: dict[str, list[tuple[str, int]]] = {}
    for metric, watcher, until_ns in rows.values_list("metric", "watcher", "until_ns"):
        if metric in names:
            found.setdefault(metric, []).append((watcher, until_ns))
    return found


def _waiting(watcher: str) -> list[Stretch]:
    rows = LateRange.objects.filter(watcher=watcher, is_taken=False)
    return list(rows.values_list("start_ns", "end_ns"))


def _join_neighbours(watcher: str) -> None:
    """Fewer rows that hold the same instants, and some in between."""
    with transaction.atomic(using=settings.SAMPLES_DATABASE):
        rows = LateRange.objects.filter(watcher=watcher, is_taken=False)
        # Locked, so that a row that is being taken is either left alone or gone before.
        found = list(rows.select_for_update().order_by("pk"))
        stretches = bounded(((row.start_ns, row.end_ns) for row in found), _KEPT_WAITING)
        LateRange.objects.filter(pk__in=[row.pk for row in found]).delete()
        LateRange.objects.bulk_create(
            LateRange(watcher=watcher, start_ns=start, end_ns=end) for start, end in stretches
        )
