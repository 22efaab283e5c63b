"""Why a merged series has the value it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, used_summaries
from apps.algebra.evidence import Evidence, InputSample, value_at
from apps.algebra.periods import MAX_POINTS
from apps.algebra.series import Series
from apps.algebra.transforms.aggregate_explain import statistic_arithmetic
from apps.algebra.transforms.columns import Column, meet, split_groups

__all__ = ["explain_group"]

_DEFAULTS: dict[str, Any] = {
    "period": None, "align": "calendar", "zone": "UTC", "interpolate": "none", "fill_value": None,
    "extend": False, "truncate": False, "max_points": MAX_POINTS,
}  # fmt: skip


def explain_group(
    inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any
) -> Evidence:
    """The members' values that meet at a time or in a period, those filled in among them."""
    statistic = dict(output.applied[-1].params)["statistic"]
    counts = {note.code: note.count for note in output.notes}
    groups = split_groups(inputs, params.get("by"), params.get("entity_name", "*"))
    parts = groups.get((output.key, output.applied[:-1]), [])
    if statistic.name == "detail":
        parts = [one for one in inputs if one.key == output.key and one.applied == output.applied[:-1]]
    shape = {name: params.get(name, default) for name, default in _DEFAULTS.items()}
    met = meet(parts, start_ns=params["start_ns"], end_ns=params["end_ns"], **shape)
    where = "of the period" if shape["period"] is not None else "at that time"
    rule = f"{statistic} over the members' values {where}"
    at = int(np.searchsorted(met.grid.starts, time_ns))
    if at >= len(met.grid) or met.grid.starts[at] != time_ns:
        why = "no member has a value then" if shape["period"] is None else "no period with values begins then"
        if _was_cut(met.columns, time_ns):
            why = "cut at the ends, where not every series has samples"
        return Evidence(rule, absent=why, counts=counts)
    end_ns = int(met.grid.ends[at])
    found = [one for column in met.columns for one in _values(column, time_ns, end_ns, parts, statistic)]
    found.sort(key=lambda pair: pair[0].time_ns)
    picked, counts_below = [sample for sample, _ in found], [count for _, count in found]
    unused = params.get("summaries") == "ignore" or (statistic.name == "counter" and len(met.columns) > 1)
    if unused or max(counts_below, default=1) == 1:
        counts_below = []
    result = value_at(output.samples, time_ns)
    if result is None:
        return Evidence(rule, "", tuple(picked), "no member has a value then", counts)
    values = [sample.value for sample in picked]
    arithmetic = statistic_arithmetic(str(statistic), values, result, counts_below)
    if any(sample.role == "filled" for sample in picked):
        edges = ", extended at the ends" if shape["extend"] else ""
        rule += f"; a member without a sample is filled in ({shape['interpolate']}{edges})"
    return Evidence(rule, arithmetic, tuple(picked), None, counts)


def _was_cut(columns: list[Column], time_ns: int) -> bool:
    return any(bool(np.isin(time_ns, column.times_ns)) for column in columns)


def _values(
    column: Column, start_ns: int, end_ns: int, parts: list[Series], statistic: Statistic
) -> list[tuple[InputSample, int]]:
    """The samples of a member, and as how many samples each of them counts."""
    lo, hi = (int(i) for i in np.searchsorted(column.times_ns, [start_ns, end_ns]))
    stored = [one.samples for one in parts if one.key == column.key]
    taken = used_summaries(statistic, column.summaries)
    counts = np.ones(len(column.times_ns), np.int64)
    if taken is not None and column.summaries is not None:
        counts[taken] = column.summaries["count"][taken]
    out = []
    for i in range(lo, hi):
        time_ns = int(column.times_ns[i])
        real = any(value_at(samples, time_ns) == column.values[i] for samples in stored)
        role = "member" if real else "filled"
        out.append((InputSample(column.key, time_ns, float(column.values[i]), role), int(counts[i])))
    return out
