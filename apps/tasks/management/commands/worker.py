"""``manage.py worker``: a task worker on its own, for installations that scale web and work apart."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from apps.tasks.worker import work


class Command(BaseCommand):
    help = "Run the task worker (store maintenance) until stopped. `make run` starts one by itself."

    def handle(self, *args, **options) -> None:
        try:
            work()
        except KeyboardInterrupt:
            self.stdout.write("stopped")
