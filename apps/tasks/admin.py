"""Tasks in Django's admin: found and looked at. They are changed on their own pages, which check definitions
and mind the leases."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apps.tasks.models import Backfill, Progress, Run, Task


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
    """Who owns a task and who sees it is the administrators' to say; the rest is not changed here."""

    show_full_result_count = False
    list_per_page = 50
    list_display = ("name", "kind", "key", "owner_name", "shared", "enabled", "host", "changed_at")
    list_filter = ("kind", "enabled", "shared")
    search_fields = ("name", "key", "owner_name", "definition")
    date_hierarchy = "created_at"
    fields = (
        "name", "kind", "key", "shared", "owner_name", "enabled", "stopped_because", "definition", "revision",
        "anchor_ns", "next_run_ns", "holder", "lease_until_ns", "host", "created_at", "changed_at",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "shared")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Task, form: object, change: bool) -> None:
        # A worker may hold it: nothing but what was changed here is written.
        obj.save(update_fields=["shared", "changed_at"])

    def has_delete_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(LookedAt):
    list_display = ("task", "state", "due_ns", "started_ns", "ended_ns", "points", "repaired", "error")
    list_select_related = ("task",)
    list_filter = ("state",)
    search_fields = ("task__name", "task__key", "holder", "error")


@admin.register(Progress)
class ProgressAdmin(LookedAt):
    list_display = ("task", "part", "label", "last_ok_ns", "points", "length_ms", "error")
    list_select_related = ("task",)
    search_fields = ("task__name", "task__key", "label", "error")


@admin.register(Backfill)
class BackfillAdmin(LookedAt):
    list_display = (
        "task", "state", "requested_by", "periods_done", "periods", "points", "error", "created_at",
    )  # fmt: skip
    list_select_related = ("task", "requested_by")
    list_filter = ("state",)
    search_fields = ("task__name", "task__key", "error")
    date_hierarchy = "created_at"
