"""Addresses of series queries, under ``/api/v1/``."""

from django.urls import path, register_converter

from apps.api.atsd.answers import NameConverter
from apps.api.atsd.get import SeriesCsv, SeriesJson
from apps.api.atsd.query import SeriesQuery

register_converter(NameConverter, "atsd_names")

urlpatterns = [
    path("series/query", SeriesQuery.as_view(), name="series-query"),
    path("series/json/<atsd_names:name>", SeriesJson.as_view(), name="series-json"),
    path("series/csv/<atsd_names:name>", SeriesCsv.as_view(), name="series-csv"),
]
