"""Files of samples: commands and tables as people have them, rejected lines named, loads that go on."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.algebra.source import SeriesSelector
from apps.algebra.times import format_iso_ms
from apps.catalog.models import Entity, Message, Metric, Property
from apps.catalog.selectors import catalog
from apps.errors import ArgumentFault
from apps.store.loading import loader
from apps.store.loading.clock import read_time
from apps.store.loading.network import read_commands
from apps.store.loading.records import Rejected
from apps.store.source import StoreSource

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "TSWEB_DATA_DIR", tmp_path / "data")
    (tmp_path / "data").mkdir()


def load(path: Path, text: str | bytes, *args: str) -> tuple[str, str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    out, err = io.StringIO(), io.StringIO()
    call_command("load", str(path), *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows(metric: str) -> list[tuple]:
    """(time, entity, tags, value) of everything a metric has."""
    refs = catalog().find_series(SeriesSelector(metric))
    found = StoreSource().read([ref.id for ref in refs], -(2**63), 2**63 - 1)
    return [
        (when, ref.key.entity, ref.key.tag_map, value)
        for ref, samples in zip(refs, found, strict=True)
        for when, value in zip(format_iso_ms(samples.times_ns), samples.values.tolist(), strict=True)
    ]


COMMANDS = """\
series d:2017-03-24T00:00:00Z e:irs.gov t:section="Income (Individual)" m:year=85251000 m:before=89412000
series e:irs.gov m:year=oops d:2017-03-24T00:00:00Z

metric m:year l:"This year" p:long t:source=irs
entity e:IRS.gov z:US/Eastern
property e:irs.gov t:place k:floor=1 v:city=Washington ms:5
series e:irs.gov m:year=1 x:year="two
lines" ms:1000
nonsense
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_network_commands_with_any_line_ends(tmp_path, ends):
    out, err = load(tmp_path / "c.txt", COMMANDS.replace("\n", ends))
    assert "3 samples stored, 2 lines rejected" in out
    assert "c.txt:2: " in err and "c.txt:9: " in err
    assert rows("before") == [
        ("2017-03-24T00:00:00.000Z", "irs.gov", {"section": "Income (Individual)"}, 89412000.0)
    ]
    assert Metric.objects.get(name="year").label == "This year"
    assert Metric.objects.get(name="year").tags == {"source": "irs"}
    assert Entity.objects.get(name="irs.gov").time_zone == "US/Eastern"
    assert Property.objects.get().tags == {"city": "Washington"}


def test_messages_keep_their_severity(tmp_path):
    text = """\
message e:e m:"it is down" t:severity=critical t:type=Web t:source=Probe t:room=5 ms:1
message e:e m:again t:severity=3 ms:2
message e:e m:plain ms:3
message e:e m:wrong t:severity=terrible ms:4
property e:e t:$entity_tags v:site=north
"""
    out, err = load(tmp_path / "c.txt", text)
    assert "1 lines rejected" in out and "c.txt:4: severity must be 0 to 7" in err
    found = Message.objects.order_by("time_ns").values_list("severity", "type", "source", "text", "tags")
    assert list(found) == [
        (6, "web", "probe", "it is down", {"room": "5"}),
        (3, "logger", "default", "again", {}),
        (1, "logger", "default", "plain", {}),
    ]
    assert Entity.objects.get().tags == {"site": "north"} and not Property.objects.exists()


def test_stop_on_error_keeps_what_came_before(tmp_path):
    path = tmp_path / "c.txt"
    with pytest.raises(CommandError, match="stopped at line 2"):
        load(path, COMMANDS, "--on-error", "stop")
    assert len(rows("year")) == 1
    assert catalog().metric("year").label == ""


def test_an_interrupted_load_goes_on(tmp_path, monkeypatch):
    path = tmp_path / "c.txt"
    text = "".join(f"series e:e m:m={n} ms:{n}\n" for n in range(10))
    monkeypatch.setattr(loader, "_BATCH_SAMPLES", 3)
    stored = loader.insert_series

    def failing(items, **more):
        if any(8 in samples.values for _, samples in items):
            raise KeyboardInterrupt
        return stored(items, **more)

    monkeypatch.setattr(loader, "insert_series", failing)
    with pytest.raises(KeyboardInterrupt):
        load(path, text)
    assert len(rows("m")) == 6
    monkeypatch.setattr(loader, "insert_series", stored)
    out = io.StringIO()
    call_command("load", str(path), stdout=out)
    assert "4 samples stored, 0 lines rejected, 6 lines stored before" in out.getvalue()
    assert [value for *_, value in rows("m")] == [float(n) for n in range(10)]
    out = io.StringIO()
    call_command("load", str(path), stdout=out)
    assert "10 samples stored, 0 lines rejected" in out.getvalue()
    assert len(rows("m")) == 10


