"""Series of charts that tasks store as metrics: their parts, and how such a task comes to be."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from apps.algebra.periods import Period
from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.catalog.selectors import catalog
from apps.catalog.services import patch_metric, resolve_series
from apps.errors import ConflictFault, TsError
from apps.queries.chart_metric import ChartMetric, read_chart_metric, refused
from apps.queries.chart_metric_run import (
    affected_by,
    compute_metric,
    metric_sources,
    raw_kept_from_ns,
    section_series,
    shown_key,
)
from apps.queries.chart_window import Reason
from apps.store.source import StoreSource
from apps.tasks.models import Output, Task

__all__ = [
    "KIND", "SAVED_FROM", "ChartPart", "checked_chart_metric", "describe_metric", "new_key",
    "read_chart_task",
]  # fmt: skip

KIND = "chart"
#: The tag of a metric that names the task whose points it holds.
SAVED_FROM = "saved_from"
_AT_A_TIME = 500


@dataclass(frozen=True)
class ChartPart:
    """The series of one section of a chart, with all the stored series that it matches.

    ``key``: of the task; None while there is none. ``now_ns``: when the definition was read.
    """

    metric: ChartMetric
    key: str | None
    now_ns: int

    @property
    def label(self) -> str:
        return self.metric.metric

    @property
    def sampling(self) -> Period:
        return self.metric.sampling

    @property
    def zone(self) -> str:
        return self.metric.zone

    @property
    def shift_ns(self) -> int:
        return 0

    @property
    def exact_names(self) -> bool:
        return False

    @property
    def together(self) -> bool:
        return True

    def compute(self, edges_ns: np.ndarray, *, now_ns: int) -> list[tuple[SeriesKey, Samples]]:
        return compute_metric(self.metric, edges_ns, now_ns=now_ns)

    def stored_series(self) -> list[tuple[SeriesKey, int]]:
        noted = set(self._noted())
        # Points that an earlier definition stored under another name are left alone.
        refs = catalog().find_series(SeriesSelector(self.metric.metric)) if noted else []
        return [(ref.key, ref.id) for ref in refs if ref.id in noted]

    def claim(self, keys: Sequence[SeriesKey]) -> None:
        """Note the series before points are in them, so that they are known to be this task's ever after."""
        noted = set(self._noted())
        fresh = sorted({one for one in resolve_series(list(keys)) if one is not None} - noted)
        foreign = _foreign(fresh)
        if foreign:
            reason = _taken(foreign[0])
            raise ConflictFault(reason.message, hint=reason.hint)
        task = Task.objects.filter(kind=KIND, key=self.key).only("pk").first() if fresh else None
        if task is not None:
            rows = [Output(task=task, series_id=one) for one in fresh]
            Output.objects.bulk_create(rows, batch_size=_AT_A_TIME, ignore_conflicts=True)

    def newest_ns(self) -> int | None:
        newest = StoreSource().last_times([one for _, one in self.stored_series()])
        return max((one for one in newest if one is not None), default=None)

    def raw_kept_from_ns(self, now_ns: int) -> int | None:
        return raw_kept_from_ns(self.metric, now_ns)

    def source_metrics(self) -> tuple[str, ...]:
        return metric_sources(self.metric, now_ns=self.now_ns)

    def affected(self, start_ns: int, end_ns: int) -> tuple[int, int]:
        first_ns, last_ns = affected_by(self.metric, start_ns, end_ns, now_ns=self.now_ns)
        return min(first_ns, start_ns), max(last_ns, end_ns)

    def _noted(self) -> list[int]:
        if self.key is None:
            return []
        noted = Output.objects.filter(task__kind=KIND, task__key=self.key).order_by("series_id")
        return list(noted.values_list("series_id", flat=True))


def read_chart_task(text: str, now_ns: int) -> ChartPart:
    """What the definition of a task means; TsError for one that can't be computed any more."""
    value = orjson.loads(text)
    return ChartPart(read_chart_metric(value, now_ns=now_ns), value.get("id"), now_ns)


