"""What is refused, in the order and the words of KairosDB; and what a query that is good means."""

from __future__ import annotations

from typing import Any

import pytest

from apps.algebra.periods import Period
from apps.algebra.streams import BinGroups, TimeGroups, ValueGroups
from apps.algebra.times import parse_iso
from apps.dialects.kairos.errors import Rejected
from apps.dialects.kairos.nodes import Ast, Bounds, MetricQuery, Step
from apps.dialects.kairos.parse import parse, read_json
from apps.errors import SyntaxFault

NOW_MS = parse_iso("2024-03-31T10:20:30.400Z") // 1_000_000
M = "query.metric[0]"
A = f"{M}.aggregators[0]"
G = f"{M}.group_by[0]"
UNITS = "must be one of MILLISECONDS,SECONDS,MINUTES,HOURS,DAYS,WEEKS,MONTHS,YEARS"
TEN = {"value": 10, "unit": "seconds"}


def query(metric: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
    return {"start_absolute": 1, "metrics": [{"name": "m", **(metric or {})}], **top}


def with_aggregator(name: Any, **properties: Any) -> dict[str, Any]:
    return query({"aggregators": [{"name": name, **properties}]})


def grouped(name: Any, **properties: Any) -> dict[str, Any]:
    return query({"group_by": [{"name": name, **properties}]})


def refusal(source: Any, **more: Any) -> list[str]:
    with pytest.raises(Rejected) as caught:
        parse(source, now_ms=NOW_MS, **more)
    return list(caught.value.messages)


def read(source: Any, **more: Any) -> Ast:
    return parse(source, now_ms=NOW_MS, **more)


def one(source: Any) -> MetricQuery:
    (metric,) = read(source).metrics
    return metric


def step(name: str, **properties: Any) -> tuple[Step, dict[str, Any]]:
    (found,) = one(with_aggregator(name, **properties)).steps
    return found, dict(found.params)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "Not a JSON Object: []"),
        ("x", "Not a JSON Object: x"),
        (None, "Not a JSON Object: null"),
        (query(cache_time=-1), "cache_time must be greater than or equal to 0"),
        (query(cache_time="abc"), 'java.lang.NumberFormatException: For input string: "abc"'),
        (query(start_absolute="abc"), 'java.lang.NumberFormatException: For input string: "abc"'),
        (
            query(start_relative={"value": -1, "unit": "days"}),
            "start_relative.value must be greater than or equal to 0",
        ),
        (
            query(end_relative={"value": -1, "unit": "days"}),
            "end_relative.value must be greater than or equal to 0",
        ),
        (query(start_relative={"value": 1}), "start_relative.unit may not be null"),
        (query(start_relative=5), "start_relative must be an object"),
        (
            query(start_relative={"value": 1, "unit": "bogus"}),
            f"query.bogus is not a valid time unit, {UNITS}",
        ),
        (query(plugins=[{}]), "query.plugins[0] must have a name"),
        (query(plugins=[{"name": "foo"}]), "query.plugins[0].foo invalid query plugin name"),
        ({"start_absolute": 1}, "query.metric[] must have a size of at least 1"),
        (query(metrics={}), "query.metric[] must be an array"),
        (query(metrics=[1]), f"{M} must be an object"),
        (query({"name": None}), f"{M}.name may not be null"),
        (query({"name": ""}), f"{M}.name may not be empty"),
        (query({"tags": {"": "a"}}), f"{M}.tags[0] name must not be empty"),
        (query({"tags": {"host": ""}}), f"{M}.tags[0].host value must not be null or empty"),
        (query({"tags": {"host": None}}), f"{M}.tags[0].host value must not be null or empty"),
        (
            query({"tags": {"dc": "x", "host": ["a", ""]}}),
            f"{M}.tags[1].host value must not be null or empty",
        ),
        (query({"limit": -1}), f"{M}.limit must be greater than or equal to 0"),
        (query({"limit": "abc"}), f'{M}.limit For input string: "abc"'),
        ({"metrics": [{"name": "m"}]}, f"{M}.start_time relative or absolute time must be set"),
        (query(end_absolute=0), f"{M}.end_time must be greater than the start time"),
        (query({"order": "up"}), f"{M}.order must be either 'asc' or 'desc'"),
        (query({"aggregators": [{}]}), f"{A} must have a name"),
        (with_aggregator(""), f"{A} must have a name"),
        (query({"aggregators": [3]}), f"{A} must be an object"),
        (with_aggregator("bogus"), f"{A}.bogus invalid aggregators name"),
        (query({"group_by": [{}]}), f"{G} must have a name"),
        (query({"group_by": ["tag"]}), f"{G} must be an object"),
        (grouped("bogus"), f"{G}.bogus invalid group_by name"),
        (
            with_aggregator("sum", sampling={"value": -1, "unit": "days"}),
            f"{A}.sampling.value must be greater than or equal to 0",
        ),
        (
            with_aggregator("sum", sampling={"value": 0, "unit": "days"}),
            f"{A}.sampling.value must be greater than or equal to 1",
        ),
        (with_aggregator("sum", sampling={"value": 1}), f"{A}.sampling.unit may not be null"),
        (with_aggregator("sum", sampling="1d"), f"{A}.sampling must be an object"),
        (
            with_aggregator("sum", sampling={"value": 1, "unit": "bogus"}),
            f"{A}.bogus is not a valid time unit, {UNITS}",
        ),
        (
            grouped("time", range_size={"value": 1, "unit": "bogus"}, group_count=1),
            f"{G}.bogus is not a valid time unit, {UNITS}",
        ),
        (with_aggregator("div"), f"{A}.m_divisor may not be zero"),
        (with_aggregator("div", divisor=0), f"{A}.m_divisor may not be zero"),
        (with_aggregator("div", divisor="0.0"), f"{A}.m_divisor may not be zero"),
        (with_aggregator("percentile"), f"{A}.percentile may not be zero"),
        (with_aggregator("percentile", percentile=0), f"{A}.percentile may not be zero"),
        (with_aggregator("percentile", percentile="1.2.3"), f"{A}.percentile multiple points"),
        (with_aggregator("percentile", percentile="abc"), f'{A}.percentile For input string: "abc"'),
        (
            with_aggregator("trim", trim="bogus"),
            f"{A}.bogus is not a valid trim type, must be 'first', 'last' or 'both'.",
        ),
        (
            with_aggregator("filter", filter_op="bogus"),
            f"{A}.bogus is not a valid trim type, must be 'lte', 'lt', 'gte', 'gt', 'equal' or 'ne'.",
        ),
        (with_aggregator("sma", size=0), f"{A}.m_size may not be zero"),
        (with_aggregator("score"), f"{A}.thresholds may not be null"),
        (with_aggregator("alias"), f"{A}.alias may not be null"),
        (with_aggregator("alias", alias=""), f"{A}.alias may not be empty"),
        (with_aggregator("tag", tag_name="", tag_value="v"), f"{A}.tag_name may not be empty"),
        (with_aggregator("time_shift"), f"{A}.shift may not be null"),
        (with_aggregator("limit"), f"{A}.limit may not be null"),
        (with_aggregator("interpolation"), f"{A}.sampling may not be null"),
        (with_aggregator("js_function"), f"{A}.m_script may not be null"),
        (with_aggregator("js_function", script=""), f"{A}.m_script may not be empty"),
        (with_aggregator("save_as"), f"{A}.metric_name may not be null"),
        (
            with_aggregator("save_as", metric_name="x", add_saved_from=False),
            f"{A}.tags count must be greater than or equal to 1",
        ),
        (
            with_aggregator("rate", unit="bogus"),
            f"{A}.bogus is not a valid time unit, {UNITS}",
        ),
        (grouped("tag"), f"{G}.tags may not be null"),
        (grouped("tag", tags=[]), f"{G}.tags may not be empty"),
        (grouped("time", group_count=1), f"{G}.rangeSize may not be null"),
        (
            grouped("time", group_count=1, range_size={"value": -1, "unit": "days"}),
            f"{G}.range_size.value must be greater than or equal to 0",
        ),
        (
            grouped("time", group_count=1, range_size={"value": 0, "unit": "months"}),
            f"{G}.range_size.value must be greater than or equal to 1",
        ),
        (
            grouped("time", range_size={"value": 1, "unit": "days"}),
            f"{G}.groupCount must be greater than or equal to 1",
        ),
        (
            grouped("time", range_size={"value": 1, "unit": "days"}, group_count=0),
            f"{G}.groupCount must be greater than or equal to 1",
        ),
        (grouped("value"), f"{G}.rangeSize must be greater than or equal to 1"),
        (grouped("value", range_size=0), f"{G}.rangeSize must be greater than or equal to 1"),
        (grouped("bin"), f"{G}.bins may not be empty"),
        (grouped("bin", bins=[]), f"{G}.bins may not be empty"),
        (query({"plugins": [{}]}), f"{M}.plugins[0] must have a name"),
        (query({"plugins": [{"name": "foo"}]}), f"{M}.plugins[0].foo invalid query plugin name"),
        (
            query({"time_override": {"start_absolute": 9, "end_absolute": 8}}),
            f"{M}.time_override.end_time must be greater than the start time",
        ),
        (
            query({"time_override": {"start_absolute": "x"}}),
            f'{M}.time_override.start_absolute For input string: "x"',
        ),
    ],
)
def test_refusals(source: Any, message: str) -> None:
    assert refusal(source) == [message]


