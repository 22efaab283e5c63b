"""The tree of an expression. Frozen nodes, each with its place in the text as ``at``.

Trees are equal when they mean the same: places and spellings (case, ``::`` or CAST, the arrow form) don't count,
so that an expression of SELECT is found again in GROUP BY with ``==``. The parser bounds the depth of a tree, so
functions over trees may call themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.spans import Span

if TYPE_CHECKING:
    from apps.dialects.sql.clauses import Select

__all__ = [
    "Between",
    "BetweenQuery",
    "Binary",
    "Bool",
    "Calendar",
    "Call",
    "Case",
    "Cast",
    "Column",
    "Compare",
    "Duration",
    "Expr",
    "InList",
    "InQuery",
    "InSource",
    "IsNull",
    "Like",
    "Literal",
    "Logic",
    "NaN",
    "Name",
    "Named",
    "Not",
    "Null",
    "Number",
    "OrderItem",
    "Over",
    "Period",
    "Regex",
    "Star",
    "Text",
    "TypeName",
    "Unary",
    "When",
    "Word",
    "place",
    "unseen",
]


def unseen(default: Any) -> Any:
    """A field that says how something was written, not what it means."""
    return field(default=default, compare=False)


def place() -> Any:
    """The field with a node's place in the text."""
    return field(default=Span(0, 0), compare=False, repr=False, kw_only=True)


# --- Names and literals ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier: looked up by ``key`` (lower case), shown as ``text``."""

    key: str
    text: str = unseen("")
    quoted: bool = unseen(False)
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Number:
    """A number; ``whole`` when it was written without fraction and exponent. ``text`` is how it was written."""

    value: int | float
    whole: bool
    text: str = unseen("")
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Null:
    at: Span = place()


@dataclass(frozen=True, slots=True)
class NaN:
    at: Span = place()


# --- Operands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """``value``, ``tags.dc``, ``t1.entity.tags.x``: the parts as written, not yet resolved."""

    path: tuple[Name, ...]
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Star:
    """``*``, ``t1.*``, ``tags.*``, ``entity.tags.*``: the parts before the star."""

    path: tuple[Name, ...] = ()
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Calendar:
    """A word that names an instant: ``now``, ``previous_month``; in lower case."""

    word: str
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Duration:
    """``2 * HOUR``, and ``5 MINUTE`` as the argument of a function; ``unit`` is canonical (``hour``)."""

    count: Number
    unit: str
    star: bool = unseen(True)
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word as the argument of a function: the part of EXTRACT and DATEADD, POPULATION, AUTO."""

    word: str
    at: Span = place()


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type under its canonical name (:data:`apps.dialects.sql.words.TYPES`), with ``(10, 2)`` as given."""

    name: str
    arguments: tuple[int, ...] = ()
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Period:
    """``PERIOD(count unit, …)``. What wasn't written is None; ``qualifier`` is the ``t2`` of ``t2.PERIOD(…)``.

    ``interpolation`` is ``none``, ``previous``, ``next``, ``linear`` or ``value`` (then ``fill`` has it);
    ``align`` is ``calendar``, ``start_time``, ``end_time`` or ``first_value_time``; ``zone`` a text or the column
    ``entity.timeZone`` or ``metric.timeZone``.
    """

    count: Number
    unit: str
    interpolation: str | None = None
    fill: Expr | None = None
    extend: bool = False
    align: str | None = None
    zone: Expr | None = None
    qualifier: Name | None = None
    at: Span = place()


# --- Operators ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unary:
    """A minus before something that isn't a number."""

    operand: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic: ``+ - * / %``."""

    operator: str
    left: Expr
    right: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Compare:
    """``= != < <= > >=`` (``<>`` is read as ``!=``)."""

    operator: str
    left: Expr
    right: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` of two or more."""

    operator: str
    operands: tuple[Expr, ...]
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expr
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Like:
    operand: Expr
    pattern: Expr
    escape: str | None = None
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Regex:
    operand: Expr
    pattern: Expr
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class InList:
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class InSource:
    """IN a call or a column: ``collection('name')``, ``metrics('entity')``, ``entity.groups``."""

    operand: Expr
    source: Expr
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class InQuery:
    operand: Expr
    query: Select
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Between:
    """``x BETWEEN low [INCL|EXCL] AND high [INCL|EXCL]``."""

    operand: Expr
    low: Expr
    high: Expr
    low_inclusive: bool = True
    high_inclusive: bool = True
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class BetweenQuery:
    """``datetime BETWEEN (SELECT datetime …)``: its rows taken in pairs are the intervals."""

    operand: Expr
    query: Select
    negated: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class When:
    """One branch: a condition, or the values that the subject is compared with."""

    values: tuple[Expr, ...]
    result: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Case:
    """With a ``subject`` its branches hold values, without they hold one condition each."""

    subject: Expr | None
    whens: tuple[When, ...]
    otherwise: Expr | None = None
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Cast:
    """``form`` is how it was written: ``cast``, ``bare`` (CAST(x)), ``colons`` (x::t) or ``prefix`` (t 'x')."""

    operand: Expr
    type: TypeName
    form: str = unseen("cast")
    at: Span = place()


# --- Calls ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """An argument by name: ``method => 'prometheus'``."""

    name: Name
    value: Expr
    at: Span = place()


@dataclass(frozen=True, slots=True)
class OrderItem:
    expression: Expr
    descending: bool = False
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Over:
    partition_by: tuple[Expr, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    at: Span = place()


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``name`` is in lower case.

    ``a -> f(b)`` is the same as ``f(a, b)``, with ``arrow`` set. ``bare`` calls are written without parentheses.
    Whether a ``schema`` exists is not the grammar's to know.
    """

    name: str
    arguments: tuple[Expr, ...] = ()
    named: tuple[Named, ...] = ()
    distinct: bool = False
    order_by: tuple[OrderItem, ...] = ()
    where: Expr | None = None
    over: Over | None = None
    schema: Name | None = unseen(None)
    arrow: bool = unseen(False)
    bare: bool = unseen(False)
    name_at: Span = unseen(Span(0, 0))
    at: Span = place()


Literal = Number | Text | Bool | Null | NaN
Expr = (
    Literal | Column | Star | Calendar | Duration | Word | Period | Unary | Binary | Compare | Logic | Not
    | IsNull | Like | Regex | InList | InSource | InQuery | Between | BetweenQuery | Case | Cast | Call
)  # fmt: skip
