"""Change between neighbouring samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.aggregators import decimal_scale, known_samples
from apps.algebra.evidence import Evidence, number, used, value_at
from apps.algebra.periods import Period
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.times import NS_PER_MS, UNIT_NS
from apps.algebra.transforms.params import Decimal
from apps.algebra.units import rate_unit
from apps.errors import ArgumentFault, Note

__all__ = ["rate"]

#: Samples worked on at a time.
_BLOCK = 1 << 15
#: Times of resets told in a note.
MOST_MARKS = 500
_NONE = np.empty(0, np.intp)


def explain_rate(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """Both samples of a difference, the rule and the numbers put in."""
    (series,) = inputs
    period, reset = params.get("period"), params.get("reset", "drop")
    per_period = period is not None and period.count != 0
    rule = "(v1 - v0) * P / (t1 - t0)" if per_period else "v1 - v0"
    counts = {note.code: note.count for note in output.notes}
    known = np.flatnonzero(~np.isnan(series.values))
    at = int(np.searchsorted(series.times_ns[known], time_ns))
    if at >= len(known) or series.times_ns[known[at]] != time_ns:
        here = value_at(series.samples, time_ns)
        why = "no sample at that time" if here is None else "the sample has no value"
        return Evidence(rule, absent=why, counts=counts)
    current = used(series, int(known[at]), "current")
    if at == 0:
        return Evidence(
            rule, "", (current,), "the first sample with a value has none before it", counts
        )
    previous = used(series, int(known[at - 1]), "previous")
    pair = (previous, current)
    change = current.value - previous.value
    text = f"{number(current.value)} - {number(previous.value)}"
    if change < 0 and reset == "drop":
        text = f"{text} = {number(change)}"
        return Evidence(rule, text, pair, "negative: taken as a reset, dropped", counts)
    if change < 0 and reset == "zero":
        rule, text = f"{rule}; after a reset v1 counts from 0", number(current.value)
    if change < 0 and reset == "wrap":
        rule, text = f"{rule} + wrap", f"{text} + {number(params['wrap_at'])}"
        if change + params["wrap_at"] < 0:
            return Evidence(rule, text, pair, "negative even after a wrap: dropped as a restart", counts)
    result = value_at(output.samples, time_ns)
    if per_period:
        span_ms = (current.time_ns - previous.time_ns) / NS_PER_MS
        text = f"({text}) * {number(_period_ms(period))} ms / {number(span_ms)} ms"
    shown = number(np.nan if result is None else result)
    return Evidence(rule, f"{text} = {shown}", pair, None, counts)


@register("rate", shape="series", explain=explain_rate)
def rate(
    series: Series,
    *,
    period: Annotated[Period | None, Param("per so much time; none or count 0 = plain difference")] = None,
    reset: Annotated[
        Literal["drop", "zero", "wrap", "keep"],
        Param(
            "a negative difference: drop it, count from zero, wrap at a maximum, keep it",
            choices=("drop", "zero", "wrap", "keep"),
        ),
    ] = "drop",
    wrap_at: Annotated[float | None, Param("where a wrapping counter starts again", unit="value")] = None,
    missing: Annotated[
        Literal["skip", "propagate"],
        Param("a NaN sample: look past it, or give no value beside it", choices=("skip", "propagate")),
    ] = "skip",
    decimal: Decimal = False,
) -> Series:
    """Change between neighbouring samples, per unit of time.

    In: one series, n samples, times strictly increasing, values in any unit u.
    Out: up to n - 1 samples at the later time, unit u per `period`; (v1 - v0) * period / (t1 - t0).
    Missing: NaN samples are skipped, or give NaN with `missing="propagate"`. One sample gives no output.
    Errors: ArgumentFault if the period is negative, or a wrap has no positive maximum.
    Source: ATSD "rate" (counter true = drop, false = keep); KairosDB rate, diff; InfluxDB DERIVATIVE,
        DIFFERENCE; Kapacitor derivative. Differences: what a fall means (`reset`).
    Example: 10, 40 at 0 s and 60 s, per 1 minute -> 30 at 60 s.
    """
    if period is not None and period.count < 0:
        raise ArgumentFault(f"a rate per {period} has no meaning", hint="count must be 0 or more")
    if reset == "wrap" and not (wrap_at is not None and wrap_at > 0):
        raise ArgumentFault("reset wrap needs the counter's maximum", hint="give wrap_at, e.g. 4294967296")
    times, values, skipped = series.times_ns, series.values, 0
    scale = decimal_scale(values, 2) if decimal else 1.0
    if scale != 1.0:
        values, wrap_at = np.rint(values * scale), wrap_at * scale if wrap_at is not None else None
    period_ms = _period_ms(period) if period is not None else 0.0
    change, falls, holed = _changes(times, values, period_ms, reset, wrap_at)
    if holed and missing == "skip":
        times, values, skipped = known_samples(times, values)
        change, falls, _ = _changes(times, values, period_ms, reset, wrap_at)
    if scale != 1.0:
        change /= scale
    later = times[1:]
    notes = _notes(skipped, falls, reset, later)
    if reset == "wrap":
        # from above the maximum nothing wraps: such a fall is a restart
        falls = falls[change[falls] < 0]
        notes += _notes(0, falls, "drop", later)
    if reset in ("drop", "wrap") and falls.size:
        later, change = _without(later, falls), _close_up(change, falls)
    return _shaped(series, period, Samples(later, change), notes)


def _changes(
    times_ns: np.ndarray, values: np.ndarray, period_ms: float, reset: str, wrap_at: float | None
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Rated differences, indices of those that fell, and whether any is NaN.

    Block by block, so that several steps over a block find it in the processor's cache.
    """
    change = np.empty(max(len(values) - 1, 0))
    fallen, holed = [], False
    # a plain difference has fewer columns at hand, so more of it stays in the cache
    block = _BLOCK if period_ms else 8 * _BLOCK
    size = min(block, len(change)) if period_ms else 0
    whole, exact = np.empty(size, np.int64), np.empty(size)
    with np.errstate(invalid="ignore", over="ignore"):
        for at in range(0, len(change), block):
            part = change[at : at + block]
            end = at + len(part)
            np.subtract(values[at + 1 : end + 1], values[at:end], out=part)
            rises = part >= 0  # false for a fall and for NaN: one look finds both
            if not rises.all():
                odd = _false_at(rises)
                nan = np.isnan(part[odd])
                holed |= bool(nan.any())
                falls = odd[~nan] if reset != "keep" else _NONE
                if reset == "zero":
                    part[falls] = values[falls + (at + 1)]
                elif reset == "wrap":
                    part[falls] += wrap_at
                fallen.append(falls + at)
            if period_ms:
                # multiplying first, in milliseconds, keeps the last published digit
                part *= period_ms
                gaps_ns, gaps_ms = whole[: len(part)], exact[: len(part)]
                np.subtract(times_ns[at + 1 : end + 1], times_ns[at:end], out=gaps_ns)
                part /= np.divide(gaps_ns, NS_PER_MS, out=gaps_ms)
    return change, np.concatenate(fallen) if fallen else _NONE, holed


