"""The real server: ready, gone on SIGTERM, patient with slow clients, silent about itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.live import ROOT, STOP_LIMIT_S, environment, live_server

# Far above what a busy machine takes, far below what a broken server would.
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def children_when(pid: int, without: int | None = None) -> list[int]:
    """The processes of a server once there are three of them, a certain one not among them."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = children_of(pid)
        if len(found) == 3 and without not in found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not two web processes and the task worker: {children_of(pid)}")


@pytest.mark.xdist_group("serving")
def test_sigterm_ends_server_and_worker(data_dir: Path) -> None:
    with live_server(data_dir) as server:
        started = children_when(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=STOP_LIMIT_S) == 0
        assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.xdist_group("serving")
def test_a_dead_web_process_is_replaced(data_dir: Path) -> None:
    with live_server(data_dir) as server:
        victim = children_when(server.process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        assert victim not in children_when(server.process.pid, without=victim)


@pytest.mark.xdist_group("serving")
def test_slow_clients_keep_nobody_waiting(data_dir: Path) -> None:
    with live_server(data_dir) as server:
        port = int(server.url.rsplit(":", 1)[1])
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(24)]
        try:
            for connection in slow:
                connection.sendall(b"POST /api/v1/series/query HTTP/1.1\r\nHost: 127.0.0.1\r\nX")
            waits = []
            for _ in range(10):
                for connection in slow:
                    connection.sendall(b"a")
                before = time.monotonic()
                with urllib.request.urlopen(f"{server.url}/health/ready", timeout=PATIENCE_S) as answer:
                    assert answer.status == 200
                waits.append(time.monotonic() - before)
            # Not a measure of speed: without protection each of these waits would last for minutes.
            assert max(waits) < 30
        finally:
            for connection in slow:
                connection.close()


@pytest.mark.xdist_group("serving")
def test_answers_carry_no_trace_and_foreign_hosts_are_refused(data_dir: Path) -> None:
    with live_server(data_dir) as server:
        request = urllib.request.Request(f"{server.url}/api/v1/metrics", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=PATIENCE_S)
        assert refused.value.code == 400
        assert "error" in json.loads(refused.value.read())
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{server.url}/api/v1/no-such-thing", timeout=PATIENCE_S)
        assert missing.value.code == 404
        body = missing.value.read().decode()
        assert "error" in json.loads(body)
        assert "Traceback" not in body
        assert "waitress" not in str(missing.value.headers).lower()


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tsweb.serve"],
            cwd=ROOT,
            env=environment(tmp_path, TSWEB_PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "is in use by another program" in done.stderr
    assert "Traceback" not in done.stderr
