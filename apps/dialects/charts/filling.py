"""Filling text in: the values of ``@{…}`` and ``@name``, and what pages wrote as ``${name}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.formula import parse_expression
from apps.dialects.charts.templates import FILLED_IN, INLINE_LIST, PARAMETER
from apps.dialects.charts.texts import as_text, closing
from apps.errors import LimitFault, TsError
from apps.spans import Span

__all__ = ["MAX_LINES", "MAX_STEPS", "Filler", "Stop"]

MAX_LINES = 20_000
MAX_CHARACTERS = 4_000_000
MAX_STEPS = 400_000
MAX_FAILURES = 100
#: Longest line in which loops of template pages are looked for.
MAX_INLINE = 20_000
#: Steps that filling in one value counts as.
_INSERTION = 4
_AT_NAME = re.compile(r"@([A-Za-z_$][\w$]*)")


class Stop(Exception):
    """A limit was passed; it has been reported."""


class Filler:
    """Texts with their values put in, within limits of characters, steps and failures."""

    def __init__(
        self, found: Diagnostics, functions: Mapping[str, Callable[..., Any]], now_ms: float
    ) -> None:
        self.found = found
        self.scope = Scope(functions=functions, missing=False, now_ms=now_ms, work=MAX_STEPS)
        self.parsed: dict[tuple[str, int], nodes.Expr] = {}
        self.loop_names: set[str] = set()
        self.parameters: set[str] = set()
        self.characters = 0
        self.failures = 0
        self.lines = 0

    def value(self, source: str, start: int) -> Any:
        """The value of an expression of the text; TsError with its place."""
        key = (source, start)
        if key not in self.parsed:
            self.parsed[key] = parse_expression(source.strip().removesuffix(";"), start)
        try:
            result = evaluate(self.parsed[key], self.scope)
        except LimitFault as error:
            span = error.span or Span(start, start + len(source))
            self.found.error(error.code, error.message, span, hint=error.hint)
            if self.scope.work < 0:
                raise Stop from None
            raise
        return result

    def filled(self, text: str, start: int) -> tuple[str, bool]:
        """The text with ``@{…}`` and ``@name`` filled in, and whether there were any."""
        if "<#list" in text and len(text) <= MAX_INLINE:
            text = INLINE_LIST.sub(lambda found: self.inline_list(found, start), text)
        if "${" in text and "`" not in text:
            filled = FILLED_IN.sub(lambda found: self.parameter(found, start), text)
            if filled != text:
                return self.filled(filled, start)[0], True
        if "@" not in text:
            return text, False
        parts: list[str] = []
        at, made = 0, False
        while True:
            sign = text.find("@", at)
            if sign < 0:
                break
            parts.append(text[at:sign])
            if text.startswith("@{", sign):
                end = closing(text, sign + 1)
                if end < 0:
                    self.found.error(
                        "not-closed", "this @{ is not closed", Span(start + sign, start + sign + 2),
                        hint="add }",
                    )  # fmt: skip
                    parts.append(text[sign:])
                    at = len(text)
                    break
                parts.append(self.inserted(text[sign + 2 : end], start + sign + 2))
                at, made = end + 1, True
                continue
            name = _AT_NAME.match(text, sign)
            if name and name.group(1) in self.loop_names and name.group(1) in self.scope.names:
                parts.append(as_text(self.scope.names[name.group(1)]))
                at, made = name.end(), True
            else:
                parts.append("@")
                at = sign + 1
        parts.append(text[at:])
        result = "".join(parts)
        self.count(len(result))
        return result, made

    def parameter(self, found: re.Match[str], start: int) -> str:
        """What stands for ``${name}``: a variable, its default, or itself when nobody gave it a value."""
        self.scope.spend(_INSERTION)
        span = Span(start + found.start(), start + found.end())
        known = PARAMETER.fullmatch(found.group())
        if known is None:
            self.found.warning(
                "page-parameter", f"{found.group()[:60]} was filled in by the server of a page", span,
                hint="write the text, or var name = getEntities('group')",
            )  # fmt: skip
            return found.group()
        path, default = known.groups()
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        if name in self.loop_names:
            try:
                text = as_text(self.value(path, span.start + 2)).replace("${", "$ {")
                self.count(len(text))
                return text
            except TsError as error:
                self.found.fault(error, span)
                return ""
        if default is not None:
            return default[1:-1] if default[:1] in ("'", '"') else default
        if path not in self.parameters:
            self.parameters.add(path)
            self.found.warning(
                "page-parameter", f"${{{path}}} is a parameter of a page, nothing gives it a value", span,
                hint=f"write var {name} = 'value' and @{{{path}}}",
            )  # fmt: skip
        return found.group()

    def inline_list(self, found: re.Match[str], start: int) -> str:
        """``<#list items as one>…</#list>`` inside of a line: its body once for each."""
        source, variable, body = found.groups()
        span = Span(start + found.start(), start + found.end())
        try:
            items = self.value(source, span.start + found.start(1) - found.start())
        except TsError as error:
            self.found.fault(error, span)
            return ""
        parts: list[str] = []
        known = variable in self.loop_names
        self.loop_names.add(variable)
        for value in items if isinstance(items, list) else ():
            self.scope.names[variable] = value
            parts.append(self.filled(body, start + found.start(3))[0])
        self.scope.names.pop(variable, None)
        if not known:
            self.loop_names.discard(variable)
        return "".join(parts)

    def inserted(self, source: str, start: int) -> str:
        self.scope.spend(_INSERTION)
        try:
            text = as_text(self.value(source, start))
            self.count(len(text))
            return text
        except TsError as error:
            self.found.fault(error, Span(start, start + len(source)))
            self.failures += 1
            if self.failures > MAX_FAILURES:
                raise Stop from None
            return ""

    def count(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_CHARACTERS or self.lines > MAX_LINES:
            span = Span(0, 0)
            what = f"{MAX_LINES} lines" if self.lines > MAX_LINES else "4 MB of text"
            self.found.error("limit-exceeded", f"the loops make more than {what}", span)
            raise Stop
