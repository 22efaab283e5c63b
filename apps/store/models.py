"""Where samples are kept: chunks of one series, and a log of recent writes before them.

``stripe`` (``series_id >> 8``) leads every key, so that it can be the distribution column on Citus. Rows are
read and written by hand-written statements in this package; the models carry the schema.
"""

from __future__ import annotations

from django.db import models

__all__ = ["STRIPE_BITS", "Chunk", "Expiry", "Head", "LateRange", "Watch", "stripe_of"]

STRIPE_BITS = 8


def stripe_of(series_id: int) -> int:
    """The stripe a series belongs to: 256 neighbours share one."""
    return series_id >> STRIPE_BITS


class Chunk(models.Model):
    """Up to 4,096 samples of one series, sorted, encoded; chunks of a series do not overlap.

    ``vinc`` is the counter-aware increase inside the chunk; with ``vfirst`` and ``vlast`` the increase over
    a long range needs no payload but those of the edges. Statistics leave out NaN; None where there is none.
    """

    pk = models.CompositePrimaryKey("stripe", "series_id", "t0")
    stripe = models.IntegerField()
    series_id = models.BigIntegerField()
    t0 = models.BigIntegerField(help_text="time of the first sample, ns")
    t1 = models.BigIntegerField(help_text="time of the last sample, ns")
    n = models.IntegerField()
    kind = models.SmallIntegerField()
    codec = models.SmallIntegerField()
    crc = models.BigIntegerField()
    vmin = models.FloatField(null=True)
    vmax = models.FloatField(null=True)
    vsum = models.FloatField(null=True)
    vfirst = models.FloatField(null=True)
    vlast = models.FloatField(null=True)
    vinc = models.FloatField(null=True)
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"series {self.series_id} from {self.t0}"


class Head(models.Model):
    """One write batch of one stripe, raw. ``id`` grows: a later row wins over an earlier one."""

    pk = models.CompositePrimaryKey("stripe", "id")
    stripe = models.IntegerField()
    id = models.BigIntegerField()
    n = models.IntegerField()
    t0 = models.BigIntegerField(help_text="earliest sample, ns")
    t1 = models.BigIntegerField(help_text="latest sample, ns")
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"stripe {self.stripe} batch {self.id}"


class Expiry(models.Model):
    """Samples of one stripe that go at one moment; ``payload`` holds pairs of series and time."""

    pk = models.CompositePrimaryKey("stripe", "id")
    stripe = models.IntegerField()
    id = models.BigIntegerField()
    expires_ns = models.BigIntegerField(db_index=True)
    t0 = models.BigIntegerField(help_text="earliest sample, ns")
    t1 = models.BigIntegerField(help_text="latest sample, ns")
    payload = models.BinaryField()

    class Meta:
        indexes = (models.Index(fields=("t1", "stripe"), name="expiry_by_newest"),)

    def __str__(self) -> str:
        return f"stripe {self.stripe} at {self.expires_ns}"


class Watch(models.Model):
    """Someone computed from a metric: what comes before ``until_ns`` from now on is late for them."""

    watcher = models.CharField(max_length=120, help_text="Who; a key of theirs.")
    metric = models.TextField(help_text="The metric's name in lower case.")
    until_ns = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("watcher", "metric"), name="watch_once"),)

    def __str__(self) -> str:
        return f"{self.watcher} on {self.metric}"


class LateRange(models.Model):
    """A stretch of time in which samples of a watched metric were written or removed late."""

    watcher = models.CharField(max_length=120)
    start_ns = models.BigIntegerField()
    end_ns = models.BigIntegerField(help_text="Not included.")
    is_taken = models.BooleanField(default=False, help_text="Its watcher is computing it, or tried to.")

    class Meta:
        indexes = (models.Index(fields=("watcher", "is_taken"), name="late_of_watcher"),)

    def __str__(self) -> str:
        return f"{self.watcher}: {self.start_ns} to {self.end_ns}"
