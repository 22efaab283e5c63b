"""Tasks act for their owners: with their rights, and no longer than they have them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.tasks.models import Task

__all__ = ["belongs_to", "missing_rights", "visible_to"]

_NEEDED = ("catalog.view_series", "catalog.add_series", "catalog.change_series")


def visible_to(user: Any) -> QuerySet[Task]:
    """A user's own tasks, those that are shared, and those that are nobody's."""
    if user is not None and user.is_superuser:
        return Task.objects.all()
    open_to_all = Q(shared=True) | Q(owner=None, owner_name="")
    known = user is not None and user.is_authenticated
    return Task.objects.filter(open_to_all | Q(owner=user) if known else open_to_all)


def belongs_to(task: Task, user: Any) -> bool:
    """Whether a user may change a task."""
    if user is not None and user.is_superuser:
        return True
    if not task.owner_name:
        return True
    return user is not None and task.owner_id is not None and task.owner_id == user.pk


def missing_rights(task: Task) -> str:
    """Why a task may not run, in words; empty when it may."""
    if not task.owner_name:
        if settings.TSWEB_ANONYMOUS == "write":
            return ""
        return "it belongs to nobody, and only users who are signed in may write now"
    owner = task.owner
    if owner is None:
        return f"its owner, {task.owner_name}, is gone"
    if not owner.is_active:
        return f"its owner, {task.owner_name}, is disabled"
    if not owner.has_perms(_NEEDED):
        return f"its owner, {task.owner_name}, may not read and write series any more"
    return ""
