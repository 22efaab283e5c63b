"""Points as KairosDB's clients write them, ``[time, value, type]``, made into columns of samples.

What a value is follows from the text of the JSON: with a point it is a double, without one a long (``1e3``),
unless no long can hold it (``1e-7``, ``1e300``, as some languages write doubles). A number with a point or an
exponent therefore arrives here as a :class:`Digits`, its own text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from apps.algebra.series import FLOAT, INT, TEXT, Samples, concat_samples

__all__ = ["MAX_TIME_MS", "Columns", "Digits", "Refused", "Value", "one_sample", "read_time_ms", "read_value"]

#: Times are kept in nanoseconds, in 64 bits.
MAX_TIME_MS = (2**63 - 1) // 1_000_000
_NS_PER_MS = 1_000_000
_MIN_LONG, _MAX_LONG = -(2**63), 2**63 - 1
_TYPES = (None, "long", "double", "string")
_NUMERIC = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
#: Exponents beyond this make no 64-bit number, and writing them out would take all memory.
_MAX_EXPONENT = 400
#: Refusals remembered of one array of points.
MOST_REFUSALS = 1000


class Digits(str):
    """A JSON number that is not written as a plain integer; the text tells a double from a long."""

    __slots__ = ()


class Refused(ValueError):
    """A value or time that can't be taken. ``where`` is appended to the path of the point or metric."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(f"{where} {text}" if where else text)
        self.where, self.text = where, text


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its kind, its number as float and exactly, and its text."""

    kind: int
    number: float = math.nan
    whole: int = 0
    text: str | None = None


def read_value(value: Any, declared: str | None) -> Value:
    """The value of a point of the type declared, or of the type its text tells; Refused otherwise."""
    if value is None or (value == "" and declared != "string"):
        raise Refused(".value", "may not be empty.")
    if isinstance(value, list) and not value:
        raise Refused(".value", "may not be an empty array.")
    if declared not in _TYPES:
        raise Refused("", f"Unregistered data point type '{declared}'")
    if isinstance(value, dict | list):
        raise Refused(" value", "is an invalid type")
    text = value if isinstance(value, str) else str(value).lower()
    match declared or _detected(value):
        case "long":
            return _long(text)
        case "double":
            return Value(FLOAT, _double(text))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(".value", "is not valid Unicode (a lone surrogate).") from None
    return Value(TEXT, text=str(text))


def read_time_ms(value: Any, where: str = ".timestamp") -> int:
    """A time in ms: an integer, or a text or number that means one; Refused otherwise."""
    if type(value) is int:
        time_ms = value
    elif isinstance(value, str):
        time_ms = _exactly(value, where)
        if Decimal(value) != time_ms:
            raise _not_a_number(value, where)
    else:
        raise Refused(where, "must be a number of milliseconds.")
    if abs(time_ms) > MAX_TIME_MS:
        raise Refused(where, f"must lie between -{MAX_TIME_MS} and {MAX_TIME_MS}.")
    return time_ms


class Columns:
    """Points of one metric, collected piece by piece; those that can't be taken are told by their index."""

    def __init__(self, declared: str | None) -> None:
        self._declared = declared
        self._parts: list[Samples] = []
        self._count = 0
        self.refused: list[tuple[int, Refused]] = []
        self.refused_count = 0

    def add(self, points: Sequence[Any]) -> None:
        """Take the next points of the array."""
        part = _fast(points, self._declared) if points else None
        if part is None:
            part = self._one_by_one(points)
        self._count += len(points)
        if len(part):
            self._parts.append(part)

    def samples(self) -> Samples:
        """All points taken, in the order in which they came."""
        return concat_samples(self._parts)

    def _one_by_one(self, points: Sequence[Any]) -> Samples:
        taken: list[tuple[int, Value]] = []
        for index, point in enumerate(points, self._count):
            try:
                taken.append(_point(point, self._declared))
            except Refused as refusal:
                self.refused_count += 1
                if len(self.refused) < MOST_REFUSALS:
                    self.refused.append((index, refusal))
        return _samples(taken)


