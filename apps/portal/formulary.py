"""What may be called in a formula, a line each. A test holds that nothing the engine knows is left out."""

from __future__ import annotations

from dataclasses import dataclass

from apps.algebra.expr.functions import CONSTANTS, FUNCTIONS
from apps.algebra.expr.references import LIBRARY_FUNCTIONS, SERIES_FUNCTIONS

__all__ = ["Formula", "formulas"]


@dataclass(frozen=True)
class Formula:
    """A call as it is typed, what it gives, and the group it is listed under."""

    name: str
    call: str
    help: str
    group: str


_SERIES = {
    "value": ("value('a')", "Value of series a at the time that is computed."),
    "detail": ("detail('a')", "Value of series a as it was read, before it is aggregated."),
    "previous": (
        "previous('a', 1)",
        "Value of series a that many samples earlier, 1 by default.",
    ),
    "movavg": ("movavg('a', 10)", "Mean of the last samples of series a."),
    "getValueWithOffset": ("getValueWithOffset('a', '1 day')", "Value of series a that long before."),
    "getValueForDate": ("getValueForDate('a', '2024-01-01T00:00:00Z')", "Value of series a at one date."),
    "getMaximumValue": ("getMaximumValue('a')", "Largest value of series a in the interval."),
    "avg": ("avg('a')", "Mean of the period of series a."),
    "average": ("average('a')", "Mean of the period of series a."),
    "max": ("max('a')", "Largest value in the period of series a."),
    "maximum": ("maximum('a')", "Largest value in the period of series a."),
    "min": ("min('a')", "Smallest value in the period of series a."),
    "minimum": ("minimum('a')", "Smallest value in the period of series a."),
    "sum": ("sum('a')", "Sum of the period of series a."),
    "count": ("count('a')", "Number of samples in the period of series a."),
    "median": ("median('a')", "Median of the period of series a."),
    "first": ("first('a')", "First value in the period of series a."),
    "last": ("last('a')", "Last value in the period of series a."),
    "delta": ("delta('a')", "Last less first value of the period of series a."),
    "counter": ("counter('a')", "Increases in the period of series a, resets left out."),
    "percentile": ("percentile(95, 'a')", "Percentile of the period of series a."),
    "min_value_time": ("min_value_time('a')", "Time of the smallest value in the period, in milliseconds."),
    "max_value_time": ("max_value_time('a')", "Time of the largest value in the period, in milliseconds."),
    "threshold_count": ("threshold_count('a')", "Violations of the threshold in the period of series a."),
    "threshold_duration": ("threshold_duration('a')", "Time outside the threshold, in milliseconds."),
    "threshold_percent": ("threshold_percent('a')", "Share of the period within the threshold."),
}
_SERIES |= {
    "meta": ("meta('a')", "Metadata of series a."),
    "metricTag": ("metricTag('a', 'name')", "Tag of the metric of series a."),
    "entityTag": ("entityTag('a', 'name')", "Tag of the entity of series a."),
    "forecast": ("forecast('a')", "Forecast of series a."),
    "data": ("data('a')", "Samples of series a."),
    "getDateWithOffset": ("getDateWithOffset(time, '1 day')", "A date moved by an interval."),
}
_LIBRARY = {
    "MonthlyChange": ("('a')", "Change from the month before."),
    "ChangeFromYearAgo": ("('a')", "Change from a year before."),
    "ChangeByOffset": ("('a', '1 month')", "Change from that long before."),
    "MonthlyPercentChange": ("('a')", "Change from the month before, in percent."),
    "PercentChangeFromYearAgo": ("('a')", "Change from a year before, in percent."),
    "PercentChangeByOffset": ("('a', '1 month')", "Change from that long before, in percent."),
    "CompoundedAnnualRateOfChange": ("('a')", "Change of a month, compounded to a year, in percent."),
    "ContinuouslyCompoundedRateOfChange": ("('a')", "Difference of natural logarithms, in percent."),
    "ContinuouslyCompoundedAnnualRateOfChange": ("('a')", "The same, for a year."),
    "NaturalLog": ("('a')", "Natural logarithm of the value."),
    "Index": ("('a', '2020-01-01T00:00:00Z')", "Value in percent of the value at a date."),
    "IndexMax": ("('a')", "Value in percent of the largest value."),
    "ValueForDate": ("('a', '2020-01-01T00:00:00Z')", "Value at a date."),
}
_PLAIN = {
    "Math.hypot": "Square root of the sum of squares.",
    "Math.max": "Largest argument.",
    "Math.min": "Smallest argument.",
    "Math.pow": "First argument to the power of the second.",
    "Math.atan2": "Angle of the point (x, y), from y and x.",
    "Math.abs": "Distance from zero.",
    "Math.ceil": "Next whole number up.",
    "Math.floor": "Next whole number down.",
    "Math.round": "Nearest whole number, halves up.",
    "Math.trunc": "Whole part.",
    "Math.sign": "−1, 0 or 1.",
    "Math.sqrt": "Square root.",
    "Math.cbrt": "Cube root.",
    "Math.exp": "e to the power of the argument.",
    "Math.log": "Natural logarithm.",
    "Math.log2": "Logarithm to base 2.",
    "Math.log10": "Logarithm to base 10.",
    "Math.log1p": "Natural logarithm of 1 + x.",
    "Math.expm1": "e to the power of x, less 1.",
    "isNaN": "Whether the argument is no number.",
    "isFinite": "Whether the argument is a finite number.",
    "parseFloat": "The number that a text begins with.",
    "parseInt": "The whole number that a text begins with.",
    "Number": "The argument as a number.",
    "String": "The argument as a text.",
    "Boolean": "Whether the argument counts as true.",
    "Date": "A date from milliseconds, a text or its parts.",
    "Date.now": "The clock of the chart, in milliseconds.",
    "Date.parse": "A date text in milliseconds.",
    "Date.UTC": "Milliseconds of a date given by its parts.",
    "JSON.parse": "The value written in a JSON text.",
    "JSON.stringify": "A value as JSON text.",
    "Object.keys": "Names in an object.",
    "Object.values": "Values in an object.",
    "Array.isArray": "Whether the argument is a list.",
    "range": "A list of numbers from first to last.",
    "encodeURIComponent": "A text as it stands in an address.",
    "escape": "A text whose signs mean themselves in a regular expression.",
    "console.log": "Says nothing here: what it is given is not printed.",
    "console.warn": "Says nothing here: what it is given is not printed.",
    "console.error": "Says nothing here: what it is given is not printed.",
    "keepAfter": "What follows the first occurrence of a text.",
    "keepAfterLast": "What follows the last occurrence of a text.",
    "keepBefore": "What precedes the first occurrence of a text.",
    "keepBeforeLast": "What precedes the last occurrence of a text.",
    "replace": "A text with every occurrence of one text replaced by another.",
    "capFirst": "A text with its first letter in upper case.",
    "capitalize": "A text with each word's first letter in upper case.",
    "removeBeginning": "A text without the given beginning.",
    "removeEnding": "A text without the given ending.",
    "coalesce": "The first argument that is not empty.",
    "ifEmpty": "The first argument, or the second when that is empty.",
}
_VARIABLES = {
    "value": "In replace-value: the sample's value.",
    "previousValue": "In replace-value: the value of the sample before.",
    "time": "In replace-value: the sample's time in milliseconds.",
    "previousTime": "In replace-value: the time of the sample before.",
}
_TRIGONOMETRY = ("sin", "cos", "tan")


