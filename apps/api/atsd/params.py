"""Reading query parameters and JSON values liberally: ``True``, ``"true"`` and ``true`` are the same."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from apps.dialects.atsd.dates import parse_date
from apps.dialects.atsd.meta_fields import boolean, number, whole
from apps.errors import ArgumentFault

__all__ = [
    "date_param",
    "flag_param",
    "limit_param",
    "objects_of",
    "text_param",
]

MAX_ITEMS = 100_000


def now_ns() -> int:
    """The server's clock, read once by a view and handed down."""
    return time.time_ns()


def text_param(request: Request, name: str) -> str | None:
    """A query parameter; an empty one counts as not given."""
    value = request.query_params.get(name)
    if value is not None and "\0" in value:
        raise ArgumentFault(f"{name} contains a zero byte", code="bad-text")
    return value or None


def flag_param(request: Request, name: str, default: bool) -> bool:
    value = text_param(request, name)
    return default if value is None else boolean(value, name)


def limit_param(request: Request, default: int = 0) -> int:
    """``limit``: 0 and below mean all."""
    value = text_param(request, "limit")
    return default if value is None else max(0, whole(value, "limit", high=2**31 - 1))


def date_param(request: Request, name: str, clock_ns: int) -> int | None:
    """An ISO date or calendar expression of the query string, in nanoseconds."""
    value = text_param(request, name)
    return None if value is None else date_of(value, name, clock_ns)


def date_of(value: Any, name: str, clock_ns: int) -> int:
    """An ISO date or calendar expression, or milliseconds as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(round(number(value, name)) * 1_000_000, name)
    if not isinstance(value, str):
        raise ArgumentFault(f"{name} must be a date", code="bad-type")
    try:
        # A plus sign that was not encoded arrives as a blank.
        text = re.sub(r" (?=\d\d:?\d\d$)", "+", value.strip())
        return _bounded(parse_date(text, clock_ns, literal=False), name)
    except ArgumentFault:
        raise ArgumentFault(f"Wrong {name} syntax: {value[:200]}", code="bad-date") from None


def _bounded(time_ns: int, name: str) -> int:
    return max(-(2**63) + 1, min(2**63 - 1, time_ns))


def objects_of(body: Any, what: str) -> list[Mapping[str, Any]]:
    """The body as a list of objects; a single object is taken as a list of one."""
    items = [body] if isinstance(body, Mapping) else body
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise ArgumentFault(f"the body must be an array of {what}", code="bad-type")
    if len(items) > MAX_ITEMS:
        raise ArgumentFault(f"{len(items)} {what}, more than {MAX_ITEMS}", code="too-many")
    return items
