"""One question in ATSD's and in KairosDB's words: the same numbers, which the text of the case tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.times import parse_iso
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

CASES = sorted((Path(__file__).parents[2] / "cases" / "notations").glob("*.json"))


def ms(text: str) -> int:
    return parse_iso(text) // 1_000_000


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_same_numbers(api, path: Path) -> None:
    case: dict[str, Any] = json.loads(path.read_text())
    times, values = zip(*case["points"], strict=True)
    samples = Samples.of([parse_iso(time) for time in times], values)
    insert_series([(SeriesKey.of("flow", "pump"), samples)])
    atsd = {
        "metric": "flow", "entity": "pump", "startDate": case["start"], "endDate": case["end"],
        "timeFormat": "milliseconds", **case["atsd"],
    }  # fmt: skip
    answer = api.post("/api/v1/series/query", json.dumps([atsd]), content_type="application/json")
    assert answer.status_code == 200, answer.content
    first = [[one["t"], one["v"]] for one in answer.json()[0]["data"]]
    kairos = {
        # One end is included there, the other not.
        "start_absolute": ms(case["start"]), "end_absolute": ms(case["end"]) - 1,
        "time_zone": case.get("zone"), "metrics": [{"name": "flow", "aggregators": case["kairos"]}],
    }  # fmt: skip
    answer = api.post("/api/v1/datapoints/query", json.dumps(kairos), content_type="application/json")
    assert answer.status_code == 200, answer.content
    (result,) = answer.json()["queries"][0]["results"]
    assert result["tags"] == {"entity": ["pump"]}
    assert result["values"] == first
    assert [time for time, _ in first] == [ms(time) for time, _ in case["gives"]]
    assert [value for _, value in first] == pytest.approx([value for _, value in case["gives"]], rel=1e-14)
