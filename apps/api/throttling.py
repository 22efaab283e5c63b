"""Failed sign-ins are counted and slowed down, without ever locking out a credential that works.

Counted in memory, per process, for each pair of user name and address. Nobody is made to wait inside a
thread: who goes too fast gets 429 and a time to come back. What an attacker can't do is to use up
somebody else's attempts: while a name is under attack, unknown passwords are still verified, one at a
time for each process, and credentials known to work are not slowed at all.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["FailedAttempts"]

WINDOW_S = 60.0
#: Different wrong passwords for one name from one address in a window before it is slowed.
DISTINCT_LIMIT = 10
#: The same wrong password again costs nothing to refuse (a client with an old setting): more of those.
REPEATED_LIMIT = 60
RETRY_AFTER_S = 2
MAX_PAIRS = 20_000


@dataclass(slots=True)
class _Count:
    since_s: float
    distinct: int = 0
    repeated: int = 0


@dataclass
class FailedAttempts:
    """Counts of failures by (name, address), the oldest forgotten first; safe for threads."""

    clock: Callable[[], float] = time.monotonic
    total: int = 0
    _counts: OrderedDict[tuple[str, str], _Count] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _suspicious: threading.Lock = field(default_factory=threading.Lock)

    def record(self, name: str, address: str, *, repeated: bool = False) -> None:
        """One more failure."""
        with self._lock:
            self.total += 1
            count = self._current(name, address)
            if count is None:
                count = self._counts[(name, address)] = _Count(self.clock())
                while len(self._counts) > MAX_PAIRS:
                    self._counts.popitem(last=False)
            if repeated:
                count.repeated += 1
            else:
                count.distinct += 1

    def is_slowed(self, name: str, address: str) -> bool:
        """Whether failures of this pair are answered with "come back later"."""
        with self._lock:
            count = self._current(name, address)
        return count is not None and (count.distinct >= DISTINCT_LIMIT or count.repeated >= REPEATED_LIMIT)

    def forget(self, name: str, address: str) -> None:
        """After a success: its owner mistyped, that was all."""
        with self._lock:
            self._counts.pop((name, address), None)

    @contextmanager
    def verification(self, name: str, address: str) -> Iterator[bool]:
        """Whether a password may be verified now; holds the one place for slowed pairs meanwhile."""
        if not self.is_slowed(name, address):
            yield True
            return
        if not self._suspicious.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            self._suspicious.release()

    def _current(self, name: str, address: str) -> _Count | None:
        count = self._counts.get((name, address))
        if count is not None and self.clock() - count.since_s > WINDOW_S:
            del self._counts[(name, address)]
            return None
        return count
