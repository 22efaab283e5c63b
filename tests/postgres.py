"""A throw-away PostgreSQL from Debian's binaries: on loopback, in a temporary folder, ended by the tests."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["NEEDS_PACKAGE", "find_binaries", "postgres_url", "throwaway_postgres"]

NEEDS_PACKAGE = "no PostgreSQL server here: apt-get install postgresql"
_START_LIMIT_S = 300.0
_PORT_ATTEMPTS = 5


def find_binaries() -> Path | None:
    """The folder of the newest installed server, None when there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], default=None)


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """A running server; yields its database URL. It refuses to run as root, so then it is `postgres`."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError(NEEDS_PACKAGE)
    # None means: as whoever runs the tests.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tsweb-pg-"))
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user, "cwd": folder}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        **quiet,
    )
    server = None
    try:
        # Another program may take the port between its choice and its use.
        for _ in range(_PORT_ATTEMPTS):
            port = _free_port()
            server = _start(binaries, folder, port, quiet)
            if _is_ready(binaries, folder, port, server):
                break
        else:
            raise RuntimeError("the throw-away PostgreSQL did not start")
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server for this test session; skips, naming the package, when there is no server."""
    if find_binaries() is None:
        pytest.skip(NEEDS_PACKAGE)
    with throwaway_postgres() as url:
        yield url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(binaries: Path, folder: Path, port: int, quiet: dict[str, Any]) -> subprocess.Popen:
    return subprocess.Popen(
        [
            binaries / "postgres",
            *("-D", folder / "data"),
            *("-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1"),
            *("-c", f"unix_socket_directories={folder}"),
            # Clients are killed here, never the server: what it has not synced is not at stake.
            *("-c", "fsync=off"),
        ],
        **quiet,
    )


def _stop(server: subprocess.Popen) -> None:
    # Fast shutdown: what tests left connected does not hold it up.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _is_ready(binaries: Path, folder: Path, port: int, server: subprocess.Popen) -> bool:
    """Whether the server answers, at last; False when it ended instead."""
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        ready = subprocess.run(
            [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"], cwd=folder, check=False
        )
        if server.poll() is not None:
            return False
        if ready.returncode == 0:
            return True
        time.sleep(0.1)
    _stop(server)
    return False
