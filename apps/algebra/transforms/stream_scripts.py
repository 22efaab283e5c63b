"""Functions that users write as JavaScript, over the points or the ranges of a stream.

Scripts run elsewhere: the session that the executor hands over takes whole columns. A stream of texts passes
as it is, and the marks of gaps are no points.
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import Annotated, Any

import numpy as np

from apps.algebra.evidence import Evidence, number, used
from apps.algebra.registry import Param, register
from apps.algebra.scripting import ScriptRole, ScriptSession, script_runner
from apps.algebra.series import INT, Samples, Series
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.params import Zone
from apps.algebra.transforms.stream_points import is_text, points, walked, with_points
from apps.algebra.transforms.stream_ranges import (
    MILLISECOND,
    AlignSampling,
    Origin,
    QueryStart,
    Ranges,
    Sampling,
    Stamp,
    ranges_of,
)

__all__ = ["js_filter", "js_function", "js_range", "js_regression"]

Script = Annotated[str, Param("an expression, or a function body that ends in return")]
Session = Annotated[
    Any, Param("where scripts run, one for all of a query; supplied by the caller")
]
AllocateArray = Annotated[bool, Param("hand over a range as valueArray instead of the iterator values")]


def _opened(session: ScriptSession | None) -> Any:
    """The session given, which its owner closes, or one for this call."""
    return closing(script_runner().session()) if session is None else nullcontext(session)


def _times_ms(times_ns: np.ndarray) -> np.ndarray:
    return (times_ns // NS_PER_MS).astype(np.float64)


def _by_point(
    series: Series, held: Samples, script: str, role: ScriptRole, session: ScriptSession | None
) -> np.ndarray:
    """What a script makes of each point; it is called in the order asked for."""
    turn = walked(series)
    with _opened(session) as opened:
        return opened.points(script, role, _times_ms(held.times_ns)[turn], held.values[turn])[turn]


def explain_point(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The point of that time, which a script kept or gave a new value."""
    (series,) = inputs
    rule = "what the script says of the point"
    lo, hi = (int(np.searchsorted(series.times_ns, time_ns, side)) for side in ("left", "right"))
    return Evidence(rule, params["script"], tuple(used(series, at, "value") for at in range(lo, hi)))


@register("js_filter", explain=explain_point)
def js_filter(series: Series, *, script: Script, script_session: Session = None) -> Series:
    """The points for which a script says true.

    In: one stream of numbers. Variables of the script: value, timestamp (ms); global variables live on from
        point to point.
    Out: the points kept, with their types.
    Missing: marks of gaps are removed.
    Errors: ExecutionFault when the script throws, gives no boolean, or passes a limit of time or memory;
        SyntaxFault when it does not parse.
    Source: Skyminer JS Filter. Differences: every stream has an environment of its own.
    Example: value % 2 === 0 over 1, 2, 6, 10 -> 2, 6, 10.
    """
    if is_text(series):
        return series
    held = points(series)
    kept = _by_point(series, held, script, "filter", script_session) == 1
    return series.with_samples(held.take(kept)).with_applied("js_filter", script=script)


@register("js_function", explain=explain_point)
def js_function(series: Series, *, script: Script, script_session: Session = None) -> Series:
    """Each point with the value that a script gives it.

    In: one stream of numbers. Variables of the script: value, timestamp (ms); global variables live on from
        point to point.
    Out: the same times, type double.
    Missing: marks of gaps are removed.
    Errors: ExecutionFault when the script throws, gives no finite number, or passes a limit of time or
        memory; SyntaxFault when it does not parse.
    Source: Skyminer JS Function. Differences: every stream has an environment of its own.
    Example: value * 2 over 1, 2, 6 -> 2, 4, 12.
    """
    if is_text(series):
        return series
    held = points(series)
    values = _by_point(series, held, script, "function", script_session)
    return with_points(series, held.times_ns, values).with_applied("js_function", script=script)


