"""Configurations as people write them: each is read without a remark, or with the remark it names itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from apps.algebra.series import SeriesKey
from apps.algebra.source import EntityInfo, MetricInfo, SeriesRef, SeriesSelector
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from tests.dialects.charts.outage import at

CASES = sorted((Path(__file__).parents[2] / "cases" / "charts").glob("*.ls"))


class AgreeableCatalog:
    """A catalog that has every series anybody asks for."""

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        entities = [name.replace("*", "1") for name in selector.entities or ("host",)]
        tags = {name: values[0].replace("*", "1") for name, values in selector.tags}
        return [SeriesRef(1, SeriesKey.of(selector.metric, entity, tags)) for entity in entities]

    def metric(self, name: str) -> MetricInfo:
        return MetricInfo(name, label=name)

    def entity(self, name: str) -> EntityInfo:
        return EntityInfo(name, label=name)

    def has_tag_name(self, name: str) -> bool:
        return True

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        return [near]

    def entity_names(self, near: str, limit: int = 20) -> list[str]:
        return [near]

    def metrics_of_entity(self, entity: str) -> list[MetricInfo]:
        return [MetricInfo("cpu_busy"), MetricInfo("mem_free")]

    def entities_of_group(self, group: str) -> list[EntityInfo]:
        return [EntityInfo("nurswgvml006"), EntityInfo("nurswgvml007")]

    def last_insert_ns(self, refs: Sequence[SeriesRef]) -> list[int | None]:
        return [None for _ in refs]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_reads_as_it_says(case):
    text = case.read_text(encoding="utf-8")
    expected = set(text.splitlines()[0].removeprefix("# expect:").split()) - {"nothing"}
    chart = plan(parse(text), now_ns=at("2019-06-11T10:15:20"), catalog=AgreeableCatalog())
    told = {one.code for one in chart.diagnostics} - {"no-effect"}
    assert told == expected
    for one in chart.diagnostics:
        assert one.message
        assert (one.line, one.column) <= (one.end_line, one.end_column)


def test_there_are_many():
    assert len(CASES) >= 60
