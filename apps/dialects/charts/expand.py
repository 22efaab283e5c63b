"""Running the control statements: what is left are headers and settings, with ``@{…}`` filled in.

Bounded: lines that come out, characters, and steps. Queries of the catalog are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Closure, Scope, evaluate
from apps.algebra.expr.functions import from_json
from apps.algebra.expr.values import truthy
from apps.dialects.charts.control import Define, For, If, Import, Item, Plain, Script
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.formula import parse_body, parse_expression
from apps.dialects.charts.lex import Line
from apps.dialects.charts.templates import PARAMETER
from apps.dialects.charts.texts import as_text, closing, joined, split_csv, split_list
from apps.errors import ArgumentFault, LimitFault, TsError
from apps.spans import Span

__all__ = ["Entry", "Expansion", "expand"]

MAX_LINES = 20_000
MAX_CHARACTERS = 4_000_000
MAX_STEPS = 400_000
MAX_FAILURES = 100
#: Steps that filling in one value counts as.
_INSERTION = 4

_QUOTED_NAME = re.compile(r'"(?:\\.|[^"\\])*"(?=\s*=)')
_HEADER = re.compile(r"\[\s*([\w-]+)\s*\](.*)", re.DOTALL)
_AT_NAME = re.compile(r"@([A-Za-z_$][\w$]*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A header (``kind`` "header") or a setting. ``made``: text was filled in, it stands nowhere as such."""

    kind: str
    name: str
    value: str
    span: Span
    name_span: Span
    value_span: Span
    made: bool = False
    blank_before: bool = False


@dataclass
class Expansion:
    """What running the control statements gave."""

    entries: list[Entry] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    scripts: dict[str, Closure] = field(default_factory=dict)


class _Stop(Exception):
    """A limit was passed; it has been reported."""


