"""What is stored: metrics, entities and series."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.portal.inventory import TABS, inventory_page
from apps.portal.rights import READ, needs


@needs(READ)
def explore(request: HttpRequest) -> HttpResponse:
    """One list at a time, searched, sorted and paged by the server."""
    tab = request.GET.get("show", "series")
    asked = {
        name: request.GET.get(name, "").replace("\0", "")[:200]
        for name in ("q", "sort", "metric", "entity", "page")
    }
    page = inventory_page(tab if tab in TABS else "series", asked)
    return render(request, "explore/explore.html", {"page": page, "asked": asked, "tabs": TABS})
