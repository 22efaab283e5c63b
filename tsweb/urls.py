"""All addresses. Each family has its own module."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from tsweb import health

urlpatterns = [
    path("health/ready", health.ready),
    # Pages name their icon; browsers ask here for pages that do not, the administration's among them.
    path("favicon.ico", RedirectView.as_view(url=static("portal/icon.svg"))),
    path("admin/", admin.site.urls),
    path("api/", include("apps.api.urls")),
    path("", include("apps.portal.urls")),
]
