"""Running the control statements: what is left are headers and settings, with ``@{…}`` filled in.

Bounded: lines that come out, characters, and steps. Queries of the catalog are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.expr import nodes
from apps.algebra.expr.evaluate import Closure
from apps.algebra.expr.functions import from_json
from apps.algebra.expr.values import truthy
from apps.dialects.charts.control import Define, For, If, Import, Item, Plain, Script
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.filling import Filler, Stop
from apps.dialects.charts.formula import parse_body
from apps.dialects.charts.lex import Line
from apps.dialects.charts.texts import joined, split_csv, split_list
from apps.errors import ArgumentFault, LimitFault, TsError
from apps.spans import Span

__all__ = ["Entry", "Expansion", "expand"]


_QUOTED_NAME = re.compile(r'"(?:\\.|[^"\\])*"(?=\s*=)')
_HEADER = re.compile(r"\[\s*([\w-]+)\s*\](.*)", re.DOTALL)


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


_SCRIPT_LINE = re.compile(r"script[ \t]*=[ \t]*", re.IGNORECASE)
#: Sections with names of their own, in which script is one like any other.
_FREE = frozenset({"tags", "keys", "properties", "placeholders"})


@dataclass
class Expansion:
    """What running the control statements gave."""

    entries: list[Entry] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    scripts: dict[str, Closure] = field(default_factory=dict)


class _Runner(Filler):
    def __init__(
        self, found: Diagnostics, functions: Mapping[str, Callable[..., Any]], now_ms: float
    ) -> None:
        super().__init__(found, functions, now_ms)
        self.out = Expansion()
        self.script_lines: list[Line] = []
        self.in_free = False

    # --- items --------------------------------------------------------------------------------

    def run(self, items: tuple[Item, ...]) -> None:
        for item in items:
            self.scope.spend(1)
            if isinstance(item, Plain) and self.script_line(item.line):
                continue
            self.end_script()
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
        self.end_script()

    def script_line(self, line: Line) -> bool:
        """Take a line ``script = code``; the lines that follow one another are one script."""
        found = None if self.in_free else _SCRIPT_LINE.match(line.text)
        if found is None:
            return False
        self.script_lines.append(Line(line.text[found.end() :], line.start + found.end()))
        self.count(len(line.text) + 1)
        return True

    def end_script(self) -> None:
        """Run the script that lines before this one made."""
        lines, self.script_lines = self.script_lines, []
        if lines and any(line.text.strip() for line in lines):
            self.script(Script("script", tuple(lines), Span(lines[0].start, lines[-1].end)))

    def put(self, entry: Entry) -> None:
        self.out.entries.append(entry)
        self.lines += 1

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
        self.in_free = name in _FREE
        self.put(Entry("header", name, "", line.span, name_span, name_span))

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
        self.put(entry)

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
            self.undefined(item, error)
            self.scope.names[item.name] = []
        self.loop_names.add(item.name)

    def undefined(self, item: Define, error: TsError) -> None:
        """A definition that can't be read; texts without quotes are the usual reason."""
        text = joined(item.lines)
        if item.kind == "var" and re.fullmatch(r"[A-Za-z_][\w.-]{0,100}", text):
            span = Span(item.lines[0].start, item.lines[0].start + len(text))
            self.found.error(
                error.code, error.message, span, hint=f"a text stands in quotes: '{text}'", fix=f"'{text}'"
            )
            return
        self.found.fault(error, item.span)

    def defined(self, item: Define) -> Any:
        if item.kind == "var":
            first, text = item.lines[0], joined(item.lines)
            if "${" in text and "`" not in text:
                text = self.filled(text, first.start)[0]
                if text.lstrip().startswith("${"):
                    return [text.strip()]  # nobody gave it a value, which has been said
            return self.value(text, first.start)
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
            self.put(Entry("setting", name, text, place, place, place, made=True))
            return
        if item.lines:
            text = joined(item.lines)
            filled, made = self.filled(text, item.lines[0].start) if "@{" in text else (text, False)
            self.run_script(filled, item.lines[0].start, item.span, item.span if made else None)

    def run_script(self, text: str, start: int, span: Span, fixed: Span | None = None) -> None:
        """Take over the functions a script defines; what it can't read is an error that names it."""
        try:
            body = parse_body(text, start, fixed)
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
    except Stop:
        pass
    except LimitFault as error:
        found.error(error.code, error.message, error.span or Span(0, 0), hint=error.hint)
    return runner.out
