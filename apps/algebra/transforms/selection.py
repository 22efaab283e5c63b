"""Parts of series and parts of sets: windows, limits, the newest sample, several series as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.evidence import Evidence, number, used
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series, concat_samples
from apps.algebra.transforms.columns import split_groups
from apps.algebra.transforms.params import By, End, Start
from apps.errors import Note

__all__ = ["clip", "last_sample", "limit_samples", "limit_series", "merge"]


def explain_pass(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The sample that passed unchanged, or that none passed."""
    counts = {note.code: note.count for note in output.notes}
    members = output.members or (output.key,)
    for series in inputs:
        at = int(np.searchsorted(series.times_ns, time_ns))
        if series.key in members and at < len(series) and series.times_ns[at] == time_ns:
            sample = used(series, at, "sample")
            kept = bool(np.isin(time_ns, output.times_ns))
            absent = None if kept else "left out by the selection"
            return Evidence("passes unchanged", number(sample.value), (sample,), absent, counts)
    return Evidence("passes unchanged", absent="no sample at that time", counts=counts)


@register("clip", shape="series", explain=explain_pass)
def clip(series: Series, *, start_ns: Start, end_ns: End) -> Series:
    """The samples inside a window.

    In: one series.
    Out: its samples with start <= time < end, all columns unchanged.
    Missing: NaN samples are samples and stay.
    Errors: none; an empty window gives an empty series.
    Source: the selection interval of every product. Differences: always half-open.
    Example: samples at 0, 10, 20 s, window [5 s, 20 s) -> the one at 10 s.
    """
    return series.with_samples(series.samples.between(start_ns, max(start_ns, end_ns)))


@register("limit_samples", shape="series", explain=explain_pass)
def limit_samples(
    series: Series,
    *,
    count: Annotated[int, Param("most samples to keep; 0 or less = all")],
    keep: Annotated[
        Literal["first", "last"], Param("which end stays", choices=("first", "last"))
    ] = "last",
) -> Series:
    """The first or last samples of a series.

    In: one series.
    Out: up to `count` samples, in order of time, all columns unchanged.
    Missing: NaN samples count.
    Errors: none.
    Source: ATSD "limit" with "direction" (DESC = last); KairosDB limit and order; InfluxDB LIMIT.
    Example: 1, 2, 3 with count 2 -> 2, 3.
    """
    if count <= 0 or len(series) <= count:
        return series
    part = slice(0, count) if keep == "first" else slice(len(series) - count, None)
    cut = len(series) - count
    return series.with_samples(series.samples.take(part), Note("cut", f"{cut} samples over the limit", cut))


@register("last_sample", shape="series", explain=explain_pass)
def last_sample(series: Series) -> Series:
    """The newest sample of a series.

    In: one series.
    Out: one sample, or none when the series is empty, all columns unchanged.
    Missing: a NaN sample counts.
    Errors: none.
    Source: ATSD "cache". Differences: read from the store, not from a cache.
    Example: 1, 2, 3 -> 3.
    """
    return series.with_samples(series.samples.take(slice(max(len(series) - 1, 0), None)))


@register("limit_series", shape="set", explain=explain_pass)
def limit_series(
    members: tuple[Series, ...],
    *,
    count: Annotated[int, Param("most series to keep; 0 or less = all")],
) -> list[Series]:
    """The first series of a set.

    In: any number of series in their order.
    Out: up to `count` of them, unchanged.
    Missing: a series without samples counts.
    Errors: none.
    Source: ATSD "seriesLimit"; InfluxDB SLIMIT.
    Example: series a, b, c with count 2 -> a, b.
    """
    return list(members if count <= 0 else members[:count])


@register("merge", shape="set", explain=explain_pass)
def merge(members: tuple[Series, ...], *, by: By = None) -> list[Series]:
    """Several series as one line: all samples in order of time, the first series wins at equal times.

    In: any number of series; those of equal metric, history and group key go together.
    Out: one series per group, all columns kept; a group of one passes unchanged.
    Missing: NaN samples are samples and stay.
    Errors: none.
    Source: charts "merge-series" and "merge-fields". Differences: the dropped duplicates are counted.
    Example: 1 at 0 s, 2 at 10 s and 7 at 10 s, 8 at 20 s -> 1, 2, 8.
    """
    out = []
    for (key, _), parts in split_groups(members, by).items():
        if len(parts) == 1:
            out.append(parts[0])
            continue
        whole = concat_samples([part.samples for part in parts])
        order = np.argsort(whole.times_ns, kind="stable")
        times = whole.times_ns[order]
        fresh = np.ones(len(times), bool)
        fresh[1:] = times[1:] != times[:-1]
        dropped = int(len(times) - np.count_nonzero(fresh))
        text = f"{dropped} samples at equal times were dropped"
        notes = [Note("duplicates", text, dropped)] if dropped else []
        samples: Samples = whole.take(order[fresh])
        model = replace(parts[0], key=key, members=tuple(part.key for part in parts))
        shared = tuple(note for part in parts[1:] for note in part.notes)
        out.append(replace(model, notes=model.notes + shared).with_samples(samples, *notes))
    return out
