"""Functions that look something up outside the rows, through the port of the context."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.casts import decoded, texts
from apps.relations.columns import Column, objects, text_codes
from apps.relations.compare import boolean
from apps.relations.functions.registry import Asked, function

__all__: list[str] = []


def _literal(column: Column, what: str) -> str:
    found = texts(column)
    if len(found) == 0:
        return ""
    if not found.is_constant or found.nulls[0]:
        raise ArgumentFault(f"{what} is a literal")
    return str(found.texts[0])


def _found(asked: Asked, column: Column, one: Callable[[str], str | None]) -> Column:
    """A text or NULL for each distinct text."""
    coded = text_codes(texts(column))
    answers = [one(text) for text in coded.dictionary]
    gone = np.array([answer is None for answer in answers], bool)
    values = Column("varchar", coded.values, coded.missing, objects([answer or "" for answer in answers]))
    return values.masked(coded.nulls | (gone[coded.values] if len(gone) else False))


@function("lookup", least=2)
def lookup(asked: Asked, table: Column, key: Column) -> Column:
    """What a replacement table has for a key, NULL when nothing; numbers are keys as ``#.##`` prints them."""
    pairs = asked.context.lookups.table(_literal(table, "the name of a table")) or {}
    return _found(asked, key, pairs.get)


@function("entity_tag", least=2)
def entity_tag(asked: Asked, entity: Column, tag: Column) -> Column:
    """A tag of an entity, NULL when it has none."""
    name = _literal(tag, "the name of a tag")
    return _found(asked, entity, lambda text: asked.context.lookups.entity_tag(text, name))


@function("property", least=2)
def property_of(asked: Asked, entity: Column, expression: Column) -> Column:
    """A property of an entity, as in PROPERTY(entity, 'type:key=value:tag')."""
    written = _literal(expression, "a property expression")
    return _found(asked, entity, lambda text: asked.context.lookups.property(text, written))


@function("is_entity_in_group", least=2)
def is_entity_in_group(asked: Asked, entity: Column, group: Column) -> Column:
    """Whether an entity belongs to a group."""
    name, found = _literal(group, "the name of a group"), texts(entity)
    hits = decoded(found, lambda text: asked.context.lookups.in_group(text, name), bool)
    return boolean(hits, found.nulls)


@function("in_collection", least=2)
def in_collection(asked: Asked, value: Column, name: Column) -> Column:
    """``value IN collection('name')``; an unknown collection holds nothing."""
    held = frozenset(asked.context.lookups.collection(_literal(name, "the name of a collection")) or ())
    found = texts(value)
    return boolean(decoded(found, held.__contains__, bool), found.nulls)


@function("in_joined", least=2)
def in_joined(asked: Asked, value: Column, joined: Column) -> Column:
    """``'name' IN entity.groups``: whether a text is one of those that another joins with semicolons."""
    wanted, whole = texts(value), texts(joined)
    hits = np.zeros(asked.rows, bool)
    coded = text_codes(wanted)
    for place in np.unique(coded.values[~coded.nulls]).tolist():
        rows = np.flatnonzero((coded.values == place) & ~coded.nulls)
        one = coded.dictionary[place]
        hits[rows] = decoded(whole.take(rows), lambda text, one=one: one in text.split(";"), bool)
    return boolean(hits, wanted.nulls | whole.nulls)
