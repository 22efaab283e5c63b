"""Whether the databases answer."""

from __future__ import annotations

from django.conf import settings
from django.db import Error, connections

__all__ = ["failing_stores"]


def failing_stores() -> list[str]:
    """Aliases of the databases that do not answer; empty when all is well."""
    failing = []
    for alias in sorted({"default", settings.SAMPLES_DATABASE}):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            failing.append(alias)
    return failing
