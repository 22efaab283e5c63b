"""Request bodies: JSON read by orjson, gzip accepted, sizes and depths bounded."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.errors import ArgumentFault, LimitFault

__all__ = ["LimitedJSONParser", "inflate", "parse_json", "read_body"]

#: Not JSON, but what Python clients write for numbers that are missing or infinite.
_NOT_JSON = (b"NaN", b"Infinity")
MAX_JSON_DEPTH = 200


class LimitedJSONParser(BaseParser):
    """JSON whatever the content type says: clients often leave it out."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of the body; ArgumentFault when it is not JSON."""
        request = (parser_context or {}).get("request")
        return parse_json(read_body(stream, request))


def read_body(stream: Any, request: Request | None) -> bytes:
    """The whole body, inflated when the client compressed it."""
    body = stream.read()
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "") if request is not None else ""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            return inflate(body, settings.TSWEB_MAX_BODY_BYTES)
    raise ArgumentFault(
        f"the content encoding {encoding[:40]!r} is not understood", hint="use gzip or none"
    )


def inflate(body: bytes, limit_bytes: int) -> bytes:
    """A gzip or zlib body, inflated to at most ``limit_bytes``."""
    # 47 = 32 + 15: gzip and zlib headers are told apart by the library.
    engine = zlib.decompressobj(47)
    parts, size = [], 0
    try:
        while body:
            part = engine.decompress(body, limit_bytes - size + 1)
            parts.append(part)
            size += len(part)
            if size > limit_bytes:
                raise LimitFault(
                    f"the body inflates to more than the limit of {limit_bytes // 2**20} MiB",
                    hint="send it in several requests",
                    data={"limit": "body", "allowed": limit_bytes},
                )
            if engine.eof and engine.unused_data.strip(b"\0"):
                # Several gzip members in a row are one body.
                body, engine = engine.unused_data, zlib.decompressobj(47)
            else:
                body = engine.unconsumed_tail
    except zlib.error as fault:
        raise ArgumentFault(f"the compressed body can't be read: {fault}") from None
    if not engine.eof and size + len(parts):
        raise ArgumentFault("the compressed body ends too early")
    return b"".join(parts)


def parse_json(body: bytes) -> Any:
    """The value of a JSON text. ``NaN`` and ``Infinity`` are let through for clients that write them."""
    if not body.strip():
        raise ArgumentFault("the body is empty", code="bad-json")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        if not any(word in body for word in _NOT_JSON):
            raise _unreadable(str(fault)) from None
        value = _parse_liberally(body)
    if _is_deeper(value, MAX_JSON_DEPTH):
        raise _unreadable(f"nested deeper than {MAX_JSON_DEPTH} levels")
    return value


def _parse_liberally(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except RecursionError:
        raise _unreadable("nested too deeply") from None
    except ValueError as fault:
        raise _unreadable(str(fault)[:200]) from None


def _unreadable(reason: str) -> ArgumentFault:
    return ArgumentFault(
        f"the body is not JSON: {reason}",
        code="bad-json",
        data={"exception": "com.fasterxml.jackson.core.JsonParseException"},
    )


def _is_deeper(value: Any, limit: int) -> bool:
    """Whether containers are nested deeper than ``limit``; looks at containers only, level by level."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)
