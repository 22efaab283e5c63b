"""Outlines say what definitions mean, without asking the store."""

from __future__ import annotations

from typing import Any

import pytest

from apps.tasks import outline
from apps.tasks.chart_saving import save_chart_metric
from apps.tasks.definitions import definition_of
from apps.tasks.models import Task
from apps.tasks.outline import outline_of, short_intervals
from apps.tasks.overview import task_page, tasks_writing
from tests.tasks.conftest import make, put, rollup

pytestmark = pytest.mark.django_db(databases="__all__")

CHART = """[configuration]
  timespan = 1 day
  entity = default
  {frame}
[group]
  [widget]
    type = chart
    [series]
      alias = a
      metric = raw
      display = false
    [series]
      alias = b
      metric = other
      display = false
    [series]
      {derived}
"""
DERIVED = {
    "formula": ("", "value = value('a') * 2", ("raw",)),
    "two inputs": ("", "value = value('a') - value('b')", ("other", "raw")),
    "a day of a zone": (
        "timezone = Europe/Paris", "metric = raw\n      period = 1 day\n      statistic = sum", ("raw",)
    ),
    "ten minutes": ("", "metric = other\n      period = 10 minute\n      statistic = max", ("other",)),
    "a month": ("", "metric = other\n      period = 1 month\n      statistic = avg", ("other",)),
    "wildcard": ("", "metric = raw\n      entity = *\n      rate = 1 minute", ("raw",)),
}  # fmt: skip


def chart(clock, name: str, **more: Any) -> Task:
    frame, derived, _ = DERIVED[name]
    value = {
        "config": CHART.format(frame=frame, derived=derived), "widget": 0, "section": 2,
        "metric": "Saved.Name", "name": name, "every": "15 minute", **more,
    }  # fmt: skip
    return save_chart_metric(value, None, now_ns=clock())


@pytest.fixture(autouse=True)
def forgotten() -> None:
    outline._outline.cache_clear()


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("more", [{}, {"zone": "Asia/Kolkata", "late_data": False}])
def test_a_series_of_a_chart(clock, name, more, django_assert_num_queries) -> None:
    put({"10:02": 1, "10:16": 4})
    put({"10:02": 1, "10:16": 4}, metric="other")
    if "period" in DERIVED[name][1]:
        # Periods of a chart are those of its own zone.
        more = {**more, "zone": None}
    task = chart(clock, name, **{key: one for key, one in more.items() if one is not None})
    meant = definition_of(task, clock())
    with django_assert_num_queries(0):
        told = outline_of(task)
    assert (told.every, told.repairs, told.problem) == (meant.every, meant.repairs, "")
    (part,), (whole,) = told.parts, meant.parts
    assert (part.sampling, part.zone) == (whole.sampling, whole.zone)
    assert part.sources == DERIVED[name][2] == whole.source_metrics()
    assert part.stores("saved.name") and part.stores("Saved.Name") and not part.stores("raw")


def test_a_roll_up(clock, django_assert_num_queries) -> None:
    value = rollup(
        minutes=7, tags={"site": ["n", "s"]}, group_by=[{"name": "tag", "tags": ["host"]}],
        aggregators=[
            {"name": "avg", "sampling": {"value": 7, "unit": "minutes"}}, {"name": "scale", "factor": 3},
        ],
    )  # fmt: skip
    value["rollups"][0]["time_zone"] = "Europe/Paris"
    value["rollups"].append({**rollup(minutes=60)["rollups"][0], "save_as": "Second"})
    task = make(value | {"late_data": "ignore"}, clock)
    meant = definition_of(task, clock())
    with django_assert_num_queries(0):
        told = outline_of(task)
    assert (told.every, told.repairs) == (meant.every, False)
    for part, whole in zip(told.parts, meant.parts, strict=True):
        assert (part.sampling, part.zone) == (whole.sampling, whole.zone)
    assert told.targets == ["rolled", "Second"] and told.sources == ["raw"]
    first = told.parts[0]
    assert first.steps == ("avg of 7 minutes", "scale")
    assert (first.filters, first.group_tags) == ((("site", ("n", "s")),), ("host",))
    # KairosDB tells names apart by their case.
    assert told.parts[1].stores("Second") and not told.parts[1].stores("second")
    assert short_intervals(told) == []
    every_minute = make(rollup(minutes=2, every=(1, "minutes")), clock)
    assert len(short_intervals(outline_of(every_minute))) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"rollups": 1}', '{"config": 1}'])
@pytest.mark.parametrize("kind", ["rollup", "chart", "of another version"])
def test_what_can_not_be_read_is_a_problem_in_words(clock, kind, text) -> None:
    task = make(rollup(), clock)
    task.kind, task.definition = kind, text
    told = outline_of(task)
    assert told.problem and not told.parts


def test_the_list_asks_as_little_for_charts_and_finds_who_stores_a_metric(clock) -> None:
    put({"10:02": 1})
    put({"10:02": 1}, metric="other")
    task = chart(clock, "formula")
    make(rollup(), clock)
    rows = task_page(None, {"q": "raw"}, now_ns=clock()).rows
    assert {row.outline.targets[0] for row in rows} == {"Saved.Name", "rolled"}
    assert task_page(None, {"q": "timespan"}, now_ns=clock()).rows == []
    assert tasks_writing(None, "saved.name") == [task]
    assert [one.kind for one in tasks_writing(None, "rolled")] == ["rollup"]
    assert tasks_writing(None, "raw") == []
