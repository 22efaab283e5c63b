"""The OpenAPI document and the page that shows it, both from this machine."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

__all__ = ["Docs", "Document"]


class CallersScheme(OpenApiAuthenticationExtension):
    """How ``Callers`` signs in, as the document names it."""

    target_class = "apps.api.authentication.Callers"
    name = ["basic", "token", "session"]  # noqa: RUF012  (the base class declares a plain attribute)

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "basic"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


class Document(SpectacularAPIView):
    """The document."""


class Docs(SpectacularSwaggerSplitView):
    """The browsable document. The script has its own address, so the page needs no inline script."""

    title = "tsweb API"
