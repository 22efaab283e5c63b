"""A throw-away PostgreSQL from Debian's binaries: on loopback, in a temporary folder, ended by the tests."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["NEEDS_PACKAGE", "find_binaries", "postgres_url", "throwaway_postgres"]

NEEDS_PACKAGE = "no PostgreSQL server here: apt-get install postgresql"
_START_LIMIT_S = 60.0


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
    port = _free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user, "cwd": folder}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        **quiet,
    )
    server = subprocess.Popen(
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
    try:
        _wait_until_ready(binaries, folder, port, server)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
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


def _wait_until_ready(binaries: Path, folder: Path, port: int, server: subprocess.Popen) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        ready = subprocess.run(
            [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"], cwd=folder, check=False
        )
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the throw-away PostgreSQL did not start")
