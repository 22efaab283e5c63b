"""From series keys to the numbers the store knows them by, in bulk, remembered.

A key is taken exactly as it is written, or in any case. In any case its metric and its entity are what
:func:`apps.catalog.names.meant` says, and its series is, among those of that metric and entity:

1. the one whose tags are written just so;
2. else the one with these tag names in lower case;
3. else the oldest with these tag names in any case (values always count as written);
4. else a new one. Whatever is new gets names in lower case.

So where only such families write, every name is in lower case, and the third question meets an empty index.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from django.db import connections, transaction
from django.db.models import Count

from apps.algebra.series import SeriesKey, fold
from apps.catalog.lookup import any_case_ids, batches, exact_ids
from apps.catalog.models import Entity, Metric, Series, Tag, any_case_hash, series_hash, text_hash
from apps.catalog.names import check_key, fold_key
from apps.catalog.version import Version, mark_changed, mark_grown, may_remember, read_version

__all__ = ["resolve_series"]

#: Keys remembered per process, about 400 bytes each; beyond it the memory starts over.
_REMEMBERED = 500_000

#: A metric, an entity and the hash of tags.
_Place = tuple[int, int, str]
#: Keys as written, with what would be made for them.
_Wanted = dict[SeriesKey, SeriesKey]


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


_known, _known_exact = _KnownIds(), _KnownIds()


def resolve_series(
    keys: Sequence[SeriesKey], *, create: bool = True, exact: bool = False, version: Version | None = None
) -> list[int | None]:
    """The id of each key, in the order asked; unknown ones are made, or None when ``create`` is off.

    ``exact``: names count as written; otherwise in any case, as told above. Raises ArgumentFault for a name
    or tag that can't be stored; then nothing is made. ``version`` is the catalog's, when the caller has just
    read it.
    """
    known = (_known_exact if exact else _known).at((version or read_version()).shape)
    found = list(map(known.get, keys))
    if None not in found:
        return found
    check = check_key if exact else fold_key
    wanted = {key: check(key) for key, number in zip(keys, found, strict=True) if number is None}
    stored = _find(wanted, exact)
    if create and len(stored) < len(wanted):
        stored |= _create({key: made for key, made in wanted.items() if key not in stored}, exact)
    if may_remember():
        known.update(stored)
    return [stored.get(key) if number is None else number for key, number in zip(keys, found, strict=True)]


# --- Inside ---


def _ids_of(model: type[Metric] | type[Entity], names: Iterable[str], exact: bool) -> dict[str, int]:
    return exact_ids(model, names) if exact else any_case_ids(model, names)


def _find(wanted: _Wanted, exact: bool) -> dict[SeriesKey, int]:
    metrics = _ids_of(Metric, {key.metric for key in wanted}, exact)
    entities = _ids_of(Entity, {key.entity for key in wanted}, exact)
    owners = {
        key: (metrics[key.metric], entities[key.entity])
        for key in wanted
        if key.metric in metrics and key.entity in entities
    }
    made = {key: (*owner, _hash(wanted[key])) for key, owner in owners.items()}
    # Exactly, what would be made is what is written.
    written = {key: (*owner, _hash(key)) for key, owner in owners.items() if key.tags != wanted[key].tags}
    stored = dict(_series_at("tags_hash", [*made.values(), *written.values()]))
    found = {key: stored[place] for key, place in made.items() if place in stored}
    found |= {key: stored[place] for key, place in written.items() if place in stored}
    if exact or len(found) == len(owners):
        return found
    left = {key: place for key, place in made.items() if key not in found}
    # The oldest comes last, and stays.
    others = dict(sorted(_series_at("any_case_hash", left.values()), key=lambda one: -one[1]))
    return found | {key: others[place] for key, place in left.items() if place in others}


def _hash(key: SeriesKey) -> str:
    return series_hash(key.tag_map, key.forecast)


def _series_at(column: str, places: Iterable[_Place]) -> Iterator[tuple[_Place, int]]:
    """The series of each metric and entity with that hash."""
    with connections["default"].cursor() as cursor:
        for batch in batches(dict.fromkeys(places)):
            # A join with the wanted rows, each found by an index; three IN lists would be tried in all
            # combinations.
            marks = ", ".join(["(%s, %s, %s)"] * len(batch))
            cursor.execute(
                f"SELECT s.metric_id, s.entity_id, s.{column}, s.id"
                f" FROM (VALUES {marks}) AS wanted JOIN catalog_series s ON s.metric_id = wanted.column1"
                f" AND s.entity_id = wanted.column2 AND s.{column} = wanted.column3",
                [part for row in batch for part in row],
            )
            for metric_id, entity_id, hashed, number in cursor.fetchall():
                yield (metric_id, entity_id, hashed), number


def _create(absent: _Wanted, exact: bool) -> dict[SeriesKey, int]:
    """Make what is missing. Another process may be making the same: conflicts are ignored, then read back."""
    ordered = sorted(absent, key=lambda key: (key.metric, key.entity, key.tags, key.forecast or ()))
    with transaction.atomic(using="default"):
        metrics, new_metrics = _make_names(Metric, {key.metric: absent[key].metric for key in ordered}, exact)
        entities, new_entities = _make_names(
            Entity, {key.entity: absent[key].entity for key in ordered}, exact
        )
        tags = _make_tags({pair for made in absent.values() for pair in made.tags})
        rows = [_row(absent[key], metrics[key.metric], entities[key.entity]) for key in ordered]
        for batch in batches(rows):
            Series.objects.bulk_create(batch, ignore_conflicts=True)
        found = _find(absent, exact)
        link = Series.tag_set.through
        links = (
            link(series_id=found[key], tag_id=tags[pair]) for key in ordered for pair in absent[key].tags
        )
        for batch in batches(links):
            link.objects.bulk_create(batch, ignore_conflicts=True)
        mark_grown()
        # Looked at after the mark, for which one process waits for another: of two that make names which
        # differ only in case, the second sees it.
        if _have_twins(Metric, new_metrics) or _have_twins(Entity, new_entities) or _have_twin_tags(rows):
            # Names in any case may mean something else from now on.
            mark_changed()
    return found


def _row(made: SeriesKey, metric_id: int, entity_id: int) -> Series:
    kind, name = made.forecast or ("", "")
    return Series(
        metric_id=metric_id,
        entity_id=entity_id,
        tags=made.tag_map,
        tags_hash=_hash(made),
        any_case_hash=any_case_hash(made.tag_map, made.forecast),
        kind=kind,
        forecast_name=name,
    )


def _make_names(
    model: type[Metric] | type[Entity], made: dict[str, str], exact: bool
) -> tuple[dict[str, int], set[str]]:
    """The number of each name, and those that were new; ``made``: what to make of a name as written."""
    ids = _ids_of(model, made, exact)
    absent = made.keys() - ids.keys()
    fresh = {made[name] for name in absent}
    for batch in batches(sorted(fresh)):
        model.objects.bulk_create([model(name=name) for name in batch], ignore_conflicts=True)
    return ids | _ids_of(model, absent, exact), fresh


def _have_twins(model: type[Metric] | type[Entity], names: set[str]) -> bool:
    """Whether one of these names is there in another case too."""
    for batch in batches({fold(name) for name in names}):
        counted = model.objects.filter(folded__in=batch).order_by().values("folded").annotate(Count("pk"))
        if counted.filter(pk__count__gt=1).exists():
            return True
    return False


def _have_twin_tags(rows: Sequence[Series]) -> bool:
    """Whether one of these series is there with names of tags in another case too."""
    plain = [(row.metric_id, row.entity_id, row.tags_hash) for row in rows if not row.any_case_hash]
    other = [(row.metric_id, row.entity_id, row.any_case_hash) for row in rows if row.any_case_hash]
    counts = Counter(place for place, _ in _series_at("any_case_hash", [*plain, *other]))
    counts.update(place for place, _ in _series_at("tags_hash", other))
    return any(counts[place] for place in plain) or any(counts[place] > 1 for place in other)


def _make_tags(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    hashed = {(name, text_hash(value)): (name, value) for name, value in sorted(pairs)}
    ids: dict[tuple[str, str], int] = {}
    for batch in batches(hashed):
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
