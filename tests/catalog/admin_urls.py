"""The admin alone, so that its tests ask nothing of the other pages."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
