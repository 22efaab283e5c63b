"""Every function with arguments of every type: a column comes out, or a fault that says what is wrong."""

from __future__ import annotations

import math
from itertools import islice, product

import numpy as np
import pytest

from apps.errors import TsError
from apps.relations.aggregates import Runs, aggregate_names, aggregate_over, find_aggregate
from apps.relations.casts import cast
from apps.relations.columns import INTERVAL, RANGE, TYPES, Column, constant, nulls, of_values, text_codes
from apps.relations.compare import among, compare
from apps.relations.context import Context
from apps.relations.evaluate import evaluate
from apps.relations.expressions import Arithmetic, Call, Cast, Col, Const, Negate
from apps.relations.functions import call, functions
from apps.relations.ordering import groups_of
from tests.relations.plain import Table, doubles, texts, wholes

ROWS = 3
SUMMARY = np.zeros(ROWS, [("count", "<i8"), ("sum", "<f8")])
SAMPLES = {
    "null": nulls(ROWS),
    "numbers": doubles(1.5, None, math.nan),
    "extremes": doubles(math.inf, -1e300, 0.0),
    "wholes": wholes(2**62, None, -1),
    "small": of_values("smallint", [1, 2, 3]),
    "texts": texts("2031-04-05", None, "1 day"),
    "codes": text_codes(texts("a", None, "Europe/Vienna")),
    "one number": constant(2, ROWS),
    "one text": constant("day", ROWS),
    "one zone": constant("Europe/Vienna", ROWS),
    "one NULL": nulls(ROWS, "varchar"),
    "times": of_values("timestamp", [0, None, 2**62]),
    "dates": of_values("date", [0, None, 86_400_000_000_000]),
    "flags": of_values("boolean", [True, None, False]),
    "lengths": Column("interval", np.array([(1, 0, 0), (0, 1, 5), (0, 0, 0)], INTERVAL)),
    "one length": Column("interval", np.broadcast_to(np.array((0, 1, 0), INTERVAL), ROWS)),
    "spans": Column("range", np.array([(0, 5), (0, 0), (5, 9)], RANGE)),
    "mixed": Column("java_object", np.array(["a", 2.5, None], object)),
    "summaries": Column("summary", SUMMARY),
}
CONTEXT = Context(seed=1)


def tried(work: object, rows: int) -> None:
    """Runs something that must end in a column of so many rows or in a fault."""
    try:
        found = work()
    except TsError as fault:
        assert fault.message
        return
    assert len(found) == rows
    assert len(found.tolist()) == rows and len(found.unknown) == rows


@pytest.mark.parametrize("name", [one.name for one in functions()])
def test_functions(name: str) -> None:
    known = next(one for one in functions() if one.name == name)
    for count in range(known.least, min(known.most, 3) + 1):
        # Of three arguments every 41st combination, which still meets each pair of types somewhere.
        for columns in islice(product(SAMPLES.values(), repeat=count), 0, None, 41 if count > 2 else 1):
            tried(lambda columns=columns: call(name, columns, ROWS, CONTEXT), ROWS)
            if count < 3:
                empty = [column.take(slice(0, 0)) for column in columns]
                tried(lambda empty=empty: call(name, empty, 0, CONTEXT), 0)


@pytest.mark.parametrize("type", [*TYPES, "number"])
def test_casts(type: str) -> None:
    for column in SAMPLES.values():
        tried(lambda column=column: cast(column, type), ROWS)
        tried(lambda column=column: cast(column.take(slice(0, 0)), type), 0)


def test_operators_between_all_types() -> None:
    table = Table(SAMPLES, ROWS)
    for left, right in product(SAMPLES, repeat=2):
        for operator in "+-*/%":
            sum_of = Arithmetic(operator, Col(left), Col(right))
            tried(lambda sum_of=sum_of: evaluate(sum_of, table, CONTEXT), ROWS)
        for operator in ("=", "!=", "<", ">="):
            tried(lambda o=operator, a=left, b=right: compare(o, SAMPLES[a], SAMPLES[b]), ROWS)
        tried(lambda a=left, b=right: among(SAMPLES[a], [SAMPLES[b]]), ROWS)
        groups = groups_of([SAMPLES[left], SAMPLES[right]], ROWS)
        assert sorted(groups.order.tolist()) == list(range(ROWS))
        assert int((groups.hi - groups.lo).sum()) == ROWS
    for name in SAMPLES:
        tried(lambda name=name: evaluate(Negate(Col(name)), table, CONTEXT), ROWS)


@pytest.mark.parametrize("name", list(aggregate_names()))
def test_aggregates(name: str) -> None:
    lo, hi = np.array([0, 2, 3]), np.array([2, 3, 3])
    times_ns = np.array([0, 1, 2])
    for column in SAMPLES.values():
        for count in (0, 1, 2):
            for stamps in (None, times_ns):
                runs = Runs((column,) * count, lo, hi, stamps)
                tried(lambda runs=runs, count=count: aggregate_over(find_aggregate(name, count), runs), 3)


def test_columns_with_one_value_and_different_nulls_are_not_constant() -> None:
    table = Table.of(x=wholes(1, 2))
    cut = Call("nullif", (Const(1), Col("x")))
    assert evaluate(cut, table, CONTEXT).tolist() == [None, 1]
    assert evaluate(Cast(cut, "varchar"), table, CONTEXT).tolist() == [None, "1"]
    assert evaluate(Const((0, 1, 0), "interval"), table, CONTEXT).tolist() == [(0, 1, 0)] * 2
