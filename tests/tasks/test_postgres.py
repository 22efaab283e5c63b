"""Runs, backfills and roll-ups over HTTP once more, on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys

from tests.live import ROOT, environment
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

MODULES = (
    "tests/tasks/test_runner.py", "tests/tasks/test_backfill.py", "tests/tasks/test_late_data.py",
    "tests/tasks/test_summaries.py", "tests/api/kairos/test_rollups.py", "tests/portal/test_tasks.py",
    "tests/tasks/test_admin.py", "tests/tasks/test_outline.py", "tests/api/test_charts_saving.py",
)  # fmt: skip


def test_everything_else_holds_there_too(postgres_url: str, tmp_path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"),
            # What happens in which order is the engine's matter, and tried at length on SQLite.
            *("-p", "no:xdist", "-k", "not any_order_of_events", *MODULES),
        ],
        cwd=ROOT,
        env=environment(tmp_path, TSWEB_TEST_DATABASE_URL=postgres_url),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert "database: postgresql" in done.stdout
