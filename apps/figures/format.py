"""Values as texts: the ``format`` setting for legends, hovers, tables and axes.

:func:`number_format` gives a :class:`ValueFormat`: a function from a value to its text, and, where
plotly.js can say the same, the d3 pattern for ticks and hovers. Bytes count in 1024 with IEC suffixes;
thousands are separated; without a format a number has as many digits as it needs, six significant ones
at most, and a whole part is never rounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.algebra.expr.values import number_text
from apps.algebra.times import zone_info

__all__ = ["FORMAT_WORDS", "ValueFormat", "number_format", "plain_number"]


@dataclass(frozen=True)
class ValueFormat:
    """``text``: value -> text. ``d3``: the same for plotly.js with ``suffix``, None when d3 can't say it.

    ``base``: 1024 when axis ticks should stand at powers of two, in units of ``scale``.
    """

    text: Callable[[float], str]
    d3: str | None = None
    prefix: str = ""
    suffix: str = ""
    base: int = 10
    scale: float = 1.0


def plain_number(value: float, significant: int = 6) -> str:
    """A number with thousands separated and up to six significant digits; the whole part stays whole."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-6:
        return _minus(f"{value:.{significant}g}")
    whole_digits = 1 + math.floor(math.log10(size)) if size else 1
    return _trimmed(value, max(0, significant - whole_digits))


def _trimmed(value: float, decimals: int) -> str:
    text = f"{value:,.{min(decimals, 20)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _minus("0" if text in {"-0", ""} else text)


def _minus(text: str) -> str:
    return "−" + text[1:] if text.startswith("-") else text


_PREFIX_POWERS = {"": 0, "kilo": 1, "mega": 2, "giga": 3, "tera": 4, "peta": 5}
_WORD_POWERS = {"thousand": 1, "thousands": 1, "million": 2, "millions": 2, "billion": 3, "billions": 3}
_SI = {"hertz": "Hz", "watt": "W", "watthour": "Wh", "joule": "J", "volt": "V", "ampere": "A", "meter": "m"}
#: Words that are a format by themselves, for hints.
FORMAT_WORDS: tuple[str, ...] = (
    "numeric", "percent", "fixed", "decimal", "round", "precise", "fraction", "currency", "iso", "json",
    "text", *(f"{prefix}{unit}" for unit in ("bytes", *_SI) for prefix in _PREFIX_POWERS), *_WORD_POWERS,
)  # fmt: skip
_SI_LETTERS = ("", "k", "M", "G", "T", "P", "E")
_IEC_LETTERS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_AMOUNT_LETTERS = ("", "K", "M", "B", "T")


def _scaled(value: float, step: int, letters: tuple[str, ...]) -> tuple[float, str]:
    power = 0
    while abs(value) >= step and power < len(letters) - 1 and math.isfinite(value):
        value /= step
        power += 1
    return value, letters[power]


def _guarded(write: Callable[[float], str]) -> Callable[[float], str]:
    """Missing, infinite and absurdly large values look the same in every format."""
    return lambda value: write(value) if abs(value) < 1e21 else plain_number(value)


def _bytes(word: str) -> ValueFormat | None:
    found = re.fullmatch(r"(|kilo|mega|giga|tera|peta)bytes?", word)
    if found is None:
        return None
    factor = 1024.0 ** _PREFIX_POWERS[found[1]]

    def write(value: float) -> str:
        amount, suffix = _scaled(value * factor, 1024, _IEC_LETTERS)
        return f"{_trimmed(amount, 2)} {suffix}"

    return ValueFormat(_guarded(write), base=1024, scale=factor)


def _measure(word: str) -> ValueFormat | None:
    """Amounts of a unit: kilohertz, million watt, thousands."""
    words = word.split()
    power = 0
    if words and words[0] in _WORD_POWERS:
        power = _WORD_POWERS[words.pop(0)]
        if not words:
            return _amount(power, "")
    if len(words) != 1:
        return None
    found = re.fullmatch(r"(kilo|mega|giga|tera|peta|)([a-z]+?)s?", words[0])
    unit = _SI.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    factor = 1000.0 ** (power + _PREFIX_POWERS[found[1]])

    def write(value: float) -> str:
        amount, letter = _scaled(value * factor, 1000, _SI_LETTERS)
        return f"{_trimmed(amount, 2)} {letter}{unit}"

    d3 = "~s" if factor == 1 else None
    return ValueFormat(_guarded(write), d3, suffix=unit if d3 else "", scale=factor)


