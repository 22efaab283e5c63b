"""Series as CSV: one line per sample, a header with the tags' plain names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from apps.algebra.series import INT, Series
from apps.algebra.times import NS_PER_MS, format_iso_ms

__all__ = ["render_csv"]

BLOCK = 16_384


def render_csv(found: Sequence[Series], columns: Sequence[str]) -> Iterator[bytes]:
    """Lines in blocks. A missing value is an empty cell."""
    yield _lines([[name.removeprefix("t:") for name in columns]])
    for series in found:
        for start in range(0, len(series), BLOCK):
            part = series.with_samples(series.samples.take(slice(start, start + BLOCK)))
            yield _lines(zip(*(_column(part, name) for name in columns), strict=True))


def _lines(rows) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _column(series: Series, name: str) -> Sequence[object]:
    key, count = series.key, len(series)
    match name:
        case "time":
            return (series.times_ns // NS_PER_MS).tolist()
        case "date":
            return format_iso_ms(series.times_ns)
        case "entity":
            return [key.entity] * count
        case "metric":
            return [key.metric] * count
        case "value":
            return _values(series)
    return [key.tag_map.get(name[2:], "")] * count


def _values(series: Series) -> list[object]:
    values: list[object] = series.values.tolist()
    for at in np.flatnonzero(~np.isfinite(series.values)).tolist():
        values[at] = ""
    samples = series.samples
    if samples.kinds is not None and samples.ints is not None:
        for at in np.flatnonzero(samples.kinds == INT).tolist():
            values[at] = int(samples.ints[at])
    return values
