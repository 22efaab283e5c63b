"""The expression grammar of the data API, read into the trees of ``apps.algebra.expr``.

One grammar serves entity, metric, tag and sample filters: comparisons, ``LIKE``, ``REGEX``, ``IN``,
``BETWEEN``, ``AND``/``&&``, ``OR``/``||``, ``NOT``/``!``, arithmetic, calls and members. Depth and
length are bounded, and chains of ``AND`` become balanced trees, so that no reader of the tree can
run out of stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.algebra.expr.nodes import (
    Array,
    Binary,
    Bool,
    Call,
    Expr,
    Index,
    Member,
    Name,
    Null,
    Number,
    Text,
    Unary,
    children,
)  # fmt: skip
from apps.errors import SyntaxFault
from apps.spans import Span

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse_expression"]

MAX_LENGTH = 20_000
MAX_DEPTH = 40
MAX_TREE_DEPTH = 150

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[^\W\d][\w$]*)
      | (?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
      | (?P<sign>&&|\|\||==|!=|<>|<=|>=|[-+*/%<>=!().,\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"and", "or", "not", "like", "in", "regex", "between", "true", "false", "null", "is"}
_COMPARISONS = {
    "=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    span: Span


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_LENGTH:
        raise SyntaxFault(
            f"the expression has {len(text)} characters, more than the limit of {MAX_LENGTH}"
        )
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            what = "this text is not closed" if text[at] in "'\"" else "this character has no meaning"
            raise SyntaxFault(f"{what}: {text[at : at + 20]!r}", span=Span(at, at + 1))
        kind = match.lastgroup or ""
        if kind == "name" and match[0].lower() in _WORDS:
            kind = "word"
        if kind != "space":
            found.append(Token(kind, match[0], Span(at, match.end())))
        at = match.end()
    found.append(Token("end", "", Span(len(text), len(text))))
    return found


def parse_expression(text: str) -> Expr:
    """The tree of an expression; SyntaxFault with the place where reading stopped making sense."""
    parser = _Parser(_tokens(text))
    if parser.here.kind == "end":
        raise SyntaxFault("the expression is empty", span=Span(0, 0))
    tree = parser.any_of()
    if parser.here.kind != "end":
        raise parser.unexpected("the end of the expression")
    level = [tree]
    for _ in range(MAX_TREE_DEPTH):
        level = [child for node in level for child in children(node)]
        if not level:
            return tree
    raise SyntaxFault("the expression is nested too deeply", span=tree.span)


def _balanced(operator: str, items: list[Expr]) -> Expr:
    if len(items) == 1:
        return items[0]
    half = len(items) // 2
    left, right = _balanced(operator, items[:half]), _balanced(operator, items[half:])
    return Binary(operator, left, right, left.span.cover(right.span))


def _unquoted(text: str) -> str:
    """A backslash takes the quote's or its own meaning away and stays before anything else (patterns)."""
    quote = text[0]
    inner = text[1:-1].replace(quote * 2, quote)
    return re.sub(r"\\(['\"])", r"\1", inner)


