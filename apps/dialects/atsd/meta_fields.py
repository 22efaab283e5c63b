"""Fields of metrics, entities and groups as ATSD's clients send them, read liberally.

The results carry the names of the catalog. Texts stand for booleans and numbers, as some clients send them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.algebra.times import zone_info
from apps.dialects.atsd.expressions import compile_predicate
from apps.dialects.atsd.grammar import parse_expression
from apps.dialects.atsd.incoming import text_of
from apps.errors import ArgumentFault

__all__ = [
    "ENTITY_FIELDS",
    "GROUP_FIELDS",
    "METRIC_FIELDS",
    "boolean",
    "number",
    "read_fields",
    "read_tags",
    "whole",
]

UNRECOGNIZED = "com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException"
MAPPING = "com.fasterxml.jackson.databind.JsonMappingException"
MAX_TEXT_CHARS = 64 * 1024

Reader = Callable[[Any, str], Any]
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0*)?", re.ASCII)


def boolean(value: Any, name: str) -> bool:
    """A JSON boolean, or the texts by which clients send one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise ArgumentFault(f"{name} must be true or false", code="bad-type")


def whole(value: Any, name: str, *, low: int = -(2**31), high: int = 2**31 - 1) -> int:
    """A whole number, also when it is sent as a text."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value.strip().partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentFault(f"{name} must be a whole number", code="bad-type")
    if not low <= value <= high:
        raise ArgumentFault(f"{name} must be between {low} and {high}", code="out-of-range")
    return value


def number(value: Any, name: str) -> float:
    """A finite number, also when it is sent as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ArgumentFault(f"{name} must be a number", code="bad-type")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise ArgumentFault(f"{name} must be a number", code="bad-type") from None
    if found != found or found in (float("inf"), float("-inf")):
        raise ArgumentFault(f"{name} must be a finite number", code="bad-type")
    return found


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool | int | float):
        value = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        raise ArgumentFault(
            f"Can not deserialize instance of java.lang.String: {name} must be a text",
            data={"exception": MAPPING},
        )
    return text_of(name, value, MAX_TEXT_CHARS)


def _choice(*allowed: str) -> Reader:
    def read(value: Any, name: str) -> str:
        text = _text(value, name).upper()
        if text not in allowed:
            raise ArgumentFault(f"{name} must be one of {', '.join(filter(None, allowed))}")
        return text

    return read


def _zone(value: Any, name: str) -> str:
    text = _text(value, name).strip()
    if text:
        zone_info(text)
    return text


def _sample_filter(value: Any, name: str) -> str:
    text = _text(value, name).strip()
    if text:
        parse_expression(text)
    return text


def _group_expression(value: Any, name: str) -> str:
    text = _text(value, name).strip()
    if text:
        compile_predicate(text)
    return text


def _days(value: Any, name: str) -> int:
    return whole(value, name, low=0)


#: API name -> (catalog name, reader). None as catalog name: known, set by the server, ignored.
_IGNORED: dict[str, tuple[str | None, Reader]] = {
    name: (None, lambda value, name: value)
    for name in ("name", "createdDate", "lastInsertDate", "versionDate", "timePrecision")
}
METRIC_FIELDS: dict[str, tuple[str | None, Reader]] = {
    **_IGNORED,
    "label": ("label", _text),
    "description": ("description", _text),
    "units": ("units", _text),
    "filter": ("filter", _sample_filter),
    "timeZone": ("time_zone", _zone),
    "dataType": ("data_type", _choice("SHORT", "INTEGER", "LONG", "FLOAT", "DOUBLE", "DECIMAL")),
    "interpolate": ("interpolate", _choice("LINEAR", "PREVIOUS")),
    "enabled": ("enabled", boolean),
    "persistent": ("persistent", boolean),
    "versioned": ("versioned", boolean),
    "retentionDays": ("retention_days", _days),
    "seriesRetentionDays": ("series_retention_days", _days),
    "minValue": ("min_value", number),
    "maxValue": ("max_value", number),
    "invalidAction": (
        "invalid_action",
        _choice("NONE", "DISCARD", "TRANSFORM", "RAISE_ERROR", "SET_VERSION_STATUS"),
    ),
}
ENTITY_FIELDS: dict[str, tuple[str | None, Reader]] = {
    **_IGNORED,
    "label": ("label", _text),
    "enabled": ("enabled", boolean),
    "interpolate": ("interpolate", _choice("LINEAR", "PREVIOUS", "")),
    "timeZone": ("time_zone", _zone),
}
GROUP_FIELDS: dict[str, tuple[str | None, Reader]] = {
    **_IGNORED,
    "enabled": ("enabled", boolean),
    "expression": ("expression", _group_expression),
}


def read_fields(
    body: Any, table: Mapping[str, tuple[str | None, Reader]], *, keep_null_tags: bool = False
) -> dict[str, Any]:
    """The services' fields of a body; unknown names are refused, null ones left out."""
    if body is None or body == "":
        body = {}
    if not isinstance(body, Mapping):
        raise ArgumentFault("the body must be an object", code="bad-type")
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name == "tags":
            if value is not None:
                fields["tags"] = read_tags(value, keep_null=keep_null_tags)
            continue
        if name not in table:
            raise ArgumentFault(
                f'Unrecognized field "{name[:60]}"',
                code="unknown-field",
                hint="there are " + ", ".join([*table, "tags"]),
                data={"exception": UNRECOGNIZED},
            )
        target, read = table[name]
        if target is not None and value is not None:
            fields[target] = read(value, name)
    return fields


def read_tags(tags: Any, *, keep_null: bool = False) -> dict[str, str | None]:
    """Metadata tags: numbers and booleans become texts, null is left out or means "remove"."""
    if not isinstance(tags, Mapping):
        raise ArgumentFault(
            "Can not deserialize instance of java.util.LinkedHashMap: tags must be an object",
            data={"exception": MAPPING},
        )
    found: dict[str, str | None] = {}
    for name, value in tags.items():
        if not name.strip():
            raise ArgumentFault("a tag has no name", code="bad-name")
        if value is None:
            if keep_null:
                found[name] = None
            continue
        found[name] = _text(value, f'tag "{name[:60]}"')
    return found
