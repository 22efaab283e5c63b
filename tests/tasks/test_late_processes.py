"""Writers and workers, killed at any moment: in the end every period is what its raw points say."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.live import ROOT, environment
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

#: Each of the four at least once; starting them again takes longest, more so on PostgreSQL.
KILLS = {"sqlite": 4, "postgresql": 4}
# For what hangs, not for what is slow.
_PATIENCE_S = 300.0


class Crowd:
    """A store with a chain of tasks, workers that run them, and writers that change the past."""

    def __init__(self, folder: Path, kills: int, **variables: str) -> None:
        self.folder = folder
        self.kills = kills
        self.environment = environment(
            folder,
            DJANGO_SETTINGS_MODULE="tsweb.settings",
            TSWEB_ANONYMOUS="write",
            TSWEB_TASK_LEASE_SECONDS="1",
            **variables,
        )
        self.processes: dict[str, subprocess.Popen] = {}
        aliases = ("default",) if "TSWEB_DATABASE_URL" in variables else ("default", "samples")
        for alias in aliases:
            self.run("manage.py", "migrate", "--skip-checks", "-v0", "--database", alias)
        self.run("-m", "tests.tasks.late_work", "prepare")

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str) -> None:
        """``writer-1``, or anything else for a worker."""
        args = ["manage.py", "run_tasks"]
        if name.startswith("writer"):
            args = ["-m", "tests.tasks.late_work", "write", name[-1], str(self.journal(name))]
        self.processes[name] = subprocess.Popen([sys.executable, *args], cwd=ROOT, env=self.environment)

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def changes(self, name: str) -> int:
        """How many changes a writer has begun."""
        path = self.journal(name)
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def wait_for_changes(self, name: str, count: int) -> None:
        limit = time.monotonic() + _PATIENCE_S
        before = self.changes(name)
        while self.changes(name) < before + count:
            assert time.monotonic() < limit, "the writers do not get on"
            assert self.processes[name].poll() is None, f"{name} ended"
            time.sleep(0.02)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowd]:
    variables = {}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        name = f"late_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        variables["TSWEB_DATABASE_URL"] = url.rsplit("/", 1)[0] + f"/{name}"
    made = Crowd(tmp_path, KILLS[request.param], **variables)
    yield made
    made.end()


def test_whoever_is_killed_whenever(crowd: Crowd) -> None:
    rng = random.Random(4711)
    names = ["writer-1", "writer-2", "worker-1", "worker-2"]
    for name in names:
        crowd.start(name)
    for at in range(crowd.kills):
        for writer in names[:2]:
            # One that has not begun is not worth killing.
            crowd.wait_for_changes(writer, 5)
        time.sleep(rng.uniform(0.0, 0.5))
        victim = names[at % 4]
        crowd.kill(victim)
        crowd.start(victim)
    # The last changes of those that write now are done to the end.
    for writer in names[:2]:
        crowd.wait_for_changes(writer, 5)
        crowd.kill(writer)
        crowd.start(writer)
        crowd.wait_for_changes(writer, 1)
        crowd.kill(writer)
        crowd.run("-c", _REDO, str(crowd.journal(writer)))
    crowd.end()
    # What a killed worker held is free after its lease.
    time.sleep(1.0)
    told = json.loads(crowd.run("-m", "tests.tasks.late_work", "finish"))
    assert told["tasks"] == 2
    assert told["repaired"] > crowd.kills


#: What the writer was at when it was killed, once more.
_REDO = """
import django, json, pathlib, sys
django.setup()
from tests.tasks.late_work import _change
_change(json.loads(pathlib.Path(sys.argv[1]).read_text().splitlines()[-1]))
"""
