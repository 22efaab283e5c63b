"""What query builders are told: aggregators and groupers with their properties, as ``GET /features`` tells.

The validations are hints for forms; what a query must be is decided where it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AGGREGATORS", "FAMILIES", "GROUPERS", "Feature", "Property", "told_family", "told_features"]

UNITS = ("MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS")
Check = tuple[str, str]


def _label(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("_"))


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a feature. With ``parts`` it is an object of further ones; ``checks`` are pairs of an
    expression over ``value`` and what to say when it is false."""

    name: str
    type: str
    default: str = ""
    description: str = ""
    label: str = ""
    options: tuple[str, ...] = ()
    optional: bool = False
    autocomplete: str = ""
    multiline: bool = False
    checks: tuple[Check, ...] = ()
    parts: tuple[Property, ...] = ()

    @property
    def shown(self) -> str:
        return self.label or _label(self.name)

    def told(self) -> dict[str, Any]:
        common = {
            "name": self.name,
            "label": self.shown,
            "description": self.description,
            "optional": self.optional,
            "type": self.type,
        }
        if self.parts:
            return common | {"multiline": self.multiline, "properties": [one.told() for one in self.parts]}
        return common | {
            "options": list(self.options),
            "defaultValue": self.default,
            "autocomplete": self.autocomplete,
            "multiline": self.multiline,
            "validations": [
                {"expression": expression, "type": "js", "message": message}
                for expression, message in self.checks
            ],
        }


@dataclass(frozen=True, slots=True)
class Feature:
    """An aggregator or grouper."""

    name: str
    description: str
    properties: tuple[Property, ...] = ()
    label: str = ""

    @property
    def shown(self) -> str:
        return self.label or _label(self.name)

    def told(self) -> dict[str, Any]:
        ordered = sorted(self.properties, key=lambda one: one.shown)
        return {
            "name": self.name,
            "label": self.shown,
            "description": self.description,
            "properties": [one.told() for one in ordered],
        }


@dataclass(frozen=True, slots=True)
class Family:
    """All features of one kind."""

    name: str
    label: str
    features: tuple[Feature, ...] = field(default=())


def told_features() -> list[dict[str, Any]]:
    """Both families, their members in order of label."""
    return [
        {
            "name": family.name,
            "label": family.label,
            "properties": _told(sorted(family.features, key=lambda one: one.shown)),
        }
        for family in FAMILIES
    ]


def told_family(name: str) -> list[dict[str, Any]] | None:
    """The members of one family in order of name; None when there is no such family."""
    for family in FAMILIES:
        if family.name == name.lower():
            return _told(sorted(family.features, key=lambda one: one.name))
    return None


# --- Inside ---


def _told(features: Iterable[Feature]) -> list[dict[str, Any]]:
    return [one.told() for one in features]


def _flag(name: str, description: str, default: str = "false") -> Property:
    return Property(name, "boolean", default, description)


def _length(name: str, description: str) -> Property:
    return Property(
        name,
        "Object",
        description=description,
        parts=(
            Property(
                "value", "long", "1", "How many units.",
                checks=(("value >= 0", "Value must be greater or equal to 0."),),
            ),
            Property("unit", "enum", "MILLISECONDS", "The unit of time.", options=UNITS),
        ),
    )  # fmt: skip


def _script(description: str) -> Property:
    return Property("script", "String", "", description, multiline=True)


_SAMPLING = _length("sampling", "How long a range is.")
_ALIGN_SAMPLING = _flag(
    "align_sampling", "Ranges begin at whole units and stay the same when the query is repeated.", "true"
)
RANGE = (
    _ALIGN_SAMPLING,
    _flag("align_start_time", "A result carries the time at which its range begins."),
    _flag("align_end_time", "A result carries the time at which the next range begins."),
    _SAMPLING,
    _flag("trim", "Only the ranges between the first and the last point are walked (gaps)."),
)


