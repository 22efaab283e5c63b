"""What a formula needs of its inputs beyond the window, so that a zoom changes no number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from apps.algebra.expr import nodes
from apps.algebra.expr.functions import date_text_ms
from apps.algebra.expr.references import PERIOD_FUNCTIONS, Reference
from apps.algebra.periods import Period, period_grid
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, clamp_time
from apps.algebra.transforms.formula_intervals import DEFAULT_PERIOD, parse_interval
from apps.dialects.charts.dates import shift_clock
from apps.errors import TsError

__all__ = ["Need", "aligned", "formula_need"]

_YEARLY = frozenset(
    {
        "ChangeFromYearAgo", "PercentChangeFromYearAgo", "CompoundedAnnualRateOfChange",
        "ContinuouslyCompoundedRateOfChange", "ContinuouslyCompoundedAnnualRateOfChange",
    }
)  # fmt: skip
_MONTHLY = frozenset({"MonthlyChange", "MonthlyPercentChange"})
_BY_INTERVAL = frozenset({"getValueWithOffset", "ChangeByOffset", "PercentChangeByOffset"})
_BY_DATE = frozenset({"getValueForDate", "Index", "ValueForDate", "NaturalLog"})


@dataclass(frozen=True, slots=True)
class Need:
    """Samples in ``[start_ns, end_ns)``, ``before`` more in front of it and ``after`` more behind."""

    start_ns: int
    end_ns: int
    before: int = 0
    after: int = 0

    def union(self, other: Need) -> Need:
        """What serves both."""
        return Need(
            min(self.start_ns, other.start_ns),
            max(self.end_ns, other.end_ns),
            max(self.before, other.before),
            max(self.after, other.after),
        )

    def earlier(self, count: int) -> Need:
        return replace(self, before=min(self.before + count, 1_000_000))


def aligned(start_ns: int, end_ns: int, period: Period, zone: str) -> tuple[int, int]:
    """The calendar periods that hold an interval, from their start to their end."""
    if not MIN_TIME_NS < start_ns < end_ns < MAX_TIME_NS:
        return start_ns, end_ns
    try:
        first = period_grid(period, start_ns, start_ns + 1, zone=zone, first="keep")
        last = period_grid(period, end_ns - 1, end_ns, zone=zone, first="keep")
    except TsError:
        return start_ns, end_ns  # a period that makes no grid is reported where it is used
    lo = int(first.starts[0]) if len(first) else start_ns
    hi = int(last.ends[-1]) if len(last) else end_ns
    return min(lo, start_ns), max(hi, end_ns)


def _text(call: nodes.Call, at: int) -> str | None:
    argument = call.arguments[at] if at < len(call.arguments) else None
    return argument.value if isinstance(argument, nodes.Text) else None


def _number(call: nodes.Call, at: int, default: int) -> int:
    argument = call.arguments[at] if at < len(call.arguments) else None
    return int(argument.value) if isinstance(argument, nodes.Number) else default


def _moved(need: Need, text: str, zone: str) -> Need:
    """The interval moved back (or forward) by an offset, and one sample on either side of it."""
    period, sign = parse_interval(text)
    count = int(period.count) if float(period.count).is_integer() else 0
    if count:
        lo = shift_clock(need.start_ns, -sign * count, period.unit, zone)
        hi = shift_clock(need.end_ns, -sign * count, period.unit, zone)
    else:
        lo = clamp_time(need.start_ns - sign * period.fixed_ns)
        hi = clamp_time(need.end_ns - sign * period.fixed_ns)
    start, end = min(lo, need.start_ns), max(hi, need.end_ns)
    return Need(start, end, max(need.before, 1), max(need.after, 1))


def formula_need(reference: Reference, need: Need, *, several: bool, zone: str) -> Need:
    """What one call of a formula needs of the input it names, when ``need`` is wanted of the result.

    ``several``: the formula has more than one input, so values between samples are filled in.
    """
    base = need.union(Need(need.start_ns, need.end_ns, 1, 1)) if several else need
    if several:
        base = base.earlier(need.before and 1)
    try:
        return base.union(_call_need(reference, need, several, zone))
    except TsError:
        return base  # an argument that can't be read is reported when the formula is checked


def _at_dates(call: nodes.Call, need: Need) -> Need:
    """The interval and the samples around every date that is an argument."""
    for argument in call.arguments[1:]:
        time_ms = argument.value if isinstance(argument, nodes.Number) else None
        if isinstance(argument, nodes.Text):
            time_ms = date_text_ms(argument.value)
        if time_ms is not None and abs(time_ms) < 9.2e12:
            time_ns = clamp_time(int(time_ms) * 1_000_000)
            need = need.union(Need(time_ns, time_ns + 1, 1, 1))
    return need


def _call_need(reference: Reference, need: Need, several: bool, zone: str) -> Need:
    name, call = reference.function, reference.call
    spare = 1 if several else 0
    if name == "previous":
        return need.earlier(max(_number(call, 1, 1), 0) + spare)
    if name == "movavg":
        width = _text(call, 1)
        if width is None:
            return need.earlier(max(_number(call, 1, 1), 1))
        return _moved(_moved(need, width, zone), _text(call, 2) or "0 minute", zone)
    if name in PERIOD_FUNCTIONS and isinstance(call.target, nodes.Name):
        text = _text(call, 2 if name == "percentile" else 1)
        period = DEFAULT_PERIOD if text is None else parse_interval(text)[0]
        start, end = aligned(need.start_ns, need.end_ns, period, zone)
        carried = 1 if name in ("delta", "counter") else 0
        return Need(start, end, need.before + carried, need.after)
    if name in _YEARLY | _MONTHLY | _BY_INTERVAL and isinstance(call.arguments[-1], nodes.Number):
        return _at_dates(call, need)
    if name in _YEARLY or name in _MONTHLY:
        return _moved(need, "1 year" if name in _YEARLY else "1 month", zone)
    if name in _BY_INTERVAL:
        return _moved(need, _text(call, 1) or "0 minute", zone)
    if name in _BY_DATE:
        return _at_dates(call, need)
    return need
