"""The body of ATSD's CSV insert: a time column, then one column for each metric of one entity."""

from __future__ import annotations

import csv
import io
import re

from apps.algebra.series import Samples, SeriesKey
from apps.dialects.atsd.incoming import (
    Received,
    columns_of,
    fold_metric,
    parse_iso_ns,
    parse_number,
    storable_ns,
)
from apps.errors import ArgumentFault, TsError

__all__ = ["parse_csv"]

MAX_COLUMNS = 10_000
_MILLIS = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_BLANKS = re.compile(r"\s+")


def parse_csv(text: str, entity: str, tags: tuple[tuple[str, str], ...]) -> list[tuple[SeriesKey, Samples]]:
    """Samples of every metric column; ArgumentFault names the line (from 1) and column that is wrong."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = next(lines, [])
        time_column, metrics = _read_header(header)
        columns: list[list[Received]] = [[] for _ in metrics]
        for row in lines:
            if any(cell.strip() for cell in row):
                _read_row(row, lines.line_num, time_column, metrics, columns)
    except csv.Error as fault:
        raise ArgumentFault(f"line {lines.line_num}: {fault}", code="bad-csv") from None
    found = [
        (SeriesKey(metric, entity, tags), columns_of(rows))
        for metric, rows in zip(metrics, columns, strict=True)
        if rows
    ]
    if not found:
        raise ArgumentFault("No data", code="no-data")
    return found


def _read_header(header: list[str]) -> tuple[str, list[str]]:
    names = [name.strip() for name in header]
    if not any(names):
        raise ArgumentFault("Empty first row", code="no-header")
    if len(names) < 2:
        raise ArgumentFault("CSV must have at least 2 columns", code="no-metric")
    if len(names) > MAX_COLUMNS:
        raise ArgumentFault(f"{len(names)} columns, more than {MAX_COLUMNS}", code="too-many-columns")
    time_column = names[0].lower()
    if time_column not in ("time", "date"):
        raise ArgumentFault(
            f"the first column must be time or date, not '{names[0][:40]}'", code="bad-header"
        )
    metrics = [fold_metric(_BLANKS.sub("_", name)) for name in names[1:]]
    if len(set(metrics)) < len(metrics):
        twice = next(name for name in metrics if metrics.count(name) > 1)
        raise ArgumentFault(f"the metric '{twice[:60]}' has two columns", code="bad-header")
    return time_column, metrics


def _read_row(
    row: list[str],
    line: int,
    time_column: str,
    metrics: list[str],
    columns: list[list[Received]],
) -> None:
    if len(row) > len(metrics) + 1:
        raise ArgumentFault(
            f"line {line} has {len(row)} cells, the first line {len(metrics) + 1}", code="bad-csv"
        )
    place = f"line {line}, {time_column}"
    try:
        time_ns = _read_time(row[0].strip(), time_column)
        for metric, rows, cell in zip(metrics, columns, row[1:], strict=False):
            place = f"line {line}, {metric[:60]}"
            if cell.strip():
                value, integer = parse_number(cell)
                rows.append(Received(time_ns, value, integer))
    except TsError as fault:
        if fault.message.startswith(("Negative timestamp", "Too large timestamp")):
            raise
        raise ArgumentFault(f"{place}: {fault.message}", code=fault.code) from None


def _read_time(cell: str, time_column: str) -> int:
    if time_column == "time":
        if _MILLIS.fullmatch(cell) is None:
            raise ArgumentFault(f"'{cell[:40]}' is not a time in milliseconds", code="bad-time")
        return storable_ns(round(float(cell)) if "." in cell else int(cell))
    time_ns = parse_iso_ns(cell)
    if time_ns is None:
        raise ArgumentFault(f"'{cell[:40]}' is not a date such as 2031-04-05T06:00:00Z", code="bad-time")
    return storable_ns(time_ns // 1_000_000)
