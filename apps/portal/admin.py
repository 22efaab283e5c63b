"""Charts and dashboards in Django's admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from apps.portal.models import Chart, ChartVersion, Dashboard, DashboardChart


class VersionRows(admin.TabularInline):
    model = ChartVersion
    fields = ("number", "author", "created_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Chart)
class ChartAdmin(admin.ModelAdmin):
    list_display = ("title", "key", "owner", "shared", "head", "changed_at")
    list_filter = ("shared", "example")
    search_fields = ("title", "key")
    autocomplete_fields = ("owner",)
    raw_id_fields = ("forked_from",)
    inlines = (VersionRows,)


@admin.register(ChartVersion)
class ChartVersionAdmin(admin.ModelAdmin):
    list_display = ("chart", "number", "author", "created_at")
    search_fields = ("chart__title", "chart__key")
    readonly_fields = ("chart", "number", "config", "author", "created_at")


class PlaceRows(admin.TabularInline):
    model = DashboardChart
    autocomplete_fields = ("chart",)
    extra = 1


@admin.register(Dashboard)
class DashboardAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "owner", "shared", "position", "changed_at")
    list_filter = ("shared", "example")
    search_fields = ("title", "slug", "summary")
    prepopulated_fields: ClassVar = {"slug": ("title",)}
    autocomplete_fields = ("owner",)
    inlines = (PlaceRows,)
