"""CSS of a configuration, read for its harmless part: colours, weight, opacity. The rest has no effect."""

from __future__ import annotations

from dataclasses import dataclass, replace

from apps.figures.ranges import ink_on
from apps.figures.style import css_color

__all__ = ["NO_LOOK", "Look", "look_of"]


@dataclass(frozen=True)
class Look:
    """How something is shown beyond the ordinary; None leaves a property as it is."""

    color: str | None = None
    background: str | None = None
    bold: bool = False
    opacity: float | None = None

    def over(self, other: Look) -> Look:
        """This look, and that of ``other`` where this one says nothing."""
        return Look(
            self.color or other.color,
            self.background or other.background,
            self.bold or other.bold,
            other.opacity if self.opacity is None else self.opacity,
        )

    @property
    def fill(self) -> str | None:
        """The colour of a mark: its fill, else its colour."""
        return self.background or self.color

    def json(self) -> dict[str, object]:
        """What the page applies, property by property."""
        color = self.color or (ink_on(self.background) if self.background else None)
        given = {"color": color, "background": self.background, "opacity": self.opacity}
        found: dict[str, object] = {name: value for name, value in given.items() if value is not None}
        return found | ({"bold": True} if self.bold else {})


NO_LOOK = Look()


def look_of(css: str | None) -> Look:
    """The look that CSS text asks for; a bare colour counts as ``color``."""
    text = str(css or "")[:1000]
    if css_color(text):
        return Look(color=css_color(text))
    look = NO_LOOK
    for part in text.replace("\n", ";").split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip().lower(), value.replace("!important", "").strip()
        if name in {"color", "stroke"} and css_color(value):
            look = replace(look, color=css_color(value))
        elif name in {"background", "background-color", "fill"} and css_color(value):
            look = replace(look, background=css_color(value))
        elif name == "font-weight":
            look = replace(look, bold=value in {"bold", "bolder", "600", "700", "800", "900"})
        elif name in {"opacity", "fill-opacity"}:
            look = replace(look, opacity=_share(value))
    return look


def _share(text: str) -> float | None:
    try:
        share = float(text[:20])
    except ValueError:
        return None
    return min(1.0, max(0.0, share)) if share == share else None
