"""Tasks in Django's admin: found and looked at. They are changed on their own pages, which check definitions
and mind the leases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html

from apps.tasks.models import Backfill, Progress, Run, Task


def clock(name: str, title: str) -> Callable[..., str]:
    """A column of times: what is kept in nanoseconds, for people to read."""

    @admin.display(description=f"{title} (UTC)", ordering=name)
    def shown(_owner: Any, row: Model) -> str:
        time_ns = getattr(row, name)
        if time_ns is None:
            return "–"
        text = str(np.datetime64(time_ns, "ns").astype("M8[s]")).replace("T", " ")
        return format_html('<span class="nowrap">{}</span>', text)

    return shown


class LookedAt(admin.ModelAdmin):
    """Rows that the workers write."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin):
    """Whether others see a task is the administrators' to say; the rest is not changed here."""

    show_full_result_count = False
    list_per_page = 50
    list_display = ("name", "kind", "owner_name", "shared", "enabled", "next_run", "host", "changed_at")
    list_filter = ("kind", "enabled", "shared")
    search_fields = ("name", "key", "owner_name", "definition")
    date_hierarchy = "created_at"
    fields = (
        "name", "kind", "key", "shared", "owner_name", "enabled", "stopped_because", "definition", "revision",
        "anchor", "next_run", "holder", "lease_until", "host", "created_at", "changed_at",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "shared")
    anchor = clock("anchor_ns", "schedule counted from")
    next_run = clock("next_run_ns", "next run")
    lease_until = clock("lease_until_ns", "lease until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Task, form: object, change: bool) -> None:
        # A worker may hold it: nothing but what was changed here is written.
        obj.save(update_fields=["shared", "changed_at"])

    def has_delete_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(LookedAt):
    list_display = ("task", "state", "started", "ended", "points", "repaired", "error")
    started, ended = clock("started_ns", "started"), clock("ended_ns", "ended")
    list_select_related = ("task",)
    list_filter = ("state",)
    search_fields = ("task__name", "task__key", "holder", "error")


@admin.register(Progress)
class ProgressAdmin(LookedAt):
    list_display = ("task", "part", "label", "last_ok", "points", "length_ms", "error")
    last_ok = clock("last_ok_ns", "last ran well")
    list_select_related = ("task",)
    search_fields = ("task__name", "task__key", "label", "error")


@admin.register(Backfill)
class BackfillAdmin(LookedAt):
    list_display = (
        "task", "state", "start", "end", "requested_by", "periods_done", "periods", "points", "error",
    )  # fmt: skip
    start, end = clock("start_ns", "from"), clock("end_ns", "to")
    list_select_related = ("task", "requested_by")
    list_filter = ("state",)
    search_fields = ("task__name", "task__key", "error")
    date_hierarchy = "created_at"
