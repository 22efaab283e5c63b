"""A catalog of an earlier version is brought up to date, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.live import ROOT, environment
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

#: What an earlier version stored, with the names of its columns: nothing was folded in a column of its own.
EARLIER = """
import django; django.setup()
from django.db import connection
now = "2024-01-01 00:00:00+00:00"
false, true = (0, 1) if connection.vendor == "sqlite" else (False, True)
with connection.cursor() as cursor:
    for number, name in enumerate(["cpu", "disk free", "Groß"], 1):
        cursor.execute(
            "INSERT INTO catalog_metric (id, name, label, description, units, filter, time_zone, data_type,"
            " interpolate, enabled, persistent, versioned, retention_days, series_retention_days,"
            " invalid_action, tags, created_at) VALUES (%s, %s, '', '', '', '', '', 'FLOAT', 'LINEAR', %s,"
            " %s, %s, 0, 0, 'NONE', '{}', %s)", [number, name, true, true, false, now])
    for number, name in enumerate(["host", "Host-2"], 1):
        cursor.execute(
            "INSERT INTO catalog_entity (id, name, label, enabled, interpolate, time_zone, tags, created_at,"
            " version_at) VALUES (%s, %s, '', %s, '', '', '{}', %s, %s)", [number, name, true, now, now])
    from apps.catalog.models import series_hash, text_hash
    cursor.execute("INSERT INTO catalog_tag (id, name, value, value_hash) VALUES (1, 'dc', '07', %s)",
                   [text_hash("07")])
    for number, (metric, entity, tags) in enumerate([(1, 1, {"dc": "07"}), (1, 2, {}), (3, 1, {})], 1):
        import json
        cursor.execute(
            "INSERT INTO catalog_series (id, metric_id, entity_id, tags, tags_hash, kind, forecast_name,"
            " created_at) VALUES (%s, %s, %s, %s, %s, '', '', %s)",
            [number, metric, entity, json.dumps(tags), series_hash(tags), now])
    cursor.execute("INSERT INTO catalog_series_tag_set (id, series_id, tag_id) VALUES (1, 1, 1)")
    if connection.vendor == "postgresql":
        for table in ("metric", "entity", "tag", "series", "series_tag_set"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('catalog_{table}', 'id'), 10)")
"""

LATER = """
import django; django.setup()
import json
from apps.algebra.series import SeriesKey
from apps.algebra.source import SeriesSelector
from apps.catalog.models import Entity, Metric, Series, Tag
from apps.catalog.selectors import catalog
from apps.catalog.services import resolve_series
def folded(model): return sorted(model.objects.values_list("name", "folded"))
told = {
    "folded": [folded(Metric), folded(Entity), folded(Tag)],
    "found": resolve_series([
        SeriesKey.of("CPU", "HOST", {"DC": "07"}), SeriesKey.of("cpu", "host-2"),
        SeriesKey.of("groß", "host"),
    ], create=False),
    "exact": resolve_series([
        SeriesKey.of("cpu", "host", {"dc": "07"}), SeriesKey.of("Cpu", "host", {"dc": "07"}),
        SeriesKey.of("Groß", "host"),
    ], create=False, exact=True),
    "tagged": [ref.id for ref in catalog().find_series(SeriesSelector("Cpu", tags=(("Dc", ("07",)),)))],
    "made": len(set(resolve_series([SeriesKey.of("Cpu", "host", {"dc": "07"})], exact=True)) - {1, 2, 3}),
    "hashes": list(Series.objects.exclude(any_case_hash=None).values_list("pk", flat=True)),
}
print(json.dumps(told))
"""


def migrated(data_dir: Path, **variables: str) -> dict:
    surroundings = environment(data_dir, DJANGO_SETTINGS_MODULE="tsweb.settings", **variables)

    def run(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        return done.stdout

    run("manage.py", "migrate", "--verbosity", "0")
    run("manage.py", "migrate", "--verbosity", "0", "catalog", "0003")
    run("-c", EARLIER)
    run("manage.py", "migrate", "--verbosity", "0")
    return json.loads(run("-c", LATER).splitlines()[-1])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_names_of_an_earlier_version_are_found_in_any_case(tmp_path, database, request):
    url = {}
    if database == "postgresql":
        server = request.getfixturevalue("postgres_url")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE earlier")
        url["TSWEB_DATABASE_URL"] = f"{server.rpartition('/')[0]}/earlier"
    assert migrated(tmp_path, **url) == {
        "folded": [
            [["Groß", "groß"], ["cpu", "cpu"], ["disk free", "disk free"]],
            [["Host-2", "host-2"], ["host", "host"]],
            [["dc", "dc"]],
        ],
        "found": [1, 2, 3],
        "exact": [1, None, 3],
        "tagged": [1],
        "made": 1,
        "hashes": [],
    }
