"""What query builders ask for: the aggregators and groupers that there are."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.api.kairos.answers import ERRORS, KairosView, json_answer
from apps.dialects.kairos.features import told_family, told_features
from apps.errors import MissingFault

__all__ = ["FeatureFamily", "Features"]

_FEATURES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "label", "properties"],
        "properties": {
            "name": {"type": "string"},
            "label": {"type": "string"},
            "description": {"type": "string"},
            "properties": {"type": "array", "items": {"type": "object"}},
        },
    },
}


class Features(KairosView):
    @extend_schema(operation_id="kairos_features", responses={200: _FEATURES})
    def get(self, request: Request) -> HttpResponse:
        """Groupers and aggregators with their properties."""
        return json_answer(told_features())


class FeatureFamily(KairosView):
    @extend_schema(operation_id="kairos_feature_family", responses={200: _FEATURES, 404: ERRORS})
    def get(self, request: Request, family: str) -> HttpResponse:
        """The members of one family: ``group_by`` or ``aggregators``."""
        found = told_family(family)
        if found is None:
            raise MissingFault(f"Unknown feature '{family.lower()}'")
        return json_answer(found)
