"""The bundled examples: real data, and the dashboards that draw them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.models import Message, Series
from apps.catalog.services import insert_messages, patch_entity, patch_metric
from apps.portal.models import Chart, Dashboard
from apps.store.ingest import insert_series

FOLDER = Path(__file__).parent / "examples"
_TAG = "tag:"
_SOURCE = "examples"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """A dashboard of one chart. ``slug`` also names its text, and its data file where it brings data.

    ``entities`` are tags of entities; the tag "label" is their label.
    """

    slug: str
    title: str
    summary: str
    compare: bool = False
    metrics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _country(label: str, continent: str, capital: str, currency: str) -> dict[str, str]:
    return {"label": label, "continent": continent, "capital": capital, "currency": currency}


EXAMPLES = (
    Example(
        "outage-tickets",
        "Outage tickets: three notations, one answer",
        "Open support tickets during a power outage in May 2018, and their change from sample to sample "
        "written as rate, as replace-value and through aliases.",
        compare=True,
        metrics={"outage-tickets": {"label": "Open support tickets"}},
    ),
    Example(
        "beach-water",
        "Chicago beach water",
        "Hourly sensors at two beaches in the summer of 2016: gaps stay gaps, days are Chicago's days.",
        metrics={
            "water-temperature": {"label": "Water temperature", "units": "°C"},
            "wave-height": {"label": "Wave height", "units": "m"},
        },
    ),
    Example(
        "federal-debt",
        "Federal debt to GDP",
        "Quarterly debt, quarterly GDP and monthly transfer payments: ratios across different units, "
        "periods and ends, without a join.",
        metrics={
            "federal-debt": {"label": "US federal debt, total public", "units": "million USD"},
            "gdp": {"label": "US gross domestic product", "units": "billion USD"},
            "transfers": {"label": "US government transfer payments", "units": "billion USD"},
        },
    ),
    Example(
        "trade",
        "Trade of the United States",
        "Last values in every form: bars, shares, areas, a dial, big numbers, and a graph of who trades "
        "with whom.",
        metrics={
            "us-imports": {"label": "US imports of goods", "units": "million USD"},
            "us-exports": {"label": "US exports of goods", "units": "million USD"},
        },
        entities={
            "canada": _country("Canada", "North America", "Ottawa", "Canadian dollar"),
            "china": _country("China", "Asia", "Beijing", "Renminbi"),
            "germany": _country("Germany", "Europe", "Berlin", "Euro"),
            "india": _country("India", "Asia", "New Delhi", "Indian rupee"),
            "japan": _country("Japan", "Asia", "Tokyo", "Yen"),
            "mexico": _country("Mexico", "North America", "Mexico City", "Mexican peso"),
            "south-korea": _country("South Korea", "Asia", "Seoul", "Won"),
            "united-kingdom": _country("United Kingdom", "Europe", "London", "Pound sterling"),
        },
    ),
    Example(
        "beach-days",
        "A summer at the beach, day by day",
        "How values are spread: a calendar of days, boxes and histograms of hourly samples.",
    ),
    Example(
        "records",
        "Tables: series, properties, messages",
        "Series as rows with statistics and alerts, properties of entities, messages by severity, and a "
        "chart with drop-downs.",
    ),
)


@dataclass(frozen=True)
class LoadReport:
    """What loading did; nothing when the store already held series."""

    samples: int = 0
    series: int = 0
    dashboards: int = 0


def load_examples(*, if_empty: bool = False) -> LoadReport:
    """Put the examples' dashboards and samples in place; repeating it changes only what is outdated.

    With ``if_empty`` a store that holds series is left alone. Samples go last and in one batch, so that a
    load that was interrupted leaves an empty store behind and is done again.
    """
    if if_empty and Series.objects.exists():
        return LoadReport()
    for position, example in enumerate(EXAMPLES):
        _place(example, position)
        for name, fields in example.metrics.items():
            patch_metric(name, fields, create=True)
        for name, tags in example.entities.items():
            rest = {tag: text for tag, text in tags.items() if tag != "label"}
            patch_entity(name, {"label": tags.get("label", ""), "tags": rest}, create=True)
    _place_messages(FOLDER / "data" / "messages.csv")
    files = (FOLDER / "data" / f"{example.slug}.csv" for example in EXAMPLES)
    report = insert_series([item for path in files if path.exists() for item in read_wide_csv(path)])
    return LoadReport(report.stored, report.series, len(EXAMPLES))


def _place_messages(path: Path) -> None:
    """The messages of the examples, once: they have a source of their own."""
    if Message.objects.filter(source=_SOURCE).exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    fields = ("type", "text")
    insert_messages(
        [
            (
                row["entity"],
                {
                    "time_ns": _time_ns(row["datetime"]),
                    "severity": int(row["severity"]),
                    "source": _SOURCE,
                    "tags": {},
                }
                | {name: row[name] for name in fields},
            )
            for row in rows
        ]
    )


def read_wide_csv(path: Path) -> Iterator[tuple[SeriesKey, Samples]]:
    """Series from columns ``datetime``, ``entity``, ``tag:NAME``…, and one column per metric."""
    columns: dict[SeriesKey, tuple[list[int], list[float]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            time_ns = _time_ns(row.pop("datetime"))
            entity = row.pop("entity")
            tags = {name[len(_TAG) :]: row.pop(name) for name in list(row) if name.startswith(_TAG)}
            for metric, text in row.items():
                if text:
                    times, values = columns.setdefault(SeriesKey.of(metric, entity, tags), ([], []))
                    times.append(time_ns)
                    values.append(float(text))
    for key, (times, values) in columns.items():
        yield key, Samples.of(times, values)


def _time_ns(text: str) -> int:
    gone = datetime.fromisoformat(text) - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000_000


@transaction.atomic
def _place(example: Example, position: int) -> None:
    """The dashboard with its chart; an outdated text becomes the next version, so addresses stay true."""
    config = (FOLDER / f"{example.slug}.ls").read_text(encoding="utf-8")
    chart, _ = Chart.objects.update_or_create(
        example=example.slug, defaults={"title": example.title, "owner": None, "shared": True}
    )
    newest = chart.versions.filter(number=chart.head).first()
    if newest is None or newest.config != config:
        chart.head += 1
        chart.versions.create(number=chart.head, config=config)
        chart.save(update_fields=["head"])
    dashboard, _ = Dashboard.objects.update_or_create(
        slug=example.slug,
        defaults={
            "title": example.title,
            "summary": example.summary,
            "compare": example.compare,
            "example": example.slug,
            "owner": None,
            "shared": True,
            "position": position,
        },
    )
    dashboard.places.get_or_create(chart=chart, defaults={"position": 0})
