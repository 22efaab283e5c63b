"""Settings that are expressions: read into trees, their mistakes reported where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.algebra.expr import nodes
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.formula import parse_formula
from apps.dialects.charts.sections import Section, Setting
from apps.dialects.charts.texts import split_list
from apps.errors import TsError

__all__ = ["bounds_of", "trees_of"]

#: Conditions and numbers: always expressions.
CONDITIONS = (
    "alert-expression", "column-alert-expression", "icon-alert-expression", "link-alert-expression",
    "node-alert-expression", "series-value", "size", "total-value", "total-size", "hide-column",
    "link-value", "node-value",
)  # fmt: skip
#: CSS texts, or expressions that give them.
STYLES = (
    "alert-style", "column-alert-style", "icon-alert-style", "link-alert-style", "node-alert-style",
    "row-alert-style", "row-style", "style", "severity-style", "tooltip", "icon", "audio-alert",
)  # fmt: skip
#: Texts that are expressions when they say so.
MARKED = ("label-format", "column-label-format", "marker-format", "link-label-format")


def trees_of(section: Section, found: Diagnostics, names: Iterable[str] = ()) -> dict[str, nodes.Node]:
    """The settings that apply to a section and are expressions, as trees. ``names``: further ones."""
    trees: dict[str, nodes.Node] = {}
    for name, setting in _expressions(section, names):
        if "${" in setting.text:
            continue
        tree = setting.tree_within(found)
        if isinstance(tree, TsError):
            found.fault(tree, setting.span)
        else:
            trees[name] = tree
    return trees


def _expressions(section: Section, names: Iterable[str]) -> Iterator[tuple[str, Setting]]:
    for name in (*CONDITIONS, *names):
        setting = section.get(name)
        if setting is not None and setting.text.strip():
            yield name, setting
    for name in STYLES:
        setting = section.get(name)
        if setting is not None and setting.is_code:
            yield name, setting
    for name in MARKED:
        setting = section.get(name)
        if setting is not None and setting.text.lstrip().lower().startswith("javascript:"):
            yield name, setting


def bounds_of(section: Section, found: Diagnostics) -> tuple[float | nodes.Node, ...]:
    """The entries of ``thresholds``: numbers, and trees where an entry is an expression."""
    setting = section.get("thresholds")
    if setting is None or "${" in setting.text:
        return ()
    bounds: list[float | nodes.Node] = []
    for line in setting.text.split("\n"):
        for part in _outside_brackets(line):
            try:
                bounds.append(float(part))
            except ValueError:
                try:
                    bounds.append(parse_formula(part, 0, setting.span))
                except TsError as error:
                    found.fault(error, setting.span)
    return tuple(bounds)


def _outside_brackets(text: str) -> list[str]:
    """Parts between commas that stand in no bracket."""
    if "(" not in text:
        return [part for part in split_list(text) if part]
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]
