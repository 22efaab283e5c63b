"""From settings of a series to its transformation stages."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from apps.algebra.aggregators import Statistic
from apps.algebra.expr import nodes
from apps.algebra.periods import Period, period_grid
from apps.algebra.transforms.formula_intervals import whole_units
from apps.dialects.charts.sections import Section, Setting
from apps.dialects.charts.settings import parse_flag
from apps.dialects.charts.stages import Stage
from apps.dialects.charts.window import Window, read_interval
from apps.errors import ArgumentFault, TsError
from apps.spans import Span

__all__ = ["DEFAULT_ORDER", "StageReader", "auto_period", "parse_statistics"]

DEFAULT_ORDER = ("interpolate", "group", "rate", "aggregate", "smooth", "downsample")
_SERVER_ONLY = frozenset({"wavg", "wtavg", "standard_deviation", "median_abs_dev"})
_STEPS = (
    (1, "second"), (2, "second"), (5, "second"), (10, "second"), (15, "second"), (30, "second"),
    (1, "minute"), (2, "minute"), (5, "minute"), (10, "minute"), (15, "minute"), (30, "minute"),
    (1, "hour"), (2, "hour"), (3, "hour"), (6, "hour"), (12, "hour"), (1, "day"), (1, "week"),
    (1, "month"), (1, "quarter"), (1, "year"),
)  # fmt: skip
_DEPRECATED_PERCENTILE = re.compile(r"percentile_(\d+(?:\.\d+)?)")
_ARGUMENT = re.compile(r"(\w+)\s*\(\s*([\d.]+)\s*\)")


def auto_period(window: Window, width_px: int) -> Period:
    """The shortest calendar step that gives at most one point per two pixels."""
    points = max(1, width_px // 2)
    length = window.end_ns - window.start_ns
    for count, unit in _STEPS:
        period = Period(count, unit)
        if period.fixed_ns * points >= length:
            return period
    return Period(1, "year")


def parse_statistics(text: str) -> tuple[Statistic, ...]:
    """Statistics of a comma list: ``avg, percentile(99.9)``."""
    found = []
    for word in (part.strip().lower() for part in text.split(",")):
        if not word:
            continue
        called, old = _ARGUMENT.fullmatch(word), _DEPRECATED_PERCENTILE.fullmatch(word)
        if called:
            found.append(Statistic(called[1], float(called[2])))
        elif old:
            digits = old[1]
            share = digits if "." in digits or len(digits) < 3 else f"{digits[:2]}.{digits[2:]}"
            found.append(Statistic("percentile", float(share)))
        else:
            found.append(Statistic(word.replace("-", "_")))
    return tuple(found)


def _fill_mode(text: str) -> tuple[str, float | None]:
    """``NONE``, ``LINEAR`` … or ``VALUE(n)``."""
    word = text.strip().lower()
    value = re.fullmatch(r"value\s*\(\s*([+-]?[\d.]+|nan)\s*\)", word)
    if value:
        return "value", float(value[1])
    if word in ("none", "linear", "previous", "next"):
        return word, None
    return ("none", None) if word == "false" else ("linear", None)


class StageReader:
    """Reads the stages of one series; what can't be read is reported through ``fault`` and left out."""

    def __init__(
        self,
        section: Section,
        *,
        derived: bool,
        window: Window,
        width_px: int,
        fault: Callable[[TsError, Span], None],
    ) -> None:
        self.section, self.derived, self.window, self.width_px = section, derived, window, width_px
        self.fault = fault

    # --- typed settings -----------------------------------------------------------------------

    def get(self, name: str) -> Setting | None:
        setting = self.section.get(name, derived=self.derived)
        return None if setting is None or "${" in setting.text else setting

    def text(self, name: str, default: str = "") -> str:
        setting = self.get(name)
        return default if setting is None else setting.text.strip()

    def flag(self, name: str, default: bool) -> bool:
        found = parse_flag(self.text(name)) if self.text(name) else None
        return default if found is None else found

    def number(self, name: str) -> float | None:
        try:
            return float(self.text(name)) if self.text(name) else None
        except ValueError:
            return None

    def period(self, name: str) -> Period | None:
        setting = self.get(name)
        if setting is None or setting.text.strip().lower() == "auto":
            return None
        try:
            period = whole_units(read_interval(setting.text)[0])
            if period.count:
                period_grid(period, 0, 1, zone=self.window.zone)
            return period
        except TsError as error:
            self.fault(error, setting.span)
            return None

    def span(self, name: str) -> Span:
        setting = self.get(name)
        return setting.span if setting else self.section.span

    # --- stages -------------------------------------------------------------------------------

    def order(self) -> tuple[str, ...]:
        """The order of transformations, and whether it was given."""
        names = [part.strip().lower() for part in self.text("transformation-order").split(",")]
        given = tuple(name for name in names if name in DEFAULT_ORDER)
        return (*given, *(name for name in DEFAULT_ORDER if name not in given))

    def stages(self, replace: nodes.Node | None, replace_params: dict[str, Any]) -> list[Stage]:
        """All stages in order. ``replace`` is the parsed replace-value, if there is one.

        replace-value acts after what the server computes and before what the client aggregates.
        """
        readers = {
            "interpolate": self.interpolate,
            "group": self.group,
            "rate": self.rate,
            "aggregate": self.aggregate,
            "smooth": self.smooth,
            "downsample": self.downsample,
        }
        found = [stage for name in self.order() if (stage := self.read(readers[name]))]
        if replace is not None:
            span = self.span("replace-value")
            stage = Stage("replace_value", {"tree": replace, **replace_params}, span)
            found.insert(self.replace_at(found), stage)
        offset = self.offset()
        return [*found, offset] if offset else found

    def read(self, reader: Callable[[], Stage | None]) -> Stage | None:
        try:
            return reader()
        except TsError as error:
            self.fault(error, error.span or self.section.span)
            return None

    def replace_at(self, found: list[Stage]) -> int:
        """Where replace-value goes: before an aggregation that the client computes, else last."""
        on_server = self.flag("server-aggregate", False) or bool(self.text("transformation-order"))
        for at, stage in enumerate(found):
            if stage.function == "aggregate":
                needs_server = any(one.name in _SERVER_ONLY for one in stage.params["statistics"])
                return len(found) if on_server or needs_server else at
        return len(found)

    def interpolate(self) -> Stage | None:
        function = self.text("interpolate-function", "none").lower()
        period = self.period("interpolate-period")
        if function in ("none", "") or period is None:
            return None
        if function not in ("linear", "previous"):
            raise ArgumentFault(
                f"interpolate-function {function!r} is not offered",
                span=self.span("interpolate-function"), hint="LINEAR or PREVIOUS",
            )  # fmt: skip
        word = self.text("interpolate-fill", "false")
        flag = parse_flag(word) if word not in ("0", "1") else None
        fill: float | str | None = None
        if flag is None:
            fill = float(word) if re.fullmatch(r"[+-]?[\d.]+|NaN", word, re.IGNORECASE) else None
        elif flag:
            fill = "edge"
        params = {
            "function": function,
            "period": period,
            "boundary": self.text("interpolate-boundary", "inner").lower(),
            "fill": fill,
            "zone": self.window.zone,
        }
        return Stage("interpolate", params, self.span("interpolate-function"))

    def group(self) -> Stage | None:
        if self.get("group-statistic") is None:
            return None
        statistics = parse_statistics(self.text("group-statistic"))
        by = tuple(part.strip().lower() for part in self.text("group-tags").split(",") if part.strip())
        fill, value = _fill_mode(self.text("group-interpolate", "none"))
        params = {
            "statistics": statistics,
            "by": by or None,
            "period": self.period("group-period") or self.period("period") or Period(15, "minute"),
            "interpolate": fill,
            "fill_value": value,
            "extend": self.flag("group-interpolate-extend", False),
            "zone": self.window.zone,
        }
        return Stage("group", params, self.span("group-statistic"))

    def rate(self) -> Stage | None:
        setting = self.get("rate")
        if setting is None:
            return None
        text = setting.text.strip()
        try:
            period = Period(0, "second") if text in ("0", "") else read_interval(text)[0]
        except TsError as error:
            raise error.at(setting.span) from None
        reset, wrap_at = self.reset_policy()
        params = {"period": period if period.count else None, "reset": reset, "wrap_at": wrap_at}
        return Stage("rate", {**params, "missing": "propagate"}, setting.span)

    def reset_policy(self) -> tuple[str, float | None]:
        """What a negative change means."""
        word = self.text("counter-reset").lower()
        if not word:
            return ("drop" if self.flag("rate-counter", True) else "keep"), None
        if word in ("drop", "zero", "keep"):
            return word, None
        if word in ("wrap-32", "wrap-64"):
            return "wrap", 2.0 ** int(word[-2:])
        try:
            largest = float(word)
        except ValueError:
            largest = math.nan
        if not 0 < largest < math.inf:
            raise ArgumentFault(
                f"{word[:40]!r} is not a counter reset",
                code="bad-value", span=self.span("counter-reset"),
                hint="drop, zero, wrap-32, wrap-64, keep, or the largest value of the counter",
            )  # fmt: skip
        return "wrap", largest

    def aggregate(self) -> Stage | None:
        named, period_setting = self.get("statistics"), self.get("period")
        if named is None and period_setting is None:
            return None
        try:
            statistics = parse_statistics(named.text if named else "avg")
        except TsError as error:
            raise error.at(named.span if named else self.section.span) from None
        if all(one.name == "detail" for one in statistics):
            return None
        if self.get("group-statistic") is not None and named is None:
            return None  # then the period is the group's
        automatic = period_setting is None or period_setting.text.strip().lower() == "auto"
        period = auto_period(self.window, self.width_px) if automatic else self.period("period")
        if period is not None and not period.count:
            raise ArgumentFault(
                "an aggregation period is longer than 0", code="bad-value", span=self.span("period")
            )
        fill, value = _fill_mode(self.text("interpolate", "none"))
        align = self.text("align", "calendar").lower()
        params = {
            "statistics": statistics,
            "period": period,
            "align": align,
            "first": "keep" if align == "calendar" else "discard",
            "interpolate": fill,
            "fill_value": value,
            "extend": self.flag("interpolate-extend", False),
            "threshold_min": self.number("min-threshold"),
            "threshold_max": self.number("max-threshold"),
            "zone": self.window.zone,
        }
        working = self.working_minutes(statistics)
        if working is not None:
            params["working_minutes"] = working
        return Stage("aggregate", params, self.span("statistics" if named else "period"))

    def working_minutes(self, statistics: tuple[Statistic, ...]) -> tuple[int, int] | None:
        """The part of working days to which threshold statistics are limited, where it is set."""
        names = ("start-working-minutes", "end-working-minutes")
        if not any(self.text(name) for name in names):
            return None
        if not any(one.name.startswith("threshold_") for one in statistics):
            return None  # other statistics know no working time
        opens, closes = (self.number(name) for name in names)
        opens, closes = (0.0 if opens is None else opens), (1440.0 if closes is None else closes)
        if not 0 <= opens < closes <= 1440:
            at = next(name for name in reversed(names) if self.text(name))
            raise ArgumentFault(
                f"working minutes {opens:g} to {closes:g} are not a part of a day", code="bad-value",
                span=self.span(at), hint="start-working-minutes = 540, end-working-minutes = 1020",
            )  # fmt: skip
        return int(opens), int(closes)

    def smooth(self) -> Stage | None:
        name = self.text("smooth").lower()
        if not name:
            return None
        count, range_ms = self.number("smooth-count"), self.number("smooth-range")
        params = {
            "statistic": name,
            "count": int(count) if count else None,
            "interval": self.period("smooth-interval"),
            "minimum_count": int(self.number("smooth-minimum-count") or 1),
            "incomplete": self.number("smooth-incomplete-value"),
            "factor": self.number("smooth-factor") or 0.25,
            "range_ms": range_ms,
        }
        return Stage("smooth", params, self.span("smooth"))

    def downsample(self) -> Stage | None:
        if not self.flag("downsample", False):
            return None
        params = {
            "algorithm": self.text("downsample-algorithm", "detail").lower(),
            "difference": self.number("downsample-difference") or 0.0,
            "ratio": self.number("downsample-ratio"),
            "gap": self.period("downsample-gap") or Period(10, "minute"),
        }
        return Stage("downsample", params, self.span("downsample"))

    def offset(self) -> Stage | None:
        setting = self.get("time-offset")
        if setting is None:
            return None
        try:
            period, sign = read_interval(setting.text)
        except TsError as error:
            self.fault(error, setting.span)
            return None
        if not period.count:
            return None
        offset = Period(-period.count, period.unit) if sign < 0 else period
        return Stage("shift", {"offset": offset, "zone": self.window.zone}, setting.span)
