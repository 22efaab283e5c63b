"""Telling other processes that what they remember of the catalog is out of date, at the price of one row."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.db import connections

from apps.catalog.models import CatalogVersion

__all__ = ["Version", "mark_changed", "mark_grown", "may_remember", "read_version"]

_ALIAS = "default"
_ROW = 1


class Version(NamedTuple):
    """``growth`` changes when something is added, ``shape`` when something known changes or goes away."""

    growth: int
    shape: int


def read_version() -> Version:
    """The version now; ``(0, 0)`` for a catalog in which nothing was ever written."""
    with connections[_ALIAS].cursor() as cursor:
        cursor.execute("SELECT growth, shape FROM catalog_catalogversion WHERE id = 1")
        row = cursor.fetchone()
    return Version(*row) if row else Version(0, 0)


def may_remember() -> bool:
    """Whether what is read now may be kept: inside a transaction it may yet be undone."""
    return not connections[_ALIAS].in_atomic_block


def mark_grown() -> None:
    """Something was added. Call inside the transaction that adds it."""
    _mark(growth=secrets.randbits(62))


def mark_changed() -> None:
    """Something was changed, renamed or removed. Call inside the transaction that does it."""
    _mark(growth=secrets.randbits(62), shape=secrets.randbits(62))


def _mark(**values: int) -> None:
    # Random and not counted up: a number that was rolled back must never come back for another content.
    if not CatalogVersion.objects.using(_ALIAS).filter(pk=_ROW).update(**values):
        CatalogVersion.objects.using(_ALIAS).bulk_create(
            [CatalogVersion(pk=_ROW, **values)], ignore_conflicts=True
        )
        CatalogVersion.objects.using(_ALIAS).filter(pk=_ROW).update(**values)
