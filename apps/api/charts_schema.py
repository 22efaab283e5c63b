"""The shapes of the charts API's bodies and answers, for the OpenAPI document only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.api.atsd.meta_schema import listed

__all__ = ["CHARTS_ERROR", "CHECKED", "EXPLAINED", "MAX_WIDTH_PX", "RENDERED", "ChartBody", "ExplainBody"]

MAX_WIDTH_PX = 20_000


class ChartBody(serializers.Serializer):
    """The body as JSON, for the API's description."""

    config = serializers.CharField(help_text="the configuration")
    now = serializers.CharField(required=False, help_text="the clock for relative times, ISO 8601")
    width = serializers.IntegerField(required=False, min_value=1, max_value=MAX_WIDTH_PX)
    series = serializers.BooleanField(required=False, help_text="add the exact numbers")
    start = serializers.CharField(required=False, help_text="overrides the start of the interval")
    end = serializers.CharField(required=False, help_text="overrides the end of the interval")
    only = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="numbers of the widgets to draw"
    )
    choices = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text='chosen values of drop-downs, by the key that "dropdowns" of a widget names',
    )


class ExplainBody(ChartBody):
    """The body of a question about one point."""

    time = serializers.FloatField(help_text="time of the point, ms since 1970 (or ISO text)")
    widget = serializers.IntegerField(required=False, min_value=0, help_text="number of the widget")
    section = serializers.IntegerField(required=False, min_value=0, help_text="number of the [series]")
    member = serializers.IntegerField(
        required=False, min_value=0, help_text="number of the series in its section"
    )
    series_index = serializers.IntegerField(
        required=False, min_value=0, help_text="instead: number of the entry in render's series"
    )


# --- Answers ------------------------------------------------------------------------------------------------

Schema = dict[str, Any]


def _object(said: str, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object whose fields are always there, but for those named optional."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": said, "properties": properties, "required": required}


def _or_null(schema: Schema) -> Schema:
    return schema | {"nullable": True}


def _told(schema: Schema, said: str) -> Schema:
    return schema | {"description": said}


_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_PLACE: Schema = {"type": "integer", "minimum": 1}
_MS = _told(_NUMBER, "milliseconds since 1970")
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}

_DIAGNOSTIC = _object(
    "something to say of the text; lines and columns count from 1",
    severity={"type": "string", "enum": ["error", "warning", "info"]},
    code=_TEXT,
    message=_TEXT,
    hint=_or_null(_TEXT),
    line=_PLACE,
    column=_PLACE,
    end_line=_PLACE,
    end_column=_PLACE,
    fix=_or_null(_told(_TEXT, "what to write instead of the text from line and column to their end")),
)
_NOTE = _object(
    "something to know of the numbers",
    code=_TEXT,
    message=_TEXT,
    count=_told(_COUNT, "how many samples it is about"),
    data={"type": "object"},
)
_SERIES = _object(
    'a series with its exact numbers; only with "series": true',
    ("color",),
    label=_TEXT,
    alias=_or_null(_TEXT),
    display=_told(_FLAG, "whether it is drawn"),
    enabled=_told(_FLAG, "whether its line is shown at first"),
    metric=_or_null(_TEXT),
    entity=_or_null(_TEXT),
    tags={"type": "object"},
    unit=_or_null(_TEXT),
    position=_told(_COUNT, "number of its [series] section in the widget"),
    samples_total=_COUNT,
    samples=listed(
        {
            "type": "array",
            "description": "time in milliseconds since 1970, and value or null",
            "items": _or_null(_NUMBER),
            "minItems": 2,
            "maxItems": 2,
        }
    ),
    notes=listed(_NOTE),
    color=_or_null(_TEXT),
)
_DROPDOWN = _object(
    "a drop-down of the widget",
    key=_told(_TEXT, 'its name in "choices"'),
    field=_or_null(_TEXT),
    options=listed(_object("an option", value=_TEXT, text=_TEXT)),
    chosen=_or_null(_told(_COUNT, "number of the option")),
)
_WIDGET = _object(
    "one widget",
    ("series", "table"),
    type=_TEXT,
    index=_COUNT,
    title=_or_null(_TEXT),
    row=_NUMBER,
    column=_NUMBER,
    width_units=_NUMBER,
    height_units=_NUMBER,
    zone=_TEXT,
    start=_MS,
    end=_MS,
    refresh_ms=_or_null(_told(_COUNT, "when to ask again; null for a chart that stands")),
    figure=_or_null(
        _object("what plotly.js draws", data=listed({"type": "object"}), layout={"type": "object"})
    ),
    dropdowns=listed(_DROPDOWN),
    notes=listed(_NOTE),
    table={"type": "object", "description": "the cells of a widget that is a table"},
    series=listed(_SERIES),
)
RENDERED = _object(
    "the widgets of a configuration, and what there is to say of its text",
    title=_or_null(_TEXT),
    columns=_NUMBER,
    rows=_NUMBER,
    widgets=listed(_WIDGET),
    diagnostics=listed(_DIAGNOSTIC),
)
CHECKED = _object("what there is to say of a configuration", diagnostics=listed(_DIAGNOSTIC))
CHARTS_ERROR = _object(
    "why the request can't be answered",
    errors=listed(_object("a fault", ("hint",), code=_TEXT, message=_TEXT, hint=_TEXT)),
)

_STEP: dict[str, Schema] = {
    "time": _MS,
    "value": _or_null(_NUMBER),
    "absent": _or_null(_told(_TEXT, "why there is no value")),
    "function": _or_null(_TEXT),
    "rule": _TEXT,
    "formula": _TEXT,
    "arithmetic": _told(_TEXT, "the formula with the numbers put in"),
    "inputs": listed(
        _object(
            "a sample that went in",
            label=_TEXT,
            alias=_or_null(_TEXT),
            metric=_or_null(_TEXT),
            entity=_or_null(_TEXT),
            tags=_TEXTS,
            time=_MS,
            value=_or_null(_NUMBER),
            role=_TEXT,
        )
    ),
    "counts": {"type": "object", "additionalProperties": _COUNT},
    "notes": listed(_TEXT),
    "steps": listed({"type": "object", "description": "inputs that were computed themselves, told alike"}),
}
EXPLAINED = _object(
    "why a point has its value, or why there is none",
    series=_object(
        "whose point it is",
        label=_TEXT,
        alias=_or_null(_TEXT),
        metric=_or_null(_TEXT),
        entity=_or_null(_TEXT),
        tags=_TEXTS,
        unit=_or_null(_TEXT),
        position=_COUNT,
        member=_COUNT,
    ),
    **_STEP,
)
