"""Limits of an expression, known before it runs: size, depth, and steps per row."""

from __future__ import annotations

from dataclasses import dataclass

from apps.algebra.expr import nodes
from apps.errors import LimitFault

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_NODES", "Shape", "check", "shape_of"]

#: Characters of one expression.
MAX_LENGTH = 50_000
#: Nodes of one expression.
MAX_NODES = 20_000
#: Levels of nesting; a chain of operators to the left counts as one.
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a tree is: nodes, and levels of nesting. The cost of a run is nodes × rows at most."""

    count: int
    depth: int


def shape_of(tree: nodes.Node) -> Shape:
    """Count nodes and depth without recursion."""
    count = deepest = 0
    stack: list[tuple[nodes.Node, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        deepest = max(deepest, depth)
        for child in nodes.children(node):
            along = isinstance(node, nodes.Binary) and child is node.left
            along = along and isinstance(child, nodes.Binary)
            stack.append((child, depth if along else depth + 1))
    return Shape(count, deepest)


def check(tree: nodes.Node) -> Shape:
    """The shape of a tree; LimitFault when it is too large or too deep."""
    shape = shape_of(tree)
    if shape.count > MAX_NODES:
        raise LimitFault(
            f"the expression has {shape.count} parts, more than the limit of {MAX_NODES}",
            span=tree.span,
        )
    if shape.depth > MAX_DEPTH:
        raise LimitFault(
            f"the expression is nested {shape.depth} levels deep, more than {MAX_DEPTH}",
            span=tree.span,
        )
    return shape
