"""Rows of computed series: the blocks they are computed in, and what of a result becomes a sample."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.values import NULL, TEXT, UNDEF, Column
from apps.algebra.series import Samples
from apps.algebra.times import NS_PER_MS
from apps.errors import Note

__all__ = ["NULL_MODES", "blocks_of", "scope_for", "without_rows", "write_rows", "zero_notes"]

NULL_MODES = ("missing", "zero")
#: Rows of the grid that are computed at a time.
BLOCK = 1 << 17
#: The first rows are a block of their own: there predecessors are missing, further on nothing may be.
HEAD = 256


def blocks_of(rows: int) -> Iterator[tuple[int, int]]:
    """The rows in blocks; at least one, so that a formula over nothing is checked too."""
    edges = [0, *range(min(HEAD, rows), rows, BLOCK), rows]
    return itertools.pairwise(edges if rows > HEAD else [0, rows])


def scope_for(null_arithmetic: str, now_ns: int | None, rows: int, scripts: Any = None) -> Scope:
    """A fresh scope; what scripts define is in it."""
    scope = Scope(missing=null_arithmetic != "zero", rows=rows)
    scope.now_ms = None if now_ns is None else now_ns / NS_PER_MS
    for name, closure in (scripts or {}).items():
        scope.names[name] = closure
    return scope


def zero_notes(scope: Scope) -> tuple[Note, ...]:
    """How often was divided by zero."""
    count = scope.zero_divisors
    if not count:
        return ()
    gave = "0" if scope.divisions == "zero" else "no value"
    return (Note("division-by-zero", f"{count} divisions by zero gave {gave}", count),)


def write_rows(
    result: Column, out: np.ndarray, gaps: np.ndarray | None = None, skips: np.ndarray | None = None
) -> np.ndarray | None:
    """Put a result into place; what is no finite number becomes NaN. Gives the rows that are no samples."""
    values, kinds = result.numbers, result.kinds
    finite = np.isfinite(values)
    if kinds is None and gaps is None and skips is None:
        out[:] = values if finite.all() else np.where(finite, values, np.nan)
        return None
    absent = np.zeros(len(out), bool)
    if kinds is not None:
        finite &= (kinds != UNDEF) & (kinds != TEXT) & (kinds != NULL)
        absent = kinds == NULL
    if gaps is not None:
        finite &= ~gaps
        absent &= ~gaps
    if skips is not None:
        absent |= skips
    out[:] = np.where(finite, values, np.nan)
    return np.flatnonzero(absent) if absent.any() else None


def without_rows(times_ns: np.ndarray, values: np.ndarray, gone: np.ndarray) -> Samples:
    """Samples without some rows. Those at the head are cut off; nothing is copied for them."""
    if int(gone[-1]) == len(gone) - 1:
        return Samples(times_ns[len(gone) :], values[len(gone) :])
    kept = np.ones(len(values), bool)
    kept[gone] = False
    return Samples(times_ns[kept], values[kept])
