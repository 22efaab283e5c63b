"""How KairosDB's data model and the store's are one: a point's tags, and metric, entity and series tags.

A tag named ``entity`` is the entity; a point without one belongs to the default entity. Whatever was written
is read back with exactly the tags it had. All names count as they are written, case and blanks included:
``Entity`` is a tag like any other, and ``Default`` an entity like any other.
"""

from __future__ import annotations

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
    patterns: tuple[Any, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> _Values:
        texts = [one.removeprefix(REGEX_PREFIX) for one in values if one.startswith(REGEX_PREFIX)]
        literals = frozenset(one for one in values if not one.startswith(REGEX_PREFIX))
        return cls(literals, tuple(_compiled(text) for text in texts))

    def accepts(self, value: str) -> bool:
        return value in self.literals or any(one.fullmatch(value) is not None for one in self.patterns)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Any:
    # Automata: what a stranger sends must not make the server search for hours.
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as fault:
        reason = fault.args[0] if fault.args else "unknown"
        shown = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ArgumentFault(f"the regular expression {text[:100]!r} can't be read: {shown}") from None
