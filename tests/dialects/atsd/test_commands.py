"""Network commands: grammar, places of faults, lines."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.algebra.series import SeriesKey
from apps.dialects.atsd.commands import (
    MAX_COMMAND_CHARS,
    CommandFailure,
    ParsedCommand,
    parse_command,
    parse_commands,
)
from apps.errors import SyntaxFault, TsError

# The first lines of a published file of tax filing counts.
IRS = """\
series d:2017-03-24T00:00:00Z e:irs.gov t:section="Individual Income Tax Returns" t:type="Total (all)" \
m:irs_season.count_year_current=85251000 m:irs_season.count_year_previous=89412000
series d:2017-03-24T00:00:00Z e:irs.gov t:section="Web Usage" t:type="Visits to IRS.gov" \
m:irs_season.count_year_current=246382030 m:irs_season.count_year_previous=261025110
"""


def read(line: str) -> ParsedCommand:
    return parse_command(line)


def only_sample(line: str):
    (sample,) = read(line).samples
    return sample


def test_a_published_file():
    parsed = [command for _, command in parse_commands(IRS)]
    assert len(parsed) == 2
    first, second = parsed[0].samples
    tags = (("section", "Individual Income Tax Returns"), ("type", "Total (all)"))
    assert first.key == SeriesKey("irs_season.count_year_current", "irs.gov", tags)
    assert (first.value, second.value) == (85251000.0, 89412000.0)
    assert parsed[0].time_ns == 1_490_313_600 * 10**9


def test_fields_come_in_any_order_and_names_are_folded():
    command = read("SERIES  ms:5   t:DC=Room-7 m:Temp=1.5E-3  e:Pump")
    assert command.samples[0].key == SeriesKey("temp", "pump", (("dc", "Room-7"),))
    assert command.samples[0].value == 0.0015
    assert command.time_ns == 5_000_000


@pytest.mark.parametrize(
    ("field", "time_ns"),
    [
        ("s:1", 10**9),
        ("ms:1", 10**6),
        ("d:1970-01-01T00:00:01Z", 10**9),
        ("d:1970-01-01T01:23:00+01:23", 0),
        ("d:1969-12-31T23:59:59.5Z", -500_000_000),
        ("ms:-5", -5_000_000),
        ("", None),
    ],
)
def test_times(field, time_ns):
    assert read(f"series e:e m:m=1 {field}").time_ns == time_ns


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('series e:e m:m=1 x:m="He said ""no"""', 'He said "no"'),
        ('series e:e m:m=1 x:m="two\nlines"', "two\nlines"),
        ('series e:e m:m=1 x:m=""', ""),
        ('series e:e m:m=1 x:m="tab\there"', "tab\there"),
        ("series e:e m:m=1 x:m=null", "null"),
    ],
)
def test_texts(line, value):
    assert only_sample(line).text == value


def test_quoted_names_and_values():
    command = read('series e:e m:"a=b"=5 t:path="/a=b" t:"two words"=x')
    assert command.samples[0].key == SeriesKey("a=b", "e", (("path", "/a=b"), ("two words", "x")))


def test_a_text_without_a_number_stores_nan():
    sample = only_sample("series e:e x:state=off")
    assert math.isnan(sample.value) and sample.text == "off"


def test_whole_numbers_beyond_floats_stay_exact():
    assert only_sample("series e:e m:m=9223372036854775807").integer == 2**63 - 1
    assert only_sample("series e:e m:m=5").integer is None


