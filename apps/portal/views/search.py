"""Search over everything that has a name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.portal.finding import find_everything
from apps.portal.rights import READ, needs


@needs(READ)
def search(request: HttpRequest) -> HttpResponse:
    """Dashboards, charts, metrics, entities, tasks and functions whose names hold the words asked for."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    return render(request, "portal/search.html", {"q": text, "groups": find_everything(text, request.user)})
