"""The tree of an expression, whichever grammar it was written in. Frozen nodes, each with its place.

Nodes compare by identity: trees may be deep, and comparing or hashing them must not recurse. Tests compare
:func:`dump` texts instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.spans import Span

__all__ = [
    "Array",
    "Assign",
    "Binary",
    "Block",
    "Bool",
    "Call",
    "Conditional",
    "Declare",
    "Evaluate",
    "Expr",
    "Function",
    "If",
    "Index",
    "Member",
    "Name",
    "Node",
    "Null",
    "Number",
    "Object",
    "Regex",
    "Return",
    "Statement",
    "Text",
    "Unary",
    "Undefined",
    "children",
    "dump",
    "walk",
]


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    value: float
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    value: str
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Regex:
    """``/source/flags``"""

    source: str
    flags: str
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Null:
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Undefined:
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Name:
    """A variable, or a function when it is the target of a call."""

    name: str
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """``target.name``; ``name_span`` is the place of the name alone."""

    target: Expr
    name: str
    span: Span
    name_span: Span | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """``target[key]``"""

    target: Expr
    key: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """``target(arguments)``; the target is a Name or a Member (a method)."""

    target: Expr
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Unary:
    """``operator``: ``-``, ``+``, ``!`` or ``typeof``."""

    operator: str
    operand: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Binary:
    """Two operands.

    ``operator``: ``+ - * / % **``, ``< <= > >= == != === !==``, ``&& ||``, and for the query grammars
    ``like`` (right: Text pattern with ``*`` and ``?``, or an Array of them), ``regex`` (right: Text) and
    ``in`` (right: Array). Their negations are ``Unary("!", …)``.
    """

    operator: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Conditional:
    """``test ? then : otherwise``"""

    test: Expr
    then: Expr
    otherwise: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Array:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Object:
    """``{key: value}``; keys are plain texts."""

    entries: tuple[tuple[str, Expr], ...]
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """``function (a, b) { … }`` or ``(a, b) => …``"""

    parameters: tuple[str, ...]
    body: Node
    span: Span
    name: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Declare:
    """``var name = value``; without a value the variable is undefined."""

    name: str
    value: Expr | None
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Assign:
    """``target = value``; the target is a Name, or a Member such as ``window.name``."""

    target: Expr
    value: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class If:
    test: Expr
    then: Statement
    otherwise: Statement | None
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Return:
    value: Expr | None
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Evaluate:
    """An expression that stands as a statement."""

    value: Expr
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Statements in order; also the body of a function."""

    statements: tuple[Statement, ...]
    span: Span


Expr = (
    Number | Text | Bool | Null | Undefined | Name | Member | Index | Call | Unary | Binary
    | Conditional | Array | Object | Function | Regex
)  # fmt: skip
Statement = Declare | Assign | If | Return | Evaluate | Block
Node = Expr | Statement


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Member():
            return (node.target,)
        case Index():
            return (node.target, node.key)
        case Call():
            return (node.target, *node.arguments)
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Conditional():
            return (node.test, node.then, node.otherwise)
        case Array():
            return node.items
        case Object():
            return tuple(value for _, value in node.entries)
        case Function():
            return (node.body,)
        case Declare() | Return():
            return () if node.value is None else (node.value,)
        case Assign():
            return (node.target, node.value)
        case If():
            tail = () if node.otherwise is None else (node.otherwise,)
            return (node.test, node.then, *tail)
        case Evaluate():
            return (node.value,)
        case Block():
            return node.statements
    return ()


def walk(node: Node) -> Iterator[Node]:
    """All nodes, parents before children, in the order of the text; without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def _head(node: Node) -> str:
    match node:
        case Number():
            return f"{node.value:g}"
        case Text():
            return repr(node.value)
        case Regex():
            return f"/{node.source}/{node.flags}"
        case Bool():
            return "true" if node.value else "false"
        case Name():
            return node.name
        case Member():
            return f".{node.name}"
        case Unary() | Binary():
            return node.operator
        case Object():
            return "object " + " ".join(key for key, _ in node.entries)
        case Function():
            return f"function {' '.join(node.parameters)}".strip()
        case Declare():
            return f"var {node.name}"
    return type(node).__name__.lower()


def dump(node: Node) -> str:
    """The tree as nested brackets, for tests: ``(- (call value 'a') 1)``."""
    below = children(node)
    if not below:
        return _head(node)
    return f"({_head(node)} {' '.join(dump(child) for child in below)})"
