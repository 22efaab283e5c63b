"""Finding metrics and entities by name: exactly as written, or in any case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db import connections

from apps.algebra.series import fold
from apps.catalog.models import Entity, EntityGroup, Metric
from apps.catalog.names import meant

__all__ = ["any_case_ids", "batches", "exact_ids", "ids_called", "row_named", "variants"]

Row = TypeVar("Row", Metric, Entity, EntityGroup)
_BATCH = 1_000


def batches(items: Iterable[Any], size: int = _BATCH) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def exact_ids(model: type[Metric] | type[Entity], names: Iterable[str]) -> dict[str, int]:
    """The number of each name that is stored just so."""
    ids: dict[str, int] = {}
    for batch in batches(names):
        ids.update(model.objects.filter(name__in=batch).values_list("name", "pk"))
    return ids


def variants(model: type[Metric] | type[Entity], folded: Iterable[str]) -> dict[str, dict[str, int]]:
    """All stored names with their numbers, oldest first, by what they fold to."""
    found: dict[str, dict[str, int]] = {}
    for batch in batches(folded):
        rows = model.objects.filter(folded__in=batch).order_by("pk").values_list("folded", "name", "pk")
        for one, name, number in rows:
            found.setdefault(one, {})[name] = number
    return found


def any_case_ids(model: type[Metric] | type[Entity], names: Iterable[str]) -> dict[str, int]:
    """The number of what each name stands for in any case."""
    folded = {name: fold(name) for name in names}
    found = variants(model, set(folded.values()))
    ids = {}
    for name, one in folded.items():
        known = found.get(one, {})
        stored = meant(name, tuple(known))
        if stored is not None:
            ids[name] = known[stored]
    return ids


def ids_called(model: type[Metric] | type[Entity], names: Iterable[str], *, exact: bool = False) -> list[int]:
    """The numbers of all that have one of these names, just so or in any case."""
    # No database keeps a zero byte in a text, and PostgreSQL takes none in a question either.
    wanted = [name if exact else fold(name) for name in names if "\0" not in name]
    found: list[int] = []
    # Every look-up of series asks this first: as plain SQL it costs a tenth of what the models take.
    with connections["default"].cursor() as cursor:
        for batch in batches(wanted):
            marks = ", ".join(["%s"] * len(batch))
            column = "name" if exact else "folded"
            cursor.execute(f"SELECT id FROM {model._meta.db_table} WHERE {column} IN ({marks})", batch)
            found += [number for (number,) in cursor.fetchall()]
    return found


def row_named(model: type[Row], name: str) -> Row | None:
    """The row that a name stands for: of metrics and entities in any case, of groups exactly."""
    if not name or "\0" in name:
        return None
    if model is EntityGroup:
        return model.objects.filter(name=name).first()
    rows = {row.name: row for row in model.objects.filter(folded=fold(name)).order_by("pk")}
    stored = meant(name, tuple(rows))
    return None if stored is None else rows[stored]
