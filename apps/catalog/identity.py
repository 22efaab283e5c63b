"""From series keys to the numbers the store knows them by, in bulk, remembered."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import connections, transaction

from apps.algebra.series import SeriesKey
from apps.catalog.models import Entity, Metric, Series, Tag, series_hash, text_hash
from apps.catalog.names import fold_key
from apps.catalog.version import Version, mark_grown, may_remember, read_version

__all__ = ["resolve_series"]

_BATCH = 1_000
#: Keys remembered per process, about 400 bytes each; beyond it the memory starts over.
_REMEMBERED = 500_000


class _KnownIds:
    """Ids by key, as written by the caller. An id stays true until ``shape`` changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shape: int | None = None
        self._ids: dict[SeriesKey, int] = {}

    def at(self, shape: int) -> dict[SeriesKey, int]:
        with self._lock:
            if shape != self._shape or len(self._ids) > _REMEMBERED:
                self._shape, self._ids = shape, {}
            return self._ids


_known = _KnownIds()


def resolve_series(
    keys: Sequence[SeriesKey], *, create: bool = True, version: Version | None = None
) -> list[int | None]:
    """The id of each key, in the order asked; unknown ones are made, or None when ``create`` is off.

    Raises ArgumentFault for a name or tag that can't be stored; then nothing is made. ``version`` is the
    catalog's, when the caller has just read it.
    """
    known = _known.at((version or read_version()).shape)
    found = list(map(known.get, keys))
    if None not in found:
        return found
    wanted = {key: fold_key(key) for key, number in zip(keys, found, strict=True) if number is None}
    stored = _find(set(wanted.values()))
    absent = {folded for folded in wanted.values() if folded not in stored}
    if absent and create:
        stored |= _create(absent)
    if may_remember():
        known.update({key: stored[folded] for key, folded in wanted.items() if folded in stored})
    return [
        stored.get(wanted[key]) if number is None else number for key, number in zip(keys, found, strict=True)
    ]


def _batches(items: Iterable, size: int = _BATCH) -> Iterator[list]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _ids_by_name(model: type[Metric] | type[Entity], names: Iterable[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for batch in _batches(names):
        ids.update(model.objects.filter(name__in=batch).values_list("name", "pk"))
    return ids


def _find(keys: set[SeriesKey]) -> dict[SeriesKey, int]:
    metrics = _ids_by_name(Metric, {key.metric for key in keys})
    entities = _ids_by_name(Entity, {key.entity for key in keys})
    by_row = {
        (metrics[key.metric], entities[key.entity], series_hash(key.tag_map, key.forecast)): key
        for key in keys
        if key.metric in metrics and key.entity in entities
    }
    found: dict[SeriesKey, int] = {}
    with connections["default"].cursor() as cursor:
        for batch in _batches(by_row):
            # A join with the wanted rows, each found by the unique index; three IN lists would be tried in
            # all combinations.
            marks = ", ".join(["(%s, %s, %s)"] * len(batch))
            cursor.execute(
                "SELECT s.metric_id, s.entity_id, s.tags_hash, s.id"
                f" FROM (VALUES {marks}) AS wanted JOIN catalog_series s ON s.metric_id = wanted.column1"
                " AND s.entity_id = wanted.column2 AND s.tags_hash = wanted.column3",
                [part for row in batch for part in row],
            )
            found.update({by_row[tuple(row)]: number for *row, number in cursor.fetchall()})
    return found


def _create(keys: set[SeriesKey]) -> dict[SeriesKey, int]:
    """Make what is missing. Another process may be making the same: conflicts are ignored, then read back."""
    ordered = sorted(keys, key=lambda key: (key.metric, key.entity, key.tags, key.forecast or ()))
    with transaction.atomic(using="default"):
        metrics = _make_names(Metric, {key.metric for key in ordered})
        entities = _make_names(Entity, {key.entity for key in ordered})
        tags = _make_tags({pair for key in ordered for pair in key.tags})
        for batch in _batches(ordered):
            Series.objects.bulk_create(
                [
                    Series(
                        metric_id=metrics[key.metric],
                        entity_id=entities[key.entity],
                        tags=key.tag_map,
                        tags_hash=series_hash(key.tag_map, key.forecast),
                        kind=key.forecast[0] if key.forecast else "",
                        forecast_name=key.forecast[1] if key.forecast else "",
                    )
                    for key in batch
                ],
                ignore_conflicts=True,
            )
        found = _find(keys)
        link = Series.tag_set.through
        links = (link(series_id=found[key], tag_id=tags[pair]) for key in ordered for pair in key.tags)
        for batch in _batches(links):
            link.objects.bulk_create(batch, ignore_conflicts=True)
        mark_grown()
    return found


def _make_names(model: type[Metric] | type[Entity], names: set[str]) -> dict[str, int]:
    ids = _ids_by_name(model, names)
    absent = sorted(names - ids.keys())
    for batch in _batches(absent):
        model.objects.bulk_create([model(name=name) for name in batch], ignore_conflicts=True)
    return ids | _ids_by_name(model, absent)


def _make_tags(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    hashed = {(name, text_hash(value)): (name, value) for name, value in sorted(pairs)}
    ids: dict[tuple[str, str], int] = {}
    for batch in _batches(hashed):
        Tag.objects.bulk_create(
            [Tag(name=name, value=hashed[name, code][1], value_hash=code) for name, code in batch],
            ignore_conflicts=True,
        )
        with connections["default"].cursor() as cursor:
            marks = ", ".join(["(%s, %s)"] * len(batch))
            cursor.execute(
                f"SELECT t.name, t.value_hash, t.id FROM (VALUES {marks}) AS wanted"
                " JOIN catalog_tag t ON t.name = wanted.column1 AND t.value_hash = wanted.column2",
                [part for pair in batch for part in pair],
            )
            ids.update({hashed[name, code]: number for name, code, number in cursor.fetchall()})
    return ids
