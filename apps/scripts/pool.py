"""The children that run scripts, and what a query may use of them."""

from __future__ import annotations

import atexit
import logging
import threading
from dataclasses import dataclass, field

import numpy as np

from apps.algebra.scripting import ScriptRole
from apps.errors import ExecutionFault, SyntaxFault
from apps.scripts import wire
from apps.scripts.process import Child, ChildGone, Late

__all__ = ["ScriptLimits", "ScriptPool", "ScriptSession"]

logger = logging.getLogger("tsweb.scripts")

_ROLES: dict[ScriptRole, int] = {
    "filter": wire.FILTER,
    "function": wire.FUNCTION,
    "range": wire.RANGE,
    "array": wire.ARRAY,
    "regression": wire.REGRESSION,
}
#: Points that go over at a time; a larger range goes as a whole.
_BATCH_POINTS = 65_536
_MOST_RANGE_POINTS = 4_000_000
#: Bytes that a point takes in the child at most: as columns, as text on the way into the engine, as result.
_BYTES_PER_POINT = 64
_CLOSE_SECONDS = 1.0
#: How long one more waits for a child when enough are waiting already.
_CROWDED_SECONDS = 1.0
#: A child is replaced after so many questions, however well it is.
_MOST_QUESTIONS = 1000


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """What scripts may use.

    ``seconds``       CPU time of all scripts of one query.
    ``memory_bytes``  what a script may allocate beside the points it is given.
    ``max_batch``     points of a range that may be given as an array.
    ``children``      processes at a time; ``idle`` of them stay when nobody needs them.
    ``waiting``       queries that may wait for a child: who waits holds a thread that serves others too.
    """

    seconds: float = 5.0
    memory_bytes: int = 64 * 2**20
    max_batch: int = 1000
    children: int = 4
    idle: int = 2
    waiting: int = 8


