"""Making and editing roll-up tasks: as fields, or as JSON for what fields can't hold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.dialects.kairos.errors import Rejected
from apps.dialects.kairos.rollups import RollupDefinition, read_id
from apps.errors import AccessFault, TsError
from apps.portal.rights import CHANGE_TASK, MAKE_TASK, needs
from apps.portal.rollup_form import (
    Placed,
    RollupFields,
    aggregator_features,
    fields_of,
    from_pasted,
    is_simple,
    new_fields,
    placed,
    value_of,
)
from apps.portal.templatetags.task_text import task_url
from apps.portal.views import tasks
from apps.queries.kairos_rollups import read_rollups
from apps.tasks.engine import in_words
from apps.tasks.models import Task
from apps.tasks.overview import TaskRow, shown_task
from apps.tasks.rights import belongs_to
from apps.tasks.services import put_task, set_enabled

KIND = "rollup"
_EMPTY = {"rollups": [{"query": {"metrics": [{}]}}]}


@dataclass
class _Form:
    """What is shown: fields or a text, what is wrong, and what was done to it."""

    mode: str
    fields: RollupFields
    text: str
    base: str
    wrong: Placed
    notice: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty form; a POST makes the task. A task whose key is the word itself is asked for by its kind."""
    if request.method != "POST" and request.GET.get("kind"):
        return tasks.task(request, "new")
    return _new(request)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CHANGE_TASK)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The form of a task; a POST replaces its definition."""
    found = shown_task(request.user, key, KIND, now_ns=time.time_ns())
    if found is None:
        raise Http404("no such roll-up")
    if not belongs_to(found.task, request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _posted(request, found.task)
    return _shown(request, _of_value(orjson.loads(found.task.definition)), found)


@needs(MAKE_TASK)
def _new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _posted(request, None)
    metric = request.GET.get("metric", "").replace("\0", "")[:500]
    return _shown(request, _Form("form", new_fields(metric), "", _dumped(_EMPTY), Placed()), None)


def _posted(request: HttpRequest, task: Task | None) -> HttpResponse:
    form, value = _read(request)
    do = request.POST.get("do", "save")
    if do != "save" or form.notice or value is None:
        return _turned(request, form, value, do, task)
    now_ns = time.time_ns()
    try:
        if task is None and (key := read_id(value)) and Task.objects.filter(kind=KIND, key=key).exists():
            raise Rejected(f"there is a task with the id {key} already; edit that one, or leave the id out")
        found = read_rollups(value, now_ns=now_ns, every_reason=True)
        if task is not None and request.POST.get("revision") != str(task.revision):
            raise Rejected("the task was changed meanwhile; save again to replace that change by this one")
        if not form.wrong:
            return redirect(task_url(_saved(request, value, found, task, now_ns)))
    except Rejected as refusal:
        told = list(refusal.messages)
        form.wrong.add(placed(told) if form.mode == "form" else Placed(general=told))
    except AccessFault:
        raise PermissionDenied from None
    except TsError as fault:
        form.wrong.add(Placed(general=[in_words(fault)]))
    return _shown(request, form, task, status=400)


# --- Inside ---


def _saved(
    request: HttpRequest, value: dict[str, Any], found: RollupDefinition, task: Task | None, now_ns: int
) -> Task:
    key = read_id(value) if task is None else task.key
    # By hand it was stopped, so it stays that way.
    stays_off = task is not None and not task.enabled and not task.stopped_because
    saved = put_task(KIND, key, found.name, value, every=found.every, user=request.user, now_ns=now_ns)
    if stays_off:
        set_enabled(saved, request.user, enabled=False, now_ns=now_ns)
    made = "The task was made. Its first run comes after one interval."
    messages.success(request, "Saved." if task else made)
    return saved


def _read(request: HttpRequest) -> tuple[_Form, Any]:
    """The form as it was sent, and the task that it means as far as it means one."""
    text = request.POST.get("definition", "").replace("\r\n", "\n").replace("\0", "")
    base = request.POST.get("base", "")
    fields = RollupFields.posted(request.POST.dict())
    if request.POST.get("mode") == "json":
        form = _Form("json", fields, text, base, Placed())
        try:
            value, was_query = from_pasted(text)
        except Rejected as refusal:
            form.wrong = Placed(general=list(refusal.messages))
            return form, None
        if was_query:
            turned = _of_value(value)
            turned.notice = "The query became a task. Look at its name, metric and interval, then save it."
            return turned, value
        return form, value
    try:
        under = orjson.loads(base)
    except orjson.JSONDecodeError:
        under = _EMPTY
    value, wrong = value_of(fields, under)
    return _Form("form", fields, text, base, wrong), value


def _turned(request: HttpRequest, form: _Form, value: Any, do: str, task: Task | None) -> HttpResponse:
    """The same, shown in the other way; nothing is saved."""
    if do == "to-json" and not form.wrong:
        form.mode, form.text = "json", _dumped(value)
    elif do == "to-form" and form.mode == "json" and not form.wrong:
        if is_simple(value):
            form = _of_value(value)
        else:
            form.wrong = Placed(general=[
                "Fields hold one roll-up of one metric; this task is edited as JSON."
            ])  # fmt: skip
    return _shown(request, form, task, status=400 if form.wrong else 200)


def _of_value(value: Any) -> _Form:
    text = _dumped(value)
    if is_simple(value):
        return _Form("form", fields_of(value), text, text, Placed())
    return _Form("json", RollupFields(), text, text, Placed())


def _dumped(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _shown(
    request: HttpRequest, form: _Form, of: Task | TaskRow | None, *, status: int = 200
) -> HttpResponse:
    task = of.task if isinstance(of, TaskRow) else of
    shown = {
        "form": form,
        "task": task,
        "features": aggregator_features(),
        "wrong_aggregators": form.wrong.aggregators,
    }
    return render(request, "tasks/form.html", shown, status=status)
