"""Reading charts and dashboards for pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Prefetch

from apps.portal.models import Chart, ChartVersion, Dashboard, DashboardChart


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


def dashboards_with_texts(user) -> list[tuple[Dashboard, ShownChart | None]]:
    """The dashboards the user may see, each with its first chart."""
    found = Dashboard.objects.visible_to(user).prefetch_related(_newest(user))[:60]
    return [(dashboard, next(iter(_shown(dashboard)), None)) for dashboard in found]


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
