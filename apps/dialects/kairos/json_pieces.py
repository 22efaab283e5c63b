"""A JSON text read piece by piece: what stands before a mistake counts, and nothing is held as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from apps.dialects.kairos.points import Digits

__all__ = ["ENDS_EARLY", "BrokenJson", "Pieces", "whole"]

ENDS_EARLY = "Invalid json. No content due to end of input."
#: The points of an array are read in slices of text: short ones first, as most arrays are short.
FIRST_SLICE_CHARS, SLICE_CHARS = 1 << 11, 1 << 18
_BLANKS = " \t\n\r"
_BLANK = re.compile(f"[{_BLANKS}]*")
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


class BrokenJson(ValueError):
    """The text is no JSON from some place on; the message says where, or that it ends too early."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_float=Digits, parse_constant=_no_constant, strict=False)


def whole(text: str) -> Any:
    """The value of a text that is short enough to be read at once; BrokenJson otherwise."""
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError) as fault:
        raise BrokenJson(str(fault)) from None


class Pieces:
    """A place in a text that moves forward."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def next(self) -> str:
        """The next character that is not blank, without passing it; empty at the end."""
        char = self.text[self.at : self.at + 1]
        if char and char not in _BLANKS:
            return char
        self.at = _BLANK.match(self.text, self.at).end()
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """Read the next value whole."""
        self.next()
        try:
            value, self.at = _decoder.raw_decode(self.text, self.at)
        except json.JSONDecodeError as fault:
            raise self._broken(fault.msg, fault.pos) from None
        except RecursionError:
            raise self._broken("nested too deeply", self.at) from None
        except ValueError as fault:
            raise self._broken(str(fault)[:200], self.at) from None
        return value

    def items(self, opening: str, closing: str) -> Iterator[None]:
        """Stop before each item of an array or object; the reader takes it, then goes on here."""
        self.pass_over(opening)
        if self.next() == closing:
            self.at += 1
            return
        while True:
            yield
            char = self.next()
            if char == closing:
                self.at += 1
                return
            self.pass_over(",")

    def members(self) -> Iterator[str]:
        """The name of each member of an object; the reader takes the value, then goes on here."""
        for _ in self.items("{", "}"):
            if self.next() != '"':
                raise self._broken("Expecting property name enclosed in double quotes", self.at)
            name = self.value()
            self.pass_over(":")
            yield name

    def slices(self) -> Iterator[list[Any]]:
        """The items of the array that begins here, many at a time."""
        self.pass_over("[")
        if self.next() == "]":
            self.at += 1
            return
        size = FIRST_SLICE_CHARS
        while True:
            yield self._slice(size) or self._one_by_one(self.at + size)
            if self.next() == "]":
                self.at += 1
                return
            self.pass_over(",")
            self.next()
            size = min(size * 4, SLICE_CHARS)

    def pass_over(self, char: str) -> None:
        if self.next() != char:
            raise self._broken(f"Expecting {char!r}", self.at)
        self.at += 1

    def _slice(self, size: int) -> list[Any] | None:
        """Items up to the last bracket in the next ``size`` characters that a comma follows, or up to the end
        of the array; None where that bracket is part of a text, or something is wrong before it."""
        end = self.text.rfind("],", self.at, self.at + size) + 1
        if not end:
            return None
        piece = f"[{self.text[self.at : end]}]"
        try:
            items, length = _decoder.raw_decode(piece)
        except (ValueError, RecursionError):
            return None
        # A piece that was left before its end went on behind the array: the array's own bracket ended it.
        self.at = end if length == len(piece) else self.at + length - 2
        return items

    def _one_by_one(self, end: int) -> list[Any]:
        """Items read one after the other, up to about a place in the text or the end of the array."""
        items = [self.value()]
        while self.at < end and self.next() == ",":
            self.at += 1
            items.append(self.value())
        return items

    def _broken(self, message: str, at: int) -> BrokenJson:
        rest = self.text[at : at + 20].strip() if len(self.text) - at <= 20 else None
        unfinished = rest is not None and any(word.startswith(rest) for word in _LITERALS)
        if unfinished or message.startswith("Unterminated string"):
            return BrokenJson(ENDS_EARLY)
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return BrokenJson(f"{message}: line {line} column {column}")
