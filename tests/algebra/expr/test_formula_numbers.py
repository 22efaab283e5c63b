"""The worked examples of the charts language: two small inputs, every way to combine them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apps.algebra.periods import Period
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.transforms.formulas import formula
from apps.algebra.transforms.rate import rate
from apps.algebra.transforms.sample_formulas import filter_samples, replace_value
from apps.dialects.charts.formula import parse_formula

MINUTE_NS = 60 * 10**9
GAP = None


def series(points: dict[int, float], entity: str = "e", **tags: str) -> Series:
    times = [minute * MINUTE_NS for minute in points]
    return Series(SeriesKey.of("m", entity, tags), Samples.of(times, list(points.values())))


A = series({0: 10, 1: 14, 2: 11, 4: 20})
B = series({1: 1, 3: 3})


def minutes(result: Series) -> dict[int, float | None]:
    return {
        int(time // MINUTE_NS): None if math.isnan(value) else round(float(value), 6)
        for time, value in zip(result.times_ns, result.values, strict=True)
    }


def compute(text: str, fill: str = "linear", nulls: str = "zero", **inputs: tuple[Series, ...]):
    given = inputs or {"a": (A,), "b": (B,)}
    used = {name: sets for name, sets in given.items() if f"'{name}'" in text}
    (result,) = formula(
        tuple(used.values()),
        names=tuple(used),
        tree=parse_formula(text),
        text=text,
        start_ns=0,
        end_ns=10 * MINUTE_NS,
        fills=(fill,) * len(used),
        null_arithmetic=nulls,
    )
    return minutes(result)


# Rows of the table of worked examples; the first column shows what coercion of null to 0 makes.
EXAMPLES = [
    ("previous('a')", "linear", {1: 10, 2: 14, 4: 11}),
    ("value('a') - previous('a')", "linear", {0: 10, 1: 4, 2: -3, 4: 9}),
    ("value('a') / previous('a')", "linear", {0: GAP, 1: 1.4, 2: 0.785714, 4: 1.818182}),
    ("previous('a', 2)", "linear", {2: 10, 4: 14}),
    ("movavg('a', 3)", "linear", {2: 11.666667, 4: 15}),
    ("movavg('a', 3, 0)", "linear", {0: 10, 1: 12, 2: 11.666667, 4: 15}),
    ("value('a') + value('b')", "linear", {0: 10, 1: 15, 2: 13, 3: 18.5, 4: 20}),
    ("value('a') + value('b')", "previous", {0: 10, 1: 15, 2: 12, 3: 14, 4: 23}),
    ("value('a') + value('b')", "none", {0: 10, 1: 15, 2: 11, 3: 3, 4: 20}),
    ("value('a') * value('b')", "none", {0: 0, 1: 14, 2: 0, 3: 0, 4: 0}),
    (
        "var x = value('a'), y = value('b'); if (x != null && y != null) return x + y",
        "none",
        {0: GAP, 1: 15, 2: GAP, 3: GAP, 4: GAP},
    ),
]


@pytest.mark.parametrize(("text", "fill", "expected"), EXAMPLES)
def test_worked_examples_with_null_as_zero(text, fill, expected):
    assert compute(text, fill) == expected


# The same with missing operands missing: nothing where an operand lacks.
MISSING = [
    ("previous('a')", "linear", {1: 10, 2: 14, 4: 11}),
    ("previous('a', 2)", "linear", {2: 10, 4: 14}),
    ("movavg('a', 3)", "linear", {2: 11.666667, 4: 15}),
    ("movavg('a', 3, 0)", "linear", {0: 10, 1: 12, 2: 11.666667, 4: 15}),
    ("value('a') + value('b')", "none", {1: 15}),
    (
        "var x = value('a'), y = value('b'); if (x != null && y != null) return x + y",
        "none",
        {0: GAP, 1: 15, 2: GAP, 3: GAP, 4: GAP},
    ),
    ("value('a') - previous('a')", "linear", {1: 4, 2: -3, 4: 9}),
    ("value('a') / previous('a')", "linear", {1: 1.4, 2: 0.785714, 4: 1.818182}),
    ("value('a') + value('b')", "linear", {1: 15, 2: 13, 3: 18.5}),
    ("value('a') + value('b')", "previous", {1: 15, 2: 12, 3: 14, 4: 23}),
    ("value('a') * value('b')", "none", {1: 14}),
    ("Math.max(value('a'), value('b'))", "none", {1: 14}),
    ("value('b') == null ? 0 : value('b')", "none", {1: 1, 3: 3}),
    ("value('a') >= previous('a') ? 1 : 0", "linear", {0: 0, 1: 1, 2: 0, 4: 1}),
]


@pytest.mark.parametrize(("text", "fill", "expected"), MISSING)
def test_worked_examples_with_missing_operands_missing(text, fill, expected):
    result = compute(text, fill, "missing")
    if "== null" in text:  # only b is named, so only b's times are the grid
        assert result == expected
    else:
        assert result == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [(None, {1: 4, 2: -3, 4: 9}), (Period(0, "minute"), {1: 4, 2: -3, 4: 9}),
     (Period(1, "minute"), {1: 4, 2: -3, 4: 4.5})],
)  # fmt: skip
def test_worked_examples_of_rate(period, expected):
    assert minutes(rate(A, period=period, reset="keep")) == expected


def test_statistics_over_short_periods_cost_what_samples_cost():
    """Monthly samples of a lifetime, means of minutes: the minutes without samples are not made."""
    months = np.arange("1939-01", "2023-01", dtype="M8[M]").astype("M8[ns]").astype(np.int64)
    long = Series(SeriesKey.of("m", "e", {}), Samples(months, np.arange(len(months), dtype=float)))
    (result,) = formula(
        ((long,),), names=("a",), tree=parse_formula("avg('a')"), text="avg('a')",
        start_ns=int(months[0]), end_ns=int(months[-1]) + 1, fills=("linear",), null_arithmetic="missing",
    )  # fmt: skip
    assert result.times_ns.tolist() == months.tolist()
    assert result.values.tolist() == long.values.tolist()


def test_a_nan_sample_is_missing_and_not_filled_across():
    holed = series({0: 1, 1: math.nan, 2: 3})
    other = series({0: 1, 1: 1, 2: 1, 3: 1})
    result = compute("value('a') + value('b')", nulls="missing", a=(holed,), b=(other,))
    assert result == {0: 2, 2: 4}


def test_undefined_interrupts_the_line_and_null_does_not():
    assert compute("if (value('a') > 10) return value('a')") == {0: GAP, 1: 14, 2: 11, 4: 20}
    assert compute("value('a') > 10 ? value('a') : null") == {1: 14, 2: 11, 4: 20}


def test_a_formula_without_aliases_is_a_constant_across_the_window():
    assert compute("40 + 2") == {0: 42, 10: 42}


def test_statistics_of_periods_alone_give_one_sample_per_period():
    long = series({0: 1, 3: 2, 5: 3, 9: 4})
    assert compute("first('a', '5 minute')", a=(long,)) == {0: 1, 5: 3}
    assert compute("last('a', '5 minute')", a=(long,)) == {0: 2, 5: 4}
    mixed = compute("value('a') - avg('a', '5 minute')", a=(long,))
    assert mixed == {0: -0.5, 3: 0.5, 5: -0.5, 9: 0.5}
    assert compute("percentile(100, 'a', '5 minute')", a=(long,)) == {0: 2, 5: 4}
    assert compute("delta('a', '5 minute')", a=(long,)) == {0: 1, 5: 2}


def test_wildcard_inputs_are_matched_on_entity_and_shared_tags():
    sizes = (series({0: 10}, "p1"), series({0: 20}, "p2"), series({0: 30}, "p3"))
    used = (series({0: 5}, "p2"), series({0: 5}, "p1"))
    results = formula(
        (used, sizes), names=("used", "size"), text="x", start_ns=0, end_ns=MINUTE_NS,
        tree=parse_formula("100 * value('used') / value('size')"),
    )  # fmt: skip
    assert [(one.key.entity, float(one.values[0])) for one in results] == [("p2", 25), ("p1", 50)]
    assert results[0].notes[0].code == "unmatched"
    assert results[0].notes[0].count == 1


def test_a_single_series_goes_with_every_member():
    many = (series({0: 10}, "p1"), series({0: 20}, "p2"))
    results = formula(
        (many, (series({0: 2}, "x"),)), names=("a", "b"), text="x", start_ns=0, end_ns=MINUTE_NS,
        tree=parse_formula("value('a') / value('b')"),
    )  # fmt: skip
    assert [float(one.values[0]) for one in results] == [5, 10]


def rewrite(text: str, values: list[float], nulls: str = "missing") -> list[float | None]:
    given = series(dict(enumerate(values)))
    result = replace_value(given, tree=parse_formula(text), text=text, null_arithmetic=nulls)
    return [None if math.isnan(value) else value for value in result.values.tolist()]


def test_replace_value_sees_the_raw_predecessor():
    tickets = [237, 402, 497, 1013, 704, 690, 429, 437]
    changes = [165, 95, 516, -309, -14, -261, 8]
    assert rewrite("value - previousValue", tickets) == changes
    assert rewrite("value - previousValue", tickets, "zero") == [237, *changes]
    assert rewrite("previousValue === null ? null : value - previousValue", tickets) == changes


def test_replace_value_hides_and_keeps_the_place():
    assert rewrite("value <= 2 ? null : value", [1, 3, 2, 4]) == [None, 3, None, 4]
    assert rewrite("(time - previousTime) / 1000", [1, 1, 1]) == [60, 60]
    assert rewrite("1 / value", [0, 2]) == [None, 0.5]


def test_filter_keeps_samples_for_which_the_condition_holds():
    given = series({0: 8, 1: 12, 90: 15, 91: math.nan})
    kept = filter_samples(given, expression=parse_formula("value > 10"))
    assert kept.values.tolist() == [12, 15]
    late = filter_samples(given, expression=parse_formula("date.hourOfDay >= 1"))
    assert len(late) == 2
    assert len(filter_samples(given, expression=parse_formula("date.timeOfDay < '00:01'"))) == 1


def test_long_columns_and_scalars_agree():
    values = np.array([-2.5, 2.5, 0.0, 7.0])
    given = series(dict(enumerate(values)))
    for text in ("Math.round(value)", "value % 3", "-value", "value ** 2", "value || 9", "!value"):
        tree = parse_formula(text)
        column = replace_value(given, tree=tree, text=text, null_arithmetic="zero").values
        alone = [
            replace_value(series({0: one}), tree=tree, text=text, null_arithmetic="zero").values[0]
            for one in values
        ]
        np.testing.assert_array_equal(column, alone)
