"""ATSD's network commands: one line, one command.

    series e:pump-3 m:flow=10.5 t:line="north west" d:2031-04-05T06:00:00Z

A pure parser without a clock: a command without a time has ``time_ns = None`` and its reader decides. The
command endpoint and the loader share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from apps.algebra.series import SeriesKey
from apps.dialects.atsd.incoming import (
    fold_entity,
    fold_metric,
    fold_type,
    parse_iso_ns,
    parse_number,
    tag_name,
    tag_value,
    text_of,
)
from apps.errors import ArgumentFault, SyntaxFault, TsError, near_names
from apps.spans import Span

__all__ = [
    "MAX_COMMAND_CHARS",
    "CommandFailure",
    "CommandSample",
    "ParsedCommand",
    "parse_command",
    "parse_commands",
    "split_commands",
]

MAX_COMMAND_CHARS = 128 * 1024
MAX_TAGS = 1024
MAX_TEXT_CHARS = 64 * 1024

_KEYWORD = re.compile(r"\s*(\S+)[ \t]*")
_GAP = re.compile(r"[ \t\r\n]+")
# name or "name", then perhaps = value or "value". A quote inside quotes is doubled.
_FIELD = re.compile(
    r'([A-Za-z]+):(?:"([^"]*(?:""[^"]*)*)"|([^\s"=]*))'
    r'(?:(=)(?:"([^"]*(?:""[^"]*)*)"|([^\s"=]*)))?(?=\s|$)'
)
_INT = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}


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


@dataclass(frozen=True, slots=True)
class CommandFailure:
    """A command that can't be read: its line (from 1), its text cut short, and the fault."""

    line: int
    text: str
    fault: TsError


@dataclass(frozen=True, slots=True)
class _Field:
    """``key:name`` or ``key:name=value``; ``value`` is None without an equals sign."""

    key: str
    name: str
    value: str | None
    span: Span
    quoted: bool


# --- Lines --------------------------------------------------------------------------------------------------


