"""Reading only what still lives: samples whose time is over are gone at once, whenever they are removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from apps.algebra.series import Samples
from apps.store.expiry import due_times
from apps.store.source import StoreSource

__all__ = ["LivingSource"]


class LivingSource(StoreSource):
    """The stored samples without those that were to go by ``now_ns``."""

    def __init__(self, now_ns: int) -> None:
        super().__init__()
        self.now_ns = now_ns

    def read(
        self,
        series_ids: Sequence[int],
        start_ns: int,
        end_ns: int,
        *,
        before: int = 0,
        after: int = 0,
        exact: bool = False,
    ) -> list[Samples]:
        """As :meth:`StoreSource.read`; neighbours that have gone are not made up for by others."""
        found = super().read(series_ids, start_ns, end_ns, before=before, after=after, exact=exact)
        # Asked for after the samples were read: what is written anew meanwhile is on the list no more.
        gone = self.expired(series_ids)
        if not gone:
            return found
        return [
            samples if series_id not in gone else samples.take(~np.isin(samples.times_ns, gone[series_id]))
            for series_id, samples in zip(series_ids, found, strict=True)
        ]

    def expired(self, series_ids: Sequence[int]) -> dict[int, np.ndarray]:
        """Times of these series that are over and perhaps not yet removed."""
        return due_times(series_ids, self.now_ns)