def _amount(power: int, prefix: str) -> ValueFormat:
    factor = 1000.0**power

    def write(value: float) -> str:
        amount, letter = _scaled(value * factor, 1000, _AMOUNT_LETTERS)
        sign = "−" if amount < 0 else ""
        return f"{sign}{prefix}{abs(amount):.1f}{letter}"

    return ValueFormat(_guarded(write), scale=factor)


def _truncated(value: float, digits: int) -> str:
    """Cut, not rounded; a product that is a hair under a whole number counts as that number."""
    scale = 10.0**digits
    scaled = value * scale
    near = round(scaled)
    cut = near if abs(scaled - near) < 1e-9 * max(1.0, abs(scaled)) else math.trunc(scaled)
    return _minus(f"{cut / scale:.{digits}f}")


def _rounded(value: float, digits: int) -> str:
    if digits < 0:
        step = 10.0**-digits
        return _minus(f"{math.floor(value / step + 0.5) * step:.0f}")
    return _trimmed(value, digits).replace(",", "")


def _significant(value: float, digits: int) -> str:
    if value == 0:
        return f"{0:.{max(0, digits - 1)}f}"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{min(decimals, 20)}f}" if decimals >= 0 else f"{round(value, decimals):.0f}"
    return _minus(text)


def _call(name: str, digits: int | None) -> ValueFormat | None:
    n = max(-12, min(12, digits or 0))
    up = max(0, n)
    if name == "percent":
        return ValueFormat(_guarded(lambda v: _minus(f"{v:,.{up}f}%")), f",.{up}f", suffix="%")
    if name == "fraction":
        return ValueFormat(_guarded(lambda v: _minus(f"{v * 100:,.{up}f}%")), f",.{up}%")
    if name == "fixed":
        return ValueFormat(_guarded(lambda v: _truncated(v, up)))
    if name == "decimal":
        return ValueFormat(_guarded(lambda v: _trimmed(v, up).replace(",", "")), f".{up}~f")
    if name == "round":
        return ValueFormat(_guarded(lambda v: _rounded(v, n)), f".{up}~f" if n >= 0 else None)
    if name == "precise":
        return ValueFormat(_guarded(lambda v: _significant(v, max(1, n))), f".{max(1, n)}r")
    return None


_CALL = re.compile(r"(percent|fraction|fixed|decimal|round|precise)(?:\(\s*(-?\d{1,2})?\s*\))?")
_CALL_OF = re.compile(
    r"(fixed|decimal|round|precise|percent|fraction)\(\s*value\s*(?:([*/+-])\s*(-?\d+(?:\.\d+)?)\s*)?"
    r",\s*(-?\d{1,2})\s*\)"
)
_CURRENCY = re.compile(
    r"(?:(['\"])(?P<before>[^'\"]{0,8})\1\s*\+\s*)?currency(?:\(\s*(?:['\"](?P<unit>[a-z]+)['\"])?\s*\))?"
)
_INTERVAL = re.compile(
    r"intervalFormat\(\s*(['\"])(?P<pattern>.{0,80}?)\1\s*\)\s*"
    r"\(\s*value\s*(?:\*\s*(?P<by>\d+(?:\.\d+)?)\s*)?\)"
)


_D3 = re.compile(r"d3\.format\(\s*(['\"])(?P<spec>[^'\"]{0,12})\1\s*\)\(\s*value\s*\)\s*;?")
_D3_SPEC = re.compile(r"(?P<plus>\+?)(?P<width>0\d{1,2})?(?P<comma>,?)(?:\.(?P<digits>\d{1,2}))?(?P<trim>~?)"
                      r"(?P<type>[fd%rse]?)")  # fmt: skip


def _d3(spec: str) -> ValueFormat | None:
    """What d3 makes of a number by its short patterns: ``.2f``, ``,d``, ``.1%``, ``.3s``, ``03d``."""
    found = _D3_SPEC.fullmatch(spec)
    if found is None:
        return None
    kind, comma, width = found["type"], found["comma"], int(found["width"] or 0)
    digits = min(20, int(found["digits"] or 6))

    def body(value: float) -> str:
        if kind in {"f", "%"}:
            text = f"{value * (100 if kind == '%' else 1):{comma}.{digits}f}"
        elif kind == "d":
            text = f"{math.floor(value + 0.5):{comma}d}"
        elif kind == "e":
            text = f"{value:.{digits}e}"
        elif kind == "s":
            amount, letter = _scaled(value, 1000, _SI_LETTERS)
            return _cut(_significant(amount, max(1, digits))) + letter
        elif kind == "r":
            text = _significant(value, max(1, digits))
        else:
            text = _trimmed(value, 12) if comma else _trimmed(value, 12).replace(",", "")
        return _cut(text) + ("%" if kind == "%" else "")

    def _cut(text: str) -> str:
        return text.rstrip("0").rstrip(".") if found["trim"] and "." in text and kind != "e" else text

    def write(value: float) -> str:
        text = body(abs(value)).zfill(width - (value < 0))
        return f"−{text}" if value < 0 else f"{found['plus']}{text}"

    return ValueFormat(_guarded(write), spec)


