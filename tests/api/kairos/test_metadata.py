"""The small texts that clients keep at the server."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

BASE = "/api/v1/metadata"


def test_a_text_is_kept_replaced_listed_and_deleted(api):
    def put(path: str, text: str) -> int:
        return api.generic("POST", f"{BASE}/{path}", text.encode(), content_type="").status_code

    assert put("svc/a/one", "first") == 204
    assert put("svc/a/one", "é <b>\n") == 204
    assert put("svc/a/two/", "") == 204
    assert put("svc/b/other", "x") == 204
    answer = api.get(f"{BASE}/svc/a/one/")
    assert (answer.content.decode(), answer["Content-Type"]) == ("é <b>\n", "text/plain; charset=UTF-8")
    assert api.get(f"{BASE}/svc/a/two").content == b""
    assert api.get(f"{BASE}/svc").json() == {"results": ["a", "b"]}
    assert api.get(f"{BASE}/svc/a/").json() == {"results": ["one", "two"]}
    assert api.get(f"{BASE}/svc/a?startsWith=t").json() == {"results": ["two"]}
    assert api.get(f"{BASE}/none").json() == {"results": []}
    assert api.delete(f"{BASE}/svc/a/one").status_code == 204
    assert api.delete(f"{BASE}/svc/a/one").status_code == 204
    assert api.get(f"{BASE}/svc/a").json() == {"results": ["two"]}


def test_an_unknown_key(api):
    told = api.get(f"{BASE}/svc/a/none", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()) == (404, {"errors": ["Key not found"]})
    untold = api.get(f"{BASE}/svc/a/none", headers={"Accept": "text/plain"})
    assert (untold.status_code, untold.content) == (404, b"")


def test_private_services(api):
    for method, path in (("GET", "_svc"), ("GET", "_svc/a"), ("GET", "_svc/a/b"), ("POST", "_svc/a/b")):
        answer = api.generic(method, f"{BASE}/{path}", "x")
        assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("path", ["svc/a/" + "k" * 256, "svc/a/nul%00"])
def test_names_that_can_not_be_kept(api, path):
    answer = api.generic("POST", f"{BASE}/{path}", "x")
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1


def test_who_may(api, settings):
    settings.TSWEB_ANONYMOUS = "read"
    assert api.generic("POST", f"{BASE}/svc/a/b", "x").status_code == 401
    assert api.delete(f"{BASE}/svc/a/b").status_code == 401
    assert api.get(f"{BASE}/svc").status_code == 200
