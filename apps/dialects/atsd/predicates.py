"""Expression trees as functions of one record: the meaning of the data API's metadata filters.

Texts compare as texts, with two exceptions: a number beside a text that reads as one compares as a
number, and date fields (``…Date``) compare as instants. A missing field is the empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.algebra.expr.nodes import (
    Array,
    Binary,
    Bool,
    Call,
    Expr,
    Index,
    Member,
    Name,
    Null,
    Number,
    Text,
    Unary,
)  # fmt: skip
from apps.algebra.series import any_case_tag, fold
from apps.dialects.atsd.dates import parse_date
from apps.dialects.atsd.matching import (
    is_like,
    number_of,
    regex_of,
    text_of,
    texts_of,
    wildcard_pattern,
)
from apps.errors import ArgumentFault, SyntaxFault, near_names

__all__ = ["Resolver", "Scope", "compile_tree"]


def _not_member(entity: str, groups: Sequence[str]) -> bool:
    return False


def _nothing(*names: str) -> list[str]:
    return []


@dataclass(frozen=True)
class Resolver:
    """What filters may ask beyond the record itself; the Django side answers, tests give plain functions.

    ``member_of(entity, groups)``; ``collection(name)`` a named list; ``property_values(entity, path)`` the
    values of ``type:key=value:tag``, first one first.
    """

    member_of: Callable[[str, Sequence[str]], bool] = _not_member
    collection: Callable[[str], Collection[str]] = _nothing
    property_values: Callable[[str, str], Sequence[str]] = _nothing


@dataclass(frozen=True)
class Scope:
    """What one evaluation needs beside the record."""

    resolver: Resolver
    now_ns: int


Record = Mapping[str, Any]
Evaluator = Callable[[Record, Scope], Any]


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    if any(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right)):
        numbers = (number_of(left), number_of(right))
        if None not in numbers:
            return numbers
    return text_of(left), text_of(right)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_COMPARE_FOLDED = {"like", "regex", "in", *_COMPARE}


def _divide(left: float, right: float) -> float:
    return left / right if right else float("nan")


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: left % right if right else float("nan"),
}


def _is_date_field(node: Expr) -> bool:
    return isinstance(node, Name) and node.name.lower().endswith(("date", "time"))


def _is_name(node: Expr) -> bool:
    return isinstance(node, Name) and node.name == "name"


# --- From trees to functions ------------------------------------------------------------------------------


def compile_tree(node: Expr) -> Evaluator:
    """The function of a tree. Unknown functions and regular expressions that can't be read fault here."""
    match node:
        case Number() | Text() | Bool():
            constant = node.value
            return lambda record, scope: constant
        case Null():
            return lambda record, scope: ""
        case Name():
            return _field(node.name)
        case Array():
            items = [compile_tree(item) for item in node.items]
            return lambda record, scope: [item(record, scope) for item in items]
        case Member() | Index():
            return _member(node)
        case Unary():
            return _unary(node)
        case Binary():
            return _binary(node)
        case Call():
            return _call(node)
    raise SyntaxFault("this can't stand in a filter", span=node.span)


def _field(name: str) -> Evaluator:
    folded = name.lower()

    def read(record: Record, scope: Scope) -> Any:
        value = record.get(folded, record.get(name))
        return "" if value is None else value

    return read


def _constant(value: str) -> Evaluator:
    def read(record: Record, scope: Scope) -> Any:
        return value

    return read


def _member(node: Member | Index) -> Evaluator:
    target = compile_tree(node.target)
    key = _constant(node.name) if isinstance(node, Member) else compile_tree(node.key)

    def read(record: Record, scope: Scope) -> Any:
        holder, wanted = target(record, scope), key(record, scope)
        if isinstance(holder, Mapping):
            value = any_case_tag(holder, text_of(wanted))
            return "" if value is None else value
        return ""

    return read


