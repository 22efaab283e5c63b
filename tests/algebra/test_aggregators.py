"""Statistics over index ranges: precision, empty and overlapping ranges, decimals, names."""

from __future__ import annotations

import numpy as np
import pytest

from apps.algebra.aggregators import STATISTICS, Statistic, known_samples, summarise, summarise_grid
from apps.algebra.buckets import reduce_ranges
from apps.algebra.periods import Grid
from apps.algebra.registry import functions, lookup
from apps.errors import ArgumentFault, UnknownName

ALL = [Statistic(name, 90.0 if name == "percentile" else None) for name in STATISTICS if name != "detail"]
LIMITS = {"threshold_max": 8.0}


def over(values: list[float], lo: list[int], hi: list[int], **context: object) -> dict[str, list[float]]:
    column = np.array(values)
    times = np.arange(len(column), dtype=np.int64) * 10**9
    given = {
        "times_ns": times,
        "starts_ns": np.array([times[a] if a < len(times) else 0 for a in lo], np.int64),
        "ends_ns": np.array([10**9 * max(b, a + 1) for a, b in zip(lo, hi, strict=True)], np.int64),
        **LIMITS,
        **context,
    }
    found = summarise(ALL, column, np.array(lo), np.array(hi), context=given)
    return {str(one): result.tolist() for one, result in found.items()}


def test_small_values_after_large_ones() -> None:
    values = np.concatenate([np.full(1000, 1e9), np.full(10, 0.001)])
    lo, hi = np.array([0, 1000]), np.array([1000, 1010])
    found = summarise([Statistic("avg"), Statistic("sum")], values, lo, hi)
    assert found[Statistic("avg")][1] == pytest.approx(0.001, rel=1e-15)
    assert found[Statistic("sum")].tolist() == [1e12, pytest.approx(0.01, rel=1e-15)]


def test_ranges_may_be_empty_leave_gaps_and_overlap() -> None:
    column = np.array([1.0, 2.0, 4.0, 8.0])
    lo, hi = np.array([0, 1, 1, 3, 0, 4]), np.array([2, 4, 1, 4, 4, 4])
    got = reduce_ranges(np.add, column, lo, hi)
    assert np.array_equal(got, [3.0, 14.0, np.nan, 8.0, 15.0, np.nan], equal_nan=True)


@pytest.mark.parametrize("name", [str(one) for one in ALL])
def test_an_empty_range_has_no_value(name: str) -> None:
    assert np.isnan(over([4.0, 10.0, 7.0], [0, 2, 3], [2, 2, 3])[name][1:]).all()


def test_one_sample() -> None:
    found = over([4.0], [0], [1])
    lone = {name: values[0] for name, values in found.items()}
    without = {name for name, value in lone.items() if np.isnan(value)}
    assert without == {"delta", "counter", "slope", "intercept"}
    assert [lone[name] for name in ("min", "avg", "median", "percentile(90)", "wavg", "wtavg")] == [4.0] * 6
    assert lone["standard_deviation"] == lone["median_abs_dev"] == 0.0


def test_without_carry_a_range_stands_alone() -> None:
    found = over([4.0, 10.0, 7.0, 12.0], [0, 2], [2, 4], carry=False)
    assert found["delta"] == [6.0, 5.0] and found["counter"] == [6.0, 5.0]
    carried = over([4.0, 10.0, 7.0, 12.0], [0, 2], [2, 4])
    assert carried["delta"] == [6.0, 2.0] and carried["counter"] == [6.0, 12.0]


def test_infinite_values_do_not_break_anything() -> None:
    found = over([np.inf, 1.0, -np.inf, 2.0], [0, 2], [2, 4])
    assert found["max"] == [np.inf, 2.0] and found["min"] == [1.0, -np.inf]
    assert found["median"] == [np.inf, -np.inf]


@pytest.mark.parametrize(
    ("values", "total"),
    [([0.1, 0.2, 0.3], 0.6), ([0.7, 0.1, 0.1], 0.9), ([1.1, 2.2, 3.3], 6.6), ([1e15, 0.5], 1e15 + 0.5),
     ([1 / 3, 1 / 3], 2 / 3), ([np.inf, 0.1], np.inf)],
)  # fmt: skip
def test_decimals_show_no_binary_noise(values: list[float], total: float) -> None:
    lo, hi = np.array([0]), np.array([len(values)])
    found = summarise([Statistic("sum"), Statistic("count")], np.array(values), lo, hi, decimal=True)
    assert found[Statistic("sum")][0] == total
    assert found[Statistic("count")][0] == len(values)


def test_missing_values_are_left_out_and_counted() -> None:
    times, values = np.arange(4, dtype=np.int64), np.array([1.0, np.nan, 3.0, np.nan])
    grid = Grid.of_edges(np.array([0, 2, 4]))
    for names in (("sum",), ("count",), ("last", "max")):
        found, sizes, missing = summarise_grid([Statistic(name) for name in names], times, values, grid)
        assert sizes.tolist() == [1, 1] and missing == 2
        assert not np.isnan(found[Statistic(names[0])]).any()


def test_nothing_is_copied_when_nothing_is_missing() -> None:
    times, values = np.arange(4, dtype=np.int64), np.arange(4.0)
    assert known_samples(times, values)[1] is values


def test_names_are_checked() -> None:
    with pytest.raises(UnknownName) as caught:
        Statistic("averag")
    assert "statistics:" in (caught.value.hint or "") or "did you mean" in (caught.value.hint or "")
    with pytest.raises(ArgumentFault):
        Statistic("percentile", 101)
    with pytest.raises(ArgumentFault):
        Statistic("percentile")
    with pytest.raises(ArgumentFault):
        Statistic("avg", 3)


def test_every_statistic_has_its_kernel() -> None:
    assert {spec.name for spec in functions("aggregator")} == {one.name for one in ALL}
    assert lookup("min", "aggregator").shape == "kernel"
    with pytest.raises(UnknownName):
        lookup("min", "transform")