def _period_ms(period: Period) -> float:
    return period.count * UNIT_NS[period.unit] / NS_PER_MS


def _false_at(mask: np.ndarray) -> np.ndarray:
    """Indices where a mask is false; a handful is found faster one by one than by counting."""
    found: list[int] = []
    at = 0
    while at < len(mask) and len(found) < 16:
        at += int(mask[at:].argmin())
        if mask[at]:
            return np.array(found, np.intp)
        found.append(at)
        at += 1
    return np.flatnonzero(~mask)


def _without(column: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """A column without the elements at some indices."""
    if len(gone) * 64 > len(column):
        return np.delete(column, gone)
    # few elements: copying the stretches between them is several times as fast as a mask
    edges = [0, *(gone + 1).tolist()]
    stops = [*gone.tolist(), len(column)]
    return np.concatenate([column[lo:hi] for lo, hi in zip(edges, stops, strict=True)])


def _close_up(column: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """A column of our own without the elements at some indices, moved together in place."""
    if len(gone) * 64 > len(column):
        return np.delete(column, gone)
    end = int(gone[0])
    for lo, hi in zip((gone + 1).tolist(), [*gone[1:].tolist(), len(column)], strict=True):
        column[end : end + hi - lo] = column[lo:hi]
        end += hi - lo
    return column[:end]


def _notes(skipped: int, falls: np.ndarray, reset: str, later_ns: np.ndarray) -> list[Note]:
    """What was left out or changed; falls with their times, as many as a chart can mark."""
    notes = []
    if skipped:
        notes.append(Note("missing", f"{skipped} samples without a value were skipped", skipped))
    count = len(falls)
    if not count:
        return notes
    times_ms = (later_ns[falls[:MOST_MARKS]] // NS_PER_MS).tolist()
    about = {"policy": reset, "times": times_ms}
    if reset == "drop":
        notes.append(Note("dropped", f"{count} negative differences were dropped", count, about))
    else:
        how = "counted from zero" if reset == "zero" else "wrapped"
        notes.append(Note("reset", f"{count} resets of the counter were {how}", count, about))
    return notes


def _shaped(series: Series, period: Period | None, samples: Samples, notes: list[Note]) -> Series:
    unit = rate_unit(series.unit, period)
    shaped = replace(series.with_applied("rate", period=period), unit=unit)
    return shaped.with_samples(samples, *notes)
