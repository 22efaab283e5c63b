"""Reading a KairosDB query: JSON values to a typed tree, refused in the order and words of the original."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from apps.algebra.streams import BinGroups, Grouper, TagGroups, TimeGroups, ValueGroups
from apps.algebra.times import NS_PER_MS, add_units
from apps.dialects.kairos.aggregators import ScriptCheck, read_aggregator, read_properties
from apps.dialects.kairos.errors import Reasons, Rejected
from apps.dialects.kairos.nodes import Ast, Bounds, MetricQuery, Names, Step
from apps.dialects.kairos.values import (
    Length,
    flag,
    items,
    length,
    mapping,
    number,
    shown,
    text,
    texts,
    time_unit,
    whole,
    zone_name,
)

__all__ = ["MAX_METRICS", "parse", "read_json"]

MAX_METRICS = 1_000
#: Where KairosDB's own reader fails at a number of the query itself, it says no more than this.
_TOP_NUMBER = "java.lang.NumberFormatException:"


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a query is read with."""

    now_ms: int
    prefix: str
    need_start: bool
    check_script: ScriptCheck | None
    bounds: Bounds
    zone: str
    reasons: Reasons


def read_json(raw: str | bytes) -> Any:
    """The value of a body; Rejected where there is none, or no JSON."""
    if not raw.strip():
        raise Rejected("query json must not be null or empty")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise Rejected(f"malformed JSON at line {fault.lineno} column {fault.colno}: {fault.msg}") from None


def parse(
    source: Any,
    *,
    now_ms: int,
    prefix: str = "",
    need_start: bool = True,
    check_script: ScriptCheck | None = None,
    reasons: Reasons | None = None,
) -> Ast:
    """The typed tree of a query, relative times resolved against ``now_ms``.

    ``prefix`` leads the paths in messages (``rollup[0].``); roll-ups need no start. ``check_script`` raises
    SyntaxFault for a script that does not parse. Raises Rejected with what is wrong at the first step that
    fails; where ``reasons`` gathers all that is wrong, the tree is only good if they are none.
    """
    if not isinstance(source, dict):
        raise Rejected(f"Not a JSON Object: {shown(source)}")
    place = f"{prefix}query"
    reasons = reasons or Reasons()
    zone, seconds, bounds = "UTC", 0, Bounds()
    with reasons.step():
        zone = zone_name(source["time_zone"], place) if source.get("time_zone") is not None else "UTC"
    problems: list[str] = []
    with reasons.step():
        if source.get("cache_time") is not None:
            seconds = whole(source["cache_time"], _TOP_NUMBER, "")
            if seconds < 0:
                problems.append("cache_time must be greater than or equal to 0")
    with reasons.step():
        bounds = _bounds(source, now_ms, place, "", problems)
    with reasons.step():
        if problems:
            raise Rejected(*problems)
    with reasons.step():
        _refuse_plugins(source, place)
    if source.get("metrics") is None:
        raise Rejected(f"{place}.metric[] must have a size of at least 1")
    metrics = items(source["metrics"], f"{place}.metric[]")
    if len(metrics) > MAX_METRICS:
        raise Rejected(f"{place}.metric[] must have a size of at most {MAX_METRICS}")
    reading = _Reading(now_ms, place, need_start, check_script, bounds, zone, reasons)
    found: list[MetricQuery] = []
    for at, one in enumerate(metrics):
        with reasons.step():
            found.append(_metric(one, f"{place}.metric[{at}]", reading))
    return Ast(tuple(found), zone, seconds)


def _bounds(
    given: dict[str, Any], now_ms: int, place: str, bean: str, problems: list[str]
) -> Bounds:
    """The time range of a query, or of a metric's own; ``bean`` leads what is said of its relative ends."""

    def end(name: str) -> int | None:
        absolute = given.get(f"{name}_absolute")
        exact = None
        if absolute is not None:
            exact = whole(absolute, bean + f"{name}_absolute" if bean else _TOP_NUMBER, "")
        if given.get(f"{name}_relative") is None:
            return exact
        path = f"{bean}{name}_relative"
        back = _relative(given[f"{name}_relative"], place, path, top=not bean)
        found = list(back.problems(path))
        problems.extend(found)
        if exact is not None or found:
            return exact
        return add_units(now_ms * NS_PER_MS, -back.value, str(back.unit)) // NS_PER_MS

    return Bounds(end("start"), end("end"))


