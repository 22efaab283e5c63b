"""The list for query builders says of each aggregator what reading one takes."""

from __future__ import annotations

import pytest

from apps.dialects.kairos import aggregators
from apps.dialects.kairos.features import AGGREGATORS, FAMILIES, GROUPERS, told_family, told_features

KEYS = ["name", "label", "description", "optional", "type"]
PLAIN = [*KEYS, "options", "defaultValue", "autocomplete", "multiline", "validations"]


def test_every_aggregator_is_listed_and_no_other():
    assert sorted(one.name for one in AGGREGATORS) == sorted(aggregators.AGGREGATORS)
    assert [one.name for one in GROUPERS] == ["bin", "tag", "time", "value"]


@pytest.mark.parametrize("feature", AGGREGATORS, ids=lambda one: one.name)
def test_every_property_told_is_one_that_is_read(feature):
    told = {one.name for one in feature.properties}
    assert told <= set(aggregators.AGGREGATORS[feature.name].properties)


def test_families_and_their_order():
    groupers, listed = told_features()
    assert (groupers["name"], groupers["label"]) == ("group_by", "Group By")
    assert (listed["name"], listed["label"]) == ("aggregators", "Aggregator")
    labels = [one["label"] for one in listed["properties"]]
    assert labels == sorted(labels)
    # Upper-case letters sort before lower-case ones.
    assert labels.index("SMA") < labels.index("Sampler")
    assert {"AVG", "Least Squares", "SCORE", "Save As", "JS Range", "Time Align"} <= set(labels)
    names = [one["name"] for one in told_family("AGGREGATORS")]
    assert names == sorted(names)
    assert told_family("widgets") is None


def test_a_range_aggregator_as_printed():
    (found,) = [one for one in told_family("aggregators") if one["name"] == "sum"]
    assert [one["label"] for one in found["properties"]] == [
        "Align End Time", "Align Sampling", "Align Start Time", "Sampling", "Trim",
    ]  # fmt: skip
    by_name = {one["name"]: one for one in found["properties"]}
    assert by_name["align_sampling"]["defaultValue"] == "true"
    assert by_name["trim"]["defaultValue"] == "false"
    sampling = by_name["sampling"]
    assert sampling["type"] == "Object"
    assert not {"defaultValue", "validations"} & set(sampling)
    value, unit = sampling["properties"]
    assert list(value) == PLAIN
    assert (value["name"], value["type"], value["defaultValue"]) == ("value", "long", "1")
    assert value["validations"] == [
        {"expression": "value >= 0", "type": "js", "message": "Value must be greater or equal to 0."}
    ]
    assert (unit["type"], unit["defaultValue"]) == ("enum", "MILLISECONDS")
    assert (unit["options"][0], unit["options"][-1], len(unit["options"])) == ("MILLISECONDS", "YEARS", 8)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.name)
def test_everything_is_told_in_words_and_texts(family):
    def check(one: dict) -> None:
        assert one["description"].endswith("."), one["name"]
        if "properties" in one:
            for inner in one["properties"]:
                if inner["name"] not in ("sampling", "range_size") or "properties" in inner:
                    check(inner)
        else:
            assert isinstance(one["defaultValue"], str)
            if one["type"] == "enum":
                assert one["defaultValue"].upper() in map(str.upper, one["options"])

    for feature in told_family(family.name):
        check(feature)
