"""Values that are nearly right carry the right one: taken over, the text is read without a remark."""

from __future__ import annotations

import pytest

from apps.dialects.charts.diagnostics import Diagnostic
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from tests.dialects.charts.outage import OutageCatalog, at

BASE = "[configuration]\nentity = hetzner\nmetric = outage-tickets\nstart-time = 2018-05-24\n"


def found(text: str) -> tuple[Diagnostic, ...]:
    return plan(parse(text), now_ns=at("2018-06-01"), catalog=OutageCatalog()).diagnostics


def mended(text: str, one: Diagnostic) -> str:
    """The text with a fix put in place of its range, as the editor does it."""
    lines = text.split("\n")
    line = lines[one.line - 1]
    assert one.line == one.end_line and one.fix is not None
    lines[one.line - 1] = line[: one.column - 1] + one.fix + line[one.end_column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("row", "fix"),
    [
        ("axis = rigth", "right"),
        ("mode = colum", "column"),
        ("auto-scale = ture", "true"),
        ("display-panels = flase", "false"),
        ("fill-value = linaer", "LINEAR"),
        ("period = 1 huor\nstatistics = avg", "1 hour"),
        ("period = 1 hour\nstatistics = summ", "sum"),
        ("period = 1 hour\nstatistics = avg, percentle(95), maxx", "avg, percentile(95), max"),
        ("[sries]", "series"),
        ("[series]\n[tag]\n[tagz]", "tag"),
        ("[widgets]\ntype = chart\n[series]", "widget"),
        ("[series", "[series]"),
    ],
)
def test_a_near_miss_has_a_fix_that_works(row: str, fix: str) -> None:
    text = f"{BASE}[widget]\ntype = chart\n[series]\n{row}\n"
    errors = [one for one in found(text) if one.severity == "error"]
    one = next(one for one in errors if one.fix is not None)
    assert one.fix.lower() == fix.lower()
    after = [later.code for later in found(mended(text, one)) if later.severity == "error"]
    assert one.code not in after


@pytest.mark.parametrize(
    ("row", "fix"),
    [
        ("value = valeu('raw') * 2", "value"),
        ("value = Math.rund(value('raw'))", "Math.round"),
        ("value = value('rwa') * 2", "'raw'"),
        ("value = fred.MonthlyChnge('raw')", "fred.MonthlyChange"),
        ("replace-value = valeu * 2", "value"),
    ],
)
def test_names_in_formulas_have_a_fix_that_works(row: str, fix: str) -> None:
    text = f"{BASE}import fred = fred.js\n[widget]\ntype = chart\n[series]\nalias = raw\n[series]\n{row}\n"
    errors = [one for one in found(text) if one.severity == "error"]
    assert [one.fix for one in errors] == [fix]
    assert not any(later.severity == "error" for later in found(mended(text, errors[0])))


@pytest.mark.parametrize(("date", "fix"), [("June 2018", "2018-06"), ("26 May 2018", "2018-05-26")])
def test_dates_with_the_name_of_a_month_have_a_fix_that_works(date: str, fix: str) -> None:
    text = f"{BASE}[widget]\ntype = chart\nend-time = {date}\n[series]\n"
    (one,) = [one for one in found(text) if one.severity == "error"]
    assert one.fix == fix and not any(later.severity == "error" for later in found(mended(text, one)))


def test_a_name_in_a_text_that_was_put_together_has_no_fix() -> None:
    text = (
        f"{BASE}var f = 'valeu'\n[widget]\ntype = chart\n[series]\nalias = raw\n"
        "[series]\nvalue = @{f}('raw')\n"
    )
    errors = [one for one in found(text) if one.severity == "error"]
    assert [(one.code, one.fix) for one in errors] == [("unknown-name", None)]


def test_a_text_without_quotes_is_quoted() -> None:
    text = f"{BASE}var unit = hour\n[widget]\ntype = chart\ntitle = @{{unit}}\n[series]\n"
    (one,) = [one for one in found(text) if one.severity == "error"]
    assert one.fix == "'hour'" and not any(later.severity == "error" for later in found(mended(text, one)))


@pytest.mark.parametrize("row", ["axis = 17", "mode = qqqqqq", "auto-scale = perhaps", "period = 1 zzz"])
def test_what_looks_like_nothing_has_no_fix(row: str) -> None:
    text = f"{BASE}[widget]\ntype = chart\n[series]\n{row}\n"
    errors = [one for one in found(text) if one.severity == "error"]
    assert errors and all(one.fix is None for one in errors)


def test_bounds_that_are_excluded_are_told() -> None:
    text = f"{BASE}[widget]\ntype = chart\n[axis]\ndelta = 0\ndelta-percent = 100\n[series]\n"
    assert [one.message for one in found(text) if one.code == "bad-value"] == [
        "delta must be more than 0",
        "delta-percent must be less than 100",
    ]


