"""What is stored: metrics, entities and series."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.catalog.lookup import row_named
from apps.catalog.models import Entity, Metric
from apps.portal.inventory import TABS, inventory_page
from apps.portal.profiles import entity_profile, metric_profile
from apps.portal.rights import MAKE_TASK, READ, SEE_TASKS, may, needs
from apps.tasks.overview import tasks_writing


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:1000]


@needs(READ)
def explore(request: HttpRequest) -> HttpResponse:
    """One list at a time, searched, sorted and paged by the server."""
    tab = request.GET.get("show", "series")
    asked = {name: _asked(request, name)[:200] for name in ("q", "sort", "metric", "entity", "page")}
    page = inventory_page(tab if tab in TABS else "series", asked)
    return render(request, "explore/explore.html", {"page": page, "asked": asked, "tabs": TABS})


@needs(READ)
def metric(request: HttpRequest) -> HttpResponse:
    """One metric: its settings, its tags and its series."""
    found = row_named(Metric, _asked(request, "name"))
    if found is None:
        raise Http404("there is no such metric")
    words = _asked(request, "q")[:200]
    profile = metric_profile(found, words, _asked(request, "page"))
    shown = {
        "profile": profile,
        "words": words,
        "writers": tasks_writing(request.user, found.name) if may(request.user, SEE_TASKS) else [],
        "may_roll_up": may(request.user, MAKE_TASK),
    }
    return render(request, "explore/profile.html", shown)


@needs(READ)
def entity(request: HttpRequest) -> HttpResponse:
    """One entity: its settings, its metrics and its series."""
    found = row_named(Entity, _asked(request, "name"))
    if found is None:
        raise Http404("there is no such entity")
    words = _asked(request, "q")[:200]
    profile = entity_profile(found, words, _asked(request, "page"))
    return render(request, "explore/profile.html", {"profile": profile, "words": words})
