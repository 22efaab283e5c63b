"""Scalar functions by family, and the one door to them."""

from apps.relations.functions import conditional, math, text
from apps.relations.functions.registry import ScalarFunction, call, functions, is_steady, known

__all__ = ["ScalarFunction", "call", "conditional", "functions", "is_steady", "known", "math", "text"]
