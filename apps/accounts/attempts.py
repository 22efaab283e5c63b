"""Failed sign-ins are counted and slowed down, without ever locking out a credential that works.

Counted in the database, for each pair of user name and address, so that every process and every way of
signing in (the API, the pages, the administration) sees the same count. Nobody is made to wait inside a
thread: who goes too fast gets an answer at once and a time to come back. What an attacker can't do is to use
up somebody else's attempts: while a name is under attack, unknown passwords are still verified, one at a
time for each process, and credentials known to work are not slowed at all.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import DatabaseError
from django.db.models import F, Sum

from apps.accounts.models import FailedSignIn

__all__ = ["DISTINCT_LIMIT", "REPEATED_LIMIT", "RETRY_AFTER_S", "FailedAttempts", "failures"]

WINDOW_S = 60.0
#: Different wrong passwords for one name from one address in a window before it is slowed.
DISTINCT_LIMIT = 10
#: The same wrong password again costs nothing to refuse (a client with an old setting): more of those.
REPEATED_LIMIT = 60
RETRY_AFTER_S = 2
MAX_PAIRS = 20_000


def _pair(name: str, address: str) -> str:
    encoded = name.encode("utf-8", "surrogatepass")
    message = len(encoded).to_bytes(4, "big") + encoded + address.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(message, digest_size=32).hexdigest()


def _shown(text: str, limit: int) -> str:
    """A text from outside in a form that every database keeps."""
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:limit])
    return printable.encode("utf-8", "replace").decode("utf-8")


@dataclass
class FailedAttempts:
    """Counts of failures by (name, address); the clock is the wall's, as processes share it."""

    clock: Callable[[], float] = time.time
    _suspicious: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        """Failures of all pairs of which something is kept."""
        sums = FailedSignIn.objects.aggregate(distinct=Sum("distinct"), repeated=Sum("repeated"))
        return (sums["distinct"] or 0) + (sums["repeated"] or 0)

    def record(self, name: str, address: str, *, repeated: bool = False) -> None:
        """One more failure."""
        counted = "repeated" if repeated else "distinct"
        pair, since_s = _pair(name, address), self.clock() - WINDOW_S
        current = FailedSignIn.objects.filter(pair=pair, since_s__gte=since_s)
        if current.update(**{counted: F(counted) + 1}):
            return
        self._forget_old(since_s)
        fresh = FailedSignIn(
            pair=pair,
            name=_shown(name, 150),
            address=_shown(address, 64),
            since_s=self.clock(),
            **{counted: 1},
        )
        FailedSignIn.objects.bulk_create([fresh], ignore_conflicts=True)

    def is_slowed(self, name: str, address: str) -> bool:
        """Whether failures of this pair are answered with "come back later"."""
        count = FailedSignIn.objects.filter(
            pair=_pair(name, address), since_s__gte=self.clock() - WINDOW_S
        ).first()
        return count is not None and (count.distinct >= DISTINCT_LIMIT or count.repeated >= REPEATED_LIMIT)

    def forget(self, name: str, address: str) -> None:
        """After a success: its owner mistyped, that was all."""
        found = FailedSignIn.objects.filter(pair=_pair(name, address))
        try:
            # Looking first: most successes have nothing to forget, and writing takes the one write lock.
            if found.exists():
                found.delete()
        except DatabaseError:
            # A right credential works also when the database takes no writes; the window ends by itself.
            return

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

    def _forget_old(self, since_s: float) -> None:
        """Before a new pair is counted: windows that have ended, and the oldest of too many pairs."""
        FailedSignIn.objects.filter(since_s__lt=since_s).delete()
        oldest = FailedSignIn.objects.order_by("-since_s").values_list("since_s", flat=True)
        if len(crowd := oldest[MAX_PAIRS - 1 : MAX_PAIRS]):
            FailedSignIn.objects.filter(since_s__lte=crowd[0]).delete()


failures = FailedAttempts()
