"""One section of a chart: its computed series as a line to draw and as exact numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from apps.algebra.expr.nodes import Node
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.source import CatalogReader
from apps.catalog.selectors import catalog as stored_catalog
from apps.dialects.charts.chartplan import SeriesPlan, WidgetPlan
from apps.errors import ArgumentFault, Note, TsError, near_names
from apps.figures.encode import pairs_json
from apps.figures.format import plain_number
from apps.figures.gaps import with_breaks
from apps.figures.labels import LabelFields, series_label
from apps.figures.settings import flag
from apps.figures.spec import Band, SeriesSpec
from apps.queries.chart_edges import picked, source_keys, with_neighbours
from apps.queries.chart_facts import state_functions
from apps.queries.chart_text import Facts, decide, expression_label, facts_of, value_format

__all__ = [
    "Section",
    "absent_entry",
    "decide_shown",
    "drawn_series",
    "entry",
    "facts",
    "last_known",
    "note_json",
    "samples_near",
]


@dataclass
class Section:
    """A ``[series]`` on its way: its plan, what it came to, the fault that stopped it.

    ``found``  the exact series in the window. ``wide``: the same ones reaching beyond it, for drawing.
    ``bands``  what is shaded behind each of them, where that is asked for.
    ``catalog``  where labels look up what is kept about metrics and entities; None: the stored one.
    """

    plan: SeriesPlan
    found: tuple[Series, ...] = ()
    wide: tuple[Series, ...] = ()
    bands: tuple[Band, ...] = ()
    error: TsError | None = None
    notes: list[Note] = field(default_factory=list)
    catalog: CatalogReader | None = None

    @property
    def may_show(self) -> bool:
        """Whether the section can be in the figure; an expression decides later, series by series."""
        return self.plan.display is not False


def decide_shown(
    section: Section,
    series: Series,
    last_values: Sequence[float],
    now_ns: int,
    sections: Sequence[Section] = (),
) -> tuple[bool, bool]:
    """Whether a series is displayed and enabled, by its own last state and that of the widget's others.

    ``sections``: those of the widget, which conditions may name by alias.
    """
    plan = section.plan
    display, enabled = plan.display is not False, plan.enabled is not False

    def holds(tree: Node) -> bool:
        own = facts(section, series)
        functions = state_functions(own, lambda alias: _named(sections, alias), section.catalog)
        return decide(tree, own, last_values, now_ns, functions, plan.scripts)

    if plan.display_expression is not None and plan.display is None:
        display = holds(plan.display_expression)
    if plan.enabled_expression is not None and plan.enabled is None:
        enabled = holds(plan.enabled_expression)
    return display, enabled


def _named(sections: Sequence[Section], alias: str) -> Facts:
    """The last state of the first series with an alias."""
    for section in sections:
        if section.plan.alias == alias and section.found:
            return facts(section, section.found[0])
    near = near_names(alias, [one.plan.alias for one in sections if one.plan.alias and one.found], limit=1)
    raise ArgumentFault(
        f"no series with samples has the alias {alias[:40]!r}",
        hint=f"did you mean {near[0]}?" if near else None,
    )


def drawn_series(
    section: Section, at: int, widget: WidgetPlan, width_px: int, *, enabled: bool
) -> SeriesSpec:
    """A line to draw: gaps as set, a neighbour on each side of the window, about two points per pixel."""
    plan, series = section.plan, section.found[at]
    near = samples_near(section, at, widget)
    times_ns, values = with_breaks(near.times_ns, near.values, plan.settings)
    thin = picked(
        Series(series.key, Samples(times_ns, values)), width_px, widget.start_ns, widget.end_ns
    ).samples
    who = _who(section, series)
    keys = source_keys(plan.node) if plan.node is not None else frozenset()
    one_key = series.key if series.key in keys else next(iter(keys)) if len(keys) == 1 else None
    return SeriesSpec(
        label=label_of(section, series, widget.zone),
        identity=who,
        times_ns=thin.times_ns,
        values=thin.values,
        settings=_with_style(plan.settings, series),
        form=value_format(plan.settings.get("format"), widget.zone),
        hue_of=(one_key.metric, one_key.entity, one_key.tags) if one_key else None,
        unit=series.unit or plan.unit,
        enabled=enabled,
        samples_total=len(series),
        position=plan.position,
        member=at,
        band=section.bands[at] if len(section.bands) == len(section.found) else None,
        resets_ns=_reset_times(series, plan.settings),
        **_summary(series.values),
    )


def _with_style(settings: Mapping[str, str], series: Series) -> Mapping[str, str]:
    """The settings of a series; a forecast looks as ``forecast-style`` says, unless it has its own style."""
    if series.key.forecast is None or "forecast-style" not in settings or "style" in settings:
        return settings
    return {**settings, "style": settings["forecast-style"]}


def _reset_times(series: Series, settings: Mapping[str, str]) -> tuple[int, ...]:
    """When the counter fell, where the reader asks for marks."""
    if not flag(settings, "reset-marks"):
        return ()
    notes = (note for note in series.notes if "policy" in note.data)
    return tuple(int(at * 1_000_000) for note in notes for at in note.data.get("times", ()))


def samples_near(section: Section, at: int, widget: WidgetPlan) -> Samples:
    """All samples of the window and the nearest one on each side of it."""
    drawn = section.wide[at] if len(section.wide) == len(section.found) else section.found[at]
    return with_neighbours(drawn.samples.plain(), widget.start_ns, widget.end_ns)


def _summary(values: np.ndarray) -> dict[str, float | None]:
    """What a legend tells of all samples in the window; nothing of it can be told from drawn points."""
    # One pass over a million samples tells that none is missing; a copy without them is made where some are.
    known = values if np.isfinite(values.sum()) else values[np.isfinite(values)]
    if not known.size:
        return {}
    return {
        "mean": float(known.mean()),
        "least": float(known.min()),
        "greatest": float(known.max()),
        "last": float(known[-1]),
    }


def last_known(values: np.ndarray) -> float | None:
    """The newest value that is not missing; looked for from the end, where it mostly is."""
    end = len(values)
    reach = 64
    while end > 0:
        start = max(0, end - reach)
        known = np.flatnonzero(~np.isnan(values[start:end]))
        if known.size:
            return float(values[start + int(known[-1])])
        end, reach = start, reach * 4
    return None


def _who(section: Section, series: Series) -> tuple[Any, ...]:
    plan = section.plan
    key = series.key
    if plan.derived:
        return ("derived", plan.alias or plan.label or plan.position, key.metric, key.entity, key.tags)
    alias, rate = plan.alias or "", plan.settings.get("rate", "")
    return (key.metric, key.entity, key.tags, alias, rate, *(key.forecast or ()))


def label_of(section: Section, series: Series, zone: str, *, pattern: str | None = None) -> str:
    """The label by the rules of the language, with this series' own names and last value.

    ``pattern``: that of something the series stands in; the label of the series is none of that.
    """
    plan = section.plan
    label = (plan.label or "") if pattern is None else ""
    key = series.key
    named = not plan.derived or bool(key.metric)
    statistics = _statistic_of(series) or ", ".join(plan.statistics)
    fields = LabelFields(
        metric=(key.metric or plan.metric or "") if named else "",
        entity=key.entity or plan.entity or "",
        tags=key.tag_map,
        statistics="" if statistics == "detail" else statistics,
        period=plan.period or "",
        rate=plan.settings.get("rate", ""),
        label=label,
        alias=plan.alias or "",
        value=_last_text(series, plan.settings, zone),
        data_type=key.forecast[0].lower() if key.forecast else "",
        forecast_name=key.forecast[1] if key.forecast else "",
    )
    pattern = plan.label_format if pattern is None else pattern
    if pattern and "meta." in pattern:
        fields = replace(fields, meta=_meta(section, key))
    if pattern and pattern.lstrip().lower().startswith("javascript:") and not label:
        made = expression_label(pattern, facts(section, series), fields.words)
        if made is not None:
            return made or "\u00a0"
        pattern = None
    text = series_label(fields, pattern, derived=plan.derived)
    return text or plan.alias or f"Series-{plan.position + 1}"


def _meta(section: Section, key: SeriesKey) -> dict[str, str]:
    """What ``meta.entity.…`` and ``meta.metric.…`` of a label stand for: the fields that are kept of both."""
    catalog = section.catalog if section.catalog is not None else stored_catalog()
    plan = section.plan
    kept = {
        "entity": catalog.entity(key.entity or plan.entity or ""),
        "metric": catalog.metric(key.metric or plan.metric or ""),
    }
    found: dict[str, str] = {}
    for kind, one in kept.items():
        if one is None:
            continue
        fields = ((name, value) for name, value in one.fields.items() if name != "tags")
        found |= {f"meta.{kind}.{name}": _plain(value) for name, value in fields}
        found |= {f"meta.{kind}.tags.{name}": value for name, value in one.tags.items()}
    return found


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _statistic_of(series: Series) -> str:
    """The statistic that tells this result of a section apart from its siblings."""
    for step in reversed(series.applied):
        for name, value in step.params:
            if name == "statistic":
                return str(value)
    return ""


def _last_text(series: Series, settings: Mapping[str, str], zone: str) -> str:
    value = last_known(series.values)
    if value is None:
        return ""
    form = value_format(settings.get("format"), zone)
    return form.text(value) if form else plain_number(value)


def facts(section: Section, series: Series) -> Facts:
    """What expressions about this series may name."""
    plan, key = section.plan, series.key
    return facts_of(series, key.metric or plan.metric, key.entity or plan.entity, plan.alias)


def entry(section: Section, series: Series, widget: WidgetPlan, *, shown: bool) -> dict[str, Any]:
    """The exact samples of a series in the window, with who it is and what to know about it."""
    plan = section.plan
    samples = series.samples
    own = not plan.derived or bool(series.key.metric)
    return {
        "label": label_of(section, series, widget.zone),
        "alias": plan.alias,
        "display": shown,
        "enabled": plan.enabled is not False,
        "metric": (series.key.metric or plan.metric) if own else None,
        "entity": series.key.entity or plan.entity or None,
        "tags": series.key.tag_map,
        "unit": series.unit or plan.unit,
        "position": plan.position,
        "samples_total": len(series),
        "samples": orjson.Fragment(pairs_json(samples.times_ns, samples.values)),
        "notes": [note_json(one) for one in (*series.notes, *section.notes)],
    }


def absent_entry(section: Section) -> dict[str, Any]:
    """The place of a section that came to nothing, with the reason where there is one."""
    plan = section.plan
    notes = list(section.notes)
    if section.error is not None:
        notes.append(Note(section.error.code, section.error.message))
    elif plan.node is not None:
        notes.append(Note("no-series", "no stored series matches this section"))
    return {
        "label": plan.label or plan.alias or f"Series-{plan.position + 1}",
        "alias": plan.alias,
        "display": section.may_show,
        "enabled": plan.enabled is not False,
        "metric": plan.metric,
        "entity": plan.entity,
        "tags": {name: values[0] if len(values) == 1 else list(values) for name, values in plan.tags.items()},
        "unit": plan.unit,
        "position": plan.position,
        "samples_total": 0,
        "samples": [],
        "notes": [note_json(one) for one in notes],
    }


def note_json(note: Note) -> dict[str, Any]:
    """A note as plain JSON."""
    return {"code": note.code, "message": note.message, "count": note.count, "data": dict(note.data)}
