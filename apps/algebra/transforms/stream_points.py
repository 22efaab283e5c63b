"""The points of a stream as its functions want them: numbers without marks, in the order asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from apps.algebra.series import GAP, INT, TEXT, Samples, Series
from apps.algebra.streams import StreamLabels, StreamType

__all__ = [
    "count_samples", "is_text", "numbers", "points", "relabel", "stream_labels", "walked", "with_points",
]  # fmt: skip


def stream_labels(series: Series) -> StreamLabels:
    """The labels of a stream; of a plain series those it would have as a stream of its own."""
    if series.labels is not None:
        return series.labels
    kinds = series.samples.kinds
    text = kinds is not None and len(kinds) > 0 and bool(np.all(kinds == TEXT))
    kind: StreamType = "text" if text else "number"
    tags = tuple((name, (value,)) for name, value in series.key.tags)
    return StreamLabels(series.key.metric, series.key.metric, tags, kind, kind)


def relabel(series: Series, **changes: Any) -> Series:
    """The same points with some labels changed."""
    return replace(series, labels=replace(stream_labels(series), **changes))


def is_text(series: Series) -> bool:
    """Whether the points are texts, which numeric functions leave alone."""
    return stream_labels(series).type == "text"


def points(series: Series) -> Samples:
    """The points with all their columns, without the marks of gaps."""
    samples = series.samples
    if samples.kinds is None:
        return samples
    marked = samples.kinds == GAP
    return samples.take(~marked) if marked.any() else samples


def numbers(series: Series) -> Samples | None:
    """Times and values as doubles, without the marks of gaps; None for texts."""
    return None if is_text(series) else points(series).plain()


def with_points(
    series: Series, times_ns: np.ndarray, values: np.ndarray, summaries: np.ndarray | None = None
) -> Series:
    """The stream with computed points, type double, and what they can be merged from."""
    return series.with_samples(Samples(times_ns, values, summaries=summaries))


def walked(series: Series) -> slice:
    """The slice that walks the points in the order asked for, and back again."""
    return slice(None, None, -1) if stream_labels(series).newest_first else slice(None)


def count_samples(times_ns: np.ndarray, counts: np.ndarray) -> Samples:
    """Whole numbers as points of type long."""
    whole = np.asarray(counts, np.int64)
    kinds = np.full(len(whole), INT, np.uint8)
    return Samples(times_ns, whole.astype(np.float64), kinds, whole)
