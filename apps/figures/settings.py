"""Typed reading of settings. What can't be read was reported by the parser; here it counts as unset."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

__all__ = ["choice", "flag", "interval_ns", "number", "words"]

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})

_UNIT_NS = {
    "millisecond": 10**6,
    "second": 10**9,
    "sec": 10**9,
    "minute": 60 * 10**9,
    "min": 60 * 10**9,
    "hour": 3600 * 10**9,
    "day": 86_400 * 10**9,
    "week": 7 * 86_400 * 10**9,
    "month": 30 * 86_400 * 10**9,
    "quarter": 91 * 86_400 * 10**9,
    "year": 365 * 86_400 * 10**9,
}
_INTERVAL = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]{3,11}?)s?\s*", re.IGNORECASE)


def flag(settings: Mapping[str, str], name: str, default: bool = False) -> bool:
    """A yes or no."""
    text = str(settings.get(name, "")).strip().lower()
    return True if text in _YES else False if text in _NO else default


def number(settings: Mapping[str, str], name: str, default: float | None = None) -> float | None:
    """A finite number."""
    text = str(settings.get(name, "")).strip()
    try:
        value = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def choice(settings: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """One of ``allowed`` (lower case); the first when unset."""
    text = str(settings.get(name, "")).strip().lower()
    return text if text in allowed else allowed[0]


def words(settings: Mapping[str, str], name: str) -> list[str]:
    """A list separated by commas or blanks; what stands in brackets, as in rgb(1, 2, 3), stays whole."""
    text = str(settings.get(name, ""))[:2000]
    return [word for word in re.findall(r"[^\s,()]+(?:\([^()]*\))?", text) if word]


def interval_ns(settings: Mapping[str, str], name: str) -> int | None:
    """An interval such as ``10 minute`` as nanoseconds (calendar units by their nominal length)."""
    found = _INTERVAL.fullmatch(str(settings.get(name, ""))[:60])
    if found is None:
        return None
    unit = _UNIT_NS.get(found[2].lower())
    return int(float(found[1]) * unit) if unit and float(found[1]) > 0 else None
