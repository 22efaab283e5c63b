"""The task worker: a process beside the web processes, for work that nobody waits for.

It runs the tasks that are due and looks after the sample store (compaction, checkpoints, retention). It holds
no state: it may be killed at any time and several may run, since each piece of work claims what it needs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import close_old_connections

from apps.store.maintenance import run_maintenance
from apps.tasks.leases import holder_name
from apps.tasks.runner import next_due_ns, run_one

__all__ = ["work"]

PAUSE_S = 2.0
_NS_PER_S = 1_000_000_000
logger = logging.getLogger("tsweb.worker")


def work(
    *,
    pause_s: float = PAUSE_S,
    sleep: Callable[[float], None] = time.sleep,
    now_ns: Callable[[], int] = time.time_ns,
    rounds: int | None = None,
    maintain: bool = True,
    until_idle: bool = False,
) -> None:
    """Run rounds of maintenance and tasks until SIGTERM (or ``rounds`` of them); faults are logged.

    A round runs one task, or one slice of a backfill. ``until_idle`` ends when there is nothing to do.
    """
    holder = holder_name()
    done = 0
    maintained_ns: int | None = None
    while rounds is None or done < rounds:
        close_old_connections()
        at_ns = now_ns()
        # A clock that went back must not put it off.
        if maintain and (maintained_ns is None or not 0 <= at_ns - maintained_ns < pause_s * _NS_PER_S):
            _guarded(lambda at_ns=at_ns: run_maintenance(at_ns), "a round of store maintenance failed")
            maintained_ns = at_ns
        was_busy = _guarded(lambda: run_one(holder, now_ns), "running tasks failed")
        done += 1
        if was_busy:
            continue
        if until_idle:
            return
        sleep(_pause_s(pause_s, now_ns))


# --- Inside ---


def _guarded(step: Callable[[], object], failed: str) -> bool:
    try:
        return bool(step())
    except Exception:
        # The next round may well succeed (a lock held, a disk full for a while); the log says why.
        logger.exception("%s", failed)
        return False


def _pause_s(pause_s: float, now_ns: Callable[[], int]) -> float:
    """Until the next task is due, and no longer than the pause: tasks may be made or changed meanwhile."""
    due_ns: list[int | None] = []
    if not _guarded(lambda: due_ns.append(next_due_ns()) or True, "looking for tasks failed") or not due_ns:
        return pause_s
    if due_ns[0] is None:
        return pause_s
    return min(pause_s, max((due_ns[0] - now_ns()) / _NS_PER_S, 0.01))
