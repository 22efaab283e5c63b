"""How KairosDB's data model and the store's are one: a point's tags, and metric, entity and series tags.

A tag named ``entity`` is the entity; a point without one belongs to the default entity. Whatever was written
is read back with exactly the tags it had. All names count as they are written, case and blanks included:
``Entity`` is a tag like any other, and ``Default`` an entity like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from apps.algebra.series import SeriesKey
from apps.errors import ArgumentFault

__all__ = ["DEFAULT_ENTITY", "ENTITY_TAG", "REGEX_PREFIX", "VERSION", "TagFilter", "series_key", "shown_tags"]

#: The entity of points that name none, and the tag that names one.
DEFAULT_ENTITY = "default"
ENTITY_TAG = "entity"
#: A wanted tag value that starts so is a regular expression for whole values.
REGEX_PREFIX = "regex:"
#: Clients split this text at its first blank, and compare the number to tell what the server can do.
VERSION = "KairosDB 1.3.0-1.20210808"


def series_key(metric: str, tags: Mapping[str, str]) -> SeriesKey:
    """The series that a point with these tags belongs to."""
    entity = tags.get(ENTITY_TAG, "")
    if entity in ("", DEFAULT_ENTITY):
        # The default entity, when named, is kept as a tag: or reading could not tell that it was.
        return SeriesKey.of(metric, DEFAULT_ENTITY, tags)
    return SeriesKey.of(metric, entity, {name: value for name, value in tags.items() if name != ENTITY_TAG})


def shown_tags(key: SeriesKey) -> dict[str, str]:
    """The tags of a series as KairosDB's clients see them."""
    tags = key.tag_map
    if key.entity != DEFAULT_ENTITY:
        tags[ENTITY_TAG] = key.entity
    return tags


class TagFilter:
    """Which series a query wants: of each tag named one of its values, literal or ``regex:…``."""

    def __init__(self, wanted: Mapping[str, Sequence[str]]) -> None:
        self._rules = {name: _Values.of(values) for name, values in wanted.items() if values}

    def accepts(self, key: SeriesKey) -> bool:
        """Whether a series has every tag wanted, each with one of the values wanted."""
        tags = shown_tags(key)
        return all(name in tags and rule.accepts(tags[name]) for name, rule in self._rules.items())


@dataclass(frozen=True, slots=True)
class _Values:
    literals: frozenset[str]
    patterns: tuple[_Pattern, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> _Values:
        texts = [one.removeprefix(REGEX_PREFIX) for one in values if one.startswith(REGEX_PREFIX)]
        literals = frozenset(one for one in values if not one.startswith(REGEX_PREFIX))
        return cls(literals, tuple(_compiled(text) for text in texts))

    def accepts(self, value: str) -> bool:
        return value in self.literals or any(one.accepts(value) for one in self.patterns)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """An expression for whole values, and what their beginnings must be (True) or must not be (False)."""

    whole: Any
    beginnings: tuple[tuple[bool, Any], ...] = ()

    def accepts(self, value: str) -> bool:
        if self.whole.fullmatch(value) is None:
            return False
        return all((one.match(value) is not None) is wanted for wanted, one in self.beginnings)


@lru_cache(maxsize=256)
def _compiled(text: str) -> _Pattern:
    rest, beginnings = text, []
    # "All but these" is written so: (?!one|two).*, which no automaton reads as a whole.
    while len(text) <= _LONGEST_AHEAD and (found := _LOOKS_AHEAD.match(rest)) is not None:
        end = _closing(rest, found.end())
        if end is None:
            break
        beginnings.append((found[1] == "=", rest[found.end() : end]))
        rest = rest[end + 1 :]
    if beginnings and _has_alternatives(rest):
        # Then they belong to the first alternative only.
        rest, beginnings = text, []
    return _Pattern(
        _automaton(rest, text), tuple((wanted, _automaton(one, text)) for wanted, one in beginnings)
    )


#: Longer expressions are not looked into, which may take the square of their length.
_LONGEST_AHEAD = 1000
_LOOKS_AHEAD = re.compile(r"\^*\(\?([=!])")
#: What counts as one piece when brackets are counted: escapes, and classes of characters.
_PIECE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def _closing(text: str, at: int) -> int | None:
    """Where the bracket closes that was opened before ``at``."""
    depth = 1
    for piece in _PIECE.finditer(text, at):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0:
            return piece.start()
    return None


def _has_alternatives(text: str) -> bool:
    depth = 0
    for piece in _PIECE.finditer(text):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0 and piece[0] == "|":
            return True
    return False


def _automaton(text: str, whole: str) -> Any:
    # What a stranger sends must not make the server search for hours.
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as fault:
        reason = fault.args[0] if fault.args else "unknown"
        shown = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ArgumentFault(f"the regular expression {whole[:100]!r} can't be read: {shown}") from None
