"""Colours and strokes. The palette lives here and nowhere else; pages read it from the figure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.figures.settings import number

__all__ = [
    "COLOR_NAMES", "DASHES", "PALETTE", "Stroke", "assign_strokes", "contrast", "css_color", "luminance",
]  # fmt: skip

#: Ten hues found by search: at least 3 : 1 on white and on near-black, an order of lightness that survives
#: in grey, and no two closer than 0.06 (OKLab) for normal sight, deuteranopia and protanopia.
PALETTE: tuple[str, ...] = (
    "#6089fc",
    "#b75605",
    "#458c85",
    "#cb61ab",
    "#805af3",
    "#ce2f56",
    "#1a9bca",
    "#8e8e4e",
    "#616c50",
    "#68688d",
)

#: A series alone gets one of the vivid hues; the muted ones at the end serve crowded charts.
_VIVID = 7

DASHES: tuple[str, ...] = ("solid", "dash", "dot", "dashdot", "longdash")

#: The band of luminance in which a colour has 3 : 1 on both surfaces.
_DARKEST, _LIGHTEST = 0.14, 0.28

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})")
_CALL = re.compile(
    r"(?:rgb|hsl)a?\(\s*[0-9.]{1,8}(?:deg)?(?:\s*[,\s]\s*[0-9.]{1,8}%?){2}"
    r"(?:\s*[,/]\s*[0-9.]{1,8}%?)?\s*\)"
)
_NAME_LIST = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown
    burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan
    darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid
    darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet
    deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro
    ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki
    lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow
    lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
    lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine
    mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab
    orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru
    pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen
    seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal thistle
    tomato turquoise violet wheat white whitesmoke yellow yellowgreen transparent
"""
#: The colours that CSS has names for.
COLOR_NAMES = frozenset(_NAME_LIST.split())


def css_color(text: str | None) -> str | None:
    """The colour in CSS's own spelling, or None when the text is no colour."""
    word = str(text or "")[:60].strip().lower()
    if word in COLOR_NAMES or _HEX.fullmatch(word) or _CALL.fullmatch(word):
        return word
    return None


def _linear(color: str) -> list[float]:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG defines it."""
    red, green, blue = _linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two ``#rrggbb`` colours as WCAG defines it, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _other_lightness(color: str) -> str:
    """The hue at the far end of the band that has contrast on both surfaces."""
    now = luminance(color)
    wanted = _LIGHTEST if now < (_DARKEST + _LIGHTEST) / 2 else _DARKEST
    channels = _linear(color)
    if wanted < now:
        mixed = [channel * wanted / now for channel in channels]
    else:
        share = (wanted - now) / (1 - now)
        mixed = [channel + (1 - channel) * share for channel in channels]
    encoded = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in mixed]
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02x}" for c in encoded)


@dataclass(frozen=True)
class Stroke:
    """How a series is drawn. ``opacity`` is that of the whole, ``fill`` the colour of its area."""

    color: str
    dash: str = "solid"
    width_px: float = 1.75
    opacity: float = 1.0
    fill: str | None = None
    fill_opacity: float | None = None


def _place(identity: tuple[Any, ...]) -> int:
    digest = hashlib.blake2b(repr(identity).encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % _VIVID


def assign_strokes(
    series: Sequence[tuple[tuple[Any, ...], tuple[Any, ...] | None, Mapping[str, str]]],
    palette: Sequence[str] = (),
) -> list[Stroke]:
    """A stroke for each (identity, identity whose hue it shares, settings).

    A colour that is set wins. A palette that is set is used in order. Otherwise the hue follows from the
    identity; on a collision the next free one is taken, and repeated hues differ in lightness and dash.
    """
    taken: dict[int, tuple[Any, ...]] = {}
    uses: dict[str, int] = {}
    strokes = []
    at = 0
    for identity, hue_of, settings in series:
        given = css_color(settings.get("color"))
        if given:
            base = Stroke(given)
        elif palette:
            base = _repeated(palette[at % len(palette)], uses, vary=False)
            at += 1
        else:
            key = hue_of if hue_of is not None else identity
            place = _place(key)
            for _ in PALETTE:
                if taken.setdefault(place, key) == key:
                    break
                place = (place + 1) % len(PALETTE)
            base = _repeated(PALETTE[place], uses, vary=True)
        strokes.append(_styled(base, str(settings.get("style", ""))))
    return strokes


def _repeated(color: str, uses: dict[str, int], *, vary: bool) -> Stroke:
    count = uses[color] = uses.get(color, 0) + 1
    if count == 1 or not vary:
        return Stroke(color)
    dash = DASHES[(count - 1) % len(DASHES)]
    return Stroke(_other_lightness(color) if count % 2 == 0 else color, dash)


def _styled(stroke: Stroke, css: str) -> Stroke:
    """The stroke with what CSS text says of it; properties that mean nothing in a figure are left out."""
    for part in css[:1000].split(";"):
        name, _, text = part.partition(":")
        name, text = name.strip().lower(), text.strip()
        if name in {"stroke", "color"} and css_color(text):
            stroke = replace(stroke, color=css_color(text) or stroke.color)
        elif name == "fill" and css_color(text):
            stroke = replace(stroke, fill=css_color(text))
        elif name == "stroke-width":
            width = number({"w": text.removesuffix("px")}, "w")
            if width is not None:
                stroke = replace(stroke, width_px=min(40.0, max(0.0, width)))
        elif name in {"opacity", "stroke-opacity", "fill-opacity"}:
            share = number({"o": text}, "o")
            if share is not None:
                field = "fill_opacity" if name == "fill-opacity" else "opacity"
                stroke = replace(stroke, **{field: min(1.0, max(0.0, share))})
        elif name == "stroke-dasharray":
            stroke = replace(stroke, dash=_dash(text))
    return stroke


def _dash(text: str) -> str:
    lengths = re.findall(r"\d{1,3}(?:\.\d{1,3})?", text)[:8]
    return ",".join(f"{length}px" for length in lengths) if lengths else "solid"
