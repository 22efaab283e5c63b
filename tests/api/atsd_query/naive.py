"""The transformations of a series query once more, written for reading: one sample after the other, with
the standard library's calendar. What the server answers is compared with this."""

from __future__ import annotations

import calendar
import math
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

Sample = tuple[int, float | None]

FIXED_MS = {"MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
DAY_MS = 86_400_000
RATE_MS = {
    **FIXED_MS, "NANOSECOND": 1e-6, "DAY": DAY_MS, "WEEK": 7 * DAY_MS, "MONTH": 30 * DAY_MS,
    "QUARTER": 91 * DAY_MS, "YEAR": 365 * DAY_MS,
}  # fmt: skip


def iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def unix_ms(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


# --- Grids --------------------------------------------------------------------------------------------------


def _wall(time_ms: int, zone: ZoneInfo) -> datetime:
    moment = datetime.fromtimestamp(time_ms // 1000, zone).replace(tzinfo=None)
    return moment + timedelta(milliseconds=time_ms % 1000)


def _utc(wall: datetime, zone: ZoneInfo) -> int:
    return round(wall.replace(tzinfo=zone).timestamp() * 1000)


def _add_months(wall: datetime, count: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return wall.replace(year=year, month=month + 1, day=min(wall.day, last))


def _base(unit: str, align: str, start: int, end: int, zone: ZoneInfo, first: int) -> datetime:
    if align != "CALENDAR":
        return _wall({"START_TIME": start, "END_TIME": end, "FIRST_VALUE_TIME": first}[align], zone)
    base = _wall(start, zone).replace(minute=0, second=0, microsecond=0)
    if unit in ("MILLISECOND", "SECOND", "MINUTE"):
        return base
    base = base.replace(hour=0)
    if unit == "HOUR":
        return base
    base = base.replace(day=1)
    if unit == "WEEK":
        return base - timedelta(days=base.weekday())
    if unit in ("MONTH", "QUARTER"):
        return base.replace(month=1)
    return datetime(1970, 1, 1) if unit == "YEAR" else base


def grid(
    count: int, unit: str, align: str, start: int, end: int, zone_name: str, first: int
) -> list[tuple[int, int]]:
    """Periods that begin in ``[start, end)``."""
    zone = ZoneInfo(zone_name)
    base = _base(unit, align, start, end, zone, first)
    floor = first if align == "FIRST_VALUE_TIME" else start
    if unit in FIXED_MS:
        step = FIXED_MS[unit] * count
        at = _utc(base, zone)
        at += -((at - floor) // step) * step
        return [(begin, begin + step) for begin in range(at, end, step) if begin >= floor]

    def edge(k: int) -> int:
        if unit in MONTHS:
            return _utc(_add_months(base, k * count * MONTHS[unit]), zone)
        return _utc(base + timedelta(days=k * count * (7 if unit == "WEEK" else 1)), zone)

    k = 0
    while edge(k) >= floor:
        k -= 1
    periods = []
    while edge(k) < end:
        if edge(k) >= floor:
            periods.append((edge(k), edge(k + 1)))
        k += 1
    return periods


# --- Statistics ---------------------------------------------------------------------------------------------


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    position = share / 100 * (len(ordered) + 1)
    if position < 1:
        return ordered[0]
    if position >= len(ordered):
        return ordered[-1]
    k = math.floor(position)
    return ordered[k - 1] + (position - k) * (ordered[k] - ordered[k - 1])


def _line(times: Sequence[int], values: Sequence[float]) -> tuple[float, float] | None:
    if len(values) < 2:
        return None
    x = [time - times[0] for time in times]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(values)
    rise = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, values, strict=True))
    slope = rise / sum((a - mean_x) ** 2 for a in x)
    return slope, mean_y - slope * mean_x


def _violations(
    times: Sequence[int], values: Sequence[float], period: tuple[int, int], limits: dict[str, float]
) -> tuple[int, int]:
    """Milliseconds in violation and how often violation began."""
    low, high = limits.get("min", -math.inf), limits.get("max", math.inf)
    points = [(period[0], values[0]), *zip(times, values, strict=True), (period[1], values[-1])]
    pieces = []
    for (t0, v0), (t1, v1) in pairwise(points):
        if t1 <= t0:
            continue
        exact = [t0, t1]
        for limit in (low, high):
            if math.isfinite(limit) and (v0 - limit) * (v1 - limit) < 0:
                exact.append(t0 + (t1 - t0) * (limit - v0) / (v1 - v0))
        for a, b in pairwise(sorted(exact)):
            middle = v0 + (v1 - v0) * ((a + b) / 2 - t0) / (t1 - t0)
            pieces.append((int(b) - int(a), middle > high or middle < low))
    duration = sum(length for length, bad in pieces if bad)
    begun = sum(bad and not before for (_, before), (_, bad) in pairwise([(0, False), *pieces]))
    return duration, begun


def statistic(
    name: str,
    times: Sequence[int],
    values: Sequence[float],
    before: float | None,
    period: tuple[int, int],
    limits: dict[str, float] | None = None,
) -> float | None:
    count = len(values)
    chain = [*([before] if before is not None else []), *values]
    match name:
        case "COUNT":
            return count
        case "SUM":
            return sum(values)
        case "AVG":
            return sum(values) / count
        case "MIN":
            return min(values)
        case "MAX":
            return max(values)
        case "FIRST":
            return values[0]
        case "LAST":
            return values[-1]
        case "DELTA":
            return values[-1] - chain[0] if len(chain) > 1 else None
        case "COUNTER":
            return sum(b - a if b >= a else b for a, b in pairwise(chain)) if len(chain) > 1 else None
        case "MEDIAN":
            return percentile(values, 50)
        case "STANDARD_DEVIATION":
            return statistics.stdev(values) if count > 1 else 0
        case "MEDIAN_ABS_DEV":
            middle = percentile(values, 50)
            return percentile([abs(value - middle) for value in values], 50)
        case "SLOPE" | "INTERCEPT":
            line = _line(times, values)
            return None if line is None else line[name == "INTERCEPT"]
        case "WAVG" | "WTAVG":
            weights = [
                i + 1 if name == "WAVG" else 1 + (time - times[0]) / 1000 for i, time in enumerate(times)
            ]
            return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        case "MIN_VALUE_TIME":
            return times[values.index(min(values))]
        case "MAX_VALUE_TIME":
            return times[values.index(max(values))]
    if name.startswith("PERCENTILE("):
        return percentile(values, float(name[11:-1]))
    duration, begun = _violations(times, values, period, limits or {})
    if name == "THRESHOLD_COUNT":
        return begun
    return duration if name == "THRESHOLD_DURATION" else 100 * (1 - duration / (period[1] - period[0]))


# --- Stages -------------------------------------------------------------------------------------------------


def _between(time: int, left: Sample, right: Sample, filling: dict) -> float:
    (t0, v0), (t1, v1) = left, right
    match filling["type"]:
        case "PREVIOUS":
            return v0
        case "NEXT":
            return v1
        case "VALUE":
            return float(filling["value"])
    return v0 + (v1 - v0) * (time - t0) / (t1 - t0)


def aggregate(
    samples: Sequence[Sample],
    name: str,
    step: tuple[int, str, str],
    window: tuple[int, int],
    zone: str = "UTC",
    filling: dict | None = None,
    limits: dict[str, float] | None = None,
) -> list[Sample]:
    inside = [sample for sample in samples if window[0] <= sample[0] < window[1]]
    if not inside:
        return []
    periods = grid(*step, *window, zone, inside[0][0])
    results: dict[int, float] = {}
    before = None
    for period in periods:
        part = [one for one in inside if period[0] <= one[0] < period[1] and one[1] is not None]
        if part:
            times, values = zip(*part, strict=True)
            found = statistic(name, times, values, before, period, limits)
            before = values[-1]
            if found is not None:
                results[period[0]] = found
    return sorted((_filled(results, periods, filling) if filling and results else results).items())


def _filled(
    results: dict[int, float], periods: Sequence[tuple[int, int]], filling: dict
) -> dict[int, float]:
    known, out = sorted(results), dict(results)
    for start, _ in periods:
        left, right = [k for k in known if k < start], [k for k in known if k > start]
        if start in results:
            continue
        if left and right:
            if filling["type"] != "NONE":
                pair = (left[-1], results[left[-1]]), (right[0], results[right[0]])
                out[start] = _between(start, *pair, filling)
        elif filling.get("extend"):
            edge = results[known[0]] if right else results[known[-1]]
            out[start] = float(filling["value"]) if filling["type"] == "VALUE" else edge
    return out


def group(
    series: Sequence[Sequence[Sample]],
    name: str,
    window: tuple[int, int],
    step: tuple[int, str, str] | None,
    filling: dict | None,
    truncate: bool,
    zone: str,
) -> list[Sample]:
    columns = [
        [one for one in samples if window[0] <= one[0] < window[1] and one[1] is not None]
        for samples in series
    ]
    columns = [column for column in columns if column]
    if not columns:
        return []
    if step is None:
        periods = [(time, time + 1) for time in sorted({time for column in columns for time, _ in column})]
    else:
        periods = grid(*step, *window, zone, min(column[0][0] for column in columns))
    tables = [_slots(column, periods, filling or {"type": "NONE"}) for column in columns]
    tables = [table for table in tables if any(table)]
    if not tables:
        return []
    held = [[i for i, slot in enumerate(table) if slot] for table in tables]
    first, last = max(rows[0] for rows in held), min(rows[-1] for rows in held)
    out = []
    for i, period in enumerate(periods):
        met = sorted((one for table in tables for one in table[i]), key=lambda one: one[0])
        if met and (not truncate or first <= i <= last):
            times, values = zip(*met, strict=True)
            out.append((period[0], statistic(name, times, values, None, period)))
    return out


def _slots(
    column: Sequence[Sample], periods: Sequence[tuple[int, int]], filling: dict
) -> list[list[Sample]]:
    """The samples of one series in each period, and what fills the empty ones."""
    slots = [[one for one in column if start <= one[0] < end] for start, end in periods]
    held = [i for i, slot in enumerate(slots) if slot]
    out = [list(slot) for slot in slots]
    if not held:
        return out
    for i, (start, _) in enumerate(periods):
        left, right = [k for k in held if k < i], [k for k in held if k > i]
        if slots[i]:
            continue
        if left and right:
            if filling["type"] != "NONE":
                before = (periods[left[-1]][0], slots[left[-1]][-1][1])
                after = (periods[right[0]][0], slots[right[0]][0][1])
                out[i] = [(start, _between(start, before, after, filling))]
        elif filling.get("extend"):
            edge = slots[held[0]][0][1] if right else slots[held[-1]][-1][1]
            out[i] = [(start, float(filling["value"]) if filling["type"] == "VALUE" else edge)]
    return out


def rate(samples: Sequence[Sample], period: tuple[float, str] | None, counter: bool) -> list[Sample]:
    known = [one for one in samples if one[1] is not None]
    out = []
    for (t0, v0), (t1, v1) in pairwise(known):
        change = v1 - v0
        if counter and change < 0:
            continue
        per = bool(period and period[0])
        out.append((t1, change * RATE_MS[period[1]] * period[0] / (t1 - t0) if per else change))
    return out


def smooth(samples: Sequence[Sample], setting: dict) -> list[Sample]:
    name, out = setting["type"], []
    window: list[Sample] = []
    mean = last = None
    for time, value in samples:
        if value is None:
            out.append((time, None))
            continue
        window.append((time, value))
        if name == "EMA":
            weight = setting.get("factor", 0.25)
            if setting.get("range") and last is not None:
                weight = 1 - math.exp(-(time - last) / setting["range"])
            mean, last = value if mean is None else weight * value + (1 - weight) * mean, time
            result: float | None = mean
        else:
            if "count" in setting:
                window = window[-setting["count"] :]
            else:
                length = setting["interval"]["count"] * FIXED_MS[setting["interval"]["unit"]]
                window = [one for one in window if one[0] > time - length]
            result = statistic(name, *zip(*window, strict=True), None, (0, 1))
        if len(window) < setting.get("minimumCount", 1):
            result = setting.get("incompleteValue")
            if result is None:
                continue
            result = None if result == "NaN" else result
        out.append((time, result))
    return out


def downsample(samples: Sequence[Sample], setting: dict) -> list[Sample]:
    if len(samples) < 3:
        return list(samples)
    ratio, difference = setting.get("ratio"), setting.get("difference", 0)

    def near(a: float, b: float) -> bool:
        return abs(a - b) <= difference if ratio is None else not (a / ratio > b or b / ratio > a)

    out = [samples[0]]
    for before, (time, value), after in zip(samples, samples[1:-1], samples[2:], strict=False):
        kept = out[-1]
        always = None in (before[1], value, after[1])
        always |= "gap" in setting and time - kept[0] > setting["gap"]["count"] * 1000
        if always:
            out.append((time, value))
        elif setting.get("algorithm") == "INTERPOLATE":
            way = (time - kept[0]) / (after[0] - kept[0])
            if not near(value, kept[1] + (after[1] - kept[1]) * way):
                out.append((time, value))
        elif not (near(value, kept[1]) and near(value, after[1])):
            out.append((time, value))
    return [*out, samples[-1]]
