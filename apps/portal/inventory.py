"""Lists of what is stored, searched, sorted and paged by the database; a sparkline for each series shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from apps.catalog.models import Entity, Metric, Series
from apps.portal.sparklines import sparkline
from apps.store.source import StoreSource

TABS = {"series": "Series", "metrics": "Metrics", "entities": "Entities"}
PER_PAGE = 20
SPARK_SAMPLES = 120

_SORTS = {
    "series": {"metric": ("metric__name", "entity__name"), "entity": ("entity__name", "metric__name")},
    "metrics": {"name": ("name",), "series": ("-series_count", "name")},
    "entities": {"name": ("name",), "series": ("-series_count", "name")},
}


@dataclass(frozen=True)
class InventoryPage:
    """One page of one list. ``query`` is what the links of the pager repeat."""

    tab: str
    rows: list[Any]
    page: Page
    sort: str
    query: str
    stored: bool
    filters: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class SeriesRow:
    """A series with its newest samples."""

    metric: str
    entity: str
    tags: dict[str, str]
    unit: str
    last_value: float | None
    last_time: str
    spark: str
    chart_url: str


def inventory_page(tab: str, asked: Mapping[str, str]) -> InventoryPage:
    """The page of the list that is asked for; a page number out of range shows the nearest."""
    sorts = _SORTS[tab]
    sort = asked["sort"] if asked["sort"] in sorts else next(iter(sorts))
    found = _ROWS[tab](asked).order_by(*sorts[sort], "pk")
    page = Paginator(found, PER_PAGE).get_page(asked["page"] or 1)
    rows = _with_samples(page.object_list) if tab == "series" else list(page.object_list)
    kept = {name: asked[name] for name in ("q", "metric", "entity") if asked[name]}
    return InventoryPage(
        tab=tab,
        rows=rows,
        page=page,
        sort=sort,
        query=urlencode({"show": tab, **kept}),
        stored=bool(rows) or Series.objects.exists(),
        filters=[(name, asked[name]) for name in ("metric", "entity") if asked[name]],
    )


def _series(asked: Mapping[str, str]) -> QuerySet:
    found = Series.objects.select_related("metric", "entity")
    if asked["metric"]:
        found = found.filter(metric__name=asked["metric"].lower())
    if asked["entity"]:
        found = found.filter(entity__name=asked["entity"].lower())
    for word in asked["q"].split():
        in_names = Q(metric__name__icontains=word) | Q(entity__name__icontains=word)
        found = found.filter(in_names | Q(tag_set__value__icontains=word)).distinct()
    return found


def _metrics(asked: Mapping[str, str]) -> QuerySet:
    found = Metric.objects.annotate(series_count=Count("series"))
    return found.filter(Q(name__icontains=asked["q"]) | Q(label__icontains=asked["q"]))


def _entities(asked: Mapping[str, str]) -> QuerySet:
    found = Entity.objects.annotate(series_count=Count("series"))
    return found.filter(Q(name__icontains=asked["q"]) | Q(label__icontains=asked["q"]))


_ROWS = {"series": _series, "metrics": _metrics, "entities": _entities}


def _with_samples(found: Sequence[Series]) -> list[SeriesRow]:
    """Each series with its newest samples: read backwards from the last, so that length does not matter."""
    source = StoreSource()
    rows = []
    ids = [one.pk for one in found]
    for one, last_ns in zip(found, source.last_times(ids), strict=True):
        values: list[float] = []
        points = ""
        if last_ns is not None:
            (newest,) = source.read([one.pk], last_ns, last_ns + 1, before=SPARK_SAMPLES)
            values = newest.values.tolist()
            points = sparkline(newest.times_ns, newest.values)
        known = [value for value in values if value == value]
        rows.append(
            SeriesRow(
                metric=one.metric.name,
                entity=one.entity.name,
                tags=one.tags,
                unit=one.metric.units,
                last_value=known[-1] if known else None,
                last_time=_time_text(last_ns),
                spark=points,
                chart_url=_chart_url(one),
            )
        )
    return rows


def _time_text(time_ns: int | None) -> str:
    if time_ns is None:
        return ""
    try:
        at = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _chart_url(series: Series) -> str:
    asked = {"metric": series.metric.name, "entity": series.entity.name}
    asked |= {f"tag.{name}": value for name, value in series.tags.items()}
    return f"{reverse('portal:lab')}?{urlencode(asked)}"
