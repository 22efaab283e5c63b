"""Addresses of the API families, under ``/api/``."""

from django.urls import include, path

from apps.api.schema import Docs, Document

urlpatterns = [
    path("v1/", include("apps.api.atsd.urls")),
    path("v1/", include("apps.api.atsd.meta_urls")),
    path("v1/", include("apps.api.kairos.urls")),
    path("charts/", include("apps.api.charts_urls")),
    path("schema/", Document.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="schema"), name="docs"),
]