def test_long_table(tmp_path):
    load(
        tmp_path / "t.csv",
        "\ufeffdatetime,entity,dc,value\n2018-05-24T10:43:00Z,Hetzner,07,237\n2018-05-24T11:29:00Z,Hetzner,07,402\n",
        *("--time", "datetime", "--entity-column", "entity", "--tag", "dc"),
        *("--value", "value=outage-tickets", "--fixed-tag", "source=status page"),
    )
    tags = {"dc": "07", "source": "status page"}
    assert rows("outage-tickets") == [
        ("2018-05-24T10:43:00.000Z", "hetzner", tags, 237.0),
        ("2018-05-24T11:29:00.000Z", "hetzner", tags, 402.0),
    ]


def test_metric_column_and_delimiter(tmp_path):
    load(
        tmp_path / "t.csv",
        "when;what;v\n1;a;1.5\n2;b;n/a\n2;b;2.5\n",
        *("--time", "when", "--time-format", "s", "--entity", "e", "--metric-column", "what"),
        *("--value", "v", "--delimiter", ";", "--missing", "n/a"),
    )
    assert rows("a") == [("1970-01-01T00:00:01.000Z", "e", {}, 1.5)]
    assert rows("b") == [("1970-01-01T00:00:02.000Z", "e", {}, 2.5)]


BEACHES = """\
Beach Name,Measurement Timestamp,Water Temperature,Turbidity,Measurement ID
Montrose Beach,08/30/2013 08:00:00 AM,20.3,1.18,M1
Ohio Street Beach,11/03/2013 01:30:00 AM,14.4,,O1
Montrose Beach,,20.3,1.18,M2
Montrose Beach,08/30/2013 01:00:00 PM,wet,1.2,M3
Montrose Beach,08/30/2013 01:00:00 PM,1
"""


def test_wide_table_in_local_time(tmp_path):
    out, err = load(
        tmp_path / "b.csv",
        BEACHES,
        *("--time", "Measurement Timestamp", "--time-format", "%m/%d/%Y %I:%M:%S %p"),
        *("--zone", "America/Chicago", "--entity-column", "Beach Name"),
        *("--value", "Water Temperature", "--value", "Turbidity"),
    )
    assert "3 samples stored, 3 lines rejected" in out
    assert [line.split(":")[1] for line in err.splitlines()] == ["4", "5", "6"]
    assert rows("water_temperature") == [
        ("2013-08-30T13:00:00.000Z", "montrose beach", {}, 20.3),
        # The hour that the clock shows twice is the first of both.
        ("2013-11-03T06:30:00.000Z", "ohio street beach", {}, 14.4),
    ]


def test_months_in_the_header_and_old_line_ends(tmp_path):
    load(
        tmp_path / "trade.csv",
        "year,CTY_CODE,CTYNAME,IJAN,IFEB,IYR,EJAN\r1985,0001,OPEC,1733,1607,22801,1033\r1986,0001,OPEC,2631,,1,2\r",
        *("--unpivot", "I(?!YR)(?P<month>[A-Z]{3})", "--time-text", "{year} {month}"),
        *("--time-format", "%Y %b", "--metric", "imports", "--tag", "country=CTYNAME", "--entity", "us"),
    )
    assert rows("imports") == [
        ("1985-01-01T00:00:00.000Z", "us", {"country": "OPEC"}, 1733.0),
        ("1985-02-01T00:00:00.000Z", "us", {"country": "OPEC"}, 1607.0),
        ("1986-01-01T00:00:00.000Z", "us", {"country": "OPEC"}, 2631.0),
    ]


def test_years_in_the_header_and_quoted_names(tmp_path):
    load(
        tmp_path / "visa.csv",
        'country,2006,2007\nBrazil,13.2,9.6\n"Micronesia, Federated States of",100,0\n',
        *("--unpivot", r"(?P<year>\d{4})", "--time-text", "{year}", "--time-format", "%Y"),
        *("--metric", "refusal", "--tag", "country", "--entity", "us"),
    )
    assert ("2007-01-01T00:00:00.000Z", "us", {"country": "Micronesia, Federated States of"}, 0.0) in rows(
        "refusal"
    )
    assert len(rows("refusal")) == 4


@pytest.mark.parametrize(("header", "time"), [("time", "1933135210000"), ("date", "2031-04-05T06:00:10Z")])
def test_atsd_csv(tmp_path, header, time):
    load(
        tmp_path / "a.csv",
        f"{header}, cpu busy ,idle\n{time}, 1 ,2\n",
        *("--format", "atsd-csv", "--entity", "e", "--fixed-tag", "k=v"),
    )
    assert [row[1:] for row in rows("cpu_busy")] == [("e", {"k": "v"}, 1.0)]
    assert len(rows("idle")) == 1


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (("--entity", "e", "--time", "tme"), "no column 'tme'"),
        ((), "neither an entity"),
        (("--entity", "e", "--zone", "Mars/Base"), "Mars/Base"),
        (("--entity", "e", "--value", "nothing"), "no column 'nothing'"),
        (("--entity", "e", "--delimiter", "::"), "one character, not '::'"),
        (("--entity", "e", "--unpivot", "("), r"'\(' can't be read"),
    ],
)
def test_what_does_not_fit_the_file_is_said(tmp_path, args, part):
    with pytest.raises(CommandError, match=part):
        load(tmp_path / "t.csv", "time,v\n2020-01-01,1\n", *args)


