"""Alerts of a time chart: which series or columns take the alert's look.

A column is judged by its own value; a line by its last one, as the whole shape changes its look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from apps.errors import TsError
from apps.figures.css import NO_LOOK
from apps.figures.settings import choice
from apps.figures.spec import SeriesSpec
from apps.queries.chart_series import Section
from apps.queries.panel_facts import Found, PanelScope, look_by

__all__ = ["alerted"]

#: More columns than this have no room for a look of their own.
_MOST_COLUMNS = 2000


def alerted(
    specs: Sequence[SeriesSpec],
    sections: Mapping[int, Section],
    widget: Mapping[str, str],
    now_ns: int,
    report: Callable[[TsError, Section], None],
) -> list[SeriesSpec]:
    """The series with the looks that their ``alert-expression`` and ``alert-style`` ask for now."""
    if not any("alert-expression" in one.plan.expressions for one in sections.values()):
        return list(specs)
    found = {
        (position, at): Found(section, series)
        for position, section in sections.items()
        for at, series in enumerate(section.found)
    }
    scope = PanelScope(list(found.values()), now_ns)
    looked = []
    for spec in specs:
        section = sections[spec.position]
        one = found[spec.position, spec.member]
        try:
            looked.append(_looked(spec, section, one, scope, widget))
        except TsError as error:
            report(error, section)
            looked.append(spec)
    return looked


def _looked(
    spec: SeriesSpec, section: Section, one: Found, scope: PanelScope, widget: Mapping[str, str]
) -> SeriesSpec:
    plan = section.plan
    if "alert-expression" not in plan.expressions:
        return spec

    def judged(**facts: Any) -> Any:
        def run(tree: Any, **names: Any) -> Any:
            return scope.of(tree, one, **facts, **names)

        return look_by(plan.expressions, plan.settings, run)

    modes = ("line", "column", "stack", "range", "column-stack")
    mode = choice(widget, "mode", modes) if "mode" in widget else choice(spec.settings, "mode", modes)
    if mode not in {"column", "column-stack"} or len(spec.times_ns) > _MOST_COLUMNS:
        return replace(spec, look=judged())
    values = [None if np.isnan(value) else value for value in spec.values.tolist()]
    before = [None, *values[:-1]]
    looks = [
        NO_LOOK if value is None else judged(value=value, previous=last, time=time_ns / 1e6)
        for time_ns, value, last in zip(spec.times_ns.tolist(), values, before, strict=True)
    ]
    return replace(spec, point_looks=tuple(looks))
