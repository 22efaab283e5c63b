"""The functions over series, by family. Importing this package registers them all."""

from apps.algebra.transforms import (
    aggregate,
    downsample,
    formulas,
    group,
    interpolate,
    pick,
    rate,
    sample_formulas,
    selection,
    shift,
    smooth,
)

__all__ = [
    "aggregate",
    "downsample",
    "formulas",
    "group",
    "interpolate",
    "pick",
    "rate",
    "sample_formulas",
    "selection",
    "shift",
    "smooth",
]
