"""Bodies of the charts family: their limits, times and widths, and what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from apps.algebra.times import parse_iso
from apps.api.charts_schema import MAX_WIDTH_PX
from apps.errors import ArgumentFault, LimitFault, TsError

__all__ = ["body_text", "json_body", "json_of", "time_of", "width_of"]

_MAX_NS = 2**63 - 1


def body_text(request: Request) -> str:
    """The body as text, of a bounded length."""
    limit = settings.TSWEB_MAX_CONFIG_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    # JSON may spell a letter with six bytes; the text itself is measured again below.
    if int(length) > 6 * limit + 4096:
        raise LimitFault(f"the configuration may have {limit} bytes at most", code="body-too-large")
    raw = request.body
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentFault(f"the body is not UTF-8: byte {error.start}", code="bad-encoding") from None


def json_body(request: Request) -> dict[str, Any]:
    """The object that was sent, with a text under "config"."""
    return json_of(body_text(request))


def json_of(body: str) -> dict[str, Any]:
    """An object with a text under "config"."""
    try:
        given = json.loads(body)
    except RecursionError:
        raise ArgumentFault("the JSON is nested too deeply", code="bad-json") from None
    except ValueError as error:
        raise ArgumentFault(f"the body is not JSON: {error}"[:300], code="bad-json") from None
    if not isinstance(given, dict):
        raise ArgumentFault("the body must be an object with the member 'config'", code="bad-json")
    if not isinstance(given.get("config"), str):
        raise ArgumentFault("'config' must be a text", code="bad-parameter")
    return given


def time_of(given: dict[str, Any], name: str) -> int | None:
    """A time as ISO text (UTC when it names no zone) or as milliseconds since 1970."""
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < _MAX_NS // 1_000_000:
            raise ArgumentFault(f"{name!r} is not a time that can be stored", code="bad-parameter")
        return int(value * 1_000_000) if isinstance(value, float) else value * 1_000_000
    if not isinstance(value, str):
        raise ArgumentFault(f"{name!r} must be a date such as 2018-06-01T00:00:00Z", code="bad-parameter")
    try:
        return parse_iso(_complete(value.strip()))
    except TsError as error:
        raise ArgumentFault(f"{name!r}: {error.message}", code="bad-parameter") from None


def width_of(given: dict[str, Any]) -> int:
    """The width of a chart in pixels."""
    value = given.get("width")
    if value is None:
        return 1200
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        value = int(value)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if not whole or not 1 <= value <= MAX_WIDTH_PX:
        raise ArgumentFault(
            f"'width' must be a number of pixels from 1 to {MAX_WIDTH_PX}", code="bad-parameter"
        )
    return int(value)


# --- Inside ---


def _complete(text: str) -> str:
    """A date that plotly.js or a person writes short, in full: midnight and UTC are understood."""
    text = text.replace(" ", "T", 1)
    if len(text) == 10:
        return f"{text}T00:00:00Z"
    if len(text) == 16:
        text += ":00"
    zoned = text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:]
    return text if zoned else f"{text}Z"
