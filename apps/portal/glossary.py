"""What the reference pages and the editor's completion know, read from the registries."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass

import apps.algebra.aggregators
import apps.algebra.transforms
from apps.algebra.registry import FunctionSpec, functions
from apps.dialects.charts.dates import KEYWORDS as DATE_WORDS
from apps.dialects.charts.setting_row import Row
from apps.dialects.charts.settings import ROWS, SECTION_DEPTHS, normalise
from apps.dialects.kairos.features import AGGREGATORS, GROUPERS, RANGE, Property
from apps.portal.formulary import formulas

FAMILIES = {
    "transform": "Transforms",
    "aggregator": "Statistics of a period",
    "scalar": "Scalar functions",
}
PARTS = ("In", "Out", "Missing", "Errors", "Source", "Example")

#: What stands in each section, for whoever points at its name.
SECTION_HELP = {
    "configuration": "Settings of all widgets: everything below inherits them.",
    "group": "A row of widgets; its settings hold for each of them.",
    "widget": "One chart, table or text. Needs a type.",
    "series": "One series: a metric and an entity, or a formula over other series.",
    "tags": "Tags of the series: one line for each, name = value; * and ? are wildcards.",
    "tag": "Tags of the series: one line for each, name = value.",
    "threshold": "A horizontal line, at a value or a formula.",
    "axis": "Settings of one value axis: right = true describes the right one.",
    "column": "A column of a table: its key, label, format or formula.",
    "dropdown": "A list in the head of the widget; a choice changes a setting of the chart.",
    "option": "One choice of a drop-down: its value and its text.",
    "keys": "Keys of the records of a property table.",
    "property": "Which properties a table shows: type, entity and keys.",
    "properties": "Values of the properties that are looked for.",
    "placeholders": "Values for the {parts} of addresses.",
    "node": "A node of a graph: its id, label and series.",
    "link": "A line between two nodes of a graph.",
    "other": "The remainder of a pie: its label and colour.",
}

_PART = re.compile(rf"^({'|'.join(PARTS)}):[ \t]*", re.MULTILINE)


@dataclass(frozen=True)
class DocumentedParam:
    name: str
    type: str
    default: str
    help: str
    bounds: str


@dataclass(frozen=True)
class DocumentedFunction:
    """A function as its page shows it: the parts of its docstring, and its parameters."""

    name: str
    summary: str
    parts: list[tuple[str, str]]
    params: list[DocumentedParam]


def documented_functions() -> list[tuple[str, list[DocumentedFunction]]]:
    """All registered functions by family."""
    _load_all()
    groups = []
    for family, title in FAMILIES.items():
        found = [_document(spec) for spec in functions(family)]
        if found:
            groups.append((title, found))
    return groups


def _load_all() -> None:
    """Functions register when their module is imported; a page shows them all."""
    for package in (apps.algebra.transforms, apps.algebra.aggregators):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


def _document(spec: FunctionSpec) -> DocumentedFunction:
    return DocumentedFunction(spec.name, spec.summary, _parts(spec.doc), [*_params(spec)])


def _parts(doc: str) -> list[tuple[str, str]]:
    found = list(_PART.finditer(doc))
    ends = [match.start() for match in found[1:]] + [len(doc)]
    return [
        (match[1], " ".join(doc[match.end() : end].split())) for match, end in zip(found, ends, strict=True)
    ]


def _params(spec: FunctionSpec) -> Iterable[DocumentedParam]:
    for param in spec.params.values():
        rule = param.param
        if rule.help.endswith("supplied by the caller"):
            continue
        bounds = ", ".join(str(choice) for choice in rule.choices if choice is not None)
        if not bounds and (rule.minimum is not None or rule.maximum is not None):
            low = "" if rule.minimum is None else f"{rule.minimum:g}"
            high = "" if rule.maximum is None else f"{rule.maximum:g}"
            bounds = f"{low} … {high}"
        yield DocumentedParam(
            param.name,
            _type_name(param.type),
            "required" if param.required else repr(param.default).replace("'", ""),
            f"{rule.help}{f' ({rule.unit})' if rule.unit else ''}",
            bounds,
        )


def _type_name(kind: object) -> str:
    name = getattr(kind, "__name__", None) if isinstance(kind, type) else None
    return name or re.sub(r"\b(?:\w+\.)+", "", str(kind))


def documented_settings() -> list[Row]:
    """The rows of the charts language's table of settings, those that act here first."""
    return sorted(ROWS, key=lambda row: (not row.effective, row.name))


def documented_statistics() -> list[DocumentedFunction]:
    """The aggregators alone."""
    _load_all()
    return [_document(spec) for spec in functions("aggregator")]


@dataclass(frozen=True)
class DocumentedFeature:
    """An aggregator or grouper of KairosDB: what it shares with all aggregators of ranges is left out."""

    name: str
    anchor: str
    description: str
    kind: str
    properties: tuple[Property, ...]


def documented_kairos() -> list[DocumentedFeature]:
    """What KairosDB's queries may name, those over ranges first."""
    found = []
    for one in AGGREGATORS:
        is_range = set(RANGE) <= set(one.properties)
        own = tuple(each for each in one.properties if not is_range or each not in RANGE)
        kind = "aggregator of ranges" if is_range else "aggregator"
        found.append(DocumentedFeature(one.name, one.name, one.description, kind, own))
    found.sort(key=lambda one: (one.kind == "aggregator", one.name))
    return found + [
        DocumentedFeature(one.name, f"group-by-{one.name}", one.description, "grouper", one.properties)
        for one in GROUPERS
    ]


def editor_words() -> dict:
    """What the editor completes and explains without asking again; stored names come from the catalog."""
    return {
        "depths": SECTION_DEPTHS,
        "settings": [_setting_words(row) for row in documented_settings()],
        "sections": SECTION_HELP,
        "dates": list(DATE_WORDS),
        "functions": [
            {"name": one.name, "call": one.call, "help": one.help, "group": one.group} for one in formulas()
        ],
    }


def _setting_words(row: Row) -> dict:
    words = {
        "name": row.name,
        "key": normalise(row.name),
        "help": row.help,
        "type": row.type,
        "default": row.default,
        "values": list(row.allowed),
        "sections": list(row.section_names),
        "widgets": list(row.widget_types),
        "spellings": [normalise(one) for one in row.spellings.split("|") if one],
        "idle": not row.effective,
        "formula": row.expression,
    }
    return {name: value for name, value in words.items() if value not in (None, "", [], False)}
