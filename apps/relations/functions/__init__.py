"""Scalar functions by family, and the one door to them."""

from apps.relations.functions import conditional, dates, intervals, lookups, math, text
from apps.relations.functions.registry import ScalarFunction, call, functions, is_steady, known

__all__ = [
    "ScalarFunction", "call", "conditional", "dates", "functions", "intervals", "is_steady", "known",
    "lookups", "math", "text",
]  # fmt: skip
