"""Comparisons of columns: what is NULL or NaN on either side makes the answer NULL."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from apps.errors import ArgumentFault
from apps.relations.casts import as_type, common_type, map_texts, numbers, texts, times
from apps.relations.columns import NUMBERS, Column, text_codes

__all__ = ["among", "boolean", "compare", "ranks"]

_OPERATORS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_TIMES = ("timestamp", "date")
_RECORDS = ("range", "interval", "summary")


def boolean(values: np.ndarray, unknown: np.ndarray | None) -> Column:
    """A boolean column; what is unknown is FALSE underneath, so that ``values`` alone filters rows."""
    if unknown is None or not unknown.any():
        return Column("boolean", values)
    return Column("boolean", values & ~unknown, unknown)


def compare(operator: str, left: Column, right: Column, zone: str = "UTC") -> Column:
    """``left operator right`` in the types that both have together.

    Texts compare by code point; against a number they are read as one, against a time as a date.
    """
    unknown = left.unknown | right.unknown
    if left.type == "null" or right.type == "null":
        return boolean(np.zeros(len(left), bool), np.ones(len(left), bool))
    if left.type == right.type == "varchar":
        return boolean(_compare_texts(operator, left, right), unknown)
    if left.type in _RECORDS or right.type in _RECORDS:
        return boolean(_compare_records(operator, left, right), unknown)
    left, right = _aligned(left, right, zone)
    if left.type == "varchar":
        return boolean(_compare_texts(operator, left, right), unknown)
    with np.errstate(invalid="ignore"):
        result = _OPERATORS[operator](left.values, right.values)
    return boolean(result, left.unknown | right.unknown)


def _aligned(left: Column, right: Column, zone: str) -> tuple[Column, Column]:
    """Both sides in one type whose values compare by themselves."""
    kinds = {left.type, right.type}
    if kinds & set(_TIMES) and kinds <= {*_TIMES, "varchar"}:
        return times(left, zone), times(right, zone)
    if kinds & set(NUMBERS) or kinds & set(_TIMES):
        return numbers(left), numbers(right)
    if kinds == {"boolean"}:
        return left, right
    return texts(left), texts(right)


def _compare_texts(operator: str, left: Column, right: Column) -> np.ndarray:
    if operator in ("=", "!=") and (left.folded or right.folded):
        left, right = map_texts(left, str.lower), map_texts(right, str.lower)
    swapped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    if left.is_constant and not right.is_constant:
        left, right, operator = right, left, swapped.get(operator, operator)
    if len(left) == 0:
        return np.zeros(0, bool)
    if right.is_constant:
        # A literal is compared with the distinct texts only.
        coded, literal = text_codes(left), right.texts[0]
        hits = _OPERATORS[operator](coded.dictionary, literal if literal is not None else "")
        return np.asarray(hits, bool)[coded.values]
    left_ranks, right_ranks = ranks([left, right])
    return _OPERATORS[operator](left_ranks, right_ranks)


def ranks(columns: list[Column]) -> list[np.ndarray]:
    """Texts of several columns as numbers that stand in the order of code points."""
    coded = [text_codes(column) for column in columns]
    codes, distinct = pd.factorize(np.concatenate([column.dictionary for column in coded]))
    order = np.argsort(np.asarray(distinct, object), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    out, at = [], 0
    for column in coded:
        place = rank[codes[at : at + len(column.dictionary)]]
        out.append(place[column.values] if len(place) else np.zeros(len(column), np.int64))
        at += len(column.dictionary)
    return out


def _compare_records(operator: str, left: Column, right: Column) -> np.ndarray:
    if left.values.dtype != right.values.dtype or operator not in ("=", "!="):
        raise ArgumentFault(f"a {left.type} and a {right.type} don't compare with {operator}")
    # Records have no loop of their own among the comparing functions; the operator compares field by field.
    return (left.values == right.values) == (operator == "=")


def among(operand: Column, items: list[Column], zone: str = "UTC") -> Column:
    """``operand IN (items)``: one look-up where all items are texts or all are numbers, else one by one."""
    unknown = operand.unknown
    if not items:
        return boolean(np.zeros(len(operand), bool), None)
    if len(operand) and all(item.is_constant for item in items):
        known = [item for item in items if not item.unknown[0]]
        quick = _among_constants(operand, known)
        if quick is not None:
            doubtful = unknown if len(known) == len(items) else unknown | ~quick
            return boolean(quick, doubtful)
    found = np.zeros(len(operand), bool)
    doubtful = np.zeros(len(operand), bool)
    for item in items:
        one = compare("=", operand, item, zone)
        found |= one.values
        doubtful |= one.nulls
    return boolean(found, doubtful & ~found)


def _among_constants(operand: Column, items: list[Column]) -> np.ndarray | None:
    types = {item.type for item in items}
    if operand.type == "varchar" and types <= {"varchar"}:
        coded = map_texts(operand, str.lower) if operand.folded else text_codes(operand)
        wanted = {item.texts[0].lower() if operand.folded else item.texts[0] for item in items}
        hits = np.fromiter((text in wanted for text in coded.dictionary), bool, len(coded.dictionary))
        return hits[coded.values]
    if operand.type in NUMBERS and types <= set(NUMBERS):
        common = common_type([operand.type, *types])
        return np.isin(as_type(operand, common).values, [as_type(item, common).values[0] for item in items])
    return None
