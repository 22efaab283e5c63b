"""Short addresses: eight letters and digits that are hard to misread and cannot be guessed in order."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import urlencode

#: No 0/o, 1/l/i, u/v: an address survives being read aloud.
ALPHABET = "23456789abcdefghjkmnpqrstwxyz"
LENGTH = 8
#: Of the place of a draft: the key of a chart, or the query of the address where a new one began.
PLACE_LENGTH = 120


def new_key() -> str:
    """A fresh random key; the caller relies on the database to refuse the rare double."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def draft_place(query: Iterable[tuple[str, str]]) -> str:
    """Where the draft of a new chart is kept: the query it began with, a digest of one that is long.

    The clock of a link is no part of what the chart began with.
    """
    asked = urlencode(sorted((name, value) for name, value in query if name != "now"))
    if not asked:
        return ""
    return "?" + (asked if len(asked) < PLACE_LENGTH else sha256(asked.encode()).hexdigest())
