"""Control statements: ``var list csv for if script sql expr import``, as a tree of blocks.

Reading is separate from running (:mod:`apps.dialects.charts.expand`): a text is read once, loops run over it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.lex import Line
from apps.dialects.charts.templates import directive_of
from apps.dialects.charts.texts import joined
from apps.spans import Span

__all__ = ["Branch", "Define", "For", "If", "Import", "Item", "Plain", "Script", "read_blocks"]

MAX_NESTING = 50
MAX_DIRECTIVE_LINES = 500

_KEYWORD = re.compile(
    r"(import|var|endvar|list|endlist|csv|endcsv|for|endfor|if|elseif|else|endif|"
    r"script|endscript|sql|endsql|expr|endexpr)(?![\w-])(?!\s*=(?!=))",
    re.IGNORECASE,
)
_FOR = re.compile(r"for\s+(\w+)\s+in(?=[\s\[(]|$)\s*(.*)", re.IGNORECASE | re.DOTALL)
_DEFINE = re.compile(r"(?:var|list|csv)\s+([\w$]+)\s*(=|from\b)?\s*(.*)", re.IGNORECASE | re.DOTALL)
_IMPORT = re.compile(r"import\s+([\w$]+)\s*=\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Plain:
    """A header, a setting, or a line that is neither."""

    line: Line
    blank_before: bool = False


@dataclass(frozen=True)
class For:
    variable: str
    source: str
    start: int
    body: tuple[Item, ...]
    span: Span


@dataclass(frozen=True)
class Branch:
    """A condition (None for ``else``) and what it guards."""

    source: str | None
    start: int
    body: tuple[Item, ...]


@dataclass(frozen=True)
class If:
    branches: tuple[Branch, ...]
    span: Span


@dataclass(frozen=True)
class Define:
    """``kind`` is var, list or csv; ``lines`` hold its value, the first one what followed ``=``."""

    kind: str
    name: str
    lines: tuple[Line, ...]
    span: Span
    remote: str | None = None


@dataclass(frozen=True)
class Script:
    """A block of ``kind`` script, sql or expr."""

    kind: str
    lines: tuple[Line, ...]
    span: Span


@dataclass(frozen=True)
class Import:
    name: str
    source: str
    span: Span


Item = Plain | For | If | Define | Script | Import


@dataclass
class _Open:
    """A block that waits for its end."""

    kind: str
    line: Line
    body: list[Item] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    source: str | None = None
    source_start: int = 0
    variable: str = ""


class _Reader:
    def __init__(self, lines: list[Line], found: Diagnostics) -> None:
        self.lines = lines
        self.found = found
        self.at = 0
        self.stack: list[_Open] = [_Open("", Line("", 0))]
        self.blank = False

    def read(self) -> tuple[Item, ...]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if not line.text:
                self.blank = True
            elif not line.text.startswith("#"):
                self.take(line)
                self.blank = False
        while len(self.stack) > 1:
            opened = self.stack[-1]
            self.found.error(
                "block-not-closed", f"this '{opened.kind}' is not closed", opened.line.span,
                hint=f"add end{opened.kind}",
            )  # fmt: skip
            self.close(opened.line)
        return tuple(self.stack[0].body)

    def add(self, item: Item) -> None:
        self.stack[-1].body.append(item)

    def take(self, line: Line) -> None:
        match = _KEYWORD.match(line.text)
        word = match.group(1).lower() if match else ""
        match word:
            case "for":
                self.open_for(line)
            case "if":
                self.open_if(line)
            case "elseif" | "else":
                self.next_branch(line, word)
            case "endfor" | "endif":
                self.end(line, word[3:])
            case "var" | "list" | "csv":
                self.define(line, word)
            case "script" | "sql" | "expr":
                self.block(line, word)
            case "import":
                self.import_library(line)
            case "" if line.text.startswith(("<#", "</#")):
                self.directive(line)
            case "":
                self.add(Plain(line, self.blank))
            case _:
                self.found.error("block-not-open", f"'{word}' has no matching '{word[3:]}'", line.span)

    def directive(self, line: Line) -> None:
        """A directive of a template page, read as the statement it is like."""
        if not line.text.startswith("</") and ">" not in line.text:
            line = self.whole_directive(line)
        found = directive_of(line.text)
        if found is None or found.word == "unknown":
            self.found.warning(
                "template-directive", "this template directive is not executed", line.span,
                hint="use for, if, var and @{…}, each on its own line",
            )  # fmt: skip
            return
        if found.like:
            self.found.info(
                "template-directive", f"this template directive is read as '{found.like}'", line.span,
                hint=f"write {found.like}",
            )  # fmt: skip
        start = line.start + found.at
        match found.word:
            case "var":
                self.add(Define("var", found.name, (Line(found.source, start),), line.span))
            case "for":
                opened = _Open("for", line, source=found.source, source_start=start, variable=found.name)
                self.push(opened)
            case "if":
                self.push(_Open("if", line, source=found.source or "false", source_start=start))
            case "elseif" | "else":
                self.next_branch(Line(f"{found.word} {found.source}".strip(), line.start), found.word)
            case "endfor" | "endif":
                self.end(line, found.word[3:])

    def whole_directive(self, line: Line) -> Line:
        """A directive with all its lines, those between at their places."""
        for at in range(self.at, min(self.at + MAX_DIRECTIVE_LINES, len(self.lines))):
            if self.lines[at].text.endswith(">"):
                lines = [line, *self.lines[self.at : at + 1]]
                self.at = at + 1
                return Line(joined([one for one in lines if one.text]), line.start)
        return line

    def push(self, opened: _Open) -> None:
        if len(self.stack) > MAX_NESTING:
            self.found.error("too-deep", f"blocks nest more than {MAX_NESTING} deep", opened.line.span)
            self.at = len(self.lines)
            return
        self.stack.append(opened)

    def open_for(self, line: Line) -> None:
        found = _FOR.fullmatch(line.text)
        if found is None:
            self.found.error(
                "bad-for", "a loop needs a variable and a collection", line.span,
                hint="for item in items",
            )  # fmt: skip
            self.push(_Open("for", line, source="[]", source_start=line.start, variable="_"))
            return
        source = found.group(2).rstrip().removesuffix(":").rstrip()
        if not source:
            self.found.error("bad-for", "the loop has no collection after 'in'", line.span)
            source = "[]"
        start = line.start + found.start(2)
        self.push(_Open("for", line, source=source, source_start=start, variable=found.group(1)))

    def open_if(self, line: Line) -> None:
        source = line.text[2:].strip().removesuffix(":")
        if not source:
            self.found.error("empty-condition", "this condition is empty", line.span)
        start = line.start + line.text.find(source, 2) if source else line.start
        self.push(_Open("if", line, source=source or "false", source_start=start))

    def next_branch(self, line: Line, word: str) -> None:
        opened = self.stack[-1]
        if opened.kind != "if":
            self.found.error("block-not-open", f"'{word}' has no matching 'if'", line.span)
            return
        opened.branches.append(Branch(opened.source, opened.source_start, tuple(opened.body)))
        opened.body = []
        rest = line.text[len(word) :].strip()
        if word == "else" and re.match(r"if\b", rest, re.IGNORECASE):
            word, rest = "elseif", rest[2:].strip()
        if word == "elseif" and not rest:
            self.found.error("empty-condition", "this condition is empty", line.span)
            rest = "false"
        opened.source = rest if word == "elseif" else None
        opened.source_start = line.start + max(0, line.text.find(rest))

    def end(self, line: Line, kind: str) -> None:
        if self.stack[-1].kind == kind:
            self.close(line)
            return
        if any(opened.kind == kind for opened in self.stack):
            inner = self.stack[-1]
            self.found.error(
                "blocks-crossed", f"'{kind}' ends before the '{inner.kind}' inside it", line.span,
                hint=f"put end{inner.kind} first",
            )  # fmt: skip
            while self.stack[-1].kind != kind:
                self.close(line)
            self.close(line)
            return
        self.found.error("block-not-open", f"'end{kind}' has no matching '{kind}'", line.span)

    def close(self, line: Line) -> None:
        opened = self.stack.pop()
        span = opened.line.span.cover(line.span)
        if opened.kind == "for":
            body = tuple(opened.body)
            self.add(For(opened.variable, opened.source or "[]", opened.source_start, body, span))
        else:
            last = Branch(opened.source, opened.source_start, tuple(opened.body))
            self.add(If((*opened.branches, last), span))

    # --- values over several lines ------------------------------------------------------------

    def until(self, end: str, line: Line) -> list[Line]:
        """The lines up to ``end``, which is consumed; an error at ``line`` when it never comes."""
        start = self.at
        while self.at < len(self.lines):
            text = self.lines[self.at].text
            self.at += 1
            if text.lower() == end:
                return self.lines[start : self.at - 1]
        self.at = start
        self.found.error("block-not-closed", f"this '{end[3:]}' is not closed", line.span, hint=f"add {end}")
        return []

    def peek(self) -> Line | None:
        """The next line that is not blank."""
        at = self.at
        while at < len(self.lines) and not self.lines[at].text:
            at += 1
        return self.lines[at] if at < len(self.lines) else None

    def define(self, line: Line, kind: str) -> None:
        found = _DEFINE.fullmatch(line.text)
        if found is None or found.group(2) is None:
            self.found.error("bad-definition", f"'{kind}' needs a name and '='", line.span,
                             hint=f"{kind} name = …")  # fmt: skip
            return
        name, sign, rest = found.groups()
        if sign.lower() == "from":
            if kind == "csv":
                self.add(Define(kind, name, (), line.span, remote=rest))
            else:
                self.found.error("bad-definition", f"'{kind}' needs '='", line.span)
            return
        first = Line(rest, line.start + found.start(3))
        lines = [first]
        following = self.peek()
        ends_here = following is not None and following.text.lower() == f"end{kind}"
        if kind == "csv" or self.continues(kind, rest, following):
            lines += self.until(f"end{kind}", line)
        elif ends_here:
            self.until(f"end{kind}", line)
        self.add(Define(kind, name, tuple(lines), line.span))

    def continues(self, kind: str, rest: str, following: Line | None) -> bool:
        """Whether a value goes on in the next lines."""
        if kind == "var":
            plain = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "", rest)
            opened = sum(plain.count(sign) for sign in "([{")
            return not rest or opened > sum(plain.count(sign) for sign in ")]}")
        starts = following is not None and following.text.startswith(",")
        return not rest or rest.endswith(",") or starts

    def block(self, line: Line, kind: str) -> None:
        rest = line.text[len(kind) :].strip()
        if rest:
            self.found.error(
                "line-needed", f"'{kind}' stands alone on its line", line.span,
                hint=f"put the text on the next line, or write {kind} = …",
            )  # fmt: skip
        lines = self.until(f"end{kind}", line)
        self.add(Script(kind, tuple(lines), line.span))

    def import_library(self, line: Line) -> None:
        found = _IMPORT.fullmatch(line.text)
        if found is None:
            self.found.error("bad-import", "an import needs a name and a file", line.span,
                             hint="import fred = fred.js")  # fmt: skip
            return
        self.add(Import(found.group(1), found.group(2), line.span))


def read_blocks(lines: list[Line], found: Diagnostics) -> tuple[Item, ...]:
    """The lines as a tree of control blocks; comments and blank lines are gone."""
    return _Reader(lines, found).read()
