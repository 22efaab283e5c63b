"""A roll-up task as a form: its JSON as fields and back, and what is wrong with it, at its field."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from apps.dialects.kairos.features import AGGREGATORS, UNITS, told_family
from apps.dialects.kairos.parse import read_json

__all__ = [
    "FIELDS", "Placed", "RollupFields", "aggregator_features", "fields_of", "from_pasted", "is_simple",
    "new_fields", "placed", "value_of",
]  # fmt: skip

FIELDS = ("name", "metric", "save_as", "every_value", "every_unit", "zone", "tags", "group_by", "aggregators",
          "late_data")  # fmt: skip
_SUM = [{"name": "sum", "align_sampling": True, "sampling": {"value": 1, "unit": "hours"}}]
_COMMA = re.compile(r"(?<!\\),")
_EQUALS = re.compile(r"(?<!\\)=")
_TIMES = ("start_absolute", "end_absolute", "start_relative", "end_relative")


@dataclass(frozen=True)
class RollupFields:
    """What stands in the fields, as texts. ``problems`` are texts that mean nothing, by field."""

    name: str = ""
    metric: str = ""
    save_as: str = ""
    every_value: str = "1"
    every_unit: str = "DAYS"
    zone: str = "UTC"
    tags: str = ""
    group_by: str = ""
    aggregators: str = "[]"
    late_data: str = "repair"

    @classmethod
    def posted(cls, given: Mapping[str, str]) -> RollupFields:
        """What was sent, with line ends as they are here."""
        known = {name: given[name] for name in FIELDS if name in given}
        return cls(**{name: text.replace("\r\n", "\n").replace("\0", "") for name, text in known.items()})


@dataclass
class Placed:
    """Reasons by field; those of one aggregator by its place; ``general`` for what belongs to none."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    aggregators: dict[str, list[str]] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.fields or self.aggregators or self.general)

    def add(self, more: Placed) -> None:
        """Add reasons, but for fields that could not be read at all: what these mean is not known."""
        unread = set(self.fields)
        for name, told in more.fields.items():
            if name not in unread:
                self.fields.setdefault(name, []).extend(told)
        if "aggregators" not in unread:
            self.aggregators |= more.aggregators
        self.general += more.general

    @property
    def count(self) -> int:
        groups = [*self.fields.values(), *self.aggregators.values(), self.general]
        return sum(map(len, groups))


def new_fields(metric: str = "") -> RollupFields:
    """What a new roll-up starts with."""
    proposed = f"{metric}_rollup" if metric else ""
    return RollupFields(
        name=proposed, metric=metric, save_as=proposed, aggregators=orjson.dumps(_SUM).decode()
    )


