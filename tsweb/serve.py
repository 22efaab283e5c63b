"""What ``make run`` starts: prepare the data directory, then serve until SIGTERM.

One supervisor process holds the listening socket and looks after its children: several web processes
(Waitress, which reads requests and buffers answers in one loop, so a slow client never holds a thread) and
one task worker. A child that dies is started again; SIGTERM or SIGINT ends all of them.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

STOP_GRACE_S = 8.0
RESTART_PAUSE_S = 1.0
_ENDING = (signal.SIGTERM, signal.SIGINT)
#: More than scripts may hold at work and waiting, so that what needs no script is answered meanwhile.
WEB_THREADS = 16
#: Names of glibc's <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
OUTPUT_IN_MEMORY_BYTES = 128 * 2**20


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsweb.settings")
    django.setup()
    try:
        listener = listen(settings.TSWEB_HOST, settings.TSWEB_PORT)
    except OSError as error:
        reason = "is in use by another program" if error.errno == errno.EADDRINUSE else str(error)
        print(
            f"tsweb: {settings.TSWEB_HOST}:{settings.TSWEB_PORT} {reason}; "
            "choose another with TSWEB_HOST and TSWEB_PORT",
            file=sys.stderr,
        )
        return 1
    prepare()
    keep_freed_memory()
    return Supervisor(listener).run()


def listen(host: str, port: int) -> socket.socket:
    """The listening socket that all web processes share."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), port))
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


# --- Preparing --------------------------------------------------------------------------------------------


def prepare() -> None:
    """Bring database, static files, first administrator and examples up to date; quick when they are."""
    for alias in connections:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    collect_static()
    make_administrator()
    if settings.TSWEB_EXAMPLES:
        call_command("load_examples", if_empty=True)


def collect_static() -> None:
    """Collect and compress static files, unless nothing has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    print("tsweb: preparing static files", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = os.stat(storage.path(name))
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_administrator() -> None:
    """Make the first administrator when there is none; a random password is printed once."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return
    password = settings.TSWEB_ADMIN_PASSWORD or secrets.token_urlsafe(12)
    users.create_superuser(settings.TSWEB_ADMIN_USER, password=password)
    if not settings.TSWEB_ADMIN_PASSWORD:
        print(
            f"tsweb: made the administrator {settings.TSWEB_ADMIN_USER!r} "
            f"with the password {password} (shown only now)",
            flush=True,
        )


def check_urls() -> None:
    """Import all views by resolving the address of the readiness check."""
    from django.urls import resolve

    resolve("/health/ready")


def keep_freed_memory() -> None:
    """Tell glibc to keep large freed blocks for the next request instead of returning them to the system.

    Columns of a million samples are 8 MB. By default each is mapped afresh, page by page, which costs more
    than computing on it: a rate and hourly means over 1 M samples take 19 ms so, and 12 ms with this. And
    what one thread freed is of use to the others: with a pool for each, the rate of 1 M samples as JSON takes
    190 ms in a thread that has not answered such a query yet, and 95 ms with few pools. Other C libraries
    have no ``mallopt``; there nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(M_MMAP_THRESHOLD, 32 * 2**20)
    mallopt(M_TRIM_THRESHOLD, 512 * 2**20)
    mallopt(M_ARENA_MAX, 4)


# --- Serving ----------------------------------------------------------------------------------------------


class Supervisor:
    """Starts the children, starts again those that die, and ends them all."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.children: dict[int, Callable[[], None]] = {}
        self.stopping = False

    def run(self) -> int:
        for signal_number in _ENDING:
            signal.signal(signal_number, self._stop)
        # Load every view before forking: a broken one is told once and at once, and children share memory.
        check_urls()
        # Children inherit no open database connection: SQLite and libpq both forbid it.
        connections.close_all()
        for _ in range(max(1, settings.TSWEB_WORKERS)):
            self._start(self._serve_web)
        self._start(_work)
        host, port = self.listener.getsockname()[:2]
        print(f"tsweb: serving at http://{_readable(host)}:{port}/", flush=True)
        while not self.stopping:
            self._wait_for_child()
        return self._end_children()

    def _stop(self, *_: object) -> None:
        self.stopping = True
        for child in list(self.children):
            _send(child, signal.SIGTERM)

    def _start(self, body: Callable[[], None]) -> None:
        # A signal in between would be handled by the child as if it were the supervisor, and lost on it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        child = os.fork()
        if child:
            self.children[child] = body
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            return
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, _exit_now)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            body()
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _serve_web(self) -> None:
        import waitress

        from tsweb import body_limit
        from tsweb.wsgi import application

        body_limit.install()
        waitress.serve(
            application,
            sockets=[self.listener],
            threads=WEB_THREADS,
            connection_limit=1000,
            channel_timeout=120,
            # Answers of many megabytes stay in memory; a temporary file makes them half as slow again.
            outbuf_overflow=OUTPUT_IN_MEMORY_BYTES,
            outbuf_high_watermark=OUTPUT_IN_MEMORY_BYTES // 2,
            # The first size that is refused.
            max_request_body_size=settings.TSWEB_MAX_BODY_BYTES + 1,
            ident=None,
            clear_untrusted_proxy_headers=False,
            _quiet=True,
        )

    def _wait_for_child(self) -> None:
        """Block until a child ends or a signal comes; start a child again that ended by itself."""
        try:
            child, status = os.wait()
        except (InterruptedError, ChildProcessError):
            return
        body = self.children.pop(child, None)
        if body is None or self.stopping:
            return
        print(f"tsweb: a process ended with status {status}; starting it again", file=sys.stderr)
        time.sleep(RESTART_PAUSE_S)
        if not self.stopping:
            self._start(body)

    def _end_children(self) -> int:
        self.listener.close()
        for child in self.children:
            _send(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_GRACE_S
        while self.children and time.monotonic() < deadline:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if child:
                self.children.pop(child, None)
            else:
                time.sleep(0.05)
        for child in self.children:
            _send(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return 0


def _work() -> None:
    from apps.tasks.worker import work

    work()


def _exit_now(*_: object) -> None:
    raise SystemExit(0)


def _send(child: int, signal_number: int) -> None:
    try:
        os.kill(child, signal_number)
    except ProcessLookupError:
        return


def _readable(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    sys.exit(main())
