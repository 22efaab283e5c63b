"""Every text under tests/cases/algebra gives what it says."""

from __future__ import annotations

import math

import pytest

from apps.algebra.execute import execute
from apps.algebra.source import MemorySource
from apps.algebra.times import format_iso_ms
from apps.errors import TsError
from tests.algebra.cases import Case, load_cases


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: f"{case.place} {case.title}")
def test_case(case: Case) -> None:
    if case.fails is not None:
        with pytest.raises(TsError) as caught:
            execute(case.node(), MemorySource({}))
        assert type(caught.value).__name__ == case.fails[0]
        assert case.fails[1] in caught.value.message
        return
    results = execute(case.node(), MemorySource({}))
    assert [one.key.entity for one in results] == [entity for entity, _ in case.gives]
    for one, (_, expected) in zip(results, case.gives, strict=True):
        times, values = zip(*expected, strict=True) if expected else ((), ())
        assert format_iso_ms(one.times_ns) == format_iso_ms(list(times))
        for got, wanted in zip(one.values.tolist(), values, strict=True):
            assert math.isnan(got) if math.isnan(wanted) else got == pytest.approx(wanted, rel=1e-7)
    for code, count in case.notes.items():
        assert {note.code: note.count for note in results[0].notes}.get(code) == count
