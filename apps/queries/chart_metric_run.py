"""Computing a series of a chart over periods: the numbers that a drawing of them would show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from apps.algebra.execute import Outcome, execute_each
from apps.algebra.periods import Period
from apps.algebra.plan import Node, Read
from apps.algebra.series import TEXT, Samples, Series, SeriesKey
from apps.algebra.source import Limits, SampleSource
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, NS_PER_DAY, NS_PER_HOUR, clamp_time
from apps.catalog.models import Metric
from apps.dialects.charts.lookback import aligned
from apps.errors import ExecutionFault
from apps.queries.chart_edges import source_keys
from apps.queries.chart_metric import ChartMetric, Planned, key_of, planned_section
from apps.queries.chart_window import Reach, counted_nodes, nodes_of, periods_of, reach_of
from apps.store.source import StoreSource

__all__ = [
    "affected_by",
    "compute_metric",
    "metric_sources",
    "raw_kept_from_ns",
    "section_series",
]

#: A task has more time than somebody who waits for a chart.
LIMITS = Limits(seconds=120.0)
#: Where samples are counted that may be left out, it is looked for them so many periods further at most.
MOST_PERIODS_AROUND = 4096
_FIRST_AROUND = 4
#: A late sample has later periods computed again so far; what looks further back is put right by a backfill.
_MOST_AFFECTED_NS = 750 * NS_PER_DAY


def compute_metric(
    metric: ChartMetric, edges_ns: np.ndarray, *, now_ns: int, source: SampleSource | None = None
) -> list[tuple[SeriesKey, Samples]]:
    """The points of consecutive periods as they are stored: without those that have no number."""
    # Up to the configured end nothing behind it is looked at, as in the drawing: it is computed apart.
    configured_ns = _planned(metric, None, None, now_ns).widget.end_ns
    middle = int(np.searchsorted(edges_ns, configured_ns, side="right")) - 1
    if 0 < middle < len(edges_ns) - 1:
        parts = (edges_ns[: middle + 1], edges_ns[middle:])
        return [one for some in parts for one in _computed(metric, some, now_ns, source)]
    return _computed(metric, edges_ns, now_ns, source)


def section_series(
    metric: ChartMetric,
    start_ns: int,
    end_ns: int,
    *,
    now_ns: int,
    source: SampleSource | None = None,
    as_drawn: bool = False,
) -> list[tuple[SeriesKey, Series]]:
    """The series of a section in a window, with the keys they are stored under; not cut to the window.

    ``as_drawn``: with no look around further than a drawing of the window has.
    """
    source = source if source is not None else StoreSource()
    node = _planned(metric, start_ns, end_ns, now_ns).node
    if not source_keys(node):
        return []
    if reach_of(node).thin and not as_drawn:
        node, series = _with_surroundings(metric, start_ns, end_ns, now_ns, source)
    else:
        series = _series(execute_each([node], source, LIMITS)[0])
    return [(key_of(metric, node, one), one) for one in series]


def metric_sources(metric: ChartMetric, *, now_ns: int) -> tuple[str, ...]:
    """The metrics that the series is computed from, as they are stored."""
    node = _planned(metric, now_ns, now_ns + NS_PER_HOUR, now_ns).node
    return tuple(sorted({ref.key.metric for read in _reads(node) for ref in read.series}))


def affected_by(metric: ChartMetric, start_ns: int, end_ns: int, *, now_ns: int) -> tuple[int, int]:
    """Where numbers may change when samples in ``[start_ns, end_ns)`` do."""
    node, back_ns, ahead_ns = _time_reach(metric, now_ns)
    reach = reach_of(node)
    ids = sorted({ref.id for read in _reads(node) for ref in read.series})
    source = StoreSource()
    # Samples count where they stand after having been moved in time: both ways are taken together.
    first_ns, last_ns = start_ns, end_ns
    if reach.after:
        first_ns = min(first_ns, _before(source, ids, start_ns, end_ns, reach.after))
    if reach.before:
        last_ns = max(last_ns, _after(source, ids, end_ns, reach.before))
    if reach.thin:
        slack_ns = (reach.before + 1) * _step(metric, node).fixed_ns
        first_ns, last_ns = first_ns - slack_ns, last_ns + slack_ns
    return clamp_time(first_ns - ahead_ns), clamp_time(last_ns + back_ns)


def raw_kept_from_ns(metric: ChartMetric, now_ns: int) -> int | None:
    """From when on all that a number is computed from is kept; None if nothing is ever let go."""
    node, back_ns, _ = _time_reach(metric, now_ns)
    refs = {ref.id: ref.key.metric for read in _reads(node) for ref in read.series}
    names = set(refs.values())
    rows = Metric.objects.filter(name__in=names, retention_days__gt=0).values_list("name", "retention_days")
    days = dict(rows)
    if not days:
        return None
    reach = reach_of(node)
    kept_ns = max(now_ns - count * NS_PER_DAY for count in days.values())
    ids = sorted(one for one, name in refs.items() if name in days)
    if reach.before:
        kept_ns = _after(StoreSource(), ids, kept_ns, reach.before + 1)
    if reach.thin:
        kept_ns += (reach.before + 1) * _step(metric, node).fixed_ns
    return clamp_time(kept_ns + back_ns)


def shown_key(key: SeriesKey) -> str:
    """A series in words."""
    return " ".join((key.metric, key.entity, *(f"{name}={value}" for name, value in key.tags)))


# --- Inside ---


def _computed(
    metric: ChartMetric, edges_ns: np.ndarray, now_ns: int, source: SampleSource | None
) -> list[tuple[SeriesKey, Samples]]:
    start_ns, end_ns = int(edges_ns[0]), int(edges_ns[-1])
    found: dict[SeriesKey, Samples] = {}
    for key, series in section_series(metric, start_ns, end_ns, now_ns=now_ns, source=source):
        held = series.samples.between(start_ns, end_ns)
        sound = np.isfinite(held.values)
        if held.kinds is not None:
            sound &= held.kinds != TEXT
        if key in found:
            raise ExecutionFault(
                f"two of the series would be stored as one, {shown_key(key)}",
                hint="name the tag that tells them apart",
            )
        found[key] = held if sound.all() else held.take(sound)
    return [(key, samples) for key, samples in found.items() if len(samples)]


def _planned(metric: ChartMetric, start_ns: int | None, end_ns: int | None, now_ns: int) -> Planned:
    return planned_section(
        metric.config, metric.widget, metric.section,
        now_ns=now_ns, start_ns=start_ns, end_ns=end_ns, choices=metric.choices,
    )  # fmt: skip


def _series(outcome: Outcome) -> tuple[Series, ...]:
    if outcome.error is not None:
        raise outcome.error
    return outcome.series


def _reads(node: Node) -> list[Read]:
    return [one for one in nodes_of(node) if isinstance(one, Read)]


def _step(metric: ChartMetric, node: Node) -> Period:
    """The longest period of a plan, by which it is looked around."""
    return max([metric.sampling, *periods_of(node)], key=lambda one: one.fixed_ns)


def _with_surroundings(
    metric: ChartMetric, start_ns: int, end_ns: int, now_ns: int, source: SampleSource
) -> tuple[Node, tuple[Series, ...]]:
    """The series computed over a window as much wider as it takes for every function to look around.

    A function that counts samples backwards (``previous``, a moving mean, the line to the next sample) over
    something that has no sample in some periods can't know beforehand how far they are.
    """
    configured_ns = _planned(metric, None, None, now_ns).widget.end_ns
    step_ns = _step(metric, _planned(metric, start_ns, end_ns, now_ns).node).fixed_ns
    around = _FIRST_AROUND
    while True:
        first_ns = clamp_time(start_ns - around * step_ns)
        last_ns = clamp_time(end_ns + around * step_ns)
        if end_ns <= configured_ns:
            # As in the drawing, nothing behind the configured end is looked at.
            last_ns = max(end_ns, min(last_ns, configured_ns))
        node = _planned(metric, first_ns, last_ns, now_ns).node
        watched = counted_nodes(node)
        outcomes = execute_each([node, *watched], source, LIMITS)
        reach = reach_of(node)
        open_end = last_ns < configured_ns or end_ns > configured_ns
        enough = around >= MOST_PERIODS_AROUND or all(
            _surrounded(one, outcome, (start_ns, end_ns), reach, source, open_end=open_end)
            for one, outcome in zip(watched, outcomes[1:], strict=True)
        )
        if enough:
            return node, _series(outcomes[0])
        around *= 4


def _surrounded(
    node: Node,
    outcome: Outcome,
    window_ns: tuple[int, int],
    reach: Reach,
    source: SampleSource,
    *,
    open_end: bool,
) -> bool:
    """Whether every series of a node has as many samples around the window as are looked at, or can have."""
    lack_before = lack_after = False
    for series in outcome.series:
        times_ns = series.times_ns[~np.isnan(series.values)]
        lack_before |= int(np.searchsorted(times_ns, window_ns[0])) < reach.before
        behind = len(times_ns) - int(np.searchsorted(times_ns, window_ns[1]))
        lack_after |= open_end and behind < reach.after
    if not (lack_before or lack_after):
        return True
    for read in _reads(node):
        ids = [ref.id for ref in read.series]
        firsts = source.read(ids, MIN_TIME_NS, MIN_TIME_NS, after=1) if lack_before else []
        if any(len(one) and int(one.times_ns[0]) < read.start_ns for one in firsts):
            return False
        newest = source.last_times(ids) if lack_after else []
        if any(one is not None and one >= read.end_ns for one in newest):
            return False
    return True


def _time_reach(metric: ChartMetric, now_ns: int) -> tuple[Node, int, int]:
    """A plan, and how far before and behind its window it reads, in time."""
    # Behind the configured end nothing is cut off.
    start_ns = max(now_ns, _planned(metric, None, None, now_ns).widget.end_ns)
    if start_ns > MAX_TIME_NS - _MOST_AFFECTED_NS:
        start_ns = now_ns
    start_ns, end_ns = aligned(start_ns, start_ns + 1, metric.sampling, metric.zone)
    node = _planned(metric, start_ns, end_ns, now_ns).node
    reads = _reads(node)
    back_ns = max([start_ns - one.start_ns for one in reads if one.start_ns > MIN_TIME_NS], default=0)
    ahead_ns = max([one.end_ns - end_ns for one in reads if one.end_ns < MAX_TIME_NS], default=0)
    return node, _with_slack(back_ns), _with_slack(ahead_ns)


def _with_slack(reach_ns: int) -> int:
    """A reach, as long as it can be: where the clock changes, or in a longer month."""
    if reach_ns <= 0:
        return 0
    return min(reach_ns + (3 * NS_PER_DAY if reach_ns > NS_PER_DAY else NS_PER_HOUR), _MOST_AFFECTED_NS)


def _after(source: SampleSource, ids: Sequence[int], time_ns: int, count: int) -> int:
    """Behind the time by which every series has so many more samples, or all that it has."""
    found = source.read(list(ids), time_ns, time_ns, after=count)
    return max([int(one.times_ns[-1]) + 1 for one in found if len(one)], default=time_ns)


def _before(source: SampleSource, ids: Sequence[int], start_ns: int, end_ns: int, count: int) -> int:
    """The earliest of so many samples before a window, of the series that have any in it."""
    found = source.read(list(ids), start_ns, end_ns, before=count)
    firsts = [int(one.times_ns[0]) for one in found if len(one) and int(one.times_ns[-1]) >= start_ns]
    return min(firsts, default=start_ns)
