"""Writing the catalog. Field names are those of the models; each call is one transaction and idempotent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone

from apps.catalog.identity import resolve_series
from apps.catalog.lookup import any_case_ids, row_named
from apps.catalog.models import Entity, EntityGroup, Message, Metric, Property, Series, pairs_hash
from apps.catalog.names import check_text, fold_name
from apps.catalog.version import mark_changed, mark_grown
from apps.errors import ArgumentFault, ConflictFault, MissingFault

__all__ = [
    "change_group_members",
    "delete_entity",
    "delete_group",
    "delete_metric",
    "delete_properties",
    "delete_series_rows",
    "insert_messages",
    "insert_property",
    "patch_entity",
    "patch_group",
    "patch_metric",
    "put_entity",
    "put_group",
    "put_metric",
    "rename_entity",
    "rename_metric",
    "resolve_series",
    "series_removed",
]

#: Sent with ``series_ids`` after series left the catalog, so that the store lets go of their samples.
series_removed = Signal()

Row = TypeVar("Row", Metric, Entity, EntityGroup)
_FIXED = frozenset({"id", "name", "folded", "created_at", "version_at", "newest_ns", "series", "entities"})


def put_metric(name: str, fields: Mapping[str, Any]) -> Metric:
    """Create or replace: fields that are not given go back to their defaults, tags are replaced."""
    return _put(Metric, name, fold_name(name, "metric name"), fields)


def patch_metric(
    name: str, fields: Mapping[str, Any], *, create: bool = False, reset: Collection[str] = ()
) -> Metric:
    """Update: fields not given or None stay, tags are merged (a None or empty value removes the tag).

    Fields named in ``reset`` go back to their defaults.
    """
    return _patch(Metric, name, fold_name(name, "metric name"), fields, create, reset)


def put_entity(name: str, fields: Mapping[str, Any]) -> Entity:
    """As :func:`put_metric`."""
    return _put(Entity, name, fold_name(name, "entity name"), fields)


def patch_entity(
    name: str, fields: Mapping[str, Any], *, create: bool = False, reset: Collection[str] = ()
) -> Entity:
    """As :func:`patch_metric`."""
    return _patch(Entity, name, fold_name(name, "entity name"), fields, create, reset)


def put_group(name: str, fields: Mapping[str, Any]) -> EntityGroup:
    """As :func:`put_metric`; members stay. Group names keep their case."""
    return _put(EntityGroup, _group_name(name), _group_name(name), fields)


def patch_group(name: str, fields: Mapping[str, Any]) -> EntityGroup:
    """As :func:`patch_metric`."""
    return _patch(EntityGroup, _group_name(name), _group_name(name), fields, False)


def rename_metric(name: str, new_name: str) -> Metric:
    """Give a metric another name; its series, samples and settings stay."""
    return _rename(Metric, name, new_name)


def rename_entity(name: str, new_name: str) -> Entity:
    """Give an entity another name; its series, samples and settings stay."""
    return _rename(Entity, name, new_name)


def delete_metric(name: str) -> None:
    """Remove a metric with its series and their samples."""
    _delete_owner(Metric, name, "metric_id")


def delete_entity(name: str) -> None:
    """Remove an entity with its series and their samples."""
    _delete_owner(Entity, name, "entity_id")


def delete_group(name: str) -> None:
    """Remove a group; its entities stay."""
    with transaction.atomic(using="default"):
        if not EntityGroup.objects.filter(name=name).delete()[0]:
            raise MissingFault(f"there is no entity group {name!r}")
        mark_changed()


def delete_series_rows(series_ids: Collection[int]) -> int:
    """Remove series from the catalog, and tell the store. Returns how many there were."""
    ids = sorted(series_ids)
    with transaction.atomic(using="default"):
        count = 0
        for start in range(0, len(ids), 1_000):
            batch = ids[start : start + 1_000]
            Series.tag_set.through.objects.filter(series_id__in=batch).delete()
            count += Series.every.filter(pk__in=batch)._raw_delete("default")
        mark_changed()
    series_removed.send(sender=Series, series_ids=ids)
    return count


def change_group_members(
    name: str, entities: Sequence[str], *, mode: str, create_entities: bool = True
) -> EntityGroup:
    """``add`` names to a group, ``delete`` them from it, or ``set`` them as its only members."""
    if mode not in {"add", "set", "delete"}:
        raise ArgumentFault(f"{mode!r} is not one of add, set, delete")
    wanted = {entity: fold_name(entity, "entity name") for entity in entities}
    with transaction.atomic(using="default"):
        group = _get(EntityGroup, _group_name(name))
        if group.expression:
            raise ConflictFault(
                f"the members of {name!r} are computed from its expression",
                code="group-has-expression",
            )
        known = any_case_ids(Entity, wanted)
        absent = sorted({made for entity, made in wanted.items() if entity not in known})
        if absent and mode != "delete":
            if not create_entities:
                raise MissingFault(f"ENTITY not found for name: '{absent[0]}'", code="entity-not-found")
            for entity in absent:
                known[entity] = Entity.objects.create(name=entity).pk
        change = {"add": group.entities.add, "delete": group.entities.remove}
        if mode == "set":
            group.entities.set(known.values())
        else:
            change[mode](*known.values())
        mark_changed()
    return group


def insert_property(
    entity: str, type_name: str, key: Mapping[str, str], tags: Mapping[str, str], *, time_ns: int
) -> Property:
    """Store or overwrite single tags of the record under (entity, type, key); an empty value removes one."""
    folded = {fold_name(name, "tag name"): check_text(text, "tag value") for name, text in tags.items()}
    keys = {fold_name(name, "key name"): check_text(text, "key value") for name, text in key.items()}
    with transaction.atomic(using="default"):
        owner = _ensure_entity(entity)
        row, _ = Property.objects.select_for_update().get_or_create(
            entity=owner,
            type=fold_name(type_name, "property type"),
            key_hash=pairs_hash(keys),
            defaults={"key": keys, "tags": {}, "time_ns": time_ns},
        )
        merged = row.tags | folded
        row.tags = {name: text for name, text in sorted(merged.items()) if text != ""}
        row.time_ns = time_ns
        row.save()
        mark_grown()
    return row


def delete_properties(rows: Collection[Property]) -> int:
    """Remove stored properties; returns how many there were."""
    return Property.objects.filter(pk__in=[row.pk for row in rows]).delete()[0]


def insert_messages(items: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
    """Store messages given as (entity, fields of :class:`Message`); returns how many."""
    with transaction.atomic(using="default"):
        owners = {name: _ensure_entity(name) for name in {name for name, _ in items}}
        rows = [Message(entity=owners[name], **fields) for name, fields in items]
        Message.objects.bulk_create(rows, batch_size=1_000)
        mark_grown()
    return len(rows)


# --- Inside ---


def _group_name(name: str) -> str:
    text = check_text(name, "group name").strip()
    if not text:
        raise ArgumentFault("group name must not be empty")
    return text


def _ensure_entity(name: str) -> Entity:
    made = fold_name(name, "entity name")
    return row_named(Entity, name) or Entity.objects.get_or_create(name=made)[0]


def _get(model: type[Row], name: str) -> Row:
    row = row_named(model, name)
    if row is None:
        raise MissingFault(f"there is no {model._meta.verbose_name} {name!r}")
    return row


def _settable(model: type[Row]) -> dict[str, models.Field]:
    return {field.name: field for field in model._meta.concrete_fields if field.name not in _FIXED}


def _check_fields(model: type[Row], fields: Mapping[str, Any]) -> None:
    unknown = sorted(fields.keys() - _settable(model).keys())
    if unknown:
        raise ArgumentFault(f"{model._meta.verbose_name} has no field {unknown[0]!r}")


def _put(model: type[Row], name: str, made: str, fields: Mapping[str, Any]) -> Row:
    _check_fields(model, fields)
    with transaction.atomic(using="default"):
        row = row_named(model, name) or model(name=made)
        is_new = row.pk is None
        for field_name, field in _settable(model).items():
            value = fields.get(field_name)
            setattr(row, field_name, field.get_default() if value is None else value)
        row.tags = _merge_tags({}, fields.get("tags") or {})
        _save(row, is_new)
    return row


def _patch(
    model: type[Row],
    name: str,
    made: str,
    fields: Mapping[str, Any],
    create: bool,
    reset: Collection[str] = (),
) -> Row:
    _check_fields(model, {**fields, **dict.fromkeys(reset)})
    with transaction.atomic(using="default"):
        row = row_named(model, name) or (model(name=made) if create else _get(model, name))
        for field_name, value in fields.items():
            if field_name != "tags" and value is not None:
                setattr(row, field_name, value)
        for field_name in reset:
            setattr(row, field_name, _settable(model)[field_name].get_default())
        row.tags = _merge_tags(row.tags, fields.get("tags") or {})
        _save(row, row.pk is None)
    return row


def _merge_tags(stored: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    merged = dict(stored)
    for name, value in given.items():
        folded = fold_name(name, "tag name")
        if value is None or value == "":
            merged.pop(folded, None)
        else:
            merged[folded] = check_text(value, f"value of tag {name!r}")
    return dict(sorted(merged.items()))


def _save(row: Row, is_new: bool) -> None:
    """Store a row whose fields were set from outside; what they must not be is an ArgumentFault."""
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, str):
            check_text(value, field.verbose_name)
    try:
        row.clean_fields()
    except ValidationError as fault:
        field_name, messages = next(iter(fault.message_dict.items()))
        raise ArgumentFault(f"{field_name}: {messages[0]}") from None
    if isinstance(row, Entity):
        row.version_at = timezone.now()
    row.save()
    if is_new:
        mark_grown()
    else:
        mark_changed()


def _rename(model: type[Row], name: str, new_name: str) -> Row:
    folded = fold_name(new_name, "new name")
    with transaction.atomic(using="default"):
        row = _get(model, name)
        others = model.objects.exclude(pk=row.pk)
        # Only its own other spellings may be called like it in another case.
        taken = {"name": folded} if folded == row.folded else {"folded": folded}
        if others.filter(**taken).exists():
            raise ConflictFault(f"there is already a {model._meta.verbose_name} {folded!r}")
        row.name = folded
        row.save(update_fields=["name", "folded"])
        mark_changed()
    return row


def _delete_owner(model: type[Row], name: str, column: str) -> None:
    with transaction.atomic(using="default"):
        row = _get(model, name)
        ids = list(Series.every.filter(**{column: row.pk}).values_list("pk", flat=True))
    delete_series_rows(ids)
    with transaction.atomic(using="default"):
        model.objects.filter(pk=row.pk).delete()
        mark_changed()
