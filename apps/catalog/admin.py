"""Admin pages of the catalog. Numbers of rows may be large: foreign keys are searched, never listed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.catalog.admin_forms import EntityForm, EntityGroupForm, MetricForm
from apps.catalog.models import Entity, EntityGroup, Message, Metric, Property, Series, Tag
from apps.catalog.search import matching_series
from apps.catalog.services import delete_series_rows
from apps.catalog.version import mark_changed


class CatalogAdmin(admin.ModelAdmin):
    """Changes made here reach the caches of every process."""

    show_full_result_count = False
    list_per_page = 50

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        mark_changed()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.delete_queryset(request, type(obj)._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        column = {Metric: "metric__in", Entity: "entity__in", Series: "pk__in"}.get(queryset.model)
        if column:
            owners = list(queryset.values_list("pk", flat=True))
            delete_series_rows(Series.every.filter(**{column: owners}).values_list("pk", flat=True))
            queryset = queryset.model.objects.filter(pk__in=owners)
        queryset.delete()
        mark_changed()


@admin.register(Metric)
class MetricAdmin(CatalogAdmin):
    form = MetricForm
    list_display = ("name", "label", "units", "data_type", "enabled", "retention_days", "created_at")
    list_filter = ("data_type", "interpolate", "enabled", "persistent", "invalid_action")
    search_fields = ("name", "label", "description")


@admin.register(Entity)
class EntityAdmin(CatalogAdmin):
    form = EntityForm
    list_display = ("name", "label", "enabled", "time_zone", "created_at")
    list_filter = ("enabled", "interpolate")
    search_fields = ("name", "label")


@admin.register(Tag)
class TagAdmin(CatalogAdmin):
    """Tags come and go with series; they are shown, not edited."""

    list_display = ("name", "value")
    search_fields = ("name", "value")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False


@admin.register(Series)
class SeriesAdmin(CatalogAdmin):
    """The identity of a series is fixed when it is first written; here it can be found and removed."""

    list_display = ("id", "metric", "entity", "tags", "created_at")
    list_select_related = ("metric", "entity")
    list_filter = ("created_at",)
    #: Named so that there is a search box; ``get_search_results`` looks the words up.
    search_fields = ("metric__name", "entity__name", "tag_set__value")
    search_help_text = "words in names, labels and tags of metric, entity and series"
    autocomplete_fields = ("metric", "entity")
    readonly_fields = ("tags",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Words are looked up where they are few; joining a million series with their tags takes seconds."""
        words = search_term.lower().split()
        if words:
            queryset = queryset.filter(pk__in=matching_series(words).values("pk"))
        return queryset, False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Series | None = None) -> bool:
        return False


@admin.register(EntityGroup)
class EntityGroupAdmin(CatalogAdmin):
    form = EntityGroupForm
    list_display = ("name", "enabled", "expression")
    list_filter = ("enabled",)
    search_fields = ("name", "expression")
    autocomplete_fields = ("entities",)


@admin.register(Property)
class PropertyAdmin(CatalogAdmin):
    list_display = ("entity", "type", "key", "time_ns")
    list_select_related = ("entity",)
    list_filter = ("type",)
    search_fields = ("entity__name", "type")
    autocomplete_fields = ("entity",)


@admin.register(Message)
class MessageAdmin(CatalogAdmin):
    list_display = ("time_ns", "entity", "type", "severity", "text")
    list_select_related = ("entity",)
    list_filter = ("severity", "type")
    search_fields = ("entity__name", "text")
    autocomplete_fields = ("entity",)
