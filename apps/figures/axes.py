"""Axes: human steps in the named zone, units in the title, the range that settings and values ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

import numpy as np

from apps.algebra.times import zone_info
from apps.figures.format import ValueFormat, date_text, number_format
from apps.figures.settings import flag, number
from apps.figures.texts import safe_text

__all__ = ["iso_utc", "time_axis", "value_axis", "wall_texts", "zone_ticks"]

_NOTHING: Mapping[str, str] = MappingProxyType({})

_SECOND = 10**9
_DAY = 86_400 * _SECOND

#: Steps of time ticks: fixed ones in ns (below a day), then days, then months.
_FIXED_STEPS = (
    *(10**6 * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(_SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(60 * _SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(3600 * _SECOND * n for n in (1, 2, 3, 6, 12)),
)
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)

#: Room for one label of the time axis.
_LABEL_PX = 96

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_utc(time_ns: int) -> str:
    """A time as plotly.js reads it in a date axis: UTC without a zone, to the microsecond."""
    low, high = -62_135_596_800 * _SECOND, 253_402_300_799 * _SECOND
    at = _EPOCH + timedelta(microseconds=min(max(time_ns, low), high) // 1000)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")


def time_axis(
    start_ns: int, end_ns: int, zone: str, width_px: int, settings: Mapping[str, str]
) -> dict[str, Any]:
    """The axis of a window. Points stand at their UTC milliseconds; the labels are in ``zone``.

    So a line never runs backwards when clocks go back, and the labels are right on both sides of a change.
    """
    wanted = number(settings, "ticks-time")
    count = int(min(max(wanted or width_px / _LABEL_PX, 2), 40))
    axis: dict[str, Any] = {
        "type": "date",
        "range": [iso_utc(start_ns), iso_utc(end_ns)],
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "outside",
        "ticklen": 4,
        "automargin": True,
        "title": {"text": safe_text(zone), "standoff": 8},
        "hoverformat": "%Y-%m-%d %H:%M:%S",
    }
    if zone != "UTC":
        # plotly.js would write the time of a hover in UTC; each point brings its own on the zone's clock.
        axis["unifiedhovertitle"] = {"text": safe_text(zone)}
    times, texts = zone_ticks(
        start_ns, end_ns, zone, count, settings.get("day-format"), settings.get("hour-format")
    )
    axis |= {"tickmode": "array", "tickvals": [iso_utc(t) for t in times], "ticktext": texts}
    angle = number(settings, "rotate-ticks")
    if angle is not None or flag(settings, "rotate-ticks"):
        axis["tickangle"] = -min(90.0, max(0.0, 90.0 if angle is None else angle))
    return axis


def zone_ticks(
    start_ns: int,
    end_ns: int,
    zone: str,
    count: int,
    day_format: str | None = None,
    hour_format: str | None = None,
) -> tuple[list[int], list[str]]:
    """About ``count`` ticks at most in ``[start_ns, end_ns)`` at human steps of the zone, and labels."""
    tz = zone_info(zone)
    span = max(1, end_ns - start_ns)
    step = next((s for s in _FIXED_STEPS if span / s <= count), None)
    if step is not None:
        times, coarse = _fixed_ticks(start_ns, end_ns, step, tz), False
    else:
        times, coarse = _calendar_ticks(start_ns, end_ns, span, count, tz), True
    walls = [_wall(t, tz) for t in times]
    texts = []
    for index, (at, wall) in enumerate(zip(times, walls, strict=True)):
        before = walls[index - 1] if index else None
        if coarse:
            texts.append(_day_label(wall, before, day_format, times))
        else:
            texts.append(_hour_label(at, wall, before, hour_format, day_format, step or 0))
    return times, texts


def _wall(time_ns: int, tz: tzinfo) -> datetime:
    try:
        return (_EPOCH + timedelta(microseconds=time_ns // 1000)).astimezone(tz)
    except OverflowError:
        return datetime.max.replace(tzinfo=tz) if time_ns > 0 else datetime.min.replace(tzinfo=tz)


def _to_ns(wall: datetime) -> int:
    gone = wall.astimezone(UTC) - _EPOCH
    return ((gone.days * 86_400 + gone.seconds) * 10**6 + gone.microseconds) * 1000


def wall_texts(times_ns: np.ndarray, zone: str) -> list[str]:
    """Times on the zone's clock; seconds and the offset only where they tell times apart."""
    tz = zone_info(zone)
    walls = [_wall(at, tz) for at in times_ns.tolist()]
    seconds = bool(np.any(times_ns % (60 * _SECOND)))
    shifted = len({wall.utcoffset() for wall in walls}) > 1
    step = "milliseconds" if np.any(times_ns % _SECOND) else "seconds" if seconds else "minutes"
    texts = [wall.isoformat(sep=" ", timespec=step) for wall in walls]
    return texts if shifted else [text[:-6] for text in texts]


