"""What the engine needs to run scripts that users write: a port, like the source of samples.

The functions over streams hand whole columns to a session; where and how scripts run is the business of
whoever implements the port. A process puts its runner in place once, at start-up.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from apps.errors import ExecutionFault

__all__ = ["ScriptRole", "ScriptRunner", "ScriptSession", "script_runner", "set_script_runner"]

#: What a script is for: a yes or no, or a number, for each point; a number for each range of points, which it
#: gets as an iterator, an array or a regression.
ScriptRole = Literal["filter", "function", "range", "array", "regression"]


class ScriptSession(Protocol):
    """The scripts of one execution, which share its time limit. Each call has a fresh environment.

    Faults are those of the script (ExecutionFault) or of its text (SyntaxFault). To be closed.
    """

    def points(self, script: str, role: ScriptRole, times_ms: np.ndarray, values: np.ndarray) -> np.ndarray:
        """What a script makes of each point; 1 and 0 for a filter's true and false."""

    def ranges(
        self,
        script: str,
        role: ScriptRole,
        times_ms: np.ndarray,
        values: np.ndarray,
        whole: np.ndarray,
        lo: np.ndarray,
        hi: np.ndarray,
    ) -> np.ndarray:
        """What a script makes of each range ``[lo, hi)``; ``whole`` marks points that are whole numbers."""

    def close(self) -> None: ...


class ScriptRunner(Protocol):
    """Runs scripts."""

    def session(self) -> ScriptSession: ...

    def check(self, script: str, role: ScriptRole) -> None:
        """Raise SyntaxFault, its message ``<eval>:LINE:COLUMN TEXT``, unless the script parses."""


_RUNNER: list[ScriptRunner] = []


def set_script_runner(runner: ScriptRunner | None) -> None:
    """Put a runner in place of the one before; None leaves the process without."""
    _RUNNER[:] = [] if runner is None else [runner]


def script_runner() -> ScriptRunner:
    """The runner in place; ExecutionFault where scripts can't be run."""
    if not _RUNNER:
        raise ExecutionFault("Scripts can't be run here", hint="no script runner was put in place")
    return _RUNNER[0]
