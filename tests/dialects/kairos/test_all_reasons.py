"""All that is wrong with a task, told at once to people, and step by step to KairosDB's clients."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from apps.dialects.kairos.errors import Rejected
from apps.dialects.kairos.rollups import parse_rollups

HOUR = {"value": 1, "unit": "hours"}
GOOD: dict[str, Any] = {
    "name": "t",
    "execution_interval": {"value": 1, "unit": "hours"},
    "rollups": [
        {
            "save_as": f"out{at}",
            "query": {
                "metrics": [{"name": "in", "aggregators": [{"name": "sum", "sampling": dict(HOUR)}]}]
            },
        }
        for at in range(2)
    ],
}
METRIC = ("rollups", 1, "query", "metrics", 0)
#: Where something is spoiled, with what, and what is said of it.
FAULTS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "name": (("name",), "", "name may not be empty"),
    "name of another kind": (("name",), {}, "task.name must be a string"),
    "interval": (
        ("execution_interval", "value"), 0, "executionInterval.value must be greater than or equal to 1",
    ),
    "save as": (("rollups", 0, "save_as"), None, "rollup[0].saveAs may not be null"),
    "zone": (("rollups", 0, "time_zone"), "Mars/Base", "rollup[0].Mars/Base is not a valid time zone"),
    "cache time": (
        ("rollups", 0, "query", "cache_time"), -1, "cache_time must be greater than or equal to 0",
    ),
    "its own metric": (("rollups", 1, "save_as"), "in", "rollup[1].saveAs must not be the queried metric"),
    "metric": ((*METRIC, "name"), "", "rollup[1].query.metric[0].name may not be empty"),
    "tags": ((*METRIC, "tags"), {"a": [None]}, "rollup[1].query.metric[0].tags[0].a value must not be null"),
    "limit": ((*METRIC, "limit"), -1, "rollup[1].query.metric[0].limit must be greater than or equal to 0"),
    "group": ((*METRIC, "group_by"), [{"name": "?"}], "rollup[1].query.metric[0].group_by[0].? invalid"),
    "order": ((*METRIC, "order"), "up", "rollup[1].query.metric[0].order must be either 'asc' or 'desc'"),
    "sampling": (
        (*METRIC, "aggregators", 0, "sampling", "value"), 0,
        "rollup[1].query.metric[0].aggregators[0].sampling.value must be greater than or equal to 1",
    ),
}  # fmt: skip


def spoiled(*names: str) -> dict[str, Any]:
    value = copy.deepcopy(GOOD)
    for name in names:
        *path, last = FAULTS[name][0]
        place: Any = value
        for step in path:
            place = place[step]
        place[last] = FAULTS[name][1]
    return value


def told(value: Any, *, every: bool) -> tuple[str, ...]:
    with pytest.raises(Rejected) as refusal:
        parse_rollups(value, now_ms=0, every_reason=every)
    return refusal.value.messages


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_told_alike(name) -> None:
    assert told(spoiled(name), every=True) == told(spoiled(name), every=False)
    assert told(spoiled(name), every=True)[0].startswith(FAULTS[name][2])


@pytest.mark.parametrize(
    "names",
    [pair for pair in itertools.combinations(FAULTS, 2) if FAULTS[pair[0]][0] != FAULTS[pair[1]][0]],
)
def test_of_two_faults_both_are_told(names) -> None:
    # A metric without a name can't be the one that is written to.
    if set(names) == {"its own metric", "metric"}:
        names = ("metric",)
    messages = told(spoiled(*names), every=True)
    assert len(messages) == len(names)
    for name in names:
        assert any(message.startswith(FAULTS[name][2]) for message in messages), (name, messages)


def test_all_faults_together_are_told_and_step_by_step_only_the_first() -> None:
    names = [name for name in FAULTS if name not in ("name of another kind", "its own metric")]
    messages = told(spoiled(*names), every=True)
    assert [any(one.startswith(FAULTS[name][2]) for one in messages) for name in names] == [True] * len(names)
    assert len(messages) == len(names)
    assert told(spoiled(*names), every=False) == messages[:2]


def test_every_aggregator_tells_what_is_wrong_with_it() -> None:
    value = copy.deepcopy(GOOD)
    value["rollups"][0]["query"]["metrics"][0]["aggregators"] = [
        {"name": "nonsense"},
        {"name": "sum", "sampling": {"value": "x", "unit": "hours"}, "align_sampling": []},
        {"name": "div", "divisor": 0},
    ]
    value["rollups"][1]["query"]["metrics"].append({"name": "in", "aggregators": [{"name": "diff"}]})
    place = "rollup[0].query.metric[0].aggregators"
    assert told(value, every=True) == (
        f"{place}[0].nonsense invalid aggregators name",
        f'{place}[1].sampling.value For input string: "x"',
        f"{place}[1].align_sampling must be a boolean",
        f"{place}[2].m_divisor may not be zero",
        "rollup[1].query[1].aggregator At least one aggregator must be a range aggregator",
    )
    assert told(value, every=False) == (f"{place}[0].nonsense invalid aggregators name",)


@pytest.mark.parametrize(("share", "refused"), [
    (7, "7.0"), (-0.5, "-0.5"), (1.01, "1.01"), (1, None), (0.5, None), ("0.999", None), ("7", "7.0"),
])  # fmt: skip
@pytest.mark.parametrize("every", [True, False])
def test_a_share_that_each_run_would_fail_for_is_refused_at_once(share, refused, every) -> None:
    value = copy.deepcopy(GOOD)
    value["rollups"][0]["query"]["metrics"][0]["aggregators"] = [
        {"name": "percentile", "percentile": share, "sampling": {"value": 1, "unit": "hours"}},
    ]
    if refused is None:
        assert parse_rollups(value, now_ms=0, every_reason=every)
    else:
        place = "rollup[0].query.metric[0].aggregators[0]"
        assert told(value, every=every) == (f"{place}.percentile {refused} is not in [0..1]",)


@pytest.mark.parametrize("rollups", ["", 0, {}, "text", False])
@pytest.mark.parametrize("every", [True, False])
def test_what_is_no_list_of_roll_ups_is_refused(rollups, every) -> None:
    assert told({**GOOD, "rollups": rollups}, every=every) == ("rollups must be an array",)


def test_a_good_task_reads_the_same_either_way() -> None:
    assert parse_rollups(GOOD, now_ms=0, every_reason=True) == parse_rollups(GOOD, now_ms=0)
