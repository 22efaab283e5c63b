"""The body of ATSD's ``series: insert``: every item checked before anything is stored."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.dialects.atsd.incoming import (
    MAX_NAME_CHARS,
    MAX_TIME_MS,
    exact_integer,
    fold_entity,
    fold_metric,
    fold_tags,
    in_order,
    parse_iso_ns,
    parse_number,
    storable_ns,
    text_of,
)
from apps.errors import ArgumentFault, TsError

__all__ = ["JSON_MAPPING", "FailedItem", "InsertRejected", "parse_insert"]

#: Jackson's name, which ATSD puts before the message when a JSON value can't be bound.
JSON_MAPPING = "com.fasterxml.jackson.databind.JsonMappingException"
MAX_REPORTED = 100
MAX_TEXT_CHARS = 64 * 1024
_NS_PER_MS = 1_000_000
_UNIFORM_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z", re.ASCII)
_NUMBERS = frozenset({int, float})
_NUMBERS_OR_NULL = frozenset({int, float, type(None)})


@dataclass(frozen=True, slots=True)
class FailedItem:
    """Where in the body, as ``[2].data[7].t``, and why."""

    path: str
    fault: TsError


class InsertRejected(ArgumentFault):
    """At least one item is wrong, so nothing of the request is stored; ``items`` lists them."""

    code = "insert-rejected"

    def __init__(self, items: list[FailedItem], count: int) -> None:
        first = items[0].fault
        super().__init__(first.message, hint=first.hint, data=first.data)
        self.items = items
        self.failed_count = count


def parse_insert(body: Any) -> list[tuple[SeriesKey, Samples]]:
    """Series keys with their samples; InsertRejected names everything that is wrong (at most 100 places).

    A forecast gives two series: its values, and their deviations ("s"), which are NaN where none is given.
    """
    items = [body] if isinstance(body, Mapping) else body
    if not isinstance(items, list):
        raise ArgumentFault("the body must be an array of series", code="bad-type")
    accepted: list[tuple[SeriesKey, Samples]] = []
    failed: list[FailedItem] = []
    count = 0
    for index, item in enumerate(items):
        problems: list[FailedItem] = []
        parsed = _parse_item(item, f"[{index}]", problems)
        if not parsed:
            count += 1
            failed.extend(problems[: MAX_REPORTED - len(failed)])
        accepted.extend(parsed)
    if failed:
        raise InsertRejected(failed, count)
    return accepted


def _parse_item(item: Any, path: str, problems: list[FailedItem]) -> list[tuple[SeriesKey, Samples]]:
    """What an item stores: one series, and of a forecast its deviations too; nothing when it is wrong."""
    if not isinstance(item, Mapping):
        problems.append(FailedItem(path, ArgumentFault("a series must be an object", code="bad-type")))
        return []
    folded: dict[str, Any] = {}
    for name, fold in (("entity", fold_entity), ("metric", fold_metric), ("tags", fold_tags)):
        try:
            folded[name] = fold(item.get(name))
        except TsError as fault:
            problems.append(FailedItem(f"{path}.{name}", fault))
    forecast = None
    try:
        forecast = _forecast(item)
    except TsError as fault:
        problems.append(FailedItem(f"{path}.{fault.data.get('field', 'type')}", fault))
    samples = _parse_data(item.get("data"), f"{path}.data", problems)
    if problems or samples is None:
        return []
    key = SeriesKey(folded["metric"], folded["entity"], folded["tags"], forecast)
    if forecast is None:
        return [(key, samples)]
    deviations = _parse_deviations(item["data"], samples, f"{path}.data", problems)
    if deviations is None:
        return []
    return [(key, samples), (key._replace(forecast=("FORECAST_DEVIATION", forecast[1])), deviations)]


def _forecast(item: Mapping[str, Any]) -> tuple[str, str] | None:
    """Which forecast the samples belong to; None for measured ones."""
    kind = item.get("type")
    folded = kind.upper() if isinstance(kind, str) else "HISTORY" if kind is None else ""
    if folded == "FORECAST_DEVIATION":
        raise ArgumentFault(
            "type must be HISTORY or FORECAST",
            code="bad-type",
            hint='deviations are sent as "s" of the samples of a FORECAST',
        )
    if folded not in ("HISTORY", "FORECAST"):
        raise ArgumentFault("type must be HISTORY or FORECAST", code="bad-type")
    if folded == "HISTORY":
        return None
    name = item.get("forecastName")
    try:
        return folded, text_of("forecastName", "" if name is None else name, MAX_NAME_CHARS)
    except TsError as fault:
        fault.data["field"] = "forecastName"
        raise


def _parse_deviations(
    data: list, samples: Samples, path: str, problems: list[FailedItem]
) -> Samples | None:
    """The standard deviations of a forecast, at the times of its samples."""
    if not any(sample.get("s") is not None for sample in data):
        return Samples(samples.times_ns, np.full(len(samples), np.nan))
    times, values = np.zeros(len(data), np.int64), np.zeros(len(data), np.float64)
    for at, sample in enumerate(data):
        try:
            times[at] = _time_ns(sample)
            values[at], _ = _number(sample.get("s"), "s")
        except TsError as fault:
            if len(problems) >= MAX_REPORTED:
                break
            problems.append(FailedItem(f"{path}[{at}].s", fault))
    return None if problems else in_order(times, values, {}, {})


def _parse_data(data: Any, path: str, problems: list[FailedItem]) -> Samples | None:
    if not isinstance(data, list) or not data:
        problems.append(FailedItem(path, ArgumentFault("No data", code="no-data")))
        return None
    return _fast_columns(data) or _slow_columns(data, path, problems)


def _fast_columns(data: list) -> Samples | None:
    """Whole columns at once when every sample is a time and a number; None when any needs a closer look."""
    if any(type(sample) is not dict or len(sample) != 2 or "v" not in sample for sample in data):
        return None
    values = [sample["v"] for sample in data]
    types = set(map(type, values))
    times_ns = _fast_times(data)
    if times_ns is None or not types <= _NUMBERS_OR_NULL:
        return None
    try:
        # NumPy reads None as NaN here.
        column = np.array(values, np.float64)
    except (OverflowError, ValueError, TypeError):
        return None
    if bool(np.any(np.isinf(column))):
        return None
    integers = {}
    if int in types:
        for at in np.flatnonzero(np.abs(column) >= 2**53).tolist():
            if type(values[at]) is int and (exact := exact_integer(values[at])) is not None:
                integers[at] = exact
    return in_order(times_ns, column, integers, {})


def _fast_times(data: list) -> np.ndarray | None:
    if all("t" in sample for sample in data):
        times = [sample["t"] for sample in data]
        if not set(map(type, times)) <= _NUMBERS:
            return None
        try:
            times_ms = np.rint(np.array(times, np.float64))
        except (OverflowError, ValueError):
            return None
        # Milliseconds that ATSD stores are far below 2^53: float64 holds each of them.
        if not bool(np.all((times_ms >= 0) & (times_ms <= MAX_TIME_MS))):
            return None
        return times_ms.astype(np.int64) * _NS_PER_MS
    texts = [sample.get("d") for sample in data]
    if not all(type(text) is str and _UNIFORM_ISO.fullmatch(text) for text in texts):
        return None
    try:
        stamps = np.array([text[:-1] for text in texts], "datetime64[ms]").astype(np.int64)
    except ValueError:
        return None
    if not bool(np.all((stamps >= 0) & (stamps <= MAX_TIME_MS))):
        return None
    return stamps * _NS_PER_MS


def _slow_columns(data: list, path: str, problems: list[FailedItem]) -> Samples | None:
    times, values = np.zeros(len(data), np.int64), np.zeros(len(data), np.float64)
    integers: dict[int, int] = {}
    texts: dict[int, str] = {}
    for at, sample in enumerate(data):
        field = ""
        try:
            if not isinstance(sample, Mapping):
                raise ArgumentFault("a sample must be an object", code="bad-type")
            field = ".t" if sample.get("t") is not None else ".d"
            times[at] = _time_ns(sample)
            field = ".x"
            text = sample.get("x")
            if isinstance(text, int | float):
                text = json.dumps(text)
            if text is not None:
                texts[at] = text_of("x", text, MAX_TEXT_CHARS)
            field = ".v"
            values[at], integer = _value(sample)
            if integer is not None:
                integers[at] = integer
        except TsError as fault:
            if len(problems) >= MAX_REPORTED:
                break
            problems.append(FailedItem(f"{path}[{at}]{field}", fault))
    return None if problems else in_order(times, values, integers, texts)


def _time_ns(sample: Mapping[str, Any]) -> int:
    time, date = sample.get("t"), sample.get("d")
    if time is not None:
        if isinstance(time, str) and re.fullmatch(r"\s*-?[0-9]{1,20}\s*", time):
            time = int(time)
        if isinstance(time, bool) or not isinstance(time, int | float) or time != time:
            raise ArgumentFault("t must be a number of milliseconds", code="bad-type")
        if math.isinf(time):
            raise ArgumentFault(f"Too large timestamp. Max allowed value is {MAX_TIME_MS}")
        return storable_ns(round(time))
    if date is None:
        raise ArgumentFault("Timestamp is missing: give t or d", code="no-time")
    if not isinstance(date, str):
        raise ArgumentFault("d must be a date text", code="bad-type", data={"exception": JSON_MAPPING})
    time_ns = parse_iso_ns(date)
    if time_ns is None:
        raise ArgumentFault(_why_no_date(date), code="bad-time", data={"exception": JSON_MAPPING})
    return storable_ns(time_ns // _NS_PER_MS)


def _why_no_date(text: str) -> str:
    """The first character that is not as expected, in the words of ATSD's reader."""
    for at, separator in ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")):
        if len(text) <= at:
            return f"Expected '{separator}' character but found end of text at position {at}"
        if text[at] != separator:
            found = text[at] if text[at].isprintable() else "·"
            return f"Expected '{separator}' character but found '{found}' at position {at}"
    return f"Failed to parse date '{text[:40]}': a date is written 2031-04-05T06:07:08.009Z"


def _value(sample: Mapping[str, Any]) -> tuple[float, int | None]:
    if sample.get("v") is None and "v" not in sample and sample.get("x") is None:
        raise ArgumentFault("v is missing", code="no-value")
    return _number(sample.get("v"), "v")


def _number(value: Any, name: str) -> tuple[float, int | None]:
    if value is None:
        return math.nan, None
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ArgumentFault(f"{name} must be a number", code="bad-type")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise ArgumentFault(f"{name} is too large for a number", code="bad-number")
    return number, exact_integer(value) if isinstance(value, int) else None
