"""Widget types and their builders. A new type is one module in ``apps/figures/widgets``, imported there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.errors import UnknownName, near_names
from apps.figures.spec import Figure

__all__ = ["builder", "register_widget", "widget_types"]

#: A time chart is built from a ChartSpec, any other widget from a PanelSpec.
Builder = Callable[[Any], Figure]

_BUILDERS: dict[str, Builder] = {}


def register_widget(name: str) -> Callable[[Builder], Builder]:
    """Register the builder of a widget type; a type is taken once."""

    def decorate(build: Builder) -> Builder:
        if name in _BUILDERS and _BUILDERS[name].__qualname__ != build.__qualname__:
            raise ValueError(f"a widget type named {name!r} is registered already")
        _BUILDERS[name] = build
        return build

    return decorate


def builder(name: str) -> Builder:
    """The builder of a type; UnknownName with near names otherwise."""
    found = _BUILDERS.get(name)
    if found is None:
        near = near_names(name, _BUILDERS)
        known = ", ".join(sorted(_BUILDERS))
        hint = f"did you mean {', '.join(near)}?" if near else f"drawn types: {known}"
        raise UnknownName(f"the widget type {name!r} is not drawn", hint=hint)
    return found


def widget_types() -> tuple[str, ...]:
    """The types that can be drawn, in order of name."""
    return tuple(sorted(_BUILDERS))