def split_commands(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers (from 1) and commands; a quoted value may run over lines, empty lines are left out.

    A command with a quote that never closes is handed out alone, so it can't swallow those after it.
    """
    lines = re.split(r"\r\n|\n|\r", text)
    at = 0
    while at < len(lines):
        line, number = lines[at], at + 1
        at += 1
        if not line.strip():
            continue
        if line.count('"') % 2:
            joined = _joined_lines(lines, number - 1)
            if joined > 1:
                whole = "\n".join(lines[number - 1 : number - 1 + joined])
                if _is_readable(whole):
                    at = number - 1 + joined
                    line = whole
        yield number, line


def _joined_lines(lines: list[str], start: int) -> int:
    """How many lines from ``start`` have an even number of quotes together; 0 when none do."""
    quotes = chars = 0
    for offset in range(len(lines) - start):
        line = lines[start + offset]
        quotes += line.count('"')
        chars += len(line) + 1
        if quotes % 2 == 0:
            return offset + 1
        if chars > MAX_COMMAND_CHARS:
            break
    return 0


def _is_readable(text: str) -> bool:
    try:
        _fields(text)
    except TsError:
        return False
    return True


def parse_commands(text: str) -> Iterator[tuple[int, ParsedCommand | CommandFailure]]:
    """Every command of a text with the number of its line; what can't be read comes as a failure."""
    for number, line in split_commands(text):
        try:
            yield number, parse_command(line)
        except TsError as fault:
            yield number, CommandFailure(number, line[:200], fault)


# --- One command --------------------------------------------------------------------------------------------


def parse_command(line: str) -> ParsedCommand:
    """Read one command; SyntaxFault or ArgumentFault with the span of what is wrong in ``line``."""
    head = _KEYWORD.match(line)
    if head is not None and head[1].lower() == "debug":
        # It asks for the same command with an answer; one level only, so no depth can be forced.
        line = " " * head.end() + line[head.end() :]
    keyword, fields = _fields(line)
    reader = _READERS.get(keyword)
    if reader is None:
        near = near_names(keyword, _READERS)
        raise SyntaxFault(
            f"unknown command '{keyword[:40]}'",
            code="unknown-command",
            span=_keyword_span(line),
            hint=f"did you mean {near[0]}?" if near else f"there are {', '.join(_READERS)}",
        )
    try:
        return reader(fields)
    except TsError as fault:
        raise fault.at(_keyword_span(line)) from None


def _keyword_span(line: str) -> Span:
    match = _KEYWORD.match(line)
    return Span(match.start(1), match.end(1)) if match else Span(0, 0)


def _fields(line: str) -> tuple[str, list[_Field]]:
    if len(line) > MAX_COMMAND_CHARS:
        raise SyntaxFault(
            f"the command has {len(line)} characters, more than {MAX_COMMAND_CHARS}",
            code="too-long",
            span=Span(0, len(line)),
        )
    head = _KEYWORD.match(line)
    if head is None:
        raise SyntaxFault("an empty command", span=Span(0, 0))
    keyword = head[1].lower()
    fields: list[_Field] = []
    at, end = head.end(), len(line.rstrip())
    while at < end:
        match = _FIELD.match(line, at)
        if match is None:
            raise _unreadable(line, at)
        fields.append(_field_of(match))
        at = match.end()
        gap = _GAP.match(line, at)
        at = gap.end() if gap else at
    return keyword, fields


def _field_of(match: re.Match[str]) -> _Field:
    key, quoted_name, bare_name, equals, quoted_value, bare_value = match.groups()
    name = bare_name if quoted_name is None else quoted_name.replace('""', '"')
    value = None
    if equals:
        value = bare_value if quoted_value is None else quoted_value.replace('""', '"')
    quoted = quoted_name is not None or quoted_value is not None
    return _Field(key.lower(), name, value, Span(match.start(), match.end()), quoted)


def _unreadable(line: str, at: int) -> SyntaxFault:
    """Why no field starts at ``at``."""
    word = re.compile(r"\S*").match(line, at)
    end = word.end() if word else at
    text = line[at:end]
    if not re.match(r"[A-Za-z]+:", text):
        return SyntaxFault(
            f"expected a field such as m:name=value, not '{text[:40]}'",
            span=Span(at, end),
            hint="a value with spaces is written in double quotes",
        )
    if '"' in text:
        return SyntaxFault(
            "a double quote is not closed, or stands inside a value that is not quoted",
            code="bad-quotes",
            span=Span(at, end),
            hint="write the value in double quotes and double each quote inside it",
        )
    return SyntaxFault(
        f"'{text[:40]}' has more than one equals sign",
        span=Span(at, end),
        hint="a name or value that holds an equals sign is written in double quotes",
    )


# --- Reading fields -----------------------------------------------------------------------------------------


class _Reading:
    """The fields of one command, taken by key; what nobody asked for is an error."""

    def __init__(self, fields: list[_Field], allowed: str) -> None:
        self.by_key: dict[str, list[_Field]] = {}
        keys = allowed.split()
        for part in fields:
            if part.key not in keys:
                raise SyntaxFault(f"unknown field '{part.key}:'", span=part.span, hint=f"there are {allowed}")
            self.by_key.setdefault(part.key, []).append(part)

    def all(self, key: str) -> list[_Field]:
        return self.by_key.get(key, [])

    def one(self, key: str) -> _Field | None:
        found = self.all(key)
        if len(found) > 1:
            raise SyntaxFault(f"'{key}:' is given twice", span=found[1].span)
        return found[0] if found else None

    def text(self, key: str) -> str | None:
        part = self.one(key)
        if part is None:
            return None
        if part.value is not None:
            raise SyntaxFault(
                f"'{key}:' takes one text",
                span=part.span,
                hint="a text that holds an equals sign is written in double quotes",
            )
        return text_of(f"'{key}:'", part.name, MAX_TEXT_CHARS)

    def required(self, key: str, fold: Callable[[object], str]) -> str:
        text = self.text(key)
        part = self.one(key)
        try:
            return fold(text)
        except TsError as fault:
            raise fault.at(part.span) if part else fault from None

    def pairs(self, key: str) -> list[_Field]:
        for part in self.all(key):
            if part.value is None:
                raise SyntaxFault(f"'{key}:{part.name[:40]}' has no value", span=part.span)
        return self.all(key)

    def time_ns(self) -> int | None:
        given = [part for key in ("d", "ms", "s") for part in self.all(key)]
        if not given:
            return None
        if len(given) > 1:
            raise SyntaxFault("more than one time", span=given[1].span, hint="give one of d:, ms:, s:")
        part = given[0]
        if part.key == "d":
            time_ns = parse_iso_ns(part.name)
            if time_ns is None:
                raise ArgumentFault(
                    f"'{part.name[:40]}' is not a date such as 2031-04-05T06:00:00Z",
                    code="bad-time",
                    span=part.span,
                )
            return time_ns
        time_ns = int(part.name) * (10**6 if part.key == "ms" else 10**9) if _is_int(part) else 2**63
        if not -(2**63) <= time_ns < 2**63:
            raise ArgumentFault(
                f"'{part.name[:40]}' is not a time in {'milliseconds' if part.key == 'ms' else 'seconds'}",
                code="bad-time",
                span=part.span,
            )
        return time_ns

    def tags(self, key: str = "t", *, removable: bool = False) -> dict[str, str | None]:
        """Tags by folded name; with ``removable`` an empty value means "remove"."""
        found: dict[str, str | None] = {}
        parts = self.pairs(key)
        if len(parts) > MAX_TAGS:
            raise ArgumentFault(f"{len(parts)} tags, more than {MAX_TAGS}", span=parts[MAX_TAGS].span)
        for part in parts:
            try:
                name = tag_name(part.name)
                empty = removable and part.value == ""
                found[name] = None if empty else tag_value(part.name, part.value)
            except TsError as fault:
                raise fault.at(part.span) from None
        return found

    def boolean(self, key: str) -> bool | None:
        text = self.text(key)
        if text is None:
            return None
        part = self.one(key)
        if text.lower() not in _BOOLEANS:
            raise ArgumentFault(
                f"'{key}:{text[:20]}' must be true or false", span=part.span if part else None
            )
        return _BOOLEANS[text.lower()]


def _is_int(part: _Field) -> bool:
    return part.value is None and _INT.fullmatch(part.name) is not None


def _read_series(fields: list[_Field]) -> ParsedCommand:
    reading = _Reading(fields, "e m x t a d ms s")
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


def _settings(reading: _Reading, table: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
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
        elif form == "integer" and _INT.fullmatch(text):
            found[name] = int(text)
        elif form == "number":
            try:
                found[name] = parse_number(text)[0]
            except TsError as fault:
                raise fault.at(span or Span(0, 0)) from None
        else:
            raise ArgumentFault(f"'{key}:{text[:20]}' must be a whole number", span=span)
    return found


def _read_metric(fields: list[_Field]) -> ParsedCommand:
    reading = _Reading(fields, "m t " + " ".join(_METRIC_FIELDS))
    return ParsedCommand(
        "metric",
        metric=reading.required("m", fold_metric),
        settings=_settings(reading, _METRIC_FIELDS),
        tags=reading.tags(removable=True),
    )


def _read_entity(fields: list[_Field]) -> ParsedCommand:
    reading = _Reading(fields, "e t " + " ".join(_ENTITY_FIELDS))
    return ParsedCommand(
        "entity",
        entity=reading.required("e", fold_entity),
        settings=_settings(reading, _ENTITY_FIELDS),
        tags=reading.tags(removable=True),
    )


def _read_property(fields: list[_Field]) -> ParsedCommand:
    reading = _Reading(fields, "e t k v d ms s p")
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


def _read_message(fields: list[_Field]) -> ParsedCommand:
    reading = _Reading(fields, "e m t d ms s")
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


def _bare(kind: str) -> Callable[[list[_Field]], ParsedCommand]:
    def read(fields: list[_Field]) -> ParsedCommand:
        if fields:
            raise SyntaxFault(f"{kind} takes no fields", span=fields[0].span)
        return ParsedCommand(kind)

    return read


_READERS: dict[str, Callable[[list[_Field]], ParsedCommand]] = {
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
