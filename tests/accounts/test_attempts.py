"""Failed sign-ins: one count for all processes and all ways in; a right password always works."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from apps.accounts import attempts
from apps.accounts.attempts import DISTINCT_LIMIT, FailedAttempts
from apps.accounts.models import FailedSignIn
from tests.live import ROOT, environment

pytestmark = pytest.mark.django_db(databases="__all__")
PASSWORD = "correct horse"
PAGES = ["/sign-in/", "/admin/login/"]


@pytest.fixture(autouse=True)
def owner(monkeypatch):
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)
    return get_user_model().objects.create_superuser("ann", password=PASSWORD)


def sign_in(page: str, password: str):
    return Client().post(page, {"username": "ann", "password": password})


@pytest.mark.parametrize("page", PAGES)
def test_pages_slow_guessing_down_and_never_lock_the_owner_out(page):
    for n in range(DISTINCT_LIMIT):
        assert b"Too many attempts" not in sign_in(page, f"guess {n}").content
    assert b"Too many attempts" in sign_in(page, "one more").content
    assert sign_in(page, PASSWORD).status_code == 302
    assert not FailedSignIn.objects.exists()


def test_pages_and_the_api_count_together():
    for n in range(DISTINCT_LIMIT):
        sign_in(PAGES[n % 2], f"guess {n}")
    header = "Basic YW5uOndyb25n"
    assert Client().get("/api/v1/metrics", HTTP_AUTHORIZATION=header).status_code == 429


def test_two_memories_share_one_count():
    for _ in range(DISTINCT_LIMIT):
        FailedAttempts().record("ann", "here")
    assert FailedAttempts().is_slowed("ann", "here")
    assert not FailedAttempts().is_slowed("ann", "there")


@pytest.mark.parametrize("name", ["nul\0", "lone \ud800", "a" * 5000, "line\nend"])
def test_odd_names_and_addresses_are_counted(name):
    failures = FailedAttempts()
    for _ in range(DISTINCT_LIMIT):
        failures.record(name, name)
    assert failures.is_slowed(name, name)


def test_old_and_too_many_counts_are_forgotten(monkeypatch):
    monkeypatch.setattr(attempts, "MAX_PAIRS", 5)
    now = [1000.0]
    failures = FailedAttempts(clock=lambda: now[0])
    for n in range(9):
        now[0] += 0.1
        failures.record("ann", f"10.0.0.{n}")
    assert FailedSignIn.objects.count() == 5
    assert failures.total == 5
    now[0] += 61
    failures.record("ann", "here")
    assert FailedSignIn.objects.count() == 1


_GUESS = """
import django
django.setup()
from django.core.management import call_command
from apps.accounts.attempts import FailedAttempts
call_command("migrate", verbosity=0)
# One moment for both processes: how long they take to start is no matter of theirs.
failures = FailedAttempts(clock=lambda: 1000.0)
for _ in range(5):
    failures.record("ann", "here")
print(failures.is_slowed("ann", "here"))
"""


def test_processes_share_one_count(tmp_path):
    variables = environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "tsweb.settings"}
    said = [
        subprocess.run(
            [sys.executable, "-c", _GUESS],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["False", "True"]
