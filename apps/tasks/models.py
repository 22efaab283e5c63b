"""Tasks that compute series from series, what became of their runs, and backfills of history."""

from __future__ import annotations

from django.conf import settings
from django.db import models

__all__ = ["Backfill", "Progress", "Run", "Task"]


class Task(models.Model):
    """Something computed again and again; what it means is its kind's matter (``apps.tasks.definitions``).

    Times are ns UTC. A worker that works on a task holds its lease; whoever holds it writes alone.
    ``revision`` counts definitions, so that a worker notices that the one it runs was replaced.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=255, help_text="The id by which clients know it.")
    name = models.TextField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    owner_name = models.CharField(
        max_length=150, blank=True, help_text="Stays when the user is gone; empty: nobody's."
    )
    shared = models.BooleanField(default=False, help_text="Whether others may see it.")
    definition = models.TextField(help_text="As the client sent it.")
    definition_hash = models.CharField(max_length=64, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    enabled = models.BooleanField(default=True)
    stopped_because = models.TextField(blank=True, help_text="Why it was disabled, if nobody did it by hand.")
    anchor_ns = models.BigIntegerField(help_text="Runs are due at this time plus multiples of the interval.")
    next_run_ns = models.BigIntegerField()
    planned_ns = models.BigIntegerField(help_text="What the clock showed when the next run was planned.")
    holder = models.CharField(max_length=120, blank=True, editable=False)
    lease_until_ns = models.BigIntegerField(default=0, editable=False)
    host = models.CharField(max_length=255, blank=True, editable=False, help_text="Where it ran last.")
    stored = models.JSONField(
        default=list, editable=False, help_text="Stretches [start, end) of time in which it stored points."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="task_once"),)
        indexes = (models.Index(fields=("enabled", "next_run_ns"), name="task_due"),)

    def __str__(self) -> str:
        return self.name


class Output(models.Model):
    """A series in which a task stored points, under this or an earlier definition."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="outputs")
    series_id = models.BigIntegerField(help_text="Of the catalog; the series may be gone.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("task", "series_id"), name="output_once"),)

    def __str__(self) -> str:
        return f"{self.task_id} stores series {self.series_id}"


class Progress(models.Model):
    """How far one part of a task has got: when it last ran well, and how its last run went."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="progress")
    part = models.PositiveIntegerField(help_text="Place among the parts of the definition.")
    label = models.TextField(help_text="What it was computed from when it ran last.")
    last_ok_ns = models.BigIntegerField(null=True, help_text="Start of the last run that was well.")
    points = models.BigIntegerField(default=0, help_text="Points of the last run.")
    length_ms = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    begun_ns = models.BigIntegerField(
        null=True, editable=False, help_text="Where the first run began, so that it begins there again."
    )
    computed = models.JSONField(
        default=list, editable=False, help_text="Stretches [start, end) of periods that were ever computed."
    )
    computed_hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text="The definition they were computed by."
    )

    class Meta:
        ordering = ("part",)
        constraints = (models.UniqueConstraint(fields=("task", "part"), name="progress_once"),)

    def __str__(self) -> str:
        return f"{self.task_id} part {self.part}"


class Run(models.Model):
    """One execution of a task."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        LOST = "lost"

    task = models.ForeignKey(Task, models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    holder = models.CharField(max_length=120)
    due_ns = models.BigIntegerField()
    started_ns = models.BigIntegerField()
    ended_ns = models.BigIntegerField(null=True)
    points = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    repaired = models.BigIntegerField(
        default=0, help_text="Periods computed again because samples came late or were removed."
    )
    repaired_ranges = models.JSONField(
        default=list,
        help_text="Where: the first hundred stretches, with part, label, start_ns, end_ns, periods.",
    )

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.task_id} at {self.started_ns}: {self.state}"


class Backfill(models.Model):
    """History computed by a task, newest periods first, a slice at a time beside the schedule."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    task = models.ForeignKey(Task, models.CASCADE, related_name="backfills")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revision = models.PositiveIntegerField(help_text="Of the definition it was asked for.")
    start_ns = models.BigIntegerField()
    end_ns = models.BigIntegerField(help_text="Not included; periods that hold its last instant are.")
    part = models.PositiveIntegerField(default=0, help_text="Part being computed.")
    reached_ns = models.BigIntegerField(null=True, help_text="Periods from here on are done, of that part.")
    periods = models.BigIntegerField()
    periods_done = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    busy_ns = models.BigIntegerField(default=0, help_text="Time spent computing.")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.task_id}: {self.periods_done} of {self.periods} periods"

    @property
    def periods_per_second(self) -> float | None:
        """How fast it goes while it is worked on."""
        return self.periods_done * 1e9 / self.busy_ns if self.busy_ns else None

    @property
    def seconds_left(self) -> float | None:
        rate = self.periods_per_second
        return (self.periods - self.periods_done) / rate if rate else None
