"""How names are written in the catalog: checked once, before anything is stored.

Names are kept exactly as they came through families to which case matters (KairosDB); what others make is
in lower case. Where case is overlooked (ATSD, charts), a name stands for what is called exactly so, else for
what is called so in lower case, else for the oldest that is called so in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from apps.algebra.series import SeriesKey, fold
from apps.catalog.models import MAX_NAME_LENGTH
from apps.errors import ArgumentFault

__all__ = ["MAX_TAGS", "check_key", "check_name", "check_text", "fold_key", "fold_name", "fold_tags", "meant"]

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


def check_name(name: object, what: str = "name") -> str:
    """A name as it is: not empty, of an indexable length."""
    return _bounded(check_text(name, what), what)


def fold_name(name: object, what: str = "name") -> str:
    """A name in lower case and trimmed: not empty, of an indexable length."""
    return _bounded(fold(check_text(name, what)), what)


def _bounded(name: str, what: str) -> str:
    if not name:
        raise ArgumentFault(f"{what} must not be empty")
    if len(name) > MAX_NAME_LENGTH:
        raise ArgumentFault(f"{what} has {len(name)} characters, more than the limit of {MAX_NAME_LENGTH}")
    return name


def fold_tags(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Series tags with folded names, values as sent but for line ends around them, sorted."""
    return _tags(pairs, fold_name, lambda text: text.strip(_LINE_ENDS))


def _tags(
    pairs: Iterable[tuple[str, str]], named: Callable[[object, str], str], trimmed: Callable[[str], str]
) -> tuple[tuple[str, str], ...]:
    kept: dict[str, str] = {}
    for name, value in pairs:
        text = trimmed(check_text(value, f"value of tag {name!r}"))
        if not text:
            raise ArgumentFault(f"tag {name!r} has no value", hint="leave the tag out")
        kept[named(name, "tag name")] = text
    if len(kept) > MAX_TAGS:
        raise ArgumentFault(f"{len(kept)} tags, more than the limit of {MAX_TAGS}")
    return tuple(sorted(kept.items()))


def fold_key(key: SeriesKey) -> SeriesKey:
    """A series key as it is made where case is overlooked."""
    return SeriesKey(
        fold_name(key.metric, "metric name"),
        fold_name(key.entity, "entity name"),
        fold_tags(key.tags),
        key.forecast,
    )


def check_key(key: SeriesKey) -> SeriesKey:
    """A series key with every name and value exactly as it is; ArgumentFault when it can't be stored."""
    return SeriesKey(
        check_name(key.metric, "metric name"),
        check_name(key.entity, "entity name"),
        _tags(key.tags, check_name, str),
        key.forecast,
    )


def meant(name: str, variants: Sequence[str]) -> str | None:
    """Which of several stored names, oldest first, a name in any case stands for; they all fold alike."""
    if not variants:
        return None
    folded = fold(name)
    return name if name in variants else folded if folded in variants else variants[0]
