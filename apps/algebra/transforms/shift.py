"""The same series at other times."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from apps.algebra.evidence import Evidence, number, used, value_at
from apps.algebra.periods import Period
from apps.algebra.registry import Param, register
from apps.algebra.series import Series
from apps.algebra.summaries import moved as moved_summaries
from apps.algebra.times import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    local_to_utc,
    shift_local,
    utc_to_local,
)
from apps.algebra.transforms.params import Zone
from apps.errors import Note

__all__ = ["moved_times", "plus_ns", "shift"]


def explain_shift(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The sample that was moved to a time."""
    (series,) = inputs
    rule = f"the sample {params['offset']} earlier"
    counts = {note.code: note.count for note in output.notes}
    if value_at(output.samples, time_ns) is None:
        return Evidence(rule, absent="no sample was moved to that time", counts=counts)
    moved = moved_times(series.times_ns, params["offset"], params.get("zone", "UTC"))
    sample = used(series, int(np.flatnonzero(moved == time_ns)[-1]), "sample")
    return Evidence(rule, number(sample.value), (sample,), None, counts)


@register("shift", shape="series", explain=explain_shift)
def shift(
    series: Series,
    *,
    offset: Annotated[Period, Param("how far to move, negative = earlier; calendar units keep the clock")],
    zone: Zone = "UTC",
) -> Series:
    """The samples of a series at later (or earlier) times.

    In: one series.
    Out: its samples at time + offset, all columns unchanged; day and longer move the wall clock of `zone`.
    Missing: NaN samples move too.
    Errors: none; samples that would leave the range of times are left out.
    Source: charts "time-offset"; InfluxQL and KairosDB time shift. Differences: month ends that meet keep the
        later sample, with a note.
    Example: 5 at 2018-01-31, offset 1 month -> 5 at 2018-02-28.
    """
    if len(series) == 0 or offset.count == 0:
        return series.with_applied("shift", offset=offset)
    times = moved_times(series.times_ns, offset, zone)
    inside = np.flatnonzero((times > MIN_TIME_NS) & (times < MAX_TIME_NS))
    order = inside[np.argsort(times[inside], kind="stable")]
    ordered = times[order]
    keep = np.ones(len(order), bool)
    keep[:-1] = ordered[1:] != ordered[:-1]
    order = order[keep]
    samples = series.samples.take(order)
    summaries = moved_summaries(samples.summaries, times[order] - samples.times_ns)
    samples = replace(samples, times_ns=times[order], summaries=summaries)
    lost = len(series) - len(order)
    text = f"{lost} samples met another one or left the range of times"
    notes = [Note("dropped", text, lost)] if lost else []
    return series.with_applied("shift", offset=offset).with_samples(samples, *notes)


def moved_times(times_ns: np.ndarray, offset: Period, zone: str) -> np.ndarray:
    """Moved times; those that leave the range stand at or beyond its ends."""
    if not offset.is_calendar or not isinstance(offset.count, int):
        return plus_ns(times_ns, offset.fixed_ns)
    local = utc_to_local(times_ns, zone)
    if offset.unit in ("day", "week"):
        return local_to_utc(plus_ns(local, offset.fixed_ns), zone)
    count = max(-20_000, min(offset.count, 20_000))
    return local_to_utc(shift_local(local, count, offset.unit), zone)


def plus_ns(times_ns: np.ndarray, step_ns: int) -> np.ndarray:
    """Times plus a step of any size, held at the ends of the range instead of overflowing."""
    if step_ns >= 0:
        room = MAX_TIME_NS - step_ns
        return np.where(times_ns < room, times_ns + min(step_ns, 2**61), MAX_TIME_NS)
    room = MIN_TIME_NS - step_ns
    return np.where(times_ns > room, times_ns + max(step_ns, -(2**61)), MIN_TIME_NS)
