"""The portal and its dashboards."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.portal import services
from apps.portal.models import Chart, Dashboard
from apps.portal.rights import CHANGE_DASHBOARD, DELETE_DASHBOARD, MAKE_DASHBOARD, READ, may, needs
from apps.portal.selectors import charts_of, dashboards_page, own_charts_page, recent_versions


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "")[:200]


@needs(READ)
def portal(request: HttpRequest) -> HttpResponse:
    """Dashboards with small live previews, and what was saved lately."""
    shown = {
        "page": dashboards_page(request.user, _words(request), request.GET.get("page", "1")),
        "words": _words(request),
        "any_dashboard": Dashboard.objects.visible_to(request.user).exists(),
        "recent": recent_versions(request.user),
        "may_make": may(request.user, MAKE_DASHBOARD),
    }
    return render(request, "portal/portal.html", shown)


@needs(READ)
def own_charts(request: HttpRequest) -> HttpResponse:
    """The charts of the user who is signed in."""
    page = own_charts_page(request.user, _words(request), request.GET.get("page", "1"))
    return render(request, "portal/charts.html", {"page": page, "words": _words(request)})


@require_http_methods(["GET", "HEAD"])
@needs(READ)
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """One dashboard: its charts in order."""
    found = _visible(request, slug)
    mine = found.belongs_to(request.user) and may(request.user, CHANGE_DASHBOARD)
    shown = {
        "dashboard": found,
        "charts": charts_of(found, request.user),
        "mine": mine,
        "may_delete": mine and may(request.user, DELETE_DASHBOARD) and not found.example,
    }
    return render(request, "portal/dashboard.html", shown)


@require_POST
@needs(MAKE_DASHBOARD)
def make(request: HttpRequest) -> HttpResponse:
    """A new, empty dashboard."""
    made = services.create_dashboard(user=request.user, title=_text(request, "title"))
    return redirect(made)


@require_POST
@needs(CHANGE_DASHBOARD)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Rename, describe or share a dashboard."""
    found = _own(request, slug)
    services.edit_dashboard(
        dashboard=found,
        title=_text(request, "title"),
        summary=_text(request, "summary"),
        shared=request.POST.get("shared") == "1",
    )
    return redirect(found)


@require_POST
@needs(CHANGE_DASHBOARD)
def place(request: HttpRequest) -> JsonResponse:
    """Put a chart on a dashboard that exists, or on a new one named by ``title``."""
    chart = get_object_or_404(Chart.objects.visible_to(request.user), key=_text(request, "chart"))
    slug = _text(request, "dashboard")
    if slug:
        found = _own(request, slug)
    elif may(request.user, MAKE_DASHBOARD):
        found = services.create_dashboard(user=request.user, title=_text(request, "title"))
    else:
        raise PermissionDenied
    services.place_chart(dashboard=found, chart=chart)
    return JsonResponse({"url": found.get_absolute_url(), "title": found.title})


@require_POST
@needs(CHANGE_DASHBOARD)
def arrange(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a chart of a dashboard up or down, or take it off."""
    found = _own(request, slug)
    key = _text(request, "chart")
    if request.POST.get("do") == "remove":
        services.remove_chart(dashboard=found, chart_key=key)
    else:
        services.move_chart(dashboard=found, chart_key=key, by=1 if request.POST.get("do") == "down" else -1)
    return redirect(found)


@require_POST
@needs(DELETE_DASHBOARD)
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Remove a dashboard; its title is typed to confirm. Its charts stay."""
    found = _own(request, slug)
    if _text(request, "name").strip() != found.title.strip():
        messages.error(request, "Nothing was deleted: the name typed is not that of the dashboard.")
        return redirect(found)
    found.delete()
    messages.success(request, f"The dashboard “{found.title}” was deleted; its charts were kept.")
    return redirect("portal:portal")


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")


def _visible(request: HttpRequest, slug: str) -> Dashboard:
    return get_object_or_404(Dashboard.objects.visible_to(request.user), slug=slug)


def _own(request: HttpRequest, slug: str) -> Dashboard:
    found = _visible(request, slug)
    if not found.belongs_to(request.user):
        raise PermissionDenied
    return found
