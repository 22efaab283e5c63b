"""Content negotiation that believes the address, not the headers.

Clients of the data API send JSON under any content type (curl's default is a form) and ask for anything in
``Accept``; each endpoint has one format, so neither header is a reason to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

__all__ = ["LenientNegotiation"]


class LenientNegotiation(DefaultContentNegotiation):
    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:
        """The parser of the content type, else the view's first."""
        found = super().select_parser(request, parsers)
        return found or (parsers[0] if parsers else None)

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The view's first renderer."""
        if len(renderers) > 1:
            return super().select_renderer(request, renderers, format_suffix)
        return renderers[0], renderers[0].media_type
