"""The program of a child process: runs scripts until its parent closes the pipe.

It is started with an empty environment and isolated from the installation (``python -I -S``); only the
engine's extension module and the two files next to this one are loaded. Before the first script it gives up
files, sockets, processes and memory for good. A timer of the kernel ends it when the engine does not.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from binascii import a2b_base64, b2a_base64
from types import ModuleType

_PARAMETERS = {1: "value, timestamp", 2: "value, timestamp", 3: "values, valueArray", 4: "values, valueArray"}
_STACK_BYTES = 512 * 1024
#: The engine's own bookkeeping and the pieces in which columns enter and leave it.
_SPARE_BYTES = 8 * 2**20
#: The engine looks at the clock only between its instructions; long built-in functions are ended by a signal.
_GRACE_SECONDS = 0.5


def main(library: str, memory_bytes: int) -> None:
    """Load the engine, give everything else up, answer."""
    sys.path += [library, os.path.dirname(os.path.abspath(__file__))]
    # The extension itself: the package around it starts a thread for each child.
    import _quickjs
    import syntax
    import wire

    with open(os.path.join(sys.path[-1], "driver.js"), encoding="utf-8") as file:
        driver = file.read()
    # Stays open: no file can be opened later, and this one tells how much memory was used at most.
    status = os.open("/proc/self/status", os.O_RDONLY)
    _confine(memory_bytes)
    _Child(_quickjs, syntax, wire, driver, status).serve()


def _peak_bytes(status: int) -> int:
    """The most memory that this process has used so far."""
    (line,) = (line for line in os.pread(status, 4096, 0).splitlines() if line.startswith(b"VmHWM:"))
    return int(line.split()[1]) * 1024


def _confine(memory_bytes: int) -> None:
    with open("/proc/self/statm") as file:
        in_use = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, in_use + memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


class _Child:
    """Answers one question after the other; keeps at most one context, that of the group at hand."""

    def __init__(
        self, engine: ModuleType, syntax: ModuleType, wire: ModuleType, driver: str, status: int
    ) -> None:
        self.engine, self.syntax, self.wire, self.driver = engine, syntax, wire, driver
        self.status, self.at_rest = status, _peak_bytes(status)
        self.cpu = time.process_time
        self.context = self.call = None
        self.checked = ("", "")
        self.role = 0
        self.ends = 0.0
        self.in_use = 0

    def serve(self) -> None:
        request = self.wire.REQUEST
        while True:
            operation, role, seconds, memory, most, *lengths = request.unpack(_read(request.size))
            columns = [_read(length) for length in lengths]
            started = self.cpu()
            self.ends = started + seconds
            # Ends the process, whatever it is doing, by CPU time; the parent watches the wall clock.
            signal.setitimer(signal.ITIMER_PROF, seconds + _GRACE_SECONDS)
            try:
                code, payload = self.answer(operation, role, memory, most, columns)
            except self.engine.JSException as error:
                code, payload = self.fault(str(error)), b""
            except MemoryError:
                code, payload = self.wire.MEMORY, b""
            signal.setitimer(signal.ITIMER_PROF, 0)
            _write(self.wire.ANSWER.pack(code, self.cpu() - started, len(payload)) + payload)

    def answer(
        self, operation: int, role: int, memory: int, most: int, columns: list[bytes]
    ) -> tuple[int, bytes]:
        if operation == self.wire.RUN:
            return self.run(memory, most, columns)
        self.context = self.call = None
        if operation == self.wire.CLOSE:
            return self.wire.OK, b""
        script, parameters = columns[0].decode(), _PARAMETERS.get(role, "regression")
        *checks, text = self.syntax.wrapped(script, parameters)
        if (script, parameters) != self.checked:
            # The groups of a query run the same script one after the other.
            self.checked = ("", "")
            place = self.misplaced(script, checks, memory)
            if place is not None:
                return self.wire.SYNTAX, "{}:{}:{}".format(*place).encode()
            self.checked = (script, parameters)
        if operation == self.wire.OPEN:
            self.role = role
            self.renew(memory)
            self.call = self.context.eval(self.driver)
            self.limit(memory)
            self.call("use", self.context.eval(text))
        return self.wire.OK, b""

    def misplaced(self, script: str, checks: list[str], memory: int) -> tuple[int, int, str] | None:
        """Where the script does not parse, if so. What the checks declare stays in a context of their own."""
        self.renew(memory)
        for check in checks:
            self.limit(memory)
            try:
                self.context.eval(check)
            except self.engine.StackOverflow:
                return 1, 1, "Nested too deeply"
            except self.engine.JSException as error:
                told = str(error)
                if told.startswith("SyntaxError"):
                    return self.syntax.place_of(script, told)
                if told.split("\n", 1)[0] != "0":
                    raise
        self.context = None
        return None

    def renew(self, memory: int) -> None:
        """A context in which nothing has happened yet."""
        self.context = self.engine.Context()
        self.context.set_max_stack_size(_STACK_BYTES)
        self.limit(memory)

    def limit(self, memory: int) -> None:
        """What is left of the time for the next call into the engine, and its memory."""
        self.context.set_memory_limit(memory)
        self.context.set_time_limit(max(0.0, self.ends - self.cpu()))
        self.in_use = memory

    def run(self, memory: int, most: int, columns: list[bytes]) -> tuple[int, bytes]:
        times, bounds = columns[0], columns[3]
        results = len(bounds) // 8 if bounds else len(times) // 8
        call, piece = self.call, self.wire.UPLOAD_BYTES
        self.limit(memory + sum(len(column) for column in columns) + 8 * results + _SPARE_BYTES)
        call("make", float(len(times) // 8), float(len(bounds) // 8), float(results))
        for number, column in enumerate(columns):
            for at in range(0, len(column), piece):
                part = column[at : at + piece]
                text = b2a_base64(part, newline=False).decode()
                call("put", float(number), float(at), float(len(part)), text)
        self.limit(self.in_use)
        code = call("run", float(results), float(self.role), float(most))
        if code == self.wire.UNCLEAR:
            full = _peak_bytes(self.status) - self.at_rest > memory // 2
            code = self.wire.MEMORY if full else self.wire.THREW
        if code != self.wire.OK:
            return code, b""
        self.limit(self.in_use)
        size = 8 * results
        found = [call("take", float(at), float(min(piece, size - at))) for at in range(0, size, piece)]
        call("drop")
        return code, b"".join(a2b_base64(part) for part in found)

    def fault(self, told: str) -> int:
        if told.startswith("InternalError: interrupted"):
            return self.wire.TIME
        if self.cpu() >= self.ends:
            return self.wire.TIME
        # Where there is no memory left to describe the error either, it is null or has no text.
        full = told.startswith(("InternalError: out of memory", "InternalError: string too long"))
        full = full or told.startswith(("null\n", "(Failed obtaining"))
        return self.wire.MEMORY if full else self.wire.THREW


def _read(size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(0, [view])
        if count == 0:
            # The parent is gone, or wants no more.
            os._exit(0)
        view = view[count:]
    return bytes(data)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
