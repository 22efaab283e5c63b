"""Functions that choose: the first that is there, one unless it equals another."""

from __future__ import annotations

import numpy as np

from apps.relations.casts import as_type, common_type
from apps.relations.choice import choose
from apps.relations.columns import FLOATS, Column
from apps.relations.compare import compare
from apps.relations.functions.registry import Asked, function

__all__: list[str] = []


def _first_known(asked: Asked, columns: tuple[Column, ...], last_counts: bool) -> Column:
    chosen = np.full(asked.rows, len(columns) - 1, np.int64)
    for place in range(len(columns) - 2, -1, -1):
        chosen[~columns[place].unknown] = place
    found = choose(list(columns), chosen)
    if last_counts or found.type not in (*FLOATS, "java_object"):
        return found
    return found.masked(found.unknown)


@function("isnull", "ifnull", least=2)
def isnull(asked: Asked, value: Column, instead: Column) -> Column:
    """A value, or another where it is NULL or NaN."""
    return _first_known(asked, (value, instead), True)


@function("coalesce", least=1, most=-1)
def coalesce(asked: Asked, *values: Column) -> Column:
    """The first value that is neither NULL nor NaN; NULL when there is none."""
    return _first_known(asked, values, False)


@function("nullif", least=2)
def nullif(asked: Asked, value: Column, other: Column) -> Column:
    """NULL where two values are equal, else the first."""
    equal = compare("=", value, other, asked.context.zone).values
    typed = as_type(value, common_type([value.type]))
    return typed.masked(typed.nulls | equal)
