"""Making, changing and removing tasks, and computing their history. Bad definitions never become tasks."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.algebra.periods import Period
from apps.algebra.series import Samples, SeriesKey
from apps.algebra.times import clamp_time
from apps.errors import (
    AccessFault,
    ArgumentFault,
    ConflictFault,
    ExecutionFault,
    LimitFault,
    MissingFault,
    TsError,
)
from apps.tasks.definitions import KINDS, Definition, Part, definition_of
from apps.tasks.engine import compute_periods, first_pace, in_words, slices, store_periods
from apps.tasks.leases import LeaseLost, holder_name, leased, try_lease
from apps.tasks.models import Backfill, Task
from apps.tasks.outputs import remove_stored
from apps.tasks.repairs import begin_backfill, stop_watching
from apps.tasks.rights import belongs_to, missing_rights, visible_to
from apps.tasks.schedule import MAX_PERIODS, Window, fire_after, period_edges

__all__ = [
    "Preview", "backfill_now", "cancel_backfill", "delete_task", "find_task", "pause_backfill",
    "preview_backfill", "put_task", "resume_backfill", "run_soon", "set_enabled", "start_backfill",
]  # fmt: skip

Clock = Callable[[], int]
_NS_PER_S = 1_000_000_000
#: How long a request waits for a task that a worker is busy with, and lets a due run go first.
_PATIENCE_S, _COURTESY_S, _GLANCE_S = 60.0, 3.0, 0.05
_PREVIEWED_PERIODS = 20


# --- Tasks ---


def find_task(kind: str, key: str, user: Any) -> Task:
    """A task that the user may see; MissingFault otherwise."""
    # No database keeps a zero byte, and some don't let it be asked for.
    known = visible_to(user).filter(kind=kind).select_related("owner")
    found = None if "\0" in key else known.filter(key=key).first()
    if found is None:
        raise MissingFault(f"Resource not found for id {key}")
    return found


def put_task(
    kind: str, key: str | None, name: str, value: dict[str, Any], *, every: Period, user: Any, now_ns: int
) -> Task:
    """Store a definition that was checked, under its key; one that has the key already is replaced.

    The schedule starts again from now; what is known of earlier runs stays. The first owner keeps the task.
    """
    key = key or str(uuid.uuid4())
    text = orjson.dumps({**value, "id": key}).decode()
    fields = {
        "name": name,
        "definition": text,
        "definition_hash": hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        "enabled": True,
        "stopped_because": "",
        "anchor_ns": now_ns,
        "next_run_ns": fire_after(now_ns, anchor_ns=now_ns, every=every),
        "planned_ns": now_ns,
    }
    present = Task.objects.filter(kind=kind, key=key).select_related("owner").first()
    if present is None:
        owner = user if user is not None and user.is_authenticated else None
        try:
            with transaction.atomic():
                return Task.objects.create(
                    kind=kind, key=key, owner=owner,
                    owner_name=owner.get_username() if owner else "", **fields,
                )  # fmt: skip
        except IntegrityError:
            raise ConflictFault(f"task {key} is being made by someone else just now") from None
    _refuse_strangers(present, user)
    Task.objects.filter(pk=present.pk).update(**fields, revision=F("revision") + 1)
    if present.definition_hash != fields["definition_hash"]:
        # What the old one computed is not mixed with what the new one does; its next run watches anew.
        stop_watching(present.pk)
    present.refresh_from_db()
    return present


def delete_task(task: Task, user: Any, *, with_points: bool = False, clock: Clock = time.time_ns) -> None:
    """Remove a task with all that is known of it; its points stay, or exactly those that it stored go."""
    _refuse_strangers(task, user)
    if not with_points:
        task.delete()
        return
    # No worker may write while they go: a new revision stops what runs, and nothing is begun any more.
    Task.objects.filter(pk=task.pk).update(
        enabled=False, stopped_because="it was to be deleted with its points", revision=F("revision") + 1
    )
    task.backfills.filter(state__in=(Backfill.State.WAITING, Backfill.State.RUNNING)).update(
        state=Backfill.State.CANCELLED
    )
    task.refresh_from_db()
    holder = holder_name()
    _take(task, holder, clock)
    try:
        with leased(task, holder) as may_write:
            may_write()
            remove_stored(task)
            task.delete()
    except LeaseLost:
        raise ExecutionFault("the task was changed or deleted meanwhile") from None


def set_enabled(task: Task, user: Any, *, enabled: bool, now_ns: int) -> None:
    """Stop a task, or let it go on: then its schedule starts again from now."""
    _refuse_strangers(task, user)
    fields: dict[str, Any] = {"enabled": enabled, "stopped_because": ""}
    if enabled:
        _refuse_without_rights(task)
        every = definition_of(task, now_ns).every
        at_ns = fire_after(now_ns, anchor_ns=now_ns, every=every)
        fields |= {"anchor_ns": now_ns, "next_run_ns": at_ns, "planned_ns": now_ns}
    Task.objects.filter(pk=task.pk).update(**fields)


def run_soon(task: Task, user: Any, *, now_ns: int) -> None:
    """Make a task due; the next worker that looks runs it."""
    _refuse_strangers(task, user)
    Task.objects.filter(pk=task.pk, enabled=True, next_run_ns__gt=now_ns).update(next_run_ns=now_ns)


# --- History ---


@dataclass(frozen=True)
class Preview:
    """What a backfill would do: how many periods, and the points of the first that have any."""

    periods: int
    series: tuple[tuple[SeriesKey, Samples], ...]


def backfill_now(task: Task, user: Any, start_ns: int, end_ns: int, *, clock: Clock = time.time_ns) -> None:
    """Compute the periods that hold ``[start_ns, end_ns)`` and return when they are stored.

    Status and schedule stay as they are. A run that comes due meanwhile goes first.
    """
    _refuse_strangers(task, user)
    definition = definition_of(task, clock())
    windows = [_whole(part, start_ns, end_ns) for part in definition.parts]
    holder, given_way = holder_name(), [0]
    for at, (part, window) in enumerate(zip(definition.parts, windows, strict=True)):
        pace = first_pace(part)
        for edges in slices(window, part, pace):
            began = time.monotonic_ns()
            _give_way(task, given_way, clock)
            _take(task, holder, clock)
            try:
                with leased(task, holder) as may_write:
                    may_write()
                    begin_backfill(task, at, part, edges, clock(), is_watching=definition.repairs)
                    store_periods(part, edges, now_ns=clock(), may_write=may_write)
            except LeaseLost:
                raise ExecutionFault("the task was changed or deleted meanwhile") from None
            except TsError as fault:
                raise ExecutionFault(in_words(fault)) from None
            pace.took(time.monotonic_ns() - began)


def start_backfill(task: Task, user: Any, start_ns: int, end_ns: int, *, now_ns: int) -> Backfill:
    """Have the workers compute the periods that hold ``[start_ns, end_ns)``, newest first."""
    _refuse_strangers(task, user)
    _refuse_without_rights(task)
    known = user if user is not None and user.is_authenticated else None
    return Backfill.objects.create(
        task=task,
        requested_by=known,
        revision=task.revision,
        start_ns=clamp_time(start_ns),
        end_ns=clamp_time(end_ns),
        periods=_count(definition_of(task, now_ns), start_ns, end_ns),
    )


def preview_backfill(task: Task, start_ns: int, end_ns: int, *, now_ns: int) -> Preview:
    """Look at what a backfill would store, without storing anything."""
    definition = definition_of(task, now_ns)
    found: list[tuple[SeriesKey, Samples]] = []
    for part in definition.parts:
        edges = period_edges(start_ns, end_ns - 1, sampling=part.sampling, zone=part.zone)
        newest = edges[-_PREVIEWED_PERIODS - 1 :]
        for _, points in compute_periods(part, newest, now_ns=now_ns):
            found += points.items()
    return Preview(_count(definition, start_ns, end_ns), tuple(found))


def pause_backfill(backfill: Backfill, user: Any) -> bool:
    """Stop for now; False when there is nothing to stop."""
    return _move(backfill, user, (Backfill.State.WAITING, Backfill.State.RUNNING), Backfill.State.PAUSED)


def resume_backfill(backfill: Backfill, user: Any) -> bool:
    """Go on where it stopped; False when it was not paused."""
    return _move(backfill, user, (Backfill.State.PAUSED,), Backfill.State.WAITING)


def cancel_backfill(backfill: Backfill, user: Any) -> bool:
    """Stop for good. Points that are stored stay."""
    state = Backfill.State
    return _move(backfill, user, (state.WAITING, state.RUNNING, state.PAUSED), state.CANCELLED)


# --- Inside ---


def _refuse_strangers(task: Task, user: Any) -> None:
    if task.kind not in KINDS:
        raise ArgumentFault(f"there is no kind of task {task.kind!r}")
    if not belongs_to(task, user):
        signed_in = user is not None and bool(user.is_authenticated)
        raise AccessFault(f"the task belongs to {task.owner_name}", data={"signed_in": signed_in})


def _refuse_without_rights(task: Task) -> None:
    if why := missing_rights(task):
        raise ConflictFault(f"it can't run: {why}")


def _move(backfill: Backfill, user: Any, before: tuple[str, ...], after: str) -> bool:
    _refuse_strangers(backfill.task, user)
    moved = Backfill.objects.filter(pk=backfill.pk, state__in=before).update(state=after)
    backfill.refresh_from_db()
    return bool(moved)


def _whole(part: Part, start_ns: int, end_ns: int) -> Window:
    try:
        edges = period_edges(start_ns, end_ns - 1, sampling=part.sampling, zone=part.zone)
    except LimitFault as fault:
        asked = fault.data.get("asked")
        raise ArgumentFault(
            f"the window has {asked} periods of {part.sampling}, more than the limit of {MAX_PERIODS}"
        ) from None
    return Window(int(edges[0]), int(edges[-1]))


def _count(definition: Definition, start_ns: int, end_ns: int) -> int:
    count = 0
    for part in definition.parts:
        _whole(part, start_ns, end_ns)
        edges = period_edges(start_ns, end_ns - 1, sampling=part.sampling, zone=part.zone)
        count += len(edges) - 1
    return count


def _take(task: Task, holder: str, clock: Clock) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not try_lease(task.pk, holder, clock(), revision=task.revision):
        if not Task.objects.filter(pk=task.pk, revision=task.revision).exists():
            raise ExecutionFault("the task was changed or deleted meanwhile")
        if time.monotonic() > deadline:
            raise ExecutionFault("the task is busy")
        time.sleep(_GLANCE_S)


def _give_way(task: Task, given_way: list[int], clock: Clock) -> None:
    """Let a worker take a run that is due, once; there may be no worker."""
    deadline = time.monotonic() + _COURTESY_S
    while time.monotonic() < deadline:
        due = Task.objects.filter(pk=task.pk, enabled=True, next_run_ns__lte=clock(), lease_until_ns=0)
        at_ns = due.values_list("next_run_ns", flat=True).first()
        if at_ns is None or at_ns == given_way[0]:
            return
        time.sleep(_GLANCE_S)
        if time.monotonic() >= deadline:
            given_way[0] = at_ns
