"""Reading the catalog: the port that dialects plan with, and the lists of the meta API. Everything is cached
under the catalog's version, so a look-up costs one small row when nothing changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from apps.algebra.series import SeriesKey, fold
from apps.algebra.source import EVERY_SERIES, EntityInfo, MetricInfo, SeriesRef, SeriesSelector
from apps.catalog.lookup import ids_called, row_named
from apps.catalog.models import Entity, EntityGroup, Metric, Series, Tag, text_hash
from apps.catalog.newest import newest_times
from apps.catalog.patterns import has_wildcard, literal_of, matcher
from apps.catalog.ports import ports
from apps.catalog.version import Version, may_remember, read_version
from apps.errors import near_names

__all__ = [
    "ENTITY_COLUMNS",
    "METRIC_COLUMNS",
    "Catalog",
    "catalog",
    "entity_info",
    "entity_of",
    "metric_info",
    "metric_of",
]

Value = TypeVar("Value")

#: Answers remembered, and the largest number of series one remembered answer may hold.
_ANSWERS = 512
_ANSWER_SERIES = 100_000
#: Names listed in one statement; both databases take more.
_NAMES = 10_000


class _Answers:
    """A bounded memory of answers that are true for one catalog version."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version: Version | None = None
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Value]) -> Value:
        if not may_remember():
            return make()
        version = read_version()
        with self._lock:
            if version != self._version:
                self._version = version
                self._kept.clear()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        answer = make()
        if isinstance(answer, list) and len(answer) > _ANSWER_SERIES:
            return answer
        with self._lock:
            if version == self._version:
                self._kept[key] = answer
                while len(self._kept) > _ANSWERS:
                    self._kept.popitem(last=False)
        return answer


#: What is told of a metric or entity. Lists of very many are read as plain rows of these columns: making an
#: object of the model for each row costs more than reading it.
METRIC_COLUMNS = (
    "name", "label", "description", "tags", "units", "filter", "time_zone", "data_type", "interpolate",
    "enabled", "persistent", "versioned", "retention_days", "series_retention_days", "min_value",
    "max_value", "invalid_action", "created_at",
)  # fmt: skip
ENTITY_COLUMNS = (
    "name", "label", "enabled", "interpolate", "time_zone", "tags", "created_at", "version_at",
)  # fmt: skip
_METRIC_FIELDS = (
    "name", "label", "description", "tags", "units", "filter", "timeZone", "dataType", "interpolate",
    "enabled", "persistent", "versioned", "retentionDays", "seriesRetentionDays", "minValue",
    "maxValue", "invalidAction", "createdDate",
)  # fmt: skip
_ENTITY_FIELDS = (
    "name", "label", "enabled", "interpolate", "timeZone", "tags", "createdDate", "versionDate",
)  # fmt: skip


def metric_info(row: Metric) -> MetricInfo:
    """A stored metric as the engine sees it; ``fields`` are those the data API prints."""
    return metric_of([getattr(row, name) for name in METRIC_COLUMNS])


def metric_of(columns: Sequence[Any]) -> MetricInfo:
    """As :func:`metric_info`, from the values of ``METRIC_COLUMNS``."""
    named = dict(zip(METRIC_COLUMNS, columns, strict=True))
    return MetricInfo(
        name=named["name"],
        label=named["label"],
        unit=named["units"],
        data_type=named["data_type"],
        interpolate=named["interpolate"],
        time_zone=named["time_zone"],
        tags=named["tags"],
        fields=_told(_METRIC_FIELDS, columns),
    )


def entity_info(row: Entity) -> EntityInfo:
    """A stored entity as the engine sees it; ``fields`` are those the data API prints."""
    return entity_of([getattr(row, name) for name in ENTITY_COLUMNS])


