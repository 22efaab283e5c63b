"""Names from the live catalog for the editor: what fits the metric in the text, what has samples first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.algebra.series import any_case_tag, fold
from apps.catalog.lookup import ids_called
from apps.catalog.models import Entity, Metric, Series, Tag
from apps.store.source import StoreSource

KINDS = ("metric", "entity", "tag", "value")
NAMES = 50
#: Series looked at for one answer, so that a metric of a million series answers as fast as a small one.
SERIES_SEEN = 2000
SERIES_PER_METRIC = 8


@dataclass(frozen=True)
class Offer:
    """A name that fits. ``fresh``: it has samples since the start of the interval that is drawn."""

    name: str
    about: str = ""
    fresh: bool = False


def offers(
    kind: str, near: str, *, metric: str = "", entity: str = "", tag: str = "", since_ns: int | None = None
) -> list[Offer]:
    """Names of one kind that hold ``near``: those with samples since ``since_ns`` first, then by name."""
    near, metric, entity = near.strip(), _plain(metric), _plain(entity)
    own: Found = {}
    if kind == "metric":
        own = _of_entity(near, entity)
        found = own | (_metrics(near, own) if len(own) < NAMES else {})
    elif kind == "entity":
        found = _entities(near, metric)
    else:
        found = _tags(near, metric, entity, fold(tag) if kind == "value" else None)
    fresh = _fresh({number for _, numbers in found.values() for number in numbers}, since_ns)
    all_offers = [
        Offer(name, about, any(number in fresh for number in numbers))
        for name, (about, numbers) in found.items()
    ]
    starts = near.lower()
    all_offers.sort(
        key=lambda one: (
            bool(own) and one.name not in own,
            not one.fresh,
            not one.name.lower().startswith(starts),
            one.name,
        )
    )
    return all_offers[:NAMES]


#: What is said about a name, and some of the series behind it.
Found = dict[str, tuple[str, list[int]]]


def _plain(name: str) -> str:
    """A name that is looked for as it stands; a pattern restricts nothing."""
    name = fold(name)
    return "" if any(mark in name for mark in "*?$@{") else name


def _of_entity(near: str, entity: str) -> Found:
    """Metrics that the entity has; they come before all others."""
    chosen = ids_called(Entity, [entity]) if entity else []
    if not chosen:
        return {}
    rows = Series.objects.filter(entity__in=chosen, metric__folded__contains=near.lower())
    return _grouped(rows.values_list("pk", "metric__name", "metric__label"))


def _metrics(near: str, known: Found) -> Found:
    found: Found = {}
    for row in _named(Metric, near):
        if row.name in known:
            continue
        numbers = Series.objects.filter(metric=row).values_list("pk", flat=True)[:SERIES_PER_METRIC]
        found[row.name] = (" · ".join(filter(None, (row.label, row.units))), list(numbers))
    return found


def _entities(near: str, metric: str) -> Found:
    if metric and (chosen := ids_called(Metric, [metric])):
        rows = Series.objects.filter(metric__in=chosen)
        if near:
            rows = rows.filter(entity__folded__contains=near.lower())
        return _grouped(rows.values_list("pk", "entity__name", "entity__label"))
    found: Found = {}
    for row in _named(Entity, near):
        numbers = Series.objects.filter(entity=row).values_list("pk", flat=True)[:SERIES_PER_METRIC]
        found[row.name] = (row.label, list(numbers))
    return found


def _named(model: type[Metric] | type[Entity], near: str) -> Iterable[Metric | Entity]:
    """Names that begin so, by index; then names that hold it anywhere."""
    folded = near.lower()
    starts = list(model.objects.filter(folded__startswith=folded).order_by("folded", "name")[:NAMES])
    if len(starts) == NAMES or not folded:
        return starts
    inside = model.objects.filter(folded__contains=folded).exclude(pk__in=[row.pk for row in starts])
    return [*starts, *inside.order_by("folded", "name")[: NAMES - len(starts)]]


def _grouped(rows: QuerySet) -> Found:
    found: Found = {}
    for number, name, label in rows.order_by()[:SERIES_SEEN]:
        found.setdefault(name, (label, []))[1].append(number)
    return found


def _tags(near: str, metric: str, entity: str, tag: str | None) -> Found:
    """Names of tags, or with ``tag`` the values of that one."""
    rows = Series.objects.order_by()
    if not metric and not entity:
        return _all_tags(near, tag)
    if metric:
        rows = rows.filter(metric__in=ids_called(Metric, [metric]))
    if entity:
        rows = rows.filter(entity__in=ids_called(Entity, [entity]))
    if tag is not None and near:
        rows = rows.filter(tag_set__in=Tag.objects.filter(folded=tag, value__icontains=near))
    found: Found = {}
    for number, tags in rows.values_list("pk", "tags")[:SERIES_SEEN]:
        for word in _words_of(tags, tag):
            if near.lower() in word.lower():
                found.setdefault(word, ("", []))[1].append(number)
    return found


def _words_of(tags: Mapping[str, str], tag: str | None) -> Iterable[str]:
    if tag is None:
        return tags
    value = any_case_tag(tags, tag)
    return [] if value is None else [value]


def _all_tags(near: str, tag: str | None) -> Found:
    if tag is None:
        names = Tag.objects.filter(folded__contains=near.lower()).order_by("name")
        words = names.values_list("name", flat=True).distinct()
    else:
        values = Tag.objects.filter(folded=tag, value__icontains=near).order_by("value")
        words = values.values_list("value", flat=True).distinct()
    return {word: ("", []) for word in words[:NAMES]}


def _fresh(numbers: set[int], since_ns: int | None) -> set[int]:
    if since_ns is None or not numbers:
        return set()
    ordered = sorted(numbers)
    times = StoreSource().last_times(ordered)
    return {
        number
        for number, time_ns in zip(ordered, times, strict=True)
        if time_ns is not None and time_ns >= since_ns
    }
