"""Looking settings up by any spelling, and checking their values. The table is the one list of settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from apps.algebra.periods import Period
from apps.dialects.charts.setting_row import Row
from apps.errors import TsError, near_names

__all__ = [
    "FREE_SECTIONS",
    "INTERVAL",
    "ROWS",
    "SECTION_DEPTHS",
    "TABLE",
    "WIDGET_TYPES",
    "Fault",
    "fault_of",
    "find",
    "normalise",
    "parse_flag",
    "suggest",
]

#: Depth of each section in the tree.
SECTION_DEPTHS = {
    "configuration": 0, "group": 1, "widget": 2,
    "axis": 3, "column": 3, "dropdown": 3, "keys": 3, "link": 3, "node": 3, "other": 3,
    "placeholders": 3, "property": 3, "series": 3, "threshold": 3,
    "option": 4, "properties": 4, "tags": 4, "tag": 4,
}  # fmt: skip
#: Sections whose names are free.
FREE_SECTIONS = frozenset({"tags", "keys", "properties", "placeholders"})

WIDGET_TYPES = (
    "chart", "gauge", "treemap", "bar", "calendar", "histogram", "box", "pie", "graph", "text",
    "page", "console", "table", "property",
)  # fmt: skip

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0", "none", "null"})
INTERVAL = re.compile(
    r"[+-]?\s*(?:\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})\s*"
    r"(nanosecond|millisecond|second|sec|minute|min|hour|day|week|month|quarter|year)s?",
    re.IGNORECASE,
)
_UNITS = (
    "nanosecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year",
)  # fmt: skip
_COUNTED = re.compile(r"([+-]?[\d.]{1,20})\s*([A-Za-z]{2,20})")
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:e[+-]?\d{1,3})?%?", re.IGNORECASE)


@lru_cache(maxsize=4096)
def normalise(name: str) -> str:
    """A name as names are compared: its letters in lower case."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    return {"statistics": "statistic", "hidecolumns": "hidecolumn"}.get(plain, plain)


#: The one list of settings, a row per line.
_FILE = Path(__file__).with_name("settings.jsonl")
ROWS: tuple[Row, ...] = tuple(
    Row(**json.loads(line)) for line in _FILE.read_text(encoding="utf-8").splitlines()
)

#: Rows by normalised name; every spelling leads to the same row.
TABLE: dict[str, Row] = {}
for _row in ROWS:
    for _spelling in (_row.name, *filter(None, _row.spellings.split("|"))):
        TABLE.setdefault(normalise(_spelling), _row)


def find(name: str) -> Row | None:
    """The setting of that name in any spelling."""
    return TABLE.get(normalise(name)) if len(name) <= 200 else None


@lru_cache(maxsize=512)
def suggest(name: str) -> str | None:
    """The setting whose name looks most like this one."""
    near = near_names(normalise(name), TABLE, limit=1)
    return TABLE[near[0]].name if near else None


def parse_flag(text: str) -> bool | None:
    """A yes or no in any spelling, None when it is neither."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


class Fault(NamedTuple):
    """What is wrong with a value, and a value that is right and looks much like it."""

    message: str
    fix: str | None = None
    hint: str | None = None


def _near(word: str, known: Iterable[str]) -> str | None:
    near = near_names(word, known, limit=1) if len(word) <= 60 else []
    return near[0] if near else None


def _flag_fault(row: Row, text: str) -> Fault | None:
    if parse_flag(text) is not None:
        return None
    near = _near(text, ("true", "false", "yes", "no", "on", "off"))
    return Fault(f"{row.name} takes true or false, not {text[:40]!r}", near)


def _interval_fault(row: Row, text: str) -> Fault | None:
    if INTERVAL.fullmatch(text):
        return None
    if text.lower() in ("all", "auto") or (row.name in ("rate", "update-interval") and text.isdigit()):
        return None
    try:
        Period.parse(text)
    except TsError as error:
        parts = _COUNTED.fullmatch(text)
        near = _near(parts[2].lower().removesuffix("s"), _UNITS) if parts else None
        return Fault(error.message, f"{parts[1]} {near}" if parts and near else None, error.hint)
    return None


def _number_fault(row: Row, text: str) -> Fault | None:
    if not _NUMBER.fullmatch(text):
        return Fault(f"{text[:40]!r} is not a number")
    value = float(text.rstrip("%"))
    if row.type == "integer" and not value.is_integer():
        return Fault(f"{text[:40]!r} is not a whole number")
    low, high = row.minimum, row.maximum
    if low is not None and (value < low or (row.minimum_excluded and value == low)):
        return Fault(f"{row.name} must be {'more than' if row.minimum_excluded else 'at least'} {low:g}")
    beyond = high is not None and (value > high or (row.maximum_excluded and value == high))
    if beyond and not text.endswith("%"):
        return Fault(f"{row.name} must be {'less than' if row.maximum_excluded else 'at most'} {high:g}")
    return None


def _enum_fault(row: Row, text: str) -> Fault | None:
    listed = row.name == "statistics"
    words = [part.strip() for part in text.split(",")] if listed else [text]
    allowed = {word.lower().replace("_", " ") for word in row.allowed} | {
        word.lower() for word in row.allowed
    }
    fixed: list[str] = []
    wrong: list[str] = []
    for written in words:
        word = written.lower()
        base = re.sub(r"\(.*\)$|_[\d.]+$", "", word).strip()
        known = word in allowed or f"{base}(n)" in allowed or f"{base.split()[0] if base else ''}" in allowed
        if known or ("<number>" in allowed and _NUMBER.fullmatch(word)):
            fixed.append(written)
            continue
        wrong.append(word)
        near = _near_word(row, word)
        if near is not None:
            fixed.append(near)
    if not wrong:
        return None
    fix = ", ".join(fixed) if len(fixed) == len(words) else None
    hint = f"; did you mean {fix}?" if fix else ""
    return Fault(f"{row.name} takes {', '.join(row.allowed)}, not {wrong[0][:40]!r}{hint}", fix)


def _near_word(row: Row, word: str) -> str | None:
    """The allowed word that looks most like this one; its argument is kept."""
    name, bracket, argument = word.partition("(")
    plain = {one.removesuffix("(n)"): one for one in row.allowed if not one.startswith("<")}
    near = _near(name.strip(), plain)
    if near is None or not plain[near].endswith("(n)"):
        return near
    return f"{near}({argument}" if bracket and argument.endswith(")") else None


def fault_of(row: Row, text: str) -> Fault | None:
    """What is wrong with a value of a setting, None when nothing is. Empty values reset a setting."""
    text = text.strip()
    if not text or text == '""' or row.open_values or row.expression:
        return None
    if row.type == "boolean":
        return _flag_fault(row, text)
    if row.type in ("integer", "number") and not row.comma_list:
        return _number_fault(row, text)
    if row.type == "interval" and not row.comma_list:
        return _interval_fault(row, text)
    if row.type == "enum" and row.allowed:
        return _enum_fault(row, text)
    return None
