"""Whether the server answers and the credential is good."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView

__all__ = ["Ping"]


class Ping(AtsdView):
    @extend_schema(operation_id="ping", responses={200: OpenApiResponse(description="it answers")})
    def get(self, request: Request) -> Response:
        """An empty answer."""
        return Response(status=status.HTTP_200_OK)