def is_simple(value: Any) -> bool:
    """Whether fields can hold a task: one roll-up of one metric, each member of the kind it should have."""
    try:
        (rollup,) = value["rollups"]
        (metric,) = rollup["query"]["metrics"]
        groups = metric.get("group_by") or []
        return (
            isinstance(metric.get("tags") or {}, dict)
            and all(isinstance(one, dict) for one in (*groups, *(metric.get("aggregators") or [])))
            and isinstance(value.get("execution_interval") or {}, dict)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def fields_of(value: Mapping[str, Any]) -> RollupFields:
    """The fields of a simple task."""
    rollup = value["rollups"][0]
    metric = rollup["query"]["metrics"][0]
    every = value.get("execution_interval") or {}
    groups = [one for one in metric.get("group_by") or [] if one.get("name") == "tag"]
    names = groups[0].get("tags") if groups else []
    return RollupFields(
        name=_text(value.get("name")),
        metric=_text(metric.get("name")),
        save_as=_text(rollup.get("save_as")),
        every_value=_text(every.get("value")),
        every_unit=_text(every.get("unit")).upper(),
        zone=_text(rollup.get("time_zone")) or "UTC",
        tags="\n".join(_tag_line(name, values) for name, values in (metric.get("tags") or {}).items()),
        group_by=", ".join(map(_escaped, names if isinstance(names, list) else [])),
        aggregators=orjson.dumps(metric.get("aggregators") or [], option=orjson.OPT_INDENT_2).decode(),
        late_data=_text(value.get("late_data")) or "repair",
    )


def value_of(fields: RollupFields, base: Any) -> tuple[dict[str, Any], Placed]:
    """The task that fields mean, laid over ``base`` so that what no field shows stays; and what is no text
    of its field."""
    wrong = Placed()
    value = copy.deepcopy(base) if is_simple(base) else {"rollups": [{"query": {"metrics": [{}]}}]}
    rollup = value["rollups"][0]
    metric = rollup["query"]["metrics"][0]
    value["name"], metric["name"], rollup["save_as"] = fields.name, fields.metric, fields.save_as
    every: dict[str, Any] = {"value": _number(fields.every_value), "unit": fields.every_unit}
    value["execution_interval"] = {**(value.get("execution_interval") or {}), **every}
    if fields.zone not in ("", "UTC") or "time_zone" in rollup:
        rollup["time_zone"] = fields.zone or "UTC"
    if fields.late_data != "repair" or "late_data" in value:
        value["late_data"] = fields.late_data
    _put(metric, "tags", _read_tags(fields.tags, wrong))
    names = [_plain(one) for one in _COMMA.split(fields.group_by) if one.strip()]
    others = [one for one in metric.get("group_by") or [] if one.get("name") != "tag"]
    _put(metric, "group_by", [*([{"name": "tag", "tags": names}] if names else []), *others])
    try:
        metric["aggregators"] = orjson.loads(fields.aggregators or "[]")
    except orjson.JSONDecodeError as fault:
        wrong.fields["aggregators"] = [f"is no JSON: {fault.msg}, line {fault.lineno} column {fault.colno}"]
    return value, wrong


def from_pasted(text: str) -> tuple[Any, bool]:
    """The JSON of a task, and whether it was made of a pasted query; Rejected for what is no JSON."""
    value = read_json(text)
    if not isinstance(value, dict) or "rollups" in value or "metrics" not in value:
        return value, False
    metrics = value["metrics"] if isinstance(value["metrics"], list) else []
    first = metrics[0].get("name") if metrics and isinstance(metrics[0], dict) else None
    proposed = f"{first}_rollup" if isinstance(first, str) and first else ""
    query = {name: one for name, one in value.items() if name not in _TIMES}
    zone = query.pop("time_zone", None)
    rollup = {"save_as": proposed, **({"time_zone": zone} if zone else {}), "query": query}
    every = {"value": 1, "unit": "DAYS"}
    return {"name": proposed, "execution_interval": every, "rollups": [rollup]}, True


def placed(messages: tuple[str, ...] | list[str]) -> Placed:
    """Each message at the field it is about, without the path that the field replaces."""
    found = Placed()
    for message in messages:
        if match := _AGGREGATOR.match(message):
            found.aggregators.setdefault(match[1], []).append(_sentence(match[2]))
            continue
        for pattern, name in _PLACES:
            if match := pattern.match(message):
                told = _sentence(_SHORTER.sub(r"is not a valid time zone", match[match.lastindex or 0]))
                found.fields.setdefault(name, []).append(told)
                break
        else:
            found.general.append(_SHORTER.sub("is not a valid time zone", message))
    return found


def aggregator_features() -> dict[str, Any]:
    """What a form offers: the aggregators with their properties, range ones marked, and the units of time."""
    ranges = [one.name for one in AGGREGATORS if any(part.name == "sampling" for part in one.properties)]
    refused = ("save_as", "time_align")
    offered = [one for one in told_family("aggregators") or [] if one["name"] not in refused]
    return {"aggregators": offered, "ranges": ranges, "units": list(UNITS)}


# --- Inside ---

_METRIC = r"rollup\[0\]\.query\.metric\[0\]\."
_AGGREGATOR = re.compile(_METRIC + r"aggregators\[(\d+)\][. ](.*)", re.S)
_SHORTER = re.compile(r"is not a valid time zone, must be one of \[.*\]", re.S)
_PLACES = tuple(
    (re.compile(pattern, re.S), name)
    for pattern, name in (
        (r"(?:task\.)?name (.*)", "name"),
        (r"executionInterval(?:\.value)? (.* .*)", "every_value"),
        (r"executionInterval\.value(.*)", "every_value"),
        (r"executionInterval\.(.*)", "every_unit"),
        (r"rollup\[0\]\.saveAs (.*)", "save_as"),
        (r"rollup\[0\]\.(.* is not a valid time zone.*)", "zone"),
        (_METRIC + r"name (.*)", "metric"),
        (_METRIC + r"tags(?:\[\d+\])?\.?(.*)", "tags"),
        (_METRIC + r"group_by(?:\[\d+\])?\.?(.*)", "group_by"),
        (_METRIC + r"aggregators(.*)", "aggregators"),
        (r"rollup\[0\]\.query\[0\]\.aggregator (.*)", "aggregators"),
        (r"(?:rollup\[0\]\.)?late_data(.*)", "late_data"),
    )
)


def _sentence(text: str) -> str:
    """A message without KairosDB's inner names: beside the field it is plain what is meant."""
    text = re.sub(r'For input string: "(.*)"', r"“\1” is not a number", text.strip(" ."))
    text = re.sub(r"^(\w+)\.value ", r"\1 ", re.sub(r"^m_", "", text))
    # A field is empty, never null.
    text = re.sub(r"^empty String$|may not be null$", "may not be empty", text)
    return text[:1].upper() + text[1:]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _number(text: str) -> Any:
    # What is no number is sent on as it is: whoever reads the definition has the words for it.
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()) else text


def _put(owner: dict[str, Any], name: str, value: Any) -> None:
    if value or name in owner:
        owner[name] = value


def _escaped(text: Any) -> str:
    return _text(text).replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip())


def _tag_line(name: str, values: Any) -> str:
    listed = values if isinstance(values, list) else [values]
    return f"{_escaped(name)} = {', '.join(map(_escaped, listed))}"


def _read_tags(text: str, wrong: Placed) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, *values = _EQUALS.split(line, maxsplit=1)
        if not values:
            wrong.fields.setdefault("tags", []).append(f"Line {number}: write a tag, = and its values")
            continue
        wanted = [_plain(one) for one in _COMMA.split(values[0]) if one.strip()]
        tags.setdefault(_plain(name), []).extend(wanted or [""])
    return tags
