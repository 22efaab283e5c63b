"""What every page's frame shows."""

from __future__ import annotations

from django.http import HttpRequest

from apps.portal.rights import SAVE, STORE, may


def frame(request: HttpRequest) -> dict:
    """Whether the caller may save charts and store series, and which part of the site this is."""
    first = request.path_info.strip("/").partition("/")[0]
    return {
        "may_save": may(request.user, SAVE) if hasattr(request, "user") else False,
        "may_store": may(request.user, STORE) if hasattr(request, "user") else False,
        "area": {"": "portal", "dashboards": "portal"}.get(first, first),
    }
