"""What each network command says: one reader for each kind, from fields to a parsed command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from apps.algebra.series import SeriesKey
from apps.dialects.atsd.command_fields import INT, MAX_TEXT_CHARS, Field, Reading
from apps.dialects.atsd.incoming import fold_entity, fold_metric, fold_type, parse_number, text_of
from apps.errors import ArgumentFault, SyntaxFault, TsError
from apps.spans import Span

__all__ = ["READERS", "CommandSample", "ParsedCommand"]


@dataclass(frozen=True, slots=True)
class CommandSample:
    """One value of a ``series`` command; ``integer`` only where the float is not exact."""

    key: SeriesKey
    value: float
    integer: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """One command, names folded.

    ``kind``      series, metric, entity, property, message, ping, time, version or exit (a
                  ``debug`` before any of them is read over).
    ``time_ns``   None when the command has no time field (the reader's clock is meant).
    ``samples``   of ``series``: one for each metric; ``append`` joins texts to those already stored.
    ``metric``    of ``metric``; ``entity`` of all others that have one.
    ``settings``  of ``metric`` and ``entity``: field name (as in the meta API) -> value; None resets it.
    ``tags``      of ``metric``, ``entity``, ``property`` and ``message``; None removes the tag.
    ``type``, ``keys``   of ``property``.   ``text`` of ``message``.
    """

    kind: str
    entity: str = ""
    metric: str = ""
    time_ns: int | None = None
    samples: tuple[CommandSample, ...] = ()
    append: bool = False
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tags: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    type: str = ""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""


def _read_series(fields: list[Field]) -> ParsedCommand:
    reading = Reading(fields, "e m x t a d ms s")
    entity = reading.required("e", fold_entity)
    tags = tuple(sorted((name, value) for name, value in reading.tags().items() if value is not None))
    numbers: dict[str, tuple[float, int | None]] = {}
    texts: dict[str, str] = {}
    for part in reading.pairs("m"):
        try:
            numbers[fold_metric(part.name)] = parse_number(part.value or "")
        except TsError as fault:
            raise fault.at(part.span) from None
    for part in reading.pairs("x"):
        try:
            texts[fold_metric(part.name)] = text_of("the text", part.value, MAX_TEXT_CHARS)
        except TsError as fault:
            raise fault.at(part.span) from None
    if not numbers and not texts:
        raise SyntaxFault("the command has no value", hint="give at least one m:metric=number")
    samples = []
    for metric in {**numbers, **texts}:
        value, integer = numbers.get(metric, (float("nan"), None))
        samples.append(CommandSample(SeriesKey(metric, entity, tags), value, integer, texts.get(metric)))
    return ParsedCommand(
        "series",
        entity=entity,
        time_ns=reading.time_ns(),
        samples=tuple(samples),
        append=bool(reading.boolean("a")),
    )


# Command field -> field of the meta API, and how its text is read.
_METRIC_FIELDS = {
    "b": ("enabled", "boolean"),
    "l": ("label", "text"),
    "d": ("description", "text"),
    "p": ("dataType", "upper"),
    "i": ("interpolate", "upper"),
    "u": ("units", "text"),
    "f": ("filter", "text"),
    "z": ("timeZone", "text"),
    "v": ("versioned", "boolean"),
    "a": ("invalidAction", "upper"),
    "pe": ("persistent", "boolean"),
    "rd": ("retentionDays", "integer"),
    "min": ("minValue", "number"),
    "max": ("maxValue", "number"),
}
_ENTITY_FIELDS = {key: _METRIC_FIELDS[key] for key in ("b", "l", "i", "z")}


def _settings(reading: Reading, table: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Settings that were given; an empty text resets a field, which None stands for."""
    found: dict[str, Any] = {}
    for key, (name, form) in table.items():
        text = reading.text(key)
        if text is None:
            continue
        part = reading.one(key)
        span = part.span if part else None
        if text == "":
            found[name] = None
        elif form == "boolean":
            found[name] = reading.boolean(key)
        elif form == "upper":
            found[name] = text.upper()
        elif form == "text":
            found[name] = text
        elif form == "integer" and INT.fullmatch(text):
            found[name] = int(text)
        elif form == "number":
            try:
                found[name] = parse_number(text)[0]
            except TsError as fault:
                raise fault.at(span or Span(0, 0)) from None
        else:
            raise ArgumentFault(f"'{key}:{text[:20]}' must be a whole number", span=span)
    return found


def _read_metric(fields: list[Field]) -> ParsedCommand:
    reading = Reading(fields, "m t " + " ".join(_METRIC_FIELDS))
    return ParsedCommand(
        "metric",
        metric=reading.required("m", fold_metric),
        settings=_settings(reading, _METRIC_FIELDS),
        tags=reading.tags(removable=True),
    )


def _read_entity(fields: list[Field]) -> ParsedCommand:
    reading = Reading(fields, "e t " + " ".join(_ENTITY_FIELDS))
    return ParsedCommand(
        "entity",
        entity=reading.required("e", fold_entity),
        settings=_settings(reading, _ENTITY_FIELDS),
        tags=reading.tags(removable=True),
    )


def _read_property(fields: list[Field]) -> ParsedCommand:
    reading = Reading(fields, "e t k v d ms s p")
    tags = reading.tags("v", removable=True)
    if not tags:
        raise SyntaxFault("the property has no tag", hint="give at least one v:name=value")
    keys = {name: value for name, value in reading.tags("k").items() if value is not None}
    reading.boolean("p")
    return ParsedCommand(
        "property",
        entity=reading.required("e", fold_entity),
        time_ns=reading.time_ns(),
        type=reading.required("t", fold_type),
        keys=keys,
        tags=tags,
    )


def _read_message(fields: list[Field]) -> ParsedCommand:
    reading = Reading(fields, "e m t d ms s")
    tags = reading.tags()
    text = reading.text("m") or ""
    if not text and not tags:
        raise SyntaxFault("the message has neither a text nor tags")
    return ParsedCommand(
        "message",
        entity=reading.required("e", fold_entity),
        time_ns=reading.time_ns(),
        tags=tags,
        text=text,
    )


def _bare(kind: str) -> Callable[[list[Field]], ParsedCommand]:
    def read(fields: list[Field]) -> ParsedCommand:
        if fields:
            raise SyntaxFault(f"{kind} takes no fields", span=fields[0].span)
        return ParsedCommand(kind)

    return read


READERS: dict[str, Callable[[list[Field]], ParsedCommand]] = {
    "series": _read_series,
    "metric": _read_metric,
    "entity": _read_entity,
    "property": _read_property,
    "message": _read_message,
    "ping": _bare("ping"),
    "time": _bare("time"),
    "version": _bare("version"),
    "exit": _bare("exit"),
}
