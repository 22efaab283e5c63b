"""Who works on a task: at most one process, for as long as it says that it is still there."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q

from apps.tasks.models import Task
from apps.tasks.outputs import Noted, noting

__all__ = ["Hold", "LeaseLost", "free_to_claim", "holder_name", "lease_ns", "leased", "try_lease"]

logger = logging.getLogger("tsweb.tasks")

_NS_PER_S = 1_000_000_000
#: How far clocks of workers may be apart, and how long one may take from reading its clock to its claim.
_CLOCKS_APART_NS = 60 * _NS_PER_S


class LeaseLost(RuntimeError):
    """Somebody else has the task now, or it was changed or deleted: stop without writing."""


@dataclass(frozen=True)
class Hold:
    """The right to write for a task, while it lasts.

    Calling it before each write raises LeaseLost when the task is no longer held or has another definition.
    ``noted`` takes down which series hold points of the task in which stretch, once these are stored.
    """

    task: Task
    holder: str
    noted: Noted = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "noted", noting(self.task))

    def __call__(self) -> None:
        _check(self.task, self.holder)


def lease_ns() -> int:
    """How long a worker is believed to be alive after its last sign of life."""
    return int(settings.TSWEB_TASK_LEASE_SECONDS) * _NS_PER_S


def holder_name() -> str:
    """A name for a worker that no other has, on any machine."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def free_to_claim(now_ns: int) -> Q:
    """Tasks that nobody works on. A lease beyond any given now is from before the clock went back.

    One that another worker was given a moment ago is not: it lies beyond what was now the moment before.
    """
    beyond_ns = now_ns + lease_ns() + _CLOCKS_APART_NS
    return Q(lease_until_ns__lte=now_ns) | Q(lease_until_ns__gt=beyond_ns)


def try_lease(task_id: int, holder: str, now_ns: int, **conditions: object) -> bool:
    """Take a task, if it is free and the conditions hold; one statement, so that one of several gets it."""
    free = Task.objects.filter(free_to_claim(now_ns), pk=task_id, **conditions)
    return bool(
        free.update(
            holder=holder, lease_until_ns=now_ns + lease_ns(), host=socket.gethostname()[:255]
        )
    )


@contextmanager
def leased(task: Task, holder: str) -> Iterator[Hold]:
    """Keep a task that was taken until the end of the block.

    A thread gives signs of life meanwhile, since one query may take long.
    """
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(task, holder, done), daemon=True)
    keeper.start()
    try:
        yield Hold(task, holder)
    finally:
        done.set()
        keeper.join()
        Task.objects.filter(pk=task.pk, holder=holder).update(holder="", lease_until_ns=0)


# --- Inside ---


def _renew(task: Task, holder: str) -> bool:
    until_ns = time.time_ns() + lease_ns()
    return bool(Task.objects.filter(pk=task.pk, holder=holder).update(lease_until_ns=until_ns))


def _check(task: Task, holder: str) -> None:
    if not Task.objects.filter(pk=task.pk, holder=holder, revision=task.revision).exists():
        raise LeaseLost(f"task {task.pk} is not held by {holder} any more")


def _keep(task: Task, holder: str, done: threading.Event) -> None:
    try:
        while not done.wait(lease_ns() / 3 / _NS_PER_S):
            try:
                if not _renew(task, holder):
                    return
            except DatabaseError:
                # Locked for a while, or away: the next try may do. Without one, another worker takes over.
                logger.warning("could not renew the lease of task %s", task.pk, exc_info=True)
    finally:
        connection.close()
