"""Samples that were written for a limited time, and when they go.

A row tells of samples of one stripe that go at one moment: their series and times. It is written in the
transaction that writes the samples. Whoever writes one of these times again takes it off the row, so that
only what was last written for a limited time ever goes. The task worker removes what is due.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from django.conf import settings
from django.db import connections

from apps.store.models import STRIPE_BITS, Expiry

__all__ = [
    "due_rows", "due_stripes", "due_times", "expiring_times", "forget_expiry", "has_expiry",
    "remember_expiry", "remove_rows",
]  # fmt: skip

#: Up to so many stripes are named in the question; for more, all rows of the time are looked at.
_STRIPES_NAMED = 500


def remember_expiry(series_ids: np.ndarray, times_ns: np.ndarray, expires_ns: int) -> None:
    """Samples just written go at ``expires_ns``. Call inside the transaction, after :func:`forget_expiry`."""
    parts = _by_stripe(series_ids, times_ns)
    Expiry.objects.bulk_create(
        _row(stripe, expires_ns, ids, times) for stripe, (ids, times) in parts.items()
    )


def forget_expiry(series_ids: np.ndarray, times_ns: np.ndarray) -> None:
    """Samples that are written now stay, whatever was said of their times. Call inside the transaction."""
    if not len(times_ns):
        return
    first_ns, last_ns = int(times_ns.min()), int(times_ns.max())
    if not _is_any_between(first_ns, last_ns):
        return
    stripes = np.unique(series_ids >> STRIPE_BITS)
    rows = Expiry.objects.filter(t1__gte=first_ns, t0__lte=last_ns)
    if len(stripes) <= _STRIPES_NAMED:
        rows = rows.filter(stripe__in=stripes.tolist())
    # In order, so that two writers never wait for each other.
    found = list(rows.select_for_update().order_by("stripe", "id"))
    if not found:
        return
    written = _by_stripe(series_ids, times_ns)
    for row in found:
        ids, times = _unpacked(row)
        if row.stripe not in written:
            continue
        stays = ~_are_among(ids, times, *written[row.stripe])
        if stays.all():
            continue
        remove_rows([row])
        if stays.any():
            _row(row.stripe, row.expires_ns, ids[stays], times[stays]).save(force_insert=True)


def has_expiry(stripe: int) -> bool:
    """Whether anything of a stripe goes some time."""
    return Expiry.objects.filter(stripe=stripe).exists()


def due_stripes(now_ns: int) -> list[int]:
    """Stripes of which samples are due."""
    due = Expiry.objects.filter(expires_ns__lte=now_ns)
    return sorted(due.order_by().values_list("stripe", flat=True).distinct())


def due_rows(stripe: int, now_ns: int) -> list[Expiry]:
    """What is due of one stripe."""
    return list(Expiry.objects.filter(stripe=stripe, expires_ns__lte=now_ns))


def due_times(series_ids: Sequence[int], now_ns: int) -> dict[int, np.ndarray]:
    """The times of some series that are due and not yet removed; usually nothing is due at all."""
    stripes = set(due_stripes(now_ns)) & {series_id >> STRIPE_BITS for series_id in series_ids}
    rows = [row for stripe in sorted(stripes) for row in due_rows(stripe, now_ns)]
    wanted = set(series_ids)
    return {series_id: times for series_id, times in expiring_times(rows).items() if series_id in wanted}


def expiring_times(rows: Iterable[Expiry]) -> dict[int, np.ndarray]:
    """The times that rows tell of, by series."""
    parts = [_unpacked(row) for row in rows]
    if not parts:
        return {}
    ids, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {int(series_id): times[ids == series_id] for series_id in np.unique(ids)}


def remove_rows(rows: Sequence[Expiry]) -> None:
    """Nothing goes any more because of these rows."""
    for row in rows:
        Expiry.objects.filter(stripe=row.stripe, id=row.id).delete()


# --- Inside ---

_PAIR = np.dtype([("series", "<i8"), ("time", "<i8")])


def _is_any_between(first_ns: int, last_ns: int) -> bool:
    """Asked by every write, so in the fewest words."""
    with connections[settings.SAMPLES_DATABASE].cursor() as cursor:
        cursor.execute("SELECT 1 FROM store_expiry WHERE t1 >= %s AND t0 <= %s LIMIT 1", [first_ns, last_ns])
        return cursor.fetchone() is not None


def _row(stripe: int, expires_ns: int, series_ids: np.ndarray, times_ns: np.ndarray) -> Expiry:
    payload = zlib.compress(_pairs(series_ids, times_ns).tobytes(), 1)
    return Expiry(
        stripe=stripe,
        id=secrets.randbits(62),
        expires_ns=expires_ns,
        t0=int(times_ns.min()),
        t1=int(times_ns.max()),
        payload=payload,
    )


def _by_stripe(series_ids: np.ndarray, times_ns: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    stripes = series_ids >> STRIPE_BITS
    if stripes[0] == stripes[-1] and (stripes == stripes[0]).all():
        return {int(stripes[0]): (series_ids, times_ns)}
    order = np.argsort(stripes, kind="stable")
    ids, times, ordered = series_ids[order], times_ns[order], stripes[order]
    edges = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])
    return {int(ordered[lo]): (ids[lo:hi], times[lo:hi]) for lo, hi in pairwise(edges)}


def _are_among(
    ids: np.ndarray, times_ns: np.ndarray, other_ids: np.ndarray, other_times_ns: np.ndarray
) -> np.ndarray:
    """Which pairs of one stripe are among others of it."""
    known = np.unique(times_ns)
    place = np.searchsorted(known, other_times_ns)
    place[place == len(known)] = 0
    is_known = known[place] == other_times_ns
    # A pair as one number: of a stripe there are few series, so this is far from the largest.
    others = other_ids[is_known] * len(known) + place[is_known]
    return np.isin(ids * len(known) + np.searchsorted(known, times_ns), others)


def _pairs(series_ids: np.ndarray, times_ns: np.ndarray) -> np.ndarray:
    pairs = np.empty(len(times_ns), _PAIR)
    pairs["series"], pairs["time"] = series_ids, times_ns
    return pairs


def _unpacked(row: Expiry) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.frombuffer(zlib.decompress(bytes(row.payload)), _PAIR)
    return pairs["series"].astype(np.int64), pairs["time"].astype(np.int64)
