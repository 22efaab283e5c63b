"""Plain arithmetic over columns without gaps, in as few passes over the samples as written by hand.

A formula of nothing but ``+ - * /``, numbers and calls that name samples can't make a finite number out of a
missing one. So it is computed as if nothing were missing, and where the result is finite that was right. For
the rest, and for all other formulas, there is :func:`apps.algebra.expr.evaluate.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.expr import nodes

__all__ = ["Program", "compile_arithmetic"]

_OPERATIONS: dict[str, Any] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip
_MOST_STEPS = 60

#: Gives what hands out the numbers that a name or a call stands for, None where they are no plain ones.
Leaf = Callable[[nodes.Name | nodes.Call], Callable[[], np.ndarray] | None]


@dataclass(frozen=True, eq=False)
class Program:
    """Steps in postfix order: a number, a source of a column, or a function of so many operands."""

    steps: tuple[Any, ...]

    def run(self, out: np.ndarray) -> bool:
        """Compute one block into ``out``. False when the result is not finite everywhere."""
        stack: list[Any] = []
        with np.errstate(all="ignore"):
            for step in self.steps:
                if not isinstance(step, np.ufunc):
                    stack.append(step if isinstance(step, float) else step())
                    continue
                operands = [stack.pop() for _ in range(step.nin)][::-1]
                free = all(one is not out for one in stack)
                columns = any(isinstance(one, np.ndarray) for one in operands)
                stack.append(step(*operands, out=out) if free and columns else step(*operands))
        if stack[0] is not out:
            out[:] = stack[0]
        return bool(np.isfinite(out).all())


def compile_arithmetic(tree: nodes.Node, leaf: Leaf) -> Program | None:
    """The program of a formula; None when it is more than plain arithmetic over columns."""
    steps: list[Any] = []
    if not isinstance(tree, nodes.Binary | nodes.Unary) or not _compile(tree, leaf, steps):
        return None
    columns = [step for step in steps if not isinstance(step, float | np.ufunc)]
    return Program(tuple(steps)) if columns and len(steps) <= _MOST_STEPS else None


def _compile(node: nodes.Node, leaf: Leaf, steps: list[Any]) -> bool:
    if len(steps) > _MOST_STEPS:
        return False
    match node:
        case nodes.Number():
            steps.append(float(node.value))
            return True
        case nodes.Call() | nodes.Name():
            source = leaf(node)
            if source is None:
                return False
            steps.append(source)
            return True
        case nodes.Unary(operator="-"):
            if not _compile(node.operand, leaf, steps):
                return False
            steps.append(np.negative)
            return True
        case nodes.Binary() if node.operator in _OPERATIONS:
            # an infinite divisor would make a finite number out of what has none
            if node.operator == "/" and _divides(node.right):
                return False
            if not (_compile(node.left, leaf, steps) and _compile(node.right, leaf, steps)):
                return False
            steps.append(_OPERATIONS[node.operator])
            return True
    return False


def _divides(node: nodes.Node) -> bool:
    return any(isinstance(one, nodes.Binary) and one.operator == "/" for one in nodes.walk(node))
