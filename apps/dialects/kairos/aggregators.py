"""Aggregators of KairosDB and Skyminer: their names and properties, and the functions that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from apps.algebra.periods import Period
from apps.algebra.scripting import ScriptRole
from apps.algebra.times import NS_PER_MS
from apps.dialects.kairos.errors import Reasons, Rejected
from apps.dialects.kairos.nodes import Step
from apps.dialects.kairos.values import (
    Length,
    choice,
    flag,
    items,
    length,
    mapping,
    number,
    text,
    time_unit,
    whole,
    zone_name,
)
from apps.errors import SyntaxFault

__all__ = [
    "AGGREGATORS", "RANGE_AGGREGATORS", "SYNONYMS", "ScriptCheck", "read_aggregator", "read_properties",
]  # fmt: skip

#: Raises SyntaxFault for a script that does not parse.
ScriptCheck = Callable[[str, ScriptRole], None]
Reader = Callable[[Any, str, str], Any]
Properties = Mapping[str, Reader]


@dataclass(frozen=True, slots=True)
class _Given:
    """The properties of one aggregator, read; ``problems`` gathers what is wrong with them together."""

    place: str
    values: Mapping[str, Any]
    check_script: ScriptCheck | None = None
    problems: list[str] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:
        value = self.values.get(name)
        return default if value is None else value

    def wrong(self, what: str) -> None:
        self.problems.append(f"{self.place}.{what}")

    def required(self, name: str, shown: str = "") -> Any:
        """A value that must be there, and not be empty."""
        value = self.values.get(name)
        if value is None or value == "":
            self.wrong(f"{shown or name} may not be {'null' if value is None else 'empty'}")
        return value

    def not_zero(self, name: str, shown: str, least: float | None = None) -> Any:
        value = self.get(name, 0)
        if value == 0:
            self.wrong(f"{shown} may not be zero")
        elif least is not None and value < least:
            self.wrong(f"{shown} must be greater than or equal to {least}")
        return value


Build = Callable[[_Given], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """``function`` with ``fixed`` parameters; ``build`` makes the others from the properties."""

    function: str
    java: str
    properties: Properties = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    build: Build = lambda given: {}
    is_range: bool = False
    #: Whether its ranges count from the start of the query, be it a range aggregator or not.
    has_ranges: bool = False


# --- Readers of properties that only aggregators have ---


def _word(allowed: tuple[str, ...], what: str, *, any_case: bool = False) -> Reader:
    def read(value: Any, place: str, name: str) -> str:
        word = text(value, place, name)
        folded = word.lower() if any_case and word.lower() in allowed else word
        return choice(folded, place, name, allowed, what)

    return read


def _threshold(value: Any, place: str, name: str) -> float | str:
    return value if isinstance(value, str) else number(value, place, name)


def _thresholds(value: Any, place: str, name: str) -> tuple[tuple[float, str], ...]:
    found = []
    for at, one in enumerate(items(value, f"{place}.{name}")):
        path = f"{place}.{name}[{at}]"
        given = mapping(one, path)
        if given.get("value") is None:
            raise Rejected(f"{path}.value may not be null")
        boundary = given.get("boundary")
        read = _word(("superior", "inferior"), "boundary")
        side = "superior" if boundary is None else read(boundary, path, "boundary")
        found.append((number(given["value"], path, "value"), side))
    return tuple(found)


def _tag_pairs(value: Any, place: str, name: str) -> tuple[tuple[str, str], ...]:
    pairs, problems = [], []
    for at, (tag, one) in enumerate(mapping(value, f"{place}.{name}").items()):
        if not tag:
            problems.append(f"{place}.tags[{at}] name must not be empty")
        if one is None or one == "":
            problems.append(f"{place}.tags[{at}].{tag} value must not be null or empty")
        else:
            pairs.append((tag, text(one, place, f"tags[{at}].{tag}")))
    if problems:
        raise Rejected(*problems)
    return tuple(sorted(pairs))


_RANGE: Properties = {
    "sampling": length,
    "align_sampling": flag,
    "align_start_time": flag,
    "align_end_time": flag,
    "start_time": whole,
    "time_zone": zone_name,
    "trim": flag,
}
_MILLISECOND = Length(1, "millisecond")


# --- What the properties of an aggregator make ---


def _sampling(given: _Given, default: Length | None = _MILLISECOND) -> Period | None:
    found: Length | None = given.get("sampling", default)
    if found is None:
        given.wrong("sampling may not be null")
        return None
    before = len(given.problems)
    given.problems.extend(found.problems(f"{given.place}.sampling", least=1))
    return found.period if len(given.problems) == before else None


def _ranges(given: _Given, *, stamped: bool = True, default: Length | None = _MILLISECOND) -> dict[str, Any]:
    params: dict[str, Any] = {
        "period": _sampling(given, default),
        "align_sampling": given.get("align_sampling", True),
    }
    if stamped:
        at_end = "end" if given.get("align_end_time") else "first"
        params["stamp"] = "start" if given.get("align_start_time") else at_end
    return params


def _deviation(given: _Given) -> dict[str, Any]:
    return {
        **_ranges(given),
        "result": given.get("return_type", "value"),
        "deviations": float(given.get("dev_count", 1)),
    }


def _percentile(given: _Given) -> dict[str, Any]:
    return {**_ranges(given), "share": given.not_zero("percentile", "percentile")}


def _gaps(given: _Given) -> dict[str, Any]:
    return {**_ranges(given, stamped=False), "trim": given.get("trim", False)}


def _interpolation(given: _Given) -> dict[str, Any]:
    return _ranges(given, stamped=False, default=None)


def _rate(given: _Given) -> dict[str, Any]:
    unit = given.get("unit")
    return {"period": Period(1, unit) if unit else _sampling(given)}


def _sma(given: _Given) -> dict[str, Any]:
    return {"size": given.not_zero("size", "m_size", 1)}


def _score(given: _Given) -> dict[str, Any]:
    if "thresholds" not in given.values:
        given.wrong("thresholds may not be null")
    return {"thresholds": given.get("thresholds", ()), "descending": given.get("order") == "descending"}


def _limit(given: _Given) -> dict[str, Any]:
    count = given.required("limit")
    if count is not None and count < 0:
        given.wrong("limit must be greater than or equal to 0")
    return {"limit": count}


def _save(given: _Given) -> dict[str, Any]:
    seconds = given.get("ttl", 0)
    if seconds < 0:
        given.wrong("ttl must be greater than or equal to 0")
    return {
        "metric": given.required("metric_name"),
        "tags": given.get("tags", ()),
        "ttl_s": seconds,
        "saved_from": given.get("add_saved_from", True),
    }


def _shift(given: _Given) -> dict[str, Any]:
    offset_ms = given.required("shift")
    return {"offset_ns": (offset_ms or 0) * NS_PER_MS}


def _align(given: _Given) -> dict[str, Any]:
    # The plan puts the windows in their places.
    return {
        "to_end": given.get("align_to_end", False),
        "reference_start_ms": given.get("reference_start_time"),
        "reference_end_ms": given.get("reference_end_time"),
    }


def _tag(given: _Given) -> dict[str, Any]:
    return {"name": given.required("tag_name"), "value": given.required("tag_value")}


def _untag(given: _Given) -> dict[str, Any]:
    return {"name": given.get("tag_name"), "value": given.get("tag_value")}


def _script(role: ScriptRole) -> Build:
    def build(given: _Given) -> dict[str, Any]:
        script = given.required("script", "m_script")
        params: dict[str, Any] = {"script": script}
        kind: ScriptRole = role
        if role in ("range", "regression"):
            params |= _ranges(given)
        if role == "range":
            params["allocate_array"] = given.get("allocate_array", False)
            kind = "array" if params["allocate_array"] else "range"
        if script and given.check_script is not None:
            try:
                given.check_script(script, kind)
            except SyntaxFault as fault:
                message = " ".join(fault.message.split())
                given.wrong(f"m_script has an invalid syntax:{message}")
        return params

    return build


# --- The table ---


def _statistic(statistic: str, java: str) -> _Kind:
    return _range("stream_aggregate", java, _ranges, fixed={"statistic": statistic})


def _range(
    function: str,
    java: str,
    build: Build,
    *,
    fixed: Mapping[str, Any] | None = None,
    **more: Reader,
) -> _Kind:
    return _Kind(function, java, {**_RANGE, **more}, fixed or {}, build, is_range=True, has_ranges=True)


_TAG_PROPERTIES: Properties = {"tag_name": text, "tag": text, "tag_value": text, "value": text}
_RATE: Properties = {"unit": time_unit, "sampling": length, "time_zone": zone_name}

AGGREGATORS: Mapping[str, _Kind] = {
    "sum": _statistic("sum", "SumAggregator"),
    "avg": _statistic("avg", "AvgAggregator"),
    "min": _statistic("min", "MinAggregator"),
    "max": _statistic("max", "MaxAggregator"),
    "count": _statistic("count", "CountAggregator"),
    "first": _statistic("first", "FirstAggregator"),
    "last": _statistic("last", "LastAggregator"),
    "dev": _range(
        "stream_deviation", "StdAggregator", _deviation,
        return_type=_word(("value", "pos_sd", "neg_sd"), "return type"), dev_count=whole,
    ),
    "percentile": _range("stream_percentile", "PercentileAggregator", _percentile, percentile=number),
    "least_squares": _range(
        "stream_least_squares", "LeastSquaresAggregator", partial(_ranges, stamped=False)
    ),
    "minmax": _range("stream_minmax", "MinMaxAggregator", _ranges),
    "gaps": _range("stream_gaps", "DataGapsMarkingAggregator", _gaps),
    "js_range": _range("js_range", "JsRangeAggregator", _script("range"), script=text, allocate_array=flag),
    "js_regression": _range("js_regression", "JsRegressionAggregator", _script("regression"), script=text),
    "interpolation": _Kind(
        "stream_interpolate", "InterpolationAggregator", _RANGE, build=_interpolation, has_ranges=True
    ),
    "rate": _Kind("stream_rate", "RateAggregator", _RATE, {"form": "rate"}, _rate),
    "sampler": _Kind("stream_rate", "SamplerAggregator", _RATE, {"form": "sampler"}, _rate),
    "diff": _Kind("stream_rate", "DiffAggregator", fixed={"form": "difference"}),
    "div": _Kind(
        "stream_divide", "DivideAggregator", {"divisor": number},
        build=lambda given: {"divisor": given.not_zero("divisor", "m_divisor")},
    ),
    "scale": _Kind(
        "stream_scale", "ScaleAggregator", {"factor": number},
        build=lambda given: {"factor": given.get("factor", 0.0)},
    ),
    "normalize": _Kind("stream_normalize", "NormalizeAggregator"),
    "sma": _Kind("stream_sma", "SmaAggregator", {"size": whole}, build=_sma),
    "trim": _Kind(
        "stream_trim", "TrimAggregator",
        {"trim": _word(("first", "last", "both"), "trim type", any_case=True)},
        build=lambda given: {"ends": given.get("trim", "both")},
    ),
    "filter": _Kind(
        "stream_filter", "FilterAggregator",
        {
            "filter_op": _word(("lte", "lt", "gte", "gt", "equal", "ne"), "trim type", any_case=True),
            "threshold": _threshold,
        },
        build=lambda given: {
            "op": given.get("filter_op", "equal"), "threshold": given.get("threshold", 0.0),
        },
    ),
    "score": _Kind(
        "stream_score", "ScoreAggregator",
        {"thresholds": _thresholds, "order": _word(("ascending", "descending"), "order")}, build=_score,
    ),
    "save_as": _Kind(
        "stream_save", "SaveAsAggregator",
        {"metric_name": text, "tags": _tag_pairs, "ttl": whole, "add_saved_from": flag}, build=_save,
    ),
    "alias": _Kind(
        "stream_alias", "AliasAggregator", {"alias": text},
        build=lambda given: {"alias": given.required("alias")},
    ),
    "tag": _Kind("stream_tag", "TagAggregator", _TAG_PROPERTIES, build=_tag),
    "untag": _Kind("stream_untag", "UntagAggregator", _TAG_PROPERTIES, build=_untag),
    "time_shift": _Kind(
        "stream_shift", "TimeShiftAggregator", {"shift": whole, "offset": whole, "time_shift": whole},
        build=_shift,
    ),
    "time_align": _Kind(
        "stream_align", "TimeAlignAggregator",
        {"align_to_end": flag, "reference_start_time": whole, "reference_end_time": whole}, build=_align,
    ),
    "limit": _Kind("stream_limit", "LimitAggregator", {"limit": whole}, build=_limit),
    "js_filter": _Kind("js_filter", "JsFilterAggregator", {"script": text}, build=_script("filter")),
    "js_function": _Kind("js_function", "JsFunctionAggregator", {"script": text}, build=_script("function")),
}  # fmt: skip
SYNONYMS: Mapping[str, str] = {
    "std": "dev", "histogram": "percentile", "min_max": "minmax", "interpolate": "interpolation",
    "normalise": "normalize",
}  # fmt: skip
#: Names of those that make ranges; a roll-up needs one.
RANGE_AGGREGATORS = frozenset(name for name, kind in AGGREGATORS.items() if kind.is_range)
_SAME_PROPERTY = {
    "tag": {"tag": "tag_name", "value": "tag_value"},
    "untag": {"tag": "tag_name", "value": "tag_value"},
    "time_shift": {"offset": "shift", "time_shift": "shift"},
}


def read_properties(
    given: Mapping[str, Any],
    properties: Properties,
    place: str,
    name: str,
    java: str,
    reasons: Reasons | None = None,
) -> dict[str, Any]:
    """The properties of an aggregator or grouper; one that it does not have is refused."""
    values: dict[str, Any] = {}
    reasons = Reasons(every=reasons is not None and reasons.every)
    for key, value in given.items():
        if key == "name":
            continue
        with reasons.step():
            if key not in properties:
                raise Rejected(
                    f"Property '{key}' was specified for object '{name}' but no matching setter was found on"
                    f" 'class org.kairosdb.core.{java}'"
                )
            if value is not None:
                values[key] = properties[key](value, place, key)
    # What could not be read must not be called missing as well.
    if reasons.messages:
        raise Rejected(*reasons.messages)
    return values


def read_aggregator(
    value: Any, place: str, check_script: ScriptCheck | None = None, reasons: Reasons | None = None
) -> Step:
    """One entry of ``aggregators``; Rejected with all that is wrong with it."""
    given = mapping(value, place)
    name = given.get("name")
    if name is None or name == "":
        raise Rejected(f"{place} must have a name")
    word = text(name, place, "name")
    canonical = SYNONYMS.get(word, word)
    kind = AGGREGATORS.get(canonical)
    if kind is None:
        raise Rejected(f"{place}.{word} invalid aggregators name")
    values = read_properties(given, kind.properties, place, word, f"aggregator.{kind.java}", reasons)
    for other, key in _SAME_PROPERTY.get(canonical, {}).items():
        if other in values:
            values.setdefault(key, values.pop(other))
    read = _Given(place, values, check_script)
    params = {**kind.fixed, **kind.build(read)}
    if read.problems:
        raise Rejected(*read.problems)
    return Step(
        canonical,
        kind.function,
        tuple(sorted(params.items())),
        is_range=kind.is_range,
        sampling=params.get("period") if kind.has_ranges else None,
        origin_ms=values.get("start_time") if kind.has_ranges else None,
        zone=values.get("time_zone"),
        place=place,
    )
