"""Texts that templates can't make by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from django import template

from apps.figures.format import plain_number as plain_number_text

register = template.Library()


@register.filter
def plain_number(value: float | None) -> str:
    """A number as charts show it; a dash when there is none."""
    return "–" if value is None else plain_number_text(value)


@register.filter
def lookup(mapping: Mapping[str, str], key: str) -> str:
    """The entry of a mapping under a key that is itself a variable."""
    return mapping.get(key, "")


@register.filter
def as_query(value: str, name: str) -> str:
    """``name=value`` for an address; nothing when the value is empty."""
    return urlencode({name: value}) if value else ""


@register.filter
def line_count(text: str) -> int:
    """How many lines a text has."""
    return len(text.splitlines())


@register.filter
def part(parts: Iterable[tuple[str, str]], name: str) -> str:
    """One of the named parts of a documented function."""
    return dict(parts).get(name, "")


@register.filter
def milliseconds(moment: datetime) -> str:
    """A moment as scripts count time."""
    return str(int(moment.timestamp() * 1000))
