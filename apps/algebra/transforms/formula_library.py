"""The econometric library that configurations import, written with the functions of formulas.

Every function is null when an input is; ``now`` is the value at the grid time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.operators import arithmetic
from apps.algebra.expr.values import UNDEFINED
from apps.errors import ArgumentFault

__all__ = ["library_functions"]

Call = Callable[[Scope, list[Any]], Any]


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Arithmetic in which a missing operand is missing, whatever the mode of the formula."""
    return lambda *operands: arithmetic(function, True, *operands)


_difference = _quiet(np.subtract)
_share_pct = _quiet(lambda new, old: (new / old - 1) * 100)
_annual_pct = _quiet(lambda new, old: ((new / old) ** 12 - 1) * 100)
_log_pct = _quiet(lambda new, old: (np.log(new) - np.log(old)) * 100)
_log_annual_pct = _quiet(lambda new, old: (np.log(new) - np.log(old)) * 1200)
_index = _quiet(lambda new, base: np.where((base == 0) | np.isnan(base), np.nan, new / base * 100))
_log = _quiet(np.log)


def library_functions(library: str, series: Mapping[str, Call]) -> dict[str, Call]:
    """The functions of the library under the name it was imported as, over ``series`` functions."""

    def at(scope: Scope, alias: Any, date: Any) -> Any:
        if date is UNDEFINED:
            return series["value"](scope, [alias])
        return series["getValueForDate"](scope, [alias, date])

    def change(combine: Callable[..., Any], interval: str | None) -> Call:
        def call(scope: Scope, args: list[Any]) -> Any:
            alias, *rest = args or [UNDEFINED]
            span = interval
            if span is None:
                if not rest:
                    raise ArgumentFault("this function needs an interval", hint="such as '1 month'")
                span, *rest = rest
            if len(rest) > 1:  # a fixed date, and the date it is compared with
                new, old = (series["getValueForDate"](scope, [alias, date]) for date in rest[:2])
                return combine(new, old)
            now = series["value"](scope, [alias])
            return combine(now, series["getValueWithOffset"](scope, [alias, span]))

        return call

    def natural_log(scope: Scope, args: list[Any]) -> Any:
        alias, date = (*args, UNDEFINED, UNDEFINED)[:2]
        return _log(at(scope, alias, date))

    def index(scope: Scope, args: list[Any]) -> Any:
        alias, date = (*args, UNDEFINED, UNDEFINED)[:2]
        if date is UNDEFINED:
            raise ArgumentFault("Index needs a base date", hint="Index('a', '2010-01-01')")
        return _index(series["value"](scope, [alias]), series["getValueForDate"](scope, [alias, date]))

    def index_max(scope: Scope, args: list[Any]) -> Any:
        alias = (*args, UNDEFINED)[0]
        return _index(series["value"](scope, [alias]), series["getMaximumValue"](scope, [alias]))

    def value_for_date(scope: Scope, args: list[Any]) -> Any:
        return series["getValueForDate"](scope, args)

    offered: dict[str, Call] = {
        "MonthlyChange": change(_difference, "1 month"),
        "ChangeFromYearAgo": change(_difference, "1 year"),
        "ChangeByOffset": change(_difference, None),
        "MonthlyPercentChange": change(_share_pct, "1 month"),
        "PercentChangeFromYearAgo": change(_share_pct, "1 year"),
        "PercentChangeByOffset": change(_share_pct, None),
        "CompoundedAnnualRateOfChange": change(_annual_pct, "1 year"),
        "ContinuouslyCompoundedRateOfChange": change(_log_pct, "1 year"),
        "ContinuouslyCompoundedAnnualRateOfChange": change(_log_annual_pct, "1 year"),
        "NaturalLog": natural_log,
        "Index": index,
        "IndexMax": index_max,
        "ValueForDate": value_for_date,
    }
    return {f"{library}.{name}": function for name, function in offered.items()}
