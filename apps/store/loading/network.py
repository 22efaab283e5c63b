"""Files of ATSD network commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from apps.catalog import services
from apps.dialects.atsd.commands import (
    MAX_COMMAND_CHARS,
    CommandFailure,
    ParsedCommand,
    parse_commands,
)
from apps.dialects.atsd.incoming import ENTITY_TAGS
from apps.dialects.atsd.messages import fields_of_message
from apps.store.loading.records import Rejected, Row, Sample

__all__ = ["action_of", "read_commands", "settings_of"]

_LINES_AT_ONCE = 2_000
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")


def read_commands(lines: Iterable[str], *, now_ns: int) -> Iterator[Row | Rejected]:
    """Commands of a text given line by line; those without a time happen at ``now_ns``."""
    for first, text in _pieces(lines):
        for offset, command in parse_commands(text):
            line = first + offset - 1
            if isinstance(command, CommandFailure):
                yield Rejected(line, command.fault.message)
                continue
            at = now_ns if command.time_ns is None else command.time_ns
            samples = tuple(
                Sample(item.key, at, item.value, item.integer, item.text) for item in command.samples
            )
            yield Row(line, samples, action_of(command, at))


def settings_of(command: ParsedCommand) -> tuple[dict[str, object], list[str]]:
    """Fields to set, and fields to put back to their defaults, by the names of the models."""
    named = {_CAPITAL.sub(r"_\1", name).lower(): value for name, value in command.settings.items()}
    given = {name: value for name, value in named.items() if value is not None}
    if command.tags:
        given["tags"] = dict(command.tags)
    return given, [name for name, value in named.items() if value is None]


def action_of(command: ParsedCommand, time_ns: int) -> Callable[[], object] | None:
    """What a command that brings no samples does to the catalog."""
    if command.kind in ("metric", "entity"):
        fields, reset = settings_of(command)
        if command.kind == "metric":
            return partial(services.patch_metric, command.metric, fields, create=True, reset=reset)
        return partial(services.patch_entity, command.entity, fields, create=True, reset=reset)
    if command.kind == "property":
        tags = {name: value or "" for name, value in command.tags.items()}
        if command.type == ENTITY_TAGS:
            return partial(services.patch_entity, command.entity, {"tags": tags}, create=True)
        return partial(
            services.insert_property, command.entity, command.type, command.keys, tags, time_ns=time_ns
        )
    if command.kind == "message":
        return partial(_store_message, command, time_ns)
    return None


def _store_message(command: ParsedCommand, time_ns: int) -> None:
    """Its severity is read when the row's turn comes: a wrong one rejects that row, not the file."""
    services.insert_messages([(command.entity, fields_of_message(command, time_ns))])


def _pieces(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The text in pieces of some thousand lines that end between commands, with their first line numbers."""
    piece: list[str] = []
    first = 1
    quotes = chars_since_quote = 0
    for number, line in enumerate(lines, start=1):
        piece.append(line)
        quotes += line.count('"')
        chars_since_quote = chars_since_quote + len(line) if quotes % 2 else 0
        # Inside an open quote the command goes on, unless it is already too long to be one.
        if len(piece) >= _LINES_AT_ONCE and (quotes % 2 == 0 or chars_since_quote > MAX_COMMAND_CHARS):
            yield first, "\n".join(piece)
            piece, first, quotes, chars_since_quote = [], number + 1, 0, 0
    if piece:
        yield first, "\n".join(piece)
