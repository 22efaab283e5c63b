"""Regular expressions of expressions: compiled to automata, so that matching takes linear time.

What only backtracking could do (look-around, references to groups) is refused when the text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from apps.algebra.expr.functions import MAX_LIST
from apps.algebra.expr.operators import MAX_TEXT
from apps.algebra.expr.values import UNDEFINED, to_text
from apps.errors import LimitFault, SyntaxFault, UnknownName, near_names

__all__ = ["REGEX_METHODS", "Regex", "compile_regex", "regex_call", "regex_text_call"]

#: Characters of one regular expression.
MAX_SOURCE = 1000
_FLAGS = {"i": "i", "m": "m", "s": "s"}
_UNICODE = re.compile(r"\\(?:\\|u\{?([0-9a-fA-F]{4,6})\}?)")
_BEYOND = (
    (re.compile(r"\(\?<?[=!]"), "looking ahead or behind"),
    (re.compile(r"\\[1-9k]"), "referring back to a group"),
)
_INSERT = re.compile(r"\$(?:([$&])|(\d\d?)|<(\w+)>)")


@dataclass(frozen=True, eq=False)
class Regex:
    """A regular expression as a value; ``every``: its flag g."""

    source: str
    flags: str
    compiled: Any

    @property
    def every(self) -> bool:
        return "g" in self.flags

    def __call__(self, scope: Any, args: list[Any]) -> Any:
        raise UnknownName("a regular expression is no function", hint="write /x/.test(text)")


@lru_cache(maxsize=256)
def compile_regex(source: str, flags: str = "") -> Regex:
    """The regular expression ``/source/flags``; SyntaxFault for what is not offered."""
    if len(source) > MAX_SOURCE:
        raise LimitFault(f"a regular expression has at most {MAX_SOURCE} characters")
    wrong = [flag for at, flag in enumerate(flags) if flag not in "gimsu" or flag in flags[:at]]
    if wrong:
        raise SyntaxFault(
            f"a regular expression has no flag {wrong[0]!r} here",
            code="not-offered",
            hint="g, i, m, s and u are",
        )
    bare = source.replace("\\\\", "")
    for pattern, what in _BEYOND:
        if pattern.search(bare):
            raise SyntaxFault(
                f"{what} is not part of the regular expressions here",
                code="not-offered",
                hint="they match in linear time; split it into two tests",
            )
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 2**20
    inner = "".join(_FLAGS.get(flag, "") for flag in flags)
    text = _UNICODE.sub(lambda found: f"\\x{{{found[1]}}}" if found[1] else found[0], source)
    try:
        return Regex(source, flags, re2.compile(f"(?{inner}){text}" if inner else text, options))
    except re2.error as fault:
        reason = fault.args[0] if fault.args else "unknown"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise SyntaxFault(f"this regular expression can't be read: {reason}", code="bad-regex") from None


def _hits(regex: Regex, text: str) -> Iterator[Any]:
    for count, hit in enumerate(regex.compiled.finditer(text)):
        if count >= MAX_LIST:
            raise LimitFault(f"a regular expression matches more than {MAX_LIST} times")
        yield hit
        if not regex.every:
            return


def _groups(hit: Any) -> list[Any]:
    return [hit.group(), *(UNDEFINED if one is None else one for one in hit.groups())]


def _test(scope: Any, regex: Regex, text: str, args: list[Any]) -> bool:
    return regex.compiled.search(text) is not None


def _exec(scope: Any, regex: Regex, text: str, args: list[Any]) -> list[Any] | None:
    hit = regex.compiled.search(text)
    return None if hit is None else _groups(hit)


def _match(scope: Any, regex: Regex, text: str, args: list[Any]) -> list[Any] | None:
    if not regex.every:
        return _exec(scope, regex, text, args)
    return [hit.group() for hit in _hits(regex, text)] or None


def _search(scope: Any, regex: Regex, text: str, args: list[Any]) -> float:
    hit = regex.compiled.search(text)
    return -1.0 if hit is None else float(hit.start())


def _split(scope: Any, regex: Regex, text: str, args: list[Any]) -> list[Any]:
    parts, at = [], 0
    for hit in _hits(Regex(regex.source, "g", regex.compiled), text):
        if hit.end() > hit.start():
            parts.append(text[at : hit.start()])
            at = hit.end()
    return [*parts, text[at:]]


def _replace(scope: Any, regex: Regex, text: str, args: list[Any]) -> str:
    new = args[0] if args else UNDEFINED
    parts: list[str] = []
    at = length = 0
    for hit in _hits(regex, text):
        if isinstance(new, str):
            instead = _inserted(new, hit)
        elif new is UNDEFINED or isinstance(new, int | float | bool | None):
            instead = to_text(new)
        else:
            scope.spend(1)
            instead = to_text(scope.call(new, [*_groups(hit), float(hit.start()), text]))
        parts += (text[at : hit.start()], instead)
        length += hit.start() - at + len(instead)
        at = hit.end()
        if length > MAX_TEXT:
            raise LimitFault(f"a text grew beyond {MAX_TEXT} characters")
    scope.spend(length // 64)
    return "".join([*parts, text[at:]])


def _inserted(pattern: str, hit: Any) -> str:
    """The replacement with ``$1``, ``$&``, ``$$`` and ``$<name>`` put in."""
    if "$" not in pattern:
        return pattern

    def one(found: re.Match[str]) -> str:
        sign, number, name = found.groups()
        if sign:
            return "$" if sign == "$" else hit.group()
        known = name in hit.groupdict() if name else 0 < int(number) <= len(hit.groups())
        return (hit.group(name or int(number)) or "") if known else found.group()

    return _INSERT.sub(one, pattern)


REGEX_METHODS: dict[str, Callable[[Any, Regex, str, list[Any]], Any]] = {"test": _test, "exec": _exec}
_TEXT_METHODS: dict[str, Callable[[Any, Regex, str, list[Any]], Any]] = {
    "match": _match,
    "replace": _replace,
    "replaceAll": _replace,
    "search": _search,
    "split": _split,
}


def regex_call(scope: Any, regex: Regex, name: str, args: list[Any]) -> Any:
    """``/x/.test(text)``; the text may not be a column."""
    method = REGEX_METHODS.get(name)
    if method is None:
        near = near_names(name, REGEX_METHODS)
        raise UnknownName(
            f"a regular expression has no method {name!r}", hint=f"did you mean {near[0]}?" if near else None
        )
    text = to_text(args[0] if args else UNDEFINED)
    scope.spend(1 + len(text) // 64)
    return method(scope, regex, text, args[1:])


def regex_text_call(scope: Any, text: str, name: str, args: list[Any]) -> Any:
    """``text.replace(/x/g, …)`` and its siblings; the first argument is the regular expression."""
    method = _TEXT_METHODS.get(name)
    if method is None:
        known = ", ".join(sorted(_TEXT_METHODS))
        raise UnknownName(f"{name} takes no regular expression", hint=f"{known} do")
    scope.spend(1 + len(text) // 64)
    return method(scope, args[0], text, args[1:])
