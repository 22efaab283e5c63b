"""Lists of what is stored, searched, sorted and paged by the database; a sparkline for each series shown.

A million series must stay quick to look through: nothing here counts, sorts or reads more than
``COUNTED`` rows, and every order of a long list follows an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property

from apps.catalog.lookup import ids_called
from apps.catalog.models import Entity, Metric, Series, Tag
from apps.portal.sparklines import sparkline
from apps.store.source import StoreSource

TABS = {"series": "Series", "metrics": "Metrics", "entities": "Entities"}
PER_PAGE = 20
SPARK_SAMPLES = 120
#: Rows counted and paged through; a longer list is searched, not turned over.
COUNTED = 10_000
#: Up to this many rows are put in the full order of names; more follow the order of an index.
SORTED = 2_000

_SORTS = {
    "series": {"metric": ("metric__name", "entity__name"), "entity": ("entity__name", "metric__name")},
    "metrics": {"name": ("name",), "series": ("-series_count", "name")},
    "entities": {"name": ("name",), "series": ("-series_count", "name")},
}
_INDEXED = {"metric": ("metric__name", "entity_id"), "entity": ("entity__name",)}


class BoundedPaginator(Paginator):
    """Pages over the first ``COUNTED`` rows. Rows are put in order after they are counted."""

    def _check_object_list_is_ordered(self) -> None:
        """Nothing to warn of: whoever counts first orders afterwards, by what the number allows."""

    @cached_property
    def found(self) -> int:
        """Number of rows, one more than ``COUNTED`` for "more than that"."""
        return self.object_list.order_by()[: COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, COUNTED)

    @property
    def count_text(self) -> str:
        """The number as it is shown."""
        return f"more than {COUNTED:,}" if self.found > COUNTED else f"{self.found:,}"


@dataclass(frozen=True)
class InventoryPage:
    """One page of one list. ``query`` is what the links of the pager repeat."""

    tab: str
    rows: list[Any]
    page: Page
    sort: str
    query: str
    stored: bool
    sorts: tuple[str, ...]
    filters: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class NamedRow:
    """A metric or an entity in its list, with the number of its series."""

    name: str
    label: str
    unit: str
    type: str
    series: str
    url: str


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
    metric_url: str = ""
    entity_url: str = ""


def inventory_page(tab: str, asked: Mapping[str, str]) -> InventoryPage:
    """The page of the list that is asked for; a page number out of range shows the nearest."""
    many = Series.objects.order_by()[SORTED : SORTED + 1].exists()
    sorts = [name for name in _SORTS[tab] if name != "series" or not many]
    sort = asked["sort"] if asked["sort"] in sorts else sorts[0]
    found = _ROWS[tab](asked)
    if sort == "series":
        found = found.annotate(series_count=Count("series"))
    paginator = BoundedPaginator(found, PER_PAGE)
    long = tab == "series" and paginator.found > SORTED
    if long and asked["q"]:
        # A search that finds most of a million: only as many as are paged through are put in order.
        found = _series({**asked, "q": ""}).filter(pk__in=found.order_by().values("pk")[:COUNTED])
        long = False
    paginator.object_list = found.order_by(*(_INDEXED[sort] if long else _SORTS[tab][sort]), "pk")
    page = paginator.get_page(asked["page"] or 1)
    rows = series_rows(page.object_list) if tab == "series" else [_named_row(one) for one in page.object_list]
    kept = {name: asked[name] for name in ("q", "metric", "entity") if asked[name]}
    return InventoryPage(
        tab=tab,
        rows=rows,
        page=page,
        sort=sort,
        query=urlencode({"show": tab, **kept}),
        stored=bool(rows) or Series.objects.exists(),
        sorts=tuple(sorts),
        filters=[(name, asked[name]) for name in ("metric", "entity") if asked[name]],
    )


def _series(asked: Mapping[str, str]) -> QuerySet:
    found = Series.objects.select_related("metric", "entity")
    if asked["metric"]:
        found = found.filter(metric__in=ids_called(Metric, [asked["metric"]]))
    if asked["entity"]:
        found = found.filter(entity__in=ids_called(Entity, [asked["entity"]]))
    for word in asked["q"].split()[:8]:
        found = found.filter(_names_hold(word.lower(), asked))
    return found


def _names_hold(word: str, asked: Mapping[str, str]) -> Q:
    """A word in the name of the metric, of the entity, or in a tag's value.

    The names are looked up first: comparing them once for each of a million series takes seconds.
    """
    tags = Series.tag_set.through.objects.filter(
        series_id=OuterRef("pk"), tag_id__in=Tag.objects.filter(value__icontains=word).values("pk")
    )
    holds = Q(Exists(tags)) if Tag.objects.filter(value__icontains=word).exists() else Q(pk__in=[])
    if not asked["metric"]:
        holds |= Q(metric_id__in=list(_ids(Metric, word)))
    if not asked["entity"]:
        holds |= Q(entity_id__in=Entity.objects.filter(folded__contains=word).order_by().values("pk"))
    return holds


def _ids(model: type[Metric], word: str) -> QuerySet:
    return model.objects.filter(folded__contains=word).order_by().values_list("pk", flat=True)[:COUNTED]


def _metrics(asked: Mapping[str, str]) -> QuerySet:
    return Metric.objects.filter(Q(folded__contains=asked["q"].lower()) | Q(label__icontains=asked["q"]))


def _entities(asked: Mapping[str, str]) -> QuerySet:
    return Entity.objects.filter(Q(folded__contains=asked["q"].lower()) | Q(label__icontains=asked["q"]))


_ROWS = {"series": _series, "metrics": _metrics, "entities": _entities}


def _named_row(one: Metric | Entity) -> NamedRow:
    of_metric = isinstance(one, Metric)
    page = reverse("portal:explore-metric" if of_metric else "portal:explore-entity")
    return NamedRow(
        name=one.name,
        label=one.label,
        unit=one.units if of_metric else "",
        type=one.data_type if of_metric else "",
        series=count_text(one.series.all()),
        url=f"{page}?{urlencode({'name': one.name})}",
    )


def count_text(rows: QuerySet) -> str:
    """How many rows there are, without counting further than anybody reads."""
    found = rows.order_by()[: COUNTED + 1].count()
    return f"{COUNTED:,}+" if found > COUNTED else f"{found:,}"


def series_rows(found: Sequence[Series]) -> list[SeriesRow]:
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
                metric_url=f"{reverse('portal:explore-metric')}?{urlencode({'name': one.metric.name})}",
                entity_url=f"{reverse('portal:explore-entity')}?{urlencode({'name': one.entity.name})}",
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
