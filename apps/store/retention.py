"""Letting go of samples and series that a metric no longer wants to keep."""

from __future__ import annotations

import logging

from apps.catalog.models import Metric, Series
from apps.catalog.services import delete_series_rows
from apps.store.source import StoreSource
from apps.store.writer import delete_range

__all__ = ["apply_retention"]

logger = logging.getLogger("tsweb.store")

_DAY_NS = 86_400 * 1_000_000_000
_MIN_TIME = -(2**63)
_BATCH = 2_000


def apply_retention(now_ns: int) -> int:
    """Remove samples older than ``retention_days`` and series silent for ``series_retention_days``.

    Returns the number of series removed.
    """
    for metric in Metric.objects.filter(retention_days__gt=0):
        limit_ns = now_ns - metric.retention_days * _DAY_NS
        for ids in _batches_of(metric):
            delete_range(ids, _MIN_TIME, limit_ns)
    removed = 0
    for metric in Metric.objects.filter(series_retention_days__gt=0):
        limit_ns = now_ns - metric.series_retention_days * _DAY_NS
        for ids in _batches_of(metric):
            newest = StoreSource().last_times(ids)
            # A series that never had a sample has just been made, perhaps; it is left alone.
            silent = [
                series_id
                for series_id, time_ns in zip(ids, newest, strict=True)
                if time_ns is not None and time_ns < limit_ns
            ]
            if silent:
                removed += delete_series_rows(silent)
    if removed:
        logger.info("retention removed %s series", removed)
    return removed


def _batches_of(metric: Metric) -> list[list[int]]:
    ids = list(Series.every.filter(metric=metric).order_by("pk").values_list("pk", flat=True))
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
