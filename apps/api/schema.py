"""The OpenAPI document and the page that shows it, both from this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.api.permissions import MayRead

__all__ = ["Docs", "Document"]


class CallersScheme(OpenApiAuthenticationExtension):
    """How ``Callers`` signs in, as the document names it."""

    target_class = "apps.api.authentication.Callers"
    name: ClassVar[Sequence[str]] = ("basic", "token", "session")

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "basic"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


class Document(SpectacularAPIView):
    """The document, for those who may read what it describes."""

    permission_classes = (MayRead,)


class Docs(SpectacularSwaggerSplitView):
    """The browsable document. The script has its own address, so the page needs no inline script."""

    permission_classes = (MayRead,)
    title = "tsweb API"