def _duration(pattern: str, factor: float) -> ValueFormat:
    def write(value: float) -> str:
        left = int(value * factor)
        sign, left = ("−", -left) if left < 0 else ("", left)
        text = pattern
        for letters, size, width in (("d", 86_400_000, 1), ("Hh", 3_600_000, 2), ("Mm", 60_000, 2),
                                     ("Ss", 1000, 2), ("Ll", 1, 3)):  # fmt: skip
            if any(f"%{letter}" in pattern for letter in letters):
                count, left = divmod(left, size)
                for letter in letters:
                    text = text.replace(f"%{letter}", f"{count:0{width}d}")
        return sign + text

    return ValueFormat(_guarded(write))


_DATE_LETTERS = "YymbBdejUWwaAHIMSpLxX"


def _date(pattern: str, zone: str) -> ValueFormat:
    """A date pattern over milliseconds since 1970."""
    tz = zone_info(zone)

    def write(value: float) -> str:
        try:
            at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)).astimezone(tz)
        except OverflowError:
            return plain_number(value)
        return date_text(at, pattern)

    return ValueFormat(_guarded(write))


def date_text(at: datetime, pattern: str) -> str:
    """``at`` by a date pattern; ``%aa`` is a day's name in two letters, ``%e`` has no leading blank."""

    def one(found: re.Match[str]) -> str:
        letter = found[1]
        if letter == "aa":
            return f"{at:%a}"[:2]
        if letter == "e":
            return str(at.day)
        if letter == "L":
            return f"{at.microsecond // 1000:03d}"
        if letter == "x":
            return f"{at:%Y-%m-%d}"
        return f"{at:%H:%M:%S}" if letter == "X" else at.strftime(f"%{letter}")

    return re.sub(rf"%(aa|[{_DATE_LETTERS}])", one, pattern).replace("\\n", "\n")


def number_format(text: str | None, zone: str = "UTC") -> ValueFormat | None:
    """The format a setting's text means; the plain number when unset; None when the text is no named form."""
    form = (text or "").strip()
    if len(form) > 500:
        return None
    word = form.lower()
    if word in {"", "numeric", "number"}:
        return ValueFormat(plain_number, ",.6~r")
    if word in {"text", "json"}:
        return ValueFormat(lambda v: number_text(v) if math.isfinite(v) else plain_number(v))
    if word == "%":
        return ValueFormat(_guarded(lambda v: _trimmed(v * 100, 2) + "%"), ",.2~%")
    if word in {"iso", "new date(value)"}:
        return _date("%Y-%m-%dT%H:%M:%S.%L", zone)
    named = _bytes(word) or _measure(word)
    if named is not None:
        return named
    if found := _CALL.fullmatch(word):
        return _call(found[1], int(found[2]) if found[2] else None)
    if found := _CALL_OF.fullmatch(word):
        return _call_of(found)
    if found := _CURRENCY.fullmatch(form):
        return _amount(_WORD_POWERS.get(found["unit"] or "", 0), found["before"] or "")
    if found := _D3.fullmatch(form):
        return _d3(found["spec"])
    if found := _INTERVAL.fullmatch(form):
        return _duration(found["pattern"], float(found["by"] or 1))
    if re.search(rf"%[{_DATE_LETTERS}]", form) and "(" not in form:
        return _date(form.strip("'\""), zone)
    return None


def _call_of(found: re.Match[str]) -> ValueFormat | None:
    """``fixed(value/1000, 1)``: a format of simple arithmetic on the value."""
    form = _call(found[1], int(found[4]))
    operator, operand = found[2], float(found[3] or 0)
    if form is None or operator is None:
        return form
    if operator == "/" and operand == 0:
        return None
    change: dict[str, Callable[[float], float]] = {
        "*": lambda v: v * operand,
        "/": lambda v: v / operand,
        "+": lambda v: v + operand,
        "-": lambda v: v - operand,
    }
    return ValueFormat(lambda v: form.text(change[operator](v)))
