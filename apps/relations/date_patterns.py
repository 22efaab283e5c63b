"""Dates by pattern, in the letters of Java and ATSD: ``yyyy-MM-dd HH:mm:ss``, ``EEE``, ``u``, ``ZZ``.

A pattern is read once into parts; columns of times are printed part by part.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from apps.algebra.times import (
    NS_PER_DAY,
    NS_PER_MS,
    NS_PER_SECOND,
    clamp_time,
    local_to_utc,
    utc_to_local,
    zone_info,
)
from apps.errors import ArgumentFault

__all__ = ["DatePattern", "date_pattern", "day_of_year", "iso_week"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_LETTERS = "yMdDHhkKamsSEeuwQzZX"
_EPOCH = datetime(1970, 1, 1)

Texts = list[str]
#: The wall clock's reading and its distance from UTC, both in ns.
Writer = Callable[[np.ndarray, np.ndarray, str], Texts]


def _month_number(local: np.ndarray) -> np.ndarray:
    return local.astype("M8[ns]").astype("M8[M]").astype(np.int64)


def _weekday(local: np.ndarray) -> np.ndarray:
    return (local // NS_PER_DAY + 3) % 7


def day_of_year(local: np.ndarray) -> np.ndarray:
    """1 for the first of January."""
    start = local.astype("M8[ns]").astype("M8[Y]").astype("M8[D]").astype(np.int64)
    return local // NS_PER_DAY - start + 1


def iso_week(local: np.ndarray) -> np.ndarray:
    """The week of the year, from 1; the week with the year's first Thursday is the first."""
    thursday = local + (3 - _weekday(local)) * NS_PER_DAY
    return (day_of_year(thursday) - 1) // 7 + 1


_NUMBERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "y": lambda local: _month_number(local) // 12 + 1970,
    "M": lambda local: _month_number(local) % 12 + 1,
    "d": lambda local: local // NS_PER_DAY
    - local.astype("M8[ns]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    + 1,
    "D": day_of_year,
    "H": lambda local: local // (3600 * NS_PER_SECOND) % 24,
    "k": lambda local: (local // (3600 * NS_PER_SECOND) + 23) % 24 + 1,
    "K": lambda local: local // (3600 * NS_PER_SECOND) % 12,
    "h": lambda local: (local // (3600 * NS_PER_SECOND) + 11) % 12 + 1,
    "m": lambda local: local // (60 * NS_PER_SECOND) % 60,
    "s": lambda local: local // NS_PER_SECOND % 60,
    "u": lambda local: _weekday(local) + 1,
    "w": iso_week,
    "Q": lambda local: _month_number(local) % 12 // 3 + 1,
}


def _number_writer(letter: str, width: int) -> Writer:
    read = _NUMBERS[letter]
    if letter == "y" and width == 2:
        return lambda local, _east, _zone: [f"{year % 100:02d}" for year in read(local).tolist()]
    table = [f"{number:0{width}d}" for number in range(10_000 if letter == "y" else 367)]
    return lambda local, _east, _zone: [table[number] for number in read(local).tolist()]


def _name_writer(letter: str, width: int) -> Writer:
    names = _MONTHS if letter == "M" else _DAYS
    shown = [name if width > 3 else name[:3] for name in names]
    if letter == "M":
        return lambda local, _east, _zone: [shown[at] for at in (_month_number(local) % 12).tolist()]
    return lambda local, _east, _zone: [shown[at] for at in _weekday(local).tolist()]


def _fraction_writer(width: int) -> Writer:
    scale = 10 ** max(9 - width, 0)
    return lambda local, _east, _zone: [f"{ns // scale:0{width}d}" for ns in (local % NS_PER_SECOND).tolist()]


def _offset_text(minutes: int, colon: str, zulu: bool) -> str:
    if zulu and minutes == 0:
        return "Z"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


def _offset_writer(colon: str, zulu: bool) -> Writer:
    def write(_local: np.ndarray, east: np.ndarray, _zone: str) -> Texts:
        distinct, place = np.unique(east, return_inverse=True)
        shown = [_offset_text(int(ns) // (60 * NS_PER_SECOND), colon, zulu) for ns in distinct]
        return [shown[at] for at in place.tolist()]

    return write


def _abbreviations(local: np.ndarray, east: np.ndarray, zone: str) -> Texts:
    info = zone_info(zone)
    out = []
    for ns in (local - east).tolist():
        moment = (_EPOCH + timedelta(seconds=ns // NS_PER_SECOND)).replace(tzinfo=zone_info("UTC"))
        out.append(moment.astimezone(info).strftime("%Z") or zone)
    return out


def _writer(letter: str, width: int) -> Writer:
    if letter in "yHhkKdDmsuwQ" or (letter == "M" and width < 3):
        return _number_writer(letter, width)
    if letter in "MEe":
        return _name_writer(letter, width)
    if letter == "S":
        return _fraction_writer(width)
    if letter == "a":
        return lambda local, _east, _zone: [
            "PM" if hour else "AM" for hour in (local // (12 * 3600 * NS_PER_SECOND) % 2).tolist()
        ]
    if letter == "z":
        return _abbreviations
    if letter == "X":
        return _offset_writer(":" if width == 3 else "", True)
    if width == 3:
        return lambda local, _east, zone: [zone] * len(local)
    return _offset_writer(":" if width == 2 else "", width == 2)


@dataclass(frozen=True, eq=False)
class DatePattern:
    """A pattern in parts: texts as they are, and pairs of a letter and how often it stands there."""

    parts: tuple[str | tuple[str, int], ...]

    def write(self, times_ns: np.ndarray, zone: str) -> Texts:
        """The text of each time on the wall clock of a zone."""
        local = utc_to_local(times_ns, zone)
        east = local - times_ns
        columns = [
            [part] * len(local) if isinstance(part, str) else _writer(*part)(local, east, zone)
            for part in self.parts
        ]
        return list(map("".join, zip(*columns, strict=True))) if columns else [""] * len(local)

    def read(self, text: str, zone: str) -> int | None:
        """The time that a text names, None when it does not fit the pattern."""
        regex, letters = self._reader
        match = regex.fullmatch(text) if len(text) <= 200 else None
        if match is None:
            return None
        found: dict[str, str] = {}
        for letter, value in zip(letters, match.groups(), strict=True):
            found[letter] = value
        return _moment(found, zone)

    @property
    def _reader(self) -> tuple[re.Pattern[str], list[str]]:
        source, letters = [], []
        for place, part in enumerate(self.parts):
            if isinstance(part, str):
                source.append(re.escape(part))
                continue
            letter, width = part
            following = self.parts[place + 1] if place + 1 < len(self.parts) else ""
            source.append(_accepts(letter, width, isinstance(following, tuple)))
            letters.append(_kind(letter, width))
        return _compiled("".join(source)), letters


@lru_cache(maxsize=256)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


def _kind(letter: str, width: int) -> str:
    if letter == "y" and width == 2:
        return "yy"
    return "MMM" if letter == "M" and width > 2 else "zone" if letter in "zZX" else letter


def _accepts(letter: str, width: int, joined: bool) -> str:
    """What a part takes from a text; numbers that follow each other have exactly their width."""
    if letter == "M" and width > 2:
        return f"({'|'.join(_MONTHS)}|{'|'.join(name[:3] for name in _MONTHS)})"
    if letter in "Ee":
        return f"({'|'.join(_DAYS)}|{'|'.join(name[:3] for name in _DAYS)})"
    if letter == "a":
        return "(AM|PM)"
    if letter in "zZX":
        return r"(Z|[+-][0-9]{2}:?[0-9]{2}|[A-Za-z][A-Za-z_/+0-9-]{0,40})"
    if letter == "S":
        return "([0-9]{1,9})" if not joined else f"([0-9]{{{width}}})"
    if joined or (letter == "y" and width == 2):
        return f"([0-9]{{{width}}})"
    return f"([0-9]{{1,{max(width, 4 if letter == 'y' else 2, 3 if letter == 'D' else 2)}}})"


def _moment(found: dict[str, str], zone: str) -> int | None:
    year = int(found.get("y", 1970))
    if "yy" in found:
        year = 2000 + int(found["yy"])
    month = int(found.get("M", 1))
    if "MMM" in found:
        month = [name[:3].lower() for name in _MONTHS].index(found["MMM"][:3].lower()) + 1
    hour = int(found.get("H", found.get("k", 0))) % 24 if {"H", "k"} & found.keys() else 0
    if "h" in found or "K" in found:
        hour = int(found.get("h", found.get("K", 0))) % 12 + 12 * (found.get("a", "AM").upper() == "PM")
    minute, second = int(found.get("m", 0)), int(found.get("s", 0))
    try:
        at = datetime(year, month, int(found.get("d", 1)), hour, minute, second) - _EPOCH
    except ValueError:
        return None
    if "D" in found:
        at += timedelta(days=int(found["D"]) - 1)
    seconds = at // timedelta(seconds=1)
    local = clamp_time(seconds * NS_PER_SECOND + int(found.get("S", "0").ljust(9, "0")))
    named = found.get("zone", zone)
    where = "UTC" if named in ("Z", "z") else named
    return int(local_to_utc(np.array([local]), where)[0]) // NS_PER_MS * NS_PER_MS


@lru_cache(maxsize=256)
def date_pattern(text: str) -> DatePattern:
    """The pattern that a text is; ArgumentFault for a letter that means nothing."""
    if len(text) > 200:
        raise ArgumentFault("a date pattern has at most 200 characters")
    parts: list[str | tuple[str, int]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ArgumentFault(f"the date pattern {text[:60]!r} has a quote that does not end")
        at = match.end()
        letter = match[2]
        if match[1] is not None:
            parts.append(match[1].replace("''", "'") or "'")
        elif letter is None or letter == "T":
            parts.append(match[0])
        elif letter not in _LETTERS:
            raise ArgumentFault(f"the date pattern {text[:60]!r} has an unknown letter {letter!r}")
        elif len(match[0]) > 9:
            raise ArgumentFault(f"the date pattern {text[:60]!r} repeats {letter!r} too often")
        else:
            parts.append((letter, len(match[0])))
    return DatePattern(tuple(parts))