AGGREGATORS = (
    Feature("avg", "The mean of each range.", RANGE, "AVG"),
    Feature("count", "How many points each range has, of any type.", RANGE),
    Feature("dev", "The sample standard deviation of each range; 0 for a single point.", RANGE),
    Feature("diff", "The difference of each point and the one before it."),
    Feature(
        "div", "Divides each value.",
        (Property("divisor", "double", "1", "What values are divided by.",
                  checks=(("value > 0", "Divisor must be greater than 0."),)),),
    ),
    Feature(
        "filter", "Leaves out the points that match.",
        (
            Property("filter_op", "enum", "equal", "How a value is compared with the threshold.",
                     options=("LTE", "LT", "GTE", "GT", "EQUAL", "NE")),
            Property("threshold", "Object", "", "A number for numeric points, or a text for texts."),
        ),
    ),
    Feature("first", "The first point of each range.", RANGE),
    Feature("gaps", "Marks each range without points by a null.", RANGE),
    Feature("last", "The last point of each range.", RANGE),
    Feature("least_squares", "Two points on the line that fits each range best.", RANGE),
    Feature("max", "The largest value of each range.", RANGE),
    Feature("min", "The smallest value of each range.", RANGE),
    Feature(
        "percentile", "The value below which a share of each range lies, between neighbours in proportion.",
        (*RANGE, Property("percentile", "double", "0.1", "The share, more than 0 and at most 1.",
                          checks=(("value < 1", "Percentile must be smaller than 1."),
                                  ("value > 0", "Percentile must be greater than 0.")))),
    ),
    Feature("rate", "The change from each point to the next per length of time.", (_SAMPLING,)),
    Feature(
        "sampler", "Each value per unit of the time since the point before it.",
        (Property("unit", "enum", "milliseconds", "The unit of time.", "Time Unit", UNITS),),
    ),
    Feature(
        "save_as", "Writes the points to another metric, and passes them on.",
        (Property("metric_name", "String", "<new name>", "The metric to write to."),),
    ),
    Feature(
        "scale", "Multiplies each value.",
        (Property("factor", "double", "0.0", "What values are multiplied by.",
                  checks=(("value > 0", "Factor must be greater than 0."),)),),
    ),
    Feature(
        "score", "How many of the thresholds a value has reached.",
        (
            Property("order", "enum", "ascending", "Whether scores rise or fall with the values.",
                     options=("ascending", "descending")),
            Property("thresholds", "array", "[]", "Objects of value and boundary (superior, inferior)."),
        ),
        "SCORE",
    ),
    Feature(
        "sma", "The mean of the last points, moving along.",
        (Property("size", "int", "10", "How many points.",
                  checks=(("value > 0", "Size must be greater than 0."),)),),
        "SMA",
    ),
    Feature("sum", "The sum of each range.", RANGE),
    Feature(
        "trim", "Leaves out the first point, the last point or both.",
        (Property("trim", "enum", "both", "Which of them.", options=("FIRST", "LAST", "BOTH")),),
    ),
    # --- Skyminer's ---
    Feature(
        "alias", "Gives the result another name.",
        (Property("alias", "String", "", "The name to show.",
                  checks=(("value.length > 0", "Alias can't be empty."),)),),
    ),
    Feature(
        "interpolation", "A regular series, on straight lines between the points.",
        (_ALIGN_SAMPLING, _SAMPLING),
    ),
    Feature("js_filter", "Keeps the points for which a script is true.",
            (_script("JavaScript over value and timestamp that gives true or false."),), "JS Filter"),
    Feature("js_function", "Makes a new value of each value.",
            (_script("JavaScript over value and timestamp that gives a number."),), "JS Function"),
    Feature(
        "js_range", "Makes one value of each range.",
        (
            *RANGE,
            _flag("allocate_array", "The points come as the list valueArray, not one after the other."),
            _script("JavaScript over values (or valueArray) that gives a number."),
        ),
        "JS Range",
    ),
    Feature("js_regression", "Makes one value of the line through each range.",
            (*RANGE, _script("JavaScript over regression that gives a number.")), "JS Regression"),
    Feature(
        "limit", "Refuses the query when a result has more points.",
        (Property("limit", "long", "1000", "How many points may come.",
                  checks=(("value >= 0", "Limit must be greater or equal to 0."),)),),
    ),
    Feature("minmax", "The smallest and the largest point of each range.", RANGE),
    Feature("normalize", "Shifts and scales values to mean 0 and standard deviation 1."),
    Feature(
        "tag", "Puts a tag on the result.",
        (
            Property("tag_name", "String", "", "The tag.", autocomplete="tags",
                     checks=(("value.length > 0", "Tag name can't be empty."),)),
            Property("tag_value", "String", "", "Its value.",
                     checks=(("value.length > 0", "Tag value can't be empty."),)),
        ),
    ),
    Feature(
        "time_align", "Moves the points so that their range meets another one.",
        (
            _flag("align_to_end", "The ends meet, not the starts."),
            Property("reference_start_time", "long", "", "Start to meet in ms; that of the query otherwise.",
                     optional=True),
            Property("reference_end_time", "long", "", "End to meet in ms; that of the query otherwise.",
                     optional=True),
        ),
    ),
    Feature(
        "time_shift", "Moves the points in time.",
        (Property("shift", "long", "0", "Milliseconds; negative moves back."),),
    ),
    Feature(
        "untag", "Takes tags off the result: all, one, or a value of one.",
        (
            Property("tag_name", "String", "", "The tag; all when left out.", optional=True,
                     autocomplete="tags"),
            Property("tag_value", "String", "", "The value; all when left out.", optional=True),
        ),
    ),
)  # fmt: skip

GROUPERS = (
    Feature(
        "bin", "Groups by which of the rising bounds a value has reached.",
        (Property("bins", "array", "[]", "The bounds.", "Bin Values",
                  checks=(("value.length > 0", "The list can't be empty."),)),),
    ),
    Feature(
        "tag", "Groups by the values of tags.",
        (Property("tags", "array", "[]", "The tags.", autocomplete="tags",
                  checks=(("value.length > 0", "Tags can't be empty."),)),),
    ),
    Feature(
        "time", "Groups that repeat after a number of time ranges.",
        (
            Property("group_count", "int", "0", "How many groups there are.", "Count",
                     checks=(("value > 0", "Count must be greater than 0."),)),
            _length("range_size", "How long a range is."),
        ),
    ),
    Feature(
        "value", "Groups by ranges of values.",
        (Property("range_size", "int", "0", "How wide a range is.", "Target Size",
                  checks=(("value >= 0", "Target size must be greater or equal than 0."),)),),
    ),
)  # fmt: skip

FAMILIES = (Family("group_by", "Group By", GROUPERS), Family("aggregators", "Aggregator", AGGREGATORS))
