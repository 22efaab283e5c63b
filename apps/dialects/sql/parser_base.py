"""What every part of the parser uses: looking at tokens, names, limits and the errors of the grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from apps.dialects.sql import nodes
from apps.dialects.sql.lexer import Token, TokenStream
from apps.dialects.sql.words import NOT_AN_ALIAS, NOT_AN_OPERAND, TYPES, UNITS
from apps.errors import LimitFault, SyntaxFault, near_names
from apps.spans import Span

__all__ = ["MAX_FRAMES", "ParserBase"]

#: Calls of the parser inside each other, roughly: well below what Python allows, with room for who calls it.
MAX_FRAMES = 600

_WHOLE = re.compile(r"[0-9]+")
_LARGEST_WHOLE = 2**63
_LONGEST_NAME = 1000


class ParserBase(TokenStream):
    """Looks and takes; every error names the place and what is expected there."""

    #: How deep the parser is in itself; an error ends the parse, so nobody counts back then.
    depth = 0

    # --- Looking and taking ----------------------------------------------------------------------------

    def sees(self, *keys: str) -> bool:
        """Whether a word or sign comes next. Names and texts in quotes are never words."""
        return self.peek().key in keys

    def sees_after(self, ahead: int, *keys: str) -> bool:
        return self.peek(ahead).key in keys

    def sees_query(self, ahead: int = 0) -> bool:
        """Whether a SELECT comes next, in as many parentheses as there may be around it."""
        return self.sees_after(ahead, "select", "with")

    def take(self, *keys: str) -> Token | None:
        return self.advance() if self.peek().key in keys else None

    def take_words(self, *keys: str) -> bool:
        """Takes these words in this order, all or none."""
        if all(self.peek(ahead).key == key for ahead, key in enumerate(keys)):
            for _ in keys:
                self.advance()
            return True
        return False

    def expect(self, key: str, opened: Token | None = None) -> Token:
        token = self.take(key)
        if token is not None:
            return token
        hint = None
        if opened is not None and self.peek().kind == "end":
            hint = f"the {opened.text} at {self.source.place(opened.at)} is not closed"
        raise self.mismatched(f"'{key}'" if not key.isalpha() else key.upper(), hint)

    def expect_words(self, *keys: str) -> None:
        for key in keys:
            self.expect(key)

    def span_from(self, start: int) -> Span:
        return Span(start, max(start, self.last_end()))

    # --- Errors ----------------------------------------------------------------------------------------

    def mismatched(self, expecting: str, hint: str | None = None) -> SyntaxFault:
        token = self.peek()
        return self.source.syntax(token.at, f"mismatched input '{token.shown}' expecting {expecting}", hint)

    def no_viable(self, hint: str | None = None) -> SyntaxFault:
        token = self.peek()
        return self.source.syntax(token.at, f"no viable alternative at input '{token.shown}'", hint)

    def extraneous(self, hint: str | None = None) -> SyntaxFault:
        token = self.peek()
        return self.source.syntax(token.at, f"extraneous input '{token.shown}' expecting <EOF>", hint)

    @contextmanager
    def deeper(self, frames: int) -> Iterator[None]:
        """Around what may contain itself; ``frames`` is about how many calls one round of it takes."""
        self.depth += frames
        if self.depth > MAX_FRAMES:
            raise LimitFault(
                "the statement is nested too deeply",
                span=self.peek().at,
                hint="take parts out into WITH name AS (SELECT …)",
            )
        yield
        self.depth -= frames

    # --- Names and literals ----------------------------------------------------------------------------

    def sees_name(self, forbidden: frozenset[str] = NOT_AN_OPERAND, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "quoted" or (token.kind == "word" and token.key not in forbidden)

    def name(self, expecting: str = "IDENTIFIER", forbidden: frozenset[str] = NOT_AN_OPERAND) -> nodes.Name:
        """An identifier; older scripts write them in single quotes."""
        if not self.sees_name(forbidden) and self.peek().kind != "text":
            raise self.mismatched(expecting)
        return self.as_name(self.advance())

    def as_name(self, token: Token) -> nodes.Name:
        if token.end - token.start > _LONGEST_NAME:
            raise self.source.syntax(token.at, f"a name has at most {_LONGEST_NAME} characters")
        if token.kind == "word":
            return nodes.Name(token.key, token.text, at=token.at)
        if not token.content:
            raise self.source.syntax(token.at, "a name can't be empty")
        return nodes.Name(token.content.lower(), token.content, True, at=token.at)

    def part_of_name(self) -> nodes.Name:
        """What stands after a dot: any word at all, or a name in quotes."""
        if self.peek().kind not in ("word", "quoted", "text"):
            raise self.mismatched(
                "IDENTIFIER", 'a name with special characters stands in double quotes: tags."my-name"'
            )
        return self.as_name(self.advance())

    def alias(self) -> nodes.Name | None:
        """``AS name``, or just a name where no clause begins."""
        if self.take("as"):
            return self.name(forbidden=NOT_AN_OPERAND)
        return self.as_name(self.advance()) if self.sees_name(NOT_AN_ALIAS) else None

    def dotted_name(self) -> nodes.Name:
        """The name of a table, dots and all."""
        first = self.name()
        parts = [first]
        while self.take("."):
            parts.append(self.part_of_name())
        if len(parts) == 1:
            return first
        text = ".".join(part.text for part in parts)
        quoted = any(part.quoted for part in parts)
        return nodes.Name(text.lower(), text, quoted, at=first.at.cover(parts[-1].at))

    def name_list(self) -> tuple[nodes.Name, ...]:
        opened = self.expect("(")
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        self.expect(")", opened)
        return tuple(found)

    def number(self, sign: Token | None = None) -> nodes.Number:
        """A number; ``sign`` is the minus that was taken before it."""
        token = self.peek()
        if token.kind != "number":
            raise self.mismatched("NUMBER")
        at = token.at if sign is None else sign.at.cover(token.at)
        text = token.text.lower() if sign is None else f"-{token.text.lower()}"
        if len(text) > 400 or abs(float(text)) == float("inf"):
            raise self.source.syntax(token.at, "this number is too large")
        self.advance()
        if _WHOLE.fullmatch(token.text) and -_LARGEST_WHOLE <= int(text) < _LARGEST_WHOLE:
            return nodes.Number(int(text), True, text, at=at)
        return nodes.Number(float(text), False, text, at=at)

    def integer(self) -> int:
        """A literal of digits only, as LIMIT takes it."""
        token = self.peek()
        if token.kind != "number" or not _WHOLE.fullmatch(token.text) or len(token.text) > 18:
            raise self.mismatched("INTEGER_LITERAL")
        return int(self.advance().text)

    def text_literal(self, hint: str | None = None) -> nodes.Text:
        token = self.peek()
        if token.kind != "text":
            raise self.mismatched("STRING_LITERAL", hint)
        self.advance()
        return nodes.Text(token.content, at=token.at)

    def unit(self) -> str:
        token = self.peek()
        if token.kind == "word" and token.key in UNITS:
            self.advance()
            return UNITS[token.key]
        raise self.mismatched(
            "TIME_UNIT", self.near(token.text, UNITS) or "a unit such as SECOND, MINUTE, HOUR, DAY"
        )

    def positive_count(self) -> nodes.Number:
        """How many units a period has."""
        minus = self.take("-")
        found = self.number(minus)
        if found.value <= 0:
            raise self.source.syntax(
                found.at,
                f"mismatched input '{found.text}' expecting INTEGER_LITERAL",
                "the count is positive",
            )
        return found

    def type_name(self) -> nodes.TypeName:
        start = self.peek().start
        words = self._type_words()
        canonical = TYPES.get(words)
        if canonical is None:
            span = self.span_from(start)
            hint = self.near(words, TYPES) or "types are " + ", ".join(sorted(set(TYPES.values())))
            raise self.source.syntax(span, f"there is no type '{words}'", hint)
        arguments: list[int] = []
        opened = self.take("(")
        if opened:
            arguments.append(self.integer())
            while self.take(","):
                arguments.append(self.integer())
            self.expect(")", opened)
        return nodes.TypeName(canonical, tuple(arguments), at=self.span_from(start))

    def _type_words(self) -> str:
        token = self.peek()
        if token.kind != "word":
            raise self.mismatched("TYPE")
        self.advance()
        for first, rest in _LONG_TYPES:
            if token.key == first and self.take_words(*rest):
                return " ".join((first, *rest))
        return token.key

    def near(self, name: str, known: Iterable[str]) -> str | None:
        """``perhaps you meant MINUTE``, when something looks alike."""
        close = near_names(name, known)
        return f"perhaps you meant {' or '.join(close)}" if close else None


_LONG_TYPES = (
    ("double", ("precision",)),
    ("character", ("varying",)),
    ("timestamp", ("with", "time", "zone")),
    ("timestamp", ("without", "time", "zone")),
)
