"""Times, lengths and numbers of tasks in templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from apps.algebra.periods import Period
from apps.figures.format import plain_number
from apps.portal import moments
from apps.portal.rollup_form import RollupFields
from apps.tasks.models import Backfill, Task
from apps.tasks.overview import SORTS, TaskPage

register = template.Library()


@register.filter
def ago(time_ns: int | None, now_ns: int) -> str:
    """How far from now; a dash when there is no time."""
    return "–" if time_ns is None else moments.ago(time_ns, now_ns)


@register.filter
def exact(time_ns: int | None) -> str:
    return "" if time_ns is None else moments.exact(time_ns)


@register.filter
def instant(time_ns: int | None) -> str:
    """For the attribute of a ``time`` element."""
    text = exact(time_ns)
    return text.replace(" UTC", "Z").replace(" ", "T") if text and text != "–" else ""


@register.filter
def long(length_ns: int | float | None) -> str:
    return "–" if length_ns is None else moments.length(length_ns)


@register.filter
def roughly(length_ns: int | float | None) -> str:
    return "–" if length_ns is None else moments.short_length(length_ns)


@register.filter
def every(period: Period | None) -> str:
    return "–" if period is None else moments.every(period)


@register.filter
def thousands(number: int | None) -> str:
    """A whole number with its thousands apart; a dash when there is none."""
    return "–" if number is None else f"{number:,}"


@register.filter
def plural_period(period: Period) -> str:
    """``10 minutes``"""
    return f"{period}{'' if period.count == 1 else 's'}"


@register.simple_tag
def task_url(task: Task, page: str = "task", **more: str) -> str:
    """The address of a page of a task. Its kind is named where the key alone could mean another page."""
    if task.key == "new":
        more["kind"] = task.kind
    address = reverse(f"portal:{page}", args=[task.key])
    return f"{address}?{urlencode(more)}" if more else address


@register.simple_tag
def list_query(asked: Mapping[str, str], **changes: str) -> str:
    """What was asked of the list, with changes, as an address has it."""
    wanted = {**asked, **changes}
    return urlencode({name: value for name, value in wanted.items() if value})


@register.simple_tag
def sort_head(found: TaskPage, asked: Mapping[str, str], name: str, title: str, more: str = "") -> SafeString:
    """The head of a column that sorts; a second click turns the order."""
    is_on = found.sort == name
    turns = is_on and found.descending == SORTS[name][1]
    query = list_query(asked, sort=f"-{name}" if turns else name, page="")
    arrow = (" ↓" if found.descending else " ↑") if is_on else ""
    order = ("descending" if found.descending else "ascending") if is_on else "none"
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="?{}">{}{}</a></th>',
        more, order, mark_safe(query.replace("&", "&amp;")), title, arrow,
    )  # fmt: skip


_STATES = {"ok": "OK", "done": "Done"}


@register.simple_tag
def state_name(state: str) -> str:
    return _STATES.get(state, state.capitalize())


@register.simple_tag
def percent(backfill: Backfill) -> str:
    """How far a backfill is; whole only when it is."""
    share = 100 * backfill.periods_done // backfill.periods if backfill.periods else 100
    return f"{min(share, 100)} %"


@register.simple_tag
def left(backfill: Backfill) -> str:
    return moments.length((backfill.seconds_left or 0) * 1e9)


@register.simple_tag
def length_ms(length: int) -> str:
    return moments.length(length * 1e6)


@register.simple_tag
def zoned(time_ns: int, zone: str) -> str:
    """A time on the clock of a zone, without its name."""
    return moments.field_text(time_ns, zone)


@register.filter
def rate(number: float) -> str:
    """A number per second with as many digits as matter."""
    return f"{number:,.0f}" if number >= 10 else plain_number(float(f"{number:.2g}"))


@register.filter
def members(fields: RollupFields) -> list[tuple[str, str]]:
    return list(asdict(fields).items())