def _unary(node: Unary) -> Evaluator:
    operand = compile_tree(node.operand)
    if node.operator == "!":
        return lambda record, scope: not operand(record, scope)
    sign = -1.0 if node.operator == "-" else 1.0

    def signed(record: Record, scope: Scope) -> float:
        number = number_of(operand(record, scope))
        return float("nan") if number is None else sign * number

    return signed


def _binary(node: Binary) -> Evaluator:
    if node.operator in ("regex", "like") and isinstance(node.right, Text):
        pattern = node.right.value
        regex_of(pattern if node.operator == "regex" else wildcard_pattern(pattern))
    left, right = compile_tree(node.left), compile_tree(node.right)
    if node.operator in _COMPARE_FOLDED and (_is_name(node.left) or _is_name(node.right)):
        # Names are stored in lower case and compare whatever the case.
        if node.operator != "regex":
            left, right = _folded(left), _folded(right)
    elif node.operator in _COMPARE and (_is_date_field(node.left) or _is_date_field(node.right)):
        left, right = _instant(left), _instant(right)
    return _operation(node, left, right)


def _operation(node: Binary, left: Evaluator, right: Evaluator) -> Evaluator:
    match node.operator:
        case "&&":
            return lambda record, scope: bool(left(record, scope)) and bool(right(record, scope))
        case "||":
            return lambda record, scope: bool(left(record, scope)) or bool(right(record, scope))
        case "like":
            return lambda record, scope: is_like(left(record, scope), right(record, scope))
        case "regex":
            return lambda record, scope: (
                regex_of(text_of(right(record, scope))).fullmatch(text_of(left(record, scope))) is not None
            )
        case "in":
            return lambda record, scope: text_of(left(record, scope)) in texts_of(right(record, scope))
        case "+":
            return lambda record, scope: _plus(left(record, scope), right(record, scope))
    if node.operator in _COMPARE:
        compare = _COMPARE[node.operator]
        return lambda record, scope: compare(*_comparable(left(record, scope), right(record, scope)))
    if node.operator not in _ARITHMETIC:
        raise SyntaxFault(f"{node.operator} can't stand in a filter", span=node.span)
    reckon = _ARITHMETIC[node.operator]

    def arithmetic(record: Record, scope: Scope) -> float:
        first, second = number_of(left(record, scope)), number_of(right(record, scope))
        return float("nan") if first is None or second is None else reckon(first, second)

    return arithmetic


def _plus(left: Any, right: Any) -> Any:
    numeric = all(isinstance(side, int | float) for side in (left, right))
    return left + right if numeric else text_of(left) + text_of(right)


def _folded(operand: Evaluator) -> Evaluator:
    def fold(record: Record, scope: Scope) -> Any:
        value = operand(record, scope)
        if isinstance(value, list):
            return [text_of(one).lower() for one in value]
        return text_of(value).lower()

    return fold


def _instant(operand: Evaluator) -> Evaluator:
    """A date as nanoseconds; an absent or unreadable one as the beginning of time."""

    def read(record: Record, scope: Scope) -> float:
        value = operand(record, scope)
        if isinstance(value, int | float):
            return float(value) * 1e6
        try:
            return float(parse_date(text_of(value), scope.now_ns))
        except ArgumentFault:
            return float("-inf")

    return read


# --- Functions and methods --------------------------------------------------------------------------------


def _split(value: Any) -> list[str]:
    return [part.strip() for part in text_of(value).split(",") if part.strip()]


def _matching(pattern: Any, values: Any) -> list[str]:
    return [one for one in texts_of(values) if is_like(one, pattern)]


def _groups(arguments: Sequence[Any]) -> list[str]:
    return [name for argument in arguments for name in texts_of(argument)]


