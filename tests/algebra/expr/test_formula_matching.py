"""Matching, missing values and zero divisors, each against a plain loop over the samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algebra.explain import explain
from apps.algebra.periods import Period
from apps.algebra.plan import Given, apply
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.source import MemorySource
from apps.algebra.transforms import formula_rows
from apps.algebra.transforms.formulas import formula
from apps.algebra.transforms.sample_formulas import replace_value
from apps.dialects.charts.formula import parse_formula

NS = 10**9
Pairs = dict[int, float]


def series(points: Pairs, entity: str = "e") -> Series:
    times = [second * NS for second in sorted(points)]
    return Series(SeriesKey.of("m", entity), Samples.of(times, [points[at] for at in sorted(points)]))


def run(text: str, a: Pairs, b: Pairs, **params: object) -> tuple[dict[int, float], dict[str, int]]:
    given_sets = {"a": (series(a),), "b": (series(b),)}
    used = {name: one for name, one in given_sets.items() if f"'{name}'" in text}
    (result,) = formula(
        tuple(used.values()), names=tuple(used), tree=parse_formula(text), text=text,
        start_ns=-(10**15), end_ns=10**15, **params,
    )  # fmt: skip
    pairs = zip(result.times_ns.tolist(), result.values.tolist(), strict=True)
    return {t // NS: v for t, v in pairs}, {note.code: note.count for note in result.notes}


def same(left: dict[int, float], right: dict[int, float]) -> bool:
    return left.keys() == right.keys() and all(
        (math.isnan(left[at]) and math.isnan(right[at])) or left[at] == right[at] for at in left
    )


POINTS = st.dictionaries(
    st.integers(0, 40), st.integers(-5, 5).map(float) | st.just(math.nan), max_size=12
)  # fmt: skip


def matched(rule: str, at: int, points: Pairs, limit: int | None) -> float:
    """The plain rule, one time and one input."""
    if rule == "exact":
        return points.get(at, math.nan)
    if rule == "grid":
        inside = [t for t in points if t // 10 == at // 10]
        return points[max(inside)] if inside else math.nan
    near = [t for t in points if rule == "nearest" or t <= at]
    near = [t for t in near if limit is None or abs(t - at) <= limit]
    best = min(near, key=lambda t: (abs(t - at), t), default=None)
    return math.nan if best is None else points[best]


def plain(rule: str, limit: int | None, missing: str, a: Pairs, b: Pairs) -> dict[int, float]:
    times = {"exact": {*a, *b}, "grid": {t // 10 * 10 for t in {*a, *b}}}.get(rule, set(a))
    out = {}
    for at in sorted(times):
        one, other = matched(rule, at, a, limit), matched(rule, at, b, limit)
        if math.isnan(other) and missing == "zero":
            other = 0.0
        if math.isnan(other) and missing == "last":
            clock = at + 9 if rule == "grid" else at
            known = [t for t in b if t <= clock and not math.isnan(b[t])]
            other = b[max(known)] if known else math.nan
        if math.isnan(one):
            continue  # no rule for a: the time is left out
        if math.isnan(other):
            if missing in ("gap", "last"):
                out[at] = math.nan
            continue
        out[at] = one + other
    return out


@settings(deadline=None, max_examples=150)
@given(
    POINTS, POINTS, st.sampled_from(["exact", "previous", "nearest", "grid"]),
    st.sampled_from([None, 3]), st.sampled_from(["", "zero", "last", "gap", "skip"]),
    st.sampled_from(["missing", "zero"]),
)  # fmt: skip
def test_rules_of_matching(
    a: Pairs, b: Pairs, rule: str, limit: int | None, missing: str, nulls: str
) -> None:
    period = Period(10, "second") if rule == "grid" else None if limit is None else Period(limit, "second")
    got, counts = run(
        "value('a') + value('b')", a, b, match=rule, match_period=period,
        missing=(("", None), (missing, None)), null_arithmetic=nulls,
    )  # fmt: skip
    limit = None if rule == "exact" else limit
    expected = plain(rule, limit, missing, a, b)
    assert same(got, expected)
    whole = plain(rule, limit, "", a, b)
    if missing in ("", "skip") and not any(math.isnan(one) for one in [*a.values(), *b.values()]):
        assert counts["matched"] == len(whole)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("", {1: 3.0, 2: 5.0}),
        ("gap", {1: 3.0, 2: 5.0, 3: math.nan, 4: math.nan}),
        ("zero", {1: 3.0, 2: 5.0, 3: 4.0, 4: 5.0}),
        ("last", {1: 3.0, 2: 5.0, 3: 6.0, 4: math.nan}),
        ("skip", {1: 3.0, 2: 5.0}),
    ],
)
def test_what_stands_for_a_missing_value_by_default_matching(missing: str, expected: Pairs) -> None:
    a, b = {1: 2.0, 2: 3.0, 3: 4.0, 4: 5.0}, {1: 1.0, 2: 2.0}
    limit = Period(1, "second") if missing == "last" else None
    got, _ = run("value('a') + value('b')", a, b, missing=(("", None), (missing, limit)))
    assert same(got, expected)


def test_an_input_without_samples_does_not_blank_the_answer() -> None:
    got, counts = run("value('a') + value('b')", {1: 2.0, 2: 3.0}, {}, missing=(("", None), ("zero", None)))
    assert got == {1: 2.0, 2: 3.0} and counts["assumed"] == 2 and "empty-input" in counts


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("infinite", {1: math.nan, 2: 1.5}), ("gap", {1: math.nan, 2: 1.5}), ("zero", {1: 0.0, 2: 1.5})],
)
def test_division_by_zero(rule: str, expected: Pairs) -> None:
    got, counts = run("value('a') / value('b')", {1: 2.0, 2: 3.0}, {1: 0.0, 2: 2.0}, division_by_zero=rule)
    assert same(got, expected) and counts["division-by-zero"] == 1


def test_an_explicit_gap_is_not_hidden_by_a_clamp() -> None:
    text = "Math.min(100, value('a') / value('b'))"
    free, _ = run(text, {1: 2.0}, {1: 0.0})
    told, _ = run(text, {1: 2.0}, {1: 0.0}, division_by_zero="gap")
    assert free == {1: 100.0} and math.isnan(told[1])


def test_members_without_a_partner_stay_where_a_missing_one_counts_as_zero() -> None:
    tree = parse_formula("value('a') + value('b')")
    sets = ((series({1: 1.0}, "x"), series({1: 2.0}, "y")), (series({1: 5.0}, "x"), series({1: 6.0}, "z")))
    found = formula(
        sets, names=("a", "b"), tree=tree, text="", start_ns=0, end_ns=10**15,
        missing=(("", None), ("zero", None)),
    )  # fmt: skip
    assert [(one.key.entity, one.values.tolist()) for one in found] == [("x", [6.0]), ("y", [2.0])]


FORMULAS = [
    "value('a') - previous('a')", "value('a') / value('b') * 100", "-(value('a') + 2) * value('b')",
    "value('a') / (value('b') - 1)", "value('a') / (1 / value('b'))", "previous('a', 3) - value('b')",
    "value('a') > 0 ? value('b') : previous('b')", "movavg('a', 3) - value('a')", "value('a') * 0 + 1",
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(FORMULAS), st.sampled_from(["missing", "zero"]),
    st.lists(st.integers(-3, 3).map(float) | st.just(math.nan), min_size=1, max_size=60),
    st.booleans(),
)  # fmt: skip
def test_blocks_change_nothing(text: str, nulls: str, values: list[float], apart: bool) -> None:
    a = {at: value for at, value in enumerate(values)}
    b = {at * (2 if apart else 1): value for at, value in enumerate(reversed(values))}
    whole = run(text, a, b, null_arithmetic=nulls)
    before = formula_rows.BLOCK, formula_rows.HEAD
    formula_rows.BLOCK, formula_rows.HEAD = 7, 2
    try:
        pieces = run(text, a, b, null_arithmetic=nulls)
    finally:
        formula_rows.BLOCK, formula_rows.HEAD = before
    assert same(whole[0], pieces[0]) and whole[1] == pieces[1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-3, 3).map(float) | st.just(math.nan), max_size=40))
def test_a_difference_by_blocks_is_that_of_a_loop(values: list[float]) -> None:
    before = formula_rows.BLOCK, formula_rows.HEAD
    formula_rows.BLOCK, formula_rows.HEAD = 5, 2
    try:
        text = "value - previousValue"
        got = replace_value(series(dict(enumerate(values))), tree=parse_formula(text), text=text)
    finally:
        formula_rows.BLOCK, formula_rows.HEAD = before
    expected = [values[at] - values[at - 1] for at in range(1, len(values))]
    assert np.array_equal(got.values, np.array(expected, np.float64), equal_nan=True)


@settings(deadline=None, max_examples=80)
@given(
    POINTS, POINTS, st.sampled_from(["fill", "exact", "previous", "nearest", "grid"]),
    st.sampled_from(["", "zero", "last", "gap"]), st.integers(0, 45),
)  # fmt: skip
def test_an_account_never_contradicts_the_result(
    a: Pairs, b: Pairs, rule: str, missing: str, at: int
) -> None:
    text = "value('a') + value('b')"
    period = Period(10, "second") if rule == "grid" else None
    node = apply(
        "formula", Given((series(a),)), Given((series(b),)), names=("a", "b"), tree=parse_formula(text),
        text=text, start_ns=0, end_ns=10**15, match=rule, match_period=period,
        missing=(("", None), (missing, None)),
    )  # fmt: skip
    told = explain(node, MemorySource({}), time_ns=at * NS)
    if told.absent is None:
        left, _, right = told.arithmetic.replace("(", "").replace(")", "").partition(" = ")
        one, other = left.split(" + ")
        assert float(one) + float(other) == told.value == float(right)
    else:
        assert told.value is None or math.isnan(told.value)
