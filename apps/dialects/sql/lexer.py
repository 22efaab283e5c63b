"""Tokens of SQL, each with its place: read on demand, so that an error near the start costs little."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.dialects.sql.errors import Source
from apps.errors import LimitFault
from apps.spans import Span

__all__ = ["MAX_LENGTH", "MAX_TOKENS", "Token", "TokenStream", "split_statements"]

#: Characters of one text.
MAX_LENGTH = 1_000_000
#: Tokens of one statement.
MAX_TOKENS = 150_000

# Repetitions are possessive: what is not closed must fail at once, not be tried in other ways.
_TOKEN = re.compile(
    r"""
      (?P<blank>  (?: \s++ | --[^\n]*+ | /\*(?:[^*]|\*(?!/))*+\*/ )++ )
    | (?P<number> (?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+ )
    | (?P<word>   [^\W\d][\w$]*+ )
    | (?P<text>   '[^']*+(?:''[^']*+)*+' )
    | (?P<quoted> "[^"]*+(?:""[^"]*+)*+" )
    | (?P<sign>   ::|->>|->|=>|:=|<=|>=|<>|!=|==|\|\||[-+*/%<>=(),.;] )
    """,
    re.VERBOSE,
)
# What the console needs to know to find the semicolons between statements; the last alternative never fails.
_PIECE = re.compile(
    r"""(?P<blank>(?:\s++|--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))++)|(?P<semicolon>;)"""
    r"""|'[^']*+(?:'|\Z)|"[^"]*+(?:"|\Z)|[\w$]++|."""
)


@dataclass(slots=True)
class Token:
    """``key`` is what the grammar compares: the word in lower case, or the sign."""

    kind: str  # number, word, text, quoted, sign, end
    text: str
    key: str
    start: int
    end: int

    @property
    def at(self) -> Span:
        return Span(self.start, self.end)

    @property
    def shown(self) -> str:
        """How a message names it."""
        if self.kind == "end":
            return "<EOF>"
        return self.text if len(self.text) <= 40 else f"{self.text[:39]}…"

    @property
    def content(self) -> str:
        """What stands inside quotes, with doubled quotes as one."""
        quote = self.text[0]
        return self.text[1:-1].replace(quote * 2, quote)


class TokenStream:
    """The tokens of a text, or of the part of it that is one statement; places count in the whole text."""

    def __init__(self, source: Source, within: Span) -> None:
        self.source = source
        self.at = 0
        self._within = within
        self._next = within.start
        self._tokens: list[Token] = []

    def peek(self, ahead: int = 0) -> Token:
        tokens, wanted = self._tokens, self.at + ahead
        while len(tokens) <= wanted:
            if tokens and tokens[-1].kind == "end":
                return tokens[-1]
            tokens.append(self._read())
        return tokens[wanted]

    def advance(self) -> Token:
        token = self.peek()
        if token.kind != "end":
            self.at += 1
        return token

    def last_end(self) -> int:
        """Where the token before the current one ends."""
        return self._tokens[self.at - 1].end if self.at else self._within.start

    def blank_before(self) -> str:
        """Blanks and comments right before the current token."""
        return self.source.text[self.last_end() : self.peek().start]

    def _read(self) -> Token:
        text, stop = self.source.text, self._within.end
        found = _TOKEN.match(text, self._next, stop)
        if found is not None and found.lastgroup == "blank":
            self._next = found.end()
            found = _TOKEN.match(text, self._next, stop)
        if self._next >= stop:
            return Token("end", "", "", stop, stop)
        if found is None or text.startswith("/*", self._next):
            raise self._unreadable(self._next, stop)
        if len(self._tokens) >= MAX_TOKENS:
            raise LimitFault(
                f"the statement has more than {MAX_TOKENS} words and signs",
                span=Span(found.start(), found.end()),
                hint="divide it into several statements",
            )
        kind, written = str(found.lastgroup), found.group()
        if (
            found.end() < stop
            and kind == "number"
            and (text[found.end()].isalnum() or text[found.end()] == "_")
        ):
            raise self._bad_number(found.start(), stop)
        self._next = found.end()
        key = written.lower() if kind == "word" else written if kind == "sign" else ""
        return Token(kind, written, key, found.start(), found.end())

    def _bad_number(self, at: int, stop: int) -> Exception:
        found = re.compile(r"[\w.]+").match(self.source.text, at, stop)
        end = found.end() if found else at + 1
        shown = self.source.text[at:end][:40]
        return self.source.syntax(
            Span(at, end),
            f"no viable alternative at input '{shown}'",
            hint="a name that begins with a digit stands in double quotes; a number ends before a letter",
        )

    def _unreadable(self, at: int, stop: int) -> Exception:
        text = self.source.text
        sign = text[at]
        detail = f"token recognition error at: '{sign}'"
        if sign in "'\"":
            what = "text" if sign == "'" else "name"
            return self.source.syntax(
                Span(at, stop),
                detail,
                hint=f"the {what} that begins here is not closed: add {sign} at its end",
            )
        hint = _HINTS.get(sign)
        if sign in "‘’“”":
            hint = f"{sign} is a typographic quote: write ' around texts and \" around names"
        return self.source.syntax(Span(at, at + 1), detail, hint=hint)


_HINTS = {
    "`": 'names with special characters stand in double quotes: "my-name"',
    "$": "there are no parameters: write the value itself",
    "?": "there are no parameters: write the value itself",
    "[": "there are no arrays and no brackets around names; lists stand in ( ), names in double quotes",
    "!": "not equal is != or <>, negation is NOT",
    "^": "write POWER(x, m)",
    "~": "write REGEX 'pattern'",
    "&": "write AND",
    "|": "write OR, or CONCAT(a, b) to join texts",
    ":": "a cast is written with two colons: x::type",
    "/": "the comment that begins here is not closed: add */ at its end",
}


def split_statements(text: str) -> list[Span]:
    """The statements of a text with ``;`` between them, without the semicolons and the blanks around them.

    Never fails: what isn't closed runs to the end, and reading that statement then says so. Parts that hold
    nothing but blanks and comments are left out.
    """
    found: list[Span] = []
    start: int | None = None
    end = 0
    for piece in _PIECE.finditer(text):
        if piece.lastgroup == "semicolon":
            if start is not None:
                found.append(Span(start, end))
            start = None
        elif piece.lastgroup != "blank":
            start, end = piece.start() if start is None else start, piece.end()
    if start is not None:
        found.append(Span(start, end))
    return found
