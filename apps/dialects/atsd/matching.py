"""Texts, numbers and patterns as filters see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import re2

from apps.errors import SyntaxFault

__all__ = ["is_like", "number_of", "regex_of", "text_of", "texts_of", "wildcard_pattern"]


@lru_cache(maxsize=1024)
def regex_of(pattern: str) -> Any:
    """A compiled regular expression whose matching takes linear time; SyntaxFault for a bad one."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 2**20
    try:
        return re2.compile(pattern, options)
    except re2.error as fault:
        reason = fault.args[0] if fault.args else "it can't be read"
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise SyntaxFault(f"not a regular expression: {pattern[:60]!r}: {text}") from None


def wildcard_pattern(pattern: str) -> str:
    """``*`` and ``?`` as a regular expression; a backslash takes the meaning of the next one away."""
    parts, at = [], 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and at + 1 < len(pattern) and pattern[at + 1] in "*?\\":
            at += 1
            parts.append(re.escape(pattern[at]))
        else:
            parts.append({"*": "(?s:.*)", "?": "(?s:.)"}.get(sign) or re.escape(sign))
        at += 1
    return "".join(parts)


def is_like(value: Any, pattern: Any) -> bool:
    """Whether a value, as a text, matches the pattern or one of the patterns."""
    patterns = pattern if isinstance(pattern, list | tuple | set | frozenset) else (pattern,)
    text = text_of(value)
    return any(regex_of(wildcard_pattern(text_of(one))).fullmatch(text) is not None for one in patterns)


def text_of(value: Any) -> str:
    """A value as filters compare it: missing is empty, whole numbers have no fraction, dates are ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number_of(value: Any) -> float | None:
    """A value as a number, None when it does not read as one."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def texts_of(value: Any) -> list[str]:
    """A list, the keys of a mapping, or one text, as a list of texts."""
    if isinstance(value, list | tuple | set | frozenset):
        return [text_of(one) for one in value]
    if isinstance(value, Mapping):
        return [text_of(one) for one in value]
    return [] if value in (None, "") else [text_of(value)]
