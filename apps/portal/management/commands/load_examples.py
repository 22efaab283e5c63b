"""Load the bundled examples into an empty store."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from apps.portal.bundled import load_examples


class Command(BaseCommand):
    help = "Load the bundled examples: real data and the dashboards that draw it. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the store holds series")

    def handle(self, *args, **options) -> None:
        report = load_examples(if_empty=options["if_empty"])
        if not report.dashboards:
            return
        self.stdout.write(
            f"Loaded {report.dashboards} dashboards with {report.series} series, {report.samples} samples."
        )
