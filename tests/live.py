"""A real server for tests: started on loopback with its own data directory, ended by the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Limits for what would never end otherwise; none is a measure of speed.
START_LIMIT_S = 300.0
STOP_LIMIT_S = 60.0
PORT_ATTEMPTS = 5


@dataclass(frozen=True)
class LiveServer:
    """A running server: its address, data directory and administrator, and the process to signal."""

    url: str
    data_dir: Path
    process: subprocess.Popen
    user: str = "admin"
    password: str = "correct-horse-battery"


class PortTaken(RuntimeError):
    """Another program took the port between its choice and its use."""


def free_port() -> int:
    """A port nobody listens on just now; who starts a server on it is ready to choose another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """The surroundings of a server or command of its own: nothing inherited but the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TSWEB_", "DJANGO_"))}
    return {
        **kept,
        "TSWEB_DATA_DIR": str(data_dir),
        "TSWEB_ADMIN_PASSWORD": LiveServer.password,
        "TSWEB_WORKERS": "2",
        **variables,
    }


@contextmanager
def live_server(data_dir: Path, **variables: str) -> Iterator[LiveServer]:
    """Start ``python -m tsweb.serve`` as ``make run`` does, yield when ready, end it with SIGTERM."""
    server = _started(data_dir, variables)
    try:
        yield server
    finally:
        _stopped(server.process)


def _started(data_dir: Path, variables: dict[str, str]) -> LiveServer:
    data_dir.mkdir(parents=True, exist_ok=True)
    for _ in range(PORT_ATTEMPTS):
        port = free_port()
        log_path = data_dir / f"server-{port}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tsweb.serve"],
                cwd=ROOT,
                env=environment(data_dir, TSWEB_PORT=str(port), **variables),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}", log_path)
        except PortTaken:
            continue
        except BaseException:
            _stopped(process)
            raise
        return LiveServer(f"http://127.0.0.1:{port}", data_dir, process)
    raise RuntimeError(f"no free port in {PORT_ATTEMPTS} attempts")


def _stopped(process: subprocess.Popen) -> None:
    """Ended with SIGTERM; one that does not obey is killed, and that is a fault."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def wait_until_ready(process: subprocess.Popen, url: str, log_path: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log_path.read_text()
            fault = PortTaken if "is in use by another program" in said else RuntimeError
            raise fault(f"the server ended at once:\n{said}")
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the server was not ready in {START_LIMIT_S:g} s:\n{log_path.read_text()}")
