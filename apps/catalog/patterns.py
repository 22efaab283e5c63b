"""Wildcards: ``*`` any run of characters, ``?`` exactly one, a backslash makes the next one literal."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["has_wildcard", "literal_of", "matcher"]

_SPECIAL = frozenset("*?\\")
_TOKEN = re.compile(r"\\([*?\\])|(\*+)|(\?)|([^*?\\]+|\\)")


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern can match more than one text."""
    return any(match.group(2) or match.group(3) for match in _TOKEN.finditer(pattern))


def literal_of(pattern: str) -> str:
    """The one text that a pattern without wildcards stands for."""
    return _TOKEN.sub(lambda match: match.group(1) or match.group(0), pattern)


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> re.Pattern[str]:
    """A compiled expression for ``fullmatch``.

    Runs of ``*`` count as one, and each is matched lazily inside an atomic group up to the text that
    follows it, so that matching takes time proportional to text times pattern and never explodes.
    """
    parts: list[str] = []
    open_star = False
    for match in _TOKEN.finditer(pattern):
        escaped, star, single, plain = match.groups()
        if star:
            if open_star:
                parts.append(")")
            parts.append("(?>.*?")
            open_star = True
        elif single:
            parts.append(".")
        else:
            parts.append(re.escape(escaped or plain))
    if open_star:
        # The last star may have to give way to the end of the text, so its group is not atomic.
        last = len(parts) - 1 - parts[::-1].index("(?>.*?")
        parts[last] = "(?:.*"
        parts.append(")")
    return re.compile("".join(parts), re.DOTALL)
