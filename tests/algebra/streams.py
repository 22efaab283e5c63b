"""Short ways to write streams in tests: points as pairs of a time in ms after some moment, and a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.algebra.registry import check_params, lookup
from apps.algebra.series import FLOAT, GAP, INT, TEXT, Samples, Series, SeriesKey
from apps.algebra.times import NS_PER_MS, parse_iso
from apps.algebra.transforms.stream_points import relabel

#: 2024-01-01T00:00:00Z
B = 1_704_067_200_000 * NS_PER_MS
Value = float | int | str | None
Points = list[tuple[int, Value]]


def samples(points: Sequence[tuple[int, Value]], base_ns: int = B) -> Samples:
    """Points ``(ms after the base, value)``: floats, ints, texts, None for the mark of a gap."""
    kinds, values, ints, texts = [], [], [], []
    for _, value in points:
        kind = {float: FLOAT, int: INT, str: TEXT}.get(type(value), GAP)
        kinds.append(kind)
        values.append(float(value) if isinstance(value, float | int) else np.nan)
        ints.append(value if isinstance(value, int) else 0)
        texts.append(value if isinstance(value, str) else None)
    times = np.array([base_ns + ms * NS_PER_MS for ms, _ in points], np.int64)
    if all(kind == FLOAT for kind in kinds):
        return Samples(times, np.array(values, np.float64))
    column = np.empty(len(texts), object)
    column[:] = texts
    return Samples(times, np.array(values), np.array(kinds, np.uint8), np.array(ints, np.int64), column)


def stored(points: Sequence[tuple[int, Value]], base_ns: int = B, /, **tags: str) -> Series:
    """A stored series of metric m and the default entity."""
    return Series(SeriesKey.of("m", "default", tags), samples(points, base_ns))


def stream(points: Sequence[tuple[int, Value]], base_ns: int = B, *, newest_first: bool = False) -> Series:
    """One stream; its points may share times if they stand in order."""
    times = [time for time, _ in points]
    assert times == sorted(times)
    texts = bool(points) and isinstance(points[0][1], str)
    (empty,) = call("merge_streams", (), name="m", newest_first=newest_first)
    one = empty.with_samples(samples(points, base_ns))
    kind = "text" if texts else "number"
    return relabel(one, type=kind, read_type=kind)


def call(function: str, given: Any, **params: Any) -> list[Series]:
    """A registered function with checked parameters, always as a list."""
    spec = lookup(function, "transform")
    check_params(spec, params)
    result = spec.function(given, **params)
    return [result] if isinstance(result, Series) else list(result)


def run(one: Series, *steps: tuple[str, dict[str, Any]]) -> Series:
    """A stream after a chain of functions that each give one stream."""
    for function, params in steps:
        (one,) = call(function, one, **params)
    return one


def shown(one: Series, base_ns: int = B) -> Points:
    """The points as a result shows them, in the order asked for: (ms after the base, value)."""
    held = one.samples
    out: Points = []
    for at in range(len(held)):
        kind = FLOAT if held.kinds is None else int(held.kinds[at])
        value: Value = float(held.values[at])
        if kind == INT:
            value = int(held.ints[at])
        elif kind == TEXT:
            value = held.texts[at]
        elif kind == GAP:
            value = None
        out.append(((int(held.times_ns[at]) - base_ns) // NS_PER_MS, value))
    newest_first = one.labels is not None and one.labels.newest_first
    return out[::-1] if newest_first else out


def at(text: str) -> int:
    """``2024-03-05T10:37:12`` (with or without what is missing at its end) in ns UTC."""
    return parse_iso(text + "2024-01-01T00:00:00"[len(text) :] + "Z")
