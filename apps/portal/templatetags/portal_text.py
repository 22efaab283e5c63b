"""Texts that templates can't make by themselves."""

from __future__ import annotations

from collections.abc import Mapping

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
