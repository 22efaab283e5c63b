"""Units follow the arithmetic: bytes per second are B/s, a share of bytes in bytes is a ratio, times 100 a %.

A unit is a product of symbols with exponents. What is not known stays unknown: a wrong unit is worse than
none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.algebra.expr import nodes
from apps.algebra.periods import Period

__all__ = ["RATIO", "Clash", "Inference", "Unit", "infer_unit", "parse_unit", "rate_unit"]

_WORDS = {
    "byte": "B", "bytes": "B", "b": "B", "bit": "bit", "bits": "bit",
    "kilobyte": "kB", "kilobytes": "kB", "kb": "kB", "megabyte": "MB", "megabytes": "MB", "mb": "MB",
    "gigabyte": "GB", "gigabytes": "GB", "gb": "GB", "kib": "KiB", "mib": "MiB", "gib": "GiB",
    "second": "s", "seconds": "s", "sec": "s", "secs": "s", "millisecond": "ms", "milliseconds": "ms",
    "microsecond": "µs", "microseconds": "µs", "us": "µs", "nanosecond": "ns", "nanoseconds": "ns",
    "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "day": "d", "days": "d",
    "week": "week", "weeks": "week", "month": "month", "months": "month", "quarter": "quarter",
    "year": "year", "years": "year", "percent": "%", "pct": "%", "celsius": "°C", "degc": "°C", "c": "°C",
    "fahrenheit": "°F", "degf": "°F", "hertz": "Hz", "watt": "W", "watts": "W", "kilowatt": "kW",
    "kilowatts": "kW", "volt": "V", "volts": "V", "ampere": "A", "amperes": "A", "amp": "A", "amps": "A",
    "meter": "m", "meters": "m", "metre": "m", "metres": "m",
}  # fmt: skip

#: What a unit becomes when its numbers are multiplied by a factor; other scale factors make it unknown.
_SCALED: dict[str, dict[float, str]] = {
    "B": {1e-3: "kB", 1e-6: "MB", 1e-9: "GB", 1e-12: "TB", 2.0**-10: "KiB", 2.0**-20: "MiB",
          2.0**-30: "GiB", 2.0**-40: "TiB", 8.0: "bit"},
    "kB": {1e-3: "MB", 1e-6: "GB", 1e3: "B", 2.0**-10: "MB", 2.0**10: "B"},
    "KiB": {2.0**-10: "MiB", 2.0**-20: "GiB", 2.0**10: "B"},
    "MB": {1e-3: "GB", 1e6: "B"}, "MiB": {2.0**-10: "GiB", 2.0**20: "B"},
    "bit": {0.125: "B", 1e-3: "kbit", 1e-6: "Mbit", 1e-9: "Gbit"},
    "s": {1e3: "ms", 1e6: "µs", 1e9: "ns", 1 / 60: "min", 1 / 3600: "h", 1 / 86400: "d"},
    "ms": {1e-3: "s", 1 / 60000: "min", 1 / 3600000: "h", 1e3: "µs"},
    "µs": {1e-3: "ms", 1e-6: "s"}, "ns": {1e-3: "µs", 1e-6: "ms", 1e-9: "s"},
    "min": {60.0: "s", 1 / 60: "h"}, "h": {60.0: "min", 3600.0: "s", 1 / 24: "d"},
    "W": {1e-3: "kW", 1e-6: "MW", 1e3: "mW"}, "kW": {1e3: "W", 1e-3: "MW"},
    "m": {1e-3: "km", 1e2: "cm", 1e3: "mm"}, "Hz": {1e-3: "kHz", 1e-6: "MHz", 1e-9: "GHz"},
}  # fmt: skip
#: Factors that change a unit rather than an amount.
_SCALES = frozenset(
    {*(1000.0**k for k in range(-4, 5) if k), *(1024.0**k for k in range(-4, 5) if k), 8.0, 0.125}
    | {60.0, 1 / 60, 3600.0, 1 / 3600, 86400.0, 1 / 86400, 60000.0, 1 / 60000, 3600000.0, 1 / 3600000}
)


@dataclass(frozen=True)
class Unit:
    """Symbols with exponents in order of their names. Without symbols: a ratio."""

    symbols: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        """``B/s``; empty for a ratio."""
        above = [_powered(name, power) for name, power in self.symbols if power > 0]
        below = [_powered(name, -power) for name, power in self.symbols if power < 0]
        if not above and below:
            above = ["1"]
        return "/".join(["·".join(above), *below])

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The product; with sign -1 the quotient."""
        powers = Counter(dict(self.symbols))
        for name, power in other.symbols:
            powers[name] += sign * power
        return _unit(powers)

    def scaled(self, factor: float) -> Unit | None:
        """The unit of numbers multiplied by a factor; None when that is not known."""
        if self == RATIO and factor == 100:
            return PERCENT
        if self == PERCENT and _near(factor, 0.01):
            return RATIO
        for at, (name, power) in enumerate(self.symbols):
            if abs(power) != 1:
                continue
            for known, renamed in _SCALED.get(name, {}).items():
                if _near(factor, known if power == 1 else 1 / known):
                    rest = [*self.symbols[:at], *self.symbols[at + 1 :], (renamed, power)]
                    return _unit(Counter(dict(rest)))
        return None if any(_near(factor, scale) for scale in _SCALES) else self


