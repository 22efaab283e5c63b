"""Who the series are: metrics, entities, tags, series, and what is told of them. Samples: apps.store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from apps.algebra.series import SeriesKey, fold

__all__ = [
    "MAX_NAME_LENGTH",
    "CatalogVersion",
    "Entity",
    "EntityGroup",
    "Message",
    "Metric",
    "Property",
    "Series",
    "Tag",
    "any_case_hash",
    "pairs_hash",
    "series_hash",
    "text_hash",
]

#: Names are indexed; PostgreSQL refuses index entries beyond 2,700 bytes, which 512 characters never reach.
MAX_NAME_LENGTH = 512
HASH_LENGTH = 32


def text_hash(text: str) -> str:
    """A fixed-length stand-in for a text of any length, for unique indexes."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=HASH_LENGTH // 2).hexdigest()


def pairs_hash(pairs: Mapping[str, str]) -> str:
    """The identity of a set of name-value pairs, whatever their order.

    The pairs are encoded as JSON, which delimits every text, so no two different sets read alike.
    """
    return text_hash(json.dumps(sorted(pairs.items()), ensure_ascii=False, separators=(",", ":")))


def series_hash(tags: Mapping[str, str], forecast: tuple[str, str] | None = None) -> str:
    """The identity of a series among those of its metric and entity."""
    if forecast is None:
        return pairs_hash(tags)
    return text_hash(json.dumps([*forecast, sorted(tags.items())], ensure_ascii=False, separators=(",", ":")))


def any_case_hash(tags: Mapping[str, str], forecast: tuple[str, str] | None = None) -> str | None:
    """The identity that a series has where the case of tag names is overlooked.

    None where that is its identity anyway, which is nearly always, and where two names would become one.
    """
    folded = {fold(name): value for name, value in tags.items()}
    if len(folded) < len(tags) or folded.keys() == tags.keys():
        return None
    return series_hash(folded, forecast)


