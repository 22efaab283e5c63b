"""What `export` writes, `load` reads back; a reader that stops early is no fault."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from django.core.management import call_command

from apps.algebra.series import BOOL, FLOAT, INT, TEXT, Samples, SeriesKey
from apps.catalog import services
from apps.catalog.selectors import catalog
from apps.catalog.services import resolve_series
from apps.store.ingest import insert_series
from apps.store.source import StoreSource
from tests.live import ROOT, environment

pytestmark = pytest.mark.django_db(databases="__all__")
TAGS = {"path": '/a=b "c", {d}', "ort": "K\u00f6ln\tam Rhein"}
NOTES = [None, "", '"quoted"', "two\nlines, and a comma", " blanks ", "null"]


def samples(times: list[int], *, rich: bool) -> Samples:
    texts = np.array(NOTES, dtype=object)
    if not rich:
        return Samples(np.array(times), np.array([0.1, -2.5, 3.0, 1e300, np.nan, -0.0]), texts=texts)
    kinds = np.array([FLOAT, INT, BOOL, TEXT, FLOAT, FLOAT], np.uint8)
    ints = np.array([0, 2**60 + 1, 0, 0, 0, 0])
    values = np.array([0.1, float(2**60), 1.0, np.nan, np.inf, -np.inf])
    return Samples(np.array(times), values, kinds, ints, texts)


def stored() -> Samples:
    (series_id,) = resolve_series([SeriesKey.of("m", "e", TAGS)], create=False)
    return StoreSource().read([series_id], -(2**63), 2**63 - 1, exact=True)[0]


def same(one: Samples, two: Samples) -> None:
    for name in ("times_ns", "values", "kinds", "ints"):
        first, second = getattr(one, name), getattr(two, name)
        assert (first is None) == (second is None), name
        if first is not None:
            np.testing.assert_array_equal(first, second, name)
    assert one.texts.tolist() == two.texts.tolist()


@pytest.mark.parametrize(
    ("format_name", "times", "rich"),
    [
        ("commands", [n * 10**6 for n in (0, 1, 5, 10**9, 10**10, 10**12)], False),
        ("csv", [-(10**18), -1, 0, 1, 1_700_000_000_123_456_789, 4 * 10**18], True),
    ],
)
def test_what_is_exported_is_loaded(tmp_path, format_name, times, rich):
    insert_series([(SeriesKey.of("m", "e", TAGS), samples(times, rich=rich))])
    before = stored()
    path = tmp_path / "exported"
    call_command("export", "--format", format_name, "--output", str(path))
    services.delete_metric("m")
    assert catalog().metric("m") is None
    call_command("load", str(path), "--restart")
    same(stored(), before)


def test_an_exported_table_keeps_names_that_differ_in_case(tmp_path):
    keys = [
        SeriesKey.of("Cpu", "Host 1", {"DC": "07"}),
        SeriesKey.of("cpu", "host 1", {"dc": "07"}),
        SeriesKey.of("cpu ", "host 1", {"Dc": "07", "dc": "8"}),
        SeriesKey.of("other", "host 1"),
    ]
    given = [(key, Samples(np.array([5]), np.array([float(at)]))) for at, key in enumerate(keys)]
    insert_series(given, exact=True)
    path = tmp_path / "exported"
    call_command("export", "--format", "csv", "--metric", "CPU", "--entity", "HOST*", "--output", str(path))
    for name in ("Cpu", "cpu", "cpu ", "other"):
        services.delete_metric(name)
    assert catalog().all_names("metric") == []
    call_command("load", str(path), "--restart")
    ids = resolve_series(keys, create=False, exact=True)
    assert ids[3] is None
    held = StoreSource().read(ids[:3], 0, 10)
    assert [samples.values.tolist() for samples in held] == [[0.0], [1.0], [2.0]]
    assert catalog().all_names("metric") == ["Cpu", "cpu", "cpu "]


def test_commands_tell_what_they_cannot_carry(tmp_path, capsys):
    times = np.array([1_000_000, 2_000_001, 2_000_002, 3_000_000])
    insert_series([(SeriesKey.of("m", "e"), Samples(times, np.arange(4.0)))])
    call_command("export", "--output", str(tmp_path / "cut"))
    warning = capsys.readouterr().err
    assert "warning: 2 samples lost what is below a millisecond of their time" in warning
    assert "1 of them the time of another one" in warning and "--format csv" in warning
    call_command("export", "--output", str(tmp_path / "whole"), "--format", "csv")
    assert "warning" not in capsys.readouterr().err


def test_what_is_not_as_exported_is_rejected(tmp_path, capsys):
    path = tmp_path / "table.csv"
    lines = ["time_ns,metric,entity,tags,value,text", "1,m,e,,2.5,", "x,m,e,,2.5,", "1,m,e,[1],2.5,", "1,m,e"]
    lines += ["1,m,e,{,2.5,", "99999999999999999999,m,e,,1,", '2,m,e,"{""k"": ""v""}",7,note']
    path.write_text("\n".join(lines) + "\n")
    call_command("load", str(path), "--restart")
    assert "2 samples stored, 5 lines rejected" in capsys.readouterr().out


@pytest.mark.parametrize("format_name", ["commands", "csv"])
def test_a_closed_pipe_is_no_fault(tmp_path, format_name):
    variables = environment(tmp_path)
    manage = [sys.executable, "manage.py"]
    quiet = {"cwd": ROOT, "env": variables, "check": True, "capture_output": True}
    for alias in ("default", "samples"):
        subprocess.run([*manage, "migrate", "--database", alias, "-v", "0"], **quiet)
    table = tmp_path / "many.csv"
    table.write_text("time,v\n" + "".join(f"{n},{n}\n" for n in range(20_000)))
    subprocess.run([*manage, "load", str(table), "--entity", "e", "--time-format", "s"], **quiet)
    ended = subprocess.run(
        f"{sys.executable} manage.py export --format {format_name} | head -n 1",
        shell=True,
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(ended.stdout.splitlines()) == 1
    assert "Traceback" not in ended.stderr and "Broken" not in ended.stderr
