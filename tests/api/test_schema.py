"""The OpenAPI document is valid, and the page that shows it needs nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def readable(settings):
    settings.TSWEB_ANONYMOUS = "read"


def test_the_document_is_valid():
    document = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(document)
    paths = document["paths"]
    assert "/api/v1/series/query" in paths
    assert "/api/v1/series/insert" in paths
    for name in ("render", "check", "explain"):
        bodies = paths[f"/api/charts/{name}"]["post"]["requestBody"]["content"]
        assert set(bodies) == {"application/json", "text/plain"}
    names = [
        operation["operationId"]
        for methods in paths.values()
        for operation in methods.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert len(names) == len(set(names))


def test_the_document_is_served():
    response = Client().get("/api/schema/", headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert "series/query" in response.content.decode()


def test_the_page_has_no_inline_script_and_no_address_elsewhere():
    response = Client().get("/api/docs/")
    assert response.status_code == 200
    text = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    script = Client().get("/api/docs/", {"script": ""})
    assert script.headers["Content-Type"].startswith("application/javascript")
