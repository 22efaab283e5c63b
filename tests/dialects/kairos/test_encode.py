"""Points as text: one block or many, both orders, each type as it was written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apps.algebra.sample_text import BLOCK
from apps.algebra.series import BOOL, FLOAT, GAP, INT, TEXT, Samples
from apps.dialects.kairos.encode import encode_points, refuse_unwritable
from apps.errors import ExecutionFault

MS = 1_000_000


def written(samples: Samples, **more: bool) -> str:
    return b"".join(map(bytes, encode_points(samples, **more))).decode()


def mixed(*points: tuple[int, object]) -> Samples:
    """FLOAT, INT, BOOL, TEXT, and None for the mark of a gap."""
    kinds = {float: FLOAT, int: INT, bool: BOOL, str: TEXT, type(None): GAP}
    texts = np.empty(len(points), object)
    texts[:] = [value if isinstance(value, str) else None for _, value in points]
    return Samples(
        np.array([time * MS for time, _ in points]),
        np.array([float(value) if isinstance(value, int | float) else np.nan for _, value in points]),
        np.array([kinds[type(value)] for _, value in points], np.uint8),
        np.array([int(value) if isinstance(value, int) else 0 for _, value in points]),
        texts,
    )


def test_doubles() -> None:
    samples = Samples.of([-MS, 0, 5 * MS + 999], [55.0, 30.200000000000003, -0.25])
    assert written(samples) == "[-1,55],[0,30.200000000000003],[5,-0.25]"
    assert written(samples, newest_first=True) == "[5,-0.25],[0,30.200000000000003],[-1,55]"
    assert written(Samples.empty()) == ""


def test_types() -> None:
    assert written(mixed((0, 2**63 - 1), (1, -(2**62) - 1))) == (
        "[0,9223372036854775807],[1,-4611686018427387905]"
    )
    large = mixed((0, 2**53 + 1), (1, 0.5), (2, 3.0), (3, True))
    assert written(large) == "[0,9007199254740993],[1,0.5],[2,3],[3,1]"
    assert written(mixed((0, 7), (1, None), (2, 0.5), (3, False))) == "[0,7],[1,null],[2,0.5],[3,0]"
    assert written(mixed((0, None), (1, None))) == "[0,null],[1,null]"
    assert written(mixed((0, 'a"b'), (1, ""), (2, "…"))) == '[0,"a\\"b"],[1,""],[2,"…"]'


@pytest.mark.parametrize("count", [1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
@pytest.mark.parametrize("newest_first", [False, True])
def test_blocks_follow_each_other(count: int, newest_first: bool) -> None:
    # Times repeat in streams, and pass from 9 to 10 digits.
    times_ms = 999_999_000 + np.arange(count) // 2
    values = np.arange(count) / 4
    wanted = list(map(list, zip(times_ms.tolist(), values.tolist(), strict=True)))
    for samples in (
        Samples(times_ms * MS, values),
        Samples(times_ms * MS, values, np.full(count, FLOAT, np.uint8), np.zeros(count, np.int64)),
    ):
        read = json.loads(f"[{written(samples, newest_first=newest_first)}]")
        assert read == (wanted[::-1] if newest_first else wanted)


@pytest.mark.parametrize(
    ("value", "word"), [(np.nan, "NaN"), (np.inf, "Infinity"), (-np.inf, "-Infinity")]
)
def test_what_no_json_holds(value: float, word: str) -> None:
    with pytest.raises(ExecutionFault) as caught:
        refuse_unwritable(Samples.of([MS, 2 * MS], [1.0, value]))
    assert caught.value.message == (
        f"NaN or Infinity:{word} data point=DoubleDataPoint{{m_value={word}, m_timestamp=2}}"
    )
    refuse_unwritable(mixed((0, None), (1, "x"), (2, 1.5)))
    refuse_unwritable(Samples.empty())
