"""Rows in order and rows that are alike: NULL is the lowest value, NaN stands above all numbers.

Texts go by code point. Ordering is stable; what is equal in every key keeps its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.relations.casts import texts
from apps.relations.columns import Column, objects
from apps.relations.compare import ranks

__all__ = ["Groups", "groups_of", "order_of", "sort_keys"]


def sort_keys(column: Column, descending: bool = False) -> list[np.ndarray]:
    """Arrays that order a column when they are compared one after the other, the first one first."""
    keys = [key.astype(np.int64) if key.dtype == bool else key for key in _keys(column)]
    flags = np.where(column.unknown, 2, 1)
    if column.missing is not None:
        flags = np.where(column.missing, 0, flags)
    if len(flags) and flags.min() == flags.max() == 1:
        kept = keys
    else:
        kept = [flags, *(np.where(flags == 1, key, np.zeros((), key.dtype)) for key in keys)]
    if not descending:
        return kept
    # ``~`` turns the order of integers around without a smallest one that has no counterpart.
    return [-key if key.dtype.kind == "f" else ~key for key in kept]


def _keys(column: Column) -> list[np.ndarray]:
    if column.type == "varchar":
        return ranks([column])
    if column.type == "java_object":
        return _mixed_keys(column)
    if column.type == "interval":
        fields = column.values
        us = fields["us"] + (fields["days"] + fields["months"] * 30).astype(np.float64) * 86_400e6
        return [us]
    if column.type == "range":
        return [column.values["start_ns"], column.values["end_ns"]]
    if column.type == "summary":
        return ranks([texts(column)])
    return [column.values]


def _mixed_keys(column: Column) -> list[np.ndarray]:
    """Numbers before texts."""
    values = column.values.tolist()
    is_text = np.fromiter((isinstance(value, str) for value in values), bool, len(values))
    number = [0.0 if isinstance(value, str) or value is None else float(value) for value in values]
    text = objects([value if isinstance(value, str) else "" for value in values])
    return [is_text, np.array(number, np.float64), *ranks([Column("varchar", text)])]


def order_of(keys: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """The places of rows in order of some keys, the first key first; stable."""
    if not keys:
        return np.arange(rows)
    if len(keys) == 1:
        return _order_of_one(keys[0])
    return np.lexsort(tuple(reversed(keys)))


def _order_of_one(key: np.ndarray) -> np.ndarray:
    if len(key) < 2 or bool((key[1:] >= key[:-1]).all()):
        return np.arange(len(key))
    return np.argsort(key, kind="stable")


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that are alike, in order: group i has the rows ``order[lo[i]:hi[i]]``.

    ``codes`` are the groups' numbers by row. Within a group the rows are in the order of ``within``.
    """

    order: np.ndarray
    lo: np.ndarray
    hi: np.ndarray

    def __len__(self) -> int:
        return len(self.lo)

    @property
    def in_place(self) -> bool:
        """Whether the rows stand in that order already."""
        return bool((self.order == np.arange(len(self.order))).all())

    @property
    def codes(self) -> np.ndarray:
        out = np.empty(len(self.order), np.int64)
        out[self.order] = np.repeat(np.arange(len(self.lo)), self.hi - self.lo)
        return out

    @property
    def firsts(self) -> np.ndarray:
        """The first row of each group."""
        return self.order[self.lo]


def groups_of(columns: Sequence[Column], rows: int, within: Sequence[np.ndarray] = ()) -> Groups:
    """Rows grouped by columns, groups in ascending order, NULL first and NaN last.

    ``within`` are sort keys for the rows of a group; without them they keep their order. Without columns all
    rows are one group, also when there are none.
    """
    keys = [key for column in columns for key in sort_keys(column)]
    order = order_of([*keys, *within], rows)
    if not columns:
        return Groups(order, np.zeros(1, np.int64), np.array([rows], np.int64))
    new = np.zeros(rows, bool)
    new[:1] = True
    for key in keys:
        sorted_key = key[order]
        new[1:] |= sorted_key[1:] != sorted_key[:-1]
    lo = np.flatnonzero(new)
    return Groups(order, lo, np.append(lo[1:], rows)[: len(lo)])
