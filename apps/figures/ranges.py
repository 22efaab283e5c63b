"""Ranges of values with a colour each: thresholds of gauges, calendars and treemaps."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from apps.figures.settings import number, words
from apps.figures.style import css_color

__all__ = ["SEQUENTIAL", "Ranges", "auto_bounds", "blend", "ink_on", "ranges_of"]

#: Light to dark in one hue; each step is told apart from both surfaces by its cell border or its value.
SEQUENTIAL = ("#cfe0f7", "#9dc3ec", "#669fd8", "#3a78bd", "#1f5291")
#: Good, so-so, bad: by lightness as well as by hue.
TRAFFIC = ("#4f9d69", "#d9a13b", "#c2453c")

_RANGE_COLORS = {
    "red": ("#fbd9d3", "#b3261e"),
    "blue": ("#cfe0f7", "#1f5291"),
    "black": ("#d9d9d6", "#2b2d32"),
    "green": ("#d3ecd9", "#1c6b3a"),
    "yellow": ("#fbf1c8", "#b08a00"),
    "silver": ("#efefed", "#8c8c88"),
}
_MAX_SHADES = 40


@dataclass(frozen=True)
class Ranges:
    """``bounds`` rising, one more than ``colors``. A value outside belongs to the range at that end."""

    bounds: tuple[float, ...]
    colors: tuple[str, ...]

    def color(self, value: float) -> str | None:
        """The colour of the range that holds the value, lower bound included."""
        if not self.colors or value != value:
            return None
        at = bisect_right(self.bounds, value) - 1
        return self.colors[min(max(at, 0), len(self.colors) - 1)]


def ranges_of(settings: Mapping[str, str], bounds: Sequence[float], values: Sequence[float] = ()) -> Ranges:
    """Ranges by the settings; without thresholds they divide what the values span."""
    edges = sorted({bound for bound in bounds if math.isfinite(bound)})
    shades = [color for color in map(css_color, words(settings, "colors")) if color]
    if len(edges) < 2:
        edges = list(auto_bounds(values, max(len(shades), 5)))
    count = len(edges) - 1
    colors = _colors(settings, shades, count)
    split = int(min(max(number(settings, "gradient-count") or 1, 1), _MAX_SHADES // max(1, count)))
    if split > 1 and len(bounds) >= 2:
        return _shaded(edges, colors, split)
    return Ranges(tuple(edges), tuple(colors))


def auto_bounds(values: Sequence[float], count: int) -> tuple[float, ...]:
    """Even bounds over the values."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return tuple(np.linspace(low, high, count + 1).tolist())


def _colors(settings: Mapping[str, str], given: list[str], count: int) -> list[str]:
    if given:
        return [given[min(at, len(given) - 1)] for at in range(count)]
    named = [word.lower() for word in words(settings, "color-range")]
    if len(named) == 1 and named[0] in _RANGE_COLORS:
        low, high = _RANGE_COLORS[named[0]]
        return [blend(low, high, at / max(1, count - 1)) for at in range(count)]
    ends = [color for color in (_plain(word) for word in named) if color]
    if len(ends) > 1:
        return [_along(ends, at / max(1, count - 1)) for at in range(count)]
    if count == len(TRAFFIC) and settings.get("type", "") == "gauge":
        return list(TRAFFIC)
    return [_along(list(SEQUENTIAL), at / max(1, count - 1) if count > 1 else 0.6) for at in range(count)]


def _plain(word: str) -> str | None:
    if word in _RANGE_COLORS:
        return _RANGE_COLORS[word][1]
    return css_color(word)


def _along(colors: list[str], share: float) -> str:
    place = share * (len(colors) - 1)
    at = min(int(place), len(colors) - 2)
    return blend(colors[at], colors[at + 1], place - at)


def _shaded(edges: list[float], colors: list[str], split: int) -> Ranges:
    """Each range in steps towards the colour of the next one."""
    bounds, shades = [edges[0]], []
    for at, color in enumerate(colors):
        after = colors[min(at + 1, len(colors) - 1)]
        for step in range(split):
            bounds.append(edges[at] + (edges[at + 1] - edges[at]) * (step + 1) / split)
            shades.append(blend(color, after, step / split))
    return Ranges(tuple(bounds), tuple(shades))


_CSS_HEX = {
    "black": "#000000", "blue": "#0000ff", "blueviolet": "#8a2be2", "chocolate": "#d2691e",
    "crimson": "#dc143c", "cyan": "#00ffff", "darkgreen": "#006400", "darkred": "#8b0000",
    "deepskyblue": "#00bfff", "firebrick": "#b22222", "forestgreen": "#228b22", "gold": "#ffd700",
    "gray": "#808080", "green": "#008000", "greenyellow": "#adff2f", "grey": "#808080", "indigo": "#4b0082",
    "khaki": "#f0e68c", "lightgray": "#d3d3d3", "lightgreen": "#90ee90", "lightgrey": "#d3d3d3",
    "lime": "#00ff00", "limegreen": "#32cd32", "magenta": "#ff00ff", "maroon": "#800000",
    "midnightblue": "#191970", "navy": "#000080", "olive": "#808000", "orange": "#ffa500",
    "orangered": "#ff4500", "pink": "#ffc0cb", "purple": "#800080", "red": "#ff0000", "salmon": "#fa8072",
    "seagreen": "#2e8b57", "silver": "#c0c0c0", "skyblue": "#87ceeb", "steelblue": "#4682b4",
    "teal": "#008080", "tomato": "#ff6347", "violet": "#ee82ee", "white": "#ffffff", "yellow": "#ffff00",
    "yellowgreen": "#9acd32",
}  # fmt: skip


@lru_cache(maxsize=512)
def _channels(color: str) -> tuple[int, int, int] | None:
    """Red, green, blue of a colour that css_color let through; None for those not known by number."""
    color = _CSS_HEX.get(color, color)
    if re.fullmatch(r"#[0-9a-f]{3,4}", color):
        color = "#" + "".join(letter * 2 for letter in color[1:4])
    if re.fullmatch(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?", color):
        return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
    found = re.match(r"rgba?\(\s*([\d.]+)\s*[, ]\s*([\d.]+)\s*[, ]\s*([\d.]+)", color)
    if found:
        red, green, blue = (min(255, int(float(part))) for part in found.groups())
        return red, green, blue
    return None


def blend(one: str, other: str, share: float) -> str:
    """A colour on the way from one to the other; the first where a colour isn't known by number."""
    first, second = _channels(one), _channels(other)
    if first is None or second is None:
        return one
    mixed = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink_on(color: str) -> str:
    """Black or white, whichever is read better on the colour."""
    channels = _channels(color)
    if channels is None:
        return "#1d1e20"
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#1d1e20" if (light + 0.05) / 0.063 >= 1.05 / (light + 0.05) else "#ffffff"
