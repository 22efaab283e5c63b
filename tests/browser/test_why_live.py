""""Why this value?" in each notation, at the same moment, and for a series that has no value there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import box_of, lab_ready, settled

pytestmark = pytest.mark.xdist_group("browser")

TEXT = """[configuration]
  entity = hetzner
  metric = outage-tickets
  timezone = UTC
  start-time = 2018-05-24T10:00:00Z
  end-time = 2018-05-27T00:00:00Z
[widget]
  type = chart
  [series]
    alias = raw
    label = tickets
  [series]
    label = rate
    rate = 0 minute
    rate-counter = false
  [series]
    label = replaced
    replace-value = value - previousValue
  [series]
    label = aliases
    value = value('raw') - previous('raw')
  [series]
    label = many
    value = var v = value('raw'); if (v > 500) return v; return null;
"""


@pytest.fixture
def chart(open_page) -> Page:
    page = open_page("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.evaluate("text => tsweb.lab.editor.replace_all(text)", TEXT)
    expect(page.locator("#chart .scatterlayer .trace")).to_have_count(5)
    settled(page)
    return page


def test_every_notation_tells_its_arithmetic_at_one_moment(chart):
    widget = chart.locator("#chart .widget")
    why = widget.locator(".why")
    widget.focus()
    for key in ("Home", "ArrowRight", "Enter"):
        chart.keyboard.press(key)
    expect(why.get_by_role("heading")).to_have_text("Why 402?")
    why.get_by_label("Series").focus()
    for label in ("rate", "replaced", "aliases"):
        why.get_by_label("Series").select_option(label=label)
        expect(why.get_by_role("heading")).to_have_text("Why 165?")
        expect(why).to_contain_text(f"{label} at 2018-05-24 11:29:00 UTC")
        expect(why.locator(".arithmetic").first).to_have_text("402 - 237 = 165")
        expect(why.get_by_label("Series")).to_be_focused()
    # The condition let nothing through there; a later sample has passed.
    why.get_by_label("Series").select_option(label="many")
    expect(why.get_by_role("heading")).to_have_text("Why is there no value?")
    expect(why.locator(".absent")).not_to_be_empty()
    expect(why).to_contain_text("many at 2018-05-24 11:29:00 UTC")


def test_a_click_beside_a_gap_asks_about_the_moment_another_series_has(chart):
    widget = chart.locator("#chart .widget")
    widget.get_by_role("button", name="tickets").click()
    for name in ("rate", "replaced"):
        widget.get_by_role("button", name=name).click()
    settled(chart)
    area = box_of(widget.locator(".nsewdrag"))
    place = chart.evaluate(
        """() => {
            const view = tsweb.lab.board.views[0];
            const many = view.traces.find((one) => one.label === 'many');
            view.asked = [];
            const ask = view.ask_why.bind(view);
            view.ask_why = (trace, time_ms) => {
                view.asked.push([trace.label, new Date(time_ms).toISOString()]);
                ask(trace, time_ms);
            };
            const axis = view.figure_box._fullLayout.xaxis;
            return axis.l2p(Date.parse('2018-05-24T17:35:00Z'));
        }"""
    )
    chart.mouse.click(area.x + place + 2, area.y + area.height * 0.4)
    chart.wait_for_function("() => tsweb.lab.board.views[0].asked.length === 1")
    (_, time), = chart.evaluate("tsweb.lab.board.views[0].asked")
    assert time == "2018-05-24T17:35:00.000Z"
    expect(widget.locator(".why")).to_contain_text("at 2018-05-24 17:35:00 UTC")


def test_one_series_is_shown_alone_by_keyboard(chart):
    names = chart.locator("#chart .legend tbody button")
    names.nth(2).focus()
    chart.keyboard.press("Shift+Enter")
    for place in range(5):
        expect(names.nth(place)).to_have_attribute("aria-pressed", str(place == 2).lower())
    chart.keyboard.press("Shift+Enter")
    for place in range(5):
        expect(names.nth(place)).to_have_attribute("aria-pressed", "true")
    expect(chart.locator("#chart .scatterlayer .trace")).to_have_count(5)
