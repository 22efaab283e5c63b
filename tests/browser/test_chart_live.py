"""Time charts as a reader uses them: clocks, zoom, hover, legend, table, keyboard, "why this value?"."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import Box, box_of, drawn, plot_box, settled

pytestmark = pytest.mark.xdist_group("browser")

OUTAGE = "/dashboards/outage-tickets/"
BEACH = "/dashboards/beach-water/"

TWO_WINDOWS = """
[configuration]
  entity = hetzner
  metric = outage-tickets
  timezone = UTC
  end-time = 2018-05-26T15:00:00Z
[group]
  [widget]
    type = chart
    title = both days
    start-time = 2018-05-24T10:00:00Z
    [series]
  [widget]
    type = chart
    title = one day
    start-time = 2018-05-25T10:00:00Z
    [series]
  [widget]
    type = chart
    title = both days again
    start-time = 2018-05-24T10:00:00Z
    [series]
"""

BEACHES = """
[configuration]
  metric = water-temperature
  start-time = 2016-05-27T00:00:00Z
  end-time = 2016-09-06T00:00:00Z
  timezone = UTC
[widget]
  type = chart
  title = water
  [series]
    entity = montrose-beach
    label = Montrose
  [series]
    entity = ohio-street-beach
    label = Ohio
"""


def own_board(open_page, config: str, path: str = OUTAGE, **more) -> Page:
    """A page whose only board shows a text."""
    page = open_page(path, **more)
    settled(page)
    page.evaluate(
        """async config => {
            document.querySelectorAll('.board-host, .compare').forEach(one => one.remove());
            const host = document.createElement('div');
            host.className = 'board-host';
            document.getElementById('content').append(host);
            window.board = new tsweb.Board(host);
            await window.board.draw(config);
        }""",
        config,
    )
    return page


def drag(page: Page, box: Box, begin: float, end: float, key: str | None = None) -> None:
    middle = box.y + box.height / 2
    page.mouse.move(box.x + box.width * begin, middle)
    if key:
        page.keyboard.down(key)
    page.mouse.down()
    page.mouse.move(box.x + box.width * end, middle, steps=5)
    page.mouse.up()
    if key:
        page.keyboard.up(key)


def hovered(page: Page, share: float, zone: str) -> str:
    """What the first chart tells at a share of its width, once it tells it on the clock of a zone."""
    box = plot_box(page)
    page.mouse.move(box.x + box.width * share, box.y + 40)
    hover = page.locator(".widget").first.locator(".hover")
    expect(hover.locator("p").first).to_have_text(re.compile(rf"\d {re.escape(zone)}$"))
    return hover.inner_text()


def test_a_browser_in_another_zone_shows_the_same_clock(open_page):
    seen = []
    for zone in ("UTC", "America/New_York", "Asia/Kolkata"):
        page = open_page(BEACH, timezone_id=zone)
        settled(page)
        assert page.evaluate("tsweb.browser_zone()") in {zone, "Asia/Calcutta"}
        ticks = page.locator(".widget").first.locator(".xtick text").all_text_contents()
        paths = page.locator(".widget").first.locator(".scatterlayer .js-line").first.get_attribute("d")
        seen.append((ticks, hovered(page, 0.5, "America/Chicago"), paths))
    assert seen[0] == seen[1] == seen[2]


def test_the_hover_lists_every_series_once_with_its_unit_largest_first(open_page):
    page = open_page(BEACH)
    drawn(page)
    box = plot_box(page)
    page.mouse.move(box.x + box.width * 0.8, box.y + 40)
    hover = page.locator(".widget").first.locator(".hover")
    rows = hover.locator("tr")
    expect(rows).to_have_count(2)
    values = [float(text.split()[0]) for text in hover.locator("td:nth-child(2)").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    assert all(text.endswith("°C") for text in hover.locator("td:nth-child(2)").all_inner_texts())
    clock = re.compile(r"^2016-08-\d\d \d\d:\d\d:\d\d America/Chicago$")
    expect(hover.locator("p").first).to_have_text(clock)
    # It stands beside the moment it tells of, and the line is a hair.
    shown, line = box_of(hover), box_of(page.locator(".widget").first.locator(".crosshair"))
    assert line.width <= 1.01
    assert shown.x > line.x + 5 or shown.x + shown.width < line.x - 5


def test_the_zone_is_switched_and_remembered(open_page):
    page = open_page(BEACH, timezone_id="Asia/Tokyo")
    drawn(page)
    zones = page.locator(".widget").first.get_by_label("Time zone")
    settled(page)
    assert zones.locator("option").all_inner_texts() == [
        "America/Chicago", "UTC", "Asia/Tokyo (this browser)",
    ]  # fmt: skip
    before = hovered(page, 0.5, "America/Chicago")
    zones.select_option("UTC")
    after = hovered(page, 0.5, "UTC")
    # Chicago is five hours behind in summer.
    hours = [int(re.search(r" (\d\d):", text)[1]) for text in (before, after)]
    assert (hours[1] - hours[0]) % 24 == 5
    expect(page.locator(".widget").nth(1).get_by_label("Time zone")).to_have_value("UTC")
    page.reload()
    drawn(page)
    hovered(page, 0.5, "UTC")


def test_a_zoom_stays_with_the_widgets_that_share_its_window(open_page):
    page = own_board(open_page, TWO_WINDOWS)
    with page.expect_response("**/api/charts/render") as answered:
        drag(page, plot_box(page), 0.2, 0.5)
    asked = answered.value.request.post_data_json
    assert asked["only"] == [0, 2]
    assert asked["start"] > "2018-05-24T18" and asked["end"] < "2018-05-25T16"
    reset = page.get_by_role("button", name="Reset zoom")
    expect(reset).to_have_count(2)
    expect(page.locator(".widget").nth(1).get_by_role("button", name="Reset zoom")).to_be_hidden()
    home = page.evaluate("board.views[1].range")
    assert home[0].startswith("2018-05-25 10:00")
    # Panning with Shift moves the zoomed window and keeps its length.
    with page.expect_request("**/api/charts/render") as moved:
        drag(page, plot_box(page), 0.6, 0.4, "Shift")
    later = moved.value.post_data_json
    assert later["start"] > asked["start"] and later["end"] > asked["end"]


def test_ranges_below_the_chart_zoom_pan_and_go_back(open_page):
    page = open_page(BEACH)
    drawn(page)
    foot = page.locator(".widget").first.locator(".ranges")
    with page.expect_request("**/api/charts/render") as asked:
        foot.get_by_role("button", name="The last 1w of the interval").click()
    assert asked.value.post_data_json["end"] == "2016-09-06T05:00:00.000Z"
    assert asked.value.post_data_json["start"] == "2016-08-30T05:00:00.000Z"
    drawn(page, 2)
    settled(page)
    with page.expect_request("**/api/charts/render") as asked:
        foot.get_by_role("button", name="Earlier").click()
    assert asked.value.post_data_json["start"] == "2016-08-26T17:00:00.000Z"
    settled(page)
    with page.expect_request("**/api/charts/render") as asked:
        foot.get_by_role("button", name="All of the interval").click()
    assert "start" not in asked.value.post_data_json


def test_legend_and_table_tell_of_every_sample_though_few_are_drawn(open_page):
    page = own_board(open_page, BEACHES, path=BEACH, width=390, height=844)
    settled(page)
    exact = page.evaluate(
        "config => tsweb.post_json('/api/charts/render', {config, series: true})",
        BEACHES,
    )
    series = exact["widgets"][0]["series"]
    values = [value for _, value in series[0]["samples"] if value is not None]
    points = page.evaluate("board.views[0].traces[0].times.length")
    assert points < len(values) / 1.5
    cells = {
        name: float(page.locator(f".legend tbody tr:first-child [data-of={name}]").text_content())
        for name in ("last", "min", "max", "mean")
    }
    assert cells["last"] == values[-1]
    assert (cells["min"], cells["max"]) == (min(values), max(values))
    # Samples of one decimal; their mean is told to one more.
    assert cells["mean"] == pytest.approx(sum(values) / len(values), abs=0.005)
    expect(page.locator(".badge")).to_contain_text("down-sampled")
    page.locator(".badge").click()
    expect(page.locator(".notes")).to_contain_text("min and max kept")
    page.get_by_role("button", name="Table").click()
    times = {time for one in series for time, _ in one["samples"]}
    expect(page.locator(".twin .told")).to_contain_text(f"of {len(times):,} rows")
    expect(page.locator(".twin tbody tr")).to_have_count(1000)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".twin tbody tr")).to_have_count(min(2000, len(times)))


def test_csv_and_json_hold_exactly_what_is_drawn(open_page):
    page = own_board(open_page, BEACHES, path=BEACH)
    page.locator(".legend button").nth(0).click()
    for choice in ("CSV", "JSON"):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as got:
            page.get_by_role("button", name=re.compile(choice)).click()
        text = got.value.path().read_text(encoding="utf-8")
        if choice == "CSV":
            assert text.splitlines()[0] == "time,Ohio"
            rows = len(text.splitlines()) - 1
        else:
            (only,) = json.loads(text)["series"]
            assert (only["label"], only["unit"], len(only["samples"])) == ("Ohio", "°C", rows)


def test_a_click_tells_why_a_derived_point_is_what_it_is(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    widget = page.locator(".widget").nth(3)
    widget.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    why = widget.locator(".why")
    expect(why.get_by_role("heading")).to_have_text("Why 516?")
    expect(why).to_contain_text("1013 - 497")
    expect(why.locator("tbody tr").first).to_contain_text("2018-05-24 14:36:00")
    why.get_by_role("button", name="The next point").click()
    expect(why.get_by_role("heading")).to_have_text("Why −309?")
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()
    box = plot_box(page, 0)
    page.mouse.click(box.x + 4, box.y + box.height / 2)
    expect(page.locator(".widget").first.locator(".why")).to_contain_text("2018-05-24 10:43:00")


def test_a_gap_tells_why_there_is_no_value(open_page):
    text = BEACHES.replace("type = chart", "type = chart\n  disconnect-interval = 6 hour")
    page = own_board(open_page, text, path=BEACH)
    gap = page.evaluate(
        """() => {
            const view = board.views[0], trace = view.traces[0];
            return trace.times[trace.values.findIndex(Number.isNaN)];
        }"""
    )
    page.evaluate("time => board.views[0].ask_why(board.views[0].traces[0], time)", gap)
    expect(page.locator(".why").get_by_role("heading")).to_have_text("Why is there no value?")
    expect(page.locator(".why .absent")).not_to_be_empty()


def test_the_last_good_chart_stays_when_the_server_fails(open_page):
    page = own_board(open_page, BEACHES, path=BEACH)
    page.route("**/api/charts/render", lambda route: route.fulfill(status=503, body="{}"))
    page.locator(".ranges button").first.click()
    expect(page.locator(".board-host.stale .failure")).to_contain_text("last good chart")
    expect(page.locator(".scatterlayer .trace")).to_have_count(2)
    page.unroute("**/api/charts/render")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".failure")).to_have_count(0)
    expect(page.locator(".board-host.stale")).to_have_count(0)


def test_a_live_chart_asks_again_and_pauses(open_page):
    live = """
[configuration]
  start-time = current_day
  end-time = next_hour
  update-interval = 1 second
  timezone = UTC
[widget]
  type = chart
  [series]
    value = Math.sin(1)
    label = one
"""
    page = own_board(open_page, live)
    button = page.locator(".live")
    expect(button).to_have_text("live, 1 s")
    with page.expect_request("**/api/charts/render"):
        pass
    button.click()
    expect(button).to_have_text("paused")
    settled(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "render" in request.url else None)
    page.wait_for_timeout(1500)
    assert asked == []


def test_full_screen_and_print_keep_the_chart(open_page):
    page = own_board(open_page, BEACHES, path=BEACH)
    page.locator(".widget").focus()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement && document.fullscreenElement.matches('.widget')")
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")
    page.emulate_media(media="print")
    expect(page.locator(".legend")).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".tools")).to_be_hidden()
