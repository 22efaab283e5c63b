"""Evaluation of expression trees over whole columns.

Operators and functions see one array per variable, so a formula costs a few passes over the samples,
however it is written. ``if`` and ``return`` run on both branches under masks. The work is bounded: every
step is counted in rows and stops at the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.divisions import mended, zeros_of
from apps.algebra.expr.functions import CONSTANTS, FUNCTIONS, Function
from apps.algebra.expr.methods import call_method, property_of
from apps.algebra.expr.operators import binary, both, either, unary
from apps.algebra.expr.regexes import compile_regex
from apps.algebra.expr.values import (
    UNDEFINED,
    Column,
    Flags,
    Moment,
    rows_of,
    select,
    to_number,
    to_text,
    truthy,
)
from apps.errors import ArgumentFault, LimitFault, TsError, UnknownName, near_names

__all__ = ["Closure", "Scope", "evaluate"]

#: Steps of nested evaluation; far below what the interpreter's stack holds.
MAX_LEVELS = 160
#: Rows visited by all steps together; about ten seconds of work.
MAX_WORK = 4_000_000_000

_OPEN_NAMES = {"window": {}, "undefined": UNDEFINED}


@dataclass(frozen=True, eq=False)
class Closure:
    """A function written in the text, with the variables it sees."""

    node: nodes.Function
    names: dict[str, Any]


@dataclass
class Scope:
    """What an expression may see.

    ``names`` variables; ``functions`` called with this scope and the argument values, by name or by dotted
    name; ``missing`` the null-arithmetic mode; ``rows`` the length of columns, for functions without one;
    ``divisions`` what a division by zero gives: ``infinite``, ``gap`` (undefined) or ``zero``.
    """

    names: dict[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    missing: bool = True
    now_ms: float | None = None
    rows: int | None = None
    work: int = MAX_WORK
    zero_divisors: int = 0
    divisions: str = "infinite"
    levels: int = 0

    def spend(self, rows: int) -> None:
        """Count work; LimitFault when there is none left."""
        self.work -= rows
        if self.work < 0:
            raise LimitFault(
                "the expression takes too much work",
                hint="shorten the interval, aggregate over a period, or simplify the expression",
            )

    def call(self, function: Any, args: list[Any]) -> Any:
        """Call a function value."""
        if isinstance(function, Closure):
            return _call_closure(self, function, args)
        if callable(function):
            return function(self, args)
        raise ArgumentFault("this is not a function")


def evaluate(tree: nodes.Node, scope: Scope) -> Any:
    """The value of an expression, or what a function body returns (undefined when it returns nothing)."""
    with np.errstate(all="ignore"):
        if isinstance(tree, nodes.Block):
            return _run_body(scope, tree)
        return _value(scope, tree)


def _value(scope: Scope, node: nodes.Expr) -> Any:
    scope.levels += 1
    try:
        if scope.levels > MAX_LEVELS:
            raise LimitFault("the expression is nested too deeply")
        scope.spend(1)
        return _HANDLERS[type(node)](scope, node)
    except TsError as error:
        raise error.at(node.span) from None
    finally:
        scope.levels -= 1


def _name(scope: Scope, node: nodes.Name) -> Any:
    for known in (scope.names, CONSTANTS, _OPEN_NAMES):
        if node.name in known:
            return known[node.name]
    function = scope.functions.get(node.name) or FUNCTIONS.get(node.name)
    if function is not None:
        return function
    return _unknown("name", node.name, scope.names)


def _unknown(kind: str, name: str, known: Iterable[str]) -> Any:
    near = near_names(name, known)
    hint = f"did you mean {' or '.join(near)}?" if near else None
    raise UnknownName(f"there is no {kind} {name!r}", hint=hint)


def _dotted(node: nodes.Expr) -> str | None:
    """``a.b.c`` as text when the node is nothing but names."""
    parts: list[str] = []
    while isinstance(node, nodes.Member):
        parts.append(node.name)
        node = node.target
    if not isinstance(node, nodes.Name):
        return None
    return ".".join([node.name, *reversed(parts)])


def _member(scope: Scope, node: nodes.Member) -> Any:
    path = _dotted(node)
    if path is not None and path.partition(".")[0] not in scope.names:
        if path in CONSTANTS:
            return CONSTANTS[path]
        if path in FUNCTIONS:
            return FUNCTIONS[path]
        if path.startswith("window."):
            return scope.names.get(path.removeprefix("window."), UNDEFINED)
    return property_of(_value(scope, node.target), node.name)


def _index(scope: Scope, node: nodes.Index) -> Any:
    target, key = _value(scope, node.target), _value(scope, node.key)
    if isinstance(target, dict):
        return target.get(to_text(key), UNDEFINED)
    if isinstance(target, list | str) and rows_of(key) is None:
        at = to_number(key)
        return target[int(at)] if 0 <= at < len(target) and at == int(at) else UNDEFINED
    return property_of(target, to_text(key)) if rows_of(key) is None else UNDEFINED


def _call(scope: Scope, node: nodes.Call) -> Any:
    target = node.target
    path = _dotted(target)
    function: Any = None
    if path is not None:
        plain = path.removeprefix("window.")
        function = scope.names.get(plain)
        if not (isinstance(function, Closure) or callable(function)):
            function = scope.functions.get(path) or scope.functions.get(plain)
        if function is None and path.partition(".")[0] not in scope.names:
            function = FUNCTIONS.get(path)
    if function is None and isinstance(target, nodes.Member):
        if isinstance(target.target, nodes.Name) and target.target.name == "Math":
            known = [name[5:] for name in FUNCTIONS if name.startswith("Math.")]
            return _unknown("function Math", target.name, known)
        owner = _value(scope, target.target)
        return call_method(scope, owner, target.name, _arguments(scope, node))
    if function is None and isinstance(target, nodes.Name):
        return _unknown("function", target.name, [*scope.functions, *FUNCTIONS, *scope.names])
    if function is None:
        function = _value(scope, target)
    args = _arguments(scope, node)
    scope.spend(rows_of(*args) or 1)
    try:
        return scope.call(function, args)
    except (TypeError, ValueError, OverflowError, AttributeError):
        # What a text hands to a function can be of any kind; what fits is up to the function.
        raise ArgumentFault("the arguments of this function don't fit", span=node.span) from None


def _arguments(scope: Scope, node: nodes.Call) -> list[Any]:
    return [_value(scope, argument) for argument in node.arguments]


def _call_closure(scope: Scope, closure: Closure, args: list[Any]) -> Any:
    outer = scope.names
    names = dict(closure.names)
    if closure.node.name:
        names[closure.node.name] = closure
    for at, parameter in enumerate(closure.node.parameters):
        names[parameter] = args[at] if at < len(args) else UNDEFINED
    scope.names = names
    scope.levels += 1
    try:
        if scope.levels > MAX_LEVELS:
            raise LimitFault("functions call each other too deeply")
        body = closure.node.body
        if isinstance(body, nodes.Block):
            return _run_body(scope, body)
        return _value(scope, body)
    finally:
        scope.levels -= 1
        scope.names = outer


def _binary(scope: Scope, node: nodes.Binary) -> Any:
    """Long sums lean to the left; the spine is walked, not recursed into."""
    spine = [node]
    while isinstance(spine[-1].left, nodes.Binary):
        spine.append(spine[-1].left)
    result = _value(scope, spine[-1].left)
    for step in reversed(spine):
        result = _step(scope, step, result)
    return result


def _step(scope: Scope, node: nodes.Binary, left: Any) -> Any:
    if node.operator in ("&&", "||"):
        test = truthy(left)
        if not isinstance(test, np.ndarray) and test == (node.operator == "||"):
            return left
        right = _value(scope, node.right)
        if isinstance(left, Flags) and isinstance(right, Flags):
            return binary(node.operator, left, right, scope.missing)
        return both(left, right) if node.operator == "&&" else either(left, right)
    right = _value(scope, node.right)
    scope.spend(rows_of(left, right) or 1)
    zeros = zeros_of(right) if node.operator == "/" else 0
    scope.zero_divisors += zeros
    try:
        result = binary(node.operator, left, right, scope.missing)
        return mended(result, right, scope.divisions) if zeros else result
    except TsError as error:
        raise error.at(node.span) from None


def _unary(scope: Scope, node: nodes.Unary) -> Any:
    if node.operator == "typeof" and isinstance(node.operand, nodes.Name):
        known = node.operand.name in scope.names
        return unary("typeof", scope.names[node.operand.name] if known else UNDEFINED, True)
    value = _value(scope, node.operand)
    scope.spend(rows_of(value) or 1)
    return unary(node.operator, value, scope.missing)


def _conditional(scope: Scope, node: nodes.Conditional) -> Any:
    test = truthy(_value(scope, node.test))
    if not isinstance(test, np.ndarray):
        return _value(scope, node.then if test else node.otherwise)
    then, otherwise = _value(scope, node.then), _value(scope, node.otherwise)
    scope.spend(len(test))
    return select(test, then, otherwise)


def _array(scope: Scope, node: nodes.Array) -> list[Any]:
    return [_value(scope, item) for item in node.items]


def _object(scope: Scope, node: nodes.Object) -> dict[str, Any]:
    return {key: _value(scope, value) for key, value in node.entries}


def _function(scope: Scope, node: nodes.Function) -> Closure:
    return Closure(node, scope.names)


_HANDLERS: dict[type, Any] = {
    nodes.Number: lambda scope, node: node.value,
    nodes.Text: lambda scope, node: node.value,
    nodes.Regex: lambda scope, node: compile_regex(node.source, node.flags),
    nodes.Bool: lambda scope, node: node.value,
    nodes.Null: lambda scope, node: None,
    nodes.Undefined: lambda scope, node: UNDEFINED,
    nodes.Name: _name,
    nodes.Member: _member,
    nodes.Index: _index,
    nodes.Call: _call,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Conditional: _conditional,
    nodes.Array: _array,
    nodes.Object: _object,
    nodes.Function: _function,
}


@dataclass
class _Frame:
    """The run of one function body: what was returned, and for which rows."""

    result: Any = UNDEFINED
    returned: Any = None  # None: nowhere yet; True: everywhere; else a mask

    def active(self, mask: np.ndarray | None) -> Any:
        """The rows that still run under a mask; None = all, False = none."""
        if self.returned is None:
            return mask
        if self.returned is True:
            return False
        left = ~self.returned if mask is None else mask & ~self.returned
        return left if left.any() else False

    def finish(self, value: Any, mask: np.ndarray | None) -> None:
        if mask is None:
            self.result, self.returned = value, True
            return
        self.result = select(mask, value, self.result)
        self.returned = mask if self.returned is None else self.returned | mask
        if self.returned.all():
            self.returned = True


def _run_body(scope: Scope, body: nodes.Block) -> Any:
    outer = scope.names
    scope.names = dict(outer)
    frame = _Frame()
    try:
        _run_block(scope, body, frame, None)
    finally:
        scope.names = outer
    return frame.result


def _run_block(scope: Scope, block: nodes.Block, frame: _Frame, mask: np.ndarray | None) -> None:
    scope.levels += 1
    try:
        if scope.levels > MAX_LEVELS:
            raise LimitFault("the statements are nested too deeply")
        for statement in block.statements:
            active = frame.active(mask)
            if active is False:
                return
            _run(scope, statement, frame, active)
    finally:
        scope.levels -= 1


def _run(scope: Scope, node: nodes.Statement, frame: _Frame, mask: np.ndarray | None) -> None:
    match node:
        case nodes.Return():
            frame.finish(UNDEFINED if node.value is None else _value(scope, node.value), mask)
        case nodes.Declare():
            value = UNDEFINED if node.value is None else _value(scope, node.value)
            _store(scope, node.name, value, mask)
        case nodes.Assign():
            _assign(scope, node, mask)
        case nodes.If():
            _branch(scope, node, frame, mask)
        case nodes.Block():
            _run_block(scope, node, frame, mask)
        case nodes.Evaluate():
            _value(scope, node.value)


def _store(scope: Scope, name: str, value: Any, mask: np.ndarray | None) -> None:
    if mask is not None and scope.names.get(name, UNDEFINED) is not UNDEFINED:
        value = select(mask, value, scope.names[name])
    elif mask is not None and isinstance(value, float | str | bool | Column | Flags | Moment | None):
        value = select(mask, value, UNDEFINED)
    scope.names[name] = value


def _assign(scope: Scope, node: nodes.Assign, mask: np.ndarray | None) -> None:
    value = _value(scope, node.value)
    target = node.target
    if isinstance(target, nodes.Name):
        _store(scope, target.name, value, mask)
    elif isinstance(target, nodes.Member) and _dotted(target) == f"window.{target.name}":
        scope.names[target.name] = value
    else:
        raise ArgumentFault("only variables can be assigned to", span=node.span)


def _branch(scope: Scope, node: nodes.If, frame: _Frame, mask: np.ndarray | None) -> None:
    test = truthy(_value(scope, node.test))
    if not isinstance(test, np.ndarray):
        chosen = node.then if test else node.otherwise
        if chosen is not None:
            _run(scope, chosen, frame, mask)
        return
    yes = test if mask is None else mask & test
    if yes.any():
        _run(scope, node.then, frame, yes)
    if node.otherwise is not None:
        no = frame.active(~test if mask is None else mask & ~test)
        if no is not False and no is not None and no.any():
            _run(scope, node.otherwise, frame, no)