def _unit(powers: Mapping[str, int]) -> Unit:
    return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))


def _powered(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * abs(b)


RATIO = Unit()
PERCENT = Unit((("%", 1),))


def parse_unit(text: str | None) -> Unit | None:
    """``bytes``, ``B/s``, ``requests per second``; None when there is no unit."""
    plain = (text or "").strip()
    if not plain or len(plain) > 100:
        return None
    powers: Counter[str] = Counter()
    sign = 1
    for part in re.split(r"(/|\bper\b|[*·])", plain):
        word = part.strip()
        if word in ("/", "per"):
            sign = -1
        elif word in ("*", "·"):
            sign = 1
        elif word and word != "1":
            found = re.fullmatch(r"(.+?)\^?([23²³])", word)
            name, power = (found[1], {"²": 2, "³": 3}.get(found[2]) or int(found[2])) if found else (word, 1)
            powers[_symbol(name)] += sign * power
    return _unit(powers) if powers else None


def _symbol(word: str) -> str:
    if len(word) <= 2 and word not in ("sec",):
        # letters of symbols differ by case: b and B, m and M
        return word if word != "us" else "µs"
    return _WORDS.get(word.lower(), word)


def rate_unit(unit: str | None, period: Period | None) -> str | None:
    """The unit of a change per so much time."""
    if period is None or not period.count:
        return unit
    known = parse_unit(unit)
    if known is None:
        return None
    step = _WORDS.get(period.unit, period.unit)
    if period.count != 1:
        step = f"{period.count:g} {step}"
    return known.times(Unit(((step, 1),)), -1).text


@dataclass(frozen=True)
class Clash:
    """An addition of two different units."""

    node: nodes.Binary
    left: str
    right: str


@dataclass
class Inference:
    """What a formula's unit is, and where it adds what can't be added. ``unit`` None: not known."""

    unit: Unit | None = None
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class _Constant:
    """A number without a unit: it goes with any."""

    value: float | None = None


@dataclass(frozen=True)
class _Amount:
    """Numbers of a unit times a constant factor, which is made sense of when the product is complete."""

    unit: Unit
    factor: float = 1.0

    @property
    def resolved(self) -> Unit | None:
        return self.unit if self.factor == 1 else self.unit.scaled(abs(self.factor))


_Kind = _Amount | _Constant | None
#: The unit of names and calls that stand for samples.
UnitOf = Callable[[nodes.Node], Unit | None]

_KEEPING = frozenset({"abs", "max", "min", "round", "floor", "ceil", "trunc"})
_ANY = _Constant()


def infer_unit(tree: nodes.Node, unit_of: UnitOf) -> Inference:
    """The unit of a formula. ``unit_of`` knows the names and calls that stand for samples."""
    found = Inference()
    kind = _Reader(unit_of, found).body(tree)
    found.unit = kind.resolved if isinstance(kind, _Amount) else None
    return found


def _amount(unit: Unit | None) -> _Kind:
    return None if unit is None else _Amount(unit)


class _Reader:
    def __init__(self, unit_of: UnitOf, found: Inference) -> None:
        self.unit_of, self.found = unit_of, found
        self.names: dict[str, _Kind] = {}
        self.levels = 0

    def body(self, tree: nodes.Node) -> _Kind:
        if not isinstance(tree, nodes.Block):
            return self.of(tree)
        returned: list[_Kind] = []
        self.statements(tree.statements, returned)
        return self.same(returned) if returned else None

    def statements(self, statements: tuple[nodes.Node, ...], returned: list[_Kind]) -> None:
        for one in statements:
            match one:
                case nodes.Declare() if one.value is not None:
                    self.names[one.name] = self.of(one.value)
                case nodes.Assign() if isinstance(one.target, nodes.Name):
                    self.names[one.target.name] = self.of(one.value)
                case nodes.Return() if one.value is not None:
                    returned.append(self.of(one.value))
                case nodes.If():
                    inner = (one.then, one.otherwise) if one.otherwise is not None else (one.then,)
                    self.statements(inner, returned)
                case nodes.Block():
                    self.statements(one.statements, returned)

    def of(self, node: nodes.Node) -> _Kind:
        self.levels += 1
        try:
            return None if self.levels > 100 else self._of(node)
        finally:
            self.levels -= 1

    def _of(self, node: nodes.Node) -> _Kind:
        match node:
            case nodes.Number():
                return _Constant(float(node.value))
            case nodes.Null() | nodes.Undefined():
                return _ANY
            case nodes.Name():
                return self.names[node.name] if node.name in self.names else _amount(self.unit_of(node))
            case nodes.Call():
                return self.call(node)
            case nodes.Unary() if node.operator in "+-":
                return self.of(node.operand)
            case nodes.Array() if len(node.items) == 1:
                return self.of(node.items[0])
            case nodes.Conditional():
                return self.same([self.of(node.then), self.of(node.otherwise)])
            case nodes.Binary():
                return self.binary(node)
        return None

    def call(self, node: nodes.Call) -> _Kind:
        target = node.target
        if isinstance(target, nodes.Member) and isinstance(target.target, nodes.Name):
            kinds = [self.of(one) for one in node.arguments]
            if target.target.name == "Math":
                return self.same(kinds) if target.name in _KEEPING else None
        return _amount(self.unit_of(node))

    def same(self, kinds: list[_Kind]) -> _Kind:
        """The one unit of several values; unknown when they differ."""
        units = {one and one.resolved for one in kinds if not isinstance(one, _Constant)}
        if not units:
            return _ANY
        unit = units.pop()
        return None if units or unit is None else _Amount(unit)

    def binary(self, node: nodes.Binary) -> _Kind:
        spine = [node]
        while isinstance(spine[-1].left, nodes.Binary):
            spine.append(spine[-1].left)
        kind = self.of(spine[-1].left)
        for step in reversed(spine):
            kind = self.step(step, kind, self.of(step.right))
        return kind

    def step(self, node: nodes.Binary, left: _Kind, right: _Kind) -> _Kind:
        match node.operator:
            case "+" | "-":
                if isinstance(left, _Amount) and isinstance(right, _Amount):
                    first, second = left.resolved, right.resolved
                    if first is not None and second is not None and first != second:
                        clash = Clash(node, first.text or "a ratio", second.text or "a ratio")
                        self.found.clashes.append(clash)
                return self.same([left, right])
            case "*":
                return _product(left, right)
            case "/":
                return _quotient(left, right)
            case "%":
                return left
            case "||" | "&&":
                return self.same([left, right])
        return None


def _product(left: _Kind, right: _Kind) -> _Kind:
    if isinstance(left, _Constant):
        left, right = right, left
    if left is None or right is None:
        return None
    if isinstance(left, _Constant):
        known = isinstance(right, _Constant) and left.value is not None and right.value is not None
        return _Constant(left.value * right.value) if known else _ANY
    if isinstance(right, _Amount):
        if PERCENT in (left.unit, right.unit):
            return None  # a share of an amount, but a hundredfold
        return _Amount(left.unit.times(right.unit), left.factor * right.factor)
    return _Amount(left.unit, left.factor * (1.0 if right.value is None else right.value))


def _quotient(left: _Kind, right: _Kind) -> _Kind:
    if left is None or right is None:
        return None
    if isinstance(right, _Amount):
        if isinstance(left, _Constant):
            return _Amount(RATIO.times(right.unit, -1), 1.0) if right.unit.symbols else None
        return _Amount(left.unit.times(right.unit, -1), left.factor / (right.factor or 1.0))
    if isinstance(left, _Constant):
        known = left.value is not None and right.value
        return _Constant(left.value / right.value) if known else _ANY
    return _Amount(left.unit, left.factor / (right.value or 1.0))
