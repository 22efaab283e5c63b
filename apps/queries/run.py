"""Where a query of the data API meets the store: parse, plan, execute, render."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from django.conf import settings

from apps.algebra.execute import execute_each
from apps.algebra.source import Limits, SampleSource
from apps.catalog.selectors import catalog
from apps.dialects.atsd.nodes import Ast
from apps.dialects.atsd.parse import parse
from apps.dialects.atsd.plan import Plan, plan
from apps.dialects.atsd.render import render
from apps.dialects.atsd.render_csv import render_csv
from apps.dialects.atsd.single import read_single
from apps.queries.filters import catalog_resolver
from apps.queries.limits import query_limits
from apps.store.source import StoreSource

__all__ = ["Caller", "run_atsd", "run_atsd_single"]


class Caller(Protocol):
    """Who asks: a user, or nobody in particular."""

    @property
    def is_authenticated(self) -> bool: ...


def run_atsd(body: Any, *, now_ns: int, caller: Caller | None = None) -> Iterator[bytes]:
    """The answer to a ``series: query`` request, in blocks. All faults are raised before the first block."""
    ast = parse(body, resolver=catalog_resolver(), now_ns=now_ns)
    planned, results = _run(ast, now_ns, _limits(caller))
    return render(results, planned, catalog())


def run_atsd_single(
    format_name: str,
    entity: str,
    metric: str,
    parameters: dict[str, list[str]],
    *,
    now_ns: int,
    caller: Caller | None = None,
) -> Iterator[bytes]:
    """The answer to ``series: get`` as ``json`` or ``csv``."""
    single = read_single(entity, metric, parameters, is_csv=format_name == "csv")
    planned, results = _run(Ast((single.query,)), now_ns, _limits(caller))
    if format_name == "csv":
        return render_csv(results[0] if results else (), single.columns)
    return render(results, planned, catalog())


def _limits(caller: Caller | None) -> Limits:
    return query_limits(signed_in=caller is None or bool(caller.is_authenticated))


def _run(ast: Ast, now_ns: int, limits: Limits) -> tuple[Plan, list[Any]]:
    planned = plan(
        ast,
        now_ns=now_ns,
        catalog=catalog(),
        zone=settings.TIME_ZONE,
        max_points=limits.samples_out,
    )
    source: SampleSource = StoreSource()
    outcomes = execute_each(planned.nodes, source, limits)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return planned, [outcome.series for outcome in outcomes]
