"""The shape of one row of the settings table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

__all__ = ["Row"]


@dataclass(frozen=True)
class Row:
    """A setting: what it is called, what it takes, where it may stand.

    ``type``        string, boolean, integer, number, interval, date, enum or json.
    ``sections``    deepest sections it means something in (blank-separated); also any of their ancestors.
    ``widgets``     widget types it concerns, blank-separated; empty = all.
    ``values``      allowed words, blank-separated; ``open_values``: only suggestions.
    ``repeatable``  several lines of it in one section are one text.
    ``expression``  the value may be an expression. ``comma_list``: it is a list.
    ``minimum``, ``maximum``   bounds of a number; ``…_excluded``: the bound itself is too far.
    ``spellings``   other ways to write the name, separated by ``|``.
    ``older``       words that older releases took, each as ``word=word of today``, blank-separated.
    ``effective``   it changes something here; others are known, kept and reported as without effect.
    """

    name: str
    type: str
    help: str
    default: str | None = None
    sections: str = ""
    widgets: str = ""
    values: str = ""
    open_values: bool = False
    repeatable: bool = False
    expression: bool = False
    comma_list: bool = False
    minimum: float | None = None
    maximum: float | None = None
    minimum_excluded: bool = False
    maximum_excluded: bool = False
    excludes: str = ""
    spellings: str = ""
    older: str = ""
    effective: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(self.values.split())

    @cached_property
    def older_words(self) -> dict[str, str]:
        """Words of older releases, in lower case, and what is written today."""
        pairs = (pair.partition("=") for pair in self.older.split())
        return {word: today for word, _, today in pairs}

    @property
    def section_names(self) -> tuple[str, ...]:
        return tuple(self.sections.split())

    @property
    def widget_types(self) -> tuple[str, ...]:
        return tuple(self.widgets.split())
