"""Results in the data API's form: an array of series objects, written in blocks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.sample_text import BLOCK
from apps.algebra.series import Series
from apps.algebra.source import CatalogReader
from apps.dialects.atsd.encode import SHORT, encode_samples, encode_short
from apps.dialects.atsd.names import print_statistic
from apps.dialects.atsd.nodes import (
    Aggregate,
    Downsample,
    Filling,
    Group,
    Interpolate,
    Query,
    Rate,
    Smooth,
    Stage,
    Step,
)  # fmt: skip
from apps.dialects.atsd.plan import Empty, Plan, QueryPlan
from apps.errors import TsError

__all__ = ["render", "render_error", "shown_series"]

#: Texts that the original's clients and tests compare.
_VERBATIM = re.compile(
    r"Insufficient parameters\.|metric must not be empty|End Date must be|Wrong \w+ syntax: |"
    r"entity or entities or |"
    r"Interpolation type is required|Negative timestamp|Too large timestamp |Tag \"|BigDecimal |"
    r"Empty entity|No data|Expected '|Invalid \w+ name|Cannot modify entities |Empty first row|"
    r"CSV must have |No series found|\w+ not found for name|evaluate is not supported|code \d\d"
)


def render(results: Sequence[Sequence[Series]], plan: Plan, catalog: CatalogReader) -> Iterator[bytes]:
    """The answer as blocks of bytes. ``results`` has one entry for each of ``plan.nodes``."""
    remaining = iter(results)
    separator = b"["
    for one in plan.queries:
        found = shown_series(one, next(remaining) if one.node is not None else ())
        deviations = _Deviations(next(remaining)) if one.deviations is not None else None
        heads = _Heads(one.query, catalog)
        for several in _batches(found) if deviations is None else ([series] for series in found):
            if len(several) == 1:
                beside = deviations.of(several[0]) if deviations is not None else None
                yield separator + heads.of(several[0])
                for block in encode_samples(several[0].samples, iso=one.query.iso, deviations=beside):
                    yield bytes(block)
                yield b"]}"
            else:
                data = encode_short([series.samples for series in several], iso=one.query.iso)
                pairs = zip(map(heads.of, several), data, strict=True)
                yield separator + b"]},".join(map(b"".join, pairs)) + b"]}"
            separator = b","
        for empty in _placeholders(one, found):
            yield separator + _head(_empty_head(one.query, empty, catalog)) + b"]}"
            separator = b","
    yield b"[]" if separator == b"[" else b"]"


class _Deviations:
    """The standard deviations of forecasts, by the series that they belong to."""

    def __init__(self, found: Sequence[Series]) -> None:
        self._samples = {series.key[:3]: series.samples for series in found}

    def of(self, series: Series) -> np.ndarray | None:
        """One deviation for each sample, NaN where none is known; None when there are none at all."""
        known = self._samples.get(series.key[:3])
        if known is None or not len(known):
            return None
        at = np.minimum(np.searchsorted(known.times_ns, series.times_ns), len(known) - 1)
        return np.where(known.times_ns[at] == series.times_ns, known.values[at], np.nan)


def _batches(found: Sequence[Series]) -> Iterator[Sequence[Series]]:
    """Runs of short series, which are written together; a long one stands alone."""
    start, size = 0, 0
    for at, series in enumerate(found):
        if len(series) > SHORT:
            if at > start:
                yield found[start:at]
            yield found[at : at + 1]
            start, size = at + 1, 0
            continue
        # Each counts for something, so that many empty ones are not one block either.
        size += len(series) + 8
        if size > BLOCK:
            yield found[start : at + 1]
            start, size = at + 1, 0
    if start < len(found):
        yield found[start:]


def shown_series(one: QueryPlan, found: Sequence[Series]) -> Sequence[Series]:
    """The output series of a query: without empty ones where those are not wanted, and limited.

    One that is empty because its stored samples are damaged stays, with the note that says so.
    """
    if one.drop_empty and any(len(series) for series in found):
        found = [series for series in found if len(series) or _is_damaged(series)]
    return found[: one.query.series_limit] if one.query.series_limit else found


def _is_damaged(series: Series) -> bool:
    return any(note.code == "damaged-samples" for note in series.notes)


def _placeholders(one: QueryPlan, found: Sequence[Series]) -> Sequence[Empty]:
    """The empty series of an answer: for a query without any, and for listed entities that have none."""
    if not found:
        return one.empty
    if one.drop_empty and any(len(series) for series in found):
        return ()
    room = one.query.series_limit - len(found) if one.query.series_limit else None
    return one.absent[:room]


def render_error(error: TsError) -> dict[str, Any]:
    """The body of an error: an object with one field, as the original's.

    Its known texts are given as they are, because clients compare them; where we say more than the
    original does, the place in the request and a hint stand in brackets.
    """
    exception = error.data.get("exception", "IllegalArgumentException")
    text = f"{exception}: {error.message}"
    if _VERBATIM.match(error.message):
        return {"error": text}
    place = str(error.data.get("place", ""))
    more = [f"at {place}"] if place and place not in error.message else []
    if error.hint:
        more.append(error.hint)
    return {"error": f"{text} ({'; '.join(more)})" if more else text}


def _head(fields: Mapping[str, Any]) -> bytes:
    """A series object up to the opening bracket of its samples."""
    return orjson.dumps(fields, default=str)[:-1] + b',"data":['


# --- What stands before the samples ------------------------------------------------------------------------


class _Heads:
    """What stands before the samples of each series of a query. Its settings are the same text for all
    series, but for the statistic that made a series, and for the members of a group."""

    def __init__(self, query: Query, catalog: CatalogReader) -> None:
        self._query = query
        self._catalog = catalog
        self._opening = _opening(query)
        self._is_grouped = query.stage(Group) is not None
        self._aggregate = query.stage(Aggregate)
        self._settings: dict[Statistic | None, bytes] = {}

    def of(self, series: Series) -> bytes:
        """A series object up to the opening bracket of its samples."""
        key, query = series.key, self._query
        who = self._opening | {
            "entity": key.entity, "metric": key.metric, "tags": key.tag_map, "type": query.kind,
        }  # fmt: skip
        more: dict[str, Any] = {}
        if query.add_meta:
            more["meta"] = _meta(key.metric, key.entity, self._catalog)
        if series.notes:
            more["notes"] = [
                {"code": note.code, "message": note.message, "count": note.count} for note in series.notes
            ]
        parts = [orjson.dumps(who)[:-1], self._echoed(series)]
        if more:
            parts.append(orjson.dumps(more, default=str)[1:-1])
        return b",".join(parts) + b',"data":['

    def _echoed(self, series: Series) -> bytes:
        """The settings, without their braces; there are always some."""
        if self._is_grouped:
            return orjson.dumps(_echoes(self._query, series), default=str)[1:-1]
        statistic = _statistic(self._aggregate, series) if isinstance(self._aggregate, Aggregate) else None
        known = self._settings.get(statistic)
        if known is None:
            known = orjson.dumps(_echoes(self._query, series), default=str)[1:-1]
            self._settings[statistic] = known
        return known


def _empty_head(query: Query, empty: Empty, catalog: CatalogReader) -> dict[str, Any]:
    selection = query.selection
    tags = {name: texts[0] if len(texts) == 1 else list(texts) for name, texts in selection.tags}
    head = _opening(query)
    head |= {"entity": empty.entity, "metric": selection.metric, "tags": tags, "type": query.kind}
    head |= _echoes(query, None)
    if query.add_meta and (meta := _meta(selection.metric, empty.entity, catalog)):
        head["meta"] = meta
    if empty.warning:
        head["warning"] = empty.warning
    return head


def _opening(query: Query) -> dict[str, Any]:
    return {"requestId": query.request_id} if query.request_id else {}


def _echoes(query: Query, series: Series | None) -> dict[str, Any]:
    """The settings that led to the series, completed with their defaults."""
    fields: dict[str, Any] = {}
    selection = query.selection
    if selection.exact_tags:
        fields["exactMatch"] = True
    if query.forecast_name:
        fields["forecastName"] = query.forecast_name
    if selection.listed:
        fields["entities"] = list(selection.entities or ())
    elif selection.entity_group:
        fields["entityGroup"] = selection.entity_group
    if query.stages:
        fields["transformationOrder"] = [stage.name.upper() for stage in query.stages]
    fields["aggregate"] = {"type": "DETAIL"}
    for stage in query.stages:
        fields[stage.name] = _echo(stage, series)
    return fields


def _echo(stage: Stage, series: Series | None) -> dict[str, Any]:
    match stage:
        case Aggregate():
            return _echo_aggregate(stage, _statistic(stage, series))
        case Group():
            return _echo_group(stage, _statistic(stage, series), series)
        case Rate():
            count = stage.period.count if stage.period else 0
            return {
                "period": {"count": count, "unit": stage.unit.upper()},
                "counter": stage.counter,
                "order": stage.order,
            }
        case Interpolate():
            return {
                "function": stage.function.upper(),
                "period": _echo_step(stage.step),
                "boundary": stage.boundary.upper(),
                "fill": "NaN" if stage.fill != stage.fill else stage.fill,
                "order": stage.order,
            }
        case Smooth():
            return _echo_smooth(stage)
        case Downsample():
            return _echo_downsample(stage)


def _echo_step(step: Step) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "count": step.period.count,
        "unit": step.period.unit.upper(),
        "align": step.align.upper(),
    }
    if step.zone:
        fields["timezone"] = step.zone
    return fields


def _echo_filling(filling: Filling) -> dict[str, Any]:
    return {
        "type": filling.kind.upper(),
        "value": 0.0 if filling.value is None else filling.value,
        "extend": filling.extend,
    }


def _echo_aggregate(stage: Aggregate, statistic: Statistic) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": print_statistic(statistic)}
    if stage.step:
        fields["period"] = _echo_step(stage.step)
    if statistic.name == "delta":
        fields["counter"] = False
    if stage.filling:
        fields["interpolate"] = _echo_filling(stage.filling)
    if stage.threshold:
        limits = {"min": stage.threshold.min, "max": stage.threshold.max}
        fields["threshold"] = {name: limit for name, limit in limits.items() if limit is not None}
    if stage.working_minutes:
        start, end = stage.working_minutes
        fields["workingMinutes"] = {"start": start, "end": end}
    if stage.order:
        fields["order"] = stage.order
    return fields


def _echo_group(stage: Group, statistic: Statistic, series: Series | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": print_statistic(statistic), "truncate": stage.truncate}
    if stage.step:
        fields["period"] = _echo_step(stage.step)
    if stage.filling:
        fields["interpolate"] = _echo_filling(stage.filling)
    if stage.by is not None:
        fields["groupByEntityAndTags"] = list(stage.by)
    fields["order"] = stage.order
    members = series.members if series is not None else ()
    fields["series"] = [
        {"entity": key.entity, "tags": key.tag_map, "label": _label(key.entity, key.tags)}
        for key in members
    ]
    return fields


def _label(entity: str, tags: Sequence[tuple[str, str]]) -> str:
    listed = ",".join(f"{name}={value}" for name, value in tags)
    return f"{entity}:{listed}" if listed else entity


def _echo_smooth(stage: Smooth) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": stage.statistic.upper()}
    if stage.statistic == "ema":
        fields["factor"] = stage.factor
        if stage.range_ms:
            fields["range"] = stage.range_ms
    if stage.count:
        fields["count"] = stage.count
    if stage.interval:
        fields["interval"] = {
            "count": stage.interval.count,
            "unit": stage.interval.unit.upper(),
        }
    fields["minimumCount"] = stage.minimum_count
    if stage.incomplete is not None:
        fields["incompleteValue"] = (
            "NaN" if stage.incomplete != stage.incomplete else stage.incomplete
        )
    fields["order"] = stage.order
    return fields


def _echo_downsample(stage: Downsample) -> dict[str, Any]:
    fields: dict[str, Any] = {"algorithm": stage.algorithm.upper()}
    if stage.ratio is None:
        fields["difference"] = stage.difference
    else:
        fields["ratio"] = stage.ratio
    if stage.gap:
        fields["gap"] = {"count": stage.gap.count, "unit": stage.gap.unit.upper()}
    fields["order"] = stage.order
    return fields


def _statistic(stage: Aggregate | Group, series: Series | None) -> Statistic:
    """Which of the stage's statistics a series holds: the functions applied to it say so."""
    for step in reversed(series.applied if series is not None else ()):
        if step.function == stage.name:
            for _, value in step.params:
                if isinstance(value, Statistic):
                    return value
    details = [one for one in stage.statistics if one.name == "detail"]
    if series is not None and details:
        return details[0]
    return stage.statistics[0]


def _meta(metric: str, entity: str, catalog: CatalogReader) -> dict[str, Any]:
    """The stored fields of metric and entity; what is not known is left out."""
    metric_info, entity_info = catalog.metric(metric), catalog.entity(entity)
    meta: dict[str, Any] = {}
    if metric_info is not None:
        named = {"name": metric_info.name, "tags": dict(metric_info.tags)}
        meta["metric"] = named | _plain(metric_info.fields)
    if entity_info is not None:
        named = {"name": entity_info.name, "tags": dict(entity_info.tags)}
        meta["entity"] = named | _plain(entity_info.fields)
    return meta


def _plain(fields: Mapping[str, object]) -> dict[str, object]:
    """Stored fields with their dates in the API's form."""
    return {
        name: _date_text(value) if isinstance(value, dt.datetime) else value
        for name, value in fields.items()
    }


def _date_text(moment: dt.datetime) -> str:
    text = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
