"""The store's and the catalog's tests once more, on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys

from tests.live import ROOT, environment
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

MODULES = (
    "test_model", "test_damage", "test_ingest", "test_maintenance", "test_loading", "test_expiry",
    "test_lateness", "test_summaries",
)  # fmt: skip


def test_everything_else_holds_there_too(postgres_url: str, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"),
            *("-p", "no:xdist", "--deselect"),
            "tests/store/test_maintenance.py::test_log_is_truncated_when_it_has_grown",
            *(f"tests/store/{module}.py" for module in MODULES),
            "tests/catalog",
            "tests/api/kairos/test_exact_names.py",
        ],
        cwd=ROOT,
        env=environment(tmp_path, TSWEB_TEST_DATABASE_URL=postgres_url),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert "database: postgresql" in done.stdout
