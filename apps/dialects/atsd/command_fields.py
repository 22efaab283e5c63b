"""The fields of one network command: ``key:name`` and ``key:name=value``, quoted where they must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from apps.dialects.atsd.incoming import parse_iso_ns, tag_name, tag_value, text_of
from apps.errors import ArgumentFault, SyntaxFault, TsError
from apps.spans import Span

__all__ = [
    "INT",
    "KEYWORD",
    "MAX_COMMAND_CHARS",
    "MAX_TEXT_CHARS",
    "Field",
    "Reading",
    "is_int",
    "keyword_span",
    "read_fields",
]

MAX_COMMAND_CHARS = 128 * 1024
MAX_TAGS = 1024
MAX_TEXT_CHARS = 64 * 1024

KEYWORD = re.compile(r"\s*(\S+)[ \t]*")
INT = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_GAP = re.compile(r"[ \t\r\n]+")
# name or "name", then perhaps = value or "value". A quote inside quotes is doubled.
_FIELD = re.compile(
    r'([A-Za-z]+):(?:"([^"]*(?:""[^"]*)*)"|([^\s"=]*))'
    r'(?:(=)(?:"([^"]*(?:""[^"]*)*)"|([^\s"=]*)))?(?=\s|$)'
)
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Field:
    """``key:name`` or ``key:name=value``; ``value`` is None without an equals sign."""

    key: str
    name: str
    value: str | None
    span: Span
    quoted: bool


def keyword_span(line: str) -> Span:
    match = KEYWORD.match(line)
    return Span(match.start(1), match.end(1)) if match else Span(0, 0)


def read_fields(line: str) -> tuple[str, list[Field]]:
    if len(line) > MAX_COMMAND_CHARS:
        raise SyntaxFault(
            f"the command has {len(line)} characters, more than {MAX_COMMAND_CHARS}",
            code="too-long",
            span=Span(0, len(line)),
        )
    head = KEYWORD.match(line)
    if head is None:
        raise SyntaxFault("an empty command", span=Span(0, 0))
    keyword = head[1].lower()
    fields: list[Field] = []
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


def _field_of(match: re.Match[str]) -> Field:
    key, quoted_name, bare_name, equals, quoted_value, bare_value = match.groups()
    name = bare_name if quoted_name is None else quoted_name.replace('""', '"')
    value = None
    if equals:
        value = bare_value if quoted_value is None else quoted_value.replace('""', '"')
    quoted = quoted_name is not None or quoted_value is not None
    return Field(key.lower(), name, value, Span(match.start(), match.end()), quoted)


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


class Reading:
    """The fields of one command, taken by key; what nobody asked for is an error."""

    def __init__(self, fields: list[Field], allowed: str) -> None:
        self.by_key: dict[str, list[Field]] = {}
        keys = allowed.split()
        for part in fields:
            if part.key not in keys:
                raise SyntaxFault(f"unknown field '{part.key}:'", span=part.span, hint=f"there are {allowed}")
            self.by_key.setdefault(part.key, []).append(part)

    def all(self, key: str) -> list[Field]:
        return self.by_key.get(key, [])

    def one(self, key: str) -> Field | None:
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

    def pairs(self, key: str) -> list[Field]:
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
        time_ns = int(part.name) * (10**6 if part.key == "ms" else 10**9) if is_int(part) else 2**63
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


def is_int(part: Field) -> bool:
    return part.value is None and INT.fullmatch(part.name) is not None
