"""What somebody sees before a series of a chart is saved: its lines of the text, names, first numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from apps.algebra.series import Samples, Series, SeriesKey
from apps.catalog.selectors import catalog
from apps.dialects.charts.chartplan import SeriesPlan, WidgetPlan
from apps.figures.build import build
from apps.figures.encode import pairs_json
from apps.figures.spec import ChartSpec, SeriesSpec
from apps.queries.chart_edges import picked, source_keys
from apps.queries.chart_json import frame_json
from apps.queries.chart_metric import ChartMetric, Planned, planned_section, section_reasons
from apps.queries.chart_metric_run import shown_key
from apps.queries.chart_window import Reason, periods_of

__all__ = ["metric_widget_json", "proposal_json", "reason_json", "saved_series_json"]

_FIRST = 20
_MOST_DRAWN = 12
_HEADER = re.compile(r"\s*\[\s*([\w-]+)\s*\]")
#: Sections that belong to the series in whose lines they stand.
_INSIDE = frozenset({"tags", "tag", "properties", "placeholders"})
_NOT_IN_NAMES = re.compile(r"[^\w.:/-]+")


def proposal_json(
    config: str, widget: int, section: int, *, choices: Mapping[str, str], now_ns: int
) -> dict[str, Any]:
    """The lines a series comes from, what it could be called, and what speaks against saving it."""
    found = planned_section(config, widget, section, now_ns=now_ns, choices=choices)
    fields = {
        "config": config, "widget": widget, "section": section, "choices": choices, "metric": "",
        "entity": None, "zone": None,
    }  # fmt: skip
    named = section_reasons(found, fields, now_ns=now_ns)
    # Which entity it is stored for is asked in the form.
    reasons = [one for one in named if one.field != "entity"]
    node = found.series.node
    sources = sorted(source_keys(node)) if node is not None else []
    entities = {key.entity for key in sources}
    periods = periods_of(node) if node is not None else []
    name = _name(found.series, sources)
    return {
        "query": _lines(config, found),
        "sources": sorted({key.metric for key in sources}),
        "series": len(sources),
        "metric": _free(name),
        "name": found.series.label or found.series.alias or name,
        "unit": found.series.unit,
        "entity": next(iter(entities)) if len(entities) == 1 else None,
        "needs_entity": any(one.field == "entity" for one in named),
        "zone": found.widget.zone,
        "every": "1 day" if periods and periods[-1].is_calendar else "1 hour",
        "period": str(periods[-1]) if periods else None,
        "start": found.widget.start_ns // 1_000_000,
        "end": found.widget.end_ns // 1_000_000,
        "reasons": [reason_json(one) for one in reasons],
    }


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason as plain JSON."""
    return {
        "code": "bad-definition", "field": reason.field, "message": reason.message, "hint": reason.hint
    }


def saved_series_json(series: Sequence[tuple[SeriesKey, Samples]]) -> list[dict[str, Any]]:
    """The series that would be stored, with how many points and the first of them."""
    return [
        {
            "metric": key.metric,
            "entity": key.entity,
            "tags": key.tag_map,
            "points": len(samples),
            "samples": orjson.Fragment(pairs_json(samples.times_ns[:_FIRST], samples.values[:_FIRST])),
        }
        for key, samples in series
    ]


def metric_widget_json(
    metric: ChartMetric,
    series: Sequence[tuple[SeriesKey, Samples]],
    start_ns: int,
    end_ns: int,
    *,
    now_ns: int,
    width_px: int,
) -> dict[str, Any]:
    """The points that would be stored, drawn as the widget draws the series they come from."""
    found = planned_section(
        metric.config, metric.widget, metric.section,
        now_ns=now_ns, start_ns=start_ns, end_ns=end_ns, choices=metric.choices,
    )  # fmt: skip
    filled = [one for one in series if len(one[1])][:_MOST_DRAWN]
    spec = ChartSpec(
        type="chart",
        title=None,
        start_ns=start_ns,
        end_ns=end_ns,
        zone=found.widget.zone,
        width_px=width_px,
        series=tuple(_drawn(at, one, metric, found.widget, width_px) for at, one in enumerate(filled)),
    )
    return frame_json(found.widget, 0, 0, now_ns, build(spec), [], (start_ns, end_ns)) | {"title": None}


# --- Inside ---


def _drawn(
    at: int, one: tuple[SeriesKey, Samples], metric: ChartMetric, widget: WidgetPlan, width_px: int
) -> SeriesSpec:
    key, samples = one
    thin = picked(Series(key, samples.plain()), width_px, widget.start_ns, widget.end_ns).samples
    return SeriesSpec(
        label=shown_key(key),
        identity=tuple(key),
        times_ns=thin.times_ns,
        values=thin.values,
        unit=metric.unit,
        samples_total=len(samples),
        position=at,
    )


def _lines(config: str, found: Planned) -> str:
    """The lines of a [series] and of those that its formula names, in the order of the text."""
    by_alias = {one.alias: one for one in found.widget.series if one.alias}
    wanted: dict[int, SeriesPlan] = {}
    stack = [found.series]
    while stack:
        one = stack.pop()
        if one.position not in wanted:
            wanted[one.position] = one
            stack += [by_alias[name] for name in one.inputs if name in by_alias]
    lines = config.split("\n")
    kept: dict[int, str] = {}
    for one in wanted.values():
        at = config.count("\n", 0, one.span.start)
        for place in range(at, len(lines)):
            header = _HEADER.match(lines[place])
            if place > at and header and header[1].lower() not in _INSIDE:
                break
            kept[place] = lines[place].rstrip()
    texts = [kept[place] for place in sorted(kept)]
    indent = min((len(text) - len(text.lstrip()) for text in texts if text), default=0)
    return "\n".join(text[indent:] for text in texts).strip("\n")


def _name(series: SeriesPlan, sources: list[SeriesKey]) -> str:
    """What the metric could be called: after what it is computed from and what the chart calls it."""
    metrics = list(dict.fromkeys(key.metric for key in sources))
    base = metrics[0] if len(metrics) == 1 else ""
    word = series.label or series.alias or "-".join(series.statistics) or ("" if base else "derived")
    slug = _NOT_IN_NAMES.sub("-", word.strip().lower()).strip("-")
    # "debt / GDP" is debt/gdp.
    slug = re.sub(r"-+([.:/])-+", r"\1", slug)
    if series.period and not series.label and not series.alias:
        slug = f"{slug}-{series.period.replace(' ', '-')}".strip("-")
    return ".".join(part for part in (base, slug or "derived") if part)[:200]


def _free(name: str) -> str:
    """The name, or one like it that no metric has."""
    known, count = catalog(), 1
    free = name
    while known.metric(free) is not None and count < 100:
        count += 1
        free = f"{name}-{count}"
    return free

