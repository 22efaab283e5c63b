"""Several workers, killed at any moment: every interval is there once, with the numbers of the raw points."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.live import ROOT, environment

KILLS = 5
# For what hangs, not for what is slow.
_PATIENCE_S = 300.0


class Workers:
    """A store with tasks in a folder of its own, and the workers on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment(
            folder,
            DJANGO_SETTINGS_MODULE="tsweb.settings",
            TSWEB_ANONYMOUS="write",
            TSWEB_TASK_LEASE_SECONDS="1",
        )
        self.processes: list[subprocess.Popen] = []
        for alias in ("default", "samples"):
            self.run("manage.py", "migrate", "--skip-checks", "-v0", "--database", alias)
        self.run("-m", "tests.tasks.process_work", "prepare")

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_tasks"], cwd=ROOT, env=self.environment
        )
        self.processes.append(process)
        return process

    def look(self) -> tuple[int, int, str]:
        """Number of the newest run, and how far the backfill has got. Read beside Django: that is quick."""
        with closing(sqlite3.connect(f"file:{self.folder}/tsweb.sqlite3?mode=ro", uri=True)) as database:
            (run,) = database.execute("SELECT coalesce(max(id), 0) FROM tasks_run").fetchone()
            (backfill,) = database.execute("SELECT periods_done, state FROM tasks_backfill").fetchall()
        return run, *backfill

    def wait_for(self, is_so: Callable[[tuple[int, int, str]], bool]) -> None:
        limit = time.monotonic() + _PATIENCE_S
        while not is_so(self.look()):
            assert time.monotonic() < limit, "the workers do not get on"
            time.sleep(0.02)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path)
    yield made
    made.end()


def test_killed_at_any_moment(workers: Workers) -> None:
    rng = random.Random(4711)
    running = [workers.start(), workers.start()]
    for _ in range(KILLS):
        # One that has not begun is not worth killing.
        before = workers.look()
        workers.wait_for(lambda now, before=before: now[:2] > before[:2])
        time.sleep(rng.uniform(0.0, 0.3))
        at = rng.randrange(2)
        running[at].kill()
        running[at].wait()
        running[at] = workers.start()
    workers.wait_for(lambda now: now[2] == "done")
    last_run = workers.look()[0]
    # Whatever a killed worker left half done is computed again.
    workers.wait_for(lambda now: now[0] > last_run + 2)
    workers.end()
    # And nothing is under way when all is compared: what the end interrupted comes first.
    time.sleep(1.0)
    workers.run("-c", _ONE_RUN)
    workers.run("-m", "tests.tasks.process_work", "check")


#: One more run of what the killing may have interrupted, by a worker that ends by itself.
_ONE_RUN = """
import django
django.setup()
from apps.tasks.runner import run_scheduled
assert run_scheduled("last")
"""
