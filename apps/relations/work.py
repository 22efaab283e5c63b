"""How much a query may make, who may stop it, and what its steps did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.errors import LimitFault

__all__ = ["BLOCK", "Step", "Work"]

#: Rows that a long loop handles before it asks again whether it may go on.
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Step:
    """What one operator did, for EXPLAIN; ``seconds`` is None without a clock."""

    operator: str
    rows_in: int
    rows_out: int
    seconds: float | None = None
    detail: str = ""


@dataclass
class Work:
    """The limits of one query and its steps so far.

    ``ask`` is called between operators and between blocks of long ones; it raises when the query is to end
    (its time is over, somebody cancelled it). ``clock`` gives seconds; without one steps are not timed.
    """

    max_rows: int = 20_000_000
    max_cells: int = 200_000_000
    ask: Callable[[], None] | None = None
    clock: Callable[[], float] | None = None
    steps: list[Step] = field(default_factory=list)
    _since: float | None = None

    def check(self) -> None:
        """Raises what ``ask`` raises when the query is to end."""
        if self.ask is not None:
            self.ask()
        if self.clock is not None and self._since is None:
            self._since = self.clock()

    def room(self, rows: int, columns: int, what: str) -> None:
        """LimitFault unless a table of that size may be made; asked before it is."""
        self.check()
        for name, asked, allowed in (
            ("rows", int(rows), self.max_rows),
            ("cells", int(rows) * int(columns), self.max_cells),
        ):
            if asked > allowed:
                raise LimitFault(
                    f"{what} would have {asked} {name}, more than the limit of {allowed}",
                    hint="narrow the interval or the conditions",
                    data={"limit": name, "asked": asked, "allowed": allowed, "what": what},
                )

    def blocks(self, rows: int, size: int = BLOCK) -> Iterator[slice]:
        """The rows in pieces, asking before each whether to go on."""
        for start in range(0, rows, size):
            self.check()
            yield slice(start, min(start + size, rows))

    def did(self, operator: str, rows_in: int, rows_out: int, detail: str = "") -> None:
        """Notes a finished step."""
        seconds = None
        if self.clock is not None:
            now = self.clock()
            seconds, self._since = now - (self._since if self._since is not None else now), now
        self.steps.append(Step(operator, int(rows_in), int(rows_out), seconds, detail))
