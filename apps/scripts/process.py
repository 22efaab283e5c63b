"""One child process seen from the parent: started, asked, killed and reaped."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from apps.scripts import wire

__all__ = ["Child", "ChildGone", "Late"]

_PROGRAM = Path(__file__).with_name("child.py")
_MOST_TEXT = 4096


class ChildGone(Exception):
    """The child ended instead of answering, or answered what it can't have meant."""


class Late(Exception):
    """The child did not answer in time."""


def _library() -> str:
    """The folder of the engine's extension module."""
    found = importlib.util.find_spec("_quickjs")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the JavaScript engine is not installed: quickjs-ng")
    return str(Path(found.origin).parent)


class Child:
    """A running child. After an error of any kind it is dead and reaped."""

    def __init__(self, memory_bytes: int) -> None:
        # A new program, not a fork of this process and its threads; it inherits the ends of two pipes only.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROGRAM), _library(), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"TZ": "UTC"},
            cwd="/",
            close_fds=True,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self.questions = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(
        self,
        operation: int,
        role: int,
        *,
        seconds: float,
        patience_seconds: float,
        memory_bytes: int,
        most_points: int = 0,
        columns: Sequence[bytes | memoryview] = (),
        expected_bytes: int = 0,
    ) -> tuple[int, float, bytes]:
        """One question: the code of the answer, the CPU time used, and its bytes.

        ``seconds`` is the CPU time, ``patience_seconds`` how long to wait for the answer. Raises ChildGone
        and Late; an answer that is longer than ``expected_bytes`` counts as none.
        """
        self.questions += 1
        deadline = time.monotonic() + patience_seconds
        padded = [*columns, *([b""] * (4 - len(columns)))]
        head = wire.REQUEST.pack(
            operation, role, seconds, memory_bytes, most_points, *(len(column) for column in padded)
        )
        try:
            self._send([head, *padded], deadline)
            code, used, size = wire.ANSWER.unpack(self._receive(wire.ANSWER.size, deadline))
            most = _MOST_TEXT if code == wire.SYNTAX else expected_bytes if code == wire.OK else 0
            if size > most:
                raise ChildGone("the answer is too long")
            return code, used, self._receive(size, deadline)
        except ChildGone as error:
            status = self.kill()
            if status == -signal.SIGPROF:
                raise Late from error
            raise ChildGone(f"{error} (exit status {status})") from error
        except BaseException:
            self.kill()
            raise

    def _send(self, parts: Sequence[bytes | memoryview], deadline: float) -> None:
        for part in parts:
            view = memoryview(part).cast("B") if len(part) else memoryview(b"")
            while view:
                self._wait(self._in, select.POLLOUT, deadline)
                try:
                    view = view[os.write(self._in, view[: 2**20]) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise ChildGone("the child closed its input") from error

    def _receive(self, size: int, deadline: float) -> bytes:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._wait(self._out, select.POLLIN, deadline)
            try:
                count = os.readv(self._out, [view])
            except BlockingIOError:
                continue
            if count == 0:
                raise ChildGone("the child ended")
            view = view[count:]
        return bytes(data)

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(descriptor, event)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Late

    def kill(self) -> int:
        """End it at once and take its exit status, so that nothing of it remains; negative is a signal."""
        process = self._process
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        status = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return status
