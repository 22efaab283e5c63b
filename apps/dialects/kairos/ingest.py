"""``POST /api/v1/datapoints``: a body read metric by metric.

What is right is given on at once, also when something behind it is wrong: KairosDB stores what it can and
answers with every problem it met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.series import Samples, SeriesKey, concat_samples
from apps.dialects.kairos.json_pieces import ENDS_EARLY, BrokenJson, Pieces, whole
from apps.dialects.kairos.names import series_key
from apps.dialects.kairos.points import Columns, Refused, one_sample, read_time_ms, read_value

__all__ = ["Problems", "ReceivedMetric", "read_datapoints"]

#: A body up to this length is read at once, which is the fastest.
WHOLE_CHARS = 1 << 22
MAX_PROBLEMS, MAX_MESSAGE_CHARS = 1000, 2000


@dataclass
class Problems:
    """What is wrong with a body: the first thousand messages, and how many there were."""

    messages: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, message: str, count: int = 1) -> None:
        self.count += count
        if len(self.messages) < MAX_PROBLEMS:
            # Names are told as they came, but for what no answer can hold.
            self.messages.append(message[:MAX_MESSAGE_CHARS].encode("utf-8", "replace").decode())

    def told(self) -> list[str]:
        """All messages, and the number of those that were too many to tell."""
        more = self.count - len(self.messages)
        return [*self.messages, f"and {more} further problems"] if more else list(self.messages)


@dataclass(frozen=True)
class ReceivedMetric:
    """Points of one series as they came (times in any order; the last of a time counts).

    ``path`` is how messages about it begin; ``ttl_s`` is 0 for points that stay.
    """

    path: str
    key: SeriesKey
    samples: Samples
    ttl_s: int = 0


def read_datapoints(text: str, problems: Problems) -> Iterator[ReceivedMetric]:
    """The metrics of a body, one after the other; what is wrong is added to ``problems``."""
    try:
        for index, item in enumerate(_items(text)):
            if not isinstance(item, dict):
                problems.add(f"metric[{index}] must be an object")
                continue
            received = _Metric(index, item, problems).read()
            if received is not None:
                yield received
    except BrokenJson as fault:
        problems.add(str(fault))


# --- Inside ---


def _items(text: str) -> Iterator[Any]:
    """Metric objects; of a long text their points are columns already."""
    pieces = Pieces(text)
    match pieces.next():
        case "":
            raise BrokenJson(ENDS_EARLY)
        case "[" | "{" as opening:
            pass
        case _:
            raise BrokenJson("Invalid start of json.")
    if len(text) <= WHOLE_CHARS:
        try:
            value = whole(text)
        except BrokenJson:
            # Read again piece by piece: what stands before the mistake is stored.
            pass
        else:
            yield from value if isinstance(value, list) else [value]
            return
    if opening == "{":
        yield _object(pieces)
    else:
        for _ in pieces.items("[", "]"):
            yield _object(pieces) if pieces.next() == "{" else pieces.value()
    if pieces.next():
        raise BrokenJson(f"Extra data after the last metric: {pieces.text[pieces.at : pieces.at + 20]!r}")


def _object(pieces: Pieces) -> dict[str, Any]:
    """A metric object whose points are made into columns while they are read."""
    found: dict[str, Any] = {}
    begins, declared = None, None
    for name in pieces.members():
        if name == "datapoints" and pieces.next() == "[":
            begins, declared = pieces.at, found.get("type")
            found[name] = _columns(pieces, declared)
        else:
            found[name] = pieces.value()
    if begins is not None and found.get("type") != declared:
        # The type stood behind the points: they are read once more, now as what they are.
        again = Pieces(pieces.text)
        again.at = begins
        found["datapoints"] = _columns(again, found["type"])
    return found


def _columns(pieces: Pieces, declared: Any) -> Columns:
    columns = Columns(_type_name(declared))
    for points in pieces.slices():
        columns.add(points)
    return columns


def _type_name(declared: Any) -> str | None:
    return None if declared is None else str(declared)


class _Metric:
    """One metric object and what is wrong with it."""

    def __init__(self, index: int, item: Mapping[str, Any], problems: Problems) -> None:
        self.item, self.problems = item, problems
        self.path = f"metric[{index}]"
        self.trusted = item.get("skip_validate") is True
        self.failed = False

    def read(self) -> ReceivedMetric | None:
        name = self._text(self.item.get("name"), ".name")
        if name is not None:
            self.path = f"{self.path}(name={name})"
        single = self._single()
        tags = self._tags()
        ttl_s = self._ttl_s()
        points = self.item.get("datapoints")
        if points is not None and not isinstance(points, list | Columns):
            self._problem(".datapoints must be an array")
        if self.failed or name is None:
            return None
        samples = concat_samples([single, self._many(points)])
        if not len(samples):
            return None
        return ReceivedMetric(self.path, series_key(name, tags), samples, ttl_s)

    def _problem(self, text: str) -> None:
        self.failed = True
        self.problems.add(self.path + text)

    def _text(self, value: Any, where: str) -> str | None:
        """A name or tag value; numbers and truth values count as their text."""
        if value is None:
            self._problem(f"{where} may not be null.")
        elif value == "":
            self._problem(f"{where} may not be empty.")
        elif isinstance(value, dict | list):
            self._problem(f"{where} must be a string.")
        elif isinstance(value, bool):
            return str(value).lower()
        else:
            return str(value)
        return None

    def _single(self) -> Samples:
        item = self.item
        time = item.get("time") if item.get("time") is not None else item.get("timestamp")
        if time is None:
            if item.get("value") is not None:
                self._problem(".timestamp may not be null.")
            return Samples.empty()
        if "value" not in item:
            self._problem(".value may not be null.")
            return Samples.empty()
        try:
            value = read_value(item["value"], _type_name(item.get("type")))
            return one_sample(read_time_ms(time), value)
        except Refused as refusal:
            self._refuse("", refusal)
            return Samples.empty()

    def _refuse(self, place: str, refusal: Refused) -> None:
        self.failed = True
        self.problems.add(_message(self.path, place, refusal))

    def _tags(self) -> dict[str, str]:
        given = self.item.get("tags")
        if given is None:
            given = {}
        if not isinstance(given, dict):
            self._problem(".tags must be an object")
            return {}
        if not given and not self.trusted:
            self._problem(".tags count must be greater than or equal to 1.")
        tags: dict[str, str] = {}
        for index, (name, value) in enumerate(given.items()):
            if not name:
                self._problem(f".tag[{index}].name may not be empty.")
            elif (text := self._text(value, f".tag[{name}].value")) is not None:
                tags[name] = text
        return tags

    def _ttl_s(self) -> int:
        given = self.item.get("ttl")
        if given is None:
            return 0
        text = str(given)
        if isinstance(given, bool) or not text.lstrip("-").isdecimal() or len(text) > 18:
            self._problem(f'.ttl For input string: "{text[:100]}"')
            return 0
        if int(text) < 0:
            self._problem(".ttl must be greater than or equal to 0.")
        return int(text)

    def _many(self, points: list[Any] | Columns | None) -> Samples:
        """The points of the array; a bad one is told and left out, the others count."""
        if points is None:
            return Samples.empty()
        if isinstance(points, list):
            columns = Columns(_type_name(self.item.get("type")))
            columns.add(points)
        else:
            columns = points
        for index, refusal in columns.refused:
            self.problems.add(_message(self.path, f".datapoints[{index}]", refusal))
        self.problems.count += columns.refused_count - len(columns.refused)
        return columns.samples()


def _message(path: str, place: str, refusal: Refused) -> str:
    if refusal.text.startswith("Unregistered data point type"):
        return refusal.text
    if refusal.where == " value":
        # Told of the metric, also where it is a point's.
        return f"{path} value {refusal.text}"
    return f"{path}{place}{refusal.where} {refusal.text}"
