"""Expressions over the columns of a table: frozen nodes, equal when they mean the same.

A planner makes them. Aggregates and window functions are no expressions: operators compute them into columns,
which expressions then name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apps.relations.columns import type_of
from apps.spans import Span

__all__ = [
    "Arithmetic", "Between", "Call", "Case", "Cast", "Col", "Compare", "Const", "Expr", "In", "IsNull",
    "Like", "Logic", "Negate", "Node", "Not", "Regex", "Switch", "calls_of", "columns_of", "steps_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes have: their place in the text of the query, if they came from one."""

    at: Span | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Col(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A value; without a ``type`` it has the value's own (int: bigint, float: double, str: varchar).

    A timestamp is a whole number of ns; ranges and intervals are tuples in the order of their fields.
    """

    value: Any
    type: str = ""

    def __post_init__(self) -> None:
        # With its type in it, 1 is not equal to TRUE and 1.0, which Python takes for the same.
        object.__setattr__(self, "type", self.type or type_of(self.value))


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A scalar function by its registered name."""

    name: str
    arguments: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Negate(Node):
    operand: Expr


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``+ - * / %``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``= != < <= > >=``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` or ``or`` of some operands."""

    operator: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    operand: Expr


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    operand: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(Node):
    operand: Expr
    pattern: Expr
    escape: str = "\\"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Regex(Node):
    operand: Expr
    pattern: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In(Node):
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(Node):
    operand: Expr
    low: Expr
    high: Expr
    low_inclusive: bool = True
    high_inclusive: bool = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Case(Node):
    """The result of the first condition that is true; NULL without one and without ``otherwise``."""

    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None = None


@dataclass(frozen=True, slots=True)
class Switch(Node):
    """``CASE subject WHEN v1 OR v2 THEN r … ELSE otherwise END``: pairs of values and a result.

    A node of its own, so that a subject is in the tree only once, however many branches compare with it.
    """

    subject: Expr
    whens: tuple[tuple[tuple[Expr, ...], Expr], ...]
    otherwise: Expr | None = None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """``type`` is one of the column types or ``number``; see :mod:`apps.relations.casts`."""

    operand: Expr
    type: str


Expr = (
    Col | Const | Call | Negate | Arithmetic | Compare | Logic | Not | IsNull | Like | Regex | In | Between
    | Case | Switch | Cast
)  # fmt: skip


def columns_of(expression: Expr) -> frozenset[str]:
    """The names of the columns that an expression reads."""
    if isinstance(expression, Col):
        return frozenset((expression.name,))
    return frozenset().union(*(columns_of(part) for part in _parts(expression)))


def calls_of(expression: Expr) -> frozenset[str]:
    """The names of the functions that an expression calls."""
    below = frozenset().union(*(calls_of(part) for part in _parts(expression)))
    return below | {expression.name} if isinstance(expression, Call) else below


def steps_of(expression: Expr) -> frozenset[Expr]:
    """The different parts of an expression that make a column: not its names and literals."""
    below = frozenset().union(*(steps_of(part) for part in _parts(expression)))
    return below if isinstance(expression, Col | Const) else below | {expression}


def _parts(expression: Expr) -> tuple[Expr, ...]:
    """The expressions right below one."""
    match expression:
        case Call(_, parts) | Logic(_, parts):
            return parts
        case Negate(part) | Not(part) | IsNull(part) | Cast(part):
            return (part,)
        case Arithmetic(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Like(part, pattern) | Regex(part, pattern):
            return (part, pattern)
        case In(part, items):
            return (part, *items)
        case Between(part, low, high):
            return (part, low, high)
        case Case(whens, otherwise):
            rest = () if otherwise is None else (otherwise,)
            return (*(part for when in whens for part in when), *rest)
        case Switch(subject, branches, otherwise):
            rest = () if otherwise is None else (otherwise,)
            return (subject, *(part for values, result in branches for part in (*values, result)), *rest)
    return ()
