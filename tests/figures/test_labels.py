from __future__ import annotations

import pytest

from apps.figures.labels import LabelFields, series_label

PUMP = LabelFields(
    metric="pump.flow",
    entity="plant-3",
    tags={"limit_kind": "2", "dc": "07"},
    statistics="avg",
    period="3 hour",
)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("Ttags.limit_kind", "T2"),
        ("entity: metric", "plant-3: pump.flow"),
        ("metric: rate", "pump.flow"),
        ("tags", "limit_kind=2;dc=07"),
        ("tagName tagValue", "limit_kind;dc 2;07"),
        ("tags['dc'] of entity", "07 of plant-3"),
        ("tags.absent", ""),
        ("a\\nb", "a\nb"),
    ],
)
def test_patterns(pattern, text):
    assert series_label(PUMP, pattern) == text


def test_without_a_pattern_it_says_who_it_is():
    assert series_label(PUMP) == "plant-3: pump.flow: limit_kind=2;dc=07: avg - 3 hour"


def test_a_label_wins_and_a_derived_series_is_called_by_its_alias():
    assert series_label(LabelFields(label="Flow", alias="a"), "metric") == "Flow"
    assert series_label(LabelFields(alias="ratio"), derived=True) == "ratio"


def test_a_long_pattern_is_bounded():
    assert len(series_label(LabelFields(metric="m" * 500), "metric" * 1000)) <= 1000


def test_an_empty_word_at_the_beginning_takes_the_separator_after_it_along():
    tank = LabelFields(tags={"tank": "x"})
    assert series_label(tank, "entity: tags.tank") == "x"
    assert series_label(tank, "entity: metric - tags.tank") == "x"
    assert series_label(tank, ": tags.tank") == ": x"
