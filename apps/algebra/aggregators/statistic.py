"""A statistic as a value: a name and, for some, an argument."""

from __future__ import annotations

from dataclasses import dataclass

from apps.errors import ArgumentFault, UnknownName, near_names

__all__ = ["STATISTICS", "Statistic"]

#: Names of all statistics; ``detail`` passes series through.
STATISTICS = (
    "min", "max", "avg", "sum", "count", "first", "last", "delta", "counter", "percentile", "median",
    "standard_deviation", "median_abs_dev", "slope", "intercept", "wavg", "wtavg", "min_value_time",
    "max_value_time", "threshold_count", "threshold_duration", "threshold_percent", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statistic:
    """``Statistic("avg")``, ``Statistic("percentile", 99.9)``; checked when made."""

    name: str
    argument: float | None = None

    def __post_init__(self) -> None:
        if self.name not in STATISTICS:
            near = near_names(self.name, STATISTICS)
            hint = f"did you mean {', '.join(near)}?" if near else f"statistics: {', '.join(STATISTICS)}"
            raise UnknownName(f"there is no statistic {self.name[:60]!r}", hint=hint)
        if self.name == "percentile":
            if self.argument is None or not 0 <= self.argument <= 100:
                given = "" if self.argument is None else f", not {self.argument:g}"
                raise ArgumentFault(f"percentile takes a number from 0 to 100{given}", hint="percentile(95)")
        elif self.argument is not None:
            raise ArgumentFault(f"the statistic {self.name} takes no argument")

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}({self.argument:g})"
