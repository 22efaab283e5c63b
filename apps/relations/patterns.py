"""LIKE and REGEX: patterns over texts, matched by automata in linear time, once per distinct text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from apps.algebra.expr.regexes import compile_regex
from apps.errors import ArgumentFault
from apps.relations.casts import decoded, texts
from apps.relations.columns import Column, text_codes
from apps.relations.work import Work

__all__ = ["like", "regex"]

#: Patterns that come out of a column instead of the text of a query.
_MOST_PATTERNS = 1000


@lru_cache(maxsize=512)
def _like_test(pattern: str, escape: str) -> Callable[[str], bool]:
    parts, at, plain = [], 0, True
    literal: list[str] = []
    while at < len(pattern):
        sign = pattern[at]
        if sign == escape and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
            literal.append(pattern[at])
        elif sign in "%_":
            plain = False
            parts.append(".*" if sign == "%" else ".")
        else:
            parts.append(re.escape(sign))
            literal.append(sign)
        at += 1
    if plain:
        return "".join(literal).__eq__
    found = compile_regex("".join(parts), "s").compiled
    return lambda text: found.fullmatch(text) is not None


@lru_cache(maxsize=512)
def _regex_test(pattern: str) -> Callable[[str], bool]:
    found = compile_regex(pattern).compiled
    return lambda text: found.fullmatch(text) is not None


def _matched(
    column: Column, pattern: Column, test: Callable[[str], Callable[[str], bool]], work: Work
) -> Column:
    column, pattern = texts(column), texts(pattern)
    missing = column.nulls | pattern.nulls
    if len(column) == 0:
        return Column("boolean", np.zeros(0, bool))
    work.check()
    if pattern.is_constant:
        one = test(pattern.texts[0]) if not missing.all() else str.__len__
        return Column("boolean", decoded(column, one, bool)).masked(missing)
    coded = text_codes(pattern)
    used = np.unique(coded.values[~missing])
    if len(used) > _MOST_PATTERNS:
        raise ArgumentFault(f"a column of patterns has at most {_MOST_PATTERNS} different ones")
    out = np.zeros(len(column), bool)
    for place in used:
        work.check()
        rows = np.flatnonzero((coded.values == place) & ~missing)
        out[rows] = decoded(column.take(rows), test(coded.dictionary[place]), bool)
    return Column("boolean", out).masked(missing)


def like(column: Column, pattern: Column, escape: str, work: Work) -> Column:
    """``%`` is any run, ``_`` one character; what follows ``escape`` stands for itself. Case counts."""
    if len(escape) > 1:
        raise ArgumentFault(f"ESCAPE takes one character, not {escape[:10]!r}")
    return _matched(column, pattern, lambda text: _like_test(text, escape), work)


def regex(column: Column, pattern: Column, work: Work) -> Column:
    """Whether the whole text matches a regular expression; look-around and back-references are refused."""
    return _matched(column, pattern, _regex_test, work)
