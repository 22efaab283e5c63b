"""What the processes of test_processes do: ``python -m tests.store.process_work ROLE NUMBER SECONDS FOLDER``.

Writer ``w`` writes batch ``k`` to all its series: at time ``2k + w`` the value ``k``; every tenth batch comes
with a late sample of batch ``k - 5`` written again. A batch is noted in a file only after the store answered.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

WRITERS = 2
#: Series 200 to 299 lie in two stripes and are written by both writers; each also has 20 of its own.
SHARED = tuple(range(200, 300, 5))


def series_of(writer: int) -> list[int]:
    """Ids that a writer writes."""
    first = 1_000 * (writer + 1)
    return [*SHARED, *range(first, first + 20)]


def time_of(writer: int, batch: int) -> int:
    return WRITERS * batch + writer


def noted(folder: Path, writer: int) -> int:
    """How many batches of a writer were answered."""
    path = folder / f"writer-{writer}"
    return path.stat().st_size // 8 if path.exists() else 0


def write(number: int, until: float, folder: Path) -> None:
    import numpy as np

    from apps.algebra.series import Samples
    from apps.store.writer import append_samples, load_samples

    notes = os.open(folder / f"writer-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    first = batch = noted(folder, number)
    # On a machine so busy that the time is over at once, there is still one batch to find again.
    while batch == first or time.monotonic() < until:
        numbers = [batch] if batch % 10 or batch < 5 else [batch, batch - 5]
        samples = Samples(
            np.array([time_of(number, n) for n in numbers], np.int64), np.array(numbers, np.float64)
        )
        # Some batches take the bulk path, straight into chunks.
        put = load_samples if batch % 50 == 49 else append_samples
        put({series_id: samples for series_id in series_of(number)})
        os.write(notes, batch.to_bytes(8, "big"))
        batch += 1


def read(number: int, until: float, folder: Path) -> None:
    import numpy as np

    from apps.store.source import StoreSource

    while time.monotonic() < until:
        for writer in range(WRITERS):
            answered = noted(folder, writer)
            source = StoreSource()
            for found in source.read(series_of(writer), -(2**63), 2**63 - 1):
                assert np.all(np.diff(found.times_ns) > 0), "a time shows twice"
                assert np.array_equal(found.values, found.times_ns // WRITERS), "a wrong value"
                mine = np.count_nonzero(found.times_ns % WRITERS == writer)
                assert mine >= answered, f"{mine} of {answered} answered samples"
            assert not source.damage


def compact(number: int, until: float, folder: Path) -> None:
    from apps.store import rows
    from apps.store.checkpoint import checkpoint_when_due
    from apps.store.rewrite import rewrite_stripe

    while time.monotonic() < until:
        for log in rows.log_sizes():
            rewrite_stripe(log.stripe)
        checkpoint_when_due(256 * 1024)


def main(role: str, number: str, seconds: str, folder: str) -> None:
    import django

    django.setup()
    work = {"write": write, "read": read, "compact": compact}[role]
    work(int(number), time.monotonic() + float(seconds), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