def checked_chart_metric(value: Any, *, key: str | None, now_ns: int) -> ChartMetric:
    """The definition with what the store has to say of it; an ArgumentFault with all reasons otherwise.

    ``key``: of the task that it replaces the definition of.
    """
    reasons: list[Reason] = []
    try:
        metric = read_chart_metric(value, now_ns=now_ns)
    except TsError as fault:
        reasons = [Reason(**one) for one in fault.data.get("reasons", ())]
        if not reasons:
            raise
        raise refused(reasons + _name_conflicts(value)) from None
    reasons += _name_conflicts(value)
    reasons += _target_conflicts(ChartPart(metric, key, now_ns))
    if reasons:
        raise refused(reasons)
    return metric


def describe_metric(metric: ChartMetric, key: str) -> None:
    """Give the metric its unit and label, and say where its points come from."""
    fields: dict[str, Any] = {"tags": {SAVED_FROM: f"{KIND}:{key}"}}
    info = catalog().metric(metric.metric)
    told = info is not None and bool(info.fields.get("description"))
    if not told:
        fields["description"] = f"Saved from a chart by the task {metric.name}"
    fields |= {"units": metric.unit, "label": metric.label}
    patch_metric(metric.metric, fields, create=True)


def new_key() -> str:
    """The key of a task that is made here."""
    return str(uuid.uuid4())


# --- Inside ---


def _foreign(strange: Sequence[int]) -> list[int]:
    """Of some series that are not a task's those that hold points of others: of tasks, or written by hand."""
    if not strange:
        return []
    others: set[int] = set()
    for at in range(0, len(strange), _AT_A_TIME):
        fed = Output.objects.filter(series_id__in=strange[at : at + _AT_A_TIME])
        others.update(fed.values_list("series_id", flat=True))
    newest = StoreSource().last_times(strange)
    return [one for one, at in zip(strange, newest, strict=True) if at is not None or one in others]


def _taken(series_id: int) -> Reason:
    key = catalog().key_of(series_id)
    shown = shown_key(key) if key is not None else "the series"
    message = f"{shown} holds points that something else stores"
    return Reason("metric", message, "another metric, or a tag that keeps them apart")


def _target_conflicts(part: ChartPart) -> list[Reason]:
    """Series that the points would go into, and that are not the task's."""
    try:
        found = section_series(
            part.metric, part.now_ns, part.now_ns + 1, now_ns=part.now_ns, as_drawn=True
        )
        keys = [key for key, _ in found]
        if not keys:
            message = "nothing is stored that the series could be computed from"
            return [Reason("config", message, "metric, entity and tags of stored series")]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            message = f"two of the series would be stored as one, {shown_key(twice)}"
            return [Reason("tags", message, "fewer tags or another entity")]
        ids = [one for one in resolve_series(keys, create=False) if one is not None]
    except TsError as fault:
        return [Reason(getattr(fault, "field", "config"), fault.message, fault.hint)]
    strange = sorted(set(ids) - set(part._noted()))
    return [_taken(one) for one in _foreign(strange)[:5]]


def _name_conflicts(value: Any) -> list[Reason]:
    """What speaks against the metric as it is kept now."""
    name = value.get("metric") if isinstance(value, dict) else None
    info = catalog().metric(name.strip()) if isinstance(name, str) and "\0" not in name else None
    if info is None:
        return []
    reasons = []
    kept, asked = info.fields.get("units"), value.get("unit")
    if kept and asked and kept != asked:
        reasons.append(Reason("unit", f"the metric {info.name} has the unit {kept}", f"unit = {kept}"))
    if info.fields.get("enabled") is False or info.fields.get("persistent") is False:
        reasons.append(Reason("metric", f"the metric {info.name} is switched off", "another metric"))
    return reasons
