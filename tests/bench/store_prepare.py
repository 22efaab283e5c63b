"""A migrated, empty store for the benchmarks, and series that look like real ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["prepare", "real_looking"]

SECOND_NS = 1_000_000_000
START_NS = 1_700_000_000 * SECOND_NS


@lru_cache(maxsize=1)
def prepare() -> None:
    """Set Django up on the data directory of the run and make its tables, once."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    for alias in settings.DATABASES:
        call_command("migrate", "--skip-checks", database=alias, verbosity=0)


def real_looking(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Five kinds of series every 10 s: a temperature, a counter, a level, a load with jitter, a state."""
    rng = np.random.default_rng(seed)
    times = START_NS + np.arange(count, dtype=np.int64) * 10 * SECOND_NS
    jittered = times + rng.integers(-50, 50, count) * 1_000_000
    temperature = np.round(20 + np.cumsum(rng.normal(0, 0.05, count)), 1)
    counter = np.cumsum(rng.poisson(40, count)).astype(np.float64)
    level = np.round(5 + 3 * np.sin(np.arange(count) / 900) + rng.normal(0, 0.05, count), 2)
    load = np.round(np.abs(rng.normal(35, 10, count)), 2)
    state = np.repeat(rng.integers(0, 5, count // 100 + 1), 100)[:count].astype(np.float64)
    return [(times, temperature), (times, counter), (times, level), (jittered, load), (times, state)]
