"""The chart editor: a text, its chart beside it, and every saved version at an address of its own."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.portal import services
from apps.portal.models import Chart, ChartVersion
from apps.portal.rights import READ, SAVE, may, needs
from apps.portal.starters import starter_text

VERSIONS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs(READ)
def new(request: HttpRequest) -> HttpResponse:
    """An empty editor; a POST saves its text as a new chart."""
    if request.method == "POST":
        return _save_as_new(request)
    text = starter_text(request.GET)
    return render(request, "portal/lab.html", {"config": text, "versions": [], "mine": True})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(READ)
def latest(request: HttpRequest, key: str) -> HttpResponse:
    """The newest version of a chart; a POST saves the next one, or a fork when the chart is not hers."""
    chart = _chart(request, key)
    if request.method == "POST":
        return _save_next(request, chart)
    return _editor(request, chart, chart.head)


@needs(READ)
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version, as it was saved."""
    return _editor(request, _chart(request, key), number)


@require_POST
@needs(SAVE)
def share(request: HttpRequest, key: str) -> HttpResponse:
    """Let others see this chart, or stop that."""
    chart = _chart(request, key)
    if not chart.belongs_to(request.user):
        raise PermissionDenied
    services.share_chart(chart=chart, shared=request.POST.get("shared") == "1")
    return redirect(chart)


def _chart(request: HttpRequest, key: str) -> Chart:
    visible = Chart.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("owner", "forked_from__chart"), key=key)


def _editor(request: HttpRequest, chart: Chart, number: int) -> HttpResponse:
    shown = get_object_or_404(chart.versions, number=number)
    return render(
        request,
        "portal/lab.html",
        {
            "chart": chart,
            "shown": shown,
            "config": shown.config,
            "mine": chart.belongs_to(request.user),
            "origin": _visible_origin(request, chart),
            "versions": chart.versions.select_related("author").defer("config")[:VERSIONS_SHOWN],
        },
    )


def _visible_origin(request: HttpRequest, chart: Chart) -> ChartVersion | None:
    """What this was forked from, when the reader may see it."""
    origin = chart.forked_from
    if origin is None or not Chart.objects.visible_to(request.user).filter(pk=origin.chart_id):
        return None
    return origin


def _refusal(request: HttpRequest) -> JsonResponse | None:
    if not may(request.user, SAVE):
        signed_in = request.user.is_authenticated
        message = "you may look but not save" if signed_in else "sign in to save this chart"
        return JsonResponse({"error": message}, status=403 if signed_in else 401)
    text = request.POST.get("config", "")
    if not text.strip():
        return JsonResponse({"error": "there is nothing to save yet"}, status=400)
    if "\0" in text:
        return JsonResponse({"error": "the text holds a NUL character"}, status=400)
    if len(text.encode()) > settings.TSWEB_MAX_CONFIG_BYTES:
        limit_kib = settings.TSWEB_MAX_CONFIG_BYTES // 1024
        return JsonResponse({"error": f"the text is longer than {limit_kib} KiB"}, status=400)
    return None


def _text_and_title(request: HttpRequest) -> dict[str, str]:
    # Browsers send form texts with CRLF; positions in diagnostics count \n.
    config = request.POST.get("config", "").replace("\r\n", "\n")
    return {"config": config, "title": request.POST.get("title", "").replace("\0", "")}


def _save_as_new(request: HttpRequest, forked_from: ChartVersion | None = None) -> JsonResponse:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    saved = services.create_chart(user=request.user, forked_from=forked_from, **_text_and_title(request))
    return _saved(saved)


def _save_next(request: HttpRequest, chart: Chart) -> JsonResponse:
    if request.POST.get("fork") == "1" or not chart.belongs_to(request.user):
        base = request.POST.get("base", "")
        numbers = chart.versions.filter(number=int(base) if base.isdecimal() else chart.head)
        return _save_as_new(request, numbers.first())
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    saved = services.save_version(chart_id=chart.pk, user=request.user, **_text_and_title(request))
    return _saved(saved)


def _saved(saved: ChartVersion) -> JsonResponse:
    return JsonResponse(
        {
            "key": saved.chart.key,
            "version": saved.number,
            "url": saved.get_absolute_url(),
            "title": saved.chart.title,
        }
    )
