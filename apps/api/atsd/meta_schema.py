"""Shapes of the bodies of writing and metadata, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apps.dialects.atsd.messages import SEVERITIES

__all__ = [
    "COMMAND_ANSWER", "DELETE_BODY", "ENTITY", "GROUP", "INSERT_BODY", "MESSAGE", "METRIC", "NAMES",
    "PROPERTY", "RENAME", "listed",
]  # fmt: skip

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_DAYS: Schema = {"type": "integer", "minimum": 0}
_DATE: Schema = {"type": "string", "format": "date-time"}
_TAGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return found | ({"required": list(required)} if required else {})


def _one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _server_set(schema: Schema) -> Schema:
    return schema | {"readOnly": True}


_INTERPOLATE = _one_of("LINEAR", "PREVIOUS")
METRIC = _object(
    name=_server_set(_TEXT),
    label=_TEXT,
    description=_TEXT,
    units=_TEXT,
    filter=_TEXT,
    timeZone=_TEXT,
    tags=_TAGS,
    dataType=_one_of("SHORT", "INTEGER", "LONG", "FLOAT", "DOUBLE", "DECIMAL"),
    interpolate=_INTERPOLATE,
    enabled=_FLAG,
    persistent=_FLAG,
    versioned=_FLAG,
    retentionDays=_DAYS,
    seriesRetentionDays=_DAYS,
    minValue=_NUMBER,
    maxValue=_NUMBER,
    invalidAction=_one_of("NONE", "DISCARD", "TRANSFORM", "RAISE_ERROR", "SET_VERSION_STATUS"),
    createdDate=_server_set(_DATE),
    lastInsertDate=_server_set(_DATE),
)
ENTITY = _object(
    name=_TEXT,
    label=_TEXT,
    enabled=_FLAG,
    interpolate=_INTERPOLATE,
    timeZone=_TEXT,
    tags=_TAGS,
    createdDate=_server_set(_DATE),
    versionDate=_server_set(_DATE),
    lastInsertDate=_server_set(_DATE),
)
GROUP = _object(name=_server_set(_TEXT), enabled=_FLAG, expression=_TEXT, tags=_TAGS)
RENAME = _object(("name",), name=_TEXT)
NAMES = listed(_TEXT)
_SAMPLE = _object(
    t={"type": "number", "description": "milliseconds since 1970"},
    d=_DATE,
    v={"type": "number", "nullable": True},
    x={"type": "string", "description": "annotation"},
    s={"type": "number", "description": "standard deviation, of a forecast"},
)
_SERIES = _object(
    ("entity", "metric", "data"),
    entity=_TEXT,
    metric=_TEXT,
    tags=_TAGS,
    type=_one_of("HISTORY", "FORECAST"),
    forecastName=_TEXT,
    data=listed(_SAMPLE),
)
INSERT_BODY = listed(_SERIES)
DELETE_BODY = listed(_object(("entity", "metric"), entity=_TEXT, metric=_TEXT, tags=_TAGS, exactMatch=_FLAG))
COMMAND_ANSWER = _object(
    ("fail", "success", "total"),
    fail={"type": "integer"},
    success={"type": "integer"},
    total={"type": "integer"},
    stored={"type": "integer"},
    errors=listed(_object(line={"type": "integer"}, column={"type": "integer"}, error=_TEXT, hint=_TEXT)),
)
PROPERTY = _object(("type", "entity", "tags"), type=_TEXT, entity=_TEXT, key=_TAGS, tags=_TAGS, date=_DATE)
MESSAGE = _object(
    ("entity",),
    entity=_TEXT,
    type=_TEXT,
    source=_TEXT,
    severity=_one_of(*SEVERITIES),
    message=_TEXT,
    tags=_TAGS,
    date=_DATE,
)
