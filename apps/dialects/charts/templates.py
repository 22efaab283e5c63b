"""What template pages left behind: ``<#list …>``, ``<#if …>``, ``<#assign …>`` and ``${name}``.

Pages used to be filled in by a template engine before the configuration was read. The directives that have
a sibling in the language are read as that sibling; the others are reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PARAMETER", "Directive", "directive_of"]

#: ``${name}``, ``${row.field}``, ``${name!"default"}``.
PARAMETER = re.compile(
    r"\$\{\s*([A-Za-z_]\w{0,60}(?:\.\w{1,60}){0,5})\s*"
    r"(?:!\s*(\"[^\"]{0,200}\"|'[^']{0,200}'|[\w./*-]{0,200}))?\s*\}"
)
_DIRECTIVE = re.compile(r"<(/?)#(\w+)\s*(.*?)\s*/?>\s*", re.DOTALL)
_ASSIGN = re.compile(r"([\w$]+)\s*=\s*(.*)", re.DOTALL)
_LIST = re.compile(r"(.*\S)\s+as\s+(\w+)", re.DOTALL)
_RANGE = re.compile(r"\s*([\w.]+)\s*\.\.\s*([\w.]+)\s*")
_WORDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Directive:
    """``word``: var, for, if, elseif, else, endfor, endif, comment or unknown. ``source`` starts ``at``."""

    word: str
    name: str = ""
    source: str = ""
    at: int = 0
    like: str = ""


def directive_of(text: str) -> Directive | None:
    """A line that is nothing but one directive; None when it is none."""
    if text.startswith("<#--"):
        return Directive("comment")
    found = _DIRECTIVE.fullmatch(text)
    if found is None:
        return None
    closing, word, rest = found.groups()
    at = found.start(3)
    if closing:
        return Directive(
            {"list": "endfor", "if": "endif"}.get(word, "comment" if word == "assign" else "unknown")
        )
    if word == "else":
        return Directive("else", like="else")
    if word in ("if", "elseif"):
        return Directive(word, source=_condition(rest), at=at, like=f"{word} …")
    if word == "assign":
        pair = _ASSIGN.fullmatch(rest)
        if pair is not None:
            return Directive("var", pair.group(1), pair.group(2), at + pair.start(2), "var name = …")
    if word == "list":
        pair = _LIST.fullmatch(rest)
        if pair is not None:
            return Directive("for", pair.group(2), _collection(pair.group(1)), at, "for item in items")
    return Directive("unknown")


def _collection(source: str) -> str:
    bounds = _RANGE.fullmatch(source)
    return f"range({bounds.group(1)}, {bounds.group(2)})" if bounds else source


def _condition(source: str) -> str:
    """The words of comparisons as signs, and ``name??`` as a test for being there."""
    source = re.sub(r"\b(gte?|lte?)\b", lambda word: _WORDS[word.group()], source)
    source = re.sub(r"\(?(\b[\w.]{1,80})\)?\?\?", r"(typeof \1 != 'undefined')", source)
    return source.replace("&gt;", ">").replace("&lt;", "<")