def explain_range(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The points of the range whose result stands at a time."""
    (series,) = inputs
    rule = "the script's result for the points of the range"
    script, stamp = params.pop("script"), params.pop("stamp", "first")
    params.pop("allocate_array", None)
    held = points(series)
    ranges = ranges_of(series, held.times_ns, **{"period": MILLISECOND, "start_ns": 0, **params})
    stamps = ranges.stamps(stamp, held.times_ns)
    at = int(np.searchsorted(stamps, time_ns))
    if at >= len(stamps) or stamps[at] != time_ns:
        return Evidence(rule, absent="no range with points has its result at that time")
    inside = series.with_samples(held)
    picked = tuple(used(inside, i, "in range") for i in range(int(ranges.lo[at]), int(ranges.hi[at])))
    result = float(output.values[np.searchsorted(output.times_ns, time_ns)])
    return Evidence(rule, f"{script} = {number(result)}", picked)


def _by_range(
    series: Series,
    held: Samples,
    ranges: Ranges,
    script: str,
    role: ScriptRole,
    session: ScriptSession | None,
) -> np.ndarray:
    """What a script makes of each range; ranges, and points within them, come in the order asked for."""
    times_ms, values = _times_ms(held.times_ns), held.values
    kinds = held.kinds
    whole = np.zeros(len(held), bool) if kinds is None else kinds == INT
    lo, hi = ranges.lo, ranges.hi
    turn = walked(series)
    if turn.step == -1:
        lo, hi = len(held) - hi, len(held) - lo
    with _opened(session) as opened:
        found = opened.ranges(
            script, role, times_ms[turn], values[turn], whole[turn], lo[turn], hi[turn]
        )
    return found[turn]


@register("js_range", explain=explain_range)
def js_range(
    series: Series,
    *,
    script: Script,
    allocate_array: AllocateArray = False,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    script_session: Session = None,
) -> Series:
    """What a script makes of the points of each range.

    In: one stream of numbers. Variables of the script: values with hasNext() and next(), or valueArray with
        size() and get(i); a point has getTimestamp(), getDoubleValue(), getLongValue(), isDouble(), isLong().
    Out: a point of type double for each range with points.
    Missing: marks of gaps are no points. Ranges without points give nothing.
    Errors: ExecutionFault when the script throws, gives no finite number, passes a limit of time or memory,
        or when a range is too large for an array; SyntaxFault when it does not parse.
    Source: Skyminer JS Range. Differences: every stream has an environment of its own.
    Example: 1, 2, 6 at 1, 4, 9 s, return 7 per 10 second from 0 s, stamp start -> 7 at 0 s.
    """
    if is_text(series):
        return series
    held = points(series)
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    found = _by_range(series, held, ranges, script, "array" if allocate_array else "range", script_session)
    shaped = with_points(series, ranges.stamps(stamp, held.times_ns), found)
    return shaped.with_applied("js_range", script=script, period=period)


@register("js_regression", explain=explain_range)
def js_regression(
    series: Series,
    *,
    script: Script,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    script_session: Session = None,
) -> Series:
    """What a script makes of the line fitted to the points of each range.

    In: one stream of numbers. Variable of the script: regression, a least-squares line with intercept of
        value over time in ms, with getN(), getSlope(), getIntercept(), predict(x), getRSquare() and others.
    Out: a point of type double for each range with points.
    Missing: marks of gaps are no points. Statistics that need more points are NaN, which is no result.
    Errors: ExecutionFault when the script throws, gives no finite number, or passes a limit of time or
        memory; SyntaxFault when it does not parse.
    Source: Skyminer JS Regression. Differences: every stream has an environment of its own.
    Example: 1, 3, 2, 5 at 0, 10, 20, 30 s, regression.getSlope() * 1000 per 1 minute -> 0.11.
    """
    if is_text(series):
        return series
    held = points(series)
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    found = _by_range(series, held, ranges, script, "regression", script_session)
    shaped = with_points(series, ranges.stamps(stamp, held.times_ns), found)
    return shaped.with_applied("js_regression", script=script, period=period)
