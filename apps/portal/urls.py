"""Addresses of the portal."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.portal.views import dashboards, explore, lab, reference, search, signing, task_forms, tasks

app_name = "portal"
urlpatterns = [
    path("", dashboards.portal, name="portal"),
    path("charts/", dashboards.own_charts, name="charts"),
    path("dashboards/", dashboards.make, name="dashboard-make"),
    path("dashboards-place/", dashboards.place, name="dashboard-place"),
    path("dashboards/<slug:slug>/", dashboards.dashboard, name="dashboard"),
    path("dashboards/<slug:slug>/edit/", dashboards.edit, name="dashboard-edit"),
    path("dashboards/<slug:slug>/arrange/", dashboards.arrange, name="dashboard-arrange"),
    path("dashboards/<slug:slug>/delete/", dashboards.delete, name="dashboard-delete"),
    path("lab/", lab.new, name="lab"),
    # Keys have eight letters, so these words are never a chart's.
    path("lab/draft/", lab.draft, name="lab-draft"),
    path("lab/gallery/", lab.gallery, name="lab-gallery"),
    path("lab/compare/", lab.compare, name="lab-compare"),
    path("lab/names.json", reference.names, name="lab-names"),
    path("lab/<slug:key>/", lab.latest, name="lab-chart"),
    path("lab/<slug:key>/share/", lab.share, name="lab-share"),
    path("lab/<slug:key>/delete/", lab.delete, name="lab-delete"),
    path("lab/<slug:key>/<int:number>/", lab.version, name="lab-version"),
    path("lab/<slug:key>/<int:number>/text/", lab.text, name="lab-text"),
    path("explore/", explore.explore, name="explore"),
    path("reference/", reference.functions, name="reference"),
    path("explore/metric/", explore.metric, name="explore-metric"),
    path("explore/entity/", explore.entity, name="explore-entity"),
    path("reference/formulas/", reference.formulas, name="reference-formulas"),
    path("reference/aggregators/", reference.aggregators, name="reference-aggregators"),
    path("reference/kairosdb/", reference.kairos, name="reference-kairos"),
    path("reference/data-model/", reference.data_model, name="reference-data-model"),
    path("reference/settings/", reference.chart_settings, name="reference-settings"),
    path("reference/words.json", reference.words, name="reference-words"),
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/new/", task_forms.new, name="task-new"),
    path("tasks/<str:key>/", tasks.task, name="task"),
    path("tasks/<str:key>/edit/", task_forms.edit, name="task-edit"),
    path("tasks/<str:key>/act/", tasks.act, name="task-act"),
    path("tasks/<str:key>/delete/", tasks.delete, name="task-delete"),
    path("tasks/<str:key>/backfill/", tasks.backfill, name="task-backfill"),
    path("tasks/<str:key>/backfills/", tasks.move_backfill, name="task-backfill-move"),
    path("search/", search.search, name="search"),
    path("sign-in/", signing.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(next_page="portal:portal"), name="sign-out"),
]
