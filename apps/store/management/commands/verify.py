"""Read everything that is stored and say what is not as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from apps.store.prepared import StoreCommand
from apps.store.verify import verify_stripe, verify_stripes


class Command(StoreCommand):
    help = "Read every chunk and every batch of the log: checksums, order, overlaps. Ends with 1 on findings."

    def handle(self, *args: Any, **options: Any) -> None:
        stripes = verify_stripes()
        found = 0
        for stripe in tqdm(stripes, unit="stripe", desc="verify", disable=None):
            for finding in verify_stripe(stripe):
                found += 1
                self.stdout.write(str(finding))
        if found:
            raise CommandError(f"{found} findings in {len(stripes)} stripes")
        self.stdout.write(f"{len(stripes)} stripes read, nothing wrong")
