"""The text that a new chart starts with: one that draws something, never one that begins with an error."""

from __future__ import annotations

import re
from collections.abc import Mapping

EMPTY = """\
[configuration]
  timespan = 1 day

[group]
  [widget]
    type = chart

    # Nothing is stored yet. Once there are samples, name them here without the marks:
    # [series]
    #   metric = name of a metric
    #   entity = name of an entity
"""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/-]+\Z")
_LONGEST = 500


def starter_text(asked: Mapping[str, str]) -> str:
    """The chart of one series named by ``metric``, ``entity`` and ``tag.*``, else an empty one."""
    metric = one_line(asked.get("metric", ""))
    if not metric:
        return EMPTY
    lines = [
        "[configuration]",
        "  timespan = all",
        "",
        "[group]",
        "  [widget]",
        "    type = chart",
        f"    title = {metric}",
        "",
        "    [series]",
        f"      metric = {metric}",
        f"      entity = {one_line(asked.get('entity', '')) or '*'}",
    ]
    tags = {name[4:]: value for name, value in asked.items() if name.startswith("tag.")}
    return "\n".join([*lines, *tag_lines(tags)]) + "\n"


def tag_lines(tags: Mapping[str, str]) -> list[str]:
    """The tags of a series as lines below its section."""
    if not tags:
        return []
    return [
        "      [tags]",
        *(f"        {_tag_name(name)} = {_tag_value(tags[name])}" for name in sorted(tags)),
    ]


def one_line(text: str) -> str:
    return " ".join(text[:_LONGEST].split())


def _tag_name(name: str) -> str:
    name = one_line(name)
    return name if _PLAIN_NAME.match(name) else '"' + name.replace("=", "\\=") + '"'


def _tag_value(value: str) -> str:
    return one_line(value).replace("\\", "\\\\").replace(",", "\\,")
