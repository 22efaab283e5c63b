"""What the reader of a text is told about it: severity, place, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from apps.errors import TsError, near_names
from apps.spans import Span, TextMap

__all__ = ["Diagnostic", "Diagnostics", "Severity"]

Severity = Literal["error", "warning", "info"]

#: A text can go wrong in more places than anybody reads.
MAX_DIAGNOSTICS = 200
#: Looking for similar names is slow; the first findings get a hint.
MAX_HINTS = 40
#: Characters of all expressions of one text; reading them is the slowest part.
MAX_FORMULA_CHARACTERS = 100_000


#: What readers of values raise about a value that the table of settings has refused already.
_AGAIN = frozenset({"bad-argument", "unknown-name"})


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. Lines and columns count from 1; the end is exclusive. ``fix`` replaces the range."""

    severity: Severity
    code: str
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None = None
    fix: str | None = None


@dataclass
class Diagnostics:
    """The findings of one text, collected in any order, read in the order of the text."""

    text: TextMap
    _found: dict[tuple[int, int, str, str], Diagnostic] = field(default_factory=dict)
    cut: bool = False
    hints_left: int = MAX_HINTS
    formula_left: int = MAX_FORMULA_CHARACTERS

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        span: Span,
        *,
        hint: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Record a finding; the same finding at the same place is recorded once."""
        key = (span.start, span.end, code, message)
        if key in self._found:
            return
        if len(self._found) >= MAX_DIAGNOSTICS:
            self.cut = True
            return
        start, end = self.text.position(span.start), self.text.position(span.end)
        self._found[key] = Diagnostic(
            severity, code, message, start.line, start.column, end.line, end.column, hint, fix
        )

    def near(self, name: str, known: Iterable[str]) -> list[str]:
        """Known names that look like ``name``; none once the hints are used up."""
        self.hints_left -= 1
        return near_names(name, known) if self.hints_left >= 0 else []

    def error(self, code: str, message: str, span: Span, **more: str | None) -> None:
        self.add("error", code, message, span, **more)

    def warning(self, code: str, message: str, span: Span, **more: str | None) -> None:
        self.add("warning", code, message, span, **more)

    def info(self, code: str, message: str, span: Span, **more: str | None) -> None:
        self.add("info", code, message, span, **more)

    def fault(self, error: TsError, fallback: Span) -> None:
        """Record an error that was raised; it stands at its own place if it has one."""
        self.error(error.code, error.message, error.span or fallback, hint=error.hint, fix=error.fix)

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """The findings in the order of the text."""
        # What the table of settings says of a value tells all that a reader of the value says once more.
        judged = {key[:2] for key, one in self._found.items() if one.code == "bad-value"}
        kept = (one for key, one in self._found.items() if key[:2] not in judged or one.code not in _AGAIN)
        found = sorted(kept, key=lambda one: (one.line, one.column, one.code))
        if self.cut:
            last = self.text.position(len(self.text.text))
            found.append(
                Diagnostic(
                    "info",
                    "more-findings",
                    f"only the first {MAX_DIAGNOSTICS} findings are listed",
                    last.line,
                    last.column,
                    last.line,
                    last.column,
                )
            )
        return tuple(found)

    @property
    def has_errors(self) -> bool:
        return any(one.severity == "error" for one in self._found.values())
