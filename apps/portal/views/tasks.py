"""Tasks: the list, one task with its runs and backfills, and what is done to them."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_POST

from apps.errors import AccessFault, TsError
from apps.portal.rights import CHANGE_TASK, DELETE_POINTS, DELETE_TASK, MAKE_TASK, SEE_TASKS, may, needs
from apps.portal.task_details import backfill_window, details
from apps.portal.task_preview import dry_run_series
from apps.portal.templatetags.task_text import task_url
from apps.tasks import services
from apps.tasks.engine import in_words
from apps.tasks.models import Backfill
from apps.tasks.overview import KIND_NAMES, STATES, TaskRow, shown_task, stalled_since, task_page
from apps.tasks.rights import belongs_to

#: How soon a page asks again, while something goes on and otherwise.
SOON_MS, LATER_MS = 1_000, 5_000


@require_http_methods(["GET", "HEAD"])
@needs(SEE_TASKS)
def index(request: HttpRequest) -> HttpResponse:
    """The tasks that the caller may see; ``live`` answers the parts that change."""
    now_ns = time.time_ns()
    asked = {name: _asked(request, name) for name in ("q", "state", "kind", "sort", "page")}
    found = task_page(request.user, asked, now_ns=now_ns)
    shown = {
        "found": found,
        "asked": asked,
        "now_ns": now_ns,
        "states": [(name, found.counts.get(name, 0)) for name in STATES],
        "all_count": sum(found.counts.values()),
        "kinds": [(kind, KIND_NAMES.get(kind, kind)) for kind in found.kinds],
        "may_make": may(request.user, MAKE_TASK),
        "stalled_ns": stalled_since(now_ns=now_ns),
    }
    if "live" not in request.GET:
        return render(request, "tasks/list.html", shown)
    parts = {
        "task-states": render_to_string("tasks/states.html", shown, request),
        "task-stalled": render_to_string("tasks/stalled.html", shown, request),
    }
    for row in found.rows:
        parts[f"task-{row.task.pk}"] = render_to_string("tasks/row.html", {**shown, "row": row}, request)
    busy = any(row.state == "running" or row.backfill is not None for row in found.rows)
    return _live(parts, busy=busy)


@require_http_methods(["GET", "HEAD"])
@needs(SEE_TASKS)
def task(request: HttpRequest, key: str) -> HttpResponse:
    """One task; ``live`` answers the parts that change."""
    row = _row(request, key)
    if "live" not in request.GET:
        return _detail(request, row)
    shown = details(row, request.GET.get("runs", "1")) | _rights(request, row)
    parts = {
        name: render_to_string(f"tasks/{template}.html", shown, request)
        for name, template in (
            ("task-state", "state"),
            ("task-facts", "facts"),
            ("task-preview", "preview"),
            ("task-runs", "runs"),
            ("task-backfills", "backfills"),
        )
    }
    busy = row.state == "running" or any(one.state in ("waiting", "running") for one in shown["backfills"])
    return _live(parts, busy=busy or row.task.next_run_ns < row.now_ns + 2 * 10**9)


@require_POST
@needs(CHANGE_TASK)
def act(request: HttpRequest, key: str) -> HttpResponse:
    """Run a task now, stop it, or let it go on."""
    row = _row(request, key)
    do = request.POST.get("do", "")
    if do not in _ACTIONS:
        raise Http404("no such action")
    action, told = _ACTIONS[do]
    try:
        action(row.task, request.user, now_ns=row.now_ns)
    except TsError as fault:
        _refused(request, fault)
    else:
        messages.success(request, told)
    return redirect(task_url(row.task))


@require_POST
@needs(DELETE_TASK)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Remove a task; with its points only when its name was typed."""
    row = _row(request, key)
    with_points = request.POST.get("points") == "remove"
    if with_points and not may(request.user, DELETE_POINTS):
        raise PermissionDenied
    if with_points and request.POST.get("name", "").strip() != row.task.name.strip():
        messages.error(request, "Nothing was deleted: the name typed is not that of the task.")
        return redirect(task_url(row.task))
    try:
        services.delete_task(row.task, request.user, with_points=with_points)
    except TsError as fault:
        _refused(request, fault)
        return redirect(task_url(row.task))
    kept = "with the points that it stored" if with_points else "; its points were kept"
    messages.success(request, f"The task “{row.task.name}” was deleted{' ' if with_points else ''}{kept}.")
    return redirect("portal:tasks")


