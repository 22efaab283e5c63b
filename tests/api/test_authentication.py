"""Who is calling, and what each may do."""

from __future__ import annotations

import base64

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group
from django.test import Client
from rest_framework.authtoken.models import Token

from apps.accounts.attempts import DISTINCT_LIMIT, REPEATED_LIMIT, FailedAttempts
from apps.api import authentication

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse"
SAMPLE = '[{"entity":"e","metric":"m","data":[{"t":1,"v":2}]}]'


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch, settings, tmp_path):
    """Nothing remembered from other tests; hashes cheap, but counted."""
    monkeypatch.setattr(authentication, "remembered", authentication.Remembered())
    monkeypatch.setattr(authentication, "failures", FailedAttempts())
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)
    settings.TSWEB_ANONYMOUS = "none"


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """The passwords that were verified against a stored hash."""
    seen: list[str] = []
    verify = PBKDF2PasswordHasher.verify

    def counting(self, password, encoded):
        seen.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(PBKDF2PasswordHasher, "verify", counting)
    return seen


def make_user(name: str, *groups: str, **fields):
    user = get_user_model().objects.create_user(name, password=PASSWORD, **fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def get(headers: dict[str, str] | None = None, path: str = "metrics", **more):
    return Client(**more).get(f"/api/v1/{path}", headers=headers)


def insert(headers: dict[str, str] | None = None, client: Client | None = None):
    return (client or Client()).post(
        "/api/v1/series/insert", SAMPLE, content_type="application/json", headers=headers
    )


def test_no_credentials_where_they_are_needed():
    answer = get()
    assert answer.status_code == 401
    assert answer.json() == {"error": "code 03"}
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_pages_that_ask_in_the_background_get_no_password_box():
    answer = get({"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 401
    assert not answer.headers["WWW-Authenticate"].startswith("Basic")
    answer = get({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"})
    assert not answer.headers["WWW-Authenticate"].startswith("Basic")


def test_unknown_user_and_wrong_password_have_their_codes():
    make_user("ann", "readers")
    assert get(basic("nobody")).json() == {"error": "code 02"}
    answer = get(basic("ann", "wrong"))
    assert (answer.status_code, answer.json()) == (401, {"error": "code 03"})


@pytest.mark.parametrize("anonymous", ["read", "write"])
def test_a_wrong_credential_is_refused_even_where_none_is_needed(settings, anonymous):
    settings.TSWEB_ANONYMOUS = anonymous
    make_user("ann", "readers")
    assert get().status_code == 200
    assert get(basic("ann", "wrong")).status_code == 401
    assert get({"Authorization": "Token 0000"}).status_code == 401
    assert get({"Authorization": "Basic !!!"}).status_code == 401
    assert get({"Authorization": "Digest x"}).status_code == 401


@pytest.mark.parametrize("name", ["a\0b", "", "x" * 1000, "\ud7ff", "Ü"])
def test_odd_names_are_unknown_users(name):
    assert get(basic(name)).status_code == 401


def test_tokens_in_both_schemes():
    token = Token.objects.create(user=make_user("ann", "readers"))
    assert get({"Authorization": f"Token {token.key}"}).status_code == 200
    assert get({"Authorization": f"Bearer {token.key}"}).status_code == 200
    assert get({"Authorization": "Token a\0b"}).status_code == 401


def test_disabled_users_are_refused():
    user = make_user("ann", "readers")
    assert get(basic("ann")).status_code == 200
    user.is_active = False
    user.save()
    assert get(basic("ann")).json() == {"error": "code 07"}
    token = Token.objects.create(user=user)
    assert get({"Authorization": f"Token {token.key}"}).status_code == 401


def test_what_each_group_may_do():
    make_user("reader", "readers")
    make_user("editor", "editors")
    make_user("nothing")
    assert get(basic("nothing")).status_code == 403
    assert get(basic("reader")).status_code == 200
    assert insert(basic("reader")).status_code == 403
    assert insert(basic("editor")).status_code == 204
    assert Client().delete("/api/v1/metrics/m", headers=basic("reader")).status_code == 403
    assert Client().delete("/api/v1/metrics/m", headers=basic("editor")).status_code == 204


def test_deleting_is_a_right_of_its_own():
    from django.contrib.auth.models import Permission

    user = make_user("writer")
    names = ("add_series", "change_series", "view_series")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert insert(basic("writer")).status_code == 204
    answer = Client().post(
        "/api/v1/series/delete",
        '[{"metric":"m","entity":"e"}]',
        content_type="application/json",
        headers=basic("writer"),
    )
    assert answer.status_code == 403


def test_commands_need_the_right_of_what_they_write():
    from django.contrib.auth.models import Permission

    user = make_user("writer")
    names = ("add_series", "change_series")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    answer = (
        Client()
        .post(
            "/api/v1/command",
            "series e:e m:m=1\nmetric m:m l:label",
            content_type="text/plain",
            headers=basic("writer"),
        )
        .json()
    )
    assert (answer["success"], answer["fail"]) == (1, 1)
    assert answer["errors"][0]["line"] == 2


@pytest.mark.parametrize(
    ("anonymous", "reading", "writing"),
    [("none", 401, 401), ("read", 200, 401), ("write", 200, 204)],
)
def test_what_callers_without_credentials_may_do(settings, anonymous, reading, writing):
    settings.TSWEB_ANONYMOUS = anonymous
    assert get().status_code == reading
    assert insert().status_code == writing


def test_questions_sent_with_post_are_reading(settings):
    settings.TSWEB_ANONYMOUS = "read"
    for path in ("properties/query", "messages/query"):
        answer = Client().post(f"/api/v1/{path}", "[]", content_type="application/json")
        assert answer.status_code == 200, path


def test_a_session_needs_the_csrf_token_and_nothing_else_does():
    user = make_user("ann", "editors")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.get("/api/v1/metrics").status_code == 200
    assert insert(client=strict).status_code == 403
    assert insert(basic("ann"), client=Client(enforce_csrf_checks=True)).status_code == 204
    strict.cookies["csrftoken"] = "a" * 32
    assert insert({"X-CSRFToken": "a" * 32}, client=strict).status_code == 204


def test_a_verified_password_is_hashed_once_a_minute(hashes):
    make_user("ann", "readers")
    for _ in range(5):
        assert get(basic("ann")).status_code == 200
    assert hashes == [PASSWORD]


def test_a_remembered_password_is_checked_again_after_a_minute(hashes, monkeypatch):
    now = [0.0]
    memory = authentication.Remembered(clock=lambda: now[0])
    monkeypatch.setattr(authentication, "remembered", memory)
    make_user("ann", "readers")
    get(basic("ann"))
    now[0] = 59.0
    get(basic("ann"))
    assert len(hashes) == 1
    now[0] = 61.0
    assert get(basic("ann")).status_code == 200
    assert len(hashes) == 2


def test_a_changed_password_is_noticed_at_once():
    user = make_user("ann", "readers")
    assert get(basic("ann")).status_code == 200
    user.set_password("another")
    user.save()
    assert get(basic("ann")).status_code == 401
    assert get(basic("ann", "another")).status_code == 200


def test_a_changed_name_is_noticed_at_once():
    user = make_user("ann", "readers")
    assert get(basic("ann")).status_code == 200
    user.username = "beth"
    user.save()
    assert get(basic("ann")).json() == {"error": "code 02"}
    assert get(basic("beth")).status_code == 200


def test_a_deleted_user_is_noticed_at_once():
    user = make_user("ann", "readers")
    assert get(basic("ann")).status_code == 200
    user.delete()
    assert get(basic("ann")).status_code == 401


def test_no_password_is_kept_in_memory():
    make_user("ann", "readers")
    get(basic("ann"))
    kept = repr(vars(authentication.remembered)["_entries"])
    assert PASSWORD not in kept
    other = authentication.Remembered()
    assert other.digest("ann", PASSWORD) != authentication.remembered.digest("ann", PASSWORD)


def test_name_and_password_are_kept_apart():
    memory = authentication.Remembered()
    assert memory.digest("ab", "c") != memory.digest("a", "bc")


def test_guessing_is_slowed_and_counted():
    make_user("ann", "readers")
    statuses = [get(basic("ann", f"guess {n}")).status_code for n in range(DISTINCT_LIMIT + 5)]
    assert statuses == [401] * DISTINCT_LIMIT + [429] * 5
    assert authentication.failures.total == DISTINCT_LIMIT + 5
    answer = get(basic("ann", "one more"))
    assert int(answer.headers["Retry-After"]) > 0


def test_an_attacker_never_locks_out_the_owner(hashes):
    make_user("ann", "readers")
    for n in range(DISTINCT_LIMIT * 3):
        get(basic("ann", f"guess {n}"))
    assert get(basic("ann")).status_code == 200
    assert get(basic("ann")).status_code == 200
    assert hashes.count(PASSWORD) == 1


def test_the_same_wrong_password_again_costs_no_hash(hashes):
    make_user("ann", "readers")
    statuses = {get(basic("ann", "old one")).status_code for _ in range(20)}
    assert statuses == {401}
    assert hashes == ["old one"]
    for _ in range(REPEATED_LIMIT):
        last = get(basic("ann", "old one"))
    assert last.status_code == 429


def test_one_address_does_not_slow_another():
    make_user("ann", "readers")
    for n in range(DISTINCT_LIMIT + 1):
        get(basic("ann", f"guess {n}"), REMOTE_ADDR="10.0.0.1")
    assert get(basic("ann", "mistyped"), REMOTE_ADDR="10.0.0.2").status_code == 401


def test_slowed_names_have_one_place_for_verifying_and_known_credentials_need_none():
    attempts = FailedAttempts()
    for _ in range(DISTINCT_LIMIT):
        attempts.record("ann", "here")
    with attempts.verification("ann", "here") as first:
        assert first
        with attempts.verification("ann", "here") as second:
            assert not second
        with attempts.verification("beth", "here") as other:
            assert other


def test_counts_are_forgotten_after_the_window():
    now = [0.0]
    attempts = FailedAttempts(clock=lambda: now[0])
    for _ in range(DISTINCT_LIMIT):
        attempts.record("ann", "here")
    assert attempts.is_slowed("ann", "here")
    now[0] = 61.0
    assert not attempts.is_slowed("ann", "here")
