"""The ``date`` of a sample filter: fields of a time on the wall clock, computed when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.values import UNDEFINED, Column, Flags, to_text
from apps.algebra.times import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, utc_to_local

__all__ = ["Clock"]

_CLOCK_TEXTS = np.array([f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)], object)


class Clock(dict[str, Any]):
    """An object whose fields are columns over the samples' times in one zone."""

    _FIELDS = (
        "hourOfDay", "minuteOfHour", "minuteOfDay", "secondOfMinute", "dayOfWeek", "dayOfMonth",
        "dayOfYear", "monthOfYear", "year", "timeOfDay", "is_weekday", "is_weekend", "to_timezone",
    )  # fmt: skip

    def __init__(self, times_ns: np.ndarray, zone: str) -> None:
        super().__init__()
        self._times_ns = times_ns
        self._local = utc_to_local(times_ns, zone)

    def __contains__(self, name: object) -> bool:
        return name in self._FIELDS

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(self._FIELDS)

    def get(self, name: str, default: Any = UNDEFINED) -> Any:
        """A field, or a method as a function; ``default`` when there is none."""
        if name == "to_timezone":
            return self._to_zone
        if name in ("is_weekday", "is_weekend"):
            return lambda scope, args: Flags((self._weekday() >= 6) == (name == "is_weekend"))
        if name == "timeOfDay":
            minutes = self._local % NS_PER_DAY // NS_PER_MINUTE
            kinds = np.full(len(minutes), 4, np.uint8)
            return Column(np.full(len(minutes), np.nan), kinds, _CLOCK_TEXTS[minutes])
        number = self._number(name)
        return default if number is None else Column(number.astype(np.float64))

    def _weekday(self) -> np.ndarray:
        """1 = Monday … 7 = Sunday."""
        return (self._local // NS_PER_DAY + 3) % 7 + 1

    def _number(self, name: str) -> np.ndarray | None:
        local = self._local
        day = local.astype("M8[ns]").astype("M8[D]")
        match name:
            case "hourOfDay":
                return local % NS_PER_DAY // NS_PER_HOUR
            case "minuteOfHour":
                return local % NS_PER_HOUR // NS_PER_MINUTE
            case "minuteOfDay":
                return local % NS_PER_DAY // NS_PER_MINUTE
            case "secondOfMinute":
                return local % NS_PER_MINUTE // NS_PER_SECOND
            case "dayOfWeek":
                return self._weekday()
            case "dayOfMonth":
                return (day - day.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1
            case "dayOfYear":
                return (day - day.astype("M8[Y]").astype("M8[D]")).astype(np.int64) + 1
            case "monthOfYear":
                return day.astype("M8[M]").astype(np.int64) % 12 + 1
            case "year":
                return day.astype("M8[Y]").astype(np.int64) + 1970
        return None

    def _to_zone(self, scope: Scope, args: list[Any]) -> Clock:
        return Clock(self._times_ns, to_text(args[0]) if args else "UTC")
