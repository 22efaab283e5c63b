"""Whether the tables that this version of the program works with are there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

__all__ = ["StoreCommand", "unprepared"]


def unprepared() -> list[str]:
    """Names of the databases that lack a migration."""
    missing = []
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            missing.append(alias)
    return missing


class StoreCommand(BaseCommand):
    """A command that works on stored data, and says so when nobody has prepared the databases yet."""

    # The addresses of the pages have no bearing on data.
    requires_system_checks = ()

    def execute(self, *args: Any, **options: Any) -> str | None:
        if unprepared():
            raise CommandError(
                "the databases are not prepared for this version; "
                "start `make run` once, or call `python manage.py migrate`"
            )
        return super().execute(*args, **options)
