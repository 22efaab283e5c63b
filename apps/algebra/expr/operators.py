"""The operators of expressions over scalars and columns alike.

``missing`` is the null-arithmetic mode. True: arithmetic with a missing operand is missing, and ordering
comparisons with one are false. False: JavaScript's coercion, where null counts as 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from apps.algebra.expr.values import (
    BOOL,
    NULL,
    TEXT,
    UNDEF,
    UNDEFINED,
    Column,
    Flags,
    Moment,
    as_column,
    from_numeric,
    is_column,
    join_gaps,
    numeric,
    rows_of,
    select,
    to_text,
    truthy,
)
from apps.errors import ArgumentFault

__all__ = ["arithmetic", "binary", "like_pattern", "safe_regex", "unary"]

#: Texts grow by concatenation; nothing that is shown needs more.
MAX_TEXT = 1_000_000


def power(base: Any, exponent: Any) -> Any:
    """JavaScript's ``**``: NaN when the exponent is NaN, or infinite with a base of 1 or −1."""
    result = np.power(base, exponent)
    odd = np.isnan(exponent) | (np.isinf(exponent) & (np.abs(base) == 1))
    return np.where(odd, np.nan, result) if np.any(odd) else result


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "**": power,
}
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def arithmetic(function: Callable[..., Any], missing: bool, *operands: Any) -> Any:
    """A numeric function over operands, gaps passed on."""
    numbers, gaps = [], None
    for operand in operands:
        part, part_gaps = numeric(operand, missing)
        numbers.append(part)
        gaps = join_gaps(gaps, part_gaps)
    return from_numeric(function(*numbers), gaps)


def _textual(value: Any) -> bool:
    if isinstance(value, Column):
        return value.texts is not None
    return isinstance(value, str | dict) or (isinstance(value, list) and len(value) != 1)


def _texts(value: Any, rows: int) -> list[str]:
    if isinstance(value, Column | Flags):
        return [to_text(row) for row in value.rows()]
    return [to_text(value)] * rows


def _concatenate(left: Any, right: Any) -> Any:
    rows = rows_of(left, right)
    if rows is None:
        text = to_text(left) + to_text(right)
        if len(text) > MAX_TEXT:
            raise ArgumentFault(f"a text grew beyond {MAX_TEXT} characters")
        return text
    return Column.of([a + b for a, b in zip(_texts(left, rows), _texts(right, rows), strict=True)])


def _both_text(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, str)


def _order(operator: str, left: Any, right: Any, missing: bool) -> Any:
    compare = _ORDER[operator]
    if _both_text(left, right):
        return bool(compare(left, right))
    if _textual(left) and _textual(right) and rows_of(left, right) is not None:
        rows = rows_of(left, right)
        pairs = zip(_texts(left, rows), _texts(right, rows), strict=True)
        return Flags(np.fromiter((compare(a, b) for a, b in pairs), bool, rows))
    a, gap_a = numeric(left, missing)
    b, gap_b = numeric(right, missing)
    result = compare(a, b)
    gaps = join_gaps(gap_a, gap_b)
    if gaps is not None:
        result = result & (np.asarray(gaps) == 0)
    return Flags(result) if isinstance(result, np.ndarray) and result.ndim else bool(result)


def _scalar_equal(left: Any, right: Any, strict: bool) -> bool:
    if left is None or right is None or left is UNDEFINED or right is UNDEFINED:
        if strict:
            return left is right
        return left in (None, UNDEFINED) and right in (None, UNDEFINED)
    if strict and type(left) is not type(right):
        return False
    if _both_text(left, right):
        return left == right
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return left is right
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return to_text(left) == to_text(right)
    return bool(numeric(left, False)[0] == numeric(right, False)[0])


def _column_equal(left: Any, right: Any, rows: int, strict: bool) -> Flags:
    a, b = as_column(left, rows), as_column(right, rows)
    if a.kinds is None and b.kinds is None:
        return Flags(a.numbers == b.numbers)
    kinds_a = np.zeros(rows, np.uint8) if a.kinds is None else a.kinds
    kinds_b = np.zeros(rows, np.uint8) if b.kinds is None else b.kinds
    gone_a, gone_b = _missing(kinds_a), _missing(kinds_b)
    if strict:
        same = (gone_a & gone_b & (kinds_a == kinds_b)) | (
            ~gone_a & (kinds_a == kinds_b) & (a.numbers == b.numbers)
        )
    else:
        same = (gone_a & gone_b) | (~gone_a & ~gone_b & (_numeric_rows(a) == _numeric_rows(b)))
    both = np.flatnonzero((kinds_a == TEXT) & (kinds_b == TEXT))
    if both.size:
        same[both] = [a.texts[index] == b.texts[index] for index in both]
    return Flags(same)


def _missing(kinds: np.ndarray) -> np.ndarray:
    return (kinds == NULL) | (kinds == UNDEF)


def _numeric_rows(column: Column) -> np.ndarray:
    return numeric(column, False)[0]


