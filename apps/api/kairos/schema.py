"""Shapes of bodies and answers, for the OpenAPI document only."""

from __future__ import annotations

from typing import Any

__all__ = ["DATAPOINTS_BODY", "NAMES"]

_NUMBER_OR_TEXT = {"oneOf": [{"type": "number"}, {"type": "string"}]}
_METRIC: dict[str, Any] = {
    "type": "object",
    "required": ["name", "tags"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "tags": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
        "timestamp": {"type": "integer", "description": "milliseconds; with `value`, one point"},
        "value": _NUMBER_OR_TEXT,
        "datapoints": {
            "type": "array",
            "items": {"type": "array", "minItems": 2, "maxItems": 3, "items": _NUMBER_OR_TEXT},
            "description": "`[timestamp, value]` or `[timestamp, value, type]`",
        },
        "type": {"type": "string", "enum": ["long", "double", "string"]},
        "ttl": {"type": "integer", "minimum": 0, "description": "seconds; 0: the points stay"},
        "skip_validate": {"type": "boolean"},
    },
}
DATAPOINTS_BODY: dict[str, Any] = {"oneOf": [{"type": "array", "items": _METRIC}, _METRIC]}
#: An answer that lists names.
NAMES: dict[str, Any] = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"type": "string"}}},
}
