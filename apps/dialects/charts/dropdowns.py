"""Drop-downs: what there is to choose, and a choice put into the sections it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.values import to_text
from apps.algebra.series import fold
from apps.algebra.source import CatalogReader, SeriesSelector
from apps.dialects.charts.chartplan import DropdownPlan, OptionPlan
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.expand import Entry
from apps.dialects.charts.formula import parse_expression
from apps.dialects.charts.sections import Section, Setting, plain_name
from apps.dialects.charts.settings import SECTION_DEPTHS, find, parse_flag
from apps.dialects.charts.texts import split_list
from apps.errors import TsError
from apps.spans import Span

__all__ = ["Choices", "dropdowns_of"]

#: Chosen values by "widget.dropdown", both counted from 0.
Choices = Mapping[str, str]
Functions = Mapping[str, Callable[..., Any]]

MAX_OPTIONS = 1000
MAX_DROPDOWNS = 50
MAX_TAGGED = 5000
_WORK = 50_000
#: The script people write to choose between formulas.
_REPLACES = re.compile(r"widget\.config\.series\[\s*(\d{1,3})\s*\]\.([\w-]+)\s*=\s*this\.value")
_SETS = re.compile(r"widget\.config\.([\w-]+(?:\.[\w-]+)?)\s*=\s*this\.value")


def dropdowns_of(
    widget: Section,
    found: Diagnostics,
    *,
    at: int,
    choices: Choices,
    functions: Functions,
    catalog: CatalogReader | None = None,
) -> tuple[DropdownPlan, ...]:
    """The drop-downs of a widget; what is chosen is put into its sections."""
    plans: list[DropdownPlan] = []
    sections = [one for one in widget.children if one.name == "dropdown"]
    names = {f"widget {kind}": _own_name(widget, kind) for kind in ("metric", "entity")}
    if len(sections) > MAX_DROPDOWNS:
        found.error("limit-exceeded", f"a widget has at most {MAX_DROPDOWNS} drop-downs", widget.span)
    for position, section in enumerate(sections[:MAX_DROPDOWNS]):
        options = tuple(_options(section, found, functions, names))[:MAX_OPTIONS]
        path, target = _target(section, found)
        chosen = _chosen(options, choices.get(f"{at}.{position}"))
        if chosen is not None and target:
            _apply(widget, target, options[chosen].value, section.span)
        plans.append(DropdownPlan(position, path, target, options, chosen, section.resolved(), section.span))
    if parse_flag(widget.text("tags-dropdowns") or "") and catalog is not None:
        plans += _of_tags(widget, catalog, at, choices, len(plans))
    return tuple(plans)


def _own_name(widget: Section, kind: str) -> str | None:
    """The metric or entity a widget is about: its own, or that of the first series that has one.

    What applies to a section is not asked for here: it is remembered, and choices still change it.
    """
    series = (one for one in widget.all("series") if "value" not in one.settings)
    for section in (*_upwards(widget), *series):
        setting = section.own(kind)
        if setting is not None and setting.text.strip():
            return setting.text.strip()
    return None


def _upwards(section: Section) -> Iterator[Section]:
    above: Section | None = section
    while above is not None:
        yield above
        above = above.parent


def _of_tags(
    widget: Section, catalog: CatalogReader, at: int, choices: Choices, position: int
) -> Iterator[DropdownPlan]:
    """``tags-dropdowns = true``: one drop-down for each tag of what the widget selects, "all" first."""
    metric, entity = _own_name(widget, "metric"), _own_name(widget, "entity")
    if metric is None:
        return
    one = (entity or "").lower()
    selector = SeriesSelector(metric.lower(), entities=(one,) if one else None, limit=MAX_TAGGED)
    values: dict[str, set[str]] = {}
    for ref in catalog.find_series(selector):
        for name, value in ref.key.tags:
            values.setdefault(name, set()).add(value)
    fixed = {
        fold(plain_name(entry.name))
        for section in (*_upwards(widget), *widget.all("series"))
        for child in section.children
        if child.name == "tags"
        for entry in child.free
    }
    style = widget.text("tags-dropdowns-style")
    for name in sorted(name for name in values if fold(name) not in fixed)[: MAX_DROPDOWNS - position]:
        shown = [OptionPlan("*", f"all: {name}")]
        shown += [OptionPlan(_escaped(value), value) for value in sorted(values[name])]
        options = tuple(shown[:MAX_OPTIONS])
        chosen = _chosen(options, choices.get(f"{at}.{position}"))
        target = ("series", "tags", name)
        if chosen:
            _apply(widget, target, options[chosen].value, widget.span)
        settings = {"style": style} if style else {}
        yield DropdownPlan(
            position, f"series.tags.{name}", target, options, chosen, settings, widget.span
        )
        position += 1


def _escaped(value: str) -> str:
    """A value that is meant as it is: commas and wildcards lose their meaning."""
    return re.sub(r"([\\,*?])", r"\\\1", value)


def _chosen(options: tuple[OptionPlan, ...], wanted: str | None) -> int | None:
    """The wanted option; a drop-down starts at its first one."""
    if not options:
        return None
    return next((at for at, one in enumerate(options) if one.value == wanted), 0)


def _options(
    section: Section, found: Diagnostics, functions: Functions, names: Mapping[str, Any]
) -> Iterator[OptionPlan]:
    listed = section.own("options")
    form = section.own("format")
    texts = {}
    if listed is not None:
        for value, text in _listed(listed, found, functions, names):
            texts[value] = _text_of(value, form) if text is None else text
    yield from (OptionPlan(value, text) for value, text in texts.items())
    for child in section.children:
        if child.name == "option":
            value, text = child.settings.get("value"), child.settings.get("text")
            if value is None:
                found.error("value-missing", "an option needs value = …", child.span, hint="value = 1 day")
                continue
            yield OptionPlan(value.text, text.text if text else value.text)


def _listed(
    setting: Setting, found: Diagnostics, functions: Functions, names: Mapping[str, Any]
) -> list[tuple[str, str | None]]:
    """Values, and the texts shown for them where a function gives some."""
    text = setting.text.strip()
    if not text.lower().startswith("javascript:"):
        return [(part, None) for line in text.split("\n") for part in split_list(line) if part]
    entry = setting.entries[0]
    script = text.partition(":")[2]
    try:
        base = entry.value_span.start + text.index(":") + 1
        tree = parse_expression(script, base, setting.span if entry.made else None)
        known = {name: value for name, value in names.items() if value is not None}
        result = evaluate(tree, Scope(names=known, functions=functions, work=_WORK))
        return [_pair(one) for one in result] if isinstance(result, list) else []
    except TsError as error:
        found.fault(error, setting.span)
        return []


def _pair(option: Any) -> tuple[str, str | None]:
    if not isinstance(option, dict):
        return to_text(option), None
    value, text = option.get("value", option.get("text")), option.get("text")
    return to_text(value), None if text is None else to_text(text)


def _text_of(value: str, form: Setting | None) -> str:
    if form is None:
        return value
    try:
        tree = parse_expression(form.text, 0, form.span)
        return to_text(evaluate(tree, Scope(names={"value": value}, work=_WORK)))
    except TsError:
        return value


def _target(section: Section, found: Diagnostics) -> tuple[str | None, tuple[str, ...]]:
    """The path a choice replaces, as written and taken apart."""
    setting = section.own("change-field")
    if setting is None:
        script = section.own("on-change")
        if script is None:
            found.error(
                "change-field-missing", "this drop-down changes nothing", section.span,
                hint="add change-field = series.entity",
            )  # fmt: skip
            return None, ()
        one, other = _REPLACES.search(script.text), _SETS.search(script.text)
        if one is not None:
            return None, ("series", one.group(1), _plain(one.group(2)))
        if other is not None:
            return None, _path(other.group(1))
        found.warning(
            "script-ignored", "this script is not executed", script.span,
            hint="write change-field = series.entity, or widget.config.series[0].value = this.value",
        )  # fmt: skip
        return None, ()
    path = _path(setting.text.strip())
    free = len(path) > 1 and path[-2] in ("tags", "keys", "properties", "placeholders")
    if not free and find(path[-1]) is None:
        near = found.near(setting.text.strip(), ["series.entity", "series.metric", "timespan", "metric"])
        found.error(
            "unknown-setting", f"there is no setting {setting.text[:60]!r}", setting.span,
            hint=f"did you mean {near[0]}?" if near else None, fix=near[0] if near else None,
        )  # fmt: skip
    return setting.text.strip(), path


def _path(text: str) -> tuple[str, ...]:
    head, *rest = [part.strip() for part in text.split(".", 3 if text.startswith("column.") else 2)]
    parts = (head.lower(), *rest) if head.lower() in SECTION_DEPTHS else (head, *rest)
    free = len(parts) > 1 and parts[-2].lower() in ("tags", "keys", "properties", "placeholders")
    if free:
        return (*(part.lower() for part in parts[:-1]), parts[-1].strip('"'))
    return (*parts[:-1], _plain(parts[-1]))


def _plain(name: str) -> str:
    row = find(name)
    return row.name if row is not None else name


def _apply(widget: Section, target: tuple[str, ...], value: str, span: Span) -> None:
    """Put a value at a path below a widget."""
    *sections, name = target
    places = [widget]
    for step in sections:
        if step.isdigit():
            places = places[int(step) : int(step) + 1]
        elif step in ("tags", "keys", "properties", "placeholders"):
            for place in places:
                _set_free(place, step, name, value, span)
            return
        else:
            places = [one for place in places for one in place.all(step)] or places
    for place in places:
        if name in ("metric", "entity") and place.name == "series" and "value" in place.settings:
            continue
        place.settings[name] = Setting(name, (_entry(name, value, span),))


def _set_free(place: Section, kind: str, name: str, value: str, span: Span) -> None:
    if place.name == "series" and "value" in place.settings:
        return
    for child in place.children:
        if child.name == kind:
            child.free[:] = [one for one in child.free if one.name.strip('"').lower() != name.lower()]
    inner = next((child for child in place.children if child.name == kind), None)
    if inner is None:
        inner = Section(kind, span, place)
        place.children.append(inner)
    inner.free.append(_entry(name, value, span))


def _entry(name: str, value: str, span: Span) -> Entry:
    return Entry("setting", name, value, span, span, span, made=True)
