"""Where KairosDB's queries meet the store: parse, plan, execute, save, render."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.execute import execute_each
from apps.algebra.plan import Node
from apps.algebra.scripting import script_runner
from apps.algebra.series import GAP, TEXT, Samples, Series, SeriesKey
from apps.algebra.source import Limits, SeriesRef
from apps.algebra.streams import saved_tags
from apps.algebra.transforms.stream_points import points, stream_labels
from apps.catalog.selectors import catalog
from apps.dialects.kairos.errors import Rejected, worded
from apps.dialects.kairos.names import series_key, shown_tags
from apps.dialects.kairos.nodes import Ast, MetricQuery, Step
from apps.dialects.kairos.parse import parse, read_json
from apps.dialects.kairos.plan import MetricPlan, plan_metric, select, window_ns
from apps.dialects.kairos.render import Answer, render, render_tags
from apps.errors import AccessFault, LimitFault, TsError
from apps.queries.kairos_ingest import expiry_of
from apps.queries.limits import query_limits
from apps.queries.run import Caller
from apps.store.ingest import insert_series
from apps.store.living import LivingSource

__all__ = ["Selected", "parse_kairos", "run_kairos", "run_kairos_tags", "run_metric_query", "select_kairos"]

NS_PER_MS = 1_000_000
#: Series looked into at a time for whether they hold points of a window.
_AT_A_TIME = 64


@dataclass(frozen=True)
class Selected:
    """The stored points that one metric of a query means: series, and a half-open window."""

    query: MetricQuery
    refs: tuple[SeriesRef, ...]
    start_ns: int
    end_ns: int


def parse_kairos(value: Any, *, now_ns: int, prefix: str = "", need_start: bool = True) -> Ast:
    """The tree of a query (its JSON value); scripts are checked too. Raises Rejected."""
    return parse(
        value,
        now_ms=now_ns // NS_PER_MS,
        prefix=prefix,
        need_start=need_start,
        check_script=lambda script, role: script_runner().check(script, role),
    )


def run_kairos(
    raw: str | bytes, *, now_ns: int, caller: Caller | None = None, may_write: bool = True
) -> Iterator[bytes]:
    """The answer to ``datapoints/query``, in blocks. All faults are raised before the first block.

    What ``save_as`` writes is stored when it returns; callers that may not write get an AccessFault for it.
    """
    ast = parse_kairos(read_json(raw), now_ns=now_ns)
    if not may_write and any(metric.saves for metric in ast.metrics):
        known = {"signed_in": caller is not None and bool(caller.is_authenticated)}
        raise AccessFault("save_as writes: it takes POST, and the right to write", data=known)
    plans = [plan_metric(one, select(one, catalog()), now_ms=now_ns // NS_PER_MS) for one in ast.metrics]
    answers, written = _executed(plans, _limits(caller), now_ns)
    blocks = render(answers)
    for ttl_s, items in written.items():
        insert_series(items, expires_ns=expiry_of(ttl_s, now_ns), exact=True)
    return blocks


def run_metric_query(
    query: MetricQuery, *, now_ns: int, limits: Limits | None = None
) -> list[Series]:
    """The streams of one metric, without empty ones, over ``query.bounds``; nothing is saved."""
    planned = plan_metric(query, select(query, catalog()), now_ms=now_ns // NS_PER_MS)
    (outcome,) = _outcomes([planned.result], limits or query_limits(), now_ns)
    return [one for one in outcome if len(one)]


def select_kairos(raw: str | bytes, *, now_ns: int) -> list[Selected]:
    """What the metrics of a query mean, as for deleting it."""
    ast = parse_kairos(read_json(raw), now_ns=now_ns)
    return [Selected(one, select(one, catalog()), *window_ns(one.bounds)) for one in ast.metrics]


def run_kairos_tags(raw: str | bytes, *, now_ns: int, caller: Caller | None = None) -> dict[str, Any]:
    """The answer to ``datapoints/query/tags``: tags of the series with points in the window."""
    limits = _limits(caller)
    metrics = []
    for one in select_kairos(raw, now_ns=now_ns):
        _refuse_many(len(one.refs), limits)
        metrics.append((one.query, [shown_tags(ref.key) for ref in _holding(one, limits, now_ns)]))
    return render_tags(metrics)


# --- Inside ---


def _limits(caller: Caller | None) -> Limits:
    return query_limits(signed_in=caller is None or bool(caller.is_authenticated))


def _outcomes(nodes: Sequence[Node], limits: Limits, now_ns: int) -> list[tuple[Series, ...]]:
    """The streams of each node; the first fault stops all, in KairosDB's words."""
    outcomes = execute_each(nodes, LivingSource(now_ns), limits)
    for outcome in outcomes:
        if outcome.error is not None:
            raise worded(outcome.error)
    return [outcome.series for outcome in outcomes]


