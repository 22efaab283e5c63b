"""Widgets of every type: their tables, what they do when empty, and labels that want to be markup."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import box_of, lab_ready, settled

pytestmark = pytest.mark.xdist_group("browser")

HEAD = """[configuration]
  entity = hetzner
  metric = outage-tickets
  timezone = UTC
  start-time = 2018-05-24T10:00:00Z
  end-time = 2018-05-26T13:00:00Z
"""
HOSTILE = """"><img src=x onerror=hit=1><script>hit=1</script><a href=javascript:hit=1>x</a>"""
DRAWN = ("chart", "bar", "pie", "histogram", "box", "gauge", "calendar", "treemap", "graph")


def put(page: Page, text: str) -> None:
    with page.expect_response("**/api/charts/render"):
        page.evaluate("text => tsweb.lab.editor.replace_all(text)", text)
    settled(page)
    expect(page.locator("#result.stale")).to_have_count(0)


@pytest.fixture
def lab(open_page) -> Page:
    page = open_page("/lab/?metric=outage-tickets")
    lab_ready(page)
    return page


def widget_of(kind: str, label: str) -> str:
    series = f"    [series]\n      label = {label}\n      alias = a\n"
    body = {
        "gauge": f"    thresholds = 0, 50, 100\n{series}",
        "graph": f"    [node]\n      id = a\n      label = {label}\n    [node]\n      id = b\n"
        f"    [link]\n      nodes = a - b\n      label = {label}\n",
        "table": f"    [column]\n      key = value\n      label = {label}\n{series}",
        "page": "    url = javascript:hit=1\n",
        "property": "    [property]\n      type = none\n      entity = hetzner\n",
        "chart": f"{series}    [threshold]\n      value = 500\n      label = {label}\n"
        "    [dropdown]\n      on-change = widget.title\n"
        f"      [option]\n        text = {label}\n        value = 1\n",
    }.get(kind, series)
    return f"  [widget]\n    type = {kind}\n    title = {label}\n{body}"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("bar", "86"),
        ("pie", "86"),
        ("gauge", "86"),
        ("histogram", "samples"),
        ("box", "max 1,013"),
        ("calendar", "avg 237"),
        ("treemap", "86"),
        ("graph", "here"),
    ],
)
def test_each_drawn_panel_has_a_table_by_t(lab, kind, told):
    put(lab, f"{HEAD}[group]\n{widget_of(kind, 'here')}")
    widget = lab.locator("#chart .widget")
    widget.focus()
    lab.keyboard.press("t")
    rows = widget.locator(".twin tbody tr")
    expect(rows.filter(has_text=told).first).to_contain_text("here")
    # Nothing but what is there: no row without a value.
    assert not re.search(r"\bavg ;|: *$", "\n".join(rows.all_inner_texts()))
    lab.keyboard.press("t")
    expect(widget.locator(".twin")).to_be_hidden()


def test_what_is_empty_offers_nothing_to_export_or_tabulate(lab):
    widgets = "[group]\n" + widget_of("chart", "none") + widget_of("pie", "none")
    empty = HEAD.replace("2018-", "2016-") + widgets
    put(lab, empty)
    expect(lab.locator("#chart .empty")).to_have_count(2)
    for name in ("Table", "Export"):
        expect(lab.locator("#chart").get_by_role("button", name=name)).to_have_count(0)
    lab.locator("#chart .widget").first.focus()
    for key in ("t", "Home", "Enter", "ArrowRight", "+"):
        lab.keyboard.press(key)
    expect(lab.locator("#chart .twin:visible, #chart .why:visible")).to_have_count(0)
    put(lab, empty.replace("2016-", "2018-"))
    expect(lab.locator("#chart").get_by_role("button", name="Export")).to_have_count(2)


def test_labels_that_want_to_be_markup_are_texts_in_every_widget(lab):
    kinds = (*DRAWN, "table", "text", "console", "property", "page")
    rows = (kinds[at : at + 3] for at in range(0, len(kinds), 3))
    groups = ("[group]\n" + "".join(widget_of(kind, HOSTILE) for kind in row) for row in rows)
    put(lab, HEAD + "".join(groups))
    widgets = lab.locator("#chart .widget")
    expect(widgets).to_have_count(len(kinds))
    for place in range(len(DRAWN)):
        widget = widgets.nth(place)
        widget.scroll_into_view_if_needed()
        widget.focus()
        lab.keyboard.press("t")
        expect(widget.locator(".twin")).to_contain_text("<script>")
        figure = box_of(widget.locator(".figure"))
        lab.mouse.move(figure.x + figure.width / 2, figure.y + figure.height / 2, steps=3)
    chart = widgets.first
    chart.focus()
    for key in ("Home", "Enter"):
        lab.keyboard.press(key)
    expect(chart.locator(".why")).to_contain_text("<script>")
    expect(chart.locator(".legend")).to_contain_text("<img src=x")
    expect(chart.locator(".dropdowns option")).to_contain_text(["<script>"])
    expect(widgets.last).to_contain_text("is no address that can be opened")
    chart.get_by_role("button", name="Export").click()
    with lab.expect_download() as got:
        chart.get_by_role("button", name="SVG").click()
    drawn = got.value.path().read_text(encoding="utf-8")
    assert "&#60;img src=x" in drawn
    assert not re.search(r"<script|<img|javascript:[^\"<]*\"", drawn)
    assert lab.evaluate("window.hit") is None
    assert lab.locator("#chart img, #chart script, #chart a[href^='javascript']").count() == 0