@pytest.mark.parametrize(
    ("line", "start", "part"),
    [
        ("sries e:e m:m=1", 0, "did you mean series"),
        ("series e:e", 0, "at least one"),
        ("series e:e stray m:m=1", 11, "double quotes"),
        ("series e:e m:m=x", 11, ""),
        ("series e:e m:m=1e999", 11, ""),
        ("series e:e m:m=1=2", 11, "equals sign"),
        ('series e:e m:m=1 x:m=5" pipe', 17, "double each quote"),
        ('series e:e m:m=1 x:m="open', 17, "double each quote"),
        ("series e:e m:m=1 d:yesterday", 17, ""),
        ("series e:e m:m=1 d:2020-02-30T00:00:00Z", 17, ""),
        ("series e:e m:m=1 ms:1.5", 17, ""),
        ("series e:e m:m=1 ms:99999999999999999999", 17, ""),
        ("series e:e m:m=1 ms:1 s:1", 22, "one of"),
        ("series e:e m:m=1 q:1", 17, "there are"),
        ("series e: m:m=1", 7, ""),
        ('series e:"a b" m:m=1', 7, "white space"),
        ("series e:e m:m=1 t:a=", 17, ""),
        ("series e:e m:m=1 t:a", 17, ""),
        ("series e:e e:f m:m=1", 11, ""),
        ("series e:e m:m=1 a:maybe", 17, ""),
        ("property e:e t:disk", 0, "v:name=value"),
        ("message e:e", 0, ""),
        ("metric m:m rd:x", 11, ""),
        ("metric m:m b:maybe", 11, ""),
        ("ping now:1", 5, ""),
        ("debug", 0, ""),
        ("", 0, ""),
    ],
)
def test_faults_point_at_the_text(line, start, part):
    with pytest.raises(TsError) as caught:
        read(line)
    assert caught.value.span is not None
    assert caught.value.span.start == start
    assert part in (caught.value.hint or caught.value.message)


def test_metadata():
    command = read('metric m:Cpu l:"CPU busy" b:false p:double i:previous rd:30 min:-1.5 u:"" t:a=b t:c=""')
    assert command.metric == "cpu"
    assert command.settings == {
        "label": "CPU busy",
        "enabled": False,
        "dataType": "DOUBLE",
        "interpolate": "PREVIOUS",
        "retentionDays": 30,
        "minValue": -1.5,
        "units": None,
    }
    assert command.tags == {"a": "b", "c": None}
    assert read("entity e:Host z:Europe/Berlin").settings == {"timeZone": "Europe/Berlin"}


def test_properties_and_messages():
    command = read('property e:Host t:Disk k:Id=sda v:size=5 v:gone="" ms:1')
    assert (command.entity, command.type, command.keys) == ("host", "disk", {"id": "sda"})
    assert command.tags == {"size": "5", "gone": None}
    command = read('message e:Host m:"it is down" t:severity=CRITICAL')
    assert (command.text, command.tags) == ("it is down", {"severity": "CRITICAL"})


def test_debug_reads_the_command_behind_it_once():
    assert only_sample("debug series e:e m:m=1").value == 1.0
    with pytest.raises(SyntaxFault):
        read("debug " * 1000 + "ping")


def test_a_bad_line_spoils_no_other():
    text = 'ping\n\nseries e:e m:m=1 x:m=5" pipe\r\nseries e:e m:m=2\rbad\nseries e:e m:m=3 x:m="a\nb"\ntime'
    found = list(parse_commands(text))
    assert [line for line, _ in found] == [1, 3, 4, 5, 6, 8]
    kinds = ["bad" if isinstance(command, CommandFailure) else command.kind for _, command in found]
    assert kinds == ["ping", "bad", "series", "bad", "series", "time"]


def test_long_commands_and_many_quotes_end_in_bounded_time():
    start_s = time.process_time()
    with pytest.raises(SyntaxFault):
        read("series e:e m:m=1 t:a=" + "x" * MAX_COMMAND_CHARS)
    assert all(isinstance(found, CommandFailure) for _, found in parse_commands('"\n' * 5_000))
    assert isinstance(next(parse_commands("debug " * 20_000))[1], CommandFailure)
    assert time.process_time() - start_s < 5


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=40)


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    text=texts,
    tag=texts.filter(lambda text: text.strip() and text.strip("\r\n") == text),
    time_ms=st.integers(-(2**42), 2**42),
)
def test_what_is_printed_is_read_back(value, text, tag, time_ms):
    line = f"series e:e m:m={value!r} x:m={quoted(text)} t:a={quoted(tag)} ms:{time_ms}"
    ((_, command),) = parse_commands(line)
    (sample,) = command.samples
    assert sample.value == value
    assert sample.text == text
    assert sample.key.tags == (("a", tag),)
    assert command.time_ns == time_ms * 10**6


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    for _, found in parse_commands(text):
        assert isinstance(found, ParsedCommand | CommandFailure)
    for _, found in parse_commands("series " + text):
        assert isinstance(found, ParsedCommand | CommandFailure)
