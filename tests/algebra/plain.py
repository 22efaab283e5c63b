"""The same functions as plain loops over lists: slow, obvious, and what the fast ones are held to."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from apps.algebra.series import Samples, Series, SeriesKey

NS = 1_000_000_000
Pairs = list[tuple[int, float]]

VALUES = st.one_of(
    st.integers(-50, 50).map(float), st.floats(-1e6, 1e6, allow_subnormal=False), st.just(math.nan)
)


@st.composite
def series(draw: st.DrawFn, entity: str = "a", max_size: int = 25) -> Series:
    times = draw(st.lists(st.integers(0, 300), max_size=max_size, unique=True))
    values = draw(st.lists(VALUES, min_size=len(times), max_size=len(times)))
    return Series(SeriesKey("m", entity), Samples.of([t * NS for t in sorted(times)], values))


def pairs(one: Series) -> Pairs:
    return list(zip(one.times_ns.tolist(), one.values.tolist(), strict=True))


def known(samples: Pairs) -> Pairs:
    return [(t, v) for t, v in samples if not math.isnan(v)]


def same(got: Pairs, wanted: Pairs) -> bool:
    return [t for t, _ in got] == [t for t, _ in wanted] and all(
        (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)
        for (_, a), (_, b) in zip(got, wanted, strict=True)
    )


def plain_rate(samples: Pairs, period_ns: int | None, reset: str, wrap_at: float) -> Pairs:
    out = []
    held = known(samples)
    for (t0, v0), (t1, v1) in pairwise(held):
        change = v1 - v0
        if change < 0 and reset == "drop":
            continue
        if change < 0 and reset == "zero":
            change = v1
        if change < 0 and reset == "wrap" and v1 - v0 < 0:
            change += wrap_at
            if change < 0:
                continue
        out.append((t1, change if period_ns is None else change * period_ns / (t1 - t0)))
    return out


def plain_statistic(name: str, values: list[float], before: float | None) -> float | None:
    n = len(values)
    if name in ("delta", "counter"):
        walk = ([] if before is None else [before]) + values
        if len(walk) < 2:
            return None
        if name == "delta":
            return walk[-1] - walk[0]
        steps = [b - a if b >= a else b for a, b in pairwise(walk)]
        return math.fsum(steps)
    mean = math.fsum(values) / n
    ordered = sorted(values)
    if name == "percentile":
        return plain_percentile(ordered, 37.5)
    if name == "median_abs_dev":
        middle = plain_percentile(ordered, 50)
        return plain_percentile(sorted(abs(v - middle) for v in values), 50)
    table = {
        "min": min(values), "max": max(values), "sum": math.fsum(values), "avg": mean, "count": float(n),
        "first": values[0], "last": values[-1],
        "standard_deviation": math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(n - 1, 1)),
        "wavg": math.fsum(i * v for i, v in enumerate(values, 1)) / sum(range(1, n + 1)),
    }  # fmt: skip
    return table[name]


def plain_percentile(ordered: list[float], share_pct: float) -> float:
    position = Fraction(share_pct) * (len(ordered) + 1) / 100
    if position < 1:
        return ordered[0]
    if position >= len(ordered):
        return ordered[-1]
    k = math.floor(position)
    return ordered[k - 1] + float(position - k) * (ordered[k] - ordered[k - 1])


def plain_aggregate(samples: Pairs, name: str, step: int, start: int, end: int) -> Pairs:
    """Periods counted from 0, those that begin before the start discarded with their samples."""
    first = -(-start // step) * step
    out: Pairs = []
    before = None
    held = [(t, v) for t, v in known(samples) if max(start, first) <= t < end]
    for begin in range(first, end, step):
        values = [v for t, v in held if begin <= t < begin + step]
        if values:
            result = plain_statistic(name, values, before)
            before = values[-1]
            if result is not None:
                out.append((begin, result))
    return out


def plain_fill(results: Pairs, starts: list[int], mode: str, constant: float, extend: bool) -> Pairs:
    if not results:
        return []
    have = dict(results)
    out = []
    for t in starts:
        left = [r for r in results if r[0] < t]
        right = [r for r in results if r[0] > t]
        if t in have:
            out.append((t, have[t]))
        elif left and right and mode != "none":
            (ta, a), (tb, b) = left[-1], right[0]
            line = a + (b - a) * (t - ta) / (tb - ta)
            out.append((t, {"previous": a, "next": b, "value": constant, "linear": line}[mode]))
        elif extend and not (left and right):
            edge = left[-1][1] if left else right[0][1]
            out.append((t, constant if mode == "value" else edge))
    return out


def plain_interpolate(samples: Pairs, function: str, step: int, start: int, end: int, outer: bool) -> Pairs:
    held = known(samples)
    inside = [(t, v) for t, v in held if start <= t < end]
    if not inside:
        return []
    if outer:
        inside = [s for s in held if s[0] < start][-1:] + inside + [s for s in held if s[0] >= end][:1]
    out, finished = [], False
    for g in range(-(-start // step) * step, end, step):
        before = [s for s in inside if s[0] <= g]
        after = [s for s in inside if s[0] > g]
        if before and before[-1][0] == g:
            out.append(before[-1])
        elif before and after:
            (ta, a), (tb, b) = before[-1], after[0]
            out.append((g, a if function == "previous" else a + (b - a) * (g - ta) / (tb - ta)))
        elif before and function == "previous" and not finished:
            out.append((g, before[-1][1]))
            finished = True
    return out


def plain_group(
    members: list[Pairs], name: str, mode: str, constant: float, extend: bool, cut: bool
) -> Pairs:
    held = [known(one) for one in members if known(one)]
    union = sorted({t for one in held for t, _ in one})
    full = [plain_fill(one, union, mode, constant, extend) for one in held]
    if cut and full:
        low, high = max(one[0][0] for one in full), min(one[-1][0] for one in full)
        union = [t for t in union if low <= t <= high]
    out = []
    for t in union:
        values = [v for one in full for at, v in one if at == t]
        out.append((t, plain_statistic(name, values, None)))
    return out


def plain_smooth(samples: Pairs, name: str, count: int | None, interval: int | None, minimum: int) -> Pairs:
    window: Pairs = []
    out = []
    for t, v in samples:
        if math.isnan(v):
            out.append((t, v))
            continue
        window.append((t, v))
        if interval is not None:
            window = [s for s in window if s[0] > t - interval]
        if count is not None:
            window = window[-count:]
        if len(window) >= minimum:
            values = [value for _, value in window]
            if name == "wtavg":
                weights = [1 + (at - window[0][0]) / NS for at, _ in window]
                top = math.fsum(w * x for w, x in zip(weights, values, strict=True))
                out.append((t, top / math.fsum(weights)))
            else:
                out.append((t, plain_statistic(name, values, None)))
    return out