class FoldedField(models.CharField):
    """The row's name as :func:`fold` gives it, put there whenever the row is stored, in bulk too."""

    def __init__(self, **options: Any) -> None:
        # One capital letter (İ) is two characters in lower case.
        super().__init__(**{"max_length": 2 * MAX_NAME_LENGTH, "editable": False, "default": "", **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = fold(model_instance.name)
        setattr(model_instance, self.attname, folded)
        return folded

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """For migrations it is a column of texts as any other."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


class DataType(models.TextChoices):
    SHORT = "SHORT"
    INTEGER = "INTEGER"
    LONG = "LONG"
    FLOAT = "FLOAT"
    DOUBLE = "DOUBLE"
    DECIMAL = "DECIMAL"


class InterpolateMode(models.TextChoices):
    LINEAR = "LINEAR"
    PREVIOUS = "PREVIOUS"


class InvalidAction(models.TextChoices):
    NONE = "NONE"
    DISCARD = "DISCARD"
    TRANSFORM = "TRANSFORM"
    RAISE_ERROR = "RAISE_ERROR"
    SET_VERSION_STATUS = "SET_VERSION_STATUS"


class Metric(models.Model):
    """What is measured, with the settings that act on incoming samples.

    ``name`` is exact. Families that overlook case find it by ``folded``, which several names may share.
    """

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    folded = FoldedField(db_index=True)
    label = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, default="")
    description = models.TextField(blank=True, default="")
    units = models.CharField(max_length=128, blank=True, default="")
    filter = models.TextField(
        blank=True, default="", help_text="Samples for which this expression is false are discarded."
    )
    time_zone = models.CharField(max_length=64, blank=True, default="")
    data_type = models.CharField(max_length=8, choices=DataType, default=DataType.FLOAT)
    interpolate = models.CharField(max_length=8, choices=InterpolateMode, default=InterpolateMode.LINEAR)
    enabled = models.BooleanField(default=True, help_text="Off: incoming samples are discarded.")
    persistent = models.BooleanField(default=True, help_text="Off: samples are not stored.")
    versioned = models.BooleanField(default=False)
    retention_days = models.PositiveIntegerField(default=0, help_text="0 keeps samples for ever.")
    series_retention_days = models.PositiveIntegerField(
        default=0, help_text="Remove series whose newest sample is older; 0 keeps them."
    )
    min_value = models.FloatField(null=True, blank=True)
    max_value = models.FloatField(null=True, blank=True)
    invalid_action = models.CharField(max_length=20, choices=InvalidAction, default=InvalidAction.NONE)
    tags = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    newest_ns = models.BigIntegerField(
        null=True, editable=False, help_text="newest sample, as last summed up (apps.catalog.newest)"
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Entity(models.Model):
    """Where it is measured. Names as those of metrics."""

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    folded = FoldedField(db_index=True)
    label = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, default="")
    enabled = models.BooleanField(default=True, help_text="Off: incoming samples are discarded.")
    interpolate = models.CharField(max_length=8, choices=InterpolateMode, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    tags = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version_at = models.DateTimeField(default=timezone.now, editable=False)
    newest_ns = models.BigIntegerField(
        null=True, editable=False, help_text="newest sample, as last summed up (apps.catalog.newest)"
    )

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "entities"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """One name with one value, shared by all series that carry it."""

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    folded = FoldedField()
    value = models.TextField()
    value_hash = models.CharField(max_length=HASH_LENGTH, editable=False)

    class Meta:
        ordering = ("name", "value")
        # The hash and not the value: a value may be longer than an index entry.
        constraints = (models.UniqueConstraint(fields=("name", "value_hash"), name="tag_once"),)
        indexes = (models.Index(fields=("folded", "value_hash"), name="tag_in_any_case"),)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"

    def save(self, *args, **kwargs) -> None:
        self.value_hash = text_hash(self.value)
        super().save(*args, **kwargs)


class MeasuredSeries(models.Manager):
    """Series without the forecasts of them."""

    def get_queryset(self) -> models.QuerySet[Series]:
        return super().get_queryset().filter(kind="")


class Series(models.Model):
    """A metric of an entity with tags. Unique however the tags are ordered.

    Forecasts of a series are stored beside it, as series of another ``kind`` with the name of the forecast.
    Nobody who lists series wants them, so ``objects`` leaves them out; ``every`` has them.

    ``tags`` repeats the related tags, sorted, so that printing a series needs no join. The unique index
    begins with metric and entity, so the series of one pair are found by index among millions.

    Names of tags are exact. ``any_case_hash`` is set, and indexed, only where some of them have capitals or
    blanks around them: what it costs, only such series cost.
    """

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="series", db_index=False)
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="series")
    tags = models.JSONField(default=dict, blank=True)
    tags_hash = models.CharField(max_length=HASH_LENGTH, editable=False)
    any_case_hash = models.CharField(max_length=HASH_LENGTH, null=True, editable=False)
    kind = models.CharField(
        max_length=20, blank=True, default="", editable=False, help_text="empty, or FORECAST…"
    )
    forecast_name = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, default="", editable=False)
    tag_set = models.ManyToManyField(Tag, related_name="series", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MeasuredSeries()
    every = models.Manager()

    class Meta:
        verbose_name_plural = "series"
        constraints = (models.UniqueConstraint(fields=("metric", "entity", "tags_hash"), name="series_once"),)
        indexes = (
            models.Index(
                fields=("metric", "entity", "any_case_hash"),
                name="series_in_any_case",
                condition=models.Q(any_case_hash__isnull=False),
            ),
        )

    def __str__(self) -> str:
        tags = ", ".join(f"{name}={value}" for name, value in sorted(self.tags.items()))
        return f"{self.metric} {self.entity}" + (f" ({tags})" if tags else "")

    def save(self, *args, **kwargs) -> None:
        self.tags = dict(sorted(self.tags.items()))
        self.tags_hash = series_hash(self.tags, self.forecast)
        self.any_case_hash = any_case_hash(self.tags, self.forecast)
        super().save(*args, **kwargs)

    @property
    def forecast(self) -> tuple[str, str] | None:
        return (self.kind, self.forecast_name) if self.kind else None

    @property
    def key(self) -> SeriesKey:
        return SeriesKey.of(self.metric.name, self.entity.name, self.tags)._replace(forecast=self.forecast)


class EntityGroup(models.Model):
    """Entities named one by one, or computed from an expression when there is one."""

    name = models.CharField(max_length=MAX_NAME_LENGTH, unique=True)
    enabled = models.BooleanField(default=True)
    expression = models.TextField(blank=True, default="")
    tags = models.JSONField(default=dict, blank=True)
    entities = models.ManyToManyField(Entity, related_name="entity_groups", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Property(models.Model):
    """What is known of an entity at one time, under a type and a key."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="properties", db_index=False)
    type = models.CharField(max_length=MAX_NAME_LENGTH)
    key = models.JSONField(default=dict, blank=True)
    key_hash = models.CharField(max_length=HASH_LENGTH, editable=False)
    tags = models.JSONField(default=dict, blank=True)
    time_ns = models.BigIntegerField()

    class Meta:
        ordering = ("entity", "type", "key_hash")
        verbose_name_plural = "properties"
        constraints = (models.UniqueConstraint(fields=("entity", "type", "key_hash"), name="property_once"),)
        indexes = (models.Index(fields=("type", "entity"), name="property_by_type"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.type}"

    def save(self, *args, **kwargs) -> None:
        self.key = dict(sorted(self.key.items()))
        self.key_hash = pairs_hash(self.key)
        super().save(*args, **kwargs)


class Message(models.Model):
    """A text that an entity sent at one time."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="messages", db_index=False)
    type = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, default="logger")
    source = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, default="default")
    severity = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(blank=True, default="")
    tags = models.JSONField(default=dict, blank=True)
    time_ns = models.BigIntegerField()

    class Meta:
        ordering = ("time_ns", "id")
        indexes = (
            models.Index(fields=("entity", "time_ns"), name="message_by_entity"),
            models.Index(fields=("time_ns",), name="message_by_time"),
        )

    def __str__(self) -> str:
        return self.text[:80]


class CatalogVersion(models.Model):
    """One row of two counters by which every process sees that its cached look-ups are out of date.

    ``growth`` rises when something is added, ``shape`` when something known changes or goes away.
    """

    growth = models.BigIntegerField(default=0)
    shape = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "catalog version"

    def __str__(self) -> str:
        return f"{self.growth}.{self.shape}"
