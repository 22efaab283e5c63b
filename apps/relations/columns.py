"""Tables: named columns of one length, each with a type, its values and which of them are NULL.

Values are held as arrays: numbers as int64 or float64, times as int64 nanoseconds, texts as objects or, where
few distinct ones repeat, as codes into a ``dictionary``. NaN is a value of its own beside NULL. What stands
in ``values`` under a NULL means nothing. Columns are never changed once made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from apps.errors import ArgumentFault, UnknownName, near_names

__all__ = [
    "FLOATS", "INTEGERS", "INTERVAL", "NUMBERS", "RANGE", "TYPES", "Column", "Table", "blank", "concatenate",
    "constant", "nulls", "objects", "of_values", "repeated", "text_codes",
    "type_of",
]  # fmt: skip

INTEGERS = ("smallint", "integer", "bigint")
FLOATS = ("float", "double", "decimal")
NUMBERS = (*INTEGERS, *FLOATS)

#: Months, days and microseconds: none of them is a fixed number of another.
INTERVAL = np.dtype([("months", "<i8"), ("days", "<i8"), ("us", "<i8")])
#: Half-open ``[start, end)``; an end that is missing is the first or the last time there is.
RANGE = np.dtype([("start_ns", "<i8"), ("end_ns", "<i8")])

#: The types, and how their values are held. ``null`` is a bare NULL's; a summary has its own fields.
TYPES: dict[str, np.dtype | None] = {
    "null": np.dtype(bool),
    "boolean": np.dtype(bool),
    **dict.fromkeys(INTEGERS, np.dtype(np.int64)),
    **dict.fromkeys(FLOATS, np.dtype(np.float64)),
    "varchar": np.dtype(object),
    "timestamp": np.dtype(np.int64),
    "date": np.dtype(np.int64),
    "interval": INTERVAL,
    "range": RANGE,
    "summary": None,
    "java_object": np.dtype(object),
}


@dataclass(frozen=True, eq=False)
class Column:
    """Values of one type. ``missing`` marks NULLs (None: there are none).

    With a ``dictionary`` (texts, each once, in any order) the values are places in it. ``folded`` columns
    (entities, metrics) are equal to what differs from them by case only.
    """

    type: str
    values: np.ndarray
    missing: np.ndarray | None = None
    dictionary: np.ndarray | None = None
    folded: bool = False

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise UnknownName(f"there is no type {self.type!r}", hint=f"types: {', '.join(TYPES)}")
        wanted = np.dtype(np.int64) if self.dictionary is not None else TYPES[self.type]
        if wanted is not None and self.values.dtype != wanted:
            raise ValueError(f"a column of type {self.type} holds {wanted}, not {self.values.dtype}")
        if self.missing is not None and len(self.missing) != len(self.values):
            raise ValueError("a mask is as long as its column")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_constant(self) -> bool:
        """True when every row is the same value, held once (see :func:`constant`)."""
        if len(self.values) < 2:
            return len(self.values) == 1
        once = self.missing is None or self.missing.strides == (0,)
        return once and self.values.strides == (0,)

    @cached_property
    def unknown(self) -> np.ndarray:
        """Where the value is NULL or NaN: what comparisons and IS NULL look at."""
        if self.type in FLOATS:
            nan = np.isnan(self.values)
            return nan if self.missing is None else nan | self.missing
        if self.type == "java_object":
            nan = np.fromiter((value is None or value != value for value in self.values), bool, len(self))
            return nan if self.missing is None else nan | self.missing
        return self.nulls

    @cached_property
    def nulls(self) -> np.ndarray:
        """Where the value is NULL, as a mask that is always there."""
        if self.missing is not None:
            return self.missing
        return np.broadcast_to(np.False_, len(self))

    @cached_property
    def texts(self) -> np.ndarray:
        """The values of a varchar column as objects, without codes."""
        return self.values if self.dictionary is None else self.dictionary[self.values]

    def take(self, index: np.ndarray | slice) -> Column:
        """The rows at these places (or of a mask), in that order."""
        missing = None if self.missing is None else self.missing[index]
        return replace(self, values=self.values[index], missing=missing)

    def masked(self, missing: np.ndarray | None) -> Column:
        """The same values with other NULLs."""
        if missing is not None and not missing.any():
            missing = None
        return replace(self, missing=missing)

    def tolist(self) -> list[Any]:
        """Plain Python values, None for NULL; times are ns."""
        if self.type == "null":
            return [None] * len(self)
        values = (self.texts if self.type == "varchar" else self.values).tolist()
        if self.missing is None:
            return values
        return [None if null else value for value, null in zip(values, self.missing.tolist(), strict=True)]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, all of one length. Names are exact; a query's own rules of case are its planner's.

    ``series`` names the column that numbers the series of each row, ``time`` the one that orders them.
    """

    columns: Mapping[str, Column]
    rows: int
    series: str | None = None
    time: str | None = None

    def __post_init__(self) -> None:
        wrong = [name for name, column in self.columns.items() if len(column) != self.rows]
        if wrong:
            raise ValueError(f"column {wrong[0]!r} does not have {self.rows} rows")

    @classmethod
    def of(cls, **columns: Column) -> Table:
        """A table of at least one column."""
        return cls(columns, len(next(iter(columns.values()))))

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, name: str) -> Column:
        try:
            return self.columns[name]
        except KeyError:
            near = near_names(name, self.columns)
            hint = f"did you mean {', '.join(near)}?" if near else None
            raise UnknownName(f"there is no column {name[:80]!r}", hint=hint) from None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def take(self, index: np.ndarray | slice, rows: int | None = None) -> Table:
        """The rows at these places, or of a mask."""
        taken = {name: column.take(index) for name, column in self.columns.items()}
        if rows is None:
            rows = len(next(iter(taken.values()))) if taken else len(np.arange(self.rows)[index])
        return Table(taken, rows, self.series, self.time)

    def plus(self, **columns: Column) -> Table:
        """The same rows with more columns, or with others in place of columns."""
        return Table({**self.columns, **columns}, self.rows, self.series, self.time)

    def with_columns(self, columns: Mapping[str, Column]) -> Table:
        """As :meth:`plus`, for names that are no Python names."""
        return Table({**self.columns, **columns}, self.rows, self.series, self.time)


