"""Plans of queries: the series they want, the windows they read, what each function is told."""

from __future__ import annotations

from typing import Any

from apps.algebra.plan import Apply, Node, Read
from apps.algebra.series import SeriesKey
from apps.algebra.source import SeriesRef, SeriesSelector
from apps.algebra.times import MAX_TIME_NS
from apps.dialects.kairos.nodes import Bounds, MetricQuery
from apps.dialects.kairos.parse import parse
from apps.dialects.kairos.plan import MetricPlan, plan_metric, select, window_ns

B = 1_704_067_200_000
MS = 1_000_000
NOW_MS = B + 3_600_000


class _Listed:
    """A catalog that gives every series of the metric and remembers what it was asked."""

    def __init__(self, *keys: SeriesKey) -> None:
        self.refs = [SeriesRef(number, key) for number, key in enumerate(keys)]
        self.asked: list[SeriesSelector] = []

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        self.asked.append(selector)
        return list(self.refs)


def metric(**fields: Any) -> MetricQuery:
    top = {name: fields.pop(name) for name in ("end_absolute", "time_zone") if name in fields}
    body = {"start_absolute": B, **top, "metrics": [{"name": "m", **fields}]}
    return parse(body, now_ms=NOW_MS).metrics[0]


def planned(**fields: Any) -> MetricPlan:
    return plan_metric(metric(**fields), (), now_ms=NOW_MS)


def chain(node: Node) -> list[tuple[str, dict[str, Any]]]:
    """Functions from the leaf on, with their parameters."""
    found: list[tuple[str, dict[str, Any]]] = []
    while isinstance(node, Apply):
        found.append((node.function, dict(node.params)))
        (node,) = node.inputs
    assert isinstance(node, Read)
    assert node.exact
    return found[::-1]


def test_windows_hold_both_ends() -> None:
    assert window_ns(Bounds(B, B)) == (B * MS, (B + 1) * MS)
    assert window_ns(Bounds(B)) == (B * MS, 2**63 - 1)
    assert window_ns(Bounds(B, 10**18))[1] == 2**63 - 1
    assert window_ns(Bounds(10**18, 10**18)) == (MAX_TIME_NS, 2**63 - 1)


def test_plain_reading() -> None:
    found = planned(end_absolute=B + 5)
    assert chain(found.result) == [
        (
            "merge_streams",
            {
                "name": "m", "by": None, "limit": 0, "newest_first": False, "entity_tag": "entity",
                "default_entity": "default",
            },
        )
    ]  # fmt: skip
    assert found.result is found.merged
    (leaf,) = found.merged.inputs
    assert (leaf.start_ns, leaf.end_ns) == (B * MS, (B + 6) * MS)


def test_groups_then_limit_then_aggregators() -> None:
    by = [
        {"name": "tag", "tags": ["t"]},
        {"name": "time", "range_size": {"value": 1, "unit": "hours"}, "group_count": 2},
    ]
    steps = [{"name": "div", "divisor": 2}, {"name": "save_as", "metric_name": "s"}, {"name": "diff"}]
    found = planned(group_by=by, limit=3, order="desc", aggregators=steps)
    names = [name for name, _ in chain(found.result)]
    assert names == [
        "merge_streams", "group_streams", "limit_streams", "stream_divide", "stream_save", "stream_rate",
    ]  # fmt: skip
    params = dict(chain(found.result))
    assert params["merge_streams"]["by"] == ("t",)
    assert (params["merge_streams"]["limit"], params["merge_streams"]["newest_first"]) == (3, True)
    assert params["group_streams"]["groupers"][0].start_ns == B * MS
    ((step, node),) = found.saves
    assert step.place == "query.metric[0].aggregators[1]"
    assert [name for name, _ in chain(node)] == names[:-1]


def test_what_the_query_supplies() -> None:
    ten = {"value": 10, "unit": "minutes"}
    steps = [
        {"name": "sum", "sampling": ten},
        {"name": "avg", "sampling": ten, "start_time": B + 7, "time_zone": "Asia/Kabul"},
        {"name": "gaps", "sampling": ten},
        {"name": "rate", "unit": "days"},
    ]
    found = [params for _, params in chain(planned(aggregators=steps, time_zone="Europe/Vienna").result)[1:]]
    assert [one["zone"] for one in found] == ["Europe/Vienna", "Asia/Kabul", "Europe/Vienna", "Europe/Vienna"]
    assert [one.get("start_ns") for one in found] == [B * MS, B * MS, B * MS, None]
    assert [one.get("origin_ns") for one in found] == [None, (B + 7) * MS, None, None]
    # The query has no end; gaps end now.
    assert found[2]["end_ns"] == (NOW_MS + 1) * MS
    ended = chain(planned(aggregators=steps[2:3], end_absolute=B + 9).result)[1][1]
    assert ended["end_ns"] == (B + 10) * MS


def test_alignment_of_windows() -> None:
    own = {"start_absolute": B - 100, "end_absolute": B - 50}
    align = {"name": "time_align"}
    params = chain(planned(time_override=own, aggregators=[align], end_absolute=B + 10).result)[1][1]
    assert params == {
        "start_ns": (B - 100) * MS, "end_ns": (B - 50) * MS, "reference_start_ns": B * MS,
        "reference_end_ns": (B + 10) * MS, "to_end": False,
    }  # fmt: skip
    given = {**align, "align_to_end": True, "reference_start_time": 5, "reference_end_time": 6}
    params = chain(planned(aggregators=[given]).result)[1][1]
    assert (params["reference_start_ns"], params["reference_end_ns"]) == (5 * MS, 6 * MS)
    # An open end is the time of the query.
    assert params["end_ns"] == NOW_MS * MS


def test_selection() -> None:
    listed = _Listed(
        SeriesKey.of("m", "default", {"host": "a*", "dc": "x"}),
        SeriesKey.of("m", "default", {"host": "ab"}),
        SeriesKey.of("m", "pump", {"host": "a*"}),
        SeriesKey.of("m", "default", {"host": "a*", "entity": "pump"}),
    )
    assert len(select(metric(), listed)) == 4
    found = select(metric(tags={"host": ["a*", "b\\"], "dc": "regex:x|y"}), listed)
    assert [ref.id for ref in found] == [0]
    # Literal texts are found by the catalog, patterns and the entity are looked at here.
    assert listed.asked[-1].tags == (("host", ("a\\*", "b\\\\")),)
    assert listed.asked[-1].entities is None
    found = select(metric(tags={"entity": "pump"}), listed)
    assert [ref.id for ref in found] == [2, 3]
    assert listed.asked[-1].entities == ("pump", "default")
