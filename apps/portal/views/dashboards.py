"""The portal and its dashboards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from apps.portal.models import Dashboard
from apps.portal.rights import READ, needs
from apps.portal.selectors import charts_of, dashboards_with_texts, recent_versions


@needs(READ)
def portal(request: HttpRequest) -> HttpResponse:
    """Dashboards with small live previews, and what was saved lately."""
    return render(
        request,
        "portal/portal.html",
        {
            "dashboards": dashboards_with_texts(request.user),
            "recent": recent_versions(request.user),
        },
    )


@needs(READ)
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """One dashboard: its charts in order."""
    found = get_object_or_404(Dashboard.objects.visible_to(request.user), slug=slug)
    return render(
        request,
        "portal/dashboard.html",
        {"dashboard": found, "charts": charts_of(found, request.user)},
    )
