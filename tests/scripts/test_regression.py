"""The regression object: reference values, special cases, data added and removed."""

from __future__ import annotations

import math

import pytest

from apps.errors import ExecutionFault
from tests.scripts.conftest import B, Scripts

X, Y = [0.0, 1, 2, 3], [1.0, 3, 2, 5]
REFERENCE = {
    "getN()": 4,
    "getSlope()": 1.1,
    "getIntercept()": 1.1,
    "getR()": 0.8315218406202999,
    "getRSquare()": 0.6914285714285714,
    "getSumSquaredErrors()": 2.7,
    "getTotalSumSquares()": 8.75,
    "getRegressionSumSquares()": 6.05,
    "getXSumSquares()": 5,
    "getSumOfCrossProducts()": 5.5,
    "getMeanSquareError()": 1.35,
    "getSlopeStdErr()": 0.5196152422706632,
    "getInterceptStdErr()": 0.972111104761179,
    # With two degrees of freedom t is (1 - alpha) * sqrt(2 / (alpha * (2 - alpha))); the product's own
    # documentation differs from the eleventh digit on.
    "getSlopeConfidenceInterval()": 2.235723940575298,
    "getSlopeConfidenceInterval(0.05)": 2.235723940575298,
    "getSlopeConfidenceInterval(0.1)": 0.5196152422706632 * 0.9 * math.sqrt(2 / (0.1 * 1.9)),
    "getSignificance()": 0.1684781593797,
    "predict(10)": 12.1,
}


@pytest.mark.parametrize("call", REFERENCE)
def test_reference_values(scripts: Scripts, call: str) -> None:
    assert scripts.regression(f"regression.{call}", X, Y) == pytest.approx(REFERENCE[call], rel=1e-12)


@pytest.mark.parametrize("call", ["getRSquare()", "getSumSquaredErrors()", "getSignificance()", "getR()"])
def test_times_since_1970_lose_nothing(scripts: Scripts, call: str) -> None:
    times = [B + 10_000 * x for x in X]
    assert scripts.regression(f"regression.{call}", times, Y) == pytest.approx(REFERENCE[call], rel=1e-12)
    assert scripts.regression("regression.getSlope()", times, Y) == pytest.approx(0.00011, rel=1e-12)
    assert scripts.regression("regression.getXSumSquares()", times, Y) == 5e8
    at_next = f"regression.predict({B + 40_000})"
    assert scripts.regression(at_next, times, Y) == pytest.approx(5.5, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "x", "y", "expected"),
    [
        ("getSlope()", [1, 3], [2, 8], 3),
        ("getIntercept()", [1, 3], [2, 8], -1),
        ("getRSquare()", [1, 3], [2, 8], 1),
        ("getR()", [1, 3], [8, 2], -1),
        ("getSumSquaredErrors()", [1, 3], [2, 8], 0),
        ("getMeanSquareError()", [1, 3], [2, 8], None),
        ("getSlopeStdErr()", [1, 3], [2, 8], None),
        ("getSlopeConfidenceInterval()", [1, 3], [2, 8], None),
        ("getSignificance()", [1, 3], [2, 8], None),
        ("getSlope()", [0, 1, 2], [0.1, 0.1, 0.1], 0),
        ("getRSquare()", [0, 1, 2], [0.1, 0.1, 0.1], None),
        ("getSumSquaredErrors()", [0, 1, 2], [0.1, 0.1, 0.1], 0),
        ("getMeanSquareError()", [0, 1, 2], [0.1, 0.1, 0.1], 0),
        ("getSignificance()", [0, 1, 2], [0.1, 0.1, 0.1], None),
        ("getSlope()", [5, 5, 5], [1, 2, 3], None),
        ("getIntercept()", [5, 5, 5], [1, 2, 3], None),
        ("getSumSquaredErrors()", [5, 5, 5], [1, 2, 3], None),
        ("getTotalSumSquares()", [5, 5, 5], [1, 2, 3], 2),
        ("getN()", [5], [1], 1),
        ("getSlope()", [5], [1], None),
        ("getTotalSumSquares()", [5], [1], None),
        ("getXSumSquares()", [5], [1], None),
        ("getSumOfCrossProducts()", [5], [1], 0),
        ("hasIntercept() ? 1 : 0", [5], [1], 1),
    ],
)
def test_special_cases(
    scripts: Scripts, call: str, x: list[float], y: list[float], expected: float | None
) -> None:
    if expected is None:
        assert scripts.regression(f"isNaN(regression.{call}) ? 1 : 0", x, y) == 1
        with pytest.raises(ExecutionFault, match="Script result is not a number"):
            scripts.regression(f"regression.{call}", x, y)
    else:
        assert scripts.regression(f"regression.{call}", x, y) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("alpha", ["0", "1", "-1", "2", "NaN", "'x'", "null"])
