"""How names are written in the catalog: folded to lower case, checked once, before anything is stored."""

from __future__ import annotations

from collections.abc import Iterable

from apps.algebra.series import SeriesKey
from apps.catalog.models import MAX_NAME_LENGTH
from apps.errors import ArgumentFault

__all__ = ["MAX_TAGS", "check_text", "fold_key", "fold_name", "fold_tags"]

MAX_TAGS = 1024
_LINE_ENDS = "\r\n"


def check_text(text: object, what: str) -> str:
    """``text`` when it is one that every database keeps; ArgumentFault otherwise."""
    if not isinstance(text, str):
        raise ArgumentFault(f"{what} must be a text, not {type(text).__name__}")
    if "\0" in text:
        raise ArgumentFault(f"{what} contains a zero byte")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ArgumentFault(f"{what} is not valid Unicode (a lone surrogate)") from None
    return text


def fold_name(name: object, what: str = "name") -> str:
    """A name as it is stored: trimmed, lower case, not empty, of an indexable length."""
    folded = check_text(name, what).strip().lower()
    if not folded:
        raise ArgumentFault(f"{what} must not be empty")
    if len(folded) > MAX_NAME_LENGTH:
        raise ArgumentFault(f"{what} has {len(folded)} characters, more than the limit of {MAX_NAME_LENGTH}")
    return folded


def fold_tags(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Series tags as they are stored: names folded, values as sent but for line ends around them, sorted."""
    folded: dict[str, str] = {}
    for name, value in pairs:
        text = check_text(value, f"value of tag {name!r}").strip(_LINE_ENDS)
        if not text:
            raise ArgumentFault(f"tag {name!r} has no value", hint="leave the tag out")
        folded[fold_name(name, "tag name")] = text
    if len(folded) > MAX_TAGS:
        raise ArgumentFault(f"{len(folded)} tags, more than the limit of {MAX_TAGS}")
    return tuple(sorted(folded.items()))


def fold_key(key: SeriesKey) -> SeriesKey:
    """The stored form of a series key."""
    return SeriesKey(
        fold_name(key.metric, "metric name"),
        fold_name(key.entity, "entity name"),
        fold_tags(key.tags),
        key.forecast,
    )