@require_POST
@needs(SEE_TASKS)
def backfill(request: HttpRequest, key: str) -> HttpResponse:
    """Look at what a backfill would store (``do=dry-run``), or start it."""
    row = _row(request, key)
    is_start = request.POST.get("do") == "start"
    if is_start and not may(request.user, CHANGE_TASK):
        raise PermissionDenied
    window = backfill_window(row, request.POST)
    shown: dict[str, Any] = {"window": window, "row": row, "now_ns": row.now_ns}
    if not window.problems:
        try:
            if is_start:
                services.start_backfill(
                    row.task, request.user, window.start_ns, window.end_ns, now_ns=row.now_ns
                )
                messages.success(request, "The backfill was started, newest periods first.")
                return _answer(request, {"url": task_url(row.task)}) or redirect(task_url(row.task))
            preview = services.preview_backfill(
                row.task, window.start_ns, window.end_ns, now_ns=row.now_ns
            )
            shown |= {"preview": preview, "drawn": dry_run_series(preview.series, window.zone)}
        except AccessFault:
            raise PermissionDenied from None
        except TsError as fault:
            window.problems.setdefault("general", []).append(in_words(fault))
    html = render_to_string("tasks/dry_run.html", shown, request)
    status = 400 if window.problems else 200
    return _answer(request, {"html": html}) or _detail(request, row, shown, status=status)


@require_POST
@needs(CHANGE_TASK)
def move_backfill(request: HttpRequest, key: str) -> HttpResponse:
    """Pause a backfill, let it go on, or cancel it: ``do=pause:12``."""
    row = _row(request, key)
    do, _, number = request.POST.get("do", "").partition(":")
    if do not in _MOVES or not number.isdecimal() or len(number) > 18:
        raise Http404("no such action")
    found = get_object_or_404(Backfill.objects.select_related("task"), task=row.task, pk=int(number))
    move, told, late = _MOVES[do]
    try:
        moved = move(found, request.user)
    except TsError as fault:
        _refused(request, fault)
    else:
        (messages.success if moved else messages.error)(request, told if moved else late)
    return redirect(task_url(row.task))


# --- Inside ---

_ACTIONS = {
    "run": (services.run_soon, "It is due now; the next worker that is free runs it."),
    "enable": (partial(services.set_enabled, enabled=True), "It runs again, counted from now."),
    "disable": (
        partial(services.set_enabled, enabled=False),
        "It does not run until it is enabled again. Its points stay.",
    ),
}
_MOVES = {
    "pause": (services.pause_backfill, "The backfill pauses where it is.", "It had come to its end already."),
    "resume": (services.resume_backfill, "The backfill goes on where it stopped.", "It was not paused."),
    "cancel": (
        services.cancel_backfill,
        "The backfill was cancelled; what it stored stays.",
        "It had come to its end already.",
    ),
}


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:200]


def _row(request: HttpRequest, key: str) -> TaskRow:
    found = shown_task(request.user, key, _asked(request, "kind"), now_ns=time.time_ns())
    if found is None:
        raise Http404("no such task")
    return found


def _rights(request: HttpRequest, row: TaskRow) -> dict[str, bool]:
    mine = belongs_to(row.task, request.user)
    return {
        "mine": mine,
        "may_change": mine and may(request.user, CHANGE_TASK),
        "may_delete": mine and may(request.user, DELETE_TASK),
        "may_delete_points": mine and may(request.user, DELETE_POINTS),
    }


def _detail(
    request: HttpRequest, row: TaskRow, more: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    shown = details(row, request.GET.get("runs", "1")) | _rights(request, row)
    return render(request, "tasks/task.html", shown | (more or {}), status=status)


def _live(parts: dict[str, str], *, busy: bool) -> JsonResponse:
    answer = JsonResponse({"parts": parts, "again_ms": SOON_MS if busy else LATER_MS})
    answer["Cache-Control"] = "no-store"
    return answer


def _answer(request: HttpRequest, value: dict[str, Any]) -> JsonResponse | None:
    """For scripts; None where a whole page is asked for."""
    wanted = request.headers.get("Accept", "")
    return JsonResponse(value) if wanted.startswith("application/json") else None


def _refused(request: HttpRequest, fault: TsError) -> None:
    if isinstance(fault, AccessFault):
        raise PermissionDenied
    messages.error(request, capfirst(in_words(fault)))
