"""Texts that were made to hurt: an answer in bounded time, at most a finding, never an exception."""

from __future__ import annotations

import time

import pytest

from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from tests.dialects.charts.outage import OutageCatalog, at

HEAD = "[configuration]\nentity=hetzner\nmetric=outage-tickets\n[widget]\ntype=chart\n"
TEXTS = {
    "brackets": HEAD + "[series]\nvalue = " + "(" * 100_000,
    "circle": HEAD + "".join(f"[series]\nalias=a{i}\nvalue=value('a{(i + 1) % 500}')\n" for i in range(500)),
    "unknown aliases": HEAD + "".join(f"[series]\nvalue=value('aaab{i}')\n" for i in range(1000)),
    "unknown settings": HEAD + "".join(f"fooo{chr(97 + i % 26)}x = 1\n" for i in range(5000)),
    "a billion steps": "for i in range(1,1000000000)\nx = 1\nendfor",
    "loops in loops": "for i in range(1,100000)\nfor j in range(1,100000)\nx=@{i}\nendfor\nendfor",
    "growing text": "var a = 'xxxxxxxxxx'\n" + "var a = a + a\n" * 60 + "title = @{a}",
    "growing list": "var a = [1,2,3]\n" + "var a = a.concat(a)\n" * 60,
    "long line": "x" * 2_000_000,
    "too long": "a = 1\n" * 1_700_000,
    "open blocks": "if 1\n" * 40_000,
    "open texts": '"' * 100_000 + "=1\n" + " " * 100_000 + "x\n" + "[" * 100_000,
    "tags": HEAD + "[tags]\n" + "".join(f"t{i} = a\n" for i in range(3000)) + "[series]\n" * 1000,
    "functions without end": "script\nfunction f(x) { return f(x) + f(x) }\nendscript\ntitle = @{f(1)}",
    "huge numbers": "title = @{'x'.repeat(1e9)} @{Math.pow(10,400)} @{(5).toFixed(1e9)} @{parseInt('9')}",
    "nothing": "",
    "zero bytes": "\x00[series]\x00=\x00",
}


@pytest.mark.parametrize("name", TEXTS)
def test_answers_in_bounded_time(name):
    started = time.process_time()
    chart = plan(parse(TEXTS[name]), now_ns=at("2018-06-01"), catalog=OutageCatalog())
    assert time.process_time() - started < 10  # not a measure of speed: without bounds these take minutes
    assert len(chart.diagnostics) <= 201
    assert chart.diagnostics


def test_a_typical_configuration_is_planned_in_bounded_time():
    text = HEAD + "".join(
        f"[series]\nalias = s{i}\ncolor = red\n[series]\nvalue = value('s{i}') - previous('s{i}')\n"
        for i in range(10)
    )
    started = time.process_time()
    for _ in range(10):
        plan(parse(text), now_ns=at("2018-06-01"), catalog=OutageCatalog())
    assert (time.process_time() - started) / 10 < 1


@pytest.mark.parametrize(
    "rows",
    [
        "[widget]\ntype = table\ntop-units = 1e999\nleft-units = -1e999\n[series]\n",
        "[group]\nwidgets-per-row = 0.5\n[widget]\ntype = chart\n[widget]\ntype = chart\n",
        "[widget]\ntype = chart\nposition = 99999999-99999999\n[series]\n",
    ],
)
def test_places_beyond_every_page_are_not_taken(rows):
    chart = plan(parse(HEAD.split("[widget]")[0] + rows), now_ns=at("2018-06-01"), catalog=OutageCatalog())
    assert all(0 <= one.row < 10_000 and 0 <= one.column < 10_000 for one in chart.widgets)


@pytest.mark.parametrize("date", ["1e999", "-1e300", "9300000000000"])
def test_numbers_that_are_no_dates_are_told(date):
    value = f"[series]\nvalue = fred.MonthlyChange('a', {date})\n"
    text = f"import fred = fred.js\n{HEAD}[series]\nalias=a\n{value}"
    chart = plan(parse(text), now_ns=at("2018-06-01"), catalog=OutageCatalog())
    assert [(one.severity, one.line) for one in chart.diagnostics] == [("error", 10)]
