"""Functions of numbers: NULL gives NULL, NaN and what lies outside a domain gives NaN."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from apps.relations.arithmetic import doubles, with_nulls
from apps.relations.casts import numbers
from apps.relations.columns import INTEGERS, Column, nulls
from apps.relations.functions.registry import Asked, function

__all__: list[str] = []


def _of_one(kernel: Callable[[np.ndarray], np.ndarray], column: Column) -> Column:
    if column.type == "null":
        return nulls(len(column), "double")
    with np.errstate(all="ignore"):
        return with_nulls("double", kernel(doubles(column)), column)


def _named(name: str, kernel: Callable[[np.ndarray], np.ndarray], doc: str) -> None:
    def body(asked: Asked, x: Column) -> Column:
        return _of_one(kernel, x)

    body.__doc__ = doc
    function(name)(body)


for _name, _kernel, _doc in (
    ("exp", np.exp, "e to the power of x."),
    ("ln", np.log, "The natural logarithm."),
    ("sqrt", np.sqrt, "The square root."),
    ("degrees", np.degrees, "Radians as degrees."),
    ("radians", np.radians, "Degrees as radians."),
    ("sin", np.sin, "The sine of radians."),
    ("cos", np.cos, "The cosine of radians."),
    ("tan", np.tan, "The tangent of radians."),
    ("asin", np.arcsin, "The angle whose sine is x."),
    ("acos", np.arccos, "The angle whose cosine is x."),
    ("atan", np.arctan, "The angle whose tangent is x."),
):
    _named(_name, _kernel, _doc)


@function("abs")
def absolute(asked: Asked, x: Column) -> Column:
    """The size of a number: ABS(-3) is 3. Integers stay integers."""
    found = numbers(x)
    return Column(found.type, np.abs(found.values), found.missing)


@function("ceil", "ceiling")
def ceil(asked: Asked, x: Column) -> Column:
    """The next whole number up: CEIL(1.2) is 2."""
    return x if x.type in INTEGERS else _of_one(np.ceil, x)


@function("floor")
def floor(asked: Asked, x: Column) -> Column:
    """The next whole number down: FLOOR(-1.2) is -2."""
    return x if x.type in INTEGERS else _of_one(np.floor, x)


@function("round", least=1, most=2)
def round_half_up(asked: Asked, x: Column, places: Column | None = None) -> Column:
    """A number with so many decimals (0), halves up: ROUND(2.5) is 3, ROUND(-2.5) is -2."""
    if places is None:
        return x if x.type in INTEGERS else _of_one(_half_up, x)
    if x.type == "null" or places.type == "null":
        return nulls(asked.rows, "double")
    count = np.clip(np.nan_to_num(np.trunc(doubles(places))), -300, 300)
    values = doubles(x)
    with np.errstate(all="ignore"):
        scale = 10.0 ** np.abs(count)
        # Multiplying by a power of ten may fall short of a half by the last bit, as 1.005 * 100 does.
        scaled = np.where(count >= 0, values * scale, values / scale)
        nearest = _half_up(scaled)
        half = np.floor(scaled) + 0.5
        short = (half > scaled) & (half - scaled <= np.spacing(np.abs(scaled)) * 2)
        nearest = np.where(short, half + 0.5, nearest)
        rounded = np.where(count >= 0, nearest / scale, nearest * scale)
        exact = np.isfinite(scaled) & (np.abs(scaled) < 2.0**52)
    return with_nulls("double", np.where(exact, rounded, values), x, places)


def _half_up(values: np.ndarray) -> np.ndarray:
    below = np.floor(values)
    return np.where(values - below >= 0.5, below + 1, below)


def _of_two(kernel: Callable[[np.ndarray, np.ndarray], np.ndarray], x: Column, y: Column) -> Column:
    if "null" in (x.type, y.type):
        return nulls(len(x), "double")
    with np.errstate(all="ignore"):
        return with_nulls("double", kernel(doubles(x), doubles(y)), x, y)


@function("mod", least=2)
def mod(asked: Asked, x: Column, m: Column) -> Column:
    """The remainder with the sign of x: MOD(-7, 3) is -1."""
    return _of_two(np.fmod, x, m)


@function("power", "pow", least=2)
def power(asked: Asked, x: Column, m: Column) -> Column:
    """x to the power of m."""
    return _of_two(np.power, x, m)


@function("log", least=2)
def log(asked: Asked, base: Column, x: Column) -> Column:
    """The logarithm of x to a base: LOG(10, 1000) is 3."""

    def kernel(base: np.ndarray, x: np.ndarray) -> np.ndarray:
        ten, two = np.log10(x), np.log2(x)
        return np.where(base == 10, ten, np.where(base == 2, two, np.log(x) / np.log(base)))

    return _of_two(kernel, base, x)


@function("pi", least=0)
def pi(asked: Asked) -> Column:
    """The ratio of a circle's circumference to its diameter."""
    return Column("double", np.broadcast_to(np.float64(math.pi), asked.rows))


@function("random", least=0, steady=False)
def random(asked: Asked) -> Column:
    """A number from 0 to 1 for each row, another one each time."""
    return Column("double", np.random.default_rng(asked.context.seed or None).random(asked.rows))


@function("sign")
def sign(asked: Asked, x: Column) -> Column:
    """-1, 0 or 1."""
    return _of_one(np.sign, x)


@function("greatest", least=1, most=-1)
def greatest(asked: Asked, *columns: Column) -> Column:
    """The largest of some numbers, NULLs left out."""
    return _extreme(np.fmax, columns)


@function("least", least=1, most=-1)
def least(asked: Asked, *columns: Column) -> Column:
    """The smallest of some numbers, NULLs left out."""
    return _extreme(np.fmin, columns)


def _extreme(kernel: np.ufunc, columns: tuple[Column, ...]) -> Column:
    out = np.full(len(columns[0]), np.nan)
    for column in columns:
        if column.type != "null":
            out = kernel(out, np.where(column.unknown, np.nan, doubles(column)))
    return Column("double", out).masked(np.isnan(out))
