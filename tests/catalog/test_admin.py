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


METRIC = {
    "data_type": "FLOAT",
    "interpolate": "LINEAR",
    "enabled": "on",
    "retention_days": 0,
    "series_retention_days": 0,
    "invalid_action": "NONE",
    "tags": "",
}


@pytest.mark.parametrize(
    ("page", "fields", "wrong"),
    [
        ("metric", {**METRIC, "name": "a b"}, "name"),
        ("metric", {**METRIC, "name": "M"}, "name"),
        ("metric", {**METRIC, "name": "new", "filter": "value >"}, "filter"),
        ("metric", {**METRIC, "name": "new", "time_zone": "Mars/Base"}, "time_zone"),
        ("metric", {**METRIC, "name": "new", "tags": '{"k": 1}'}, "tags"),
        ("entity", {"name": "a b"}, "name"),
        ("entity", {"name": "new", "tags": "[1]"}, "tags"),
        ("entitygroup", {"name": "new", "expression": "name like ("}, "expression"),
    ],
)
def test_admin_refuses_what_the_api_refuses(rows, admin_client, page, fields, wrong):
    """M exists as m: names differ by more than case."""
    answer = admin_client.post(reverse(f"admin:catalog_{page}_add"), fields)
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {wrong}


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("metric", {**METRIC, "name": "Cpu.Busy", "filter": "value > 3", "tags": '{"K": "v"}'}),
        ("entity", {"name": "Cpu.Busy", "time_zone": "Europe/Vienna", "tags": '{"K": "v"}'}),
        ("entitygroup", {"name": "cpu.busy", "expression": "name like 'e*'", "tags": '{"K": "v"}'}),
    ],
)
def test_admin_stores_names_as_clients_find_them(admin_client, page, fields):
    assert admin_client.post(reverse(f"admin:catalog_{page}_add"), fields).status_code == 302
    model = models.Metric._meta.apps.get_model("catalog", page)
    row = model.objects.get(name="cpu.busy")
    assert row.tags == {"k": "v"}


def test_a_stored_name_that_the_data_api_would_not_take_can_stay(admin_client):
    entity = models.Entity.objects.create(name="two words")
    address = reverse("admin:catalog_entity_change", args=[entity.pk])
    assert admin_client.post(address, {"name": "two words", "label": "new"}).status_code == 302
    entity.refresh_from_db()
    assert (entity.label, entity.tags) == ("new", {})