def _relative(value: Any, place: str, path: str, *, top: bool) -> Length:
    given = mapping(value, path)
    count = 0
    if given.get("value") is not None:
        count = whole(given["value"], _TOP_NUMBER, "") if top else whole(given["value"], path, "value")
    return Length(count, time_unit(given["unit"], place) if given.get("unit") is not None else None)


def _refuse_plugins(given: dict[str, Any], place: str) -> None:
    """There are no plugins here, so that any that is named is unknown."""
    if given.get("plugins") is None:
        return
    for at, one in enumerate(items(given["plugins"], f"{place}.plugins")):
        path = f"{place}.plugins[{at}]"
        name = mapping(one, path).get("name")
        if name is None or name == "":
            raise Rejected(f"{path} must have a name")
        raise Rejected(f"{path}.{text(name, path, 'name')} invalid query plugin name")


def _metric(value: Any, place: str, reading: _Reading) -> MetricQuery:
    given = mapping(value, place)
    step, problems = reading.reasons.step, []
    name, tags, limit, hidden, alias = None, (), 0, False, None
    with step():
        name = None if given.get("name") is None else text(given["name"], place, "name")
        if not name:
            problems.append(f"{place}.name may not be {'null' if name is None else 'empty'}")
    with step():
        tags = _tags(given.get("tags"), place, problems)
    with step():
        limit = whole(given["limit"], place, "limit") if given.get("limit") is not None else 0
        if limit < 0:
            problems.append(f"{place}.limit must be greater than or equal to 0")
    with step():
        hidden = (
            given.get("exclude_tags") is not None and flag(given["exclude_tags"], place, "exclude_tags")
        )
    with step():
        alias = None if given.get("alias") is None else text(given["alias"], place, "alias")
    bounds = reading.bounds
    with step():
        bounds = _bounds_of_metric(given, place, reading, problems)
    group_tags, groupers, steps, word = None, (), [], "asc"
    with step():
        group_tags, groupers = _groupers(given.get("group_by"), place, reading.reasons)
    with step():
        for at, one in enumerate(_listed(given, "aggregators", place)):
            with step():
                steps.append(_step(one, f"{place}.aggregators[{at}]", reading))
    for one in steps:
        with step():
            _refuse_nameless_points(one, group_tags)
    with step():
        _refuse_plugins(given, place)
    with step():
        word = "asc" if given.get("order") is None else text(given["order"], place, "order").lower()
        if word not in ("asc", "desc"):
            raise Rejected(f"{place}.order must be either 'asc' or 'desc'")
    return MetricQuery(
        str(name), place, tags, bounds, reading.bounds, reading.zone, group_tags, groupers, tuple(steps),
        hidden, limit, word == "desc", alias,
    )  # fmt: skip


def _step(value: Any, place: str, reading: _Reading) -> Step:
    return read_aggregator(value, place, reading.check_script, reading.reasons)


def _bounds_of_metric(
    given: dict[str, Any], place: str, reading: _Reading, problems: list[str]
) -> Bounds:
    own, path = Bounds(), place
    if given.get("time_override") is not None:
        path = f"{place}.time_override"
        own = _bounds(mapping(given["time_override"], path), reading.now_ms, path, f"{path}.", problems)
    if problems:
        raise Rejected(*problems)
    bounds = own.over(reading.bounds)
    if bounds.start_ms is None and reading.need_start:
        raise Rejected(f"{place}.start_time relative or absolute time must be set")
    if bounds.start_ms is not None and bounds.end_ms is not None and bounds.end_ms < bounds.start_ms:
        raise Rejected(f"{path}.end_time must be greater than the start time")
    return bounds


def _refuse_nameless_points(step: Step, group_tags: tuple[str, ...] | None) -> None:
    """A point has at least one tag, also one that is saved."""
    params = dict(step.params)
    if step.function == "stream_save" and not (params["tags"] or params["saved_from"] or group_tags):
        raise Rejected(f"{step.place}.tags count must be greater than or equal to 1")