class ScriptPool:
    """Children to borrow one at a time; implements the algebra's port for scripts.

    No state goes from one query to the next: each group gets a fresh engine, and a child that failed in any
    way is gone.
    """

    def __init__(self, limits: ScriptLimits | None = None) -> None:
        self.limits = limits or ScriptLimits()
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(self.limits.children)
        self._waiting = 0
        self._closed = False
        atexit.register(self.close)

    @property
    def patience_seconds(self) -> float:
        """How long to wait for an answer; CPU time is what counts, so a busy machine is given time."""
        return 10 + 6 * self.limits.seconds

    def session(self) -> ScriptSession:
        """The scripts of one query; to be closed."""
        return ScriptSession(self)

    def check(self, script: str, role: ScriptRole) -> None:
        """Raise SyntaxFault, its message ``<eval>:LINE:COLUMN TEXT``, unless the script parses."""
        with self.session() as session:
            session.check(script, role)

    def borrow(self) -> Child:
        """A child of one's own until it is given back; ExecutionFault when none becomes free."""
        if not self._has_place():
            raise ExecutionFault("Script execution failed, all script processes are busy")
        try:
            while True:
                with self._lock:
                    child = self._idle.pop() if self._idle else None
                if child is None:
                    break
                if child.is_alive:
                    return child
                # Somebody ended it while it had nothing to do.
                child.kill()
            data_bytes = _MOST_RANGE_POINTS * _BYTES_PER_POINT
            return Child(self.limits.memory_bytes + data_bytes)
        except OSError as error:
            self._places.release()
            raise ExecutionFault("Script execution failed, the script process did not start") from error
        except BaseException:
            self._places.release()
            raise

    def _has_place(self) -> bool:
        """Take a place for a child, after a while if there is none now; False if there is none then."""
        if self._places.acquire(blocking=False):
            return True
        with self._lock:
            is_crowded = self._waiting >= self.limits.waiting
            self._waiting += not is_crowded
        if is_crowded:
            return self._places.acquire(timeout=_CROWDED_SECONDS)
        try:
            # Those in front may take as long as scripts may.
            rounds = -(-self.limits.waiting // self.limits.children)
            return self._places.acquire(timeout=rounds * self.patience_seconds)
        finally:
            with self._lock:
                self._waiting -= 1

    def give_back(self, child: Child, *, sound: bool) -> None:
        """Take a child back; it is kept for the next query if it is sound and not too many are idle."""
        try:
            with self._lock:
                fit = sound and child.questions < _MOST_QUESTIONS and len(self._idle) < self.limits.idle
                if fit and not self._closed:
                    self._idle.append(child)
                    return
            child.kill()
        finally:
            self._places.release()

    def close(self) -> None:
        """End all idle children; those at work end when they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.kill()
        atexit.unregister(self.close)


@dataclass
class ScriptSession:
    """One query's scripts: a child from the first need to the end, and what is left of the time."""

    pool: ScriptPool
    _child: Child | None = field(default=None, init=False)
    used_seconds: float = field(default=0.0, init=False)

    def __enter__(self) -> ScriptSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the child forget what it was given, and give it back."""
        if self._child is None:
            return
        try:
            self._ask(wire.CLOSE, "function", [], seconds=_CLOSE_SECONDS)
        except ExecutionFault:
            # The child is gone already; what the query computed is not in doubt.
            return
        self._return(sound=True)

    def _return(self, *, sound: bool) -> None:
        child, self._child = self._child, None
        if child is not None:
            self.pool.give_back(child, sound=sound)

    def check(self, script: str, role: ScriptRole) -> None:
        """Raise SyntaxFault unless the script parses; it is not run."""
        self._ask(wire.CHECK, role, [_encoded(script)])

    def points(self, script: str, role: ScriptRole, times_ms: np.ndarray, values: np.ndarray) -> np.ndarray:
        """What a script makes of each point, as float64 (1 and 0 of a filter), in a fresh environment."""
        self._ask(wire.OPEN, role, [_encoded(script)])
        parts = []
        for at in range(0, len(values), _BATCH_POINTS):
            piece = slice(at, at + _BATCH_POINTS)
            columns = [_doubles(times_ms[piece]), _doubles(values[piece])]
            parts.append(self._run(role, columns, len(columns[1]) // 8))
        return np.concatenate(parts) if parts else np.empty(0)

    def ranges(
        self,
        script: str,
        role: ScriptRole,
        times_ms: np.ndarray,
        values: np.ndarray,
        whole: np.ndarray,
        lo: np.ndarray,
        hi: np.ndarray,
    ) -> np.ndarray:
        """What a script makes of each range ``[lo, hi)`` of the points, in a fresh environment.

        ``whole`` marks points of type long. Ranges are not empty and follow one another.
        """
        self._ask(wire.OPEN, role, [_encoded(script)])
        parts, at = [], 0
        while at < len(lo):
            first = int(lo[at])
            end = max(at + 1, int(np.searchsorted(hi, first + _BATCH_POINTS, side="right")))
            last = int(hi[end - 1])
            if last - first > _MOST_RANGE_POINTS:
                raise self._fault(wire.MEMORY, role)
            bounds = np.stack([lo[at:end] - first, hi[at:end] - first], axis=1)
            columns = [
                _doubles(times_ms[first:last]),
                _doubles(values[first:last]),
                np.ascontiguousarray(whole[first:last], np.uint8).tobytes(),
                np.ascontiguousarray(bounds, np.uint32).tobytes(),
            ]
            parts.append(self._run(role, columns, end - at))
            at = end
        return np.concatenate(parts) if parts else np.empty(0)

    def _run(self, role: ScriptRole, columns: list[bytes], results: int) -> np.ndarray:
        found = self._ask(wire.RUN, role, columns, expected_bytes=8 * results)
        if len(found) != 8 * results:
            raise self._fault(wire.THREW, role)
        return np.frombuffer(found, np.float64)

    def _ask(
        self,
        operation: int,
        role: ScriptRole,
        columns: list[bytes],
        *,
        seconds: float | None = None,
        expected_bytes: int = 0,
    ) -> bytes:
        limits = self.pool.limits
        left = limits.seconds - self.used_seconds if seconds is None else seconds
        if left <= 0:
            raise self._fault(wire.TIME, role)
        if self._child is None:
            self._child = self.pool.borrow()
        try:
            code, used, payload = self._child.ask(
                operation,
                _ROLES[role],
                seconds=left,
                patience_seconds=self.pool.patience_seconds,
                memory_bytes=limits.memory_bytes,
                most_points=limits.max_batch,
                columns=columns,
                expected_bytes=expected_bytes,
            )
        except BaseException as error:
            self._return(sound=False)
            if isinstance(error, Late):
                raise self._fault(wire.TIME, role) from error
            if isinstance(error, ChildGone):
                logger.warning("a script process failed: %s", error)
                raise self._fault(wire.THREW, role) from error
            raise
        self.used_seconds += used
        if code == wire.SYNTAX:
            raise _syntax_fault(payload)
        if code != wire.OK:
            if code in (wire.TIME, wire.MEMORY):
                self._return(sound=False)
            raise self._fault(code, role)
        return payload

    def _fault(self, code: int, role: ScriptRole) -> ExecutionFault:
        """The error of a code in the words of the document."""
        limits = self.pool.limits
        if code in wire.BAD_TYPES:
            wanted = "boolean" if role == "filter" else "number"
            return ExecutionFault(f"Script result should be {wanted}, got {wire.BAD_TYPES[code]}")
        texts = {
            wire.NOT_FINITE: "Script result is not a number",
            wire.TIME: f"Script execution exceeded the time limit of {limits.seconds:g} seconds",
            wire.MEMORY: "Script execution exceeded the memory limit",
            wire.TOO_MANY: "Number of points in aggregation range exceeds configured limit of "
            f"{limits.max_batch}",
        }
        return ExecutionFault(texts.get(code, "Error during script execution, please check the syntax"))


def _doubles(column: np.ndarray) -> bytes:
    return np.ascontiguousarray(column, np.float64).tobytes()


def _encoded(script: str) -> bytes:
    """The script as bytes; characters that no source text may hold are a syntax error at their place."""
    for at, character in enumerate(script):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            line = script.count("\n", 0, at) + 1
            column = at - (script.rfind("\n", 0, at) + 1) + 1
            raise _located(line, column, "Illegal character")
    return script.encode()


def _located(line: int, column: int, text: str) -> SyntaxFault:
    return SyntaxFault(f"<eval>:{line}:{column} {text}", data={"line": line, "column": column})


def _syntax_fault(payload: bytes) -> SyntaxFault:
    line, column, text = payload.decode(errors="replace").split(":", 2)
    return _located(int(line), int(column), text)
