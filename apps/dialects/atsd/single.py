"""``series: get``: the parameters of an address as a query of one series, and the columns of its CSV form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.dialects.atsd.incoming import fold_entity, fold_metric
from apps.dialects.atsd.nodes import Query
from apps.dialects.atsd.parse import parse
from apps.errors import ArgumentFault, near_names

__all__ = ["Single", "read_single"]

_COLUMNS = ("time", "date", "entity", "metric", "value")


@dataclass(frozen=True)
class Single:
    query: Query
    columns: tuple[str, ...]


def read_single(
    entity: str, metric: str, parameters: Mapping[str, Sequence[str]], *, is_csv: bool
) -> Single:
    """The query of ``/series/{format}/{entity}/{metric}?…`` and, for CSV, its columns."""
    tags = {
        name[2:].strip().lower(): list(values)
        for name, values in parameters.items()
        if name[:2].lower() == "t:" and name[2:].strip()
    }
    one = {name: values[-1] for name, values in parameters.items() if values}
    body: dict[str, Any] = {
        "entity": fold_entity(entity),
        "metric": fold_metric(metric),
        "tags": tags,
        "timeFormat": one.get("timeFormat") or "milliseconds",
    }
    for name in ("startDate", "endDate", "timezone", "limit"):
        if one.get(name):
            # A plus sign in an address means a blank; here nothing but an offset can be meant.
            body[name] = one[name] if name == "limit" else one[name].replace(" ", "+")
    if one.get("interval"):
        body["interval"] = _count_unit(one["interval"], "interval")
    if one.get("aggregate"):
        body["aggregate"] = _aggregate(parameters, one)
    (query,) = parse([body]).queries
    columns = _columns(one.get("columns") or one.get("fields"), sorted(tags)) if is_csv else ()
    return Single(query, columns)


def _count_unit(text: str, name: str) -> dict[str, str]:
    """``1-DAY`` as the JSON form has it."""
    count, dash, unit = text.strip().rpartition("-")
    if not dash or not count:
        raise ArgumentFault(f"{name} must be written as 1-DAY, not {text[:40]!r}")
    return {"count": count, "unit": unit}


def _aggregate(parameters: Mapping[str, Sequence[str]], one: Mapping[str, str]) -> dict[str, Any]:
    types = [name for text in parameters["aggregate"] for name in text.split(",") if name.strip()]
    stage: dict[str, Any] = {"types": types}
    if one.get("period"):
        stage["period"] = _count_unit(one["period"], "period")
        if one.get("align"):
            stage["period"]["align"] = one["align"]
    return stage


def _columns(text: str | None, tags: Sequence[str]) -> tuple[str, ...]:
    if not text:
        return ("time", "entity", "metric", *(f"t:{name}" for name in tags), "value")
    columns = []
    for part in text.split(",")[:1000]:
        name = part.strip().lower()
        if name not in _COLUMNS and not (name.startswith("t:") and name[2:]):
            near = near_names(name, _COLUMNS)
            raise ArgumentFault(
                f"Unknown column: {part.strip()[:60]}",
                hint=f"did you mean {near[0]}?" if near else f"one of {', '.join(_COLUMNS)}, t:<tag>",
            )
        columns.append(name)
    return tuple(columns)
