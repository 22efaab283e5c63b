"""Commands on databases that nobody has prepared, and the one command that prepares them all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def manage(tmp_path):
    """manage.py as its own process, on a data directory where nothing is yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TSWEB_")}
    environment["TSWEB_DATA_DIR"] = str(tmp_path / "var")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "manage.py"), *args]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    return run


def test_unprepared_databases_are_said_and_migrate_prepares_all(manage, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("time,v\n2020-01-01,1\n")
    load = ("load", str(table), "--entity", "e")

    early = manage(*load)
    assert early.returncode == 1
    assert "the databases are not prepared" in early.stderr
    assert "Traceback" not in early.stderr

    assert manage("migrate", "--verbosity", "0").returncode == 0
    late = manage(*load)
    assert (late.returncode, late.stderr) == (0, "")
    assert "1 samples stored" in late.stdout


def test_one_database_alone_can_be_prepared(manage):
    assert manage("migrate", "--verbosity", "0", "--database", "samples").returncode == 0
    half = manage("verify")
    assert half.returncode == 1
    assert "the databases are not prepared" in half.stderr
