"""Messages of entities: their fields as they arrive, by command or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.dialects.atsd.commands import ParsedCommand
from apps.dialects.atsd.incoming import fold_type, text_of
from apps.errors import ArgumentFault

__all__ = ["SEVERITIES", "fields_of_message", "message_fields", "severity_of"]

SEVERITIES = (
    "UNDEFINED", "UNKNOWN", "NORMAL", "WARNING", "MINOR", "MAJOR", "CRITICAL", "FATAL",
)  # fmt: skip
MAX_TEXT_CHARS = 64 * 1024


def severity_of(value: Any) -> int:
    """0 to 7, also by name."""
    if isinstance(value, str):
        if value.strip().upper() in SEVERITIES:
            return SEVERITIES.index(value.strip().upper())
        if value.strip().isascii() and value.strip().isdigit() and len(value.strip()) == 1:
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 7:
        raise ArgumentFault("severity must be 0 to 7 or a name", hint="there are " + ", ".join(SEVERITIES))
    return value


def message_fields(
    *,
    time_ns: int,
    type: Any = None,
    source: Any = None,
    severity: Any = None,
    text: Any = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Fields of a stored message; those not given get ATSD's defaults."""
    text = text_of("message", text or "", MAX_TEXT_CHARS)
    if not text and not tags:
        raise ArgumentFault("a message needs a text or tags", code="no-text")
    return {
        "type": fold_type(type) if type else "logger",
        "source": fold_type(source) if source else "default",
        "severity": severity_of(1 if severity is None else severity),
        "text": text,
        "tags": dict(tags or {}),
        "time_ns": time_ns,
    }


def fields_of_message(command: ParsedCommand, time_ns: int) -> dict[str, Any]:
    """Fields of what a ``message`` command brings; type, source and severity come as reserved tags."""
    tags = {name: value for name, value in command.tags.items() if value is not None}
    reserved = {name: tags.pop(name) for name in ("type", "source", "severity") if name in tags}
    return message_fields(**reserved, text=command.text, tags=tags, time_ns=time_ns)
