"""Faults as KairosDB words them."""

from __future__ import annotations

from apps.errors import ArgumentFault, LimitFault, TsError

__all__ = ["Rejected", "worded"]


class Rejected(ArgumentFault):
    """A request that is not valid, with all that is wrong at the step where reading stopped."""

    code = "rejected"

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages), data={"messages": list(messages)})
        self.messages = messages


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