def test_an_impossible_alpha_is_an_error(scripts: Scripts, alpha: str) -> None:
    with pytest.raises(ExecutionFault, match="Error during script execution, please check the syntax"):
        scripts.regression(f"regression.getSlopeConfidenceInterval({alpha})", X, Y)


#: Quantiles of Student's t: degrees of freedom, alpha (two-sided), t. From the finite series that its
#: distribution has for whole degrees of freedom, solved by halving.
QUANTILES = [
    (1, 0.5, 1.0),
    (1, 0.05, 12.706204736174705),
    (1, 0.01, 63.65674116287159),
    (2, 0.05, 4.302652729749464),
    (5, 0.1, 2.015048373333023),
    (10, 0.05, 2.228138851986274),
    (30, 0.05, 2.0422724563012378),
    (100, 0.01, 2.625890521438019),
]


@pytest.mark.parametrize(("freedom", "alpha", "quantile"), QUANTILES)
def test_student_t(scripts: Scripts, freedom: int, alpha: float, quantile: float) -> None:
    n = freedom + 2
    x = [float(i) for i in range(n)]
    y = [i + (-1) ** i * math.sqrt(i + 1) for i in range(n)]
    width = "regression.getSlopeConfidenceInterval({}) / regression.getSlopeStdErr()"
    assert scripts.regression(width.format(alpha), x, y) == pytest.approx(quantile, rel=1e-12)


def test_significance_and_quantile_undo_each_other(scripts: Scripts) -> None:
    for n in (3, 4, 7, 40, 1000, 100_000):
        x = [float(i) for i in range(n)]
        y = [math.sin(i * i) for i in range(n)]
        script = (
            "regression.getSlopeConfidenceInterval(regression.getSignificance())"
            " / Math.abs(regression.getSlope())"
        )
        assert scripts.regression(script, x, y) == pytest.approx(1, rel=1e-8)


def test_data_may_be_added_removed_and_cleared(scripts: Scripts) -> None:
    added = "regression.addData(2, 2); regression.addData(3, 5); return regression.getMeanSquareError()"
    assert scripts.regression(added, X[:2], Y[:2]) == pytest.approx(1.35, rel=1e-12)
    removed = "regression.removeData(9, 70); return regression.getN() + regression.getSlope()"
    assert scripts.regression(removed, [*X, 9], [*Y, 70]) == pytest.approx(5.1, rel=1e-12)
    cleared = "regression.clear(); regression.addData(1, 2); regression.addData(3, 8); return"
    assert scripts.regression(f"{cleared} regression.getSlope()", X, Y) == pytest.approx(3, rel=1e-12)
    assert scripts.regression("regression.clear(); return regression.getN()", X, Y) == 0


def test_the_sample_of_the_document(scripts: Scripts) -> None:
    sample = """
    if (regression.getN() < 100 || regression.getSumSquaredErrors() === 0) {
        return 0;
    }
    return regression.getRegressionSumSquares() / regression.getSumSquaredErrors();
    """
    assert scripts.regression(sample, X, Y) == 0
    x = [float(i) for i in range(400)]
    y = Y * 100
    expected = scripts.regression(
        "return regression.getRSquare() / (1 - regression.getRSquare())", x, y
    )
    assert scripts.regression(sample, x, y) == pytest.approx(expected, rel=1e-9)