def test_zones_that_do_not_exist_are_told_all_that_do() -> None:
    for source, path in (
        (query(time_zone="bogus"), "query"),
        (with_aggregator("sum", time_zone="bogus"), A),
    ):
        (message,) = refusal(source)
        start = f"{path}.bogus is not a valid time zone, must be one of [Africa/Abidjan, Africa/Accra, "
        assert message.startswith(start)
        assert message.endswith("]")
    assert read(query(time_zone="")).zone == read(query(time_zone=None)).zone == "UTC"


def test_unknown_properties() -> None:
    (message,) = refusal(with_aggregator("sum", foo=1))
    assert message.startswith(
        "Property 'foo' was specified for object 'sum' but no matching setter was found on '"
    )
    (message,) = refusal(grouped("value", range_size=1, foo=None))
    assert message.startswith("Property 'foo' was specified for object 'value' but no matching setter was")
    (message,) = refusal(with_aggregator("scale", sampling=TEN))
    assert message.startswith("Property 'sampling' was specified for object 'scale' but no matching")


def test_unknown_fields_of_query_and_metric_do_not_matter() -> None:
    assert one(query({"foo": 1}, bar=[2])) == one(query())


def test_the_first_step_that_fails_is_told_with_all_that_is_wrong_in_it() -> None:
    several = query(cache_time=-1, start_relative={"value": -1}, metrics=[{}], plugins=[{}])
    assert refusal(several) == [
        "cache_time must be greater than or equal to 0",
        "start_relative.value must be greater than or equal to 0",
        "start_relative.unit may not be null",
    ]
    both = {"name": "", "tags": {"": ""}, "order": "x"}
    assert refusal(query(both)) == [
        f"{M}.name may not be empty",
        f"{M}.tags[0] name must not be empty",
        f"{M}.tags[0]. value must not be null or empty",
    ]
    order = {"order": "x", "plugins": [{}], "aggregators": [{}], "group_by": [{}]}
    wanted = [G, A, f"{M}.plugins[0]"]
    for path, name in zip(wanted, ("group_by", "aggregators", "plugins"), strict=True):
        assert refusal(query(order)) == [f"{path} must have a name"]
        order[name] = []
    assert refusal(query(order)) == [f"{M}.order must be either 'asc' or 'desc'"]
    second = query(metrics=[{"name": "m"}, {"name": "n", "aggregators": [{"name": "x"}]}])
    assert refusal(second) == ["query.metric[1].aggregators[0].x invalid aggregators name"]
    time = grouped("time", group_count=0)
    assert refusal(time) == [
        f"{G}.rangeSize may not be null",
        f"{G}.groupCount must be greater than or equal to 1",
    ]


