"""Picking the points of a chart out of a million, and encoding a figure's columns."""

from __future__ import annotations

import base64

import numpy as np
import orjson
from tsdownsample import M4Downsampler

from apps.algebra.series import Samples, Series, SeriesKey
from apps.figures.build import build
from apps.figures.encode import pairs_json, typed
from apps.figures.spec import ChartSpec, SeriesSpec
from apps.queries.chart_edges import picked
from tests.bench.table import Row, best_ms, paired_ms

MILLION = 1_000_000
WIDTH_PX = 1000


def _series() -> Series:
    times_ns = 1_527_120_000 * 10**9 + np.arange(MILLION) * 10**10
    values = np.random.default_rng(7).normal(100, 20, MILLION).round(3)
    return Series(SeriesKey.of("load", "host"), Samples(times_ns, values))


def rows() -> list[Row]:
    """The rows of this module."""
    whole = _series()
    start_ns, end_ns = int(whole.times_ns[0]), int(whole.times_ns[-1]) + 1
    m4 = M4Downsampler()
    ours, floor = paired_ms(
        lambda: picked(whole, WIDTH_PX, start_ns, end_ns),
        lambda: m4.downsample(whole.times_ns, whole.values, n_out=2 * WIDTH_PX),
    )
    reached = ours <= 3 * floor
    pick = Row("pick 2,000 of 1 M points", ours, "tsdownsample M4", floor, "<= 3 x (M4 as it is)", reached)
    return [pick, _columns(whole), _figure(picked(whole, WIDTH_PX, start_ns, end_ns)), _pairs(whole)]


def _columns(whole: Series) -> Row:
    column = whole.values[: 2 * WIDTH_PX].copy()
    ours, floor = paired_ms(lambda: typed(column), lambda: base64.b64encode(column.tobytes()))
    return Row("encode a column of 2,000 points", ours, "base64", floor, "<= 0.04 ms", ours <= 0.04)


def _figure(thin: Series) -> Row:
    series = SeriesSpec("load", ("load",), thin.times_ns, thin.values, samples_total=MILLION)
    window = (int(thin.times_ns[0]), int(thin.times_ns[-1]))
    spec = ChartSpec("chart", "Load", *window, "UTC", WIDTH_PX, (series,))
    ours = best_ms(lambda: build(spec), 21)
    return Row("build a figure of 2,000 points", ours, "fig.to_json", 0.9, "<= 0.9 ms", ours <= 0.9)


def _pairs(whole: Series) -> Row:
    matrix = np.column_stack((whole.times_ns // 10**6, whole.values))
    ours, floor = paired_ms(
        lambda: pairs_json(whole.times_ns, whole.values),
        lambda: orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY),
        repeats=5,
    )
    return Row("1 M exact samples as JSON pairs", ours, "orjson", floor, "<= 2 x orjson", ours <= 2 * floor)
