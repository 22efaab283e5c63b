"""Scalar functions by name: what each takes, and what it says about itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from apps.errors import ArgumentFault, UnknownName, near_names
from apps.relations.columns import Column
from apps.relations.context import Context

__all__ = ["Asked", "ScalarFunction", "call", "function", "functions", "is_steady", "known"]

#: Arguments that one call may have.
MOST_ARGUMENTS = 1000

Body = Callable[..., Column]


@dataclass(frozen=True, slots=True)
class ScalarFunction:
    """A function of columns of one table. ``steady``: equal arguments give equal results.

    The body is called with an :class:`Asked` and then the columns.
    """

    name: str
    least: int
    most: int
    body: Body
    doc: str
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What a function may need besides its arguments: how many rows there are, and the query's context."""

    rows: int
    context: Context


_FUNCTIONS: dict[str, ScalarFunction] = {}


def function(
    *names: str, least: int = 1, most: int | None = None, steady: bool = True
) -> Callable[[Body], Body]:
    """Register a function under its names (lower case); ``most`` defaults to ``least``, -1 is any number."""

    def decorate(body: Body) -> Body:
        doc = inspect.getdoc(body) or ""
        for name in names:
            if name in _FUNCTIONS:
                raise ValueError(f"a function named {name!r} is registered already")
            bound = least if most is None else MOST_ARGUMENTS if most < 0 else most
            _FUNCTIONS[name] = ScalarFunction(name, least, bound, body, doc, steady)
        return body

    return decorate


def known(name: str) -> bool:
    """Whether there is a scalar function of that name."""
    return name in _FUNCTIONS


def is_steady(name: str) -> bool:
    """Whether two equal calls of a function may share one result."""
    return name not in _FUNCTIONS or _FUNCTIONS[name].steady


def functions() -> Iterator[ScalarFunction]:
    """All scalar functions in order of name."""
    for name in sorted(_FUNCTIONS):
        yield _FUNCTIONS[name]


def call(name: str, arguments: Sequence[Column], rows: int, context: Context) -> Column:
    """The result of a function; UnknownName with near names, ArgumentFault for too few or many arguments."""
    found = _FUNCTIONS.get(name)
    if found is None:
        near = near_names(name, _FUNCTIONS)
        hint = f"did you mean {', '.join(near)}?" if near else None
        raise UnknownName(f"there is no function named {name[:60]!r}", hint=hint)
    if not found.least <= len(arguments) <= found.most:
        wanted = str(found.least) if found.least == found.most else f"{found.least} to {found.most}"
        if found.most == MOST_ARGUMENTS:
            wanted = f"at least {found.least}"
        raise ArgumentFault(f"{name} takes {wanted} arguments, not {len(arguments)}")
    return found.body(Asked(rows, context), *arguments)
