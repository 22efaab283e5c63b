"""Tasks as a page lists them: their state, how far they are, what their last run did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from apps.tasks.models import Backfill, Progress, Run, Task
from apps.tasks.outline import Outline, outline_of
from apps.tasks.rights import visible_to
from apps.tasks.schedule import period_edges

__all__ = [
    "KIND_NAMES", "SORTS", "STATES", "TaskPage", "TaskRow", "shown_task", "stalled_since", "task_page",
    "tasks_writing",
]  # fmt: skip

#: States in the order in which they ask for attention.
STATES = ("failing", "running", "waiting", "ok", "disabled")
KIND_NAMES: Mapping[str, str] = {"rollup": "Roll-up", "chart": "Saved from a chart"}
PER_PAGE = 20
_NS_PER_S = 1_000_000_000
#: A run so late means that nobody does the work.
_STALLED_NS = 60 * _NS_PER_S
_MOST_WRITERS, _MOST_FOUND = 20, 2_000
_UNFINISHED = (Backfill.State.WAITING, Backfill.State.RUNNING, Backfill.State.PAUSED)


@dataclass(frozen=True)
class TaskRow:
    """A task with what its runs left. Times are ns UTC; ``backfill`` is the one that goes on, if any."""

    task: Task
    outline: Outline
    state: str
    progress: Sequence[Progress] = ()
    backfill: Backfill | None = None
    now_ns: int = 0

    @property
    def last_ns(self) -> int | None:
        """When the last run began."""
        return self.task.last_started_ns

    @property
    def points(self) -> int | None:
        """Points of the last run that ended."""
        return None if self.task.last_state in (None, Run.State.RUNNING) else self.task.last_points

    @property
    def why(self) -> str:
        """Why it does not run, or what went wrong, in words."""
        if self.state == "disabled":
            return self.task.stopped_because
        if self.outline.problem:
            return self.outline.problem
        return self.task.last_error or "" if self.state == "failing" else ""

    @cached_property
    def computed_to_ns(self) -> int | None:
        """The end of the last whole period that all parts have; None before all of them ran."""
        known = {one.part: one.last_ok_ns for one in self.progress if one.last_ok_ns is not None}
        ends = []
        for at, part in enumerate(self.outline.parts):
            if at not in known:
                return None
            ends.append(int(period_edges(known[at], known[at], sampling=part.sampling, zone=part.zone)[0]))
        return min(ends, default=None)

    @property
    def lag_ns(self) -> int | None:
        """From the end of the last whole period that was computed to now."""
        return None if self.computed_to_ns is None else max(self.now_ns - self.computed_to_ns, 0)

    @property
    def is_behind(self) -> bool:
        """Whether it is further behind than its interval and its periods explain."""
        if self.lag_ns is None or self.outline.every is None or self.state == "disabled":
            return False
        longest_ns = max((part.sampling.fixed_ns for part in self.outline.parts), default=0)
        # Months and days with a change of the clock are longer than their nominal length.
        return self.lag_ns > (longest_ns + 2 * self.outline.every.fixed_ns) * 1.1 + _STALLED_NS

    @property
    def is_overdue(self) -> bool:
        is_late = self.task.next_run_ns < self.now_ns - _STALLED_NS
        return self.task.enabled and self.state != "running" and is_late


@dataclass(frozen=True)
class TaskPage:
    """One page of the list, with how many tasks are in each state."""

    rows: list[TaskRow]
    page: Page
    counts: Mapping[str, int]
    any_task: bool
    sort: str
    descending: bool
    kinds: Sequence[str] = field(default=())


#: By what the list may be sorted; the first way is that of the first click.
SORTS: Mapping[str, tuple[str, bool]] = {
    "name": ("name", False),
    "state": ("state_rank", False),
    "last": ("last_started_ns", True),
    "next": ("next_run_ns", False),
    "lag": ("behind_ns", True),
    "points": ("last_points", True),
}


def task_page(user: Any, asked: Mapping[str, str], *, now_ns: int) -> TaskPage:
    """The page that is asked for: ``q``, ``state``, ``kind``, ``sort`` (``-`` in front turns it), ``page``.

    The number of queries does not depend on the number of tasks.
    """
    every = visible_to(user)
    found = _with_state(_searched(every, asked.get("q", "").replace("\0", "").split()[:8]), now_ns)
    if asked.get("kind"):
        found = found.filter(kind=asked["kind"])
    by_state = found.order_by().values("state").annotate(number=Count("pk"))
    counts = {row["state"]: row["number"] for row in by_state}
    if asked.get("state") in STATES:
        found = found.filter(state=asked["state"])
    sort = asked.get("sort", "").removeprefix("-")
    sort = sort if sort in SORTS else "name"
    column, descending = SORTS[sort]
    descending ^= asked.get("sort", "").startswith("-")
    order = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
    # What is disabled has no next run.
    first = ("-enabled",) if sort == "next" else ()
    page = Paginator(found.order_by(*first, order, "name", "pk"), PER_PAGE).get_page(asked.get("page") or 1)
    rows = _rows(list(page.object_list), now_ns)
    kinds = list(every.order_by().values_list("kind", flat=True).distinct())
    return TaskPage(rows, page, counts, bool(kinds), sort, descending, sorted(kinds))


def shown_task(user: Any, key: str, kind: str, *, now_ns: int) -> TaskRow | None:
    """One task that the user may see, by its key, and where several kinds have it by its kind."""
    if "\0" in key:
        return None
    found = visible_to(user).filter(key=key)
    if kind:
        found = found.filter(kind=kind)
    rows = _rows(list(_with_state(found, now_ns).select_related("owner").order_by("pk")[:1]), now_ns)
    return rows[0] if rows else None


def tasks_writing(user: Any, metric: str) -> list[Task]:
    """The tasks, among those the user may see, that store points of a metric."""
    # The text narrows them down; what it means decides.
    candidates = visible_to(user).filter(definition__icontains=_in_json(metric))[: 10 * _MOST_WRITERS]
    found = [
        task for task in candidates
        if any(part.stores(metric) for part in outline_of(task).parts)
    ]  # fmt: skip
    return found[:_MOST_WRITERS]


def stalled_since(*, now_ns: int) -> int | None:
    """When the oldest run was due that nobody took; None where work is done."""
    due = Task.objects.filter(enabled=True, next_run_ns__lt=now_ns - _STALLED_NS, lease_until_ns__lte=now_ns)
    if Task.objects.filter(lease_until_ns__gt=now_ns).exists():
        return None
    return due.aggregate(oldest=Min("next_run_ns"))["oldest"]


# --- Inside ---


def _searched(tasks: QuerySet[Task], words: list[str]) -> QuerySet[Task]:
    """Tasks with each word in their name or the names of their metrics, or as their id."""
    if not words:
        return tasks
    near = tasks
    for word in words:
        near = near.filter(
            Q(name__icontains=word) | Q(key__iexact=word) | Q(definition__icontains=_in_json(word))
        )
    # A definition holds many words beside the names: what is found in it is looked at.
    rows = near.only("pk", "name", "key", "kind", "definition").order_by("name", "pk")[:_MOST_FOUND]
    return tasks.filter(pk__in=[task.pk for task in rows if _is_about(task, words)])


def _is_about(task: Task, words: list[str]) -> bool:
    outline = outline_of(task)
    names = " ".join((task.name, *outline.sources, *outline.targets)).lower()
    return all(word.lower() in names or word.lower() == task.key.lower() for word in words)


def _in_json(text: str) -> str:
    """A text as definitions hold it."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _with_state(tasks: QuerySet[Task], now_ns: int) -> QuerySet[Task]:
    newest = Run.objects.filter(task=OuterRef("pk")).order_by("-pk")
    oldest = Progress.objects.filter(task=OuterRef("pk")).order_by().values("task")
    found = tasks.annotate(
        last_state=Subquery(newest.values("state")[:1]),
        last_started_ns=Subquery(newest.values("started_ns")[:1]),
        last_ended_ns=Subquery(newest.values("ended_ns")[:1]),
        last_points=Subquery(newest.values("points")[:1]),
        last_error=Subquery(newest.values("error")[:1]),
        oldest_ok_ns=Subquery(oldest.annotate(at=Min("last_ok_ns")).values("at")[:1]),
    )
    state = Case(
        When(enabled=False, then=Value("disabled")),
        When(last_state=Run.State.RUNNING, lease_until_ns__gt=now_ns, then=Value("running")),
        When(last_state=Run.State.FAILED, then=Value("failing")),
        When(last_state=Run.State.DONE, then=Value("ok")),
        # It never ran, or its worker is gone and another is to take it over.
        default=Value("waiting"),
        output_field=CharField(),
    )
    rank = Case(
        *(When(state=name, then=Value(at)) for at, name in enumerate(STATES)), output_field=IntegerField()
    )
    behind = ExpressionWrapper(Value(now_ns) - F("oldest_ok_ns"), output_field=BigIntegerField())
    return found.annotate(state=state).annotate(state_rank=rank, behind_ns=behind)


def _rows(tasks: list[Task], now_ns: int) -> list[TaskRow]:
    ids = [task.pk for task in tasks]
    progress: dict[int, list[Progress]] = {}
    for one in Progress.objects.filter(task__in=ids).order_by("task", "part"):
        progress.setdefault(one.task_id, []).append(one)
    going = Backfill.objects.filter(task__in=ids, state__in=_UNFINISHED).order_by("-pk")
    backfills = {one.task_id: one for one in going}
    return [
        TaskRow(
            task,
            outline_of(task),
            task.state,
            tuple(progress.get(task.pk, ())),
            backfills.get(task.pk),
            now_ns,
        )
        for task in tasks
    ]
