"""What stands above the catalog and is handed down when the apps start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apps.algebra.source import EntityInfo

__all__ = ["GroupRule", "LastTimes", "ports", "set_group_rule", "set_last_times"]

LastTimes = Callable[[Sequence[int]], list[int | None]]
GroupRule = Callable[[str], Callable[[EntityInfo], bool]]


@dataclass
class _Ports:
    last_times: LastTimes = field(default=lambda ids: [None] * len(ids))
    group_rule: GroupRule | None = None


ports = _Ports()


def set_last_times(reader: LastTimes) -> None:
    """Tell the catalog how the time of the newest sample of a series is found."""
    ports.last_times = reader


def set_group_rule(rule: GroupRule) -> None:
    """Tell the catalog how the expression of a dynamic entity group is read."""
    ports.group_rule = rule
