"""Writing charts, drafts and dashboards: a save is a new version, a fork is a new chart."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from apps.portal.keys import new_key
from apps.portal.models import Chart, ChartVersion, Dashboard, Draft
from apps.portal.titles import title_of

UNTITLED_DASHBOARD = "Untitled dashboard"
#: Unsaved texts of one user that the server keeps.
MOST_DRAFTS = 100


def owner_of(user):
    """The owner of what this caller makes: nobody for callers who are not signed in."""
    return user if user.is_authenticated else None


@transaction.atomic
def create_chart(
    *, user, config: str, title: str = "", forked_from: ChartVersion | None = None, place: str = ""
) -> ChartVersion:
    """A new chart with its first version. Without a title the text's own title is taken.

    ``place``: that of the draft which the chart was, if it was one.
    """
    chart = Chart.objects.create(
        title=title.strip()[:200] or title_of(config),
        owner=owner_of(user),
        forked_from=forked_from,
        head=1,
    )
    drop_draft(user=user, place=place)
    if forked_from is not None:
        drop_draft(user=user, place=forked_from.chart.key)
    return chart.versions.create(number=1, config=config, author=owner_of(user))


@transaction.atomic
def save_version(*, chart_id: int, user, config: str, title: str = "") -> ChartVersion:
    """The next version of a chart; saving the newest text again changes nothing."""
    # The row lock makes numbers follow each other when two people save at once.
    chart = Chart.objects.select_for_update().get(pk=chart_id)
    newest = chart.versions.filter(number=chart.head).first()
    drop_draft(user=user, place=chart.key)
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


@transaction.atomic
def delete_chart(*, chart: Chart) -> None:
    """Remove a chart with all its versions, its places on dashboards and its drafts."""
    Draft.objects.filter(place=chart.key).delete()
    chart.delete()


# --- Drafts -----------------------------------------------------------------------------------------------


def keep_draft(*, user, place: str, config: str, title: str = "") -> None:
    """Remember an unsaved text; the newest replaces the one before, and the oldest go when there are many."""
    Draft.objects.update_or_create(
        owner=user, place=place, defaults={"config": config, "title": title.strip()[:200]}
    )
    own = Draft.objects.filter(owner=user)
    kept = own.order_by("-changed_at", "-pk").values_list("pk", flat=True)[:MOST_DRAFTS]
    if own.count() > MOST_DRAFTS:
        own.exclude(pk__in=list(kept)).delete()


def drop_draft(*, user, place: str) -> None:
    """Forget the unsaved text of a place, if there is one."""
    if user.is_authenticated:
        Draft.objects.filter(owner=user, place=place).delete()


# --- Dashboards -------------------------------------------------------------------------------------------


@transaction.atomic
def create_dashboard(*, user, title: str, summary: str = "") -> Dashboard:
    """An empty dashboard; its address is made from its title, with a random end when that is taken."""
    title = title.strip()[:200] or UNTITLED_DASHBOARD
    slug = slugify(title)[:70] or new_key()
    if Dashboard.objects.filter(slug=slug).exists():
        slug = f"{slug}-{new_key()}"
    last = Dashboard.objects.aggregate(last=Max("position"))["last"] or 0
    return Dashboard.objects.create(
        title=title,
        slug=slug,
        summary=summary.strip()[:300],
        owner=owner_of(user),
        position=min(last + 1, 2**31 - 1),
    )


def edit_dashboard(*, dashboard: Dashboard, title: str, summary: str, shared: bool) -> None:
    """Rename a dashboard or share it; its address stays."""
    dashboard.title = title.strip()[:200] or dashboard.title
    dashboard.summary = summary.strip()[:300]
    dashboard.shared = shared
    dashboard.save(update_fields=["title", "summary", "shared", "changed_at"])


@transaction.atomic
def place_chart(*, dashboard: Dashboard, chart: Chart) -> None:
    """Put a chart at the end of a dashboard; one that is there already stays where it is."""
    Dashboard.objects.select_for_update().get(pk=dashboard.pk)
    last = dashboard.places.aggregate(last=Max("position"))["last"]
    dashboard.places.get_or_create(chart=chart, defaults={"position": 0 if last is None else last + 1})


@transaction.atomic
def move_chart(*, dashboard: Dashboard, chart_key: str, by: int) -> None:
    """Move a chart up (negative) or down among its neighbours."""
    places = list(dashboard.places.select_for_update().select_related("chart").order_by("position", "pk"))
    at = next((row for row, place in enumerate(places) if place.chart.key == chart_key), None)
    if at is None:
        return
    places.insert(max(0, min(len(places) - 1, at + by)), places.pop(at))
    for position, place in enumerate(places):
        place.position = position
    dashboard.places.bulk_update(places, ["position"])


def remove_chart(*, dashboard: Dashboard, chart_key: str) -> None:
    """Take a chart off a dashboard; the chart itself stays."""
    dashboard.places.filter(chart__key=chart_key).delete()
