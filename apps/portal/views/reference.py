"""Reference pages, generated from the registries: there is no second list to keep equal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from apps.portal.glossary import documented_functions, documented_settings, editor_words
from apps.portal.rights import READ, needs


@needs(READ)
def functions(request: HttpRequest) -> HttpResponse:
    """Every registered function: what it takes, gives, and where it comes from."""
    return render(request, "reference/functions.html", {"groups": documented_functions(), "tab": "functions"})


@needs(READ)
def chart_settings(request: HttpRequest) -> HttpResponse:
    """Every setting of the charts language."""
    return render(request, "reference/settings.html", {"settings": documented_settings(), "tab": "settings"})


@needs(READ)
def words(request: HttpRequest) -> JsonResponse:
    """What the editor completes: settings, metrics, entities, tag names."""
    return JsonResponse(editor_words())
