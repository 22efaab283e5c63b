"""The interval of a widget: start, end and zone from its settings, or from a zoom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from apps.algebra.periods import Period
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, zone_info
from apps.dialects.charts.dates import parse_date, shift_clock
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.sections import Section, Setting
from apps.dialects.charts.templates import is_parameter
from apps.errors import ArgumentFault, TsError
from apps.spans import Span

__all__ = ["Window", "read_interval", "resolve_window"]


@dataclass(frozen=True, slots=True)
class Window:
    """``[start_ns, end_ns)``; ``last_ns`` is where the configured interval ends, whatever the zoom."""

    start_ns: int
    end_ns: int
    zone: str
    last_ns: int

    @property
    def zoomed(self) -> bool:
        return self.end_ns < self.last_ns


def read_interval(text: str) -> tuple[Period, int]:
    """An interval setting: its length and its sign. ArgumentFault when it can't be read."""
    words = text.strip()
    sign = -1 if words.startswith("-") else 1
    words = words.lstrip("+-").strip()
    if words.startswith("."):
        words = f"0{words}"
    if words.isdigit() and int(words) == 0:
        words = "0 second"
    return Period.parse(words), sign


def _moved(time_ns: int, text: str, direction: int, zone: str) -> int:
    period, sign = read_interval(text)
    if float(period.count).is_integer():
        return shift_clock(time_ns, direction * sign * int(period.count), period.unit, zone)
    moved = time_ns + direction * sign * period.fixed_ns
    return max(MIN_TIME_NS, min(moved, MAX_TIME_NS))


class _Reader:
    def __init__(self, section: Section, found: Diagnostics, now_ns: int, zone: str) -> None:
        self.section, self.found, self.now_ns, self.zone = section, found, now_ns, zone

    def date(self, name: str) -> int | None:
        setting = self.section.get(name)
        if setting is None or is_parameter(setting.text):
            self.told_parameter(setting)
            return None
        try:
            return parse_date(setting.text, now_ns=self.now_ns, zone=self.zone)
        except TsError as error:
            self.found.fault(error, setting.span)
            return None

    def told_parameter(self, setting: Setting | None) -> None:
        """``{name}`` in a date is a parameter of a page; ``${name}`` has been reported where it was read."""
        if setting is not None and "${" not in setting.text:
            self.found.warning(
                "page-parameter", f"{setting.text.strip()[:60]} has a parameter of a page", setting.span,
                hint="nothing gives it a value here; write the date",
            )  # fmt: skip

    def moved(self, time_ns: int, text: str, direction: int) -> int:
        setting = self.section.get("timespan")
        try:
            return _moved(time_ns, text, direction, self.zone)
        except ArgumentFault as error:
            self.found.fault(error, setting.span if setting else Span(0, 0))
            return _moved(time_ns, "1 hour", direction, self.zone)


def zone_of(section: Section, found: Diagnostics) -> str:
    """The zone of a widget; UTC unless it names one ("local" means the viewer's: UTC here)."""
    setting = section.get("time-zone")
    if setting is None or setting.text.lower() in ("local", ""):
        return "UTC"
    try:
        zone_info(setting.text)
    except TsError as error:
        written = _zones().get(setting.text.strip().lower())
        if written is None:
            found.fault(error, setting.span)
        return written or "UTC"
    return setting.text


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """The names of zones by their lower case: people write utc and europe/vienna."""
    return {name.lower(): name for name in available_timezones()}


def resolve_window(
    section: Section,
    found: Diagnostics,
    *,
    now_ns: int,
    start_ns: int | None,
    end_ns: int | None,
    beyond: bool = False,
) -> Window:
    """The interval of a widget. ``start_ns``/``end_ns`` of a zoom come first.

    ``beyond``: behind the configured end nothing ends, so that any stretch of it is a zoom.
    """
    zone = zone_of(section, found)
    reader = _Reader(section, found, now_ns, zone)
    start, end = _configured(section, reader, found, now_ns)
    last = end
    if start_ns is not None:
        start = start_ns
    if end_ns is not None:
        end = end_ns
    if end <= start:
        end = start + 1_000_000 if end_ns is not None or start_ns is not None else start
    if beyond and end > last:
        last = MAX_TIME_NS
    return Window(start, end, zone, max(last, end))


def _configured(section: Section, reader: _Reader, found: Diagnostics, now_ns: int) -> tuple[int, int]:
    start, end = reader.date("start-time"), reader.date("end-time")
    timespan = section.get("timespan")
    text = timespan.text.strip().lower() if timespan and not is_parameter(timespan.text) else None
    if timespan is not None and text is not None and _is_empty(text):
        found.error("bad-value", "timespan must be longer than 0", timespan.span, hint="timespan = 1 hour")
        text = None
    kind = section.own("type")
    if text is None and start is None and kind is not None and kind.text.strip().lower() == "console":
        text = "all"
    if start is not None and end is not None:
        return _bounded(section, found, start, end, timespan is not None)
    if text == "all":
        return (MIN_TIME_NS if start is None else start), (MAX_TIME_NS if end is None else end)
    if start is not None:
        if text is None:
            return start, max(now_ns, start + 1_000_000)
        return start, reader.moved(start, text, 1)
    end = now_ns if end is None else end
    return reader.moved(end, text or "1 hour", -1), end


def _is_empty(text: str) -> bool:
    """Whether an interval has no length; what can't be read is told where it is used."""
    if text == "all":
        return False
    try:
        period, sign = read_interval(text)
    except TsError:
        return False
    return sign < 0 or period.count <= 0


def _bounded(section: Section, found: Diagnostics, start: int, end: int, spare: bool) -> tuple[int, int]:
    """Start and end as given; one hour before the end when they are the wrong way round."""
    timespan, last = section.get("timespan"), section.get("end-time")
    if spare and timespan is not None:
        found.warning(
            "spare-setting", "timespan is ignored: start-time and end-time are set", timespan.name_span
        )
    if end <= start:
        if last is not None:
            found.error("empty-interval", "end-time must be after start-time", last.span)
        return start, start
    return start, end
