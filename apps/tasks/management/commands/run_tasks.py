"""``manage.py run_tasks``: one more worker for tasks, beside the one that ``make run`` starts."""

from __future__ import annotations

import signal
import sys

from django.core.management.base import BaseCommand, CommandParser

from apps.tasks.worker import work


class Command(BaseCommand):
    help = "Run tasks that are due, and backfills, until stopped. Any number may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="end when nothing is due")

    def handle(self, *args, **options) -> None:
        # Told to end, it gives back what it holds; others need not wait for its lease to run out.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            work(maintain=False, until_idle=options["until_idle"])
        except KeyboardInterrupt:
            self.stdout.write("stopped")
