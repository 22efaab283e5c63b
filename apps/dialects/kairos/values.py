"""Values of a request as KairosDB takes them: numbers also as texts, and its words where they are neither.

Every reader is called with the value, the place of the object that holds it and the name it has there; an
absent value is the caller's matter. What can't be read is refused at once (``Rejected``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import orjson

from apps.algebra.periods import Period
from apps.algebra.times import zone_info
from apps.dialects.kairos.errors import Rejected
from apps.errors import TsError

__all__ = [
    "UNITS", "Length", "choice", "flag", "items", "length", "mapping", "number", "shown", "text", "texts",
    "time_unit", "whole", "zone_name",
]  # fmt: skip

UNITS = ("MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS")
_UNITS_TEXT = ",".join(UNITS)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FIRST, _LAST = -(2**63), 2**63 - 1
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time as it was sent; ``unit`` as a period has it."""

    value: int = 0
    unit: str | None = None

    @property
    def period(self) -> Period:
        return Period(self.value, self.unit or "millisecond")

    def problems(self, path: str, least: int = 0) -> Iterable[str]:
        """What is wrong with it."""
        if self.value < least:
            yield f"{path}.value must be greater than or equal to {0 if self.value < 0 else least}"
        elif self.unit is not None:
            try:
                Period(self.value, self.unit)
            except TsError as fault:
                yield f"{path}.value is too large: {fault.message}"
        if self.unit is None:
            yield f"{path}.unit may not be null"


def shown(value: Any) -> str:
    """A value of a request inside a message."""
    written = value if isinstance(value, str) else orjson.dumps(value).decode()
    return written if len(written) <= _MOST_SHOWN else written[: _MOST_SHOWN - 1] + "…"


def mapping(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Rejected(f"{path} must be an object")
    return value


def items(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Rejected(f"{path} must be an array")
    return value


def _not_a_number(value: Any, place: str, name: str) -> Rejected:
    path = f"{place}.{name}" if name else place
    if isinstance(value, dict | list):
        return Rejected(f"{path} must be a number")
    written = shown(value)
    if not written.strip():
        return Rejected(f"{path} empty String")
    if written.count(".") > 1 and re.fullmatch(r"[+-]?[0-9.]+", written):
        return Rejected(f"{path} multiple points")
    return Rejected(f'{path} For input string: "{written}"')


def whole(value: Any, place: str, name: str) -> int:
    """A whole number of 64 bits; a fraction in JSON is cut off, as KairosDB does."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and _INTEGER.fullmatch(value)):
        found = int(value)
        if _FIRST <= found <= _LAST:
            return found
    raise _not_a_number(value, place, name)


def number(value: Any, place: str, name: str) -> float:
    found = math.nan
    if (isinstance(value, str) and _DOUBLE.fullmatch(value.strip())) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    ):
        found = float(value)
    if not math.isfinite(found):
        raise _not_a_number(value, place, name)
    return found


def text(value: Any, place: str, name: str) -> str:
    if isinstance(value, dict | list):
        raise Rejected(f"{place}.{name} must be a string")
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def flag(value: Any, place: str, name: str) -> bool:
    """Whatever is not true is false, but for what is no plain value at all."""
    if isinstance(value, dict | list):
        raise Rejected(f"{place}.{name} must be a boolean")
    return value is True or (isinstance(value, str) and value.lower() == "true")


def texts(value: Any, place: str, name: str) -> tuple[str, ...]:
    path = f"{place}.{name}"
    return tuple(text(one, path, str(at)) for at, one in enumerate(items(value, path)))


def time_unit(value: Any, place: str, name: str = "unit") -> str:
    """The unit of a period that a word like ``Minutes`` means."""
    word = text(value, place, name)
    if word.upper() not in UNITS:
        raise Rejected(f"{place}.{shown(word)} is not a valid time unit, must be one of {_UNITS_TEXT}")
    return word.lower().removesuffix("s")


def length(value: Any, place: str, name: str) -> Length:
    """``{"value": 1, "unit": "hours"}``"""
    path = f"{place}.{name}"
    given = mapping(value, path)
    count = whole(given["value"], path, "value") if given.get("value") is not None else 0
    return Length(count, time_unit(given["unit"], place) if given.get("unit") is not None else None)


@lru_cache(maxsize=1)
def _all_zones() -> str:
    return ", ".join(sorted(available_timezones()))


def zone_name(value: Any, place: str, name: str = "time_zone") -> str:
    """A zone that exists; an empty name is UTC."""
    zone = text(value, place, name)
    if not zone:
        return "UTC"
    try:
        zone_info(zone)
    except TsError:
        wanted = f"{place}.{shown(zone)}" if place else shown(zone)
        raise Rejected(f"{wanted} is not a valid time zone, must be one of [{_all_zones()}]") from None
    return zone


def choice(value: Any, place: str, name: str, allowed: tuple[str, ...], what: str) -> str:
    """One of some words, in their own case."""
    word = text(value, place, name)
    if word not in allowed:
        quoted = [f"'{one}'" for one in allowed]
        listed = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
        raise Rejected(f"{place}.{shown(word)} is not a valid {what}, must be {listed}.")
    return word