def test_messages_of_a_roll_up_have_its_place_in_front() -> None:
    prefix = {"prefix": "rollup[1].", "need_start": False}
    assert refusal({}, **prefix) == ["rollup[1].query.metric[] must have a size of at least 1"]
    bogus = with_aggregator("bogus")
    assert refusal(bogus, **prefix) == [f"rollup[1].{A}.bogus invalid aggregators name"]
    assert refusal(query(cache_time=-1), **prefix) == ["cache_time must be greater than or equal to 0"]
    (metric,) = read({"metrics": [{"name": "m"}]}, **prefix).metrics
    assert metric.bounds == Bounds()


def test_scripts_are_checked() -> None:
    def check(script: str, role: str) -> None:
        raise SyntaxFault(f"<eval>:1:8 Unexpected\nend of {role}")

    source = query({"aggregators": [{"name": "div", "divisor": 2}, {"name": "js_function", "script": "v *"}]})
    assert refusal(source, check_script=check) == [
        f"{M}.aggregators[1].m_script has an invalid syntax:<eval>:1:8 Unexpected end of function"
    ]
    array = with_aggregator("js_range", script="return 1", allocate_array=True)
    assert refusal(array, check_script=check)[0].endswith("end of array")


@pytest.mark.parametrize("raw", ["", "  \n"])
def test_no_body(raw: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_json(raw)
    assert caught.value.messages == ("query json must not be null or empty",)


@pytest.mark.parametrize("raw", ["{", "{'a':1}", '{"a":NaN}', '{"a":"\ud800"}', "[" * 5000])
def test_no_json(raw: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_json(raw)
    (message,) = caught.value.messages
    assert " line 1 column " in message


@pytest.mark.parametrize(
    ("count", "unit", "wanted"),
    [
        (400, "milliseconds", "2024-03-31T10:20:30.000Z"),
        (90, "SECONDS", "2024-03-31T10:19:00.400Z"),
        ("2", "Weeks", "2024-03-17T10:20:30.400Z"),
        (1, "months", "2024-02-29T10:20:30.400Z"),
        (1, "years", "2023-03-31T10:20:30.400Z"),
        (0, "days", "2024-03-31T10:20:30.400Z"),
    ],
)
def test_relative_times(count: Any, unit: str, wanted: str) -> None:
    source = {"start_relative": {"value": count, "unit": unit}, "metrics": [{"name": "m"}]}
    assert one(source).bounds.start_ms == parse_iso(wanted) // 1_000_000


def test_absolute_times_win() -> None:
    relative = {"value": 1, "unit": "days"}
    metric = one(query(start_absolute="5", start_relative=relative, end_relative=relative))
    assert metric.bounds == Bounds(5, NOW_MS - 86_400_000)
    assert one(query(end_absolute=1)).bounds == Bounds(1, 1)
    assert one(query(start_absolute=-5)).bounds == Bounds(-5, None)
    all_of_time = query(start_absolute=-(2**63), end_absolute="9223372036854775807")
    assert one(all_of_time).bounds == Bounds(-(2**63), 2**63 - 1)


def test_a_metric_may_have_its_own_time() -> None:
    metric = one(query({"time_override": {"start_absolute": 3}}, end_absolute=9))
    assert metric.bounds == Bounds(3, 9)
    assert metric.query_bounds == Bounds(1, 9)


def test_tags_and_other_fields() -> None:
    metric = one(
        query({
            "tags": {"dc": "a", "host": ["x", "y"], "rack": []}, "limit": "3", "order": "DESC",
            "exclude_tags": True, "alias": "A",
        })
    )  # fmt: skip
    assert metric.tags == (("dc", ("a",)), ("host", ("x", "y")))
    assert (metric.limit, metric.newest_first, metric.exclude_tags, metric.alias) == (3, True, True, "A")
    assert one(query({"tags": None})).tags == ()


def test_groupers() -> None:
    metric = one(
        query({
            "group_by": [
                {"name": "value", "range_size": "10"},
                {"name": "tag", "tags": ["dc", "host"]},
                {"name": "time", "range_size": {"value": "2", "unit": "DAYS"}, "group_count": "7"},
                {"name": "tag", "tags": ["other"]},
                {"name": "bin", "bins": ["10", 20, 40.5]},
            ]
        })
    )  # fmt: skip
    assert metric.group_tags == ("dc", "host")
    assert metric.groupers == (ValueGroups(10), TimeGroups(2, "day", 7, 0), BinGroups((10.0, 20.0, 40.5)))


def test_range_properties() -> None:
    found, params = step("sum")
    assert (found.function, params["statistic"], params["stamp"]) == ("stream_aggregate", "sum", "first")
    assert (params["period"], params["align_sampling"]) == (Period(1, "millisecond"), True)
    _, params = step("sum", align_end_time=True, align_start_time=True, sampling=TEN)
    assert (params["stamp"], params["period"]) == ("start", Period(10, "second"))
    found, params = step(
        "avg", align_end_time=True, align_sampling=False, start_time=5, time_zone="Asia/Kabul"
    )
    assert (params["stamp"], params["align_sampling"]) == ("end", False)
    assert (found.origin_ms, found.zone, found.is_range) == (5, "Asia/Kabul", True)


@pytest.mark.parametrize(
    ("name", "properties", "function", "wanted"),
    [
        ("std", {"return_type": "pos_sd", "dev_count": "2"}, "stream_deviation",
         {"result": "pos_sd", "deviations": 2.0}),
        ("histogram", {"percentile": "0.95"}, "stream_percentile", {"share": 0.95}),
        ("min_max", {}, "stream_minmax", {}),
        ("gaps", {"trim": "true"}, "stream_gaps", {"trim": True}),
        ("least_squares", {}, "stream_least_squares", {}),
        ("interpolate", {"sampling": TEN}, "stream_interpolate", {"period": Period(10, "second")}),
        ("rate", {"unit": "SECONDS"}, "stream_rate", {"form": "rate", "period": Period(1, "second")}),
        ("rate", {"sampling": TEN}, "stream_rate", {"form": "rate", "period": Period(10, "second")}),
        ("sampler", {}, "stream_rate", {"form": "sampler", "period": Period(1, "millisecond")}),
        ("diff", {}, "stream_rate", {"form": "difference"}),
        ("div", {"divisor": "5"}, "stream_divide", {"divisor": 5.0}),
        ("scale", {}, "stream_scale", {"factor": 0.0}),
        ("normalise", {}, "stream_normalize", {}),
        ("sma", {"size": 3}, "stream_sma", {"size": 3}),
        ("trim", {}, "stream_trim", {"ends": "both"}),
        ("trim", {"trim": "FIRST"}, "stream_trim", {"ends": "first"}),
        ("filter", {"filter_op": "GTE", "threshold": "5"}, "stream_filter", {"op": "gte", "threshold": "5"}),
        ("filter", {}, "stream_filter", {"op": "equal", "threshold": 0.0}),
        ("score", {"thresholds": [{"value": 5}, {"value": "50", "boundary": "inferior"}],
                   "order": "descending"}, "stream_score",
         {"thresholds": ((5.0, "superior"), (50.0, "inferior")), "descending": True}),
        ("alias", {"alias": "x"}, "stream_alias", {"alias": "x"}),
        ("tag", {"tag": "a", "value": "b"}, "stream_tag", {"name": "a", "value": "b"}),
        ("untag", {"tag_name": "a"}, "stream_untag", {"name": "a", "value": None}),
        ("time_shift", {"offset": "-500"}, "stream_shift", {"offset_ns": -500_000_000}),
        ("limit", {"limit": 10}, "stream_limit", {"limit": 10}),
        ("save_as", {"metric_name": "n", "tags": {"b": "1", "a": "2"}, "ttl": 60}, "stream_save",
         {"metric": "n", "tags": (("a", "2"), ("b", "1")), "ttl_s": 60, "saved_from": True}),
        ("js_filter", {"script": "value > 1"}, "js_filter", {"script": "value > 1"}),
        ("js_range", {"script": "1", "allocate_array": True}, "js_range", {"allocate_array": True}),
        ("js_regression", {"script": "1"}, "js_regression", {"script": "1"}),
    ],
)  # fmt: skip
def test_aggregators(name: str, properties: dict[str, Any], function: str, wanted: dict[str, Any]) -> None:
    found, params = step(name, **properties)
    assert found.function == function
    assert {key: params[key] for key in wanted} == wanted
