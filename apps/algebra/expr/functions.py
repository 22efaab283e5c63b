"""Functions every expression may call: ``Math``, conversions, texts, lists, objects.

Each is called with the scope and the values of its arguments. Context functions (``value('a')``, ``movavg``)
are not here: whoever evaluates puts them into the scope.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np

from apps.algebra.expr.operators import MAX_TEXT, arithmetic, power
from apps.algebra.expr.values import (
    UNDEFINED,
    Column,
    Flags,
    Moment,
    number_text,
    numeric,
    parse_number,
    rows_of,
    to_number,
    to_text,
    truthy,
)
from apps.errors import ArgumentFault, LimitFault

__all__ = ["CONSTANTS", "FUNCTIONS", "Function", "by_row"]

Function = Callable[[Any, list[Any]], Any]

MAX_LIST = 100_000
#: Signs that mean something in regular expressions; escape() takes that away.
_SPECIAL = re.compile(r"[-/\\^$*+?.()|\[\]{}]")


def _round(numbers: Any) -> Any:
    """Halves up, as JavaScript; not floor(x + 0.5), which is wrong just below a half."""
    down = np.floor(numbers)
    return np.where(numbers - down >= 0.5, down + 1, down)


_MATH_ONE: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs, "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh,
    "atan": np.arctan, "atanh": np.arctanh, "cbrt": np.cbrt, "ceil": np.ceil, "cos": np.cos,
    "cosh": np.cosh, "exp": np.exp, "expm1": np.expm1, "floor": np.floor, "log": np.log,
    "log10": np.log10, "log1p": np.log1p, "log2": np.log2, "round": _round, "sign": np.sign,
    "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh,
    "trunc": np.trunc,
}  # fmt: skip
_MATH_TWO: dict[str, Callable[[Any, Any], Any]] = {"atan2": np.arctan2, "pow": power}

#: Names with a fixed value.
CONSTANTS: dict[str, Any] = {
    "Math.E": math.e, "Math.PI": math.pi, "Math.LN2": math.log(2), "Math.LN10": math.log(10),
    "Math.LOG2E": 1 / math.log(2), "Math.LOG10E": 1 / math.log(10), "Math.SQRT2": math.sqrt(2),
    "Math.SQRT1_2": math.sqrt(0.5), "Number.MAX_VALUE": 1.7976931348623157e308,
    "Number.MIN_VALUE": 5e-324, "Number.EPSILON": 2.0**-52, "Number.NaN": math.nan,
    "Number.MAX_SAFE_INTEGER": 2.0**53 - 1, "Number.MIN_SAFE_INTEGER": 1 - 2.0**53,
    "Number.POSITIVE_INFINITY": math.inf, "Number.NEGATIVE_INFINITY": -math.inf,
    "NaN": math.nan, "Infinity": math.inf,
}  # fmt: skip


def _math_one(function: Callable[[Any], Any]) -> Function:
    def call(scope: Any, args: list[Any]) -> Any:
        return arithmetic(function, scope.missing, args[0] if args else UNDEFINED)

    return call


def _math_two(function: Callable[[Any, Any], Any]) -> Function:
    def call(scope: Any, args: list[Any]) -> Any:
        first, second = (*args, UNDEFINED, UNDEFINED)[:2]
        return arithmetic(function, scope.missing, first, second)

    return call


def _math_many(function: Callable[[Any, Any], Any], empty: float) -> Function:
    def call(scope: Any, args: list[Any]) -> Any:
        if not args:
            return empty
        result = arithmetic(np.positive, scope.missing, args[0])
        for other in args[1:]:
            result = arithmetic(function, scope.missing, result, other)
        return result

    return call


def by_row(function: Callable[..., Any], *args: Any) -> Any:
    """A function of scalars over arguments of which some may be columns."""
    rows = rows_of(*args)
    if rows is None:
        return function(*args)
    spread = [arg.rows() if isinstance(arg, Column | Flags) else [arg] * rows for arg in args]
    return Column.of([function(*row) for row in zip(*spread, strict=True)])


def _scalar(function: Callable[..., Any], least: int = 1) -> Function:
    """A function of scalars, applied row by row; missing arguments are undefined."""

    def call(scope: Any, args: list[Any]) -> Any:
        padded = [*args, *[UNDEFINED] * (least - len(args))]
        scope.spend(4 * (rows_of(*args) or 1))
        return by_row(function, *padded)

    return call


def _is_nan(scope: Any, args: list[Any]) -> Any:
    numbers = numeric(args[0] if args else UNDEFINED, False)[0]
    result = np.isnan(numbers)
    return Flags(result) if isinstance(result, np.ndarray) and result.ndim else bool(result)


def _is_finite(scope: Any, args: list[Any]) -> Any:
    numbers = numeric(args[0] if args else UNDEFINED, False)[0]
    result = np.isfinite(numbers)
    return Flags(result) if isinstance(result, np.ndarray) and result.ndim else bool(result)


def _parse_float(value: Any) -> float:
    text = to_text(value).strip()[:400]
    for length in range(len(text), 0, -1):
        number = parse_number(text[:length])
        if not math.isnan(number) and not text[:length].isspace():
            return number
    return math.nan


def _parse_int(value: Any, radix: Any = UNDEFINED) -> float:
    base = 10 if radix is UNDEFINED else int(to_number(radix) or 10)
    text = to_text(value).strip()[:150].lower()
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    if not 2 <= base <= 36:
        return math.nan
    if base in (10, 16) and text.startswith("0x"):
        text, base = text[2:], 16
    digits = ""
    for char in text:
        if not (char.isascii() and char.isalnum() and int(char, 36) < base):
            break
        digits += char
    return float(sign * int(digits, base)) if digits else math.nan


def _to_number(scope: Any, args: list[Any]) -> Any:
    return arithmetic(np.positive, False, args[0]) if args else 0.0


def _to_boolean(scope: Any, args: list[Any]) -> Any:
    test = truthy(args[0]) if args else False
    return Flags(test) if isinstance(test, np.ndarray) else test


def plain_json(value: Any) -> Any:
    """A value as the JSON module takes it: undefined and functions are left out as null."""
    return _plain_json(value, [MAX_LIST])


def _plain_json(value: Any, left: list[int]) -> Any:
    """``left``: how many values may still be visited; lists in lists may be shared."""
    left[0] -= 1
    if left[0] < 0:
        raise LimitFault(f"a JSON text holds at most {MAX_LIST} values")
    if isinstance(value, list):
        return [_plain_json(item, left) for item in value]
    if isinstance(value, dict):
        return {key: _plain_json(item, left) for key, item in value.items() if item is not UNDEFINED}
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) else value
    return value if isinstance(value, str | bool) else None


def from_json(value: Any) -> Any:
    """What came from JSON as expression values: every number a float."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return {str(key): from_json(item) for key, item in value.items()}


