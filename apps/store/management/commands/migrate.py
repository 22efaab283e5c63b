"""Django's ``migrate`` for every database: samples may be in one of their own."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    help = "Prepare the databases for this version: all of them, or the one that --database names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**super().get_check_kwargs(options), "databases": _asked(options)}

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in _asked(options):
            super().handle(*args, **options | {"database": alias})


def _asked(options: dict[str, Any]) -> list[str]:
    return [options["database"]] if options["database"] else list(connections)
