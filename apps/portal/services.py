"""Writing charts: a save is a new version, a fork is a new chart."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.portal.models import Chart, ChartVersion
from apps.portal.titles import title_of


def owner_of(user):
    """The owner of what this caller makes: nobody for callers who are not signed in."""
    return user if user.is_authenticated else None


@transaction.atomic
def create_chart(
    *, user, config: str, title: str = "", forked_from: ChartVersion | None = None
) -> ChartVersion:
    """A new chart with its first version. Without a title the text's own title is taken."""
    chart = Chart.objects.create(
        title=title.strip()[:200] or title_of(config),
        owner=owner_of(user),
        forked_from=forked_from,
        head=1,
    )
    return chart.versions.create(number=1, config=config, author=owner_of(user))


@transaction.atomic
def save_version(*, chart_id: int, user, config: str, title: str = "") -> ChartVersion:
    """The next version of a chart; saving the newest text again changes nothing."""
    # The row lock makes numbers follow each other when two people save at once.
    chart = Chart.objects.select_for_update().get(pk=chart_id)
    newest = chart.versions.filter(number=chart.head).first()
    if title.strip():
        chart.title = title.strip()[:200]
    if newest is not None and newest.config == config:
        chart.save(update_fields=["title", "changed_at"])
        return newest
    chart.head += 1
    chart.changed_at = timezone.now()
    chart.save(update_fields=["head", "title", "changed_at"])
    return chart.versions.create(number=chart.head, config=config, author=owner_of(user))


def share_chart(*, chart: Chart, shared: bool) -> None:
    """Let others see and fork a chart, or stop that."""
    chart.shared = shared
    chart.save(update_fields=["shared", "changed_at"])
