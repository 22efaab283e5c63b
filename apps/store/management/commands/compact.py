"""Fold the log of recent writes into chunks now, without waiting for the worker."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from apps.store.checkpoint import checkpoint_when_due
from apps.store.compaction import compact_all
from apps.store.prepared import StoreCommand


class Command(StoreCommand):
    help = "Fold the log of recent writes into chunks. Safe while others read and write."

    def handle(self, *args: Any, **options: Any) -> None:
        moved = 0
        with tqdm(unit="stripe", desc="compact", disable=None) as bar:
            for done, total, samples in compact_all():
                bar.total = total
                bar.update(done - bar.n)
                moved += samples
                checkpoint_when_due()
        checkpoint_when_due(min_bytes=1)
        self.stdout.write(f"{moved} samples moved from the log into chunks")