def one_sample(time_ms: int, value: Value) -> Samples:
    """The columns of a single point."""
    return _samples([(time_ms, value)])


# --- Inside ---


def _detected(value: Any) -> str:
    if isinstance(value, bool):
        return "string"
    if isinstance(value, str) and not isinstance(value, Digits) and not _NUMERIC.fullmatch(value):
        return "string"
    if isinstance(value, str) and "." in value:
        return "double"
    return "double" if isinstance(value, Digits) and not _is_long(value) else "long"


def _is_long(text: str) -> bool:
    """Whether a number is whole and fits into 64 bits."""
    number = Decimal(text)
    if abs(number.adjusted()) > _MAX_EXPONENT:
        return number == 0
    return _MIN_LONG <= number <= _MAX_LONG and number == int(number)


def _long(text: str) -> Value:
    whole = _exactly(text, ".value")
    if not _MIN_LONG <= whole <= _MAX_LONG:
        raise _not_a_number(text, ".value")
    return Value(INT, float(whole), whole)


def _exactly(text: str, where: str) -> int:
    """The whole part of a number's text."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _not_a_number(text, where) from None
    if not number.is_finite() or number.adjusted() > _MAX_EXPONENT:
        raise _not_a_number(text, where)
    return int(number)


def _double(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _not_a_number(text, ".value") from None
    if not math.isfinite(number):
        raise _not_a_number(text, ".value")
    return number


def _not_a_number(text: str, where: str) -> Refused:
    return Refused(where, f'For input string: "{text[:100]}"')


def _point(point: Any, declared: str | None) -> tuple[int, Value]:
    if not isinstance(point, list):
        raise Refused("", "must be an array.")
    if not point:
        raise Refused(".timestamp", "cannot be null or empty.")
    if len(point) == 1:
        raise Refused(".value", "cannot be null or empty.")
    if point[0] is None:
        raise Refused(".timestamp", "may not be null.")
    time_ms = read_time_ms(point[0])
    own = point[2] if len(point) > 2 and point[2] is not None else declared
    return time_ms, read_value(point[1], own if own is None else str(own))


def _samples(points: Sequence[tuple[int, Value]]) -> Samples:
    times_ns = np.array([time_ms for time_ms, _ in points], np.int64) * _NS_PER_MS
    values = np.array([value.number for _, value in points], np.float64)
    kinds = np.array([value.kind for _, value in points], np.uint8)
    ints = texts = None
    if (kinds == INT).any():
        ints = np.array([value.whole for _, value in points], np.int64)
    if (kinds == TEXT).any():
        texts = np.array([value.text for _, value in points], object)
    return Samples(times_ns, values, kinds if kinds.any() else None, ints, texts)


def _fast(points: Sequence[Any], declared: str | None) -> Samples | None:
    """Pairs of an integer and a number, as nearly all are, column by column; None for anything else."""
    if declared == "string" or declared not in _TYPES:
        return None
    if set(map(type, points)) != {list} or set(map(len, points)) != {2}:
        return None
    times, values = zip(*points, strict=True)
    kinds = set(map(type, values))
    if set(map(type, times)) != {int} or not kinds <= {int, Digits}:
        return None
    if max(times) > MAX_TIME_MS or min(times) < -MAX_TIME_MS:
        return None
    times_ns = np.array(times, np.int64) * _NS_PER_MS
    if declared != "double" and kinds == {int}:
        if max(values) > _MAX_LONG or min(values) < _MIN_LONG:
            return None
        ints = np.array(values, np.int64)
        return Samples(times_ns, ints.astype(np.float64), np.full(len(ints), INT, np.uint8), ints)
    if declared == "long" or (declared is None and int in kinds):
        return None
    if declared is None and not all("." in value for value in values):
        return None
    try:
        numbers = np.array(list(map(float, values)), np.float64)
    except OverflowError:
        return None
    return Samples(times_ns, numbers) if bool(np.isfinite(numbers).all()) else None
