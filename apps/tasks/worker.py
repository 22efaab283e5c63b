"""The task worker: one process beside the web processes, for work that nobody waits for.

Today that is looking after the sample store (compaction, checkpoints, retention). It holds no state: it may
be killed at any time and several may run, since each piece of work claims what it needs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import close_old_connections

from apps.store.maintenance import run_maintenance

__all__ = ["work"]

PAUSE_S = 2.0
logger = logging.getLogger("tsweb.worker")


def work(
    *,
    pause_s: float = PAUSE_S,
    sleep: Callable[[float], None] = time.sleep,
    now_ns: Callable[[], int] = time.time_ns,
    rounds: int | None = None,
) -> None:
    """Run rounds of maintenance until SIGTERM (or ``rounds`` of them); a fault is logged, not fatal."""
    done = 0
    while rounds is None or done < rounds:
        close_old_connections()
        try:
            run_maintenance(now_ns())
        except Exception:
            # The next round may well succeed (a lock held, a disk full for a while); the log says why.
            logger.exception("a round of store maintenance failed")
        done += 1
        sleep(pause_s)
