"""Reading charts and dashboards for pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Prefetch, Q, QuerySet

from apps.catalog.models import Series
from apps.portal.models import Chart, ChartVersion, Dashboard, DashboardChart, Draft

DASHBOARDS_PER_PAGE = 12
GALLERY_PER_PAGE = 12
CHARTS_PER_PAGE = 20


@dataclass(frozen=True)
class ShownChart:
    """A chart with the text that is drawn."""

    chart: Chart
    config: str


def _newest(user) -> Prefetch:
    places = (
        DashboardChart.objects.filter(chart__in=Chart.objects.visible_to(user))
        .select_related("chart")
        .prefetch_related(
            Prefetch(
                "chart__versions",
                ChartVersion.objects.filter(number=F("chart__head")),
                to_attr="newest",
            )
        )
        .order_by("position")
    )
    return Prefetch("places", places, to_attr="shown_places")


def _shown(dashboard: Dashboard) -> list[ShownChart]:
    return [
        ShownChart(place.chart, place.chart.newest[0].config)
        for place in dashboard.shown_places
        if place.chart.newest
    ]


def any_series() -> dict[str, str]:
    """The names of the first stored series, as an address asks for them; empty when nothing is stored."""
    one = Series.objects.select_related("metric", "entity").order_by("pk").first()
    if one is None:
        return {}
    tags = {f"tag.{name}": value for name, value in one.tags.items()}
    return {"metric": one.metric.name, "entity": one.entity.name, **tags}


def dashboards_page(user, words: str, number: str) -> Page:
    """A page of the dashboards the user may see, as pairs of a dashboard and its first chart."""
    found = Dashboard.objects.visible_to(user).filter(_holds(words, "title", "summary"))
    page = Paginator(found.prefetch_related(_newest(user)), DASHBOARDS_PER_PAGE).get_page(number)
    page.object_list = [(one, next(iter(_shown(one)), None)) for one in page.object_list]
    return page


def gallery_page(user, words: str, number: str) -> Page:
    """A page of the newest versions of bundled and shared charts."""
    charts = Chart.objects.visible_to(user).filter(Q(shared=True) | ~Q(example=""))
    found = (
        ChartVersion.objects.filter(
            _holds(words, "chart__title", "config"), chart__in=charts, number=F("chart__head")
        )
        .select_related("chart", "author")
        .order_by("-chart__example", "chart__title", "pk")
    )
    return Paginator(found, GALLERY_PER_PAGE).get_page(number)


def own_charts_page(user, words: str, number: str) -> Page:
    """A page of the user's own charts, those changed last first."""
    found: QuerySet = Chart.objects.none()
    if user.is_authenticated:
        found = Chart.objects.filter(_holds(words, "title", "key"), owner=user)
    found = found.annotate(places_count=Count("places")).order_by("-changed_at", "-pk")
    return Paginator(found, CHARTS_PER_PAGE).get_page(number)


def dashboards_of(user, limit: int = 200) -> list[Dashboard]:
    """The dashboards this user may change, by title."""
    found = Dashboard.objects.visible_to(user).order_by("title")
    return [one for one in found[: 5 * limit] if one.belongs_to(user)][:limit]


def draft_of(user, place: str) -> Draft | None:
    """The unsaved text of a user for a chart, or for a new one."""
    if not user.is_authenticated:
        return None
    return Draft.objects.filter(owner=user, place=place).first()


def _holds(words: str, *fields: str) -> Q:
    """Each word stands in one of the fields."""
    wanted = Q()
    for word in words.split()[:8]:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        wanted &= anywhere
    return wanted


def charts_of(dashboard: Dashboard, user) -> list[ShownChart]:
    """The charts of a dashboard that the user may see, in order, with their newest texts."""
    found = Dashboard.objects.filter(pk=dashboard.pk).prefetch_related(_newest(user)).get()
    return _shown(found)


def recent_versions(user, limit: int = 10) -> list[ChartVersion]:
    """The newest saved versions of charts the user may see, bundled examples left out."""
    charts = Chart.objects.visible_to(user).filter(example="")
    return list(
        ChartVersion.objects.filter(chart__in=charts, number=F("chart__head"))
        .select_related("chart", "author")
        .order_by("-created_at")[:limit]
    )
