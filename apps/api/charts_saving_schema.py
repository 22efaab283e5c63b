"""The shapes of saving a series as a metric, for the OpenAPI document only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

__all__ = ["DRY_RUN", "PROPOSED", "REFUSED", "SAVED", "DefinitionBody", "ProposeBody"]

Schema = dict[str, Any]


class ProposeBody(serializers.Serializer):
    """Which series of which text."""

    config = serializers.CharField(help_text="the configuration")
    widget = serializers.IntegerField(required=False, min_value=0, help_text="number of the widget")
    section = serializers.IntegerField(required=False, min_value=0, help_text="number of the [series]")
    choices = serializers.DictField(child=serializers.CharField(), required=False)
    now = serializers.CharField(required=False, help_text="the clock for relative times, ISO 8601")


class StretchBody(serializers.Serializer):
    """A stretch of time."""

    start = serializers.CharField(help_text="ms since 1970, or ISO 8601")
    end = serializers.CharField(help_text="not included")


class DefinitionBody(ProposeBody):
    """A series of a chart as a metric."""

    metric = serializers.CharField(help_text="name of the metric that its points go into")
    name = serializers.CharField(required=False, help_text="name of the task; the metric's when left out")
    unit = serializers.CharField(required=False)
    label = serializers.CharField(required=False)
    entity = serializers.CharField(required=False, help_text="that of the points, where it is not clear")
    tags = serializers.DictField(child=serializers.CharField(), required=False)
    every = serializers.CharField(required=False, help_text="how often it runs, as in 1 hour")
    zone = serializers.CharField(required=False, help_text="the chart's when left out")
    late_data = serializers.BooleanField(required=False, help_text="compute again what comes late")
    start = serializers.CharField(required=False, help_text="of a dry run: ms since 1970, or ISO 8601")
    end = serializers.CharField(required=False)
    width = serializers.IntegerField(required=False, min_value=1)
    backfill = StretchBody(required=False, help_text="history to store")


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MS: Schema = {"type": "integer", "description": "milliseconds since 1970"}
_REASON = _object(code=_TEXT, field=_TEXT, message=_TEXT, hint=_TEXT | {"nullable": True})
_REASONS: Schema = {"type": "array", "items": _REASON}

REFUSED = _object(errors=_REASONS)
PROPOSED = _object(
    query=_TEXT | {"description": "the lines that the series comes from"},
    sources={"type": "array", "items": _TEXT},
    series=_COUNT,
    metric=_TEXT,
    name=_TEXT,
    unit=_TEXT | {"nullable": True},
    entity=_TEXT | {"nullable": True},
    needs_entity={"type": "boolean"},
    zone=_TEXT,
    every=_TEXT,
    period=_TEXT | {"nullable": True},
    start=_MS,
    end=_MS,
    reasons=_REASONS,
)
DRY_RUN = _object(
    refused=_REASONS,
    metric=_TEXT,
    sampling=_TEXT | {"description": "the periods it is computed by"},
    zone=_TEXT,
    periods=_COUNT,
    points=_COUNT,
    start=_MS,
    end=_MS,
    computed_from=_MS,
    drawn=_COUNT | {"description": "points of a drawing of the same stretch"},
    equal=_COUNT | {"description": "those of them that are stored with the same number"},
    series={"type": "array", "items": {"type": "object"}},
    widget={"type": "object", "description": "as in the answer of render"},
)
SAVED = _object(key=_TEXT, name=_TEXT, url=_TEXT, backfill=_COUNT | {"nullable": True})