def test_axis_sections_reach_the_widget_with_their_own_settings() -> None:
    text = (
        f"{BASE}[axis]\ntitle = page\nmin = 1\n[group]\n[widget]\ntype = chart\n[axis]\nmin-force = 0\n"
        "max = 9\nmax-force = 10\nticks = 3\nformat = bytes\n[axis]\nright = yes\ntitle = other\n[series]\n"
    )
    chart = plan(parse(text), now_ns=at("2018-06-01"), catalog=OutageCatalog())
    assert chart.diagnostics == ()
    left, right = chart.widgets[0].axes
    assert left.own == {
        "title": "page", "min": "1", "min-force": "0", "max": "9", "max-force": "10", "ticks": "3",
        "format": "bytes",
    }  # fmt: skip
    assert right.own == {"right": "yes", "title": "other"}
    assert left.settings["min"] == "1" and "min" not in right.own


@pytest.mark.parametrize(
    ("row", "code", "fix"),
    [
        ("format = fixd", "unknown-format", "fixed"),
        ("format = kilobyts", "unknown-format", "kilobytes"),
        ("format = seconds per hour", "syntax", None),
        ("format = fixed(", "syntax", None),
        ("format = valu > 5 ? 'high' : 'low'", "unknown-name", "value"),
        ("color = stelblue", "bad-color", "steelblue"),
        ("color = #12345", "bad-color", None),
        ("label-format = javascript: entty + 1", "unknown-name", "entity"),
        ("counter-reset = -3\nrate = 1 second", "bad-value", None),
        ("counter-reset = infinity\nrate = 1 second", "bad-value", None),
    ],
)
def test_how_values_read_is_checked(row: str, code: str, fix: str | None) -> None:
    one = next(one for one in found(f"{BASE}[widget]\ntype = chart\n[series]\n{row}\n") if one.code == code)
    assert (one.line, one.fix) == (8, fix)


@pytest.mark.parametrize(
    "row",
    [
        "format = fixed(value / 1000, 1) + ' s'",
        "format = value > 5 ? 'high' : 'low'",
        "format = %b-%d %H:%M",
        "format = million watt",
        "format = d3.format(',.2f')(value)",
        "color = rgb(1, 2, 3)",
        "color = SteelBlue",
        "label-format = javascript: keepAfter(tagValue, '=') + statistics + period",
    ],
)
def test_formats_and_colours_that_are_right_are_passed_over(row: str) -> None:
    assert [one.code for one in found(f"{BASE}[widget]\ntype = chart\n[series]\n{row}\n")] == []


def test_a_date_as_other_programs_print_it_is_told_its_zone() -> None:
    text = f"{BASE.replace('2018-05-24', '2018-05-24T10:00:00')}[series]\n"
    (one,) = (one for one in found(text) if one.code == "bad-date")
    assert one.fix == "2018-05-24T10:00:00Z"
    assert [later.code for later in found(mended(text, one)) if later.severity == "error"] == []


@pytest.mark.parametrize("row", ["period = 5", "statistics = averag", "rate = abc", "time-offset = 5"])
def test_a_wrong_value_is_told_once_where_it_stands(row: str) -> None:
    text = f"{BASE}[widget]\ntype = chart\n[series]\n{row}\n"
    told = [one for one in found(text) if one.severity == "error"]
    assert [(one.code, one.line) for one in told] == [("bad-value", 8)]
    assert told[0].hint


@pytest.mark.parametrize("timespan", ["-1 day", "0 hour"])
def test_a_timespan_has_a_length(timespan: str) -> None:
    chart = plan(
        parse(f"timespan = {timespan}\nentity = hetzner\nmetric = outage-tickets\n[series]\n"),
        now_ns=at("2018-06-01"), catalog=OutageCatalog(),
    )  # fmt: skip
    assert [(one.code, one.line) for one in chart.diagnostics] == [("bad-value", 1)]
    assert chart.widgets[0].start_ns < chart.widgets[0].end_ns


@pytest.mark.parametrize(
    "call",
    [
        "avg('a', '5 foo')", "percentile(90, 'a', '5 foo')", "movavg('a', '5 foo')",
        "movavg('a', 3) + max('a', 'x')",
        "getValueWithOffset('a', '5 foo')", "delta('a', '')",
    ],
)  # fmt: skip
@pytest.mark.parametrize("section", ["series", "threshold"])
def test_an_interval_that_is_none_is_told_where_it_stands(call: str, section: str) -> None:
    text = f"{BASE}[widget]\ntype = chart\n[series]\nalias = a\n[{section}]\nvalue = {call}\n"
    (one,) = found(text)
    wrong = call.rsplit(", ", 1)[1].rstrip(")")
    assert (one.severity, one.line) == ("error", 10)
    assert text.split("\n")[9][one.column - 1 : one.end_column - 1] == wrong
