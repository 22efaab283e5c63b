"""Several processes on one store: nothing lost, nothing doubled, whoever is killed and whenever."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import ROOT, environment
from tests.postgres import postgres_url
from tests.store.process_work import WRITERS, noted, series_of, time_of

__all__ = ["postgres_url"]

# For what hangs, not for what is slow.
_PATIENCE_S = 300.0
CHECK = """
import django, json, sys
django.setup()
from apps.store.source import StoreSource
ids = json.loads(sys.argv[1])
found = StoreSource().read(ids, -(2**63), 2**63 - 1)
print(json.dumps([[s.times_ns.tolist(), s.values.tolist()] for s in found]))
"""


class Store:
    """A store in a folder (or in PostgreSQL) and the processes that work on it."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.folder = folder
        # The store's own rules are the same on both; SQLite's files are what several processes put at risk.
        self.seconds = 3 if url else 10
        self.kills = 3 if url else 8
        extra = {"TSWEB_DATABASE_URL": url} if url else {}
        self.processes: list[subprocess.Popen] = []
        self.environment = environment(folder, DJANGO_SETTINGS_MODULE="tests.store.small_settings", **extra)
        self.run("manage.py", "migrate", "--skip-checks", "-v0")
        if url is None:
            self.run("manage.py", "migrate", "--skip-checks", "-v0", "--database", "samples")

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, role: str, number: int, seconds: float) -> subprocess.Popen:
        args = ("-m", "tests.store.process_work", role, str(number), str(seconds), str(self.folder))
        process = subprocess.Popen(
            [sys.executable, *args], cwd=ROOT, env=self.environment, stderr=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Kill what still runs, also after a failure: it would keep the machine busy for minutes."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def wait_for_batches(self) -> None:
        """Until every writer was answered once more than before."""
        before = [noted(self.folder, writer) for writer in range(WRITERS)]
        limit = time.monotonic() + _PATIENCE_S
        while any(noted(self.folder, writer) <= before[writer] for writer in range(WRITERS)):
            assert time.monotonic() < limit, "a writer does not get on"
            time.sleep(0.02)

    def check(self) -> None:
        """Everything answered is there; beyond it at most the one batch that was under way."""
        self.run("manage.py", "verify")
        for writer in range(WRITERS):
            answered = noted(self.folder, writer)
            assert answered > 0
            ids = series_of(writer)
            found = json.loads(self.run("-c", CHECK, json.dumps(ids)))
            for times, values in found:
                mine = {t: v for t, v in zip(times, values, strict=True) if t % WRITERS == writer}
                assert len(times) == len(set(times))
                wanted = {time_of(writer, batch): batch for batch in range(answered)}
                assert wanted.items() <= mine.items()
                assert mine.items() - wanted.items() <= {(time_of(writer, answered), answered)}


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    store = Store(tmp_path, url)
    if url:
        # The server outlives the test; its tables start empty.
        store.run("manage.py", "flush", "--skip-checks", "--no-input", "-v0")
    yield store
    store.end()


def test_writers_readers_and_a_compactor_at_once(store: Store):
    roles = [("write", 0), ("write", 1), ("read", 0), ("read", 1), ("compact", 0)]
    processes = [store.start(role, number, store.seconds) for role, number in roles]
    for (role, _), process in zip(roles, processes, strict=True):
        _, errors = process.communicate(timeout=_PATIENCE_S)
        assert process.returncode == 0, f"{role}: {errors}"
    store.check()


def test_killed_at_any_moment(store: Store):
    rng = random.Random(4711)
    roles = [("write", 0), ("write", 1), ("compact", 0)]
    processes = {role: store.start(*role, 300) for role in roles}
    for _ in range(store.kills):
        # On a busy machine a process may take seconds to start; one that has not begun is not worth killing.
        store.wait_for_batches()
        time.sleep(rng.uniform(0.0, 0.6))
        role = rng.choice(roles)
        processes[role].kill()
        processes[role].communicate()
        processes[role] = store.start(*role, 300)
    store.end()
    store.check()
    store.run("manage.py", "compact")
    store.check()
