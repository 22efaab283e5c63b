"""The outage tickets and a catalog that knows them, for tests of plans."""

from __future__ import annotations

import fnmatch

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import EntityInfo, MemorySource, MetricInfo, SeriesRef, SeriesSelector

__all__ = ["CHANGES", "TICKETS", "OutageCatalog", "at", "source_of"]

_ROWS = """
05-24T10:43 237, 05-24T11:29 402, 05-24T12:00 497, 05-24T14:36 1013, 05-24T17:35 704, 05-24T19:01 690,
05-25T05:13 429, 05-25T06:34 437, 05-25T07:25 398, 05-25T08:29 390, 05-25T09:28 401, 05-25T10:25 374,
05-25T11:30 362, 05-25T12:30 324, 05-25T13:29 279, 05-25T14:36 266, 05-25T15:38 272, 05-25T16:27 256,
05-26T05:05 151, 05-26T06:04 149, 05-26T07:06 149, 05-26T08:00 130, 05-26T09:03 131, 05-26T10:02 117,
05-26T11:22 105, 05-26T12:31 86, 05-26T13:38 0
"""
#: As published.
CHANGES = [
    165, 95, 516, -309, -14, -261, 8, -39, -8, 11, -27, -12, -38, -45, -13, 6, -16, -105, -2, 0, -19, 1,
    -14, -12, -19, -86,
]  # fmt: skip


def at(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


TICKETS = [
    (at(f"2018-{time}"), float(value))
    for time, value in (row.split() for row in _ROWS.replace("\n", " ").split(","))
]
REFS = [
    SeriesRef(1, SeriesKey.of("outage-tickets", "hetzner", {"dc": "07"})),
    SeriesRef(2, SeriesKey.of("outage-tickets", "hetzner", {"dc": "10"})),
]


def source_of() -> MemorySource:
    times = [time for time, _ in TICKETS]
    values = [value for _, value in TICKETS]
    return MemorySource({1: Samples.of(times, values), 2: Samples.of(times[:3], values[:3])})


class OutageCatalog:
    """A catalog of one metric of one entity, two series."""

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        def fits(ref: SeriesRef) -> bool:
            entities = selector.entities or ("*",)
            tags = ref.key.tag_map
            return (
                selector.metric == ref.key.metric
                and any(fnmatch.fnmatchcase(ref.key.entity, one) for one in entities)
                and all(
                    name in tags and any(fnmatch.fnmatchcase(tags[name], one) for one in wanted)
                    for name, wanted in selector.tags
                )
            )

        return [ref for ref in REFS if fits(ref)]

    def metric(self, name: str) -> MetricInfo | None:
        return MetricInfo(name) if name == "outage-tickets" else None

    def entity(self, name: str) -> EntityInfo | None:
        return EntityInfo(name) if name == "hetzner" else None

    def has_tag_name(self, name: str) -> bool:
        return name == "dc"

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        return ["outage-tickets"]

    def entity_names(self, near: str, limit: int = 20) -> list[str]:
        return ["hetzner"]
