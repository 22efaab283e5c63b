"""The child processes themselves: what they hold, how they end, what the parent makes of a strange one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.errors import ExecutionFault
from apps.scripts import process
from apps.scripts.pool import ScriptPool
from tests.scripts.conftest import Scripts
from tests.scripts.processes import children, is_gone, is_running

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "value + 1"


def wait_until(true: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def idle_child(pool: ScriptPool) -> int:
    """The one child of a fresh pool, which has answered something."""
    before = children()
    assert Scripts(pool).points(PLAIN) == [2, 3, 7, 11]
    (pid,) = children() - before
    return pid


def test_a_child_holds_nothing(pool_with: Callable[..., ScriptPool]) -> None:
    pid = idle_child(pool_with())
    assert Path(f"/proc/{pid}/environ").read_bytes() == b"TZ=UTC\0"
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    # Two pipes, what is written to nowhere, and its own account of memory.
    held = {os.readlink(f"/proc/{pid}/fd/{one}").split(":")[0] for one in os.listdir(f"/proc/{pid}/fd")}
    assert held == {"pipe", "/dev/null", f"/proc/{pid}/status"}
    limits = {
        line[:25].strip(): line[25:].split()[:2]
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
    }
    for name in ("Max core file size", "Max open files", "Max processes", "Max file size"):
        assert limits[name] == ["0", "0"], name
    assert int(limits["Max address space"][0]) < 2**30
    assert len(os.listdir(f"/proc/{pid}/task")) == 1


def test_a_child_is_used_again_and_replaced_at_times(
    pool_with: Callable[..., ScriptPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pool_with()
    pid, others = idle_child(pool), children()
    assert Scripts(pool).points(PLAIN) == [2, 3, 7, 11]
    assert children() == others
    monkeypatch.setattr("apps.scripts.pool._MOST_QUESTIONS", 2)
    Scripts(pool).points(PLAIN)
    assert is_gone(pid)


def test_a_child_ended_from_outside_is_replaced(pool_with: Callable[..., ScriptPool]) -> None:
    pool = pool_with()
    pid = idle_child(pool)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not is_running(pid))
    assert Scripts(pool).points(PLAIN) == [2, 3, 7, 11]
    assert is_gone(pid)


def test_a_child_ended_at_work_is_an_error_of_that_query(pool_with: Callable[..., ScriptPool]) -> None:
    pool = pool_with(seconds=60)
    pid = idle_child(pool)
    killer = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(ExecutionFault, match="Error during script execution"):
        Scripts(pool).points("while (true) {} return 1")
    killer.join()
    assert is_gone(pid)
    assert Scripts(pool).points(PLAIN) == [2, 3, 7, 11]


PARENT = """
import sys, threading
import numpy as np
from apps.scripts.pool import ScriptLimits, ScriptPool
session = ScriptPool(ScriptLimits(seconds=2)).session()
session.points("value", "function", np.zeros(1), np.ones(1))
print(session._child.pid, flush=True)
if sys.argv[1] == "busy":
    session.points("while (true) {} return 1", "function", np.zeros(1), np.ones(1))
sys.stdin.read()
"""


@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_a_child_ends_with_its_parent(doing: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, doing], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.kill()
    assert wait_until(lambda: not is_running(pid))


def test_a_pool_that_is_closed_leaves_nothing(pool_with: Callable[..., ScriptPool]) -> None:
    pool = pool_with()
    pid = idle_child(pool)
    with pool.session() as session:
        session.check(PLAIN, "function")
        pool.close()
        assert is_running(pid)
    assert is_gone(pid)


def test_many_queries_share_few_children(pool_with: Callable[..., ScriptPool]) -> None:
    pool, before = pool_with(children=2, idle=1, seconds=30), children()
    results: list[list[float]] = []
    seen: list[int] = []

    def query(number: int) -> None:
        results.append(Scripts(pool).points(f"this.t = (this.t || {number}) + 1; return t - {number}"))
        seen.append(len(children() - before))

    threads = [threading.Thread(target=query, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[1, 2, 3, 4]] * 12
    assert max(seen) <= 2
    assert len(children() - before) == 1


def test_a_query_waits_for_a_child_only_so_long(
    pool_with: Callable[..., ScriptPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pool_with(children=1)
    monkeypatch.setattr(ScriptPool, "patience_seconds", 0.2)
    with pool.session() as session:
        monkeypatch.setattr(ScriptPool, "patience_seconds", 20)
        session.check(PLAIN, "function")
        monkeypatch.setattr(ScriptPool, "patience_seconds", 0.2)
        with pytest.raises(ExecutionFault, match="all script processes are busy"):
            pool.check(PLAIN, "function")
    monkeypatch.setattr(ScriptPool, "patience_seconds", 20)
    pool.check(PLAIN, "function")


def test_only_so_many_wait_for_a_child(
    pool_with: Callable[..., ScriptPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptPool, "patience_seconds", 60)
    monkeypatch.setattr("apps.scripts.pool._CROWDED_SECONDS", 0.1)
    pool = pool_with(children=1, waiting=2)
    ends: list[str] = []

    def check(name: str) -> None:
        try:
            pool.check(PLAIN, "function")
            ends.append(name)
        except ExecutionFault as fault:
            ends.append(f"{name}: {fault.message}")

    threads = [threading.Thread(target=check, args=(name,)) for name in ("first", "second")]
    with pool.session() as session:
        session.check(PLAIN, "function")
        for thread in threads:
            thread.start()
        assert wait_until(lambda: pool._waiting == 2)
        check("third")
        assert ends == ["third: Script execution failed, all script processes are busy"]
    for thread in threads:
        thread.join()
    assert sorted(ends[1:]) == ["first", "second"]
    assert pool._waiting == 0
    check("fourth")
    assert ends[-1] == "fourth"


STRANGE = {
    "answers too much": "os.write(1, struct.pack('<BdQ', 0, 0.0, 2**60)); time.sleep(60)",
    "answers too little": "os.write(1, struct.pack('<BdQ', 0, 0.0, 0))",
    "answers nonsense": "os.write(1, b'\\xff' * 10000); time.sleep(60)",
    "stops in the middle": "os.write(1, struct.pack('<BdQ', 0, 0.0, 8)[:9])",
    "closes its input": "os.close(0); time.sleep(60)",
    "ends at once": "",
    "is silent": "time.sleep(60)",
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_child_is_ended(
    pool_with: Callable[..., ScriptPool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    program = tmp_path / "child.py"
    program.write_text(f"import os, struct, time\n{STRANGE[name]}\n")
    monkeypatch.setattr(process, "_PROGRAM", program)
    monkeypatch.setattr(ScriptPool, "patience_seconds", 3)
    pool, before = pool_with(), children()
    with pytest.raises(ExecutionFault):
        Scripts(pool).points(PLAIN)
    pool.close()
    assert children() == before


def test_a_child_that_can_not_start_is_told(
    pool_with: Callable[..., ScriptPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pool_with(children=1)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/nowhere/python")
        for _ in range(2):
            with pytest.raises(ExecutionFault, match="the script process did not start"):
                pool.check(PLAIN, "function")
    pool.check(PLAIN, "function")
