"""A series as a small line: an SVG path in a box of 140 by 26, gaps where values are missing."""

from __future__ import annotations

import numpy as np

WIDTH, HEIGHT, PADDING = 140, 26, 2


def sparkline(times_ns: np.ndarray, values: np.ndarray) -> str:
    """The ``d`` of the path; empty when fewer than two values are known."""
    known = np.isfinite(values)
    if int(known.sum()) < 2:
        return ""
    across = (times_ns - times_ns[0]).astype(float)
    xs = PADDING + across / max(across[-1], 1.0) * (WIDTH - 2 * PADDING)
    low, high = float(values[known].min()), float(values[known].max())
    spread = high - low
    if not np.isfinite(spread) or spread <= 0:
        ys = np.full(len(values), HEIGHT / 2)
    else:
        ys = HEIGHT - PADDING - (values - low) / spread * (HEIGHT - 2 * PADDING)
    steps = []
    pen_down = False
    for x, y, there in zip(xs.tolist(), ys.tolist(), known.tolist(), strict=True):
        if there:
            steps.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        pen_down = there
    return "".join(steps)
