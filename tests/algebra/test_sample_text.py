from __future__ import annotations

import json

import numpy as np

from apps.algebra.sample_text import lay_in, millisecond_rows


def test_the_frame_is_the_callers():
    times = np.array([b"aa", b"bb"], "S2").view("V2")
    assert lay_in(times, np.array([1, -2]), (b"<", b"|", b">")) == b"<aa|1>,<bb|-2>"
    assert lay_in(times, np.array([np.nan, 0.5]), (b"[", b",", b"]")) == b"[aa,null],[bb,0.5]"


def test_times_of_many_widths_come_in_parts():
    times = np.array([-1000, -999, -10, -9, 0, 9, 10, 99, 100, 10**12])
    parts = list(millisecond_rows(times, np.arange(10.0), (b"[", b",", b"]")))
    assert json.loads(b"[" + b",".join(parts) + b"]") == [[t, v] for v, t in enumerate(times.tolist())]
    assert len(parts) > 1
