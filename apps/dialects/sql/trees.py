"""What stands in a tree: the nodes below one, and all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from apps.dialects.sql.clauses import Select
from apps.spans import Span

__all__ = ["children", "walk"]


def children(node: Any) -> Iterator[Any]:
    """The nodes right below, in the order of the fields."""
    for name in _parts(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for each in value:
                # Rows of INSERT are tuples in a tuple.
                if isinstance(each, tuple):
                    yield from each
                elif _parts(type(each)):
                    yield each
        elif _parts(type(value)):
            yield value


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The fields that say what a node is; none for what is no node."""
    if not is_dataclass(kind) or kind is Span:
        return ()
    return tuple(field.name for field in fields(kind) if field.name != "name_at")


def walk(node: Any, *, into_queries: bool = True) -> Iterator[Any]:
    """A node and all below it, without recursion, in the order of the text as far as fields follow it."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        if into_queries or found is node or not isinstance(found, Select):
            stack.extend(reversed(list(children(found))))
