"""How much one query may read, make and take. One place, so that every endpoint has the same bounds."""

from __future__ import annotations

from django.conf import settings

from apps.algebra.source import Limits

__all__ = ["query_limits"]

#: Callers who are not signed in get a fifth of the time and of the samples.
ANONYMOUS_SHARE = 5


def query_limits(*, signed_in: bool = True) -> Limits:
    """The bounds of one query. Installations change them by settings of the same name."""
    share = 1 if signed_in else ANONYMOUS_SHARE
    return Limits(
        series=getattr(settings, "TSWEB_MAX_SERIES", 10_000),
        samples_in=getattr(settings, "TSWEB_MAX_SAMPLES_IN", 50_000_000) // share,
        samples_out=getattr(settings, "TSWEB_MAX_SAMPLES_OUT", 20_000_000) // share,
        seconds=getattr(settings, "TSWEB_MAX_SECONDS", 60.0) / share,
    )
