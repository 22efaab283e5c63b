"""One column put together from several."""

from __future__ import annotations

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.casts import as_type, common_type
from apps.relations.columns import Column

__all__ = ["choose"]


def choose(columns: list[Column], chosen: np.ndarray) -> Column:
    """In each row the value of the column whose number is chosen there, in the type they have together."""
    type = common_type([column.type for column in columns])
    if type == "null":
        return columns[0]
    wide = [None if column.type == "null" else as_type(column, type) for column in columns]
    values: np.ndarray | None = None
    gone = np.ones(len(chosen), bool)
    for place, column in enumerate(wide):
        if column is None:
            continue
        source = column.texts if type == "varchar" else column.values
        if values is None:
            values = np.zeros(len(chosen), source.dtype)
        if source.dtype != values.dtype:
            raise ArgumentFault("summaries of different kinds don't go into one column")
        rows = np.flatnonzero(chosen == place)
        values[rows] = source[rows]
        gone[rows] = column.nulls[rows]
    return Column(type, values).masked(gone)
