"""Why a merged series has the value it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.evidence import Evidence, used, value_at
from apps.algebra.series import Series
from apps.algebra.transforms.aggregate_explain import period_at, statistic_arithmetic

__all__ = ["explain_group"]


def explain_group(
    inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any
) -> Evidence:
    """The members' samples that meet at a time or in a period."""
    statistic = dict(output.applied[-1].params)["statistic"]
    counts = {note.code: note.count for note in output.notes}
    history = output.applied[:-1]
    parts = [one for one in inputs if one.applied == history and one.key in output.members]
    if statistic.name == "detail":
        parts = [one for one in inputs if one.key == output.key and one.applied == history]
    bounds: tuple[int, int] | None = (time_ns, time_ns + 1)
    rule = f"{statistic} over the values that stand at that time"
    if params.get("period") is not None:
        window = {name: params[name] for name in ("period", "start_ns", "end_ns")}
        shape = {name: params[name] for name in ("align", "zone") if name in params}
        bounds = period_at(_earliest(parts) or output, time_ns, **window, **shape)
        rule = f"{statistic} over all values of the period"
    if bounds is None:
        return Evidence(rule, absent="no period begins at that time", counts=counts)
    picked = []
    for one in parts:
        start, end = max(bounds[0], params["start_ns"]), min(bounds[1], params["end_ns"])
        lo, hi = np.searchsorted(one.times_ns, [start, end])
        picked += [used(one, i, "member") for i in range(int(lo), int(hi)) if not np.isnan(one.values[i])]
    picked.sort(key=lambda sample: sample.time_ns)
    result = value_at(output.samples, time_ns)
    if result is None:
        absent = "cut at the ends, or without a value" if picked else "no member has a value then"
        return Evidence(rule, "", tuple(picked), absent, counts)
    arithmetic = statistic_arithmetic(str(statistic), [sample.value for sample in picked], result)
    if counts.get("filled"):
        rule += f"; members without a sample filled in ({params.get('interpolate', 'none')})"
    return Evidence(rule, arithmetic, tuple(picked), None, counts)


def _earliest(parts: list[Series]) -> Series | None:
    held = [one for one in parts if len(one)]
    return min(held, key=lambda one: int(one.times_ns[0])) if held else None
