"""Methods and properties of texts, lists, objects, numbers and dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from apps.algebra.expr.functions import MAX_LIST, by_row
from apps.algebra.expr.operators import MAX_TEXT, arithmetic
from apps.algebra.expr.regexes import Regex, compile_regex, regex_call, regex_text_call
from apps.algebra.expr.values import (
    UNDEFINED,
    Column,
    Flags,
    Moment,
    list_text,
    number_text,
    rows_of,
    to_number,
    to_text,
    truthy,
)
from apps.errors import ArgumentFault, LimitFault, UnknownName, near_names

__all__ = ["call_method", "property_of"]

DAY_MS = 86_400_000


def _index(value: Any, length: int, default: int) -> int:
    """A position argument as slice() reads it: from the end when negative, within the text."""
    if value is UNDEFINED:
        return default
    number = to_number(value)
    at = 0 if math.isnan(number) else int(max(-1e9, min(1e9, number)))
    return max(0, length + at) if at < 0 else min(at, length)


def _substring(text: str, start: Any = UNDEFINED, end: Any = UNDEFINED) -> str:
    def clamp(value: Any, default: int) -> int:
        number = to_number(value) if value is not UNDEFINED else default
        return 0 if math.isnan(number) else int(max(0, min(len(text), number)))

    lo, hi = sorted((clamp(start, 0), clamp(end, len(text))))
    return text[lo:hi]


def _substr(text: str, start: Any = UNDEFINED, length: Any = UNDEFINED) -> str:
    lo = _index(start, len(text), 0)
    count = len(text) if length is UNDEFINED else max(0, int(to_number(length)))
    return text[lo : lo + count]


def _slice_text(text: str, start: Any = UNDEFINED, end: Any = UNDEFINED) -> str:
    return text[_index(start, len(text), 0) : _index(end, len(text), len(text))]


def _split(text: str, mark: Any = UNDEFINED) -> list[Any]:
    if mark is UNDEFINED:
        return [text]
    sign = to_text(mark)
    parts = text.split(sign) if sign else list(text)
    if len(parts) > MAX_LIST:
        raise LimitFault(f"split would make more than {MAX_LIST} parts")
    return parts


def _char_at(text: str, at: Any = 0.0) -> str:
    index = to_number(at)
    return text[int(index)] if 0 <= index < len(text) else ""


def _repeat(text: str, count: Any = 0.0) -> str:
    times = to_number(count)
    if not 0 <= times * max(1, len(text)) <= MAX_TEXT:
        raise LimitFault(f"a text would grow beyond {MAX_TEXT} characters")
    return text * int(times)


def _pad(start: bool) -> Callable[..., str]:
    def pad(text: str, width: Any = 0.0, filler: Any = " ") -> str:
        sign = to_text(filler) or " "
        lack = int(min(to_number(width), 10_000)) - len(text)
        if lack <= 0:
            return text
        fill = (sign * (lack // len(sign) + 1))[:lack]
        return fill + text if start else text + fill

    return pad


def _replace_first(text: str, old: Any = UNDEFINED, new: Any = UNDEFINED) -> str:
    return text.replace(to_text(old), to_text(new), 1)


def _replace_all(text: str, old: Any = UNDEFINED, new: Any = UNDEFINED) -> str:
    result = text.replace(to_text(old), to_text(new))
    if len(result) > MAX_TEXT:
        raise LimitFault(f"a text grew beyond {MAX_TEXT} characters")
    return result


TEXT_METHODS: dict[str, Callable[..., Any]] = {
    "charAt": _char_at,
    "concat": lambda text, *more: text + "".join(to_text(one) for one in more),
    "contains": lambda text, part="": to_text(part) in text,
    "endsWith": lambda text, part="": text.endswith(to_text(part)),
    "escape": lambda text: text.replace("\\", "\\\\").replace(",", "\\,"),
    "includes": lambda text, part="": to_text(part) in text,
    "indexOf": lambda text, part="": float(text.find(to_text(part))),
    "isEmpty": lambda text: not text,
    "lastIndexOf": lambda text, part="": float(text.rfind(to_text(part))),
    "length": lambda text: float(len(text)),
    "padEnd": _pad(False),
    "padStart": _pad(True),
    "repeat": _repeat,
    "replace": _replace_first,
    "replaceAll": _replace_all,
    "slice": _slice_text,
    "split": _split,
    "startsWith": lambda text, part="": text.startswith(to_text(part)),
    "substr": _substr,
    "substring": _substring,
    "toLowerCase": lambda text: text.lower(),
    "toString": lambda text: text,
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "valueOf": lambda text: text,
}


def _to_fixed(number: float, digits: Any = 0.0) -> str:
    places = int(to_number(digits)) if digits is not UNDEFINED else 0
    if not 0 <= places <= 100:
        raise ArgumentFault("toFixed takes 0 to 100 digits")
    return f"{number:.{places}f}" if math.isfinite(number) else number_text(number)


def _to_precision(number: float, digits: Any = UNDEFINED) -> str:
    if digits is UNDEFINED or not math.isfinite(number):
        return number_text(number)
    places = int(to_number(digits))
    if not 1 <= places <= 100:
        raise ArgumentFault("toPrecision takes 1 to 100 digits")
    return f"{number:#.{places}g}".rstrip(".")


NUMBER_METHODS: dict[str, Callable[..., Any]] = {
    "toFixed": _to_fixed,
    "toPrecision": _to_precision,
    "toString": lambda number, radix=10.0: number_text(number),
    "toLocaleString": lambda number, *ignored: f"{number:,.3f}".rstrip("0").rstrip("."),
    "valueOf": lambda number: number,
}


def _list_call(name: str, scope: Any, items: list[Any], args: list[Any]) -> Any:
    first = args[0] if args else UNDEFINED
    if name in {"map", "filter", "forEach", "some", "every", "find"}:
        results = [scope.call(first, [item, float(at), items]) for at, item in enumerate(items)]
        hits = [bool(truthy(result)) for result in results] if name != "map" else []
        match name:
            case "map":
                return results
            case "filter":
                return [item for item, hit in zip(items, hits, strict=True) if hit]
            case "some":
                return any(hits)
            case "every":
                return all(hits)
            case "find":
                return next((item for item, hit in zip(items, hits, strict=True) if hit), UNDEFINED)
        return UNDEFINED
    if name == "reduce":
        rest = list(items)
        total = args[1] if len(args) > 1 else rest.pop(0) if rest else UNDEFINED
        for item in rest:
            total = scope.call(first, [total, item])
        return total
    return _list_plain(name, items, args)


def _same(one: Any, other: Any) -> bool:
    """Equal as ``===`` has it: lists and objects are equal to themselves only."""
    return one is other if isinstance(one, list | dict) else one == other


def _list_plain(name: str, items: list[Any], args: list[Any]) -> Any:
    first = args[0] if args else UNDEFINED
    match name:
        case "join":
            mark = "," if first is UNDEFINED else to_text(first)
            return list_text(items, mark)
        case "indexOf":
            return float(next((at for at, item in enumerate(items) if _same(item, first)), -1))
        case "includes" | "contains":
            return first in items
        case "slice":
            end = args[1] if len(args) > 1 else UNDEFINED
            return items[_index(first, len(items), 0) : _index(end, len(items), len(items))]
        case "concat":
            joined = list(items)
            for arg in args:
                joined.extend(arg if isinstance(arg, list) else [arg])
            if len(joined) > MAX_LIST:
                raise LimitFault(f"a list grew beyond {MAX_LIST} elements")
            return joined
        case "reverse":
            return items[::-1]
        case "sort":
            return sorted(items, key=to_text)
        case "push":
            if len(items) + len(args) > MAX_LIST:
                raise LimitFault(f"a list grew beyond {MAX_LIST} elements")
            items.extend(args)
            return float(len(items))
        case "escape":
            escape = TEXT_METHODS["escape"]
            return [escape(item) if isinstance(item, str) else item for item in items]
        case "values":
            column = to_text(first)
            return sorted({to_text(row[column]) for row in items if _has(row, column)})
        case "get":
            return _list_get(items, args)
        case "size":
            return float(len(items))
        case "isEmpty":
            return not items
        case "toString":
            return to_text(items)
    return _unknown(name, ("map", "filter", "join", "slice", "concat", "values", "get", "escape"))


def _has(row: Any, column: str) -> bool:
    return isinstance(row, dict) and column in row


def _list_get(rows: list[Any], args: list[Any]) -> Any:
    key, wanted, *column = (to_text(arg) for arg in (*args, UNDEFINED, UNDEFINED)[: max(2, len(args))])
    row = next((row for row in rows if _has(row, key) and to_text(row[key]) == wanted), UNDEFINED)
    if row is UNDEFINED or not column:
        return row
    return row.get(column[0], UNDEFINED)


def _unknown(name: str, known: Any) -> Any:
    near = near_names(name, known)
    hint = f"did you mean {', '.join(near)}?" if near else None
    raise UnknownName(f"there is no method {name!r} here", hint=hint)


def _moment_call(name: str, scope: Any, moment: Moment) -> Any:
    if name in {"getTime", "valueOf"}:
        return moment.time_ms
    if name in {"toISOString", "toJSON", "toString"}:
        return by_row(_iso, moment.time_ms)
    reader = _MOMENT_PARTS.get(name.replace("getUTC", "get"))
    if reader is None:
        return _unknown(name, ("getTime", "toISOString", *_MOMENT_PARTS))
    return arithmetic(reader, False, moment.time_ms)


def _iso(time_ms: float) -> str:
    if not math.isfinite(time_ms) or abs(time_ms) > 8.64e15:
        return "Invalid Date"
    return f"{np.datetime64(int(time_ms), 'ms')}Z"


def _calendar(unit: str, below: str) -> Callable[[Any], Any]:
    def read(time_ms: Any) -> Any:
        known = np.where(np.isfinite(time_ms), time_ms, 0)
        moments = np.asarray(known, np.float64).astype("int64").astype("datetime64[ms]")
        whole = moments.astype(f"datetime64[{unit}]")
        count = (whole - whole.astype(f"datetime64[{below}]").astype(whole.dtype)).astype(float)
        return np.where(np.isfinite(time_ms), count, np.nan)

    return read


def _year(time_ms: Any) -> Any:
    known = np.where(np.isfinite(time_ms), time_ms, 0)
    years = np.asarray(known, np.float64).astype("int64").astype("datetime64[ms]")
    count = years.astype("datetime64[Y]").astype(np.int64) + 1970.0
    return np.where(np.isfinite(time_ms), count, np.nan)


_MOMENT_PARTS: dict[str, Callable[[Any], Any]] = {
    "getFullYear": _year,
    "getMonth": _calendar("M", "Y"),
    "getDate": lambda time_ms: _calendar("D", "M")(time_ms) + 1,
    "getDay": lambda time_ms: np.mod(np.floor_divide(time_ms, DAY_MS) + 4, 7),
    "getHours": lambda time_ms: np.mod(np.floor_divide(time_ms, 3_600_000), 24),
    "getMinutes": lambda time_ms: np.mod(np.floor_divide(time_ms, 60_000), 60),
    "getSeconds": lambda time_ms: np.mod(np.floor_divide(time_ms, 1000), 60),
    "getMilliseconds": lambda time_ms: np.mod(time_ms, 1000),
}


def call_method(scope: Any, target: Any, name: str, args: list[Any]) -> Any:
    """``target.name(args)``"""
    if isinstance(target, Moment):
        return _moment_call(name, scope, target)
    if isinstance(target, Regex) or (args and isinstance(args[0], Regex)):
        return _regex_call(scope, target, name, args)
    if isinstance(target, list):
        scope.spend(len(target))
        return _list_call(name, scope, target, args)
    if isinstance(target, dict):
        if name in target:
            return scope.call(target[name], args)
        if name == "size":
            return float(len(target))
        if name == "isEmpty":
            return not target
        if name == "hasOwnProperty":
            return bool(args) and to_text(args[0]) in target
        return _unknown(name, target)
    if isinstance(target, Flags):
        target = Column.of(target.rows())
    if target is None or target is UNDEFINED:
        raise ArgumentFault(
            f"{name}() is asked of something that is {to_text(target)}",
            hint="test it first: tags.name && tags.name.indexOf('x') < 0",
        )
    is_text = isinstance(target, str) or (isinstance(target, Column) and target.texts is not None)
    if is_text and name in {"match", "search"} and args and isinstance(args[0], str):
        return _regex_call(scope, target, name, [compile_regex(args[0]), *args[1:]])
    methods = TEXT_METHODS if is_text else NUMBER_METHODS
    if isinstance(target, Column):
        scope.spend(8 * len(target))
    method = methods.get(name)
    if method is None:
        return _unknown(name, methods)
    rows = rows_of(target, *args)
    try:
        return method(target, *args) if rows is None else by_row(_lenient(method), target, *args)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentFault(f"the arguments of {name} don't fit") from None


def _regex_call(scope: Any, target: Any, name: str, args: list[Any]) -> Any:
    """A method of a regular expression, or a method of a text that is given one."""
    if isinstance(target, Regex):
        if rows_of(*args) is None:
            return regex_call(scope, target, name, args)
        return by_row(lambda text: regex_call(scope, target, name, [text]), args[0])
    if isinstance(target, list | dict | bool | float | None) or target is UNDEFINED:
        raise ArgumentFault(f"{name} with a regular expression needs a text")
    if rows_of(target) is None:
        return regex_text_call(scope, to_text(target), name, args)

    def row(text: Any) -> Any:
        return regex_text_call(scope, text, name, args) if isinstance(text, str) else text

    return by_row(row, target)


def _lenient(method: Callable[..., Any]) -> Callable[..., Any]:
    """A text method over rows of which some are missing: those stay missing."""

    def call(target: Any, *args: Any) -> Any:
        if target is None or target is UNDEFINED:
            return target
        if method in TEXT_METHODS.values() and not isinstance(target, str):
            target = to_text(target)
        return method(target, *args)

    return call


def property_of(target: Any, name: str) -> Any:
    """``target.name``; what is not there is undefined."""
    if isinstance(target, dict):
        return target.get(name, UNDEFINED)
    if isinstance(target, Regex):
        return {"source": target.source, "flags": target.flags}.get(name, UNDEFINED)
    if name == "length":
        if isinstance(target, str | list):
            return float(len(target))
        if isinstance(target, Column):
            return by_row(lambda row: float(len(row)) if isinstance(row, str) else UNDEFINED, target)
    if isinstance(target, list | str) and name.isdigit():
        return target[int(name)] if int(name) < len(target) else UNDEFINED
    return UNDEFINED