def _listed(given: dict[str, Any], name: str, place: str) -> list[Any]:
    return [] if given.get(name) is None else items(given[name], f"{place}.{name}")


def _tags(value: Any, place: str, problems: list[str]) -> Names:
    """The tag filter; a tag without values wants nothing."""
    if value is None:
        return ()
    wanted: list[tuple[str, tuple[str, ...]]] = []
    for at, (name, given) in enumerate(mapping(value, f"{place}.tags").items()):
        path = f"{place}.tags[{at}]"
        if not name:
            problems.append(f"{path} name must not be empty")
        values = given if isinstance(given, list) else [given]
        if any(one is None or one == "" for one in values):
            problems.append(f"{path}.{name} value must not be null or empty")
        else:
            wanted.append((name, tuple(text(one, path, name) for one in values)))
    return tuple((name, values) for name, values in wanted if values)


# --- Groupers ---


def _groupers(
    value: Any, place: str, reasons: Reasons
) -> tuple[tuple[str, ...] | None, tuple[Grouper, ...]]:
    """The tags of the first grouper by tags, and the groupers of other kinds in their order."""
    entries = [] if value is None else items(value, f"{place}.group_by")
    found: list[Grouper | TagGroups] = []
    for at, one in enumerate(entries):
        with reasons.step():
            found.append(_grouper(one, f"{place}.group_by[{at}]"))
    by_tags = [one.tags for one in found if isinstance(one, TagGroups)]
    others = tuple(one for one in found if not isinstance(one, TagGroups))
    return (by_tags[0] if by_tags else None), others


def _grouper(value: Any, place: str) -> Grouper | TagGroups:
    given = mapping(value, place)
    name = given.get("name")
    if name is None or name == "":
        raise Rejected(f"{place} must have a name")
    word = text(name, place, "name")
    if word not in _GROUPERS:
        raise Rejected(f"{place}.{word} invalid group_by name")
    java, properties, build = _GROUPERS[word]
    values = read_properties(given, properties, place, word, f"groupby.{java}")
    return build(values, place)


def _by_tags(values: dict[str, Any], place: str) -> TagGroups:
    if not values.get("tags"):
        raise Rejected(f"{place}.tags may not be {'empty' if 'tags' in values else 'null'}")
    return TagGroups(values["tags"])


def _by_time(values: dict[str, Any], place: str) -> TimeGroups:
    size: Length | None = values.get("range_size")
    if size:
        # KairosDB divides by a length of nothing when it runs.
        problems = list(size.problems(f"{place}.range_size", least=1))
    else:
        problems = [f"{place}.rangeSize may not be null"]
    count = values.get("group_count", 0)
    if count < 1:
        problems.append(f"{place}.groupCount must be greater than or equal to 1")
    if problems or size is None or size.unit is None:
        raise Rejected(*problems)
    return TimeGroups(size.value, size.unit, count, 0)


def _by_value(values: dict[str, Any], place: str) -> ValueGroups:
    size = values.get("range_size", 0)
    if size < 1:
        raise Rejected(f"{place}.rangeSize must be greater than or equal to 1")
    return ValueGroups(size)


def _by_bin(values: dict[str, Any], place: str) -> BinGroups:
    if not values.get("bins"):
        raise Rejected(f"{place}.bins may not be empty")
    return BinGroups(tuple(sorted(values["bins"])))


def _bins(value: Any, place: str, name: str) -> tuple[float, ...]:
    path = f"{place}.{name}"
    return tuple(number(one, path, str(at)) for at, one in enumerate(items(value, path)))


_Build = Callable[[dict[str, Any], str], Grouper | TagGroups]
_GROUPERS: dict[str, tuple[str, dict[str, Callable[[Any, str, str], Any]], _Build]] = {
    "tag": ("TagGroupBy", {"tags": texts}, _by_tags),
    "time": ("TimeGroupBy", {"range_size": length, "group_count": whole}, _by_time),
    "value": ("ValueGroupBy", {"range_size": whole}, _by_value),
    "bin": ("BinGroupBy", {"bins": _bins}, _by_bin),
}
