"""Bodies that are plain text: commands and CSV. Compressed ones are inflated up to the same limit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

__all__ = ["TextParser"]


class TextParser(BaseParser):
    """Any content type, as text in UTF-8; clients of the command endpoint often send none."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping | None = None
    ) -> str:
        request: Any = (parser_context or {}).get("request")
        body = stream.read()
        encoding = (request.META.get("HTTP_CONTENT_ENCODING", "") if request else "").strip().lower()
        if encoding in ("gzip", "deflate"):
            body = _inflate(body)
        elif encoding not in ("", "identity"):
            raise ParseError(f"Content-Encoding {encoding[:40]!r} is not offered; gzip is")
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise ParseError(f"the body is not UTF-8 at byte {fault.start}") from None


def _inflate(body: bytes) -> bytes:
    limit = settings.TSWEB_MAX_BODY_BYTES
    inflater = zlib.decompressobj(wbits=47)
    try:
        found = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise ParseError("the body can't be inflated") from None
    if len(found) > limit:
        raise ParseError(f"the inflated body has more than {limit // 2**20} MiB")
    if not inflater.eof:
        raise ParseError("the compressed body is cut short")
    return found