def _equal(left: Any, right: Any, strict: bool) -> Any:
    if isinstance(left, Moment) or isinstance(right, Moment):
        left = left.time_ms if isinstance(left, Moment) else left
        right = right.time_ms if isinstance(right, Moment) else right
    if (right is None or right is UNDEFINED) and isinstance(left, Column):
        return _is_missing(left, None if not strict else (NULL if right is None else UNDEF))
    if (left is None or left is UNDEFINED) and isinstance(right, Column):
        return _is_missing(right, None if not strict else (NULL if left is None else UNDEF))
    rows = rows_of(left, right)
    if rows is None:
        return _scalar_equal(left, right, strict)
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    return _column_equal(left, right, rows, strict)


def _is_missing(column: Column, kind: int | None) -> Flags:
    if column.kinds is None:
        return Flags(np.zeros(len(column), bool))
    return Flags(_missing(column.kinds) if kind is None else column.kinds == kind)


@lru_cache(maxsize=512)
def like_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern with ``*`` and ``?``; a backslash takes the next character as it is."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        elif sign == "*":
            if not parts or parts[-1] != ".*":  # runs of stars would backtrack for ever
                parts.append(".*")
        else:
            parts.append("." if sign == "?" else re.escape(sign))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def _by_row(left: Any, test: Callable[[Any], bool]) -> Any:
    if isinstance(left, Column | Flags):
        return Flags(np.fromiter((test(row) for row in left.rows()), bool, len(left)))
    return test(left)


def _like(left: Any, right: Any) -> Any:
    patterns = right if isinstance(right, list) else [right]
    compiled = [like_pattern(to_text(pattern)) for pattern in patterns]
    return _by_row(left, lambda row: any(one.fullmatch(to_text(row)) for one in compiled))


def _contains(left: Any, right: Any) -> Any:
    if not isinstance(right, list):
        raise ArgumentFault("'in' needs a list on its right side")
    result: Any = False
    for item in right:
        result = either(result, _equal(left, item, False))
    return result


def both(left: Any, right: Any) -> Any:
    """``&&`` of two values that are computed already."""
    test = truthy(left)
    return select(test, right, left) if isinstance(test, np.ndarray) else (right if test else left)


def either(left: Any, right: Any) -> Any:
    """``||`` of two values that are computed already."""
    if isinstance(left, Flags) and isinstance(right, Flags):
        return Flags(left.values | right.values)
    test = truthy(left)
    return select(test, left, right) if isinstance(test, np.ndarray) else (left if test else right)


def binary(operator: str, left: Any, right: Any, missing: bool) -> Any:
    """An operator over two values that are computed already (``&&`` and ``||`` included)."""
    if operator == "+" and (_textual(left) or _textual(right)):
        return _concatenate(left, right)
    if operator in _ARITHMETIC:
        return arithmetic(_ARITHMETIC[operator], missing, left, right)
    if operator in _ORDER:
        return _order(operator, left, right, missing)
    if operator in ("==", "!=", "===", "!=="):
        same = _equal(left, right, len(operator) == 3)
        return same if operator[0] == "=" else unary("!", same, missing)
    if operator == "&&":
        if isinstance(left, Flags) and isinstance(right, Flags):
            return Flags(left.values & right.values)
        return both(left, right)
    if operator == "||":
        return either(left, right)
    if operator == "like":
        return _like(left, right)
    if operator == "in":
        return _contains(left, right)
    if operator == "regex":
        return _regex(left, right)
    raise ArgumentFault(f"there is no operator {operator!r}")


def _regex(left: Any, right: Any) -> Any:
    compiled = safe_regex(to_text(right))
    return _by_row(left, lambda row: compiled.fullmatch(_short(to_text(row))) is not None)


@lru_cache(maxsize=128)
def safe_regex(text: str) -> re.Pattern[str]:
    """A regular expression that can't run for ever: at most three repetitions, none of a group."""
    if len(text) > 200 or len(re.findall(r"[*+{]", text)) > 3 or re.search(r"\)[*+{]", text):
        raise ArgumentFault(
            "this regular expression is too involved to run safely",
            hint="use at most three repetitions, and none after a group",
        )
    try:
        return re.compile(text)
    except (re.error, OverflowError) as error:
        raise ArgumentFault(f"the regular expression can't be read: {error}") from None


def _short(text: str) -> str:
    if len(text) > 500:
        raise ArgumentFault("a text of more than 500 characters can't be matched with 'regex'")
    return text


_TYPE_NAMES = {BOOL: "boolean", TEXT: "string", UNDEF: "undefined", NULL: "object"}


def unary(operator: str, value: Any, missing: bool) -> Any:
    """``-``, ``+``, ``!`` and ``typeof``."""
    if operator == "!":
        test = truthy(value)
        return Flags(~test) if isinstance(test, np.ndarray) else not test
    if operator == "-":
        return arithmetic(np.negative, missing, value)
    if operator == "+":
        return arithmetic(np.positive, missing, value)
    if operator == "typeof":
        return _type_name(value)
    raise ArgumentFault(f"there is no operator {operator!r}")


def _type_name(value: Any) -> Any:
    if isinstance(value, Flags):
        return "boolean"
    if isinstance(value, Column):
        if value.kinds is None:
            return "number"
        return Column.of([_TYPE_NAMES.get(int(kind), "number") for kind in value.kinds])
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is UNDEFINED:
        return "undefined"
    return "function" if callable(value) and not is_column(value) else "object"
