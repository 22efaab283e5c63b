"""Why this value? Inputs, rule and arithmetic of one point over HTTP, and the reason where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series
from tests.api.test_charts import OUTAGE, as_ns
from tests.api.test_seed_001 import RAW

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def outage() -> None:
    times_ns = as_ns([time for time, _ in RAW])
    values = np.array([value for _, value in RAW])
    insert_series([(SeriesKey.of("outage-tickets", "hetzner", {"dc": "07"}), Samples(times_ns, values))])


def told(client: Client, config: str = OUTAGE, **asked: Any) -> dict[str, Any]:
    body = {"config": config, "now": "2018-06-01T00:00:00Z", **asked}
    response = client.post("/api/charts/explain", body, content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()


def at(index: int) -> str:
    return RAW[index][0]


def test_a_stored_point(client: Client) -> None:
    found = told(client, time=at(0))
    assert found["value"] == 237 and found["absent"] is None and found["steps"] == []
    assert found["series"]["alias"] == "raw" and found["series"]["metric"] == "outage-tickets"
    assert found["inputs"][0]["tags"] == {"dc": "07"}


def test_a_formula_with_its_numbers(client: Client) -> None:
    found = told(client, section=3, time=at(1))
    assert found["formula"] == "value('raw') - previous('raw')"
    assert found["arithmetic"].startswith("402 - 237")
    assert [(one["alias"], one["value"]) for one in found["inputs"]] == [("raw", 402), ("raw", 237)]
    assert found["inputs"][1]["time"] == int(as_ns([at(0)])[0] // 10**6)


@pytest.mark.parametrize("section", [1, 2, 3])
def test_every_form_of_a_difference_explains_itself(client: Client, section: int) -> None:
    found = told(client, section=section, time=at(3))
    before, here = RAW[2][1], RAW[3][1]
    assert found["value"] == here - before
    assert {one["value"] for one in found["inputs"]} == {before, here}
    assert f"{here:g} - {before:g}" in found["arithmetic"]


@pytest.mark.parametrize("section", [1, 2, 3])
def test_an_absent_point_has_a_reason(client: Client, section: int) -> None:
    found = told(client, section=section, time=at(0))
    assert found["value"] is None and found["absent"]
    nowhere = told(client, section=section, time="2018-05-24T00:00:01Z")
    assert nowhere["value"] is None and nowhere["absent"]


def test_steps_lead_down_to_what_is_stored(client: Client) -> None:
    chain = OUTAGE.replace(
        "label = aliases\n      value = value('raw') - previous('raw')",
        "alias = change\n      value = value('raw') - previous('raw')\n    [series]\n"
        "      value = value('change') * 2",
    )
    found = told(client, chain, section=4, time=at(1))
    assert found["arithmetic"].startswith("165 * 2")
    (step,) = found["steps"]
    assert step["function"] == "formula" and step["arithmetic"].startswith("402 - 237")


def test_entries_of_the_answer_count_as_well(client: Client) -> None:
    assert told(client, series_index=1, time=at(1))["series"]["position"] == 1


@pytest.mark.parametrize(
    "asked",
    [{}, {"time": "x"}, {"time": 0, "widget": 1}, {"time": 0, "widget": -1}, {"time": 0, "section": 9},
     {"time": 0, "member": 3}, {"time": 0, "series_index": 99}, {"time": True}, {"time": 0, "section": "a"}],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused(client: Client, asked: dict[str, Any]) -> None:
    body = {"config": OUTAGE, "now": "2018-06-01T00:00:00Z", **asked}
    response = client.post("/api/charts/explain", body, content_type="application/json")
    assert response.status_code == 400 and response.json()["errors"][0]["code"] == "bad-parameter"


def test_a_section_that_matches_nothing_says_so(client: Client) -> None:
    found = told(client, OUTAGE.replace("dc = 07", "dc = 99"), section=1, time=at(1))
    assert found["value"] is None and "matches" in found["absent"]


WINDOWED = OUTAGE.split("[series]", 1)[0] + "[series]\nalias = raw\n[series]\nvalue = {}\n"


@pytest.mark.parametrize(
    ("formula", "index", "behind", "arithmetic"),
    [
        ("movavg('raw', 3)", 2, [237, 402, 497], "(237+402+497)/3 = "),
        ("movavg('raw', 3)", 1, [237, 402], "missing"),
        ("value('raw') - movavg('raw', 2)", 1, [402, 237, 402], "402-(237+402)/2 = 82.5"),
        ("getMaximumValue('raw')", 0, [1013], "1013 = 1013"),
        (f"getValueForDate('raw', '{RAW[1][0]}')", 0, [402], "402 = 402"),
        ("getValueWithOffset('raw', '0 minute')", 2, [497], "497 = 497"),
    ],
)
def test_functions_that_look_elsewhere_name_what_they_found(
    client: Client, formula: str, index: int, behind: list[float], arithmetic: str
) -> None:
    found = told(client, config=WINDOWED.format(formula), section=1, time=at(index))
    assert [one["value"] for one in found["inputs"]] == behind
    assert found["arithmetic"].replace(" - ", "-").startswith(arithmetic)
