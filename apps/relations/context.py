"""What expressions may ask besides the rows: the time, the zone, and look-ups behind a small port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from apps.errors import ArgumentFault
from apps.relations.work import Work

__all__ = ["Calendar", "Context", "Lookups", "NoLookups"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Exceptions from Monday to Friday: days (``yyyy-MM-dd``) that are worked, and days that are not."""

    worked: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()


class Lookups(Protocol):
    """What functions look up outside the rows; absent things are None or empty."""

    def table(self, name: str) -> Mapping[str, str] | None:
        """A replacement table of LOOKUP by name."""

    def collection(self, name: str) -> Collection[str] | None:
        """A named collection of texts."""

    def entity_tag(self, entity: str, tag: str) -> str | None:
        """A tag of an entity."""

    def property(self, entity: str, expression: str) -> str | None:
        """A property of an entity, as ``type:key=value:tag``."""

    def in_group(self, entity: str, group: str) -> bool:
        """Whether an entity belongs to a group."""

    def calendar(self, name: str) -> Calendar | None:
        """A workday calendar by name."""


class NoLookups:
    """A port that knows nothing."""

    def table(self, name: str) -> Mapping[str, str] | None:
        return None

    def collection(self, name: str) -> Collection[str] | None:
        return None

    def entity_tag(self, entity: str, tag: str) -> str | None:
        return None

    def property(self, entity: str, expression: str) -> str | None:
        return None

    def in_group(self, entity: str, group: str) -> bool:
        return False

    def calendar(self, name: str) -> Calendar | None:
        return None


def _no_instants(text: str, zone: str) -> int:
    raise ArgumentFault(f"calendar expressions can't be read here: {text[:60]!r}")


@dataclass(frozen=True, eq=False)
class Context:
    """``zone`` is the query's; ``instant`` reads a calendar expression (``current_day``) in a zone to ns."""

    now_ns: int = 0
    zone: str = "UTC"
    calendar: str | None = None
    lookups: Lookups = field(default_factory=NoLookups)
    instant: Callable[[str, str], int] = _no_instants
    work: Work = field(default_factory=Work)
    seed: int = 0
