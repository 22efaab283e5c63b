"""Joins on equal keys; how many rows they make is known before one is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.casts import as_type, common_type, map_texts, numbers, texts
from apps.relations.columns import NUMBERS, Column, Table, blank, concatenate, nulls
from apps.relations.context import Context
from apps.relations.ordering import groups_of

__all__ = ["join"]


def join(
    left: Table,
    right: Table,
    on: Sequence[tuple[str, str]],
    context: Context,
    *,
    kind: Literal["inner", "outer"] = "inner",
    nulls_match: bool = True,
) -> Table:
    """Rows of two tables whose keys are equal, in order of the keys; names of columns don't repeat.

    ``outer`` keeps rows of either side without a partner, NULL in the other's columns. With ``nulls_match``
    NULL is a key like any other, so that series without tags meet; otherwise it meets nothing. Without keys
    every row meets every other.
    """
    both = set(left.names) & set(right.names)
    if both:
        raise ArgumentFault(f"Duplicate column name: {sorted(both)[0]}")
    context.work.room(left.rows + right.rows, len(on) + 1, "the keys of the join")
    left_codes, right_codes, count = _codes(left, right, on, nulls_match)
    on_left = np.bincount(left_codes, minlength=count)
    on_right = np.bincount(right_codes, minlength=count)
    outer = kind == "outer"
    # Counted as floats first: the product of two large tables does not fit an integer either.
    size = np.maximum(on_left, outer).astype(np.float64) * np.maximum(on_right, outer)
    width = len(left.columns) + len(right.columns)
    context.work.room(int(size.sum()), width, "the joined rows")
    made = size.astype(np.int64)
    label = np.repeat(np.arange(count), made)
    within = np.arange(len(label)) - np.repeat(np.cumsum(made) - made, made)
    per_left = np.maximum(on_right, 1)[label]
    left_rows = _places(left_codes, on_left, label, within // per_left)
    right_rows = _places(right_codes, on_right, label, within % per_left)
    columns: Mapping[str, Column] = {**_taken(left, left_rows), **_taken(right, right_rows)}
    out = Table(columns, len(label))
    context.work.did(f"{kind} join", left.rows + right.rows, out.rows, f"{left.rows} and {right.rows} rows")
    return out


def _codes(
    left: Table, right: Table, on: Sequence[tuple[str, str]], nulls_match: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """Numbers of the keys on both sides, in the order of the keys, and how many there are."""
    keys, lonely = [], np.zeros(left.rows + right.rows, bool)
    for left_name, right_name in on:
        key = _together(left[left_name], right[right_name])
        if not nulls_match:
            lonely |= key.unknown
        keys.append(key)
    if lonely.any():  # rows that meet nothing get a number of their own
        own = np.where(lonely, np.arange(1, len(lonely) + 1), 0)
        keys.append(Column("bigint", own))
    groups = groups_of(keys, left.rows + right.rows)
    codes = groups.codes
    return codes[: left.rows], codes[left.rows :], len(groups)


def _together(left: Column, right: Column) -> Column:
    if left.type == right.type == "varchar" and (left.folded or right.folded):
        left, right = map_texts(left, str.lower), map_texts(right, str.lower)
    type = common_type([left.type, right.type])
    if type == "java_object":
        if {left.type, right.type} & {*NUMBERS, "timestamp", "date"}:
            left, right = numbers(left), numbers(right)
            type = common_type([left.type, right.type])
        else:
            left, right, type = texts(left), texts(right), "varchar"
    if type == "null":
        return nulls(len(left) + len(right))
    return concatenate([as_type(left, type), as_type(right, type)])


def _places(codes: np.ndarray, sizes: np.ndarray, label: np.ndarray, within: np.ndarray) -> np.ndarray:
    """The row of one side for each row of the result, -1 where that side has none."""
    order = np.argsort(codes, kind="stable")
    starts = np.cumsum(sizes) - sizes
    there = sizes[label] > 0
    places = np.where(there, starts[label] + within, 0)
    return np.where(there, order[places], -1) if len(order) else np.full(len(label), -1)


def _taken(table: Table, rows: np.ndarray) -> dict[str, Column]:
    absent = rows < 0
    if not absent.any():
        return dict(table.take(rows, len(rows)).columns)
    out = {}
    for name, column in table.columns.items():
        if table.rows == 0:
            out[name] = blank(column, len(rows))
            continue
        found = column.take(np.maximum(rows, 0))
        out[name] = found.masked(found.nulls | absent)
    return out
