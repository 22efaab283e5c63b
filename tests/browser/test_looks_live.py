"""What a page looks like where there is little room, on paper, and with nothing to show."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import settled

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
PAGES = (
    *(f"/dashboards/{name}/" for name in ("trade", "beach-days", "records", "federal-debt", "beach-water")),
    "/explore/?show=metrics",
    "/explore/entity/?name=china",
    "/reference/formulas/",
    "/reference/aggregators/",
    "/reference/kairosdb/",
    "/charts/",
    "/api/docs/",
)
THREE = """[configuration]
  width-units = 3
  start-time = 2016-05-27 00:00:00
  end-time = 2016-09-06 00:00:00
  metric = water-temperature
[group]
  [widget]
    type = chart
    title = A title longer than the room beside the tools of its widget
    [series]
      entity = montrose-beach
      label = Montrose
    [series]
      entity = ohio-street-beach
      label = Ohio Street
  [widget]
    type = gauge
    title = Without a value
    [series]
      entity = nobody
  [widget]
    type = chart
    title = Nothing
    [series]
      entity = nobody
"""
#: What reaches over the right edge of its widget without being in a box that scrolls.
STICKING_OUT = """() => [...document.querySelectorAll('.widget')].flatMap(widget => {
    const edge = widget.getBoundingClientRect().right + 1;
    return [...widget.querySelectorAll('header *, .foot *, .legend *, .chips *, .big-texts *')]
        .filter(one => one.getClientRects().length && one.getBoundingClientRect().right > edge)
        .filter(one => !one.closest('.hidden-visually'))
        .map(one => widget.getAttribute('aria-label') + ': ' + one.textContent);
})"""


def board_of(page: Page, config: str, width_px: int) -> None:
    page.evaluate(
        """async ([config, width]) => {
            document.querySelectorAll('.board-host, .compare').forEach(one => one.remove());
            const host = document.createElement('div');
            host.className = 'board-host';
            host.style.width = width + 'px';
            document.getElementById('content').append(host);
            window.board = new tsweb.Board(host);
            await window.board.draw(config);
        }""",
        [config, width_px],
    )
    settled(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_scrolls_no_page_sideways(open_page, path):
    page = open_page(path, **PHONE)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize(("width_px", "in_first_row"), [(1100, 3), (700, 2), (500, 1)])
def test_a_board_has_as_many_columns_as_have_room(open_page, width_px, in_first_row):
    page = open_page("/dashboards/outage-tickets/")
    settled(page)
    board_of(page, THREE, width_px)
    tops = page.evaluate("[...document.querySelectorAll('.widget')].map(one => one.offsetTop)")
    assert tops.count(tops[0]) == in_first_row
    assert page.evaluate(STICKING_OUT) == []


def test_a_widget_without_anything_to_show_says_so_and_offers_nothing_else(open_page):
    page = open_page("/dashboards/outage-tickets/")
    settled(page)
    board_of(page, THREE, 1100)
    for title in ("Without a value", "Nothing"):
        widget = page.get_by_role("group", name=title)
        expect(widget.locator(".empty")).to_be_visible()
        for name in ("Table", "Export", "Full screen"):
            expect(widget.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("group", name="Nothing").locator(".zones")).to_be_hidden()


def test_found_names_are_read_on_a_phone(open_page):
    page = open_page("/search/?q=t", **PHONE)
    for link in page.locator(".rows a").all()[:6]:
        expect(link).to_be_visible()
        assert link.evaluate("one => one.clientWidth") > 200


def test_previews_below_the_screen_are_drawn_without_scrolling(open_page):
    page = open_page("/", **PHONE)
    cards = page.locator(".preview .board-host").count()
    assert cards >= 6
    page.wait_for_function(
        "count => document.querySelectorAll('.preview .board-host[data-drawn]').length === count", arg=cards
    )


def luminance(page: Page, selector: str, name: str) -> float:
    """From 0 (black) to 255 (white)."""
    return page.locator(selector).first.evaluate(
        """(one, name) => getComputedStyle(one)[name].match(/[0-9.]+/g).slice(0, 3)
            .reduce((sum, part) => sum + Number(part), 0) / 3""",
        name,
    )


def test_paper_is_light_and_has_every_bar_from_a_dark_screen_too(open_page):
    page = open_page("/dashboards/trade/", theme="dark")
    settled(page)
    assert luminance(page, ".xtick text", "fill") > 128
    page.emulate_media(media="print")
    page.wait_for_function("() => 'paper' in document.documentElement.dataset")
    assert luminance(page, "body", "backgroundColor") > 250
    assert luminance(page, ".xtick text", "fill") < 128
    bars = page.locator(".barlayer .point path")
    assert bars.count() > 8
    expect(bars.first).to_be_visible()
    widths = page.evaluate("[...document.querySelectorAll('.main-svg')].map(one => one.clientWidth)")
    assert max(widths) <= 700
    page.emulate_media(media="screen")
    page.wait_for_function("() => !('paper' in document.documentElement.dataset)")
    settled(page)
    assert luminance(page, ".xtick text", "fill") > 128


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/admin/", "/api/docs/"])
def test_pages_made_by_others_have_our_ground(signed_in, path, theme):
    signed_in.emulate_media(color_scheme=theme)
    signed_in.goto(path)
    ground = luminance(signed_in, "body", "backgroundColor")
    assert ground > 240 if theme == "light" else ground < 40
