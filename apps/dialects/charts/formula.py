"""The expression language of configurations: a subset of JavaScript, parsed with positions.

An expression, or a function body with ``var``, ``if`` and ``return``. Nothing is executed here. Every error
says what stood there instead. Time is linear in the text; brackets nest to a fixed depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from apps.algebra.expr import nodes
from apps.algebra.expr.check import MAX_DEPTH, check
from apps.algebra.expr.regexes import compile_regex
from apps.dialects.charts.formula_tokens import Token, TokenStream, unescape
from apps.errors import LimitFault, SyntaxFault, TsError
from apps.spans import Span

__all__ = ["POWER", "FormulaParser", "parse_body", "parse_expression", "parse_formula"]

#: Binding powers of the operators between two operands.
POWER = {
    "||": 1, "&&": 2,
    "==": 4, "!=": 4, "===": 4, "!==": 4,
    "<": 5, "<=": 5, ">": 5, ">=": 5,
    "+": 6, "-": 6,
    "*": 7, "/": 7, "%": 7,
    "**": 9,
}  # fmt: skip
_UNARY_POWER = 8
_LITERALS = {"true": True, "false": False}
_NOT_OFFERED = {
    "for", "while", "do", "switch", "try", "throw", "class", "delete", "yield", "await", "import",
    "with",
}  # fmt: skip


class FormulaParser(TokenStream):
    """Precedence climbing over a list of tokens."""

    # --- expressions --------------------------------------------------------------------------

    def expression(self) -> nodes.Expr:
        self.deeper()
        start = self.token.start
        test = self.operators(1)
        if self.take("?"):
            then = self.expression()
            self.expect(":")
            otherwise = self.expression()
            test = nodes.Conditional(test, then, otherwise, self.span_from(start))
        self.depth -= 1
        return test

    def operators(self, least: int) -> nodes.Expr:
        start = self.token.start
        left = self.unary()
        while True:
            operator = self.token.text
            power = POWER.get(operator) if self.token.kind == "sign" else None
            if power is None or power < least:
                return left
            self.next()
            self.deeper()
            right = self.operators(power if operator == "**" else power + 1)
            self.depth -= 1
            left = nodes.Binary(operator, left, right, self.span_from(start))

    def unary(self) -> nodes.Expr:
        token = self.token
        if self.sees("-", "+", "!", "typeof"):
            self.next()
            self.deeper()
            operand = self.operators(_UNARY_POWER)
            self.depth -= 1
            if token.text == "-" and isinstance(operand, nodes.Number):
                return nodes.Number(-operand.value, self.span_from(token.start))
            return nodes.Unary(token.text, operand, self.span_from(token.start))
        return self.postfix(self.primary())

    def postfix(self, target: nodes.Expr) -> nodes.Expr:
        start = target.span.start
        links = 0
        while True:
            token = self.token
            if self.take("."):
                name = self.next()
                if name.kind != "name":
                    self.at -= name.kind != "end"
                    raise self.unexpected("a name is expected after the point")
                target = nodes.Member(target, name.text, self.span_from(start), name.span)
            elif self.take("["):
                key = self.expression()
                self.expect("]", token)
                target = nodes.Index(target, key, self.span_from(start))
            elif self.take("("):
                arguments = self.items(")", token)
                target = nodes.Call(target, arguments, self.span_from(start))
            else:
                return target
            links += 1
            if links > MAX_DEPTH:
                raise LimitFault("too many calls and names in a chain", span=token.span)

    def items(self, close: str, opened: Token) -> tuple[nodes.Expr, ...]:
        found: list[nodes.Expr] = []
        while not self.take(close):
            found.append(self.expression())
            if not self.take(","):
                self.expect(close, opened)
                break
        return tuple(found)

    def primary(self) -> nodes.Expr:
        token = self.token
        if token.kind == "number":
            self.next()
            value = float(int(token.text, 16)) if token.text[:2] in ("0x", "0X") else None
            return nodes.Number(float(token.text) if value is None else value, token.span)
        if token.kind == "text":
            self.next()
            if token.text[0] == "`" and "${" in token.text:
                return self.template(token)
            return nodes.Text(unescape(token.text[1:-1]), token.span)
        if token.kind == "regex":
            return self.regex()
        if token.kind == "name":
            return self.named()
        if token.text == "(":
            return self.bracket()
        if token.text == "[":
            self.next()
            return nodes.Array(self.items("]", token), self.span_from(token.start))
        if token.text == "{":
            return self.object()
        raise self.unexpected("a value is expected here")

    def regex(self) -> nodes.Regex:
        token = self.next()
        source, _, flags = token.text[1:].rpartition("/")
        try:
            compile_regex(source, flags)
        except TsError as error:
            raise error.at(token.span) from None
        return nodes.Regex(source, flags, token.span)

    def named(self) -> nodes.Expr:
        token = self.next()
        word = token.text
        if word in _LITERALS:
            return nodes.Bool(_LITERALS[word], token.span)
        if word == "null":
            return nodes.Null(token.span)
        if word == "undefined":
            return nodes.Undefined(token.span)
        if word == "function":
            return self.function(token)
        if word == "new":
            return self.primary()
        if word in _NOT_OFFERED:
            raise SyntaxFault(
                f"'{word}' is not part of the expression language",
                code="not-offered",
                span=token.span,
                hint="functions, var, if, return and operators are",
            )
        if self.sees("=>"):
            return self.arrow((word,), token)
        return nodes.Name(word, token.span)

    def bracket(self) -> nodes.Expr:
        opened = self.next()
        arrow = self.arrow_parameters()
        if arrow is not None:
            return self.arrow(arrow, opened)
        inner = self.expression()
        self.expect(")", opened)
        return inner

    def arrow_parameters(self) -> tuple[str, ...] | None:
        """The parameters when the bracket just opened begins ``(a, b) =>``; else nothing is consumed."""
        at, names = self.at, []
        while self.tokens[at].kind == "name":
            names.append(self.tokens[at].text)
            at += 1
            if self.tokens[at].text != ",":
                break
            at += 1
        if self.tokens[at].text == ")" and self.tokens[min(at + 1, len(self.tokens) - 1)].text == "=>":
            self.at = at + 1
            return tuple(names)
        return None

    def arrow(self, parameters: tuple[str, ...], start: Token) -> nodes.Function:
        self.expect("=>")
        body: nodes.Node = self.block() if self.sees("{") else self.expression()
        return nodes.Function(parameters, body, self.span_from(start.start))

    def function(self, start: Token) -> nodes.Function:
        name = self.next().text if self.token.kind == "name" else ""
        opened = self.expect("(")
        parameters: list[str] = []
        while not self.take(")"):
            token = self.next()
            if token.kind != "name":
                self.at -= token.kind != "end"
                raise self.unexpected("the name of a parameter is expected")
            parameters.append(token.text)
            if not self.take(","):
                self.expect(")", opened)
                break
        return nodes.Function(tuple(parameters), self.block(), self.span_from(start.start), name)

    def object(self) -> nodes.Object:
        opened = self.next()
        entries: list[tuple[str, nodes.Expr]] = []
        while not self.take("}"):
            token = self.next()
            if token.kind == "text":
                key = unescape(token.text[1:-1])
            elif token.kind in ("name", "number"):
                key = token.text
            else:
                self.at -= token.kind != "end"
                raise self.unexpected("the key of an object is expected")
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.take(","):
                self.expect("}", opened)
                break
        return nodes.Object(tuple(entries), self.span_from(opened.start))

    def template(self, token: Token) -> nodes.Expr:
        """A text in back-quotes with ``${…}`` in it: a sum of its parts."""
        inner, start = token.text[1:-1], token.start + 1
        result: nodes.Expr = nodes.Text("", token.span)
        at = 0
        for found in re.finditer(r"\$\{([^{}]*)\}", inner):
            literal = nodes.Text(unescape(inner[at : found.start()]), token.span)
            result = nodes.Binary("+", result, literal, token.span)
            part = FormulaParser(found.group(1), start + found.start(1), self.fixed)
            part.depth = self.depth
            result = nodes.Binary("+", result, part.whole_expression(), token.span)
            at = found.end()
        return nodes.Binary("+", result, nodes.Text(unescape(inner[at:]), token.span), token.span)

    def whole_expression(self) -> nodes.Expr:
        found = self.expression()
        while self.take(";"):
            pass
        if self.token.kind != "end":
            if self.sees("="):
                raise SyntaxFault("= assigns, it does not compare", span=self.token.span, hint="write ==")
            raise self.unexpected("the expression should end here")
        return found

    # --- statements ---------------------------------------------------------------------------

    def body(self) -> nodes.Block:
        start = self.token.start
        statements: list[nodes.Statement] = []
        while self.token.kind != "end":
            statements.extend(self.statement())
        return nodes.Block(tuple(statements), self.span_from(start))

    def block(self) -> nodes.Block:
        opened = self.expect("{")
        self.deeper()
        statements: list[nodes.Statement] = []
        while not self.take("}"):
            if self.token.kind == "end":
                self.expect("}", opened)
            statements.extend(self.statement())
        self.depth -= 1
        return nodes.Block(tuple(statements), self.span_from(opened.start))

    def statement(self) -> list[nodes.Statement]:
        """One statement; ``var a, b`` makes two, an empty one none."""
        self.deeper()
        try:
            if self.take(";"):
                return []
            token = self.token
            if token.kind == "name":
                if token.text in ("var", "let", "const"):
                    return self.declaration()
                if token.text == "if":
                    return [self.if_statement()]
                if token.text == "return":
                    return [self.return_statement()]
                if token.text == "function":
                    self.next()
                    function = self.function(token)
                    return [nodes.Declare(function.name, function, function.span)]
            if token.text == "{" and token.kind == "sign":
                return [self.block()]
            return [self.simple_statement()]
        finally:
            self.depth -= 1

    def end_statement(self) -> None:
        if self.take(";") or self.token.line_before or self.token.kind == "end" or self.sees("}"):
            return
        raise self.unexpected("; or a new line is expected")

    def declaration(self) -> list[nodes.Statement]:
        self.next()
        found: list[nodes.Statement] = []
        while True:
            name = self.next()
            if name.kind != "name":
                self.at -= name.kind != "end"
                raise self.unexpected("the name of a variable is expected")
            value = self.expression() if self.take("=") else None
            found.append(nodes.Declare(name.text, value, self.span_from(name.start)))
            if not self.take(","):
                break
        self.end_statement()
        return found

    def if_statement(self) -> nodes.If:
        start = self.next()
        opened = self.expect("(")
        test = self.expression()
        self.expect(")", opened)
        then = self.as_block(self.statement(), start)
        otherwise = self.as_block(self.statement(), start) if self.take("else") else None
        return nodes.If(test, then, otherwise, self.span_from(start.start))

    def as_block(self, statements: list[nodes.Statement], start: Token) -> nodes.Statement:
        if len(statements) == 1:
            return statements[0]
        return nodes.Block(tuple(statements), self.span_from(start.start))

    def return_statement(self) -> nodes.Return:
        start = self.next()
        bare = self.token.kind == "end" or self.token.line_before or self.sees(";", "}")
        value = None if bare else self.expression()
        self.end_statement()
        return nodes.Return(value, self.span_from(start.start))

    def simple_statement(self) -> nodes.Statement:
        start = self.token.start
        target = self.expression()
        if self.sees("=", "+=", "-=", "*=", "/="):
            sign = self.next().text
            value = self.expression()
            span = self.span_from(start)
            if sign != "=":
                value = nodes.Binary(sign[0], target, value, span)
            if not isinstance(target, nodes.Name | nodes.Member):
                raise SyntaxFault("only variables can be assigned to", span=target.span)
            self.end_statement()
            return nodes.Assign(target, value, span)
        self.end_statement()
        return nodes.Evaluate(target, self.span_from(start))


def parse_expression(source: str, base: int = 0, fixed: Span | None = None) -> nodes.Expr:
    """One expression. Raises SyntaxFault or LimitFault.

    Spans count from ``base``; with ``fixed`` everything is placed there, for text that was put together and
    stands nowhere as such.
    """
    with _placed(fixed):
        tree = FormulaParser(source, base, fixed).whole_expression()
        check(tree)
        return tree


def parse_body(source: str, base: int = 0, fixed: Span | None = None) -> nodes.Block:
    """A function body: statements that return the value. Places as in :func:`parse_expression`."""
    with _placed(fixed):
        tree = FormulaParser(source, base, fixed).body()
        check(tree)
        return tree


@contextmanager
def _placed(fixed: Span | None) -> Iterator[None]:
    try:
        yield
    except TsError as error:
        if fixed is not None:
            error.span = fixed
        raise


def parse_formula(source: str, base: int = 0, fixed: Span | None = None) -> nodes.Node:
    """An expression, or a function body when the text has the word ``return`` or declares variables.

    A body of one expression returns nothing; its ``return`` stands in a function that it hands on, so it is
    read as that expression.
    """
    if re.search(r"(?<![\w'\"`.])(?:return|var|let|const)(?![\w'\"`])", source):
        body = parse_body(source, base, fixed)
        only = body.statements[0] if len(body.statements) == 1 else None
        return only.value if isinstance(only, nodes.Evaluate) else body
    return parse_expression(source, base, fixed)
