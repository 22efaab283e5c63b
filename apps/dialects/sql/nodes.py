"""The tree of an expression. Frozen nodes, each with its place in the text as ``at``.

Trees are equal when they mean the same: places and spellings (case, ``::`` or CAST, the arrow form) don't
count, so that an expression of SELECT is found again in GROUP BY with ``==``. The parser bounds the depth of
a tree, so functions over trees may call themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    "Node",
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
]


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes have: where they stand in the text."""

    at: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# --- Names and literals -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier: looked up by ``key`` (lower case), shown as ``text``."""

    key: str
    text: str = field(default="", compare=False)
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written in ``text``; ``whole`` when it has neither fraction nor exponent."""

    value: int | float
    whole: bool
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Bool(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Null(Node):
    pass


@dataclass(frozen=True, slots=True)
class NaN(Node):
    pass


# --- Operands -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column(Node):
    """``value``, ``tags.dc``, ``t1.entity.tags.x``: the parts as written, not yet resolved."""

    path: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Star(Node):
    """``*``, ``t1.*``, ``tags.*``, ``entity.tags.*``: the parts before the star."""

    path: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar(Node):
    """A word that names an instant: ``now``, ``previous_month``; in lower case."""

    word: str


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """``2 * HOUR``, and ``5 MINUTE`` as the argument of a function; ``unit`` is canonical (``hour``)."""

    count: Number
    unit: str
    star: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A bare word as the argument of a function: the part of EXTRACT and DATEADD, POPULATION, AUTO."""

    word: str


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type under its canonical name (:data:`apps.dialects.sql.words.TYPES`), with ``(10, 2)`` as given."""

    name: str
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Period(Node):
    """``PERIOD(count unit, …)``; ``qualifier`` is the ``t2`` of ``t2.PERIOD(…)``. None: not written.

    ``interpolation`` is ``none``, ``previous``, ``next``, ``linear`` or ``value`` (then ``fill`` has it);
    ``align`` is ``calendar``, ``start_time``, ``end_time`` or ``first_value_time``; ``zone`` a text or the
    column ``entity.timeZone`` or ``metric.timeZone``.
    """

    count: Number
    unit: str
    interpolation: str | None = None
    fill: Expr | None = None
    extend: bool = False
    align: str | None = None
    zone: Expr | None = None
    qualifier: Name | None = None


# --- Operators ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """A minus before something that isn't a number."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic: ``+ - * / %``."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``= != < <= > >=`` (``<>`` is read as ``!=``)."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` or ``or`` of two or more."""

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
    escape: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Regex(Node):
    operand: Expr
    pattern: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList(Node):
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InSource(Node):
    """IN a call or a column: ``collection('name')``, ``metrics('entity')``, ``entity.groups``."""

    operand: Expr
    source: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InQuery(Node):
    operand: Expr
    query: Select
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``x BETWEEN low [INCL|EXCL] AND high [INCL|EXCL]``."""

    operand: Expr
    low: Expr
    high: Expr
    low_inclusive: bool = True
    high_inclusive: bool = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class BetweenQuery(Node):
    """``datetime BETWEEN (SELECT datetime …)``: its rows taken in pairs are the intervals."""

    operand: Expr
    query: Select
    negated: bool = False


@dataclass(frozen=True, slots=True)
class When(Node):
    """One branch: a condition, or the values that the subject is compared with."""

    values: tuple[Expr, ...]
    result: Expr


@dataclass(frozen=True, slots=True)
class Case(Node):
    """With a ``subject`` its branches hold values, without they hold one condition each."""

    subject: Expr | None
    whens: tuple[When, ...]
    otherwise: Expr | None = None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """``form`` says how it was written: ``cast``, ``bare`` CAST(x), ``colons`` x::t or ``prefix`` t 'x'."""

    operand: Expr
    type: TypeName
    form: str = field(default="cast", compare=False)


# --- Calls --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named(Node):
    """An argument by name: ``method => 'prometheus'``."""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class OrderItem(Node):
    expression: Expr
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Over(Node):
    partition_by: tuple[Expr, ...] = ()
    order_by: tuple[OrderItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function with its arguments; ``name`` is in lower case.

    ``a -> f(b)`` is the same as ``f(a, b)``, with ``arrow`` set; ``bare`` calls have no parentheses.
    Whether a ``schema`` exists is not the grammar's to know.
    """

    name: str
    arguments: tuple[Expr, ...] = ()
    named: tuple[Named, ...] = ()
    distinct: bool = False
    order_by: tuple[OrderItem, ...] = ()
    where: Expr | None = None
    over: Over | None = None
    schema: Name | None = field(default=None, compare=False)
    arrow: bool = field(default=False, compare=False)
    bare: bool = field(default=False, compare=False)
    name_at: Span = field(default=NOWHERE, compare=False)


Literal = Number | Text | Bool | Null | NaN
Expr = (
    Literal | Column | Star | Calendar | Duration | Word | Period | Unary | Binary | Compare | Logic | Not
    | IsNull | Like | Regex | InList | InSource | InQuery | Between | BetweenQuery | Case | Cast | Call
)  # fmt: skip
