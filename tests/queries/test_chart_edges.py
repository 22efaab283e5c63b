from __future__ import annotations

from itertools import pairwise

import numpy as np

from apps.algebra import transforms
from apps.algebra.aggregators import Statistic
from apps.algebra.periods import Period
from apps.algebra.plan import Apply, Given, Node, Read, apply
from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesRef
from apps.queries.chart_edges import is_plain_read, source_keys, widened, with_neighbours

#: Importing the transforms registers the functions named below.
REGISTERED = transforms

RAW = Read((SeriesRef(1, SeriesKey.of("load", "host")),), 10, 20, before=1)


def test_a_read_reaches_one_sample_further_on_each_side():
    wide = widened(apply("clip", RAW, start_ns=10, end_ns=20))
    assert (wide.before, wide.after, wide.start_ns) == (2, 1, 10)
    assert is_plain_read(apply("clip", RAW, start_ns=10, end_ns=20))


def test_a_rate_is_computed_wider_and_not_cut():
    wide = widened(apply("clip", apply("rate", RAW, period=None, reset="keep"), start_ns=10, end_ns=20))
    assert wide.function == "rate"
    assert wide.inputs[0].after == 1


def test_what_depends_on_the_window_is_left_alone():
    smooth = apply("limit_samples", RAW, count=5, keep="last")
    assert widened(apply("clip", smooth, start_ns=10, end_ns=20)) is None
    assert widened(Given(())) is None


def test_calendar_periods_are_computed_a_period_further():
    given = {"statistics": (Statistic("avg"),), "period": Period(1, "second"), "first": "keep"}
    node = apply("aggregate", RAW, start_ns=10, end_ns=20, **given)
    wide = widened(apply("clip", node, start_ns=10, end_ns=20))
    assert dict(wide.params)["start_ns"] == 10 - 2 * 10**9
    assert wide.inputs[0].end_ns == 20 + 4 * 10**9


def test_deep_plans_are_left_alone_rather_than_recursed_into():
    node = RAW
    for _ in range(5000):
        node = apply("rate", node, period=None, reset="keep")
    assert widened(node) is None


def test_one_neighbour_on_each_side():
    samples = Samples(np.arange(0, 50, 5), np.arange(10.0))
    assert with_neighbours(samples, 10, 20).times_ns.tolist() == [5, 10, 15, 20]
    # A window between two samples: both are kept, so that the line crosses it.
    assert with_neighbours(samples, 11, 14).times_ns.tolist() == [10, 15]
    assert with_neighbours(samples, 60, 70).times_ns.tolist() == [45]


def test_who_a_node_is_computed_from():
    assert source_keys(apply("rate", RAW, period=None, reset="keep")) == {SeriesKey.of("load", "host")}


def test_what_series_share_is_widened_once():
    known: dict[int, Node | None] = {}
    chain: list[Node] = [RAW]
    for _ in range(300):
        chain.append(apply("rate", chain[-1], period=None, reset="keep"))
    wide = [widened(one, known) for one in chain]
    assert all(isinstance(one, Apply) and one.inputs[0] is before for before, one in pairwise(wide))
