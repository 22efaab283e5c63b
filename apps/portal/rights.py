"""Who may see and save what on the pages: Django permissions, and TSWEB_ANONYMOUS for those not signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

READ = "portal.view_chart"
SAVE = "portal.add_chart"
DELETE = "portal.delete_chart"
MAKE_DASHBOARD = "portal.add_dashboard"
CHANGE_DASHBOARD = "portal.change_dashboard"
DELETE_DASHBOARD = "portal.delete_dashboard"
SEE_TASKS = "tasks.view_task"
STORE = ("catalog.view_series", "catalog.add_series", "catalog.change_series")
#: A task reads and writes series in the name of its owner, so whoever makes or changes one may do so too.
MAKE_TASK = ("tasks.add_task", *STORE)
CHANGE_TASK = ("tasks.change_task", *STORE)
DELETE_TASK = ("tasks.delete_task",)
DELETE_POINTS = (*DELETE_TASK, "catalog.delete_series")


def may(user, permission: str | tuple[str, ...]) -> bool:
    """Whether the caller has the right, or all of them; without a session TSWEB_ANONYMOUS decides."""
    if isinstance(permission, tuple):
        return all(may(user, one) for one in permission)
    if user.is_authenticated:
        return user.has_perm(permission)
    if permission.partition(".")[2].startswith("view_"):
        return settings.TSWEB_ANONYMOUS in {"read", "write"}
    return settings.TSWEB_ANONYMOUS == "write"


def needs(permission: str | tuple[str, ...]) -> Callable[[View], View]:
    """Guard a view: callers who are not signed in are sent to sign in, others get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if may(request.user, permission):
                return view(request, *args, **kwargs)
            if request.user.is_authenticated:
                raise PermissionDenied
            return redirect_to_login(request.get_full_path())

        return guarded

    return decorate
