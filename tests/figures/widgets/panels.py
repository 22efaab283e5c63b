"""Panels for the tests: series with last values, and a spec around them."""

from __future__ import annotations

import numpy as np

from apps.figures.format import number_format
from apps.figures.panel import PanelSeries, PanelSpec

START_NS = 1_527_120_000 * 10**9  # 2018-05-24T00:00Z
HOUR_NS = 3600 * 10**9
DAY_NS = 24 * HOUR_NS


def series(label="load", values=(1.0, 2.0, 4.0), **more) -> PanelSeries:
    column = np.array(values, float)
    times = START_NS + HOUR_NS * np.arange(len(column))
    known = np.flatnonzero(np.isfinite(column))
    form = number_format(more.get("settings", {}).get("format"))
    given = {
        "identity": (label,),
        "form": form or number_format(""),
        "last": float(column[known[-1]]) if known.size else float("nan"),
        "last_ns": int(times[known[-1]]) if known.size else None,
        "metric": "load",
        "entity": label,
    } | more
    return PanelSeries(label, times_ns=times, values=column, **given)


def panel(kind: str, *given: PanelSeries, **more) -> PanelSpec:
    fields = {
        "title": "Load",
        "start_ns": START_NS,
        "end_ns": START_NS + DAY_NS,
        "zone": "UTC",
        "width_px": 800,
    } | more
    return PanelSpec(kind, series=given, **fields)