def _json_parse(text: Any) -> Any:
    if len(to_text(text)) > MAX_TEXT:
        raise LimitFault("the JSON text is too long")
    try:
        return from_json(json.loads(to_text(text)))
    except (ValueError, RecursionError, OverflowError):
        raise ArgumentFault("the text is not valid JSON") from None


def _json_text(value: Any) -> Any:
    return json.dumps(plain_json(value), ensure_ascii=False, separators=(",", ":"))


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, list | str):
        return [number_text(float(index)) for index in range(len(value))]
    raise ArgumentFault("Object.keys needs an object")


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def _range(scope: Any, args: list[Any]) -> list[Any]:
    numbers = [to_number(arg) for arg in args[:3]]
    if len(numbers) < 2 or not all(math.isfinite(number) for number in numbers):
        raise ArgumentFault("range needs a start and an end, both numbers")
    start, end = numbers[:2]
    step = abs(numbers[2]) if len(numbers) > 2 else 1.0
    if step == 0:
        raise ArgumentFault("the step of range must not be 0")
    count = math.floor(abs(end - start) / step + 1e-9) + 1
    if count > MAX_LIST:
        raise LimitFault(f"range would make {count} numbers, more than the limit of {MAX_LIST}")
    scope.spend(count)
    sign = step if end >= start else -step
    return [start + sign * index for index in range(count)]


def _keep(where: str, last: bool) -> Callable[[Any, Any], Any]:
    """keepAfter and its siblings; when the text is absent the input is unchanged."""

    def keep(value: Any, mark: Any) -> Any:
        text, sign = to_text(value), to_text(mark)
        at = text.rfind(sign) if last else text.find(sign)
        if at < 0 or not sign:
            return text
        return text[at + len(sign) :] if where == "after" else text[:at]

    return keep


def _coalesce(scope: Any, args: list[Any]) -> Any:
    return next((arg for arg in args if arg not in (None, UNDEFINED, "")), "")


def _cap_first(value: Any) -> str:
    text = to_text(value)
    return text[:1].upper() + text[1:]


def _capitalize(value: Any) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in to_text(value).split(" "))


def _remove(end: bool) -> Callable[[Any, Any], str]:
    def remove(value: Any, part: Any) -> str:
        text, piece = to_text(value), to_text(part)
        return text.removesuffix(piece) if end else text.removeprefix(piece)

    return remove


def _replace(value: Any, old: Any, new: Any) -> str:
    result = to_text(value).replace(to_text(old), to_text(new))
    if len(result) > MAX_TEXT:
        raise LimitFault(f"a text grew beyond {MAX_TEXT} characters")
    return result