def test_no_such_file(tmp_path):
    with pytest.raises(CommandError, match="there is no file"):
        call_command("load", str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("text", "pattern", "wanted"),
    [
        ("1969-12-31T23:59:59.999999999Z", "iso", (-1, False)),
        ("1970-01-01 01:00+01:00", "iso", (0, False)),
        ("1966-01-01", "iso", (-1461 * 86_400 * 10**9, True)),
        ("1.5", "s", (1_500_000_000, False)),
        ("1700000000123456789", "ns", (1_700_000_000_123_456_789, False)),
        ("1/2/1970", "%d/%m/%Y", (31 * 86_400 * 10**9, True)),
        ("1970-01-01T00:00:00-0100", "%Y-%m-%dT%H:%M:%S%z", (3_600 * 10**9, False)),
    ],
)
def test_times(text, pattern, wanted):
    assert read_time(text, pattern) == wanted


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2020-02-30", "iso"),
        ("", "iso"),
        ("1e40", "s"),
        ("x", "ms"),
        ("31/31/2000", "%d/%m/%Y"),
        ("NaN", "s"),
    ],
)
def test_wrong_times_are_said(text, pattern):
    with pytest.raises(ArgumentFault, match="is not a time"):
        read_time(text, pattern)


def test_an_open_quote_does_not_swallow_the_file():
    lines = ['series e:a m:m=1 x:m="open ms:1', *[f"series e:e m:m={n} ms:{n}" for n in range(5_000)]]
    found = list(read_commands(lines, now_ns=0))
    assert [row.line for row in found if isinstance(row, Rejected)] == [1]
    assert sum(len(row.samples) for row in found if not isinstance(row, Rejected)) == 5_000


def test_an_open_quote_in_a_table_costs_its_own_line(tmp_path):
    lines = [f"{second},{second}" for second in range(20_000)]
    lines[98], lines[19_999] = '98,"98', '19999,"19999'
    text = "\n".join(["time,v", *lines]) + "\n"
    _, err = load(tmp_path / "t.csv", text, "--entity", "e", "--time-format", "s", "--value", "v=open")
    assert [line.split(":")[-2] for line in err.splitlines()] == ["100", "20001"]
    assert [row[3] for row in rows("open")] == [n for n in range(19_999) if n != 98]


def test_open_quotes_that_close_each_other(tmp_path):
    text = 'time,v\n1,"10\n2,20\n3,"30\n4,40\n'
    _, err = load(tmp_path / "t.csv", text, "--entity", "e", "--time-format", "s", "--value", "v=pair")
    assert [line.split(":")[-2] for line in err.splitlines()] == ["2", "4"]
    assert [row[3] for row in rows("pair")] == [20.0, 40.0]


def test_a_quoted_line_end_is_part_of_its_cell(tmp_path):
    text = 'time,where,v\n1,"upper\nfloor",10\nbad,x,1\n2,hall,20\n'
    _, err = load(
        tmp_path / "t.csv", text, "--entity", "e", "--time-format", "s", "--tag", "where", "--value", "v=cell"
    )
    assert err.count("\n") == 1 and ":4: 'bad' is not a time" in err
    assert {(row[2]["where"], row[3]) for row in rows("cell")} == {("upper\nfloor", 10.0), ("hall", 20.0)}


def test_an_exported_table_with_an_open_quote(tmp_path):
    header = "time_ns,metric,entity,tags,value,text"
    text = "\n".join([header, '1,back,e,,1.0,"open', "2,back,e,,2.0,", "3,back,e,,3.0,"]) + "\n"
    _, err = load(tmp_path / "t.csv", text)
    assert ":2: a quote is opened and not closed" in err
    assert [row[3] for row in rows("back")] == [2.0, 3.0]


@pytest.mark.parametrize("kind", ["commands", "csv"])
def test_export_comes_back(tmp_path, kind):
    load(
        tmp_path / "in.txt",
        'series e:e m:m=1.25 x:m="say ""no""" t:k="a b" ms:1000\nseries e:e m:m=NaN ms:2000\n',
    )
    out = tmp_path / "out"
    call_command("export", "--metric", "m", "--format", kind, "--output", str(out))
    assert (
        out.read_text()
        == {
            "commands": 'series e:"e" m:"m"=NaN ms:2000\n'
            'series e:"e" t:"k"="a b" m:"m"=1.25 x:"m"="say ""no""" ms:1000\n',
            "csv": "time_ns,metric,entity,tags,value,text\n2000000000,m,e,,nan,\n"
            '1000000000,m,e,"{""k"": ""a b""}",1.25,"say ""no"""\n',
        }[kind]
    )
    if kind == "commands":
        before = rows("m")
        load(tmp_path / "again.txt", out.read_bytes())
        assert str(rows("m")) == str(before)


def test_compact_and_verify_commands(tmp_path):
    load(tmp_path / "c.txt", "series e:e m:m=1 ms:1\n")
    out = io.StringIO()
    call_command("compact", stdout=out)
    call_command("verify", stdout=out)
    assert out.getvalue() == "1 samples moved from the log into chunks\n1 stripes read, nothing wrong\n"
