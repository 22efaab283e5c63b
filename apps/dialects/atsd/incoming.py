"""What arrives through ATSD's write paths: names folded, times and numbers read, rows made into columns.

The JSON insert, the CSV insert and the network commands share these rules, so that a sample means the same
whichever way it came.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from apps.algebra.series import FLOAT, INT, Samples
from apps.dialects.atsd.dates import parse_iso
from apps.errors import ArgumentFault, TsError

__all__ = [
    "ENTITY_TAGS",
    "MAX_NAME_CHARS",
    "MAX_TIME_MS",
    "MAX_VALUE_CHARS",
    "Received",
    "columns_of",
    "exact_integer",
    "fold_entity",
    "fold_group",
    "fold_metric",
    "fold_tags",
    "fold_type",
    "in_order",
    "parse_iso_ns",
    "parse_number",
    "storable_ns",
    "tag_name",
    "tag_value",
    "text_of",
]

#: Properties of this type are the tags of the entity itself.
ENTITY_TAGS = "$entity_tags"
MAX_NAME_CHARS = 512
MAX_VALUE_CHARS = 4096
MAX_TAGS = 1024
#: ATSD stores 1970-01-01 up to 2106-02-07T06:59:59.999Z.
MAX_TIME_MS = 4_294_969_199_999
_NS_PER_MS = 1_000_000
#: Beyond this a float64 no longer holds every whole number, so the exact one is kept beside it.
_EXACT_INT = 2**53

# Lone surrogates can't be encoded, and databases refuse NUL.
_NOT_IN_NAMES = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
_NOT_IN_TEXTS = re.compile(r"[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)


def _shown(text: object, width: int = 60) -> str:
    """A value as an error message quotes it: never longer than a line, never with control characters."""
    shown = text if isinstance(text, str) else repr(text)
    shown = "".join(char if char.isprintable() else "·" for char in shown[: width + 1])
    return shown if len(shown) <= width else shown[:width] + "…"


def _fold_name(kind: str, name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ArgumentFault(f"Empty {kind}", code=f"empty-{kind}")
    name = name.strip(" \r\n")
    if _NOT_IN_NAMES.search(name):
        raise ArgumentFault(
            f"Invalid {kind} name: '{_shown(name)}'",
            code="bad-name",
            hint="names hold printable characters and no white space",
        )
    if len(name) > MAX_NAME_CHARS:
        raise ArgumentFault(
            f"Invalid {kind} name: '{_shown(name)}' has {len(name)} characters, more than {MAX_NAME_CHARS}",
            code="bad-name",
        )
    return name.lower()


@lru_cache(maxsize=16_384)
def _fold_cached(kind: str, name: str) -> str:
    return _fold_name(kind, name)


def fold_metric(name: object) -> str:
    """A metric name as it is made here: lower case; ArgumentFault when it can't be one."""
    return _fold_cached("metric", name) if isinstance(name, str) else _fold_name("metric", name)


def fold_entity(name: object) -> str:
    """An entity name as it is made here: lower case; ArgumentFault when it can't be one."""
    return _fold_cached("entity", name) if isinstance(name, str) else _fold_name("entity", name)


def fold_type(name: object) -> str:
    """A property type as it is stored: lower case, no white space."""
    return _fold_name("type", name)


def fold_group(name: object) -> str:
    """An entity group's name, as sent: blanks and case are part of it."""
    if not isinstance(name, str) or not name.strip():
        raise ArgumentFault("Empty entity group name", code="empty-group")
    if _NOT_IN_TEXTS.search(name) or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise ArgumentFault(f"Invalid entity group name: '{_shown(name)}'", code="bad-name")
    return name


@lru_cache(maxsize=16_384)
def tag_name(name: str) -> str:
    """A tag name as it is made here: lower case, trimmed."""
    folded = name.strip().lower()
    if not folded or len(folded) > MAX_NAME_CHARS or not folded.isprintable():
        raise ArgumentFault(f"Invalid tag name: '{_shown(name)}'", code="bad-name")
    return folded


