"""Plans run: parameters checked when built, leaves read once, limits kept, faults contained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.aggregators import Statistic
from apps.algebra.execute import execute, execute_each
from apps.algebra.periods import Period
from apps.algebra.plan import Given, Read, apply
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.source import Limits, MemorySource, SeriesRef
from apps.errors import ArgumentFault, LimitFault, UnknownName
from apps.spans import Span

NS = 1_000_000_000
KEY = SeriesKey.of("m", "a", {"z": "1", "b": "2"})
SAMPLES = Samples.of([0, 10 * NS, 20 * NS], [1.0, 3.0, 2.0], texts=[None, "spike", None])
REF = SeriesRef(1, KEY)


class CountingSource(MemorySource):
    """Counts how often it is read."""

    reads = 0

    def read(self, series_ids: Sequence[int], *args: Any, **options: Any) -> list[Samples]:
        self.reads += 1
        return super().read(series_ids, *args, **options)


@pytest.fixture
def source() -> CountingSource:
    return CountingSource({1: SAMPLES})


def test_a_leaf_is_read_once_for_all_who_use_it(source: CountingSource) -> None:
    leaf, other = Read((REF,), 0, 100 * NS), Read((REF,), 0, 100 * NS)
    rated = apply("rate", leaf)
    outcomes = execute_each([rated, apply("clip", rated, start_ns=0, end_ns=15 * NS), other], source)
    assert source.reads == 1
    assert [len(outcome.series[0]) for outcome in outcomes] == [1, 1, 3]


WINDOWS = st.tuples(st.integers(-2, 12), st.integers(-2, 12), st.integers(0, 3), st.integers(0, 3))


@given(st.lists(WINDOWS, min_size=1, max_size=5), st.sets(st.integers(0, 10)), st.sets(st.integers(0, 10)))
def test_what_is_cut_from_a_shared_read_is_what_an_own_read_gives(windows, times, holes) -> None:
    at = np.array(sorted(times), np.int64)
    values = np.where(np.isin(at, list(holes)), np.nan, at.astype(float))
    leaves = [Read((REF,), *window) for window in windows]
    source = MemorySource({1: Samples(at, values)})
    for leaf, outcome in zip(leaves, execute_each(leaves, source), strict=True):
        window = (leaf.start_ns, leaf.end_ns)
        (own,) = source.read([1], *window, before=leaf.before, after=leaf.after)
        assert outcome.series[0].times_ns.tolist() == own.times_ns.tolist()


def test_windows_inside_another_one_cost_no_read(source: CountingSource) -> None:
    wide = [Read((REF,), 0, 100 * NS, before=2), Read((REF,), 0, 100 * NS, after=1)]
    outcomes = execute_each([*wide, Read((REF,), 5 * NS, 15 * NS, before=1)], source)
    assert source.reads == 1
    assert [len(outcome.series[0]) for outcome in outcomes] == [3, 3, 2]
    execute_each([Read((REF,), 0, 15 * NS), Read((REF,), 5 * NS, 25 * NS)], source)
    assert source.reads == 3  # neither lies in the other


def test_what_was_applied_is_part_of_the_identity(source: CountingSource) -> None:
    leaf = Read((REF,), 0, 100 * NS, unit="B")
    both = (Statistic("avg"), Statistic("sum"))
    found = execute(apply("aggregate", leaf, statistics=both, start_ns=0, end_ns=100 * NS), source)
    assert found[0].key == found[1].key == KEY
    assert found[0].identity != found[1].identity
    assert dict(found[1].applied[-1].params)["statistic"] == Statistic("sum")
    (rated,) = execute(apply("rate", leaf, period=Period(1, "second")), source)
    assert rated.unit == "B/s" and rated.samples.texts is None


def test_texts_are_kept_where_samples_are_kept(source: CountingSource) -> None:
    leaf = Read((REF,), 0, 100 * NS, exact=True)
    (kept,) = execute(apply("limit_samples", leaf, count=2), source)
    assert kept.samples.texts.tolist() == ["spike", None]
    carried = apply("interpolate", leaf, period=Period(5, "second"), start_ns=0, end_ns=100 * NS)
    (regular,) = execute(carried, source)
    assert regular.samples.texts.tolist() == [None, None, "spike", "spike", None]
    (thinned,) = execute(apply("downsample", leaf, difference=100.0), source)
    assert thinned.values.tolist() == [1.0, 3.0, 2.0]


def test_a_fault_stops_only_who_needs_the_part(source: CountingSource) -> None:
    leaf = Read((REF,), 0, 100 * NS)
    bad = apply("rate", leaf, span=Span(3, 7), reset="wrap")
    broken, fine = execute_each([apply("rate", bad), apply("rate", leaf)], source)
    assert isinstance(broken.error, ArgumentFault) and broken.error.span == Span(3, 7)
    assert fine.error is None


@pytest.mark.parametrize(
    ("function", "params", "fault"),
    [
        ("rat", {}, UnknownName),
        ("rate", {"perod": Period(1, "minute")}, ArgumentFault),
        ("rate", {"reset": "never"}, ArgumentFault),
        ("smooth", {"count": 3}, ArgumentFault),
        ("smooth", {"statistic": "avg", "count": 0}, ArgumentFault),
        ("downsample", {"difference": -1.0}, ArgumentFault),
        ("downsample", {"ratio": 0.5}, ArgumentFault),
    ],
)
def test_parameters_are_checked_when_the_plan_is_built(
    function: str, params: dict[str, Any], fault: type[Exception]
) -> None:
    with pytest.raises(fault) as caught:
        apply(function, Given(()), span=Span(1, 2), **params)
    assert caught.value.span == Span(1, 2)


def test_limits(source: CountingSource) -> None:
    leaf = Read((REF, REF), 0, 100 * NS)
    for limits, name in ((Limits(series=1), "series"), (Limits(samples_in=2), "samples_in")):
        with pytest.raises(LimitFault) as caught:
            execute(leaf, source, limits)
        assert caught.value.data["limit"] == name
    grid = apply("interpolate", leaf, period=Period(1, "second"), start_ns=0, end_ns=100 * NS)
    assert len(execute(grid, source, Limits(samples_out=50))[0]) == 21
    with pytest.raises(LimitFault):
        execute(grid, source, Limits(samples_out=10))


def test_a_set_function_sees_all_inputs_of_its_node() -> None:
    parts = [Given((Series(SeriesKey("m", name), Samples.of([0], [value])),)) for name, value in ("a1", "b2")]
    (found,) = execute(
        apply("group", *parts, statistics=(Statistic("sum"),), start_ns=0, end_ns=NS), MemorySource({})
    )
    assert found.values.tolist() == [3.0] and [key.entity for key in found.members] == ["a", "b"]


def test_no_inputs_give_no_outputs() -> None:
    for name, params in (("rate", {}), ("merge", {}), ("limit_series", {"count": 1})):
        assert execute(apply(name, Given(()), **params), MemorySource({})) == ()


def test_rate_multiplies_first() -> None:
    value, gap_ms = 0.1, 300
    assert value * 1000 / gap_ms != value / gap_ms * 1000
    one = Series(KEY, Samples.of([0, gap_ms * 10**6], [0.0, value]))
    (found,) = execute(apply("rate", Given((one,)), period=Period(1, "second")), MemorySource({}))
    assert found.values.tolist() == [value * 1000 / gap_ms]


def test_many_resets_are_dropped_too() -> None:
    values = np.tile([5.0, 1.0], 500)
    one = Series(KEY, Samples(np.arange(1000, dtype=np.int64), values))
    (found,) = execute(apply("rate", Given((one,))), MemorySource({}))
    assert len(found) == 499 and set(found.values.tolist()) == {4.0}
    assert found.notes[0].count == 500
