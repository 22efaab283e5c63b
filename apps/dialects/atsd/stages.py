"""Reading the transformations of a series query, one function per stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.times import zone_info
from apps.dialects.atsd.fields import Fields, fault_at
from apps.dialects.atsd.names import ALIGNMENTS, parse_statistic
from apps.dialects.atsd.nodes import (
    Aggregate,
    Downsample,
    Filling,
    Group,
    Interpolate,
    Rate,
    Smooth,
    Stage,
    Step,
    Threshold,
)  # fmt: skip
from apps.errors import ArgumentFault, TsError

__all__ = ["READERS", "read_aggregate"]

MAX_STATISTICS = 50
#: What merged series can be reduced by; the rest needs one series in order of time.
_MERGING = frozenset(
    {"count", "min", "max", "avg", "sum", "percentile", "median", "standard_deviation", "median_abs_dev"}
    | {"first", "last", "min_value_time", "max_value_time", "detail"}
)
_FILLINGS = ("none", "previous", "next", "linear", "value")
_ROLLING = ("avg", "count", "sum", "wavg", "wtavg", "ema")
_SHORT_UNITS = ("millisecond", "second", "minute", "hour")


def _step(fields: Fields, name: str = "period") -> Step | None:
    inner = fields.object(name)
    if inner is None:
        return None
    zone = inner.text("timezone")
    if zone is not None:
        try:
            zone_info(zone)
        except TsError as fault:
            raise fault_at(fault, f"{inner.place}.timezone") from None
    period = inner.period()
    if period.unit == "nanosecond":
        raise inner.wrong("unit", "NANOSECOND is for the period of rate only")
    if period.count < 1:
        raise inner.wrong("count", f"must be at least 1, not {period.count:g}")
    if period.is_calendar and not isinstance(period.count, int):
        raise inner.wrong("count", f"must be a whole number of {period.unit}s, not {period.count:g}")
    return Step(period, inner.choice("align", ALIGNMENTS, "calendar") or "calendar", zone)


def _statistics(fields: Fields, what: str) -> tuple[Statistic, ...]:
    names = fields.texts("types") or fields.texts("type")
    if not names:
        raise ArgumentFault(f"{what} type is required", data={"place": f"{fields.place}.type"})
    if len(names) > MAX_STATISTICS:
        raise fields.wrong("types", f"lists {len(names)} statistics, more than {MAX_STATISTICS}")
    try:
        return tuple(dict.fromkeys(parse_statistic(name) for name in names))
    except TsError as fault:
        raise fault_at(fault, f"{fields.place}.type") from None


def _filling(fields: Fields) -> Filling | None:
    inner = fields.object("interpolate")
    if inner is None:
        return None
    kind = inner.choice("type", _FILLINGS)
    if kind is None:
        raise ArgumentFault("Interpolation type is required", data={"place": inner.place})
    value = inner.number("value")
    if kind == "value" and value is None:
        raise inner.wrong("value", "is required when type is VALUE")
    return Filling(kind, value, inner.flag("extend"))


def _interpolate(fields: Fields) -> Interpolate:
    step = _step(fields)
    if step is None:
        raise fields.wrong("period", "is required")
    if step.align == "first_value_time":
        raise fields.wrong("period.align", "must be CALENDAR, START_TIME or END_TIME")
    function = fields.choice("function", ("linear", "previous", "auto"))
    if function is None:
        raise ArgumentFault("Interpolation function is required", data={"place": fields.place})
    fill: bool | float
    raw = fields.raw("fill")
    if isinstance(raw, str) and raw.strip().lower() == "nan":
        fill = math.nan
    elif isinstance(raw, bool) or raw is None or str(raw).strip().lower() in ("true", "false", ""):
        fill = fields.flag("fill")
    else:
        fill = float(fields.number("fill") or 0.0)
    boundary = fields.choice("boundary", ("inner", "outer"), "inner") or "inner"
    return Interpolate(step, function, boundary, fill, fields.whole("order"))


def _group(fields: Fields) -> Group:
    if fields.has("place"):
        raise ArgumentFault("group.place is not supported", data={"place": f"{fields.place}.place"})
    by = fields.texts("groupByEntityAndTags")
    statistics = _statistics(fields, "Group")
    for one in statistics:
        if one.name not in _MERGING:
            words = ", ".join(name.upper() for name in sorted(_MERGING))
            raise fields.wrong("type", f"must be one of {words}, not {one.name.upper()}")
    return Group(
        statistics=statistics,
        step=_step(fields),
        by=None if by is None else tuple(dict.fromkeys(name.strip().lower() for name in by)),
        filling=_filling(fields),
        truncate=fields.flag("truncate"),
        order=fields.whole("order"),
    )


def _rate(fields: Fields) -> Rate:
    inner = fields.object("period")
    counter, order = fields.flag("counter", True), fields.whole("order")
    if inner is None:
        return Rate(counter=counter, order=order)
    if not inner.has("count") and not inner.has("unit"):
        return Rate(counter=counter, order=order)
    period = inner.period(zero=True, default_unit="second")
    return Rate(period if period.count else None, period.unit, counter, order)


def read_aggregate(fields: Fields) -> Aggregate | None:
    """The aggregate stage; None when it asks for the samples as they are."""
    statistics = _statistics(fields, "Aggregation")
    if all(statistic.name == "detail" for statistic in statistics):
        return None
    limits = fields.object("threshold")
    threshold = None if limits is None else Threshold(limits.number("min"), limits.number("max"))
    if any(statistic.name.startswith("threshold_") for statistic in statistics) and (
        threshold is None or (threshold.min is None and threshold.max is None)
    ):
        raise ArgumentFault(
            "threshold.min or threshold.max is required for threshold statistics",
            data={"place": f"{fields.place}.threshold"},
        )
    minutes = fields.object("workingMinutes")
    working = None
    if minutes is not None:
        working = (minutes.whole("start", minimum=0), minutes.whole("end", 1440, minimum=0))
        if not working[0] < working[1] <= 1440:
            raise fields.wrong("workingMinutes", "must run from start to a later end, up to 1440")
    return Aggregate(
        statistics, _step(fields), _filling(fields), threshold, working, fields.whole("order")
    )


def _smooth(fields: Fields) -> Smooth:
    statistic = fields.choice("type", _ROLLING)
    if statistic is None:
        raise ArgumentFault("Smoothing type is required", data={"place": fields.place})
    count = fields.whole("count", minimum=1) or None
    inner = fields.object("interval")
    interval = None if inner is None else inner.period()
    if interval is not None and interval.unit not in _SHORT_UNITS:
        raise fields.wrong("interval.unit", "must be HOUR or shorter")
    if statistic != "ema" and (count is None) == (interval is None):
        raise ArgumentFault(
            "smooth needs one of count and interval", data={"place": fields.place}
        )
    raw = fields.raw("incompleteValue")
    not_a_number = isinstance(raw, str) and raw.strip().lower() == "nan"
    factor = fields.number("factor")
    if factor is not None and not 0 < factor < 1:
        raise fields.wrong("factor", f"must lie between 0 and 1, not {factor:g}")
    range_ms = fields.number("range", minimum=0)
    return Smooth(
        statistic=statistic,
        count=count,
        interval=interval,
        minimum_count=fields.whole("minimumCount", 1, minimum=0),
        incomplete=math.nan if not_a_number else fields.number("incompleteValue"),
        factor=0.25 if factor is None else factor,
        range_ms=range_ms or None,
        order=fields.whole("order"),
    )


def _downsample(fields: Fields) -> Downsample:
    ratio = fields.number("ratio", minimum=1)
    if ratio is not None and fields.has("difference"):
        raise ArgumentFault(
            "downsample takes difference or ratio, not both", data={"place": fields.place}
        )
    gap = fields.object("gap")
    return Downsample(
        algorithm=fields.choice("algorithm", ("detail", "interpolate"), "detail") or "detail",
        difference=fields.number("difference", minimum=0) or 0.0,
        ratio=ratio,
        gap=None if gap is None else gap.period(),
        order=fields.whole("order"),
    )


READERS: Mapping[str, Callable[[Fields], Stage | None]] = {
    "interpolate": _interpolate,
    "group": _group,
    "rate": _rate,
    "aggregate": read_aggregate,
    "smooth": _smooth,
    "downsample": _downsample,
}
