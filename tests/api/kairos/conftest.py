"""A client that may do everything, and requests as KairosDB's clients send them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client


@pytest.fixture
def api(db, settings) -> Client:
    """Anonymous callers may write, so that these tests are about the answers only."""
    settings.TSWEB_ANONYMOUS = "write"
    return Client()


@pytest.fixture
def send(api) -> Callable:
    """``send("POST", "datapoints", [...])`` -> (status, JSON or None)."""

    def _send(method: str, path: str, body: object = None, **headers: str):
        sent = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        answer = api.generic(method, f"/api/v1/{path}", sent, content_type="", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    return _send