class _Runner:
    def __init__(
        self, found: Diagnostics, functions: Mapping[str, Callable[..., Any]], now_ms: float
    ) -> None:
        self.found = found
        self.out = Expansion()
        self.scope = Scope(functions=functions, missing=False, now_ms=now_ms, work=MAX_STEPS)
        self.parsed: dict[tuple[str, int], nodes.Expr] = {}
        self.loop_names: set[str] = set()
        self.parameters: set[str] = set()
        self.characters = 0
        self.failures = 0

    # --- expressions --------------------------------------------------------------------------

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
                raise _Stop from None
            raise
        return result

    def filled(self, text: str, start: int) -> tuple[str, bool]:
        """The text with ``@{…}`` and ``@name`` filled in, and whether there were any."""
        if "${" in text and "`" not in text:
            filled = PARAMETER.sub(lambda found: self.parameter(found, start), text)
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
        path, default = found.groups()
        span = Span(start + found.start(), start + found.end())
        if path.partition(".")[0] in self.loop_names:
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
                hint=f"write var {path.partition('.')[0]} = 'value' and @{{{path}}}",
            )  # fmt: skip
        return found.group()

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
                raise _Stop from None
            return ""

    def count(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_CHARACTERS or len(self.out.entries) > MAX_LINES:
            span = Span(0, 0)
            what = f"{MAX_LINES} lines" if len(self.out.entries) > MAX_LINES else "4 MB of text"
            self.found.error("limit-exceeded", f"the loops make more than {what}", span)
            raise _Stop

    # --- items --------------------------------------------------------------------------------

    def run(self, items: tuple[Item, ...]) -> None:
        for item in items:
            self.scope.spend(1)
            match item:
                case Plain():
                    self.plain(item)
                case For():
                    self.loop(item)
                case If():
                    self.choose(item)
                case Define():
                    self.define(item)
                case Script():
                    self.script(item)
                case Import():
                    self.import_library(item)

    def plain(self, item: Plain) -> None:
        line = item.line
        self.count(len(line.text) + 1)
        if line.text.startswith("["):
            header = _HEADER.fullmatch(line.text)
            if header is not None:
                self.header(header, line)
                return
            if "=" not in line.text:
                self.found.error(
                    "header-not-closed", "this section header is not closed", line.span, hint="add ]",
                    fix=f"{line.text}]" if re.fullmatch(r"\[\s*[\w-]{1,40}", line.text) else None,
                )
                return
        self.setting(item)

    def header(self, header: re.Match[str], line: Line) -> None:
        name_span = line.part(header.start(1), header.end(1))
        if header.group(2).strip() and not header.group(2).strip().startswith("#"):
            self.found.warning(
                "text-after-header", "text after ] is ignored", line.part(header.start(2), len(line.text)),
                hint="put it on the next line",
            )  # fmt: skip
        name = header.group(1).lower()
        self.out.entries.append(Entry("header", name, "", line.span, name_span, name_span))

    def setting(self, item: Plain) -> None:
        line = item.line
        quoted = _QUOTED_NAME.match(line.text)
        equals = line.text.find("=", quoted.end() if quoted else 0)
        raw_name = line.text[:equals].rstrip() if equals >= 0 else ""
        if not raw_name:
            self.found.warning(
                "not-a-setting", "this line is neither a setting nor a section", line.span,
                hint="write name = value",
            )  # fmt: skip
            return
        raw_value = line.text[equals + 1 :].lstrip()
        value_at = len(line.text) - len(raw_value)
        name, made_name = self.filled(raw_name, line.start)
        value, made = self.filled(raw_value, line.start + value_at)
        entry = Entry(
            kind="setting",
            name=name,
            value=value,
            span=line.span,
            name_span=line.part(0, len(raw_name)),
            value_span=line.part(value_at, len(line.text)),
            made=made or made_name,
            blank_before=item.blank_before,
        )
        self.out.entries.append(entry)

    def loop(self, item: For) -> None:
        try:
            collection = self.value(item.source, item.start)
        except TsError as error:
            self.found.fault(error, item.span)
            return
        if isinstance(collection, dict):
            collection = list(collection)
        if not isinstance(collection, list):
            span = Span(item.start, item.start + len(item.source))
            self.found.error("bad-for", "a loop goes over a list", span)
            return
        index = f"{item.variable}_index"
        names = self.scope.names
        saved = {name: names[name] for name in (item.variable, index) if name in names}
        known = item.variable in self.loop_names
        self.loop_names.add(item.variable)
        for at, value in enumerate(collection):
            names[item.variable], names[index] = value, float(at)
            self.run(item.body)
        for name in (item.variable, index):
            names.pop(name, None)
        names.update(saved)
        if not known:
            self.loop_names.discard(item.variable)

    def choose(self, item: If) -> None:
        for branch in item.branches:
            if branch.source is None:
                self.run(branch.body)
                return
            try:
                test = truthy(self.value(branch.source, branch.start))
            except TsError as error:
                self.found.fault(error, item.span)
                return
            if test:
                self.run(branch.body)
                return

    def define(self, item: Define) -> None:
        if item.remote is not None:
            self.found.error(
                "remote-csv", "csv from an address is not fetched", item.span,
                hint="put the rows into the text: csv name = … endcsv",
            )  # fmt: skip
            self.scope.names[item.name] = []
            return
        try:
            self.scope.names[item.name] = self.defined(item)
        except TsError as error:
            self.found.fault(error, item.span)
            self.scope.names[item.name] = []
        self.loop_names.add(item.name)

    def defined(self, item: Define) -> Any:
        if item.kind == "var":
            first = item.lines[0]
            return self.value(joined(item.lines), first.start)
        if item.kind == "list":
            text = ",".join(line.text.strip().strip(",") for line in item.lines if line.text)
            filled, _ = self.filled(text, item.lines[0].start)
            return [part for part in split_list(filled) if part]
        return self.table(item)

    def table(self, item: Define) -> list[Any]:
        rows = [line for line in item.lines if line.text]
        if not rows:
            raise ArgumentFault("this csv has no header", code="bad-csv")
        columns = split_csv(rows[0].text)
        table: list[Any] = []
        for line in rows[1:]:
            cells = split_csv(line.text)
            if len(cells) != len(columns):
                self.found.error(
                    "bad-csv", f"{len(columns)} cells are expected, {len(cells)} stand here", line.span
                )
                continue
            self.scope.spend(len(cells))
            table.append(from_json(dict(zip(columns, cells, strict=True))))
        return table

    def script(self, item: Script) -> None:
        if item.kind != "script":
            name = "sql" if item.kind == "sql" else "evaluate-expression"
            text = "\n".join(line.text for line in item.lines)
            place = item.span
            self.out.entries.append(Entry("setting", name, text, place, place, place, made=True))
            return
        if item.lines:
            self.run_script(joined(item.lines), item.lines[0].start, item.span)

    def run_script(self, text: str, start: int, span: Span) -> None:
        """Take over the functions a script defines; what it can't read is an error that names it."""
        try:
            body = parse_body(text, start)
        except TsError as error:
            self.found.add(
                "warning" if "$" in text or "document" in text else "error",
                "script-not-read", f"the script can't be read: {error.message}", error.span or span,
                hint="scripts may define functions with var, if, return and operators",
            )  # fmt: skip
            return
        for statement in body.statements:
            name, function = _named_function(statement)
            if function is None:
                self.found.info("script-ignored", "this statement has no effect here", statement.span)
                continue
            closure = Closure(function, self.out.scripts)
            self.out.scripts[name] = closure
            self.scope.names[name] = closure

    def import_library(self, item: Import) -> None:
        if item.name in self.out.libraries:
            self.found.warning("duplicate-import", f"{item.name} is imported already", item.span)
            return
        self.out.libraries.append(item.name)


def _named_function(statement: nodes.Statement) -> tuple[str, nodes.Function | None]:
    """The function a statement defines and its name; no function when it does something else."""
    if isinstance(statement, nodes.Declare | nodes.Assign):
        function = statement.value
        target = statement if isinstance(statement, nodes.Declare) else statement.target
        named = isinstance(target, nodes.Declare | nodes.Name | nodes.Member)
        if isinstance(function, nodes.Function) and named:
            return target.name, function
    return "", None


def expand(
    items: tuple[Item, ...],
    found: Diagnostics,
    *,
    functions: Mapping[str, Callable[..., Any]],
    now_ms: float,
) -> Expansion:
    """Run the control statements. ``functions`` query the catalog (getTags, getSeries, …)."""
    runner = _Runner(found, functions, now_ms)
    try:
        runner.run(items)
    except _Stop:
        pass
    except LimitFault as error:
        found.error(error.code, error.message, error.span or Span(0, 0), hint=error.hint)
    return runner.out
