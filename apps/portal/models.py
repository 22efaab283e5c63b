"""Charts with their versions, and dashboards that put charts together."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.portal.keys import LENGTH, PLACE_LENGTH, new_key


class OwnedQuerySet(models.QuerySet):
    """Things that belong to a user are hers unless shared; what nobody owns is everybody's."""

    def visible_to(self, user) -> OwnedQuerySet:
        if user.is_superuser:
            return self
        open_to_all = Q(shared=True) | Q(owner=None)
        return self.filter(open_to_all | Q(owner=user) if user.is_authenticated else open_to_all)


class Owned(models.Model):
    """What charts and dashboards have in common."""

    title = models.CharField(max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="Nobody means that everybody sees it.",
    )
    shared = models.BooleanField(default=False, help_text="Whether others may see and fork it.")
    example = models.CharField(
        max_length=50,
        blank=True,
        db_index=True,
        help_text="Bundled example this came from; loading replaces it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    def belongs_to(self, user) -> bool:
        """Whether that user changes this; others look, and fork."""
        if user.is_superuser:
            return True
        if self.owner_id is None:
            return not self.example
        return self.owner_id == user.pk


class Chart(Owned):
    """A configuration text that has an address and a history."""

    key = models.CharField(max_length=LENGTH, unique=True, default=new_key, editable=False)
    head = models.PositiveIntegerField(default=0, help_text="Number of the newest version.")
    forked_from = models.ForeignKey(
        "ChartVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="forks"
    )

    def get_absolute_url(self) -> str:
        return reverse("portal:lab-chart", args=[self.key])


class ChartVersion(models.Model):
    """One saved text of a chart; never changed afterwards, so that its address keeps its meaning."""

    chart = models.ForeignKey(Chart, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    config = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("chart", "number"), name="portal_one_text_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.chart_id} version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("portal:lab-version", args=[self.chart.key, self.number])


class Draft(models.Model):
    """What somebody typed and has not saved: one text for each chart and each new one begun."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(
        max_length=PLACE_LENGTH,
        blank=True,
        help_text="Key of the chart, or the query of the address at which a new one began.",
    )
    config = models.TextField()
    title = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "place"), name="portal_one_draft_per_place"),)

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.place or 'new'}"


class Dashboard(Owned):
    """Charts on one page, in order."""

    slug = models.SlugField(max_length=80, unique=True)
    summary = models.CharField(max_length=300, blank=True)
    compare = models.BooleanField(
        default=False, help_text="Show the exact numbers of its derived series side by side."
    )
    position = models.PositiveIntegerField(default=0)
    charts = models.ManyToManyField(Chart, through="DashboardChart", related_name="dashboards")

    class Meta:
        ordering = ("position", "title")

    def get_absolute_url(self) -> str:
        return reverse("portal:dashboard", args=[self.slug])


class DashboardChart(models.Model):
    """The place of a chart on a dashboard."""

    dashboard = models.ForeignKey(Dashboard, on_delete=models.CASCADE, related_name="places")
    chart = models.ForeignKey(Chart, on_delete=models.CASCADE, related_name="places")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("dashboard", "chart"), name="portal_chart_once_per_dashboard"),
        )

    def __str__(self) -> str:
        return f"{self.dashboard_id}: {self.chart_id}"
