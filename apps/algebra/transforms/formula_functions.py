"""The functions of formulas that name an alias, bound to the inputs of one result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.functions import date_text_ms
from apps.algebra.expr.references import PERIOD_FUNCTIONS
from apps.algebra.expr.values import UNDEFINED, Column, Moment, to_number, to_text
from apps.algebra.times import (
    NS_PER_MS,
)
from apps.algebra.transforms.formula_inputs import InputView, column_of
from apps.algebra.transforms.formula_intervals import DEFAULT_PERIOD, parse_interval, shift_times
from apps.errors import ArgumentFault

__all__ = ["series_functions"]

Views = Mapping[str, InputView]


def _view(views: Views, alias: Any) -> InputView:
    name = to_text(alias)
    view = views.get(name)
    if view is None:
        raise ArgumentFault(f"there is no input {name!r}", hint="name the alias as a plain text")
    return view


def _whole(value: Any, what: str) -> int:
    number = to_number(value) if not isinstance(value, Column) else math.nan
    if not number.is_integer() or not 0 <= number <= 10_000_000:
        raise ArgumentFault(f"{what} must be a whole number from 0 up")
    return int(number)


def _padded(args: list[Any], count: int) -> list[Any]:
    return [*args, *[UNDEFINED] * count][:count]


def _moving_average(view: InputView, scope: Scope, width: Any, least: Any) -> Column:
    if isinstance(width, str):
        window, _ = parse_interval(width)
        minimum = window if least is UNDEFINED else parse_interval(least)[0]
        return view.moving_average_over(window, minimum)
    count = _whole(width, "the number of samples")
    if count < 1:
        raise ArgumentFault("movavg needs at least one sample")
    scope.spend(view.rows * min(count, max(len(view.samples), 1)))
    return view.moving_average(count, count if least is UNDEFINED else _whole(least, "the minimum"))


def _date_ns(value: Any) -> int:
    if isinstance(value, Moment):
        value = value.time_ms
    time_ms = date_text_ms(value) if isinstance(value, str) else to_number(value)
    if not math.isfinite(time_ms) or abs(time_ms) > 9.2e12:
        raise ArgumentFault(f"{to_text(value)[:40]!r} is not a date", hint="write it as 2018-06-01")
    return int(time_ms) * NS_PER_MS


def _offset_column(view: InputView, interval: Any) -> Column:
    period, sign = parse_interval(interval)
    return view.cached(
        ("offset", period, sign),
        lambda: column_of(view.line_at(shift_times(view.grid_ns, period, -sign, view.zone))),
    )


def _fixed_value(view: InputView, date: Any) -> Any:
    value = float(view.line_at(np.array([_date_ns(date)], np.int64))[0])
    return None if math.isnan(value) else value


def _period_function(views: Views, name: str, kernel: str) -> Callable[[Scope, list[Any]], Any]:
    def call(scope: Scope, args: list[Any]) -> Any:
        if name == "percentile":
            share, alias, interval = _padded(args, 3)
            argument: float | None = to_number(share)
            if not 0 <= argument <= 100:
                raise ArgumentFault("a percentile lies between 0 and 100", hint="percentile(95, 'a')")
        else:
            alias, interval, limit = _padded(args, 3)
            argument = None if limit is UNDEFINED else to_number(limit)
        period = DEFAULT_PERIOD if interval is UNDEFINED else parse_interval(interval)[0]
        view = _view(views, alias)
        if not view.has_statistic(kernel, argument, period):
            scope.spend(4 * len(view.samples))
        return view.statistic(kernel, argument, period)

    return call


def series_functions(views: Views) -> dict[str, Callable[[Scope, list[Any]], Any]]:
    """The functions of formulas that name an alias, bound to the inputs."""

    def value(scope: Scope, args: list[Any]) -> Any:
        return _view(views, _padded(args, 1)[0]).value()

    def previous(scope: Scope, args: list[Any]) -> Any:
        alias, count = _padded(args, 2)
        back = 1 if count is UNDEFINED else _whole(count, "the second argument of previous")
        view = _view(views, alias)
        return view.value() if back == 0 else view.previous(back)

    def movavg(scope: Scope, args: list[Any]) -> Any:
        alias, width, least = _padded(args, 3)
        return _moving_average(_view(views, alias), scope, width, least)

    def offset(scope: Scope, args: list[Any]) -> Any:
        alias, interval = _padded(args, 2)
        return _offset_column(_view(views, alias), interval)

    def fixed(scope: Scope, args: list[Any]) -> Any:
        alias, date = _padded(args, 2)
        return _fixed_value(_view(views, alias), date)

    def maximum(scope: Scope, args: list[Any]) -> Any:
        return _view(views, _padded(args, 1)[0]).largest

    return {
        "value": value,
        "detail": value,
        "previous": previous,
        "movavg": movavg,
        "getValueWithOffset": offset,
        "getValueForDate": fixed,
        "getMaximumValue": maximum,
        **{name: _period_function(views, name, kernel) for name, kernel in PERIOD_FUNCTIONS.items()},
    }
