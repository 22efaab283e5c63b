"""Checks of incoming samples that need the catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.selectors import catalog
from apps.catalog.services import resolve_series
from apps.errors import ArgumentFault

__all__ = ["has_decimals", "refuse_long_decimals", "worth_storing"]


def worth_storing(items: Sequence[tuple[SeriesKey, Samples]]) -> list[tuple[SeriesKey, Samples]]:
    """The items without deviations that are all unknown, unless there are some to write over.

    A forecast that is sent again without deviations loses those that it had; one that never had any does
    not get a second series of nothing.
    """
    empty = [
        key
        for key, samples in items
        if key.forecast and key.forecast[0] == "FORECAST_DEVIATION" and np.isnan(samples.values).all()
    ]
    if not empty:
        return list(items)
    absent = {
        key
        for key, number in zip(empty, resolve_series(empty, create=False), strict=True)
        if number is None
    }
    # The same forecast may be there several times, once with deviations: then all of them count.
    known = {key for key, samples in items if not np.isnan(samples.values).all()}
    return [(key, samples) for key, samples in items if key not in absent or key in known]


def has_decimals(metrics: Iterable[str]) -> bool:
    """Whether any of these metrics keeps exact decimals."""
    return any(
        (info := catalog().metric(name)) is not None and info.data_type == "DECIMAL" for name in set(metrics)
    )


def refuse_long_decimals(raw: bytes) -> None:
    """ArgumentFault when a number for a DECIMAL metric has more digits than a 64-bit significand holds.

    Reads the body of an insert once more, as numbers that were read before have lost their digits.
    """
    body = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    for item in body if isinstance(body, list) else [body]:
        if not has_decimals([str(item["metric"]).lower()]):
            continue
        for sample in item["data"]:
            if _overflows(sample.get("v")):
                raise ArgumentFault("BigDecimal significand overflows the long type")


def _overflows(value: Any) -> bool:
    try:
        number = value if isinstance(value, Decimal) else Decimal(value or 0)
    except (InvalidOperation, TypeError, ValueError):
        return False
    if not number.is_finite():
        return False
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    return len(digits) > 19 or int(digits or "0") >= 2**63
