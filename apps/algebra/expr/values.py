"""Values of expressions: plain scalars, and whole columns of them, with JavaScript's conversions.

A value is a scalar (``None`` for null, :data:`UNDEFINED`, ``bool``, ``float``, ``str``), a ``list``, a
``dict``, a function, a :class:`Moment`, or one value per row: a :class:`Column` or :class:`Flags`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.errors import ArgumentFault, LimitFault

__all__ = [
    "BOOL",
    "NULL",
    "NUMBER",
    "TEXT",
    "UNDEF",
    "UNDEFINED",
    "Column",
    "Flags",
    "Moment",
    "as_column",
    "from_numeric",
    "is_column",
    "join_gaps",
    "kind_of",
    "list_text",
    "number_text",
    "numeric",
    "parse_number",
    "rows_of",
    "select",
    "to_number",
    "to_text",
    "truthy",
]

#: What one row of a column is. NULL and UNDEF stand next to NUMBER so that the larger of two says which
#: kind of missing an arithmetic result is.
NUMBER, NULL, UNDEF, BOOL, TEXT = range(5)


class _Undefined:
    """JavaScript's undefined: there is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED = _Undefined()


@dataclass(frozen=True, eq=False)
class Column:
    """One value per row.

    ``numbers`` float64; meaningless where the kind is not NUMBER (booleans are 0 and 1).
    ``kinds``   uint8, or None when every row is a number.
    ``texts``   object array, where the kind is TEXT; or None.
    """

    numbers: np.ndarray
    kinds: np.ndarray | None = None
    texts: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, index: int) -> Any:
        """The scalar of one row."""
        kind = NUMBER if self.kinds is None else int(self.kinds[index])
        if kind == NUMBER:
            return float(self.numbers[index])
        if kind == TEXT:
            assert self.texts is not None
            return self.texts[index]
        return {NULL: None, UNDEF: UNDEFINED}.get(kind, bool(self.numbers[index]))

    def rows(self) -> list[Any]:
        if self.kinds is None:
            return self.numbers.tolist()
        return [self.row(index) for index in range(len(self))]

    @classmethod
    def of(cls, rows: list[Any]) -> Column:
        """A column from scalars."""
        kinds = np.fromiter((kind_of(row) for row in rows), np.uint8, len(rows))
        if not kinds.any():
            return cls(np.array(rows, np.float64))
        numbers = np.fromiter(
            (
                float(row) if kind in (NUMBER, BOOL) else math.nan
                for row, kind in zip(rows, kinds, strict=True)
            ),
            np.float64,
            len(rows),
        )
        texts = None
        if (kinds == TEXT).any():
            texts = np.array([row if isinstance(row, str) else None for row in rows], object)
        return cls(numbers, kinds, texts)


@dataclass(frozen=True, eq=False)
class Flags:
    """One boolean per row."""

    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def rows(self) -> list[Any]:
        return self.values.tolist()


@dataclass(frozen=True, eq=False)
class Moment:
    """A JavaScript Date: milliseconds since 1970, a float or a Column."""

    time_ms: Any


def is_column(value: Any) -> bool:
    """Whether the value has one entry per row."""
    return isinstance(value, Column | Flags) or (
        isinstance(value, Moment) and isinstance(value.time_ms, Column)
    )


def rows_of(*values: Any) -> int | None:
    """The number of rows of the first column among the values, None when all are scalars."""
    for value in values:
        if isinstance(value, Column | Flags):
            return len(value)
        if isinstance(value, Moment) and isinstance(value.time_ms, Column):
            return len(value.time_ms)
    return None


def kind_of(scalar: Any) -> int:
    """The kind of a scalar as a row of a column; ArgumentFault for what can't be in one."""
    if isinstance(scalar, bool):
        return BOOL
    if isinstance(scalar, int | float):
        return NUMBER
    if scalar is None:
        return NULL
    if scalar is UNDEFINED:
        return UNDEF
    if isinstance(scalar, str):
        return TEXT
    raise ArgumentFault("a list, an object or a function can't be the value of a single sample")


