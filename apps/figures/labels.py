"""What a series is called in the legend: its label, its pattern, its alias, or who it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.algebra.series import any_case_tag

__all__ = ["LabelFields", "series_label"]

MAX_LENGTH = 1000


@dataclass(frozen=True)
class LabelFields:
    """The words a label may be made of. ``value`` is the formatted last value."""

    metric: str = ""
    entity: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    statistics: str = ""
    period: str = ""
    rate: str = ""
    label: str = ""
    alias: str = ""
    value: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    data_type: str = ""
    forecast_name: str = ""

    @property
    def words(self) -> dict[str, str]:
        """Keyword -> its text."""
        return {
            "entity": self.entity,
            "metric": self.metric,
            "tags": ";".join(f"{name}={value}" for name, value in self.tags.items()),
            "tagName": ";".join(self.tags),
            "tagValue": ";".join(self.tags.values()),
            "statistics": self.statistics,
            "period": self.period,
            "rate": self.rate,
            "dataType": self.data_type,
            "forecastName": self.forecast_name,
            "label": self.label,
            "alias": self.alias,
            "value": self.value,
        }


def series_label(fields: LabelFields, pattern: str | None = None, *, derived: bool = False) -> str:
    """The label of a series: ``label`` if set, else the pattern, else the alias of a derived series, else
    who it is (``entity: metric: tags: statistics - period: dataType - forecastName: rate``, empty parts
    left out)."""
    if fields.label:
        return fields.label[:MAX_LENGTH]
    if pattern:
        return _from_pattern(fields, pattern)[:MAX_LENGTH]
    if derived and fields.alias:
        return fields.alias[:MAX_LENGTH]
    statistics = fields.statistics
    if fields.period and statistics:
        statistics += f" - {fields.period}"
    stored = " - ".join(part for part in (fields.data_type, fields.forecast_name) if part)
    parts = [fields.entity, fields.metric, fields.words["tags"], statistics, stored, fields.rate]
    return ": ".join(part for part in parts if part)[:MAX_LENGTH] or fields.alias


def _from_pattern(fields: LabelFields, pattern: str) -> str:
    """Keywords replaced wherever they occur, the longest first; an empty one takes the separator before it
    along. ``\\n`` breaks the line."""
    words = fields.words
    names = sorted(fields.tags, key=len, reverse=True)
    keys = [
        *(re.escape(f"tags.{name}") for name in names),
        r"tags\[['\"][^'\"\]]*['\"]\]",
        r"tags\.[A-Za-z0-9_-]+",
        r"meta\.(?:entity|metric)\.(?:tags\.[\w-]+|tags\[['\"][^'\"\]]*['\"]\]|[A-Za-z]+)",
        *(re.escape(word) for word in sorted(words, key=len, reverse=True)),
    ]
    found = re.compile(rf"(: | - )?({'|'.join(keys)})")

    def one(match: re.Match[str]) -> str:
        value = _word(match[2], fields, words)
        return (match[1] or "") + value if value else ""

    text = found.sub(one, pattern[:MAX_LENGTH])
    first = found.match(pattern)
    if first is not None and not _word(first[2], fields, words):
        text = re.sub(r"\A(?:: | - )", "", text)
    return text.replace("\\n", "\n")


def _word(key: str, fields: LabelFields, words: Mapping[str, str]) -> str:
    if key.startswith("tags."):
        return any_case_tag(fields.tags, key[5:]) or ""
    if key.startswith("tags["):
        return any_case_tag(fields.tags, key[6:-2]) or ""
    if key.startswith("meta."):
        quoted = re.sub(r"\[['\"](.*)['\"]\]", r".\1", key)
        return fields.meta.get(quoted, "")
    return words[key]
