"""Addresses below ``/api/v1/`` of writing, commands and metadata. Names may hold slashes."""

from __future__ import annotations

from django.urls import path, register_converter

from apps.api.atsd import (
    entities,
    entity_groups,
    messages,
    metric_series,
    metrics,
    properties,
)
from apps.api.atsd.answers import NameConverter, named
from apps.api.atsd.command import Command
from apps.api.atsd.delete import SeriesDelete
from apps.api.atsd.insert import SeriesInsert
from apps.api.atsd.own_permissions import OwnPermissions
from apps.api.atsd.ping import Ping
from apps.api.atsd.search import Search
from apps.api.atsd.version import Version

register_converter(NameConverter, "name")


def _below(prefix: str, detail: type, views: dict[str, type]) -> list:
    """Routes of a named object: those with a suffix, the longest first, then the object itself."""
    ordered = sorted(views.items(), key=lambda pair: -pair[0].count("/"))
    routes = [path(f"{prefix}/<name:name>/{suffix}", named(view, detail, suffix)) for suffix, view in ordered]
    return [*routes, path(f"{prefix}/<name:name>", detail.as_view())]


urlpatterns = [
    path("series/insert", SeriesInsert.as_view()),
    path("series/delete", SeriesDelete.as_view()),
    path("command", Command.as_view()),
    path("metrics", metrics.MetricList.as_view()),
    *_below(
        "metrics",
        metrics.MetricDetail,
        {
            "series/tags": metric_series.MetricSeriesTags,
            "series": metric_series.MetricSeries,
            "rename": metrics.MetricRename,
        },
    ),
    path("entities", entities.EntityList.as_view()),
    *_below(
        "entities",
        entities.EntityDetail,
        {
            "metrics": entities.EntityMetrics,
            "groups": entities.EntityGroups,
            "property-types": properties.EntityPropertyTypes,
            "rename": entities.EntityRename,
        },
    ),
    path("entity-groups", entity_groups.GroupList.as_view()),
    *_below(
        "entity-groups",
        entity_groups.GroupDetail,
        {
            "entities/add": entity_groups.GroupAdd,
            "entities/set": entity_groups.GroupSet,
            "entities/delete": entity_groups.GroupRemove,
            "entities": entity_groups.GroupEntities,
        },
    ),
    path("properties/insert", properties.PropertyInsert.as_view()),
    path("properties/query", properties.PropertyQuery.as_view()),
    path("properties/delete", properties.PropertyDelete.as_view()),
    path("properties/<name:name>/types/<name:type_name>", properties.PropertyOfType.as_view()),
    path("properties/<name:name>/types", properties.PropertyTypes.as_view()),
    path("messages/insert", messages.MessageInsert.as_view()),
    path("messages/query", messages.MessageQuery.as_view()),
    path("messages/stats/query", messages.MessageStatistics.as_view()),
    path("alerts/query", messages.AlertStub.as_view()),
    path("alerts/update", messages.AlertStub.as_view()),
    path("alerts/delete", messages.AlertStub.as_view()),
    path("alerts/history/query", messages.AlertStub.as_view()),
    path("search", Search.as_view()),
    path("version", Version.as_view()),
    path("ping", Ping.as_view()),
    path("permissions", OwnPermissions.as_view()),
]
