"""Addresses of the portal."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.portal.views import dashboards, explore, lab, reference, search, signing

app_name = "portal"
urlpatterns = [
    path("", dashboards.portal, name="portal"),
    path("dashboards/<slug:slug>/", dashboards.dashboard, name="dashboard"),
    path("lab/", lab.new, name="lab"),
    path("lab/<slug:key>/", lab.latest, name="lab-chart"),
    path("lab/<slug:key>/share/", lab.share, name="lab-share"),
    path("lab/<slug:key>/<int:number>/", lab.version, name="lab-version"),
    path("explore/", explore.explore, name="explore"),
    path("reference/", reference.functions, name="reference"),
    path("reference/settings/", reference.chart_settings, name="reference-settings"),
    path("reference/words.json", reference.words, name="reference-words"),
    path("search/", search.search, name="search"),
    path("sign-in/", signing.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(next_page="portal:portal"), name="sign-out"),
]
