"""Bodies that are plain text: commands and CSV. Compressed ones are inflated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from rest_framework.parsers import BaseParser

from apps.api.parsers import read_body
from apps.errors import ArgumentFault

__all__ = ["TextParser"]


class TextParser(BaseParser):
    """Any content type, as text in UTF-8; clients of the command endpoint often send none."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping | None = None
    ) -> str:
        body = read_body(stream, (parser_context or {}).get("request"))
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise ArgumentFault(f"the body is not UTF-8 at byte {fault.start}") from None
