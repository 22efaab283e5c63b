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


def may(user, permission: str) -> bool:
    """Whether the caller has the right; without a session TSWEB_ANONYMOUS decides."""
    if user.is_authenticated:
        return user.has_perm(permission)
    if permission.partition(".")[2].startswith("view_"):
        return settings.TSWEB_ANONYMOUS in {"read", "write"}
    return settings.TSWEB_ANONYMOUS == "write"


def needs(permission: str) -> Callable[[View], View]:
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