def _encode(value: Any) -> str:
    return quote(to_text(value), safe="!~*'()")


def _date_now(scope: Any, args: list[Any]) -> Any:
    if scope.now_ms is None:
        raise ArgumentFault("the current time is not known here")
    return float(scope.now_ms)


def _date(scope: Any, args: list[Any]) -> Any:
    if not args:
        return Moment(_date_now(scope, args))
    if len(args) > 1:
        return Moment(_from_parts([to_number(arg) for arg in args]))
    (value,) = args
    if isinstance(value, Moment):
        return value
    if isinstance(value, Column) and value.texts is None:
        return Moment(value)
    if isinstance(value, Column):
        return Moment(by_row(_date_ms, value))
    return Moment(_date_ms(value))


def _date_ms(value: Any) -> float:
    if isinstance(value, str):
        return date_text_ms(value)
    return to_number(value)


def _from_parts(parts: list[float]) -> float:
    if not all(math.isfinite(part) and abs(part) < 1e7 for part in parts):
        return math.nan
    year, month, *rest = (int(part) for part in parts)
    day, hour, minute, second, milli = (*rest, *(1, 0, 0, 0, 0)[len(rest) :])[:5]
    year, month = year + month // 12, month % 12
    if not 1 <= year <= 9999:
        return math.nan
    base = np.datetime64(f"{year:04d}-{month + 1:02d}-01", "ms").astype(np.int64)
    clock = ((hour * 60 + minute) * 60 + second) * 1000 + milli
    return float(base) + (day - 1) * 86_400_000.0 + clock


def date_text_ms(text: str) -> float:
    """ISO text, with or without a zone (then UTC), as milliseconds; NaN when it is none."""
    from datetime import UTC, datetime

    found = re.fullmatch(
        r"\s*(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?"
        r"(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?\s*",
        text,
    )
    if not found:
        return math.nan
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return math.nan
    result = moment.timestamp() * 1000 + float(f"0.{fraction or 0}") * 1000
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        result -= sign * (int(zone[1:3]) * 60 + int(zone[-2:])) * 60_000
    return float(math.floor(result))


FUNCTIONS: dict[str, Function] = {
    **{f"Math.{name}": _math_one(function) for name, function in _MATH_ONE.items()},
    **{f"Math.{name}": _math_two(function) for name, function in _MATH_TWO.items()},
    "Math.hypot": _math_many(np.hypot, 0.0),
    "Math.max": _math_many(np.maximum, -math.inf),
    "Math.min": _math_many(np.minimum, math.inf),
    "isNaN": _is_nan,
    "Number.isNaN": _is_nan,
    "Double.isNaN": _is_nan,
    "isFinite": _is_finite,
    "Number.isFinite": _is_finite,
    "parseFloat": _scalar(_parse_float),
    "parseInt": _scalar(_parse_int),
    "Number": _to_number,
    "String": _scalar(to_text),
    "Boolean": _to_boolean,
    "Date": _date,
    "Date.now": _date_now,
    "Date.parse": _scalar(_date_ms),
    "Date.UTC": lambda scope, args: _from_parts([to_number(arg) for arg in [*args, 0.0][:7]]),
    "JSON.parse": _scalar(_json_parse),
    "JSON.stringify": _scalar(_json_text),
    "Object.keys": lambda scope, args: _keys(args[0] if args else None),
    "Object.values": lambda scope, args: _values(args[0] if args else {}),
    "Array.isArray": lambda scope, args: bool(args) and isinstance(args[0], list),
    "range": _range,
    "encodeURIComponent": _scalar(_encode),
    "escape": _scalar(lambda value: _SPECIAL.sub(r"\\\g<0>", to_text(value))),
    **dict.fromkeys(("console.log", "console.warn", "console.error"), lambda scope, args: UNDEFINED),
    "keepAfter": _scalar(_keep("after", False), 2),
    "keepAfterLast": _scalar(_keep("after", True), 2),
    "keepBefore": _scalar(_keep("before", False), 2),
    "keepBeforeLast": _scalar(_keep("before", True), 2),
    "replace": _scalar(_replace, 3),
    "capFirst": _scalar(_cap_first),
    "capitalize": _scalar(_capitalize),
    "lowerCase": _scalar(lambda value: to_text(value).lower()),
    "upperCase": _scalar(lambda value: to_text(value).upper()),
    "lower": _scalar(lambda value: to_text(value).lower()),
    "upper": _scalar(lambda value: to_text(value).upper()),
    "removeBeginning": _scalar(_remove(False), 2),
    "removeEnding": _scalar(_remove(True), 2),
    "coalesce": _coalesce,
    "ifEmpty": _coalesce,
}