def formulas() -> list[Formula]:
    """Everything that a formula may call or name, by group."""
    found = [Formula(name, *_SERIES.get(name, (f"{name}('a')", "")), "Series") for name in SERIES_FUNCTIONS]
    found += [Formula(name, name, text, "Variables") for name, text in _VARIABLES.items()]
    found += [_plain(name) for name in FUNCTIONS if name not in SERIES_FUNCTIONS]
    for name in sorted(LIBRARY_FUNCTIONS):
        call, text = _LIBRARY.get(name, ("('a')", ""))
        found.append(Formula(name, f"fred.{name}{call}", text, "Economics (import fred)"))
    found += [Formula(name, name, "Constant.", "Constants") for name in CONSTANTS]
    return found


def _plain(name: str) -> Formula:
    bare = name.removeprefix("Math.")
    text = _PLAIN.get(name) or _PLAIN.get(name.partition(".")[2], "")
    if not text and any(part in bare for part in _TRIGONOMETRY):
        text = "Angle of a number, in radians." if bare.startswith("a") else "Of an angle in radians."
    if not text and bare.lower().startswith(("lower", "upper")):
        text = f"A text in {bare[:5].lower()} case."
    return Formula(name, f"{name}()", text, "Mathematics" if name.startswith("Math.") else "Values and texts")
