"""Tokens of expressions: numbers, names, texts, regular expressions and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.algebra.expr.check import MAX_DEPTH, MAX_LENGTH
from apps.errors import LimitFault, SyntaxFault
from apps.spans import Span

__all__ = ["REGEX", "Token", "TokenStream", "unescape"]

_TOKEN = re.compile(
    r"""
      (?P<blank>  \s+ | //[^\n]* | /\*.*?\*/ )
    | (?P<number> 0[xX][0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<name>   [^\W\d][\w$]* | \$[\w$]* )
    | (?P<text>   '(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*" | `(?:[^`\\]|\\.)*` )
    | (?P<sign>   ===|!==|==|!=|<=|>=|&&|\|\||=>|\*\*|\+\+|--|\+=|-=|\*=|/=
                  |[-+*/%<>!?:=()\[\]{},;.&|^~@#] )
    """,
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/((?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+)/([A-Za-z]*)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # number, name, text, regex, sign, end
    text: str
    start: int
    end: int
    line_before: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def _lex(source: str, base: int, fixed: Span | None) -> list[Token]:
    if len(source) > MAX_LENGTH:
        raise LimitFault(
            f"the expression has {len(source)} characters, more than the limit of {MAX_LENGTH}",
            span=Span(base, base + len(source)),
        )
    tokens: list[Token] = []
    at, fresh_line = 0, False
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise _bad_character(source, at, base)
        kind, text = str(found.lastgroup), found.group()
        if text in ("/", "/=") and _wants_value(tokens):
            found = REGEX.match(source, at)
            if found is None:
                raise SyntaxFault(
                    "the regular expression that begins with / is not closed",
                    code="text-not-closed",
                    span=Span(base + at, base + at + 1),
                    hint="add / at its end; a division needs a value before it",
                )
            kind, text = "regex", found.group()
        if kind == "blank":
            fresh_line = fresh_line or "\n" in text
        else:
            lo, hi = (base + at, base + found.end()) if fixed is None else (fixed.start, fixed.end)
            tokens.append(Token(kind, text, lo, hi, fresh_line))
            fresh_line = False
        at = found.end()
    end = base + len(source) if fixed is None else fixed.end
    tokens.append(Token("end", "", end, end, fresh_line))
    return tokens


def _wants_value(tokens: list[Token]) -> bool:
    """Whether a value comes next, so that / begins a regular expression and does not divide."""
    if not tokens:
        return True
    last = tokens[-1]
    if last.kind == "name":
        return last.text in ("return", "typeof", "else")
    return last.kind == "sign" and last.text not in (")", "]", "}")


def _bad_character(source: str, at: int, base: int) -> SyntaxFault:
    sign = source[at]
    if sign in "'\"`":
        return SyntaxFault(
            f"the text that begins with {sign} is not closed",
            code="text-not-closed",
            span=Span(base + at, base + len(source)),
            hint=f"add {sign} at its end",
        )
    if sign in "‘’“”":
        return SyntaxFault(
            f"{sign} is a typographic quote",
            span=Span(base + at, base + at + 1),
            hint="use ' or \"",
        )
    return SyntaxFault(f"{sign!r} has no meaning here", span=Span(base + at, base + at + 1))


def unescape(text: str) -> str:
    """The content of a quoted text."""
    if "\\" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        sign = found.group(1)
        if sign[0] in "ux" and len(sign) > 1:
            return chr(int(sign[1:].strip("{}"), 16))
        return _ESCAPES.get(sign, sign)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", one, text, flags=re.DOTALL)


class TokenStream:
    """The tokens of a text, taken one by one."""

    def __init__(self, source: str, base: int, fixed: Span | None = None) -> None:
        self.base = base if fixed is None else fixed.start
        self.fixed = fixed
        self.tokens = _lex(source, base, fixed)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def sees(self, *signs: str) -> bool:
        token = self.token
        return token.kind in ("sign", "name") and token.text in signs

    def take(self, sign: str) -> Token | None:
        return self.next() if self.sees(sign) else None

    def expect(self, sign: str, opened: Token | None = None) -> Token:
        token = self.take(sign)
        if token is not None:
            return token
        if opened is not None and self.token.kind == "end":
            raise SyntaxFault(
                f"the {opened.text} is not closed",
                code="not-closed",
                span=opened.span,
                hint=f"add {sign}",
            )
        raise self.unexpected(f"{sign} is expected here")

    def unexpected(self, wanted: str) -> SyntaxFault:
        token = self.token
        if token.kind == "end":
            end = Span(max(self.base, token.start - 1), token.end)
            return SyntaxFault(f"the expression ends too early: {wanted}", span=end)
        return SyntaxFault(f"{wanted}, not {token.text[:40]!r}", span=token.span)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitFault(
                f"the expression is nested more than {MAX_DEPTH} levels deep", span=self.token.span
            )

    def span_from(self, start: int) -> Span:
        return Span(start, self.tokens[max(0, self.at - 1)].end)