# --- Making columns -----------------------------------------------------------------------------------


def type_of(value: Any) -> str:
    """The type that a plain Python value has by itself."""
    if value is None:
        return "null"
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | np.integer):
        return "bigint"
    if isinstance(value, float | np.floating):
        return "double"
    if isinstance(value, str):
        return "varchar"
    raise ArgumentFault(f"a value can't be {type(value).__name__}")


def constant(value: Any, rows: int, type: str | None = None) -> Column:
    """A column that is the same value in every row, held once."""
    type = type or type_of(value)
    if value is None:
        return nulls(rows, type)
    if type == "varchar":
        codes = np.broadcast_to(np.int64(0), rows)
        return Column(type, codes, dictionary=objects([value]))
    dtype = TYPES[type]
    if dtype == np.dtype(np.int64) and not -(2**63) <= value < 2**63:
        raise ArgumentFault(f"{value} is out of range for type {type}")
    if dtype == np.dtype(object):
        return Column(type, np.broadcast_to(objects([value]), rows))
    return Column(type, np.broadcast_to(np.array(value, dtype), rows))


def nulls(rows: int, type: str = "null") -> Column:
    """A column of nothing but NULL."""
    missing = np.broadcast_to(np.True_, rows)
    if type == "varchar":
        return Column(type, np.broadcast_to(np.int64(0), rows), missing, objects([""]))
    dtype = TYPES[type]
    if dtype is None:
        raise ValueError(f"a column of type {type} has fields that a NULL does not tell")
    blank = np.zeros((), dtype) if dtype != np.dtype(object) else objects([None])
    return Column(type, np.broadcast_to(blank, rows), missing)


def repeated(column: Column, rows: int) -> Column:
    """The first row of a column in so many rows, held once."""
    missing = None if column.missing is None or not column.missing[0] else np.broadcast_to(np.True_, rows)
    return replace(column, values=np.broadcast_to(column.values[:1], rows), missing=missing)


def blank(column: Column, rows: int) -> Column:
    """So many NULLs in a column that is otherwise like another."""
    text = column.type == "varchar"
    values = objects([""] * rows) if text else np.zeros(rows, column.values.dtype)
    return Column(column.type, values, np.ones(rows, bool), None, column.folded)


def objects(values: Sequence[Any]) -> np.ndarray:
    """An array that holds any values as they are."""
    out = np.empty(len(values), object)
    out[:] = list(values)
    return out


def of_values(type: str, values: Sequence[Any], *, folded: bool = False) -> Column:
    """A column from plain Python values, None for NULL."""
    missing = np.fromiter((value is None for value in values), bool, len(values))
    dtype = TYPES[type]
    if type == "null":
        return nulls(len(values))
    if dtype == np.dtype(object) or dtype is None:
        return Column(type, objects(values), missing if missing.any() else None, folded=folded)
    blank = np.zeros((), dtype).item()
    plain = [blank if value is None else value for value in values]
    return Column(type, np.array(plain, dtype), missing if missing.any() else None)


def text_codes(column: Column) -> Column:
    """The same texts as codes into a dictionary."""
    if column.dictionary is not None:
        return column
    if column.missing is None:
        codes, dictionary = pd.factorize(column.values)
    else:
        texts = column.values.copy()
        texts[column.missing] = ""
        codes, dictionary = pd.factorize(texts)
    return replace(column, values=codes.astype(np.int64), dictionary=np.asarray(dictionary, object))


def concatenate(columns: Sequence[Column]) -> Column:
    """Columns of one type laid end to end."""
    first = columns[0]
    typed = [column if column.type != "null" else nulls(len(column), first.type) for column in columns]
    if len({column.type for column in typed}) > 1:
        raise ValueError(f"columns of types {sorted({column.type for column in typed})} don't fit together")
    missing = None
    if any(column.missing is not None for column in typed):
        missing = np.concatenate([column.nulls for column in typed])
    if first.type != "varchar" or all(column.dictionary is None for column in typed):
        return replace(first, values=np.concatenate([column.values for column in typed]), missing=missing)
    encoded = [text_codes(column) for column in typed]
    merged, dictionary = pd.factorize(np.concatenate([column.dictionary for column in encoded]))
    values, at = [], 0
    for column in encoded:
        size = len(column.dictionary)
        values.append(merged[at : at + size].astype(np.int64)[column.values])
        at += size
    return Column("varchar", np.concatenate(values), missing, np.asarray(dictionary, object), first.folded)