#: name -> (fewest arguments, most arguments, function of record, scope and arguments)
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "lower": (1, 1, lambda record, scope, text: text_of(text).lower()),
    "upper": (1, 1, lambda record, scope, text: text_of(text).upper()),
    "list": (1, 2, lambda record, scope, text, *rest: _split(text)),
    "likeany": (2, 2, lambda record, scope, text, many: any(is_like(text, p) for p in texts_of(many))),
    "likeall": (2, 2, lambda record, scope, text, many: all(is_like(text, p) for p in texts_of(many))),
    "matches": (2, 2, lambda record, scope, pattern, many: bool(_matching(pattern, many))),
    "startswithany": (
        2, 2, lambda record, scope, text, many: text_of(text).startswith(tuple(texts_of(many))),
    ),
    "endswithany": (
        2, 2, lambda record, scope, text, many: text_of(text).endswith(tuple(texts_of(many))),
    ),
    "regexany": (
        2, 2,
        lambda record, scope, text, many: any(
            regex_of(pattern).fullmatch(text_of(text)) for pattern in texts_of(many)
        ),
    ),
    "collection": (1, 1, lambda record, scope, name: list(scope.resolver.collection(text_of(name)))),
    "memberof": (
        1, 100,
        lambda record, scope, *names: scope.resolver.member_of(
            text_of(record.get("name")), _groups(names)
        ),
    ),
    "property": (
        1, 1,
        lambda record, scope, path: next(
            iter(scope.resolver.property_values(text_of(record.get("name")), text_of(path))), ""
        ),
    ),
    "property_values": (
        1, 1,
        lambda record, scope, path: list(
            scope.resolver.property_values(text_of(record.get("name")), text_of(path))
        ),
    ),
    "coalesce": (
        1, 20, lambda record, scope, *texts: next((one for one in texts if text_of(one)), ""),
    ),
    "length": (1, 1, lambda record, scope, text: len(text_of(text))),
    "isnull": (1, 1, lambda record, scope, text: text_of(text) == ""),
}  # fmt: skip


def _contains(holder: Any, wanted: Any) -> bool:
    if isinstance(holder, str):
        return text_of(wanted) in holder
    return text_of(wanted) in texts_of(holder)


def _size(holder: Any) -> int:
    return len(holder) if isinstance(holder, str | list | tuple | Mapping) else len(text_of(holder))


_METHODS: dict[str, tuple[int, Callable[..., Any]]] = {
    "contains": (1, _contains),
    "containskey": (1, lambda holder, key: fold(text_of(key)) in map(fold, texts_of(holder))),
    "size": (0, _size),
    "length": (0, _size),
    "isempty": (0, lambda holder: _size(holder) == 0),
    "startswith": (1, lambda text, head: text_of(text).startswith(text_of(head))),
    "endswith": (1, lambda text, tail: text_of(text).endswith(text_of(tail))),
    "tolowercase": (0, lambda text: text_of(text).lower()),
    "touppercase": (0, lambda text: text_of(text).upper()),
    "trim": (0, lambda text: text_of(text).strip()),
}


def _unknown(node: Call, name: str, known: Collection[str]) -> SyntaxFault:
    near = near_names(name, known)
    hint = f"did you mean {', '.join(near)}?" if near else None
    return SyntaxFault(f"there is no function {name[:60]!r}", span=node.span, hint=hint)


def _call(node: Call) -> Evaluator:
    arguments = [compile_tree(argument) for argument in node.arguments]
    if isinstance(node.target, Member):
        method = _METHODS.get(node.target.name.lower())
        if method is None:
            raise _unknown(node, node.target.name, _METHODS)
        _check_count(node, node.target.name, method[0], method[0])
        holder, act = compile_tree(node.target.target), method[1]
        return lambda record, scope: act(
            holder(record, scope), *(argument(record, scope) for argument in arguments)
        )
    name = node.target.name if isinstance(node.target, Name) else ""
    known = _FUNCTIONS.get(name.lower())
    if known is None:
        raise _unknown(node, name, _FUNCTIONS)
    fewest, most, function = known
    _check_count(node, name, fewest, most)
    return lambda record, scope: function(
        record, scope, *(argument(record, scope) for argument in arguments)
    )


def _check_count(node: Call, name: str, fewest: int, most: int) -> None:
    given = len(node.arguments)
    if not fewest <= given <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise SyntaxFault(f"{name} takes {wanted} arguments, not {given}", span=node.span)
