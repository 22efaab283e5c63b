"""Reads ``.case`` texts: series, a window, functions, and the samples they must give, with reasons beside.

    case <title>
    given <entity>[/<tag>=<value>,…]: <time>=<value> …      one line per series; value may be NaN
    window <start> <end>                                   start_ns and end_ns where a function wants them
    do <function> <parameter>=<value> …                     one line per step
    gives <entity>: <time>=<value> …                        one line per output series, in order
    notes <code>=<count> …                                  of the first output series
    fails <error class> <words of the message>

A time is ``HH:MM[:SS[.fff]]`` of 2031-04-05 or a full ISO date without zone (UTC). ``#`` starts a comment.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.algebra.aggregators import Statistic
from apps.algebra.periods import Period
from apps.algebra.plan import Given, Node, apply
from apps.algebra.registry import lookup
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.streams import BinGroups, Grouper, TimeGroups, ValueGroups
from apps.algebra.times import parse_iso

FOLDER = Path(__file__).parents[1] / "cases" / "algebra"
PERIODS = {"period", "interval", "gap", "offset"}


@dataclass
class Case:
    title: str
    place: str
    given: list[Series] = field(default_factory=list)
    window: tuple[int, int] | None = None
    steps: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gives: list[tuple[str, list[tuple[int, float]]]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    fails: tuple[str, str] | None = None

    def node(self) -> Node:
        node: Node = Given(tuple(self.given))
        for name, params in self.steps:
            wanted = lookup(name, "transform").params
            if self.window is not None:
                bounds = {"start_ns": self.window[0], "end_ns": self.window[1]}
                params = {name: at for name, at in bounds.items() if name in wanted} | params
            node = apply(name, node, **params)
        return node


def load_cases() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.case")) for case in read_cases(path)]


def read_cases(path: Path) -> list[Case]:
    cases: list[Case] = []
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        word, _, rest = line.partition(" ")
        if word == "case":
            cases.append(Case(rest, f"{path.stem}:{number}"))
        elif word == "given":
            cases[-1].given.append(_series(rest))
        elif word == "window":
            start, end = rest.split()
            cases[-1].window = (time_of(start), time_of(end))
        elif word == "do":
            name, *pairs = shlex.split(rest)
            cases[-1].steps.append((name, dict(_param(pair) for pair in pairs)))
        elif word == "gives":
            entity, _, samples = rest.partition(":")
            cases[-1].gives.append((entity.strip(), [_sample(text) for text in samples.split()]))
        elif word == "notes":
            cases[-1].notes = {code: int(count) for code, count in (pair.split("=") for pair in rest.split())}
        elif word == "fails":
            error, _, message = rest.partition(" ")
            cases[-1].fails = (error, message)
        else:
            raise ValueError(f"{path.name}:{number}: {word!r} is no word of a case")
    return cases


def time_of(text: str) -> int:
    text = text if "T" in text else f"2031-04-05T{text}"
    return parse_iso(text + (":00Z" if text.count(":") == 1 else "Z"))


def _sample(text: str) -> tuple[int, float]:
    time, _, value = text.partition("=")
    return time_of(time), float(value)


def _series(text: str) -> Series:
    # the name ends at the first colon that a blank or the end follows: times hold colons too
    name, _, samples = f"{text} ".partition(": ")
    entity, _, tags = name.partition("/")
    pairs = [_sample(part) for part in samples.split()]
    key = SeriesKey.of("m", entity, dict(pair.split("=") for pair in tags.split(",") if pair))
    return Series(key, Samples.of([time for time, _ in pairs], [value for _, value in pairs]))


def _param(pair: str) -> tuple[str, Any]:
    name, _, text = pair.partition("=")
    return name, _value(name, text)


def _value(name: str, text: str) -> Any:
    if name in PERIODS:
        return Period.parse(text)
    if name == "statistics":
        return tuple(statistic_of(part) for part in text.split(","))
    if name == "by":
        return tuple(part for part in text.split(",") if part)
    if name == "thresholds":
        parts = [part.split(":") for part in text.split(",")]
        return tuple((float(value), boundary) for value, boundary in parts)
    if name == "groupers":
        return tuple(_grouper(*part.split(":")) for part in text.split(","))
    if name == "working_minutes":
        start, end = text.split(",")
        return int(start), int(end)
    words = {"true": True, "false": False, "none": None if name != "interpolate" else "none"}
    if text in words:
        return words[text]
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


def _grouper(kind: str, *numbers: str) -> Grouper:
    """``value:10``, ``bin:5:50`` or ``time:1:hour:24``, the last counting from midnight of the day."""
    if kind == "time":
        return TimeGroups(int(numbers[0]), numbers[1], int(numbers[2]), time_of("00:00"))
    return ValueGroups(int(numbers[0])) if kind == "value" else BinGroups(tuple(map(float, numbers)))


def statistic_of(text: str) -> Statistic:
    name, _, argument = text.partition("(")
    return Statistic(name, float(argument.rstrip(")")) if argument else None)
