"""What stands in a tree: the nodes below one, and all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache

from apps.dialects.sql.clauses import Select
from apps.dialects.sql.nodes import Node

__all__ = ["children", "walk"]

_PLAIN = {"str", "str | None", "bool", "int", "int | None", "int | float", "tuple[int, ...]", "Span"}


def children(node: Node) -> Iterator[Node]:
    """The nodes right below, in the order of the fields."""
    for name in _parts(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for each in value:
                if isinstance(each, Node):
                    yield each
                else:
                    # Rows of INSERT are tuples in a tuple.
                    yield from each


@cache
def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields that may hold nodes."""
    return tuple(field.name for field in fields(kind) if field.type not in _PLAIN)


def walk(node: Node, *, into_queries: bool = True) -> Iterator[Node]:
    """A node and all below it, without recursion, in the order of the text as far as fields follow it.

    Without ``into_queries`` the queries inside it are given, and not what stands in them.
    """
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        if into_queries or found is node or not isinstance(found, Select):
            stack.extend(reversed(list(children(found))))