def _fixed_ticks(start_ns: int, end_ns: int, step: int, tz: tzinfo) -> list[int]:
    """Ticks where the zone's clock shows a multiple of the step. An hour that the clocks repeat gets its
    ticks twice (for steps up to an hour), one that they leave out gets none."""
    offset = _offset_ns(start_ns, tz)
    if step <= 900 * _SECOND:
        # Clocks change by whole quarters of an hour, so small steps just go on.
        first = -(-(start_ns + offset) // step) * step - offset
        return list(range(first, end_ns, step))[:200]
    face = start_ns + offset - 2 * 3600 * _SECOND
    face -= face % step
    times: list[int] = []
    while len(times) < 200:
        wall = datetime(1970, 1, 1) + timedelta(microseconds=face // 1000)
        firsts = [_to_ns(wall.replace(tzinfo=tz, fold=fold)) for fold in (0, 1)]
        if firsts[0] >= end_ns:
            break
        for at in firsts if step <= 3600 * _SECOND else firsts[:1]:
            if start_ns <= at < end_ns and (not times or at > times[-1]):
                times.append(at)
        face += step
    return times


def _offset_ns(time_ns: int, tz: tzinfo) -> int:
    return int((_wall(time_ns, tz).utcoffset() or timedelta()).total_seconds()) * _SECOND


def _calendar_ticks(start_ns: int, end_ns: int, span: int, count: int, tz: tzinfo) -> list[int]:
    """Midnights, Mondays, firsts of months or years of the zone."""
    days = next((d for d in _DAY_STEPS if span / (d * _DAY) <= count), None)
    first = _wall(start_ns, tz).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    times: list[int] = []
    try:
        if days:
            day = first.date()
            ordinal = day.toordinal()
            # Two-day steps stand on even day numbers, weeks on Mondays, whatever the window.
            shift = 1 if days % 7 == 0 else 0
            ordinal += -(ordinal - shift) % days
            while len(times) < 400:
                at = _to_ns(datetime.fromordinal(ordinal).replace(tzinfo=tz))
                if at >= end_ns:
                    break
                if at >= start_ns:
                    times.append(at)
                ordinal += days
            return times
        months = next((m for m in _MONTH_STEPS if span / (m * 30.44 * _DAY) <= count), _MONTH_STEPS[-1])
        number_of = first.year * 12 + first.month - 1
        number_of += -number_of % months
        while len(times) < 400:
            at = _to_ns(datetime(number_of // 12, number_of % 12 + 1, 1, tzinfo=tz))
            if at >= end_ns:
                break
            if at >= start_ns:
                times.append(at)
            number_of += months
    except (OverflowError, ValueError):
        return times
    return times


def _day_label(wall: datetime, before: datetime | None, pattern: str | None, times: Sequence[int]) -> str:
    if pattern:
        return safe_text(date_text(wall, pattern[:80]))
    apart = (times[1] - times[0]) if len(times) > 1 else 0
    if apart > 300 * _DAY:
        return f"{wall.year}"
    text = f"{wall:%b}" if apart >= 27 * _DAY else f"{wall:%b} {wall.day}"
    return text if before is not None and before.year == wall.year else f"{text}<br>{wall.year}"


def _hour_label(
    time_ns: int, wall: datetime, before: datetime | None, hour: str | None, day: str | None, step: int
) -> str:
    if hour:
        text = safe_text(date_text(wall, hour[:80]))
    elif step >= 60 * _SECOND:
        text = f"{wall:%H:%M}"
    elif step >= _SECOND:
        text = f"{wall:%H:%M:%S}"
    else:
        text = f"{wall:%H:%M:%S}.{time_ns // 10**6 % 1000:03d}"
    if before is not None and before.date() == wall.date():
        return text
    date = safe_text(date_text(wall, day[:80])) if day else f"{wall:%b} {wall.day}"
    if not day and (before is None or before.year != wall.year):
        date += f", {wall.year}"
    return f"{text}<br>{date}"


def value_axis(
    settings: Mapping[str, str],
    *,
    right: bool,
    columns: Sequence[np.ndarray],
    from_zero: bool,
    form: ValueFormat | None,
    unit: str | None,
    own: Mapping[str, str] = _NOTHING,
    zone: str = "UTC",
) -> dict[str, Any]:
    """A value axis: covers its values and the soft bounds, or exactly the hard ones.

    ``own`` is what an ``[axis]`` section says of it; that stands over the settings of the widget.
    """
    suffix = "-right" if right else ""
    settings = {**settings, **_in_widget_words(own, suffix)}
    form = number_format(own["format"], zone) or form if own.get("format") else form
    low, high = _extent(columns)
    written = settings.get(f"axis-title{suffix}") or ("" if right else settings.get("axis-title-left"))
    title = safe_text(written or unit or "")
    crosses = low < 0 < high
    axis: dict[str, Any] = {
        "showgrid": flag(settings, "horizontal-grid", True) and not right,
        "zeroline": crosses,
        "showline": False,
        "ticks": "",
        "automargin": True,
        "rangemode": "tozero" if from_zero else "normal",
        "title": {"text": title, "standoff": 8},
        "nticks": int(min(max(number(settings, f"ticks{suffix}") or 6, 2), 30)),
    }
    axis |= _range(settings, suffix, _spread(own, low, high), from_zero)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    axis |= _tick_format(form or number_format("") or ValueFormat(str), low, high, axis.get("range"))
    if right:
        axis |= {"overlaying": "y", "side": "right"}
    # Left to itself plotly.js puts the ticks of one axis level with the other's, at odd numbers.
    axis.setdefault("tickmode", "auto")
    return axis


#: What an ``[axis]`` section says, and the setting of a widget that says the same.
_OF_AXIS = {
    "title": "axis-title{}",
    "ticks": "ticks{}",
    "min": "min-range{}",
    "max": "max-range{}",
    "min-force": "min-range{}-force",
    "max-force": "max-range{}-force",
}


def _in_widget_words(own: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {name.format(suffix): own[key] for key, name in _OF_AXIS.items() if own.get(key)}


def _spread(own: Mapping[str, str], low: float, high: float) -> tuple[float, float, bool]:
    """The extent, at least as wide as ``delta`` or ``delta-percent`` ask for; whether it was widened.

    ``delta-percent = p`` stands for ``highest / lowest = (1 + p/200) / (1 - p/200)``.
    """
    middle = low + (high - low) / 2
    percent = number(own, "delta-percent") or 0.0
    share = percent / 100 if 0 < percent < 100 else 0.0
    least = max(number(own, "delta") or 0.0, abs(middle) * share)
    if not high - low < least:
        return low, high, False
    return middle - least / 2, middle + least / 2, True


def _extent(columns: Sequence[np.ndarray]) -> tuple[float, float]:
    lows, highs = [], []
    for column in columns:
        known = column[np.isfinite(column)]
        if known.size:
            lows.append(float(known.min()))
            highs.append(float(known.max()))
    return (min(lows), max(highs)) if lows else (0.0, 1.0)


def _range(
    settings: Mapping[str, str], suffix: str, extent: tuple[float, float, bool], from_zero: bool
) -> dict[str, Any]:
    """Hard bounds are the range; soft ones widen it; none leaves the range to plotly.js."""
    low, high, spread = extent
    hard = [number(settings, f"{end}-range{suffix}-force") for end in ("min", "max")]
    soft = [number(settings, f"{end}-range{suffix}") for end in ("min", "max")]
    if all(bound is None for bound in (*hard, *soft)) and not spread:
        return {}
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    pad = 0.0 if spread else 0.05 * (high - low or abs(high) or 1.0)
    bottom, top = low - (0.0 if from_zero and low == 0 else pad), high + pad
    if soft[0] is not None:
        bottom = min(soft[0], low - pad) if low < soft[0] else soft[0]
    if soft[1] is not None:
        top = max(soft[1], high + pad) if high > soft[1] else soft[1]
    bottom = hard[0] if hard[0] is not None else bottom
    top = hard[1] if hard[1] is not None else top
    if not (math.isfinite(bottom) and math.isfinite(top)) or bottom >= top:
        return {}
    return {"range": [bottom, top], "autorange": False}


def _tick_format(form: ValueFormat, low: float, high: float, span: list[float] | None) -> dict[str, Any]:
    if form.d3 == ",.6~r":
        # Long numbers on an axis are shortened by SI letters, as nobody reads seven digits there.
        largest = max(abs(low), abs(high))
        return {"tickformat": "~s" if largest >= 1e5 else ",~r" if largest >= 1e-4 else "~g"}
    if form.d3 is not None:
        return {"tickformat": form.d3, "tickprefix": form.prefix, "ticksuffix": form.suffix}
    bottom, top = span or (min(low, 0.0) if low > -abs(high) else low, high)
    vals = _nice_ticks(bottom, top, form)
    return {"tickmode": "array", "tickvals": vals, "ticktext": [safe_text(form.text(v)) for v in vals]}


def _nice_ticks(low: float, high: float, form: ValueFormat, count: int = 5) -> list[float]:
    """Round values, round in the unit that is shown: bytes stand at multiples of powers of two."""
    width = (high - low) * form.scale
    if not math.isfinite(width) or width <= 0:
        return [low]
    raw = width / count
    if form.base == 1024:
        power = 1024.0 ** math.floor(math.log(raw, 1024)) if raw >= 1 else 1.0
        share = raw / power
        step = power * next((s for s in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if s >= share), 1024)
    else:
        power = 10.0 ** math.floor(math.log10(raw))
        step = power * next(s for s in (1, 2, 2.5, 5, 10) if s >= raw / power - 1e-9)
    step /= form.scale
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, min(last, first + 40) + 1)]
