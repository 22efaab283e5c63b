"""One registry of named functions: what exists, what it takes, what it says about itself.

A function is registered by a decorator. Its parameters are read from its signature and nowhere else: each
keyword-only parameter is annotated ``Annotated[type, Param(...)]`` and has its default in the signature.
Dialects look functions up by canonical name; the reference pages and the docstring test read the same specs.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.errors import ArgumentFault, UnknownName, near_names

__all__ = ["FunctionSpec", "Param", "ParamSpec", "check_params", "functions", "lookup", "register"]

Family = Literal["transform", "aggregator", "scalar"]
Shape = Literal["series", "set", "sets", "kernel", "scalar"]


@dataclass(frozen=True)
class Param:
    """What a parameter means: a phrase, its unit, its bounds or allowed values."""

    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ParamSpec:
    """A parameter as the signature declares it."""

    name: str
    type: Any
    default: Any
    param: Param

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True)
class FunctionSpec:
    """A registered function.

    ``shape`` says what it is called with: ``series`` one Series -> one Series or a list; ``set`` a tuple of
    Series -> a list; ``sets`` a tuple of such tuples (one per input of the plan node) -> a list; ``kernel``
    ``(values, lo, hi, ...)`` arrays; ``scalar`` plain columns.
    """

    name: str
    family: Family
    shape: Shape
    function: Callable[..., Any]
    params: Mapping[str, ParamSpec]
    explain: Callable[..., Any] | None = None
    doc: str = field(default="")

    @property
    def summary(self) -> str:
        return self.doc.strip().splitlines()[0] if self.doc.strip() else ""


#: By family and name: ``min`` is a statistic of many samples and a scalar function of a few numbers.
_FUNCTIONS: dict[tuple[str, str], FunctionSpec] = {}


def register(
    name: str,
    *,
    family: Family = "transform",
    shape: Shape = "series",
    explain: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function under its canonical snake-case name; a name is taken once per family."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        taken = _FUNCTIONS.get((family, name))
        if taken is not None and taken.function.__qualname__ != function.__qualname__:
            raise ValueError(f"a {family} named {name!r} is registered already")
        hints = typing.get_type_hints(function, include_extras=True)
        params = {}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                continue
            hint = hints.get(parameter.name)
            described = [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Param)]
            if not described:
                raise ValueError(f"{name}: parameter {parameter.name} says nothing about itself")
            params[parameter.name] = ParamSpec(
                parameter.name, typing.get_args(hint)[0], parameter.default, described[0]
            )
        _FUNCTIONS[family, name] = FunctionSpec(
            name, family, shape, function, params, explain, inspect.getdoc(function) or ""
        )
        return function

    return decorate


def lookup(name: str, family: Family | None = None) -> FunctionSpec:
    """The function of that canonical name; UnknownName with near names otherwise.

    Without a family, a transform is preferred to a scalar, and that to an aggregator.
    """
    for kind in (family,) if family else ("transform", "scalar", "aggregator"):
        spec = _FUNCTIONS.get((kind, name))
        if spec is not None:
            return spec
    near = near_names(name, [known for kind, known in _FUNCTIONS if family in (None, kind)])
    hint = f"did you mean {', '.join(near)}?" if near else None
    raise UnknownName(f"there is no function named {name!r}", hint=hint)


def functions(family: Family | None = None) -> Iterator[FunctionSpec]:
    """All registered functions in order of name, of one family if asked."""
    for kind, name in sorted(_FUNCTIONS, key=lambda key: (key[1], key[0])):
        if family is None or kind == family:
            yield _FUNCTIONS[kind, name]


def check_params(spec: FunctionSpec, given: Mapping[str, Any]) -> None:
    """Raise ArgumentFault when a parameter is unknown, missing, out of bounds or not an allowed value."""
    for name, value in given.items():
        known = spec.params.get(name)
        if known is None:
            near = near_names(name, spec.params)
            hint = f"did you mean {', '.join(near)}?" if near else f"it takes {', '.join(spec.params)}"
            raise ArgumentFault(f"{spec.name} has no parameter {name!r}", hint=hint)
        rule = known.param
        if rule.choices and value not in rule.choices and value != known.default:
            allowed = ", ".join(str(choice) for choice in rule.choices)
            raise ArgumentFault(f"{spec.name}: {name} must be one of {allowed}, not {value!r}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if rule.minimum is not None and not value >= rule.minimum:
                raise ArgumentFault(f"{spec.name}: {name} must be at least {rule.minimum}, not {value}")
            if rule.maximum is not None and not value <= rule.maximum:
                raise ArgumentFault(f"{spec.name}: {name} must be at most {rule.maximum}, not {value}")
    for name, known in spec.params.items():
        if known.required and name not in given:
            raise ArgumentFault(f"{spec.name} needs the parameter {name!r}")
