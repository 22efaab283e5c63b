"""Search over everything that has a name."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from apps.catalog.models import Entity, Metric
from apps.portal.glossary import documented_functions
from apps.portal.models import Chart, Dashboard
from apps.portal.rights import SEE_TASKS, may
from apps.portal.templatetags.task_text import task_url
from apps.tasks.outline import Outline, outline_of
from apps.tasks.rights import visible_to

HITS_PER_GROUP = 10


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class HitGroup:
    name: str
    hits: list[Hit]


def find_everything(text: str, user) -> list[HitGroup]:
    """Up to ten hits of each kind whose name holds the text; kinds without hits are left out."""
    if not text:
        return []
    groups = [
        HitGroup("Dashboards", _owned(Dashboard, text, user)),
        HitGroup("Charts", _owned(Chart, text, user)),
        HitGroup("Metrics", _named(Metric, "metric", text)),
        HitGroup("Entities", _named(Entity, "entity", text)),
        HitGroup("Tasks", _tasks(text, user)),
        HitGroup("Functions", _functions(text)),
    ]
    return [group for group in groups if group.hits]


def _owned(model, text: str, user) -> list[Hit]:
    found = model.objects.visible_to(user).filter(title__icontains=text).order_by("title")
    return [
        Hit(one.title, one.get_absolute_url(), getattr(one, "summary", "")) for one in found[:HITS_PER_GROUP]
    ]


def _named(model, kind: str, text: str) -> list[Hit]:
    found = model.objects.filter(name__icontains=text).order_by("name")[:HITS_PER_GROUP]
    address = reverse("portal:explore")
    return [Hit(one.name, f"{address}?{urlencode({kind: one.name})}", one.label) for one in found]


def _tasks(text: str, user) -> list[Hit]:
    if not may(user, SEE_TASKS):
        return []
    found = visible_to(user).filter(name__icontains=text).order_by("name", "pk")[:HITS_PER_GROUP]
    return [
        Hit(one.name, task_url(one), " → ".join(filter(None, _flow(outline_of(one))))) for one in found
    ]


def _flow(outline: Outline) -> tuple[str, str]:
    return ", ".join(outline.sources), ", ".join(outline.targets)


def _functions(text: str) -> list[Hit]:
    address = reverse("portal:reference")
    return [
        Hit(function.name, f"{address}#{function.name}", function.summary)
        for _, functions in documented_functions()
        for function in functions
        if text.lower() in function.name
    ][:HITS_PER_GROUP]