def entity_of(columns: Sequence[Any]) -> EntityInfo:
    """As :func:`entity_info`, from the values of ``ENTITY_COLUMNS``."""
    name, label, _, _, time_zone, tags, _, _ = columns
    return EntityInfo(name, label, time_zone, tags, _told(_ENTITY_FIELDS, columns))


def _told(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Fields as the data API names them; empty texts and what is not set are left out."""
    return {
        name: value for name, value in zip(names, values, strict=True) if value is not None and value != ""
    }


class Catalog:
    """The stored catalog, as the engine's port and for the meta API. Names may be given in any case."""

    def __init__(self) -> None:
        self._answers = _Answers()

    # --- The engine's port ---

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        """Matching series in order of entity name, then tags."""
        key = (
            "series",
            selector.exact,
            selector.metric if selector.exact else fold(selector.metric),
            selector.entities,
            None if selector.entities is not None else selector.entity_group,
            selector.tags,
            selector.exact_tags,
            selector.forecast,
        )
        found = self._answers.get(key, lambda: self._matching(selector))
        if selector.entity_filter is not None:
            wanted = self._entities_passing(found, selector.entity_filter)
            found = [ref for ref in found if ref.key.entity in wanted]
        if selector.tag_filter is not None:
            found = [ref for ref in found if selector.tag_filter(ref.key.tag_map)]
        if selector.min_insert_ns is not None or selector.max_insert_ns is not None:
            found = _inserted_between(found, selector.min_insert_ns, selector.max_insert_ns)
        return found[: selector.limit] if selector.limit > 0 else list(found)

    def metric(self, name: str) -> MetricInfo | None:
        return self._answers.get(("metric", name), lambda: _one(Metric, name, metric_info))

    def entity(self, name: str) -> EntityInfo | None:
        return self._answers.get(("entity", name), lambda: _one(Entity, name, entity_info))

    def has_tag_name(self, name: str) -> bool:
        folded = fold(name)
        if "\0" in folded:
            return False
        return self._answers.get(("tag", folded), lambda: Tag.objects.filter(folded=folded).exists())

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        return self._near(Metric, near, limit)

    def entity_names(self, near: str, limit: int = 20) -> list[str]:
        return self._near(Entity, near, limit)

    def metrics_of_entity(self, entity: str) -> list[MetricInfo]:
        names = sorted({ref.key.metric for ref in self.series_of_entity(entity)})
        found = self._answers.get(
            ("entity-metrics", fold(entity)),
            lambda: [metric_info(row) for row in Metric.objects.filter(name__in=names[:_NAMES])],
        )
        return sorted(found, key=lambda info: info.name)

    def entities_of_group(self, group: str) -> list[EntityInfo]:
        names = sorted(self.group_members(group))
        found = self._answers.get(
            ("group-entities", group),
            lambda: [entity_info(row) for row in Entity.objects.filter(name__in=names[:_NAMES])],
        )
        return sorted(found, key=lambda info: info.name)

    # --- Further look-ups ---

    def key_of(self, series_id: int) -> SeriesKey | None:
        """Who a stored series is."""
        row = Series.every.select_related("metric", "entity").filter(pk=series_id).first()
        return row.key if row else None

    def all_names(self, kind: str) -> list[str]:
        """Every ``"metric"``, ``"entity"`` or series ``"tag"`` name, sorted."""
        model = {"metric": Metric, "entity": Entity, "tag": Tag}[kind]
        rows = model.objects.order_by("name").values_list("name", flat=True).distinct()
        return self._answers.get(("names", kind), lambda: list(rows))

    def tag_names(self, metric: str) -> list[str]:
        """Names of the tags that series of a metric carry, sorted."""
        return sorted({name for ref in self._of_metric(metric) for name, _ in ref.key.tags})

    def tag_values(self, metric: str, name: str) -> list[str]:
        """Values of one tag over the series of a metric, sorted, each once."""
        folded = fold(name)
        return sorted(
            {value for ref in self._of_metric(metric) for tag, value in ref.key.tags if fold(tag) == folded}
        )

    def group_members(self, name: str) -> frozenset[str]:
        """Entity names of a group; empty for one that does not exist or is switched off."""
        return self._answers.get(("group", name), lambda: _members(name))

    def series_of_entity(self, entity: str) -> list[SeriesRef]:
        """Every series of an entity, in order of metric, then tags."""

        def found() -> list[SeriesRef]:
            refs = _refs(Series.objects.filter(entity_id__in=ids_called(Entity, [entity])))
            return sorted(refs, key=lambda ref: (ref.key.metric, ref.key.tags))

        return self._answers.get(("entity-series", fold(entity)), found)

    def last_insert_ns(self, refs: Sequence[SeriesRef]) -> list[int | None]:
        """Time of the newest sample of each series; None without samples. Read anew each time."""
        return ports.last_times([ref.id for ref in refs])

    def newest_ns(self, *, metric: str | None = None, entity: str | None = None) -> int | None:
        """Time of the newest sample among the series of a metric, an entity, or a pair of them."""
        of_metric = None if metric is None else self.metric(metric)
        of_entity = None if entity is None else self.entity(entity)
        if (metric is not None and of_metric is None) or (entity is not None and of_entity is None):
            return None
        owner, name = ("metric", of_metric) if of_metric is not None else ("entity", of_entity)
        only = of_entity.name if of_metric is not None and of_entity is not None else None
        return None if name is None else newest_times(owner, [name.name], entity=only).get(name.name)

    # --- Inside ---

    def _of_metric(self, metric: str) -> list[SeriesRef]:
        return self.find_series(SeriesSelector(metric))

    def _near(self, model: type[Metric] | type[Entity], near: str, limit: int) -> list[str]:
        folded = fold(near)
        starts = model.objects.filter(folded__startswith=folded).order_by("folded", "name")
        names = list(starts.values_list("name", flat=True)[:limit])
        if len(names) >= limit:
            return names
        inside = model.objects.filter(folded__contains=folded).order_by("folded", "name")
        names += inside.values_list("name", flat=True)[:limit]
        everything = model.objects.order_by("name").values_list("name", flat=True)[:_NAMES]
        names += near_names(folded, everything, limit)
        return list(dict.fromkeys(names))[:limit]

    def _entities_passing(self, refs: Sequence[SeriesRef], rule: Callable[[EntityInfo], bool]) -> set[str]:
        names = {ref.key.entity for ref in refs}
        rows = Entity.objects.all()
        if len(names) <= _NAMES:
            rows = rows.filter(name__in=names)
        return {row.name for row in rows.iterator() if row.name in names and rule(entity_info(row))}

    def _matching(self, selector: SeriesSelector) -> list[SeriesRef]:
        if "\0" in selector.metric or any("\0" in name for name, _ in selector.tags):
            return []
        exact = selector.exact
        # Looked up first, one or few: left to a join, a database may well begin with the entity's series.
        metric_ids = ids_called(Metric, [selector.metric], exact=exact)
        if not metric_ids:
            return []
        rows = _of_kind(selector.forecast).filter(metric_id__in=metric_ids)
        patterns: list[Callable[[SeriesKey], bool]] = []
        if selector.entities is not None:
            rows = _with_entities(rows, selector.entities, exact, patterns)
        elif selector.entity_group is not None:
            members = self.group_members(selector.entity_group)
            if len(members) <= _NAMES:
                rows = rows.filter(entity__name__in=members)
            patterns.append(lambda key: key.entity in members)
        for name, accepted in selector.tags:
            rows = _with_tag(rows, name, accepted, exact, patterns)
        if selector.exact_tags:
            named = str if exact else fold
            names = {named(name) for name, _ in selector.tags}
            patterns.append(lambda key: {named(name) for name, _ in key.tags} == names)
            if not names:
                rows = rows.filter(tags={})
        found = [ref for ref in _refs(rows, selector.forecast) if all(test(ref.key) for test in patterns)]
        return sorted(found, key=lambda ref: (ref.key.entity, ref.key.tags, ref.key.metric))


def _one(model: Any, name: str, shape: Callable[[Any], Value]) -> Value | None:
    row = row_named(model, name)
    return None if row is None else shape(row)


def _of_kind(forecast: tuple[str, str] | None) -> QuerySet[Series]:
    """Measured series, those of one forecast, or all."""
    if forecast is None:
        return Series.objects.all()
    if forecast == EVERY_SERIES:
        return Series.every.all()
    if "\0" in forecast[1]:
        return Series.every.none()
    return Series.every.filter(kind=forecast[0], forecast_name=forecast[1])


def _refs(rows: QuerySet[Series], forecast: tuple[str, str] | None = None) -> list[SeriesRef]:
    columns = rows.order_by().values_list("pk", "metric__name", "entity__name", "tags")
    return [
        SeriesRef(number, SeriesKey(metric, entity, tuple(sorted(tags.items())), forecast))
        for number, metric, entity, tags in columns.iterator(chunk_size=5_000)
    ]


def _with_entities(
    rows: QuerySet[Series],
    patterns: Sequence[str],
    exact: bool,
    tests: list[Callable[[SeriesKey], bool]],
) -> QuerySet[Series]:
    named = str if exact else fold
    # No database keeps a zero byte in a text, and PostgreSQL takes none in a question either.
    wanted = [named(pattern) for pattern in patterns if "\0" not in pattern]
    if "*" in wanted:
        return rows
    literals = {literal_of(pattern) for pattern in wanted if not has_wildcard(pattern)}
    wild = [matcher(pattern) for pattern in wanted if has_wildcard(pattern)]

    def accepts(key: SeriesKey) -> bool:
        name = named(key.entity)
        return name in literals or any(rule.fullmatch(name) for rule in wild)

    tests.append(accepts)
    if wild or len(literals) > _NAMES:
        return rows
    return rows.filter(entity_id__in=ids_called(Entity, literals, exact=exact))


def _with_tag(
    rows: QuerySet[Series],
    name: str,
    accepted: Sequence[str],
    exact: bool,
    tests: list[Callable[[SeriesKey], bool]],
) -> QuerySet[Series]:
    named = str if exact else fold
    wanted = named(name)
    literals = {literal_of(pattern) for pattern in accepted if not has_wildcard(pattern)}
    wild = [matcher(pattern) for pattern in accepted if has_wildcard(pattern)]

    def accepts(key: SeriesKey) -> bool:
        return any(
            value in literals or any(rule.fullmatch(value) for rule in wild)
            for tag, value in key.tags
            if named(tag) == wanted
        )

    tests.append(accepts)
    if wild or len(literals) > _NAMES:
        return rows
    same = {"tag_set__name" if exact else "tag_set__folded": wanted}
    hashes = [text_hash(value) for value in literals]
    return rows.filter(Q(pk__in=Series.every.filter(**same, tag_set__value_hash__in=hashes)))


def _inserted_between(refs: list[SeriesRef], min_ns: int | None, max_ns: int | None) -> list[SeriesRef]:
    times = ports.last_times([ref.id for ref in refs])
    return [
        ref
        for ref, time_ns in zip(refs, times, strict=True)
        if time_ns is not None
        and (min_ns is None or time_ns >= min_ns)
        and (max_ns is None or time_ns < max_ns)
    ]


def _members(name: str) -> frozenset[str]:
    group = None if "\0" in name else EntityGroup.objects.filter(name=name, enabled=True).first()
    if group is None:
        return frozenset()
    if group.expression and ports.group_rule is not None:
        rule = ports.group_rule(group.expression)
        return frozenset(row.name for row in Entity.objects.iterator() if rule(entity_info(row)))
    return frozenset(group.entities.values_list("name", flat=True))


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The process's catalog, with its memory."""
    return Catalog()
