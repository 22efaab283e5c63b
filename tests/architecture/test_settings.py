"""Settings come from variables, fail loudly, and are fit for production when told so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def manage(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TSWEB_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "TSWEB_DATA_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_deploy_check_is_clean_in_production(tmp_path: Path) -> None:
    done = manage(
        tmp_path, "check", "--deploy", "--fail-level", "WARNING",
        TSWEB_HTTPS="1", TSWEB_HOST="0.0.0.0", TSWEB_ALLOWED_HOSTS="tsweb.example.org",
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    assert manage(tmp_path, "check").returncode == 0
    path = tmp_path / "secret.key"
    first = path.read_text()
    assert len(first) >= 50
    assert path.stat().st_mode & 0o077 == 0
    assert manage(tmp_path, "check").returncode == 0
    assert path.read_text() == first


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", TSWEB_ANONYMOUS="maybe")
    assert done.returncode != 0
    assert "TSWEB_ANONYMOUS must be none, read or write" in done.stderr


def test_no_migration_is_missing(tmp_path: Path) -> None:
    done = manage(tmp_path, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
