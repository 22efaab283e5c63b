"""What is wrong with settings that are right by themselves: in the wrong place, without their companion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from apps.algebra.periods import Period
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.formats import check_look
from apps.dialects.charts.sections import Section, Setting, pairs_of
from apps.dialects.charts.setting_row import Row
from apps.dialects.charts.settings import TABLE, normalise
from apps.dialects.charts.texts import split_list
from apps.dialects.charts.window import Window
from apps.errors import TsError

__all__ = ["advise", "advise_page"]

#: Sections below a section, deepest ones included.
_ALL = frozenset(
    {
        "group", "widget", "axis", "column", "dropdown", "keys", "link", "node", "other", "placeholders",
        "property", "series", "threshold", "option", "properties", "tags", "tag",
    }
)  # fmt: skip
_BELOW: dict[str, frozenset[str]] = {
    "configuration": _ALL,
    "group": _ALL - {"group"},
    "widget": _ALL - {"group", "widget"},
    "series": frozenset({"tags", "tag", "properties"}),
    "column": frozenset({"series"}),
    "link": frozenset({"series"}),
    "dropdown": frozenset({"option"}),
    "property": frozenset({"keys"}),
}
#: A setting that does nothing unless one of the others is set.
_NEEDS: dict[str, tuple[str, ...]] = {
    "alert-style": ("alert-expression", "link-alert-expression", "node-alert-expression"),
    "audio-alert": ("alert-expression",),
    "attribute": ("table",),
    "batch-size": ("batch-update",),
    "caption-style": ("caption",),
    "column-alert-style": ("column-alert-expression", "alert-expression"),
    "disconnect-value": ("disconnect-interval", "disconnect-count"),
    "downsample-algorithm": ("downsample",),
    "downsample-difference": ("downsample",),
    "downsample-gap": ("downsample",),
    "downsample-ratio": ("downsample",),
    "evaluate-expression": ("metrics",),
    "gradient-count": ("thresholds", "color-range", "colors"),
    "gradient-intensity": ("thresholds", "color-range", "colors"),
    "group-interpolate": ("group-statistic",),
    "group-interpolate-extend": ("group-statistic",),
    "group-keys": ("group-statistic",),
    "group-period": ("group-statistic",),
    "group-tags": ("group-statistic",),
    "hide-gap": ("hide-interval",),
    "icon-alert-style": ("icon-alert-expression", "alert-expression"),
    "icon-color": ("icon",),
    "icon-position": ("icon",),
    "interpolate-boundary": ("interpolate-function",),
    "interpolate-extend": ("interpolate",),
    "interpolate-fill": ("interpolate-function",),
    "interpolate-period": ("interpolate-function",),
    "link-alert-style": ("link-alert-expression", "alert-expression"),
    "link-colors": ("link-thresholds",),
    "link-widths": ("link-thresholds",),
    "metrics": ("evaluate-expression", "evaluate-script"),
    "node-alert-style": ("node-alert-expression", "alert-expression"),
    "node-colors": ("node-thresholds",),
    "node-radiuses": ("node-thresholds",),
    "rate-counter": ("rate",),
    "row-alert-style": ("alert-expression",),
    "smooth": ("smooth-count", "smooth-interval", "smooth-factor", "smooth-range"),
    "smooth-count": ("smooth",),
    "smooth-factor": ("smooth",),
    "smooth-incomplete-value": ("smooth",),
    "smooth-interval": ("smooth",),
    "smooth-minimum-count": ("smooth",),
    "smooth-range": ("smooth",),
    "table": ("attribute",),
    "moving-average": ("period", "statistics"),
    "align": ("period", "statistics", "group-statistic"),
    "forecast-name": ("data-type",),
}
_HORIZONS = ("forecast-horizon-interval", "forecast-horizon-length", "forecast-horizon-end-time")
_SHADED = ("gauge", "treemap", "calendar")
_ROW_TYPES = ("table", "property", "console")
_SORT_KEYS = re.compile(r"[\w.\-\"' \[\]]{1,80}?(?:\s+(?:asc|desc))?", re.IGNORECASE)
_SORT_PERIODS = re.compile(
    r"(?:name|\w{1,20}\(\s*(?:'[^']*'|\"[^\"]*\"|[\d.]{1,9}\s*[a-z]{2,12})?\s*\))(?:\s+(?:asc|desc))?",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{([\w.-]{1,60})\}")
#: Children a widget draws, by type; the others draw series.
_CHILDREN: dict[str, tuple[str, ...]] = {
    "property": ("property",),
    "graph": ("series", "node", "link"),
    "console": (),
    "page": (),
    "chart": ("series", "threshold"),
}


def advise_page(root: Section, found: Diagnostics) -> None:
    """Remarks about ``[configuration]`` and its groups."""
    for section in (root, *(one for one in root.children if one.name == "group")):
        _advise_section(section, None, found)
        widgets = any(True for _ in section.all("widget"))
        if section.name == "group" and not section.implied and not widgets:
            found.warning(
                "missing-section", "this [group] has no [widget]", section.span, hint="add [widget]"
            )


def advise(widget: Section, kind: str, window: Window, found: Diagnostics) -> None:
    """Remarks about a widget and the sections in it."""
    _missing_children(widget, kind, found)
    for section in _with_descendants(widget):
        _advise_section(section, kind, found)
    _interval(widget, kind, window, found)
    _colors(widget, kind, found)
    _sort(widget, kind, found)
    _placeholders(widget, found)


def _with_descendants(section: Section) -> Iterator[Section]:
    yield section
    for child in section.children:
        yield from _with_descendants(child)


def _missing_children(widget: Section, kind: str, found: Diagnostics) -> None:
    wanted = _CHILDREN.get(kind, ("series",))
    if wanted and not any(True for name in wanted for _ in widget.all(name)):
        names = " or ".join(f"[{name}]" for name in wanted)
        code = "no-series-section" if "series" in wanted else "missing-section"
        found.warning(code, f"this {kind} has no {names}", widget.span, hint=f"add {names}")


def _advise_section(section: Section, kind: str | None, found: Diagnostics) -> None:
    if section.name == "tag":
        found.info(
            "deprecated-section", "[tag] is an old form", section.span, hint="write [tags] and name = value"
        )
    if section.name == "node" and section.own("id") is None:
        found.error("id-missing", "a node needs an id", section.span, hint="add id = name")
    if section.name == "link" and not {"nodes", "id"} & set(section.settings):
        found.warning("nodes-missing", "this link joins nothing", section.span, hint="add nodes = a -> b")
    for name, setting in section.settings.items():
        row = TABLE.get(normalise(name))
        if row is None or setting.is_reset or any(entry.made for entry in setting.entries):
            continue
        _place(section, kind, row, setting, found)
        _companion(section, row, setting, found)
        _form(row, setting, found)
        check_look(row, setting, found)


def _place(section: Section, kind: str | None, row: Row, setting: Setting, found: Diagnostics) -> None:
    """Where a setting stands and which widget it stands in."""
    allowed = set(row.section_names)
    if allowed and section.name not in allowed and not allowed & _BELOW.get(section.name, frozenset()):
        places = " or ".join(f"[{name}]" for name in row.section_names)
        found.warning(
            "misplaced-setting", f"{row.name} has no effect in [{section.name}]", setting.name_span,
            hint=f"move it to {places}",
        )  # fmt: skip
        return
    if kind is not None and row.widget_types and kind not in row.widget_types and row.effective:
        found.warning(
            "not-for-widget", f"{row.name} has no effect in a {kind} widget", setting.name_span,
            hint=f"it concerns {', '.join(row.widget_types)}",
        )  # fmt: skip


def _somewhere(section: Section, names: tuple[str, ...]) -> bool:
    """Whether one of the settings applies to a section or stands in one below it."""
    if any(name in section.effective for name in names):
        return True
    return any(_somewhere(child, names) for child in section.children)


def _companion(section: Section, row: Row, setting: Setting, found: Diagnostics) -> None:
    needs = _NEEDS.get(row.name, ())
    if row.name.startswith("forecast-") and row.name not in (*_HORIZONS, "forecast-name", "forecast-style"):
        needs = _HORIZONS
    if row.name == "smooth" and setting.text.strip().lower() == "ema":
        needs = ()
    if needs and not _somewhere(section, needs):
        found.warning(
            "companion-missing", f"{row.name} has no effect without {' or '.join(needs[:3])}",
            setting.name_span, hint=f"add {needs[0]} = …",
        )  # fmt: skip
    bounded = row.name != "statistics" or "threshold_" not in setting.text.lower()
    if not bounded and not _somewhere(section, ("min-threshold", "max-threshold")):
        found.error(
                "companion-missing", "threshold statistics need min-threshold or max-threshold",
                setting.name_span, hint="add max-threshold = …",
            )  # fmt: skip
    if row.name in ("min-threshold", "max-threshold", "start-working-minutes", "end-working-minutes"):
        texts = [
            one.text.lower() for one in _all_settings(section, ("statistics", "series-value", "value", "key"))
        ]
        if not any("threshold" in text for text in texts):
            found.warning(
                "companion-missing", f"{row.name} concerns statistics = threshold_count and its siblings",
                setting.name_span, hint="add statistics = threshold_percent",
            )  # fmt: skip


def _all_settings(section: Section, names: tuple[str, ...]) -> Iterator[Setting]:
    for name in names:
        setting = section.effective.get(name)
        if setting is not None:
            yield setting
    for child in section.children:
        yield from _all_settings(child, names)


def _form(row: Row, setting: Setting, found: Diagnostics) -> None:
    """Lists, JSON and repeated lines."""
    text = setting.text
    if row.comma_list and len(setting.entries) == 1 and "(" not in text and "," in text:
        parts = split_list(text)
        if "" in parts[:-1]:
            fix = ", ".join(part.replace(",", "\\,") for part in parts if part)
            found.warning("empty-element", f"this list of {row.name} has an empty element", setting.span,
                          hint="take the comma away", fix=fix)  # fmt: skip
    if row.name in ("thresholds", "colors") and len(setting.entries) > 1:
        found.info(
            "repeated-list", f"{row.name} on several lines is an old form", setting.name_span,
            hint="write one list with commas",
        )  # fmt: skip
    if row.type in ("json", "object"):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            found.error("bad-value", f"{row.name} takes a JSON text", setting.span, hint='{"name": 1}')


def _interval(widget: Section, kind: str, window: Window, found: Diagnostics) -> None:
    timespan = widget.get("timespan")
    if kind != "calendar":
        return
    bounded = widget.get("start-time") and widget.get("end-time")
    if timespan is not None and timespan.text.strip().lower() == "all" and not bounded:
        found.error(
            "all-in-calendar", "a calendar needs a limited interval", timespan.span, hint="timespan = 1 day",
            fix="1 day",
        )  # fmt: skip
    period = widget.get("summarize-period")
    try:
        length = Period.parse(period.text).fixed_ns if period is not None else 0
    except TsError:
        return  # reported as a bad value
    if period is not None and length >= window.end_ns - window.start_ns:
        found.warning(
            "long-period", "summarize-period must be shorter than the interval", period.span,
            hint="shorten it, or lengthen timespan",
        )  # fmt: skip


def _colors(widget: Section, kind: str, found: Diagnostics) -> None:
    thresholds, colors = widget.get("thresholds"), widget.get("colors")
    if kind == "gauge" and thresholds is None:
        found.warning(
            "thresholds-missing", "a gauge needs thresholds", widget.span, hint="thresholds = 0, 50, 100"
        )
    if kind not in _SHADED or thresholds is None or colors is None or "colors" not in widget.settings:
        return
    if "(" in thresholds.text or "${" in thresholds.text + colors.text:
        return
    bounds, shades = (
        _length(thresholds),
        len(re.sub(r"\([^()]*\)", "", colors.text).replace("\n", ",").split(",")),
    )
    if shades != bounds - 1:
        found.warning(
            "colors-thresholds", f"{bounds} thresholds need {bounds - 1} colors, not {shades}", colors.span
        )


def _length(setting: Setting) -> int:
    return len([part for part in setting.text.replace("\n", ",").split(",") if part.strip()])


def _sort(widget: Section, kind: str, found: Diagnostics) -> None:
    setting = widget.own("sort")
    if setting is None or any(entry.made for entry in setting.entries):
        return
    pattern = _SORT_PERIODS if kind == "calendar" else _SORT_KEYS if kind in _ROW_TYPES else None
    if pattern is None:
        return
    if not all(pattern.fullmatch(part.strip()) for part in setting.text.split(",")):
        found.warning(
            "bad-sort", f"{setting.text[:60]!r} is no order", setting.span,
            hint="sort = avg('1 day') desc" if kind == "calendar" else "sort = value desc, entity",
        )  # fmt: skip


def _placeholders(widget: Section, found: Diagnostics) -> None:
    given = pairs_of(widget, "placeholders")
    settings = [one for one in (widget.get("url"), widget.get("url-parameters")) if one is not None]
    used = {name: one for one in settings for name in _PLACEHOLDER.findall(one.text)}
    for name, setting in used.items():
        if name not in given:
            found.warning(
                "placeholder-missing", f"the placeholder {{{name}}} has no value", setting.span,
                hint=f"add [placeholders] and {name} = …",
            )  # fmt: skip
    for child in widget.children:
        for entry in child.free if child.name == "placeholders" else ():
            if entry.name not in used:
                found.warning(
                    "placeholder-unused", f"no address has the placeholder {{{entry.name}}}", entry.name_span
                )
