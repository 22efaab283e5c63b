"""A client that may do everything, and one request in each form."""

from __future__ import annotations

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
    """``send("PUT", "metrics/m", {...})`` -> (status, JSON or None)."""

    def _send(method: str, path: str, body: object = None, **params: object):
        answer = api.generic(
            method,
            f"/api/v1/{path}",
            data=b"" if body is None else _bytes(body),
            content_type="text/plain" if isinstance(body, str | bytes) else "application/json",
            query_params=params,
        )
        return answer.status_code, answer.json() if answer.content else None

    return _send


def _bytes(body: object) -> bytes:
    import json

    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
