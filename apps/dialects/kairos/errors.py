"""Faults as KairosDB words them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apps.errors import ArgumentFault, LimitFault, TsError

__all__ = ["Reasons", "Rejected", "worded"]


class Rejected(ArgumentFault):
    """A request that is not valid, with all that is wrong at the step where reading stopped."""

    code = "rejected"

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages), data={"messages": list(messages)})
        self.messages = messages


class Reasons:
    """What is wrong, step by step: the first step that fails is the last, or all are gathered (``every``).

    KairosDB's clients know the answers of the first kind; people who fill in a form want to hear all at once.
    """

    def __init__(self, *, every: bool = False) -> None:
        self.every = every
        self.messages: list[str] = []

    @contextmanager
    def step(self) -> Iterator[None]:
        """One step of reading, after which the others can go on whether it failed or not."""
        try:
            yield
        except Rejected as refusal:
            if not self.every:
                raise
            self.messages += refusal.messages

    def about(self, place: str) -> bool:
        """Whether something was wrong at a place or inside it."""
        return any(message.startswith(place) for message in self.messages)


def worded(fault: TsError) -> TsError:
    """A fault of an execution in KairosDB's words, where it has some for a limit."""
    if isinstance(fault, LimitFault):
        match fault.data.get("limit"):
            case "samples_in":
                text = f"Query exceeded limit of {fault.data['allowed']} data points"
            case "seconds":
                text = f"Query exceeded time limit of {fault.data['allowed']:g} seconds"
            case _:
                text = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
        return LimitFault(text, code=fault.code, data={**fault.data, "messages": [text]})
    return fault