_NUMERIC_TEXT = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity)")
_HEX_TEXT = re.compile(r"0[xX][0-9a-fA-F]{1,64}")


def parse_number(text: str) -> float:
    """What JavaScript's Number() makes of a text: empty is 0, what is not a number is NaN."""
    text = text.strip()
    if not text:
        return 0.0
    if len(text) > 400:
        return math.nan
    if _HEX_TEXT.fullmatch(text):
        return float(int(text, 16))
    if _NUMERIC_TEXT.fullmatch(text):
        return float(text)
    return math.nan


def to_number(scalar: Any) -> float:
    """JavaScript's conversion of a scalar, list or Date to a number; null is 0, undefined is NaN."""
    if isinstance(scalar, bool):
        return 1.0 if scalar else 0.0
    if isinstance(scalar, int | float):
        return float(scalar)
    if scalar is None:
        return 0.0
    if isinstance(scalar, str):
        return parse_number(scalar)
    if isinstance(scalar, list):
        if not scalar:
            return 0.0
        return to_number(scalar[0]) if len(scalar) == 1 else math.nan
    if isinstance(scalar, Moment) and not is_column(scalar):
        return float(scalar.time_ms)
    return math.nan


def number_text(number: float) -> str:
    """A number as JavaScript prints it: shortest digits, no ``.0``."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number) and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    if "e" not in text:
        return text
    digits, _, power = text.partition("e")
    exponent = int(power)
    if -7 <= exponent < 0:
        return f"{number:.{max(0, len(digits.replace('.', '').lstrip('-')) - 1 - exponent)}f}"
    return f"{digits}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


#: Characters of the text of a list, its inner lists counted too.
MAX_LIST_TEXT = 1_000_000


def to_text(scalar: Any) -> str:
    """JavaScript's conversion to text; a list is its elements with commas and no blanks."""
    if isinstance(scalar, str):
        return scalar
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, int | float):
        return number_text(float(scalar))
    if scalar is None:
        return "null"
    if scalar is UNDEFINED:
        return "undefined"
    if isinstance(scalar, list):
        return list_text(scalar, ",")
    if isinstance(scalar, Moment):
        return to_text(scalar.time_ms)
    return "[object Object]"


def list_text(items: list[Any], mark: str) -> str:
    """The elements of a list with ``mark`` between them; inner lists may be shared, so work is counted."""
    left = MAX_LIST_TEXT

    def text(item: Any) -> str:
        nonlocal left
        made = inner(item) if isinstance(item, list) else "" if item in (None, UNDEFINED) else to_text(item)
        left -= len(made) + 1
        if left < 0:
            raise LimitFault(f"a list makes a text of more than {MAX_LIST_TEXT} characters")
        return made

    def inner(several: list[Any]) -> str:
        return ",".join([text(item) for item in several])

    left -= len(mark) * (len(items) - 1)
    try:
        return mark.join([text(item) for item in items])
    except RecursionError:
        raise LimitFault("lists nest too deeply to be written as a text") from None


def truthy(value: Any) -> Any:
    """JavaScript's truth: a bool for scalars, a boolean array for columns."""
    if isinstance(value, Flags):
        return value.values
    if isinstance(value, Column):
        numbers = (value.numbers != 0) & ~np.isnan(value.numbers)
        if value.kinds is None:
            return numbers
        truth = numbers & ((value.kinds == NUMBER) | (value.kinds == BOOL))
        if value.texts is not None:
            filled = np.fromiter((bool(text) for text in value.texts), bool, len(value))
            truth |= (value.kinds == TEXT) & filled
        return truth
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if isinstance(value, list | dict | Moment):
        return True
    return bool(value) if isinstance(value, bool | int | str) or value in (None, UNDEFINED) else True


