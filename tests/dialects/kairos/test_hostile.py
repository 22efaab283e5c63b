"""Whatever a query says, it is either answered or refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.algebra.execute import execute_each
from apps.algebra.series import FLOAT, INT, TEXT, Samples, SeriesKey
from apps.algebra.source import Limits, MemorySource, SeriesRef
from apps.dialects.kairos.aggregators import AGGREGATORS, SYNONYMS
from apps.dialects.kairos.parse import parse
from apps.dialects.kairos.plan import plan_metric
from apps.dialects.kairos.render import Answer, render
from apps.errors import TsError

NOW_MS = 1_704_100_000_000
B_NS = 1_704_067_200_000_000_000
LIMITS = Limits(samples_in=10_000, samples_out=10_000, seconds=20)
REFS = tuple(SeriesRef(number, SeriesKey.of("m", "default", {"t": str(number)})) for number in (1, 2))


def _texts(*values: str | None) -> np.ndarray:
    column = np.empty(len(values), object)
    column[:] = values
    return column


SOURCE = MemorySource({
    1: Samples.of([B_NS, B_NS + 1, B_NS + 10**9, B_NS + 10**15], [1.0, -2.0, 1e300, 4.5]),
    2: Samples(
        np.array([-(9 * 10**18), B_NS, B_NS + 10**9]), np.array([7.0, np.nan, 2.0**60]),
        np.array([INT, TEXT, FLOAT], np.uint8), np.array([7, 0, 0]), _texts(None, "x", None),
    ),
})  # fmt: skip

NUMBERS = st.sampled_from([
    0, 1, 2, -1, 10, 1000, 2**31, 2**53 + 1, 2**62, 2**63 - 1, -(2**63), 2**64 - 1, 0.5, -0.5, 1e-300,
    1e300, 1.7e308, 99.9,
])  # fmt: skip
TEXTS = st.sampled_from([
    "", "x", "value", "1", "-5", "1.5", "1e3", "1.2.3", "NaN", "true", "first", "gte", "pos_sd", "descending",
    "DAYS", "months", "Europe/Vienna", "regex:(", "regex:.*", "\0", "name\n", "…",
])  # fmt: skip
UNITS = st.sampled_from(
    ["milliseconds", "SECONDS", "minutes", "hours", "Days", "weeks", "months", "years", "x"]
)
LENGTHS = st.fixed_dictionaries({}, optional={"value": NUMBERS | TEXTS, "unit": UNITS | NUMBERS})
SIMPLE = st.none() | st.booleans() | NUMBERS | TEXTS | UNITS | LENGTHS
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
SIDES = st.sampled_from(["superior", "inferior"])
THRESHOLDS = st.lists(st.fixed_dictionaries({"value": NUMBERS}, optional={"boundary": SIDES}), max_size=3)
#: Values that a property may well take, so that many queries get as far as being executed.
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "sampling": st.fixed_dictionaries({"value": NUMBERS, "unit": UNITS}), "thresholds": THRESHOLDS,
    "unit": UNITS, "start_time": NUMBERS, "percentile": NUMBERS, "size": NUMBERS, "limit": NUMBERS,
    "shift": NUMBERS, "reference_start_time": NUMBERS, "reference_end_time": NUMBERS, "dev_count": NUMBERS,
    "factor": NUMBERS, "divisor": NUMBERS, "threshold": NUMBERS | TEXTS, "script": st.just("1"),
    "time_zone": st.sampled_from(["UTC", "Europe/Vienna", "+05:30", "Asia/Kabul", ""]),
}  # fmt: skip
#: Scripts need processes; they have tests of their own.
NAMES = sorted(name for name in (*AGGREGATORS, *SYNONYMS) if not name.startswith("js_"))


@st.composite
def aggregators(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(NAMES))
    properties = AGGREGATORS[SYNONYMS.get(name, name)].properties
    found: dict[str, Any] = {"name": name}
    for key in properties:
        if draw(st.integers(0, 3)):
            found[key] = draw(LIKELY.get(key, VALUES) if draw(st.integers(0, 9)) else VALUES)
    return found


GROUPERS = st.one_of(
    st.fixed_dictionaries({"name": st.just("tag"), "tags": st.just(["t"]) | VALUES}),
    st.fixed_dictionaries(
        {"name": st.just("time"), "range_size": LENGTHS, "group_count": NUMBERS},
    ),
    st.fixed_dictionaries({"name": st.just("value"), "range_size": NUMBERS | VALUES}),
    st.fixed_dictionaries({"name": st.just("bin"), "bins": st.lists(NUMBERS, max_size=4) | VALUES}),
)
TIMES = st.fixed_dictionaries(
    {},
    optional={
        "start_absolute": NUMBERS | VALUES, "end_absolute": NUMBERS | VALUES, "start_relative": LENGTHS,
        "end_relative": LENGTHS | VALUES,
    },
)  # fmt: skip
METRICS = st.fixed_dictionaries(
    {"name": st.just("m"), "aggregators": st.lists(aggregators(), max_size=3)},
    optional={
        "group_by": st.lists(GROUPERS, max_size=2), "order": st.sampled_from(["asc", "desc"]),
        "limit": st.integers(0, 3) | NUMBERS, "time_override": TIMES, "exclude_tags": VALUES,
        "alias": SIMPLE,
    },
)  # fmt: skip
BOUNDED = settings(
    max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def answered(query: Any) -> bytes | None:
    """The JSON of an answer, None where the query is refused."""
    try:
        ast = parse(query, now_ms=NOW_MS)
        plans = [plan_metric(metric, REFS, now_ms=NOW_MS) for metric in ast.metrics]
        nodes = [node for one in plans for node in (one.merged, one.result)]
        outcomes = execute_each(nodes, SOURCE, LIMITS)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        answers = [
            Answer(one.query, 0, outcome.series) for one, outcome in zip(plans, outcomes[1::2], strict=True)
        ]
        return b"".join(render(answers))
    except TsError as fault:
        assert fault.message
        return None


@BOUNDED
@given(query=VALUES)
def test_any_json(query: Any) -> None:
    answered(query)


@BOUNDED
@given(metric=METRICS, times=TIMES, start=st.sampled_from([0, B_NS // 10**6, -(2**62)]))
def test_queries_of_likely_and_unlikely_values(metric: Any, times: dict[str, Any], start: int) -> None:
    text = answered({"start_absolute": start, **times, "metrics": [metric]})
    if text is not None:
        (query,) = orjson.loads(text)["queries"]
        for result in query["results"]:
            times_ms = [time for time, _ in result["values"]]
            assert times_ms == sorted(times_ms, reverse=metric.get("order") == "desc")


@pytest.mark.parametrize("name", NAMES)
@settings(BOUNDED, max_examples=25)
@given(data=st.data())
def test_each_aggregator_alone(name: str, data: st.DataObject) -> None:
    properties = AGGREGATORS[SYNONYMS.get(name, name)].properties
    given_values = data.draw(
        st.fixed_dictionaries({}, optional={key: LIKELY.get(key, SIMPLE) for key in properties})
    )
    order = data.draw(st.sampled_from(["asc", "desc"]))
    metric = {"name": "m", "order": order, "aggregators": [{"name": name, **given_values}]}
    answered({"start_absolute": 0, "metrics": [metric]})
