"""Plans: trees of named functions over sets of series. Frozen, built by dialects, run by the executor.

A node stands for a *set* of series. The same node object may be used in several places of a plan; it is then
computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.algebra.registry import check_params, lookup
from apps.algebra.series import Series
from apps.algebra.source import SeriesRef
from apps.errors import TsError
from apps.spans import Span

__all__ = ["Apply", "Given", "Node", "Read", "apply"]


@dataclass(frozen=True, eq=False)
class Read:
    """Stored series with their samples in ``[start_ns, end_ns)``.

    ``before``/``after``: additionally up to so many non-NaN samples on either side, for functions that look
    back or across the edge; a later ``clip`` cuts the result to its window. ``exact``: with kinds and texts.
    ``unit``: the unit of the values, where the metric names one.
    """

    series: tuple[SeriesRef, ...]
    start_ns: int
    end_ns: int
    before: int = 0
    after: int = 0
    exact: bool = False
    unit: str | None = None
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Given:
    """Series that the plan carries with it (constants, rows of an inline table)."""

    series: tuple[Series, ...]
    span: Span | None = None


@dataclass(frozen=True, eq=False)
class Apply:
    """A registered function over its inputs; parameters are sorted pairs, ``span`` is its place in a text."""

    function: str
    inputs: tuple[Node, ...]
    params: tuple[tuple[str, Any], ...] = ()
    span: Span | None = None


Node = Read | Given | Apply


def apply(function: str, /, *inputs: Node, span: Span | None = None, **params: Any) -> Apply:
    """Build an :class:`Apply`, checking the function's name and parameters now; errors carry ``span``."""
    try:
        check_params(lookup(function), params)
    except TsError as error:
        raise (error.at(span) if span else error) from None
    return Apply(function, tuple(inputs), tuple(sorted(params.items())), span)