def _executed(
    plans: Sequence[MetricPlan], limits: Limits, now_ns: int
) -> tuple[list[Answer], dict[int, list[tuple[SeriesKey, Samples]]]]:
    """The answers, and what is to be written for each time to live."""
    nodes = [node for one in plans for node in (one.merged, one.result, *(save for _, save in one.saves))]
    outcomes = iter(_outcomes(nodes, limits, now_ns))
    answers: list[Answer] = []
    written: dict[int, list[tuple[SeriesKey, Samples]]] = defaultdict(list)
    for one in plans:
        sample_size = sum(map(len, next(outcomes)))
        answers.append(Answer(one.query, sample_size, next(outcomes)))
        for step, _ in one.saves:
            for stream in next(outcomes):
                written[dict(step.params)["ttl_s"]] += _to_write(stream, step)
    return answers, written


def _to_write(stream: Series, step: Step) -> list[tuple[SeriesKey, Samples]]:
    """What a stream leaves at the destination that was noted last: its points, each of its own type."""
    held = points(stream)
    # What is no number can't be asked for again.
    sound = np.isfinite(held.values)
    if held.kinds is not None:
        sound |= held.kinds == TEXT
        assert not bool(np.any(held.kinds == GAP))
    held = held if sound.all() else held.take(sound)
    if not len(held):
        return []
    labels = stream_labels(stream)
    destination = labels.saves[-1]
    tags = saved_tags(labels, destination)
    if not tags:
        raise Rejected(f"{step.place}.tags count must be greater than or equal to 1")
    return [(series_key(destination.metric, tags), held)]


def _refuse_many(count: int, limits: Limits) -> None:
    if limits.series and count > limits.series:
        raise worded(
            LimitFault(
                f"the query reads {count} series, more than the limit of {limits.series}",
                hint="narrow the selection by tags",
                data={"limit": "series", "asked": count, "allowed": limits.series},
            )
        )


def _holding(selected: Selected, limits: Limits, now_ns: int) -> list[SeriesRef]:
    """The series that hold a point of the window; those are read whose newest point lies behind it, or may
    be over."""
    source = LivingSource(now_ns)
    ids = [ref.id for ref in selected.refs]
    newest, expired = source.last_times(ids), source.expired(ids)
    held, doubtful, read = [], [], 0
    for ref, last_ns in zip(selected.refs, newest, strict=True):
        if last_ns is None or last_ns < selected.start_ns:
            continue
        is_sure = last_ns < selected.end_ns and ref.id not in expired
        (held if is_sure else doubtful).append(ref)
    for at in range(0, len(doubtful), _AT_A_TIME):
        some = doubtful[at : at + _AT_A_TIME]
        columns = source.read([ref.id for ref in some], selected.start_ns, selected.end_ns)
        read += sum(map(len, columns))
        if limits.samples_in and read > limits.samples_in:
            fault: TsError = LimitFault("", data={"limit": "samples_in", "allowed": limits.samples_in})
            raise worded(fault)
        held += [ref for ref, samples in zip(some, columns, strict=True) if len(samples)]
    return held
