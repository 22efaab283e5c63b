"""Addresses of KairosDB below ``/api/v1/``, each with and without a slash at its end."""

from __future__ import annotations

from django.urls import path, register_converter
from django.views import View

from apps.api.atsd.answers import NameConverter
from apps.api.atsd.version import Version
from apps.api.kairos.answers import both_forms
from apps.api.kairos.datapoints import DataPoints, MetricPoints
from apps.api.kairos.delete import DatapointsDelete
from apps.api.kairos.features import FeatureFamily, Features
from apps.api.kairos.health import HealthCheck, HealthStatus
from apps.api.kairos.lists import MetricNames, TagNames, TagValues
from apps.api.kairos.metadata import ServiceKeys, ServiceText, ServiceTexts
from apps.api.kairos.query import DatapointsQuery, TagsQuery
from apps.api.kairos.rollups import RollupBackfill, RollupStatus, RollupTask, RollupTasks

register_converter(NameConverter, "kairos_name")

_VIEWS: dict[str, type[View]] = {
    "datapoints": DataPoints,
    "datapoints/query": DatapointsQuery,
    "datapoints/query/tags": TagsQuery,
    "datapoints/delete": DatapointsDelete,
    "metricnames": MetricNames,
    "tagnames": TagNames,
    "tagvalues": TagValues,
    "health/status": HealthStatus,
    "health/check": HealthCheck,
    "features": Features,
    "features/<str:family>": FeatureFamily,
    "rollups": RollupTasks,
    "rollups/backfill/<str:key>": RollupBackfill,
    "rollups/status/<str:key>": RollupStatus,
    "rollups/<str:key>": RollupTask,
    "metadata/<str:service>": ServiceKeys,
    "metadata/<str:service>/<str:service_key>": ServiceTexts,
}

urlpatterns = [
    *(path(*form) for address, view in _VIEWS.items() for form in both_forms(address, view)),
    # Without a slash it stands among ATSD's addresses; the answer speaks to both.
    path("version/", Version.as_view(schema=None)),
    path("metadata/<str:service>/<str:service_key>/<kairos_name:key>", ServiceText.as_view()),
    path("metric/<kairos_name:name>", MetricPoints.as_view()),
]
