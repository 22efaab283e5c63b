"""A client that may read, and a way to store samples."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.times import parse_iso
from apps.store.ingest import insert_series


@pytest.fixture(autouse=True)
def anyone_may_write(settings):
    settings.TSWEB_ANONYMOUS = "write"


@pytest.fixture
def store():
    """``store(metric, entity, {iso: value}, tag=value)``"""

    def put(metric, entity, pairs, **tags):
        columns = Samples.of([parse_iso(text) for text in pairs], list(pairs.values()))
        insert_series([(SeriesKey.of(metric, entity, tags), columns)])

    return put


class Api:
    """Requests as clients send them, answers read back."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=True)

    def send(self, body, path="/api/v1/series/query", **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, raw, content_type="application/json", headers=headers)

    def query(self, *queries):
        response = self.send(list(queries))
        assert response.status_code == 200, response.content
        return json.loads(response.getvalue())

    def fault(self, body, status=400, **headers):
        response = self.send(body, **headers)
        assert response.status_code == status, response.content
        assert response.headers["Content-Type"].startswith("application/json")
        return json.loads(response.content)["error"]

    def get(self, path, **parameters):
        return self.client.get(path, parameters)


@pytest.fixture
def api():
    return Api()
