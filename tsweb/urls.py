"""All addresses. Each family has its own module."""

from django.contrib import admin
from django.urls import include, path

from tsweb import health

urlpatterns = [
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("api/", include("apps.api.urls")),
    path("", include("apps.portal.urls")),
]
