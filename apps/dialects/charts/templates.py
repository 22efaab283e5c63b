"""What template pages left behind: ``<#list …>``, ``<#if …>``, ``<#assign …>`` and ``${name}``.

Pages used to be filled in by a template engine before the configuration was read. The directives that have
a sibling in the language are read as that sibling; the others are reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FILLED_IN", "INLINE_LIST", "PARAMETER", "Directive", "directive_of", "is_parameter"]

#: ``${name}``, ``${row.field}``, ``${row['key']}``, ``${count?c}``, ``${name!"default"}``.
PARAMETER = re.compile(
    r"\$\{\s*([A-Za-z_]\w{0,60}(?:\.\w{1,60}|\[\s*(?:\d{1,4}|'[^'\]]{0,60}'|\"[^\"\]]{0,60}\")\s*\]){0,5})\s*"
    r"(?:\?\s*\w{1,20}(?:\([^()]{0,40}\))?\s*){0,3}"
    r"(?:!\s*(\"[^\"]{0,200}\"|'[^']{0,200}'|[\w./*-]{0,200}))?\s*\}"
)
#: Anything that the server of a page filled in.
FILLED_IN = re.compile(r"\$\{[^{}`]{0,300}\}")
#: A loop inside of one line.
INLINE_LIST = re.compile(r"<#list\s+([^<>]{1,200}?)\s+as\s+(\w{1,60})\s*>(.{0,400}?)</#list\s*>?")
_BRACES = re.compile(r"(?<![@$\w])\{[A-Za-z_]\w{0,60}\}")
_DIRECTIVE = re.compile(r"<(/?)#(\w+)\s*(.*?)\s*/?>\s*", re.DOTALL)
_CLOSING = re.compile(r"</#\w+\s*")
_ASSIGN = re.compile(r"([\w$]+)\s*=\s*(.*)", re.DOTALL)
_LIST = re.compile(r"(.*\S)\s+as\s+(\w+)", re.DOTALL)
_RANGE = re.compile(r"\s*([\w.]+)\s*\.\.\s*([\w.]+)\s*")
#: In template pages getTags took the entity before the name of the tag.
_TAGS = re.compile(r"^getTags\s*\(")
_WORDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Directive:
    """``word``: var, for, if, elseif, else, endfor, endif, comment or unknown. ``source`` starts ``at``."""

    word: str
    name: str = ""
    source: str = ""
    at: int = 0
    like: str = ""


def is_parameter(text: str) -> bool:
    """Whether a page was to fill something in: ``${name}`` or ``{name}``."""
    return "${" in text or bool(_BRACES.search(text))


def directive_of(text: str) -> Directive | None:
    """A line that is nothing but one directive; None when it is none."""
    if text.startswith("<#--"):
        return Directive("comment")
    found = _DIRECTIVE.fullmatch(f"{text}>" if _CLOSING.fullmatch(text) else text)
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
            source = _TAGS.sub("templateTags(", pair.group(2))
            return Directive("var", pair.group(1), source, at + pair.start(2), "var name = …")
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