def tag_value(name: str, value: object) -> str:
    """A tag value as it is stored: line breaks at its ends go, anything else stays."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        value = str(value)
    if value is None or value == "":
        raise ArgumentFault(f'Tag "{_shown(name)}" has empty value', code="empty-tag")
    if not isinstance(value, str):
        raise ArgumentFault(
            f'Tag "{_shown(name)}": can not deserialize instance of String from '
            f"{'an array' if isinstance(value, list) else 'an object'}",
            code="bad-tag",
        )
    value = value.strip("\r\n")
    if not value.strip():
        raise ArgumentFault(f'Tag "{_shown(name)}" has empty value', code="empty-tag")
    if len(value) > MAX_VALUE_CHARS or _NOT_IN_TEXTS.search(value):
        text_of(f'Tag "{_shown(name)}"', value)
    return value


def text_of(where: str, value: object, max_chars: int = MAX_VALUE_CHARS) -> str:
    """A free text that a database can hold; ``where`` names it in the error."""
    if not isinstance(value, str):
        raise ArgumentFault(f"{where} must be a text, not {_shown(value)}", code="bad-type")
    if _NOT_IN_TEXTS.search(value):
        raise ArgumentFault(f"{where} holds a character that can't be stored", code="bad-text")
    if len(value) > max_chars:
        raise ArgumentFault(f"{where} has {len(value)} characters, more than {max_chars}", code="too-long")
    return value


def fold_tags(tags: object) -> tuple[tuple[str, str], ...]:
    """Series tags as they are made here: sorted pairs, names folded; ArgumentFault for empty values."""
    if tags is None:
        return ()
    if not isinstance(tags, Mapping):
        raise ArgumentFault("tags must be an object of names and values", code="bad-type")
    if len(tags) > MAX_TAGS:
        raise ArgumentFault(f"{len(tags)} tags, more than {MAX_TAGS}", code="too-many-tags")
    folded = {tag_name(name): tag_value(name, value) for name, value in tags.items()}
    return tuple(sorted(folded.items()))


# --- Times --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def parse_iso_ns(text: str) -> int | None:
    """Nanoseconds UTC of an ISO date with seconds and zone; None when it is not one that can be stored."""
    try:
        time_ns = parse_iso(text)
    except TsError:
        return None
    return time_ns if -(2**63) <= time_ns < 2**63 else None


def storable_ns(time_ms: int) -> int:
    """Milliseconds to nanoseconds, inside what ATSD stores."""
    if time_ms < 0:
        raise ArgumentFault("Negative timestamp", code="bad-time")
    if time_ms > MAX_TIME_MS:
        shown = time_ms if time_ms < 10**30 else f"{time_ms:.3e}"
        raise ArgumentFault(
            f"Too large timestamp {shown}. Max allowed value is {MAX_TIME_MS}", code="bad-time"
        )
    return time_ms * _NS_PER_MS


# --- Numbers ------------------------------------------------------------------------------------------------


def parse_number(text: str) -> tuple[float, int | None]:
    """A number of the network grammar: its float, and the exact whole number where a float can't hold it."""
    text = text.strip()
    if text == "NaN":
        return math.nan, None
    if len(text) > 400 or _NUMBER.fullmatch(text) is None:
        raise ArgumentFault(f"'{_shown(text)}' is not a number", code="bad-number")
    value = float(text)
    if math.isinf(value):
        raise ArgumentFault(f"'{_shown(text)}' is too large for a number", code="bad-number")
    if abs(value) >= _EXACT_INT and _WHOLE.fullmatch(text):
        return value, exact_integer(int(text))
    return value, None


def exact_integer(value: int) -> int | None:
    """The whole number itself when a float64 would lose digits and an int64 would not."""
    return value if abs(value) > _EXACT_INT and -(2**63) <= value < 2**63 else None


# --- Rows to columns ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """One sample as it came: ``integer`` only where the float is not exact, ``text`` is an annotation."""

    time_ns: int
    value: float
    integer: int | None = None
    text: str | None = None


def columns_of(rows: Sequence[Received]) -> Samples:
    """Samples from rows in any order; of several rows with one time the last wins."""
    count = len(rows)
    times = np.fromiter((row.time_ns for row in rows), np.int64, count)
    values = np.fromiter((row.value for row in rows), np.float64, count)
    integers = {at: row.integer for at, row in enumerate(rows) if row.integer is not None}
    texts = {at: row.text for at, row in enumerate(rows) if row.text is not None}
    return in_order(times, values, integers, texts)


def in_order(
    times_ns: np.ndarray,
    values: np.ndarray,
    integers: Mapping[int, int],
    texts: Mapping[int, str],
) -> Samples:
    """Columns as they came to samples with rising times, the last of equal times kept.

    ``integers`` and ``texts`` are sparse, by row: nearly all rows have neither.
    """
    kinds = ints = words = None
    if integers:
        kinds, ints = np.full(len(times_ns), FLOAT, np.uint8), np.zeros(len(times_ns), np.int64)
        for at, integer in integers.items():
            kinds[at], ints[at] = INT, integer
    if texts:
        words = np.full(len(times_ns), None, object)
        for at, text in texts.items():
            words[at] = text
    samples = Samples(times_ns, values, kinds, ints, words)
    if len(times_ns) < 2 or bool(np.all(times_ns[1:] > times_ns[:-1])):
        return samples
    order = np.argsort(times_ns, kind="stable")
    ordered = times_ns[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True)
    return samples.take(order[is_last])
