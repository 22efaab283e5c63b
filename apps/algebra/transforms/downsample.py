"""Near-duplicates dropped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.aggregators import decimal_scale
from apps.algebra.evidence import Evidence, number, used, value_at
from apps.algebra.periods import Period
from apps.algebra.registry import Param, register
from apps.algebra.series import Series
from apps.algebra.transforms.params import Decimal
from apps.errors import ArgumentFault, Note

__all__ = ["downsample"]


def explain_downsample(
    inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any
) -> Evidence:
    """The sample, and the returned one before and the one after it that it was compared with."""
    (series,) = inputs
    counts = {note.code: note.count for note in output.notes}
    bound = f"ratio {params['ratio']}" if params.get("ratio") is not None else (
        f"difference {params.get('difference', 0)}"
    )
    rule = {
        "detail": f"dropped when it differs by no more than {bound} from the last kept and the next sample",
        "interpolate": f"dropped when within {bound} of the line from the last kept to the next sample",
    }[params.get("algorithm", "detail")]
    at = int(np.searchsorted(series.times_ns, time_ns))
    if value_at(series.samples, time_ns) is None:
        return Evidence(rule, absent="no sample at that time", counts=counts)
    picked = [used(series, at, "sample")]
    kept_before = output.times_ns[output.times_ns < time_ns]
    if kept_before.size:
        before = int(np.searchsorted(series.times_ns, kept_before[-1]))
        picked.insert(0, used(series, before, "last kept"))
    if at + 1 < len(series):
        picked.append(used(series, at + 1, "next"))
    kept = value_at(output.samples, time_ns) is not None
    text = ", ".join(f"{sample.role} {number(sample.value)}" for sample in picked)
    return Evidence(rule, text, tuple(picked), None if kept else "a near-duplicate", counts)


@register("downsample", shape="series", explain=explain_downsample)
def downsample(
    series: Series,
    *,
    algorithm: Annotated[
        Literal["detail", "interpolate"],
        Param("compare with neighbours, or with the line between them", choices=("detail", "interpolate")),
    ] = "detail",
    difference: Annotated[float, Param("largest difference of a duplicate", minimum=0)] = 0.0,
    ratio: Annotated[float | None, Param("largest ratio of a duplicate instead", minimum=1)] = None,
    gap: Annotated[Period | None, Param("keep a sample when the last kept one is longer ago")] = None,
    decimal: Decimal = False,
) -> Series:
    """The samples that say something new: near-duplicates of their neighbours are dropped.

    In: one series.
    Out: some of its samples, all columns unchanged; the first and the last always.
    Missing: NaN samples and their neighbours are kept, so are samples with text.
    Errors: ArgumentFault when both difference and ratio are given.
    Source: ATSD "downsample". Differences: none.
    Example: 5, 5, 5, 6 -> 5, 5, 6 (the second 5 equals both its neighbours).
    """
    if ratio is not None and difference:
        raise ArgumentFault("difference and ratio exclude each other", hint="give one of them")
    if ratio is not None and ratio < 1:
        raise ArgumentFault(f"ratio is at least 1, not {ratio}")
    shaped = series.with_applied(
        "downsample", algorithm=algorithm, difference=difference, ratio=ratio, gap=gap
    )
    if len(series) < 3:
        return shaped
    always = _always(series)
    same = _SAME[algorithm]
    times, values = series.times_ns.tolist(), series.values.tolist()
    scale = decimal_scale(np.append(series.values, difference), 2) if decimal else 1.0
    if scale != 1.0:
        # As whole numbers, so that 0.4 and 0.3 differ by 0.1 and not by a little more.
        values, difference = np.rint(series.values * scale).tolist(), round(difference * scale)
    far_ns = gap.fixed_ns if gap is not None else None
    keep = always.tolist()
    last = 0
    for i in range(1, len(values) - 1):
        if not keep[i]:
            far = far_ns is not None and times[i] - times[last] > far_ns
            keep[i] = far or not same(times, values, last, i, difference, ratio)
        if keep[i]:
            last = i
    kept = np.array(keep)
    dropped = len(values) - int(np.count_nonzero(kept))
    note = [Note("dropped", f"{dropped} near-duplicates were dropped", dropped)] if dropped else []
    return shaped.with_samples(series.samples.take(kept), *note)


def _always(series: Series) -> np.ndarray:
    """Samples that are never dropped: both ends, NaN and their neighbours, those with text."""
    always = np.isnan(series.values)
    beside = always.copy()
    beside[1:] |= always[:-1]
    beside[:-1] |= always[1:]
    beside[[0, -1]] = True
    if series.samples.texts is not None:
        beside |= np.array([text is not None for text in series.samples.texts], bool)
    return beside


def _within(a: float, b: float, difference: float, ratio: float | None) -> bool:
    """Whether two values are near: by difference, or neither ratio exceeds the bound (without dividing)."""
    if ratio is None:
        return abs(a - b) <= difference
    return not (a / ratio > b or b / ratio > a)


def _same_detail(
    times: list[int], values: list[float], last: int, i: int, difference: float, ratio: float | None
) -> bool:
    here = values[i]
    return _within(here, values[last], difference, ratio) and _within(here, values[i + 1], difference, ratio)


def _same_interpolate(
    times: list[int], values: list[float], last: int, i: int, difference: float, ratio: float | None
) -> bool:
    share = (times[i] - times[last]) / (times[i + 1] - times[last])
    expected = values[last] + (values[i + 1] - values[last]) * share
    return _within(values[i], expected, difference, ratio)


_SAME = {"detail": _same_detail, "interpolate": _same_interpolate}