def as_column(value: Any, rows: int) -> Column:
    """Any value that can stand in a row, as a column of ``rows`` rows."""
    if isinstance(value, Column):
        return value
    if isinstance(value, Flags):
        return Column(value.values.astype(np.float64), np.full(rows, BOOL, np.uint8))
    if isinstance(value, Moment):
        return as_column(value.time_ms, rows)
    if isinstance(value, list) and len(value) == 1:
        return as_column(value[0], rows)
    kind = kind_of(value)
    if kind == NUMBER:
        return Column(np.full(rows, float(value)))
    texts = np.full(rows, value, object) if kind == TEXT else None
    number = float(value) if kind == BOOL else math.nan
    return Column(np.full(rows, number), np.full(rows, kind, np.uint8), texts)


def select(mask: np.ndarray, then: Any, otherwise: Any) -> Column:
    """Row by row: ``then`` where the mask holds, else ``otherwise``."""
    rows = len(mask)
    left, right = as_column(then, rows), as_column(otherwise, rows)
    numbers = np.where(mask, left.numbers, right.numbers)
    if left.kinds is None and right.kinds is None:
        return Column(numbers)
    kinds = np.where(
        mask,
        np.uint8(NUMBER) if left.kinds is None else left.kinds,
        np.uint8(NUMBER) if right.kinds is None else right.kinds,
    )
    texts = None
    if left.texts is not None or right.texts is not None:
        texts = np.where(mask, left.texts, right.texts)
    return Column(numbers, kinds, texts)


def _numeric_column(column: Column, missing: bool) -> tuple[np.ndarray, np.ndarray | None]:
    kinds = column.kinds
    if kinds is None:
        return column.numbers, None
    numbers = column.numbers
    if column.texts is not None:
        numbers = numbers.copy()
        at = np.flatnonzero(kinds == TEXT)
        numbers[at] = [parse_number(column.texts[index]) for index in at]
    if missing:
        gaps = np.where(kinds <= UNDEF, kinds, np.uint8(NUMBER))
        return numbers, gaps if gaps.any() else None
    return np.where(kinds == NULL, 0.0, np.where(kinds == UNDEF, np.nan, numbers)), None


def numeric(value: Any, missing: bool) -> tuple[Any, Any]:
    """A value as numbers for arithmetic, and what is missing in it.

    The second part is None when nothing is missing, else NULL/UNDEF or an array of NUMBER, NULL and UNDEF.
    With ``missing`` False nothing ever is: null counts as 0 and undefined as NaN.
    """
    if isinstance(value, float):
        return value, None
    if isinstance(value, Column):
        return _numeric_column(value, missing)
    if isinstance(value, Flags):
        return value.values.astype(np.float64), None
    if isinstance(value, Moment):
        return numeric(value.time_ms, missing)
    if isinstance(value, list) and len(value) == 1:
        return numeric(value[0], missing)
    if missing and value is None:
        return math.nan, NULL
    if missing and value is UNDEFINED:
        return math.nan, UNDEF
    return to_number(value), None


def from_numeric(numbers: Any, gaps: Any) -> Any:
    """The value of an arithmetic result and the gaps it inherited."""
    if isinstance(numbers, np.ndarray) and numbers.ndim:
        if gaps is None:
            return Column(numbers)
        if not isinstance(gaps, np.ndarray):
            gaps = np.full(len(numbers), gaps, np.uint8)
        return Column(numbers, gaps)
    if isinstance(gaps, np.ndarray):
        return Column(np.full(len(gaps), float(numbers)), gaps)
    if gaps:
        return None if gaps == NULL else UNDEFINED
    return float(numbers)


def join_gaps(left: Any, right: Any) -> Any:
    """What is missing in a result of two operands: undefined before null."""
    if left is None:
        return right
    if right is None:
        return left
    return np.maximum(left, right).astype(np.uint8)
