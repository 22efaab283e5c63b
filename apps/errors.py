"""One family of errors that are the caller's to mend, and the notes that travel with a result.

Everything a user can cause is a :class:`TsError`: it says what, where (a span, when there is a text) and
what to do instead. Anything else that is raised is a bug. How an error looks on the wire (status, body)
belongs to the dialect that answers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.spans import Span

__all__ = [
    "AccessFault",
    "ArgumentFault",
    "ConflictFault",
    "ExecutionFault",
    "LimitFault",
    "MissingFault",
    "Note",
    "SyntaxFault",
    "TsError",
    "UnknownName",
    "near_names",
]


class TsError(Exception):
    """A fault the caller can mend. ``code`` is stable and kebab-case; ``message`` is one sentence."""

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        span: Span | None = None,
        hint: str | None = None,
        fix: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.span = span
        self.hint = hint
        self.fix = fix
        self.data = dict(data or {})

    def at(self, span: Span) -> TsError:
        """The same error, placed at ``span`` unless it already has a place."""
        if self.span is None:
            self.span = span
        return self


class SyntaxFault(TsError):
    """The text can't be read."""

    code = "syntax"


class ArgumentFault(TsError):
    """A value is of the wrong type, out of bounds, or contradicts another."""

    code = "bad-argument"


class UnknownName(TsError):
    """A function, setting, alias or statistic that does not exist; ``hint`` names near ones."""

    code = "unknown-name"


class MissingFault(TsError):
    """A metric, entity, series or document that is not there."""

    code = "not-found"


class ConflictFault(TsError):
    """The thing exists already, or changed meanwhile."""

    code = "conflict"


class LimitFault(TsError):
    """The work would exceed a limit; the message says which and how large the request is."""

    code = "limit-exceeded"


class ExecutionFault(TsError):
    """A valid request that the data themselves make fail: equal times in a rate, too many points."""

    code = "execution-failed"


class AccessFault(TsError):
    """The caller may not do this. ``data['signed_in']`` tells 403 from 401."""

    code = "access-denied"


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the result should know: what was dropped, filled, unmatched, reset or cut.

    ``count`` is how many samples (or series) it concerns; ``data`` holds details as plain JSON values.
    """

    code: str
    message: str
    count: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


def near_names(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Up to ``limit`` known names that look like ``name``, best first; case is ignored."""
    if len(name) > 200:
        return []
    by_lower: dict[str, str] = {}
    for candidate in known:
        by_lower.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(name.lower(), by_lower, n=limit, cutoff=0.6)
    return [by_lower[key] for key in close]
