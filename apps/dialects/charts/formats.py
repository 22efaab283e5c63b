"""Settings that say how values read, checked before anything is drawn: formats and colours."""

from __future__ import annotations

import re

from apps.algebra.expr import nodes
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.names import name_faults
from apps.dialects.charts.sections import Setting
from apps.dialects.charts.setting_row import Row
from apps.errors import TsError
from apps.figures.format import FORMAT_WORDS, number_format
from apps.figures.style import COLOR_NAMES, css_color

__all__ = ["FORMAT_FUNCTIONS", "check_look"]

_FORMATS = frozenset({"format", "format-axis", "format-counter", "format-size"})
#: What an expression of a format may call beside what every expression may.
FORMAT_FUNCTIONS = ("fixed", "decimal", "round", "precise", "percent", "fraction")
_BETWEEN = re.compile(r",(?![^(]*\))|\n")


def check_look(row: Row, setting: Setting, found: Diagnostics) -> None:
    """Report a format that means nothing and colours that are none."""
    text = setting.text.strip()
    if not text or text == '""' or "${" in text:
        return
    if row.name in _FORMATS:
        _check_format(setting, text, found)
    elif row.name == "color":
        _check_colors((text,), setting, found)
    elif row.name == "colors":
        _check_colors(tuple(_BETWEEN.split(text[:2000]))[:50], setting, found)


def _check_format(setting: Setting, text: str, found: Diagnostics) -> None:
    if number_format(text) is not None:
        return
    tree = setting.tree_within(found)
    if isinstance(tree, TsError):
        found.fault(tree, setting.span)
        return
    if isinstance(tree, nodes.Name) and tree.name != "value":
        near = found.near(text.lower(), FORMAT_WORDS)
        hint = f"did you mean {near[0]}?" if near else "a unit, fixed(2), %H:%M or an expression over value"
        found.warning(
            "unknown-format", f"there is no format {text[:60]!r}; values read plainly", setting.span,
            hint=hint, fix=near[0] if near else None,
        )  # fmt: skip
        return
    faults = name_faults(
        tree, variables=frozenset({"value"}), scripts=FORMAT_FUNCTIONS, over_series=False, near=found.near
    )
    for error in faults:
        message = error.message if error.code != "not-offered" else "a format sees its value only"
        found.warning(error.code, message, error.span or setting.span, hint=error.hint, fix=error.fix)


def _check_colors(parts: tuple[str, ...], setting: Setting, found: Diagnostics) -> None:
    for part in parts:
        word = part.strip()
        if not word or css_color(word):
            continue
        near = found.near(word.lower(), COLOR_NAMES)
        found.warning(
            "bad-color", f"{word[:40]!r} is no colour", setting.span,
            hint=f"did you mean {near[0]}?" if near else "a name, #rrggbb or rgb(r, g, b)",
            fix=near[0] if near and len(parts) == 1 else None,
        )  # fmt: skip
        return
