"""Settings that are expressions: read into trees, their mistakes reported where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps.algebra.expr import nodes
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.drafts import placed
from apps.dialects.charts.expand import split_list
from apps.dialects.charts.formula import parse_formula
from apps.dialects.charts.sections import Section, Setting
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
_CSS = re.compile(r"\s*[\w-]+\s*:[^?]*(?:;|$)", re.DOTALL)
_LIKE_CODE = re.compile(r"\breturn\b|[?=]\s*['\"]|^\s*\(|['\"]\s*[+:]")


def trees_of(section: Section, found: Diagnostics, names: Iterable[str] = ()) -> dict[str, nodes.Node]:
    """The settings that apply to a section and are expressions, as trees. ``names``: further ones."""
    trees: dict[str, nodes.Node] = {}
    for name, setting in _expressions(section, names):
        if "${" in setting.text:
            continue
        try:
            trees[name] = _tree(setting)
        except TsError as error:
            found.fault(error, setting.span)
    return trees


def _expressions(section: Section, names: Iterable[str]) -> Iterator[tuple[str, Setting]]:
    for name in (*CONDITIONS, *names):
        setting = section.get(name)
        if setting is not None and setting.text.strip():
            yield name, setting
    for name in STYLES:
        setting = section.get(name)
        if setting is not None and _LIKE_CODE.search(setting.text) and not _CSS.fullmatch(setting.text):
            yield name, setting
    for name in MARKED:
        setting = section.get(name)
        if setting is not None and setting.text.lstrip().lower().startswith("javascript:"):
            yield name, setting


def _tree(setting: Setting) -> nodes.Node:
    if any(entry.made for entry in setting.entries):
        return parse_formula(_unmarked(setting.text)[0], 0, setting.span)
    text, base = placed(setting)
    text, skipped = _unmarked(text)
    return parse_formula(text, base + skipped)


def _unmarked(text: str) -> tuple[str, int]:
    match = re.match(r"\s*javascript\s*:", text, re.IGNORECASE)
    return (text[match.end() :], match.end()) if match else (text, 0)


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
