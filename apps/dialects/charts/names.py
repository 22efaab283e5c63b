"""Names in formulas, checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from apps.algebra.expr import nodes
from apps.algebra.expr.functions import CONSTANTS, FUNCTIONS
from apps.algebra.expr.references import LIBRARY_FUNCTIONS, SERIES_FUNCTIONS
from apps.errors import ArgumentFault, TsError, UnknownName

__all__ = ["LABEL_VARIABLES", "SAMPLE_VARIABLES", "STATE_VARIABLES", "name_faults"]

Near = Callable[[str, Iterable[str]], list[str]]

#: What expressions about a series as a whole may name: display, enabled, alert-expression.
STATE_VARIABLES = frozenset(
    {
        "value", "previous", "time", "tags", "entity", "metric", "alias", "label", "alert", "this", "series",
        "widget", "top", "bottom", "key", "row", "previousValue", "previousTime", "statistics", "period",
    }
)  # fmt: skip
#: What ``label-format = javascript: …`` may name.
LABEL_VARIABLES = frozenset(
    {
        "value", "previous", "time", "tags", "entity", "metric", "alias", "label", "tagName", "tagValue",
        "statistics", "period", "rate", "dataType", "forecastName",
    }
)  # fmt: skip
SAMPLE_VARIABLES = frozenset({"value", "previousValue", "time", "previousTime"})
_LATER = frozenset(
    {
        "forecast", "forecast_deviation", "lower_confidence", "upper_confidence",
    }
)  # fmt: skip
_ENGINE = frozenset({"data", "config"})
_OBJECTS = frozenset({"console", "Math", "Number", "Object", "JSON", "Date", "window", "Array", "String"})


def _declared(tree: nodes.Node) -> set[str]:
    names: set[str] = set()
    for node in nodes.walk(tree):
        if isinstance(node, nodes.Declare):
            names.add(node.name)
        elif isinstance(node, nodes.Function):
            names.update(node.parameters)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            names.add(node.target.name)
    return names


def _unknown(kind: str, node: nodes.Expr, name: str, known: Iterable[str], find: Near) -> TsError:
    near = find(name, known)
    hint = f"did you mean {' or '.join(near)}?" if near else None
    return UnknownName(f"there is no {kind} {name[:60]!r}", span=node.span, hint=hint, fix=_fix(node, near))


def _fix(node: nodes.Expr, near: list[str]) -> str | None:
    """What to write in place of a node: the near name, after its owner where it has one."""
    if not near:
        return None
    if isinstance(node, nodes.Member) and isinstance(node.target, nodes.Name):
        return f"{node.target.name}.{near[0]}"
    return near[0] if isinstance(node, nodes.Name) else None


def name_faults(
    tree: nodes.Node,
    *,
    variables: frozenset[str] = frozenset(),
    scripts: Iterable[str] = (),
    libraries: Iterable[str] = (),
    over_series: bool = True,
    near: Near,
) -> Iterator[TsError]:
    """What is wrong with the names of a formula. ``over_series``: it may name aliases."""
    declared = _declared(tree)
    known_scripts, known_libraries = set(scripts), set(libraries)
    callable_names = {name for name in FUNCTIONS if "." not in name} | known_scripts | declared
    if over_series:
        callable_names |= set(variables) | set(SERIES_FUNCTIONS) | {"time", "getDateWithOffset"}
    values = declared | set(variables) | known_scripts | set(CONSTANTS)
    targets = {id(node.target) for node in nodes.walk(tree) if isinstance(node, nodes.Call)}
    owners = {id(node.target) for node in nodes.walk(tree) if isinstance(node, nodes.Member)}
    for node in nodes.walk(tree):
        if isinstance(node, nodes.Name) and id(node) in targets:
            yield from _call_faults(node, callable_names, over_series, near)
        elif isinstance(node, nodes.Name):
            free = id(node) in owners and node.name in _OBJECTS | known_libraries
            if node.name not in values and not free and node.name not in callable_names:
                yield _value_fault(node, values, over_series, near)
        elif isinstance(node, nodes.Member) and id(node) in targets:
            yield from _member_faults(node, known_libraries, near)


def _call_faults(node: nodes.Name, known: set[str], over_series: bool, near: Near) -> Iterator[TsError]:
    if node.name in known:
        return
    if node.name in _LATER:
        yield ArgumentFault(
            f"{node.name}() finds no forecast by itself", code="not-offered", span=node.span,
            hint="a series with data-type = forecast and an alias, then value('that alias')",
        )  # fmt: skip
    elif node.name in _ENGINE:
        yield ArgumentFault(
            f"{node.name}() is an object of the page, which is not here", code="not-offered", span=node.span,
            hint="value('alias'), previous('alias') and meta('alias') are",
        )  # fmt: skip
    elif not over_series and node.name in SERIES_FUNCTIONS:
        yield ArgumentFault(
            f"{node.name}() names other series; replace-value sees its own samples only",
            code="not-offered", span=node.span, hint="use a series with value = …",
        )  # fmt: skip
    else:
        yield _unknown("function", node, node.name, known, near)


def _value_fault(node: nodes.Name, known: set[str], over_series: bool, near: Near) -> TsError:
    if over_series and node.name in SAMPLE_VARIABLES:
        return UnknownName(
            f"{node.name} is a variable of replace-value", span=node.span,
            hint="in value write value('alias') or previous('alias')",
        )  # fmt: skip
    return _unknown("name", node, node.name, known, near)


def _member_faults(node: nodes.Member, libraries: set[str], find: Near) -> Iterator[TsError]:
    owner = node.target
    if not isinstance(owner, nodes.Name):
        return
    if owner.name == "Math" and f"Math.{node.name}" not in FUNCTIONS:
        known = [name[5:] for name in FUNCTIONS if name.startswith("Math.")]
        yield _unknown("function Math", node, node.name, known, find)
    if owner.name in libraries and node.name not in LIBRARY_FUNCTIONS:
        near = find(node.name, LIBRARY_FUNCTIONS)
        yield ArgumentFault(
            f"{owner.name}.{node.name} is not built in, and files are not executed",
            code="not-offered", span=node.span, fix=_fix(node, near),
            hint=f"did you mean {near[0]}?" if near else f"built in: {', '.join(sorted(LIBRARY_FUNCTIONS))}",
        )  # fmt: skip
