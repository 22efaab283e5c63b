"""Rate and bucket statistics beside what NumPy's own loops cost."""

from __future__ import annotations

import numpy as np

from apps.algebra.aggregators import Statistic
from apps.algebra.periods import Period
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.transforms.aggregate import aggregate
from apps.algebra.transforms.pick import pick_points
from apps.algebra.transforms.rate import rate
from tests.bench.table import Row, paired_ms

HOUR_NS = 3_600_000_000_000
KEY = SeriesKey("requests", "web")


def _counter(count: int, resets: int) -> Series:
    """A counter every second with so many resets, made from a fixed seed."""
    random = np.random.default_rng(7)
    values = np.cumsum(random.integers(0, 100, count)).astype(np.float64)
    for at in np.sort(random.integers(1, count, resets)):
        values[at:] -= values[at]
    return Series(KEY, Samples(np.arange(count, dtype=np.int64) * 1_000_000_000, values))


def _row(name: str, ours_ms: float, floor_name: str, floor_ms: float, reach: float) -> Row:
    return Row(
        name, ours_ms, floor_name, floor_ms, f"<= {reach:g} x {floor_name}", ours_ms <= reach * floor_ms
    )


def _rates() -> list[Row]:
    smooth, broken = _counter(1_000_000, 0), _counter(1_000_000, 20)
    rows = []
    for name, series, reset in (
        ("rate of 1 M samples, plain", smooth, "drop"),
        ("rate of 1 M samples with resets from zero", broken, "zero"),
    ):
        ours, floor = paired_ms(
            lambda series=series, reset=reset: rate(series, reset=reset),
            lambda series=series: np.diff(series.values),
        )
        rows.append(_row(name, ours, "np.diff", floor, 2.5))
    return rows


def _buckets() -> Row:
    count = 10_000_000
    random = np.random.default_rng(8)
    series = Series(KEY, Samples(np.arange(count, dtype=np.int64) * 1_000_000_000, random.random(count)))
    statistics = tuple(Statistic(name) for name in ("min", "max", "sum", "count"))
    edges = np.arange(0, count, 3600)

    def floor() -> None:
        for ufunc in (np.minimum, np.maximum, np.add):
            ufunc.reduceat(series.values, edges)

    ours_ms, floor_ms = paired_ms(
        lambda: aggregate(
            series, statistics=statistics, period=Period(1, "hour"), start_ns=0, end_ns=count * 1_000_000_000
        ),
        floor,
        repeats=5,
    )
    return _row("10 M samples into 1 h buckets (min max sum count)", ours_ms, "reduceat", floor_ms, 2.0)


def _picks() -> Row:
    from tsdownsample import M4Downsampler

    series = _counter(1_000_000, 20)
    times, values = series.times_ns, series.values
    ours, floor = paired_ms(
        lambda: pick_points(series, width_px=1000, start_ns=0, end_ns=2**62),
        lambda: M4Downsampler().downsample(times, values, n_out=2000),
    )
    return _row("2,000 of 1 M points for a chart", ours, "M4", floor, 2.0)


def rows() -> list[Row]:
    return [*_rates(), _buckets(), _picks()]
