"""Addresses of the charts family, under ``/api/charts/``."""

from django.urls import path

from apps.api.charts import Check, Explain, Render

urlpatterns = [
    path("render", Render.as_view(), name="charts-render"),
    path("check", Check.as_view(), name="charts-check"),
    path("explain", Explain.as_view(), name="charts-explain"),
]
