"""Short addresses: eight letters and digits that are hard to misread and cannot be guessed in order."""

from __future__ import annotations

import secrets

#: No 0/o, 1/l/i, u/v: an address survives being read aloud.
ALPHABET = "23456789abcdefghjkmnpqrstwxyz"
LENGTH = 8


def new_key() -> str:
    """A fresh random key; the caller relies on the database to refuse the rare double."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
