"""One column put together from several."""

from __future__ import annotations

import numpy as np

from apps.relations.casts import as_type, common_type
from apps.relations.columns import Column

__all__ = ["choose"]


def choose(columns: list[Column], chosen: np.ndarray) -> Column:
    """In each row the value of the column whose number is chosen there, in the type they have together."""
    type = common_type([column.type for column in columns])
    wide = [as_type(column, type) for column in columns]
    sources = [column.texts if type == "varchar" else column.values for column in wide]
    values = np.zeros(len(chosen), sources[0].dtype)
    gone = np.zeros(len(chosen), bool)
    for place, source in enumerate(sources):
        rows = np.flatnonzero(chosen == place)
        values[rows] = source[rows]
        gone[rows] = wide[place].nulls[rows]
    return Column(type, values).masked(gone)
