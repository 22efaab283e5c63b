"""Small texts that clients keep at the server: KairosDB's metadata store."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.api.kairos.addresses import ANSWER_HEADERS
from apps.api.kairos.answers import ERRORS, KairosView, json_answer, no_content
from apps.api.kairos.datapoints import body_text, last_segment
from apps.api.kairos.schema import NAMES
from apps.queries import kept_texts

__all__ = ["ServiceKeys", "ServiceText", "ServiceTexts"]


class _Metadata(KairosView):
    """A service whose name begins with an underscore is nobody's business."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if kwargs["service"].startswith("_"):
            return HttpResponse(status=401, content_type="application/json", headers=ANSWER_HEADERS)
        return super().dispatch(request, *args, **kwargs)


class ServiceKeys(_Metadata):
    @extend_schema(operation_id="kairos_metadata_service", responses={200: NAMES})
    def get(self, request: Request, service: str) -> HttpResponse:
        """Keys of a service."""
        return json_answer({"results": kept_texts.service_keys(service)})


class ServiceTexts(_Metadata):
    @extend_schema(
        operation_id="kairos_metadata_keys",
        parameters=[OpenApiParameter("startsWith", str, description="only keys that begin so")],
        responses={200: NAMES},
    )
    def get(self, request: Request, service: str, service_key: str) -> HttpResponse:
        """Keys below a key of a service."""
        begins = request.GET.get("startsWith", "")
        return json_answer({"results": kept_texts.keys(service, service_key, begins)})


class ServiceText(_Metadata):
    @extend_schema(
        operation_id="kairos_metadata_get", responses={(200, "text/plain"): OpenApiTypes.STR, 404: ERRORS}
    )
    def get(self, request: Request, service: str, service_key: str, key: str) -> HttpResponse:
        """The text that is kept there."""
        text = kept_texts.kept(service, service_key, last_segment(request, key))
        if text is not None:
            return HttpResponse(text, content_type="text/plain; charset=UTF-8")
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        if "application/json" in accepted or "*/*" in accepted:
            return json_answer({"errors": ["Key not found"]}, 404)
        return HttpResponse(status=404, content_type="text/plain; charset=UTF-8")

    @extend_schema(
        operation_id="kairos_metadata_post",
        request={"text/plain": OpenApiTypes.STR},
        responses={204: OpenApiResponse(description="kept")},
    )
    def post(self, request: Request, service: str, service_key: str, key: str) -> HttpResponse:
        """Keep the body there, as it is."""
        kept_texts.keep(service, service_key, last_segment(request, key), body_text(request))
        return no_content()

    @extend_schema(
        operation_id="kairos_metadata_delete", responses={204: OpenApiResponse(description="gone")}
    )
    def delete(self, request: Request, service: str, service_key: str, key: str) -> HttpResponse:
        """Let go of the text."""
        kept_texts.forget(service, service_key, last_segment(request, key))
        return no_content()
