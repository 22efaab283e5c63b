"""The chart editor: a text, its chart beside it, and every saved version at an address of its own."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from apps.portal import services
from apps.portal.comparing import side_by_side
from apps.portal.keys import PLACE_LENGTH, draft_place
from apps.portal.models import Chart, ChartVersion, Dashboard
from apps.portal.rights import CHANGE_DASHBOARD, DELETE, READ, SAVE, SEE_TASKS, may, needs
from apps.portal.selectors import any_series, dashboards_of, draft_of, gallery_page
from apps.portal.starters import starter_text
from apps.portal.task_preview import preview_text
from apps.tasks.overview import shown_task

VERSIONS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs(READ)
def new(request: HttpRequest) -> HttpResponse:
    """An empty editor; a POST saves its text as a new chart."""
    if request.method == "POST":
        return _save_as_new(request, _forked_from(request, request.POST.get("from", "")))
    origin = _forked_from(request, request.GET.get("from", ""))
    asked = request.GET if request.GET.get("metric") else any_series()
    shown = {
        "config": origin.config if origin else _text_of_task(request) or starter_text(asked),
        "origin": origin,
        "from": f"{origin.chart.key}/{origin.number}" if origin else "",
        "versions": [],
        "mine": True,
        # Each way to begin a chart has a draft of its own: a text that an address asks for is never
        # hidden behind what was typed somewhere else.
        "place": (place := draft_place(request.GET.items())),
        "draft": draft_of(request.user, place),
        "limit_bytes": settings.TSWEB_MAX_CONFIG_BYTES,
    }
    return render(request, "portal/lab.html", shown)


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


@needs(READ)
def text(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """The text of one version as a file, exactly as it was saved."""
    chart = _chart(request, key)
    shown = get_object_or_404(chart.versions, number=number)
    answer = HttpResponse(shown.config, content_type="text/plain; charset=utf-8")
    name = slugify(chart.title)[:80] or chart.key
    answer["Content-Disposition"] = f'attachment; filename="{name}.ls"'
    return answer


@needs(READ)
def gallery(request: HttpRequest) -> HttpResponse:
    """Bundled examples and shared charts, each opening as a fork."""
    words = request.GET.get("q", "").replace("\0", "")[:200]
    page = gallery_page(request.user, words, request.GET.get("page", "1"))
    return render(request, "portal/gallery.html", {"page": page, "words": words})


@needs(READ)
def compare(request: HttpRequest) -> HttpResponse:
    """Two versions side by side: their texts with what differs, and their pictures."""
    left = _named_version(request, request.GET.get("left", ""))
    right = _named_version(request, request.GET.get("right", ""))
    if left is None or right is None:
        raise Http404("no such version")
    shown = {
        "left": left,
        "right": right,
        "sides": [{"name": "Left", "version": left}, {"name": "Right", "version": right}],
        "rows": side_by_side(left.config, right.config),
        "same": left.config == right.config,
        # One clock for both pictures, so that only the texts make a difference.
        "now": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    return render(request, "portal/compare.html", shown)


@require_POST
@needs(SAVE)
def draft(request: HttpRequest) -> HttpResponse:
    """Keep an unsaved text for this user; an empty one forgets it."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "drafts are kept for those who are signed in"}, status=401)
    place = _draft_place(request)
    begun = not place or place.startswith("?")
    if not begun and not Chart.objects.visible_to(request.user).filter(key=place).exists():
        raise Http404("no such chart")
    if request.POST.get("config", "").strip():
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        services.keep_draft(user=request.user, place=place, **_text_and_title(request))
    else:
        services.drop_draft(user=request.user, place=place)
    return JsonResponse({"kept": bool(request.POST.get("config", "").strip())})


@require_POST
@needs(DELETE)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Remove a chart with all its versions; its title is typed to confirm."""
    chart = _chart(request, key)
    if not chart.belongs_to(request.user) or chart.example:
        raise PermissionDenied
    if request.POST.get("name", "").strip() != chart.title.strip():
        messages.error(request, "Nothing was deleted: the name typed is not that of the chart.")
        return redirect(chart)
    services.delete_chart(chart=chart)
    messages.success(request, f"“{chart.title}” and its {chart.head} version(s) were deleted.")
    return redirect("portal:portal")


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
            "place": chart.key,
            "draft": draft_of(request.user, chart.key),
            "dashboards": _dashboards(request),
            "may_place": may(request.user, CHANGE_DASHBOARD),
            "limit_bytes": settings.TSWEB_MAX_CONFIG_BYTES,
            "may_delete": may(request.user, DELETE) and not chart.example,
        },
    )


def _visible_origin(request: HttpRequest, chart: Chart) -> ChartVersion | None:
    """What this was forked from, when the reader may see it."""
    origin = chart.forked_from
    if origin is None or not Chart.objects.visible_to(request.user).filter(pk=origin.chart_id):
        return None
    return origin


def _text_of_task(request: HttpRequest) -> str:
    """The chart of what a task stores, where an address asks for it."""
    key = request.GET.get("task", "")
    if not key or not may(request.user, SEE_TASKS):
        return ""
    row = shown_task(request.user, key, request.GET.get("kind", ""), now_ns=time.time_ns())
    return preview_text(row.task, row.outline) if row else ""


def _dashboards(request: HttpRequest) -> list[Dashboard]:
    """Where this caller may put a chart."""
    return dashboards_of(request.user) if may(request.user, CHANGE_DASHBOARD) else []


def _named_version(request: HttpRequest, name: str) -> ChartVersion | None:
    """The version written ``key/number``, when this caller may see it."""
    key, _, number = name.partition("/")
    if not number.isdecimal() or len(number) > 9 or "\0" in key:
        return None
    charts = Chart.objects.visible_to(request.user)
    found = ChartVersion.objects.filter(chart__in=charts, chart__key=key, number=int(number))
    return found.select_related("chart", "author").first()


def _forked_from(request: HttpRequest, name: str) -> ChartVersion | None:
    """What a new chart starts from; a name that leads nowhere is 404, no name is an empty text."""
    if not name:
        return None
    found = _named_version(request, name)
    if found is None:
        raise Http404("no such version")
    return found


def _draft_place(request: HttpRequest) -> str:
    return request.POST.get("place", "").replace("\0", "")[:PLACE_LENGTH]


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
    saved = services.create_chart(
        user=request.user, forked_from=forked_from, place=_draft_place(request), **_text_and_title(request)
    )
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
