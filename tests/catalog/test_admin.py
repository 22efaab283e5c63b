"""Groups and admin pages: who may do what from the first migration, and pages that stand up to many rows."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from apps.algebra.series import Samples, SeriesKey
from apps.catalog import models
from apps.catalog.services import change_group_members, insert_messages, insert_property, put_group
from apps.catalog.version import read_version
from apps.store.ingest import insert_series
from apps.store.models import Head
from apps.store.source import StoreSource

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.urls("tests.catalog.admin_urls"),
]
PAGES = ("metric", "entity", "tag", "series", "entitygroup", "property", "message")


def permissions(group: str) -> set[str]:
    rows = Group.objects.get(name=group).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def test_groups_exist_with_their_permissions():
    readers, editors, administrators = map(permissions, ("readers", "editors", "administrators"))
    assert "catalog.view_metric" in readers
    assert all(".view_" in name for name in readers)
    assert {"catalog.add_metric", "catalog.change_entity", "store.delete_chunk"} <= editors
    assert readers < editors < administrators
    assert not {name for name in editors if name.startswith(("auth.", "authtoken."))}
    assert {"auth.add_user", "authtoken.view_token"} <= administrators


def test_what_an_administrator_took_away_stays_away():
    group = Group.objects.get(name="editors")
    group.permissions.remove(Permission.objects.get(codename="delete_metric"))
    call_command("migrate", "--skip-checks", verbosity=0)
    assert "catalog.delete_metric" not in permissions("editors")


@pytest.fixture
def rows():
    insert_series([(SeriesKey.of("m", "e", {"k": "v"}), Samples.of([1], [1]))])
    put_group("g", {})
    change_group_members("g", ["e"], mode="add")
    insert_property("e", "t", {"k": "1"}, {"a": "b"}, time_ns=1)
    insert_messages([("e", {"text": "hello", "time_ns": 1})])


@pytest.mark.parametrize("page", PAGES)
def test_admin_pages(rows, admin_client, page):
    assert admin_client.get(reverse(f"admin:catalog_{page}_changelist"), {"q": "e"}).status_code == 200
    model = admin.site._registry[models.Metric].model._meta.apps.get_model("catalog", page)
    address = reverse(f"admin:catalog_{page}_change", args=[model.objects.first().pk])
    assert admin_client.get(address).status_code == 200


def test_foreign_keys_are_searched_and_not_listed():
    for model, page in admin.site._registry.items():
        if model._meta.app_label == "catalog":
            keys = {field.name for field in model._meta.fields if field.is_relation}
            assert keys <= {*page.autocomplete_fields, *page.raw_id_fields, *page.readonly_fields}
            assert page.search_fields


def test_admin_changes_reach_the_caches_and_the_samples(rows, admin_client):
    before = read_version()
    metric = models.Metric.objects.get()
    number = models.Series.objects.get().pk
    address = reverse("admin:catalog_metric_delete", args=[metric.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    assert read_version() != before
    assert not models.Series.objects.exists()
    assert StoreSource().last_times([number]) == [None]
    assert not Head.objects.exists()
