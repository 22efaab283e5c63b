"""Addresses of the charts family, under ``/api/charts/``."""

from django.urls import path

from apps.api.charts import Check, Explain, Render
from apps.api.charts_saving import DryRunMetric, ProposeMetric, SavedMetric, SaveMetric

urlpatterns = [
    path("render", Render.as_view(), name="charts-render"),
    path("check", Check.as_view(), name="charts-check"),
    path("explain", Explain.as_view(), name="charts-explain"),
    path("save-as-metric", SaveMetric.as_view(), name="charts-save-metric"),
    path("save-as-metric/propose", ProposeMetric.as_view(), name="charts-propose-metric"),
    path("save-as-metric/dry-run", DryRunMetric.as_view(), name="charts-dry-run-metric"),
    path("save-as-metric/<str:key>", SavedMetric.as_view(), name="charts-saved-metric"),
]
