"""``manage.py worker``: a task worker on its own, for installations that scale web and work apart."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from apps.tasks.worker import work


class Command(BaseCommand):
    help = "Run tasks and look after the store until stopped. `make run` starts one worker by itself."

    def handle(self, *args, **options) -> None:
        try:
            work()
        except KeyboardInterrupt:
            self.stdout.write("stopped")
