"""Loaded before Django's settings: tests write into a folder of their own, and time is no verdict.

A pytest plugin (``-p tests.environment``), because a ``conftest.py`` is read only after the settings.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# Named so by the tests that run others once more on PostgreSQL.
_database_url = os.environ.get("TSWEB_TEST_DATABASE_URL")
for _name in [name for name in os.environ if name.startswith("TSWEB_")]:
    del os.environ[_name]
_data_dir = tempfile.mkdtemp(prefix="tsweb-tests-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
os.environ["TSWEB_DATA_DIR"] = _data_dir
if _database_url:
    os.environ["TSWEB_DATABASE_URL"] = _database_url
# The middleware for static files warns when its directory is missing.
Path(_data_dir, "static").mkdir()

# On a busy machine a slow example is not a wrong one; and a run says the same as the one before it.
# `--hypothesis-profile=search` looks for examples that were never tried.
_patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("search", **_patient)
hypothesis_settings.register_profile("same-each-time", **_patient, derandomize=True)
hypothesis_settings.load_profile("same-each-time")


@pytest.fixture(autouse=True)
def rounds_of_maintenance(monkeypatch):
    """Each test starts as a new worker does: what it remembers of a day is not of another test's clock."""
    # Imported late: Django's settings read the variables set above.
    from apps.store import maintenance

    monkeypatch.setattr(maintenance, "_rounds", maintenance._Rounds())


def pytest_terminal_summary(terminalreporter) -> None:
    """Say which database the tests ran on: a run meant for PostgreSQL is told from one that was not."""
    from django.db import connection

    terminalreporter.write_line(f"database: {connection.vendor}")
