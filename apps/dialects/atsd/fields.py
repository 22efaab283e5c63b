"""Typed reading of a request's JSON: each value is checked where it stands, and errors name the place.

Clients of the data API send booleans and numbers as texts too, so those are taken; anything else that is not
of the wanted type is a fault such as ``[0].rate.period.unit must be a text, not 5``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from apps.algebra.periods import Period
from apps.dialects.atsd.dates import parse_unit
from apps.errors import ArgumentFault, TsError, near_names

__all__ = ["Fields", "fault_at"]

#: Whole numbers beyond this have no use here and would only overflow further in.
MAX_WHOLE = 2**53


#: Values whose names in JSON and here are not the same.
_JSON_NAMES = {"None": "null", "True": "true", "False": "false"}


def _shown(value: Any) -> str:
    """A value of a request in the words of its sender, who wrote JSON."""
    if isinstance(value, dict | list):
        return "a JSON object" if isinstance(value, dict) else "a JSON array"
    text = repr(value)
    text = _JSON_NAMES.get(text, text)
    return text if len(text) <= 60 else text[:57] + "..."


def fault_at(fault: TsError, place: str) -> TsError:
    """The same fault, with the place in the request that caused it (the innermost place stays)."""
    fault.data.setdefault("place", place)
    return fault


class Fields:
    """One JSON object of a request, with its place."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, Mapping):
            raise self._fault(place, f"must be an object, not {_shown(value)}")
        self._values = value
        self.place = place

    @staticmethod
    def _fault(place: str, what: str, hint: str | None = None) -> ArgumentFault:
        return ArgumentFault(f"{place} {what}", hint=hint, data={"place": place})

    def wrong(self, name: str, what: str, hint: str | None = None) -> ArgumentFault:
        """A fault at one field."""
        return self._fault(f"{self.place}.{name}", what, hint)

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """A text; None when absent or empty. Numbers and booleans become texts."""
        value = self._values.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, f"must be a text, not {_shown(value)}")
        return value or None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        if isinstance(value, str) and value.strip().lower() in ("true", "false", ""):
            return value.strip().lower() == "true" if value.strip() else default
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, f"must be true or false, not {_shown(value)}")
        return default if value is None else value

    def number(
        self, name: str, *, minimum: float | None = None, maximum: float | None = None
    ) -> float | None:
        """A finite number, also written as a text; None when absent."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        number = self._numeric(value)
        if number is None or not math.isfinite(number):
            raise self.wrong(name, f"must be a number, not {_shown(value)}")
        if minimum is not None and number < minimum:
            raise self.wrong(name, f"must be at least {minimum:g}, not {_shown(value)}")
        if maximum is not None and number > maximum:
            raise self.wrong(name, f"must be at most {maximum:g}, not {_shown(value)}")
        return number

    @staticmethod
    def _numeric(value: Any) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            return value if isinstance(value, int) and abs(value) <= MAX_WHOLE else float(value)
        except (ValueError, OverflowError):
            return None

    def whole(self, name: str, default: int = 0, *, minimum: int | None = None) -> int:
        number = self.number(name, minimum=minimum)
        if number is None:
            return default
        if number != int(number) or abs(number) > MAX_WHOLE:
            raise self.wrong(name, f"must be a whole number, not {_shown(self.raw(name))}")
        return int(number)

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str | None:
        """One of the allowed words, whatever its case, in lower case."""
        text = self.text(name)
        if text is None:
            return default
        folded = text.strip().lower()
        if folded not in allowed:
            near = near_names(folded, allowed)
            words = ", ".join(word.upper() for word in allowed)
            hint = f"did you mean {near[0].upper()}?" if near else None
            raise self.wrong(name, f"must be one of {words}, not {_shown(text)}", hint)
        return folded

    def object(self, name: str) -> Fields | None:
        value = self._values.get(name)
        return None if value is None else Fields(value, f"{self.place}.{name}")

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; a single text counts as a list of one; None when absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,) if value else ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, f"must be a list of texts, not {_shown(value)}")
        return tuple(value)

    def period(self, *, zero: bool = False, default_unit: str | None = None) -> Period:
        """This object as ``{"count": n, "unit": "UNIT"}``; ``zero`` admits a count of 0."""
        text = self.text("unit")
        if text is None and default_unit is None:
            raise self.wrong("unit", "is required", "such as MINUTE")
        count = self.number("count")
        if count is None:
            raise self.wrong("count", "is required", "a number of units")
        if count < 0 or (count == 0 and not zero):
            raise self.wrong("count", f"must be {'at least 0' if zero else 'positive'}, not {count:g}")
        try:
            return Period(count, parse_unit(text) if text else str(default_unit))
        except TsError as fault:
            raise fault_at(fault, f"{self.place}.unit") from None
