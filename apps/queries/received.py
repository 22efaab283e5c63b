"""Checks of incoming samples that need the catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.catalog.selectors import catalog
from apps.errors import ArgumentFault

__all__ = ["has_decimals", "refuse_long_decimals"]


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
