"""A name for a chart that its author did not name."""

from __future__ import annotations

import re

UNTITLED = "Untitled chart"
_SETTING = re.compile(r"^[ \t]*(title|metric)[ \t]*=[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)


def title_of(config: str) -> str:
    """The first title in a configuration, else its first metric, else a plain word."""
    found: dict[str, str] = {}
    for match in _SETTING.finditer(config):
        found.setdefault(match[1].lower(), match[2].strip()[:200])
    return found.get("title") or found.get("metric") or UNTITLED
