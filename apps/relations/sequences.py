"""Tables that come from nothing: the rows of ``generate_series``."""

from __future__ import annotations

import numpy as np

from apps.errors import ArgumentFault
from apps.relations.columns import Column, Table
from apps.relations.context import Context
from apps.relations.intervals import Interval, add_interval

__all__ = ["generate_numbers", "generate_times"]


def generate_times(start_ns: int, stop_ns: int, step: Interval, context: Context) -> Table:
    """Times from one to another, both included, by an interval; months are added one after the other."""
    if step == Interval(0, 0, 0):
        raise ArgumentFault("step size cannot equal zero")
    signs = {part > 0 for part in step if part}
    if len(signs) > 1:
        raise ArgumentFault("the parts of a step point in one direction")
    if not step.months:
        step_ns = (step.days * 86_400_000_000 + step.us) * 1000
        return _table(_even(start_ns, stop_ns, step_ns, context), "timestamp")
    rough = (abs(step.months) * 28 + abs(step.days)) * 86_400_000_000_000
    context.work.room(max(0, abs(stop_ns - start_ns) // rough + 1), 1, "generate_series")
    found, at, up = [], start_ns, step.months > 0
    while at <= stop_ns if up else at >= stop_ns:
        context.work.check()
        found.append(at)
        at = int(add_interval(np.array([at]), *step)[0])
    return _table(np.array(found, np.int64), "timestamp")


def generate_numbers(start: int, stop: int, step: int, context: Context) -> Table:
    """Whole numbers from one to another, both included."""
    if step == 0:
        raise ArgumentFault("step size cannot equal zero")
    return _table(_even(start, stop, step, context), "bigint")


def _even(start: int, stop: int, step: int, context: Context) -> np.ndarray:
    count = max(0, (stop - start) // step + 1)
    context.work.room(count, 1, "generate_series")
    return start + np.arange(count, dtype=np.int64) * step if count else np.zeros(0, np.int64)


def _table(values: np.ndarray, type: str) -> Table:
    return Table({"generate_series": Column(type, values)}, len(values))
