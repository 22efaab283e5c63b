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


def test_times_may_fall():
    times = np.array([10**12, 100, 99, 10, 9, 9, 0, -9, -10, -999, -1000])
    parts = list(millisecond_rows(times, np.arange(11.0), (b"[", b",", b"]")))
    assert json.loads(b"[" + b",".join(parts) + b"]") == [[t, v] for v, t in enumerate(times.tolist())]


def test_whole_doubles_without_a_fraction():
    values = np.array([55.0, 30.200000000000003, -0.5, 10.05, 1e16, 2.5e-7, 100.0, np.nan, -3.0])
    (part,) = millisecond_rows(np.arange(9), values, (b"[", b",", b"]"), short=True)
    assert part.startswith(b"[0,55],[1,30.200000000000003],[2,-0.5],[3,10.05],")
    assert part.endswith(b"[6,100],[7,null],[8,-3]")
    read = [value for _, value in json.loads(b"[" + part + b"]")]
    assert read == [None if value != value else value for value in values.tolist()]
    (last,) = millisecond_rows(np.array([7]), np.array([0.0]), (b"[", b",", b"]"), short=True)
    assert last == b"[7,0]"
