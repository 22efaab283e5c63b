"""``range(start, end[, step][, format])``: numbers, or texts when a format is given."""

from __future__ import annotations

import re
from typing import Any

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.functions import FUNCTIONS
from apps.errors import ArgumentFault
from apps.figures.format import number_format

__all__ = ["formatted_range"]

_PADDED = re.compile(r"\s*d3\.format\(\s*['\"]0(\d{1,2})d?['\"]\s*\)\(\s*value\s*\)\s*;?\s*")


def formatted_range(scope: Scope, args: list[Any]) -> list[Any]:
    """The progression; its numbers become texts where the last argument is a format."""
    form = args[-1] if len(args) > 2 and isinstance(args[-1], str) else None
    numbers = FUNCTIONS["range"](scope, args[:-1] if form is not None else args)
    if form is None:
        return numbers
    padded = _PADDED.fullmatch(form)
    if padded:
        return [f"{int(one):0{int(padded.group(1))}d}" for one in numbers]
    named = number_format(form, "UTC")
    if named is None:
        raise ArgumentFault(f"{form[:40]!r} is no format", hint="range(1, 4, 'percent')")
    return [named.text(float(one)) for one in numbers]
