"""Who gets in where: every kind of caller at every kind of address, over HTTP."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group
from django.test import Client
from rest_framework.authtoken.models import Token

from apps.accounts.attempts import FailedAttempts
from apps.api import authentication
from apps.portal.models import Chart
from apps.portal.services import create_chart

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse"
CONFIG = """[configuration]
endtime = 2018-06-01T00:00:00Z
[group]
[widget]
type = chart
[series]
metric = m
entity = e
"""
SAMPLES = [{"entity": "e", "metric": "m", "data": [{"t": 1, "v": 2}]}]
JSON, TEXT, CSV = "application/json", "text/plain", "text/csv"
WINDOW = {"startDate": "2018-01-01T00:00:00Z", "endDate": "2019-01-01T00:00:00Z"}


@dataclass(frozen=True)
class Ask:
    """One request of the API; ``kind`` is what it takes: nothing (anybody), read or write."""

    kind: str
    method: str
    path: str
    body: object = None
    content_type: str = JSON

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def send(self, client: Client, headers: dict[str, str] | None = None):
        body = self.body if isinstance(self.body, str) else json.dumps(self.body)
        data = "" if self.body is None else body
        return client.generic(self.method, self.path, data, content_type=self.content_type, headers=headers)


ASKS = [
    Ask("anybody", "GET", "/health/ready"),
    Ask("read", "POST", "/api/v1/series/query", [{"metric": "m", "entity": "e", **WINDOW}]),
    Ask("read", "GET", "/api/v1/series/json/e/m?" + urlencode(WINDOW)),
    Ask("read", "GET", "/api/v1/series/csv/e/m?" + urlencode(WINDOW)),
    Ask("write", "POST", "/api/v1/series/insert", SAMPLES),
    Ask("write", "POST", "/api/v1/series/csv/e", "time,m\n1,2\n", CSV),
    Ask("write", "POST", "/api/v1/series/delete", [{"entity": "e", "metric": "m"}]),
    Ask("write", "POST", "/api/v1/command", "series e:e m:m=1 ms:1", TEXT),
    Ask("read", "GET", "/api/v1/metrics"),
    Ask("read", "GET", "/api/v1/metrics/m"),
    Ask("read", "GET", "/api/v1/metrics/m/series"),
    Ask("read", "GET", "/api/v1/metrics/m/series/tags"),
    Ask("write", "PUT", "/api/v1/metrics/other", {"label": "x"}),
    Ask("write", "PATCH", "/api/v1/metrics/m", {"label": "x"}),
    Ask("write", "POST", "/api/v1/metrics/m/rename", {"name": "renamed"}),
    Ask("write", "DELETE", "/api/v1/metrics/m"),
    Ask("read", "GET", "/api/v1/entities"),
    Ask("read", "GET", "/api/v1/entities/e"),
    Ask("read", "GET", "/api/v1/entities/e/metrics"),
    Ask("read", "GET", "/api/v1/entities/e/groups"),
    Ask("read", "GET", "/api/v1/entities/e/property-types"),
    Ask("write", "POST", "/api/v1/entities", [{"name": "made"}]),
    Ask("write", "PUT", "/api/v1/entities/other", {"label": "x"}),
    Ask("write", "PATCH", "/api/v1/entities/e", {"label": "x"}),
    Ask("write", "POST", "/api/v1/entities/e/rename", {"name": "renamed"}),
    Ask("write", "DELETE", "/api/v1/entities/e"),
    Ask("read", "GET", "/api/v1/entity-groups"),
    Ask("read", "GET", "/api/v1/entity-groups/g"),
    Ask("read", "GET", "/api/v1/entity-groups/g/entities"),
    Ask("write", "PUT", "/api/v1/entity-groups/other", {}),
    Ask("write", "PATCH", "/api/v1/entity-groups/g", {"tags": {"a": "b"}}),
    Ask("write", "POST", "/api/v1/entity-groups/g/entities/add", ["e"]),
    Ask("write", "POST", "/api/v1/entity-groups/g/entities/set", ["e"]),
    Ask("write", "POST", "/api/v1/entity-groups/g/entities/delete", ["e"]),
    Ask("write", "DELETE", "/api/v1/entity-groups/g"),
    Ask("write", "POST", "/api/v1/properties/insert", [{"type": "t", "entity": "e", "tags": {"a": "b"}}]),
    Ask("read", "POST", "/api/v1/properties/query", [{"type": "t", "entity": "e", **WINDOW}]),
    Ask("read", "GET", "/api/v1/properties/e/types"),
    Ask("read", "GET", "/api/v1/properties/e/types/t"),
    Ask("write", "POST", "/api/v1/properties/delete", [{"type": "t", "entity": "e"}]),
    Ask("write", "POST", "/api/v1/messages/insert", [{"entity": "e", "message": "hello"}]),
    Ask("read", "POST", "/api/v1/messages/query", [{"entity": "e", **WINDOW}]),
    Ask("read", "GET", "/api/v1/search?query=m"),
    Ask("read", "GET", "/api/v1/version"),
    Ask("read", "POST", "/api/charts/render", {"config": CONFIG, "series": True}),
    Ask("read", "POST", "/api/charts/check", {"config": CONFIG}),
    Ask("read", "POST", "/api/charts/render", CONFIG, TEXT),
    Ask("read", "POST", "/api/charts/explain", {"config": CONFIG, "time": 1000}),
    Ask("read", "GET", "/api/schema/"),
    Ask("read", "GET", "/api/docs/"),
]

#: Those who are not signed in are sent to sign in, unless everybody may read.
PAGES = [
    "/", "/charts/", "/lab/", "/lab/gallery/", "/explore/", "/explore/metric/?name=m",
    "/explore/entity/?name=e", "/reference/", "/reference/formulas/", "/reference/data-model/",
    "/reference/settings/", "/search/?q=m",
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch):
    monkeypatch.setattr(authentication, "remembered", authentication.Remembered())
    monkeypatch.setattr(authentication, "failures", FailedAttempts())
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)


@pytest.fixture
def users():
    made = {}
    for name in ("reader", "editor", "administrator"):
        made[name] = get_user_model().objects.create_user(name, password=PASSWORD)
        made[name].groups.set(Group.objects.filter(name=f"{name}s"))
    made["nobody"] = get_user_model().objects.create_user("nobody", password=PASSWORD)
    return made


@pytest.fixture
def stored(settings):
    """Something under every address, written before anybody is asked for rights."""
    settings.TSWEB_ANONYMOUS = "write"
    stock = [
        Ask("", "POST", "/api/v1/series/insert", SAMPLES),
        Ask("", "PUT", "/api/v1/entity-groups/g", {}),
        Ask("", "POST", "/api/v1/properties/insert", [{"type": "t", "entity": "e", "tags": {"a": "b"}}]),
    ]
    for ask in stock:
        assert ask.send(Client()).status_code < 300, ask


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def status(ask: Ask, headers: dict[str, str] | None = None, client: Client | None = None) -> str:
    """The status, or "answered" for anything that is neither a refusal nor a failure."""
    code = ask.send(client or Client(), headers).status_code
    return "answered" if 200 <= code < 300 or code == 404 else str(code)


def expected(ask: Ask, caller: str, anonymous: str) -> str:
    if ask.kind == "anybody":
        return "answered"
    if caller == "wrong":
        return "401"
    if caller == "none":
        rights = {"none": (), "read": ("read",), "write": ("read", "write")}[anonymous]
        return "answered" if ask.kind in rights else "401"
    if caller == "nobody":
        return "403"
    return "403" if caller == "reader" and ask.kind == "write" else "answered"


CALLERS = ["none", "wrong", "nobody", "reader", "editor", "administrator"]


@pytest.mark.parametrize("anonymous", ["none", "read", "write"])
@pytest.mark.parametrize("ask", ASKS, ids=str)
def test_every_address_for_every_caller(settings, users, stored, anonymous, ask):
    settings.TSWEB_ANONYMOUS = anonymous
    found, wanted = {}, {}
    for caller in CALLERS:
        headers = {"none": None, "wrong": basic("reader", "wrong")}.get(caller, basic(caller))
        found[caller] = status(ask, headers)
        wanted[caller] = expected(ask, caller, anonymous)
    for caller in ("reader", "editor", "administrator"):
        token = Token.objects.create(user=users[caller])
        found[f"token of {caller}"] = status(ask, {"Authorization": f"Token {token.key}"})
        wanted[f"token of {caller}"] = expected(ask, caller, anonymous)
    found["wrong token"] = status(ask, {"Authorization": "Token 0000"})
    wanted["wrong token"] = expected(ask, "wrong", anonymous)
    assert found == wanted


@pytest.mark.parametrize("ask", [ask for ask in ASKS if ask.method != "GET"], ids=str)
def test_sessions_need_the_csrf_token(settings, users, stored, ask):
    settings.TSWEB_ANONYMOUS = "none"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(users["editor"])
    assert status(ask, client=strict) == "403"
    assert status(ask, basic("editor"), Client(enforce_csrf_checks=True)) == "answered"
    strict.cookies["csrftoken"] = "a" * 32
    assert status(ask, {"X-CSRFToken": "a" * 32}, strict) == "answered"


@pytest.mark.parametrize("anonymous", ["none", "read", "write"])
@pytest.mark.parametrize("page", PAGES)
def test_pages(settings, users, stored, anonymous, page):
    settings.TSWEB_ANONYMOUS = anonymous
    answer = Client().get(page)
    if anonymous == "none":
        assert answer.status_code == 302 and "/sign-in/" in answer.headers["Location"]
    else:
        assert answer.status_code == 200
    for caller, code in (("reader", 200), ("editor", 200), ("administrator", 200), ("nobody", 403)):
        client = Client()
        client.force_login(users[caller])
        assert client.get(page).status_code == code, caller


def save(client: Client, path: str = "/lab/", **more: str):
    return client.post(path, {"config": CONFIG, "title": "mine", **more})


@pytest.mark.parametrize("anonymous", ["none", "read", "write"])
def test_saving_in_the_lab(settings, users, anonymous):
    settings.TSWEB_ANONYMOUS = anonymous
    assert save(Client()).status_code == {"none": 302, "read": 401, "write": 200}[anonymous]
    for caller, code in (("nobody", 403), ("reader", 403), ("editor", 200), ("administrator", 200)):
        client = Client()
        client.force_login(users[caller])
        assert save(client).status_code == code, caller
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(users["editor"])
    assert save(strict).status_code == 403


@pytest.mark.parametrize("anonymous", ["none", "read", "write"])
def test_the_administration(settings, users, anonymous):
    settings.TSWEB_ANONYMOUS = anonymous
    assert Client().get("/admin/").status_code == 302
    assert Client().get("/admin/", headers=basic("administrator")).status_code == 302
    for caller in ("nobody", "reader", "editor"):
        client = Client()
        client.force_login(users[caller])
        assert client.get("/admin/").status_code == 302, caller
        assert client.get("/admin/auth/user/").status_code == 302, caller
    users["administrator"].is_staff = True
    users["administrator"].save()
    client = Client()
    client.force_login(users["administrator"])
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 200


def test_charts_are_their_owners_unless_shared(settings, users):
    settings.TSWEB_ANONYMOUS = "read"
    chart = create_chart(user=users["editor"], title="mine", config=CONFIG).chart
    address = chart.get_absolute_url()
    other = get_user_model().objects.create_user("other", password=PASSWORD)
    other.groups.set(Group.objects.filter(name="editors"))
    visits = {"none": Client(), "reader": Client(), "other": Client(), "owner": Client()}
    for name, user in (("reader", users["reader"]), ("other", other), ("owner", users["editor"])):
        visits[name].force_login(user)
    seen = {name: client.get(address).status_code for name, client in visits.items()}
    assert seen == {"none": 404, "reader": 404, "other": 404, "owner": 200}
    assert visits["other"].get(f"{address}1/text/").status_code == 404
    assert save(visits["other"], address).status_code == 404
    assert visits["other"].post(f"{address}share/", {"shared": "1"}).status_code == 404
    assert visits["other"].post(f"{address}delete/").status_code == 404

    assert visits["owner"].post(f"{address}share/", {"shared": "1"}).status_code < 400
    seen = {name: client.get(address).status_code for name, client in visits.items()}
    assert set(seen.values()) == {200}
    assert visits["other"].post(f"{address}share/", {"shared": "0"}).status_code in (403, 404)
    assert visits["other"].post(f"{address}delete/").status_code in (403, 404)
    forked = save(visits["other"], address).json()
    assert forked["key"] != chart.key
    kept = Chart.objects.get(pk=chart.pk)
    assert (kept.head, kept.shared, kept.owner) == (1, True, users["editor"])
