"""Reference pages, generated from the registries: there is no second list to keep equal."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from apps.dialects.kairos.features import RANGE
from apps.portal.completion import KINDS, offers
from apps.portal.formulary import Formula
from apps.portal.formulary import formulas as all_formulas
from apps.portal.glossary import (
    documented_functions,
    documented_kairos,
    documented_settings,
    documented_statistics,
    editor_words,
)
from apps.portal.rights import READ, needs


@needs(READ)
def functions(request: HttpRequest) -> HttpResponse:
    """Every registered function: what it takes, gives, and where it comes from."""
    return render(request, "reference/functions.html", {"groups": documented_functions(), "tab": "functions"})


@needs(READ)
def aggregators(request: HttpRequest) -> HttpResponse:
    """Every statistic of a period, in one table."""
    shown = {"statistics": documented_statistics(), "tab": "aggregators"}
    return render(request, "reference/aggregators.html", shown)


@needs(READ)
def kairos(request: HttpRequest) -> HttpResponse:
    """The aggregators and groupers of KairosDB's queries, as its clients are told of them."""
    shown = {"features": documented_kairos(), "of_ranges": RANGE, "tab": "kairos"}
    return render(request, "reference/kairos.html", shown)


@needs(READ)
def formulas(request: HttpRequest) -> HttpResponse:
    """Everything that may be called in a formula."""
    groups: dict[str, list[Formula]] = {}
    for one in all_formulas():
        groups.setdefault(one.group, []).append(one)
    return render(request, "reference/formulas.html", {"groups": groups.items(), "tab": "formulas"})


@needs(READ)
def data_model(request: HttpRequest) -> HttpResponse:
    """How the data models of the protocols map onto the one store."""
    return render(request, "reference/data_model.html", {"tab": "data-model"})


@needs(READ)
def chart_settings(request: HttpRequest) -> HttpResponse:
    """Every setting of the charts language."""
    return render(request, "reference/settings.html", {"settings": documented_settings(), "tab": "settings"})


@needs(READ)
def words(request: HttpRequest) -> JsonResponse:
    """What the editor completes and explains: sections, settings with their values, functions."""
    answer = JsonResponse(editor_words())
    answer["Cache-Control"] = "private, max-age=300"
    return answer


@needs(READ)
def names(request: HttpRequest) -> JsonResponse:
    """Names from the catalog that fit what is typed."""
    asked = {
        name: request.GET.get(name, "").replace("\0", "")[:500] for name in ("q", "metric", "entity", "tag")
    }
    kind = request.GET.get("kind", "metric")
    since = request.GET.get("since", "")
    found = offers(
        kind if kind in KINDS else "metric",
        asked.pop("q"),
        **asked,
        since_ns=int(since) * 1_000_000 if re.fullmatch(r"-?[0-9]{1,13}", since) else None,
    )
    shown = [{"name": one.name, "about": one.about, "fresh": one.fresh} for one in found]
    return JsonResponse({"names": shown})
