"""Names and values that there are."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from apps.api.kairos.answers import KairosView, json_answer
from apps.api.kairos.schema import NAMES
from apps.queries import kairos_names

__all__ = ["MetricNames", "TagNames", "TagValues"]


class MetricNames(KairosView):
    rights_model = "metric"

    @extend_schema(
        operation_id="kairos_metricnames",
        parameters=[OpenApiParameter("prefix", str, description="only names that begin so")],
        responses={200: NAMES},
    )
    def get(self, request: Request) -> HttpResponse:
        """Names of metrics that have data points, sorted."""
        return json_answer({"results": kairos_names.metric_names(request.GET.get("prefix", ""))})


class TagNames(KairosView):
    @extend_schema(operation_id="kairos_tagnames", responses={200: NAMES})
    def get(self, request: Request) -> HttpResponse:
        """Names of tags over all metrics, sorted."""
        return json_answer({"results": kairos_names.tag_names()})


class TagValues(KairosView):
    @extend_schema(operation_id="kairos_tagvalues", responses={200: NAMES})
    def get(self, request: Request) -> HttpResponse:
        """Values of tags over all metrics, sorted."""
        return json_answer({"results": kairos_names.tag_values()})