class _Parser:
    """Recursive descent; each level of brackets or signs counts against ``MAX_DEPTH``."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def unexpected(self, wanted: str) -> SyntaxFault:
        token = self.here
        got = repr(token.text) if token.text else "the end"
        return SyntaxFault(f"expected {wanted}, not {got}", span=token.span)

    def take(self, *texts: str) -> Token | None:
        """The token here if it is one of these signs or words, which is then passed."""
        token = self.here
        if token.kind in ("sign", "word") and token.text.lower() in texts:
            self.at += 1
            return token
        return None

    def need(self, text: str) -> Token:
        token = self.take(text)
        if token is None:
            raise self.unexpected(repr(text))
        return token

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFault(
                f"the expression is nested deeper than {MAX_DEPTH} levels", span=self.here.span
            )

    def any_of(self) -> Expr:
        items = [self.all_of()]
        while self.take("or", "||"):
            items.append(self.all_of())
        return _balanced("||", items)

    def all_of(self) -> Expr:
        items = [self.negation()]
        while self.take("and", "&&"):
            items.append(self.negation())
        return _balanced("&&", items)

    def negation(self) -> Expr:
        sign = self.take("not", "!")
        if sign is None:
            return self.comparison()
        self.deeper()
        inner = self.negation()
        self.depth -= 1
        return Unary("!", inner, sign.span.cover(inner.span))

    def comparison(self) -> Expr:
        before = self.depth
        left = self.sum()
        while True:
            token = self.here
            word = token.text.lower()
            if token.kind == "sign" and token.text in _COMPARISONS:
                self.at += 1
                right = self.sum()
                operator = _COMPARISONS[token.text]
                left = Binary(operator, left, right, left.span.cover(right.span))
                self.deeper()
            elif token.kind == "word" and word in ("not", "like", "regex", "in", "between", "is"):
                left = self.word_comparison(left)
                self.deeper()
            else:
                self.depth = before
                return left

    def word_comparison(self, left: Expr) -> Expr:
        if self.take("is"):
            negated = self.take("not") is not None
            end = self.need("null").span
            found: Expr = Binary("==", left, Null(end), left.span.cover(end))
        else:
            negated = self.take("not") is not None
            found = self.positive_comparison(left)
        return Unary("!", found, found.span) if negated else found

    def positive_comparison(self, left: Expr) -> Expr:
        if self.take("like"):
            return self.matched("like", left, self.listed() if self.here.text == "(" else self.sum())
        if self.take("regex"):
            return self.matched("regex", left, self.sum())
        if self.take("in"):
            return self.matched("in", left, self.listed() if self.here.text == "(" else self.sum())
        if self.take("between"):
            low = self.sum()
            self.need("and")
            high = self.sum()
            span = left.span.cover(high.span)
            return Binary(
                "&&", Binary(">=", left, low, span), Binary("<=", left, high, span), span
            )
        raise self.unexpected("LIKE, REGEX, IN or BETWEEN")

    @staticmethod
    def matched(operator: str, left: Expr, right: Expr) -> Expr:
        return Binary(operator, left, right, left.span.cover(right.span))

    def listed(self) -> Array:
        opening = self.need("(")
        items, end = self.arguments()
        return Array(tuple(items), opening.span.cover(end))

    def arguments(self) -> tuple[list[Expr], Span]:
        """Expressions up to the closing bracket."""
        self.deeper()
        items: list[Expr] = []
        closing = self.take(")")
        while closing is None:
            items.append(self.any_of())
            if self.take(",") is None:
                closing = self.need(")")
        self.depth -= 1
        return items, closing.span

    def sum(self) -> Expr:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/", "%"), self.signed))

    def chain(self, signs: tuple[str, ...], operand) -> Expr:
        before = self.depth
        left = operand()
        while (sign := self.take(*signs)) is not None:
            right = operand()
            left = Binary(sign.text, left, right, left.span.cover(right.span))
            self.deeper()
        self.depth = before
        return left

    def signed(self) -> Expr:
        sign = self.take("-", "+")
        if sign is None:
            return self.postfix(self.primary())
        self.deeper()
        inner = self.signed()
        self.depth -= 1
        return Unary(sign.text, inner, sign.span.cover(inner.span))

    def primary(self) -> Expr:
        token = self.here
        self.at += 1
        match token.kind:
            case "number":
                return Number(float(token.text), token.span)
            case "text":
                return Text(_unquoted(token.text), token.span)
            case "name":
                return Name(token.text, token.span)
            case "word" if token.text.lower() in ("true", "false"):
                return Bool(token.text.lower() == "true", token.span)
            case "word" if token.text.lower() == "null":
                return Null(token.span)
            case "sign" if token.text == "(":
                return self.in_brackets(token)
            case "sign" if token.text == "[":
                return self.bracketed(token)
        self.at -= 1
        raise self.unexpected("a value")

    def in_brackets(self, opening: Token) -> Expr:
        """``(a)`` is a; ``(a, b)`` is a list."""
        self.deeper()
        items = [self.any_of()]
        while self.take(","):
            items.append(self.any_of())
        self.depth -= 1
        closing = self.need(")")
        return items[0] if len(items) == 1 else Array(tuple(items), opening.span.cover(closing.span))

    def bracketed(self, opening: Token) -> Array:
        self.deeper()
        items: list[Expr] = []
        closing = self.take("]")
        while closing is None:
            items.append(self.any_of())
            if self.take(",") is None:
                closing = self.need("]")
        self.depth -= 1
        return Array(tuple(items), opening.span.cover(closing.span))

    def postfix(self, target: Expr) -> Expr:
        before = self.depth
        while True:
            if self.take("."):
                token = self.here
                if token.kind not in ("name", "word"):
                    raise self.unexpected("a name")
                self.at += 1
                target = Member(target, token.text, target.span.cover(token.span), token.span)
            elif self.take("["):
                key = self.sum()
                target = Index(target, key, target.span.cover(self.need("]").span))
            elif isinstance(target, Name | Member) and self.take("("):
                items, end = self.arguments()
                target = Call(target, tuple(items), target.span.cover(end))
            else:
                self.depth = before
                return target
            self.deeper()
