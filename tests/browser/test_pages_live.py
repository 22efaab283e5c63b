"""The real pages in a real browser: see, hover, zoom, edit, repair, save, reopen."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import drawn, lab_ready, plot_box, settled

pytestmark = pytest.mark.xdist_group("browser")

OUTAGE = "/dashboards/outage-tickets/"
PAGES = (
    "/",
    OUTAGE,
    "/lab/",
    "/explore/",
    "/reference/",
    "/reference/settings/",
    "/reference/data-model/",
    "/lab/gallery/",
    "/explore/metric/?name=outage-tickets",
    "/sign-in/",
    "/search/?q=t",
)

DASHBOARDS = tuple(f"/dashboards/{name}/" for name in ("trade", "beach-days", "records"))


def open_lab(page: Page) -> None:
    page.goto(OUTAGE)
    page.get_by_role("link", name="Open in the lab").click()
    page.wait_for_selector("#chart .widget .scatterlayer")
    lab_ready(page)


def write_at_end(page: Page, text: str) -> None:
    page.locator(".ace_content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def test_the_portal_leads_to_the_outage_chart_with_equal_numbers(open_page):
    page = open_page("/")
    drawn(page)
    expect(page.locator(".card").nth(2)).to_be_visible()
    page.get_by_role("link", name=re.compile("Outage tickets")).click()
    drawn(page)
    expect(page.locator(".widget .scatterlayer .trace")).to_have_count(4)
    expect(page.locator(".verdict")).to_have_text(
        "✓ All 3 notations give the same 26 numbers, and none at the first sample"
    )
    rows = page.locator(".compare tbody tr")
    expect(rows).to_have_count(27)
    assert rows.nth(0).locator("td").all_inner_texts()[1:] == ["237", "–", "–", "–"]
    assert rows.nth(3).locator("td").all_inner_texts()[1:] == ["1013", "516", "516", "516"]
    assert rows.nth(26).locator("td").all_inner_texts()[1:] == ["0", "−86", "−86", "−86"]


def test_hovering_names_time_and_value(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    box = plot_box(page)
    page.mouse.move(box.x + 3, box.y + box.height / 2)
    # The sample of 14:36 is the peak; 4.6 of 53 hours into the window.
    page.mouse.move(box.x + box.width * 4.6 / 53, box.y + 20, steps=4)
    hover = page.locator(".widget").first.locator(".hover")
    expect(hover).to_contain_text("2018-05-24 14:36:00")
    expect(hover).to_contain_text("1,013")
    expect(page.locator(".widget").nth(1).locator(".crosshair")).to_be_visible()


def test_zooming_fetches_the_window_and_double_click_resets(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    box = plot_box(page)
    middle = box.y + box.height / 2
    with page.expect_request("**/api/charts/render") as asked:
        page.mouse.move(box.x + box.width * 0.2, middle)
        page.mouse.down()
        page.mouse.move(box.x + box.width * 0.5, middle, steps=5)
        page.mouse.up()
    body = asked.value.post_data_json
    assert body["start"] > "2018-05-24T18" and body["end"] < "2018-05-25T16"
    assert body["width"] > 200
    reset = page.locator(".widget").first.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_visible()
    # The first difference inside the window is right: its predecessor lies outside.
    drawn(page, 2)
    page.locator(".widget").nth(1).get_by_role("button", name="Table").click()
    first = page.locator(".widget").nth(1).locator(".twin tbody tr")
    expect(first.filter(has_text="2018-05-25 05:13:00")).to_contain_text("-261")
    settled(page)
    with page.expect_request("**/api/charts/render") as asked:
        page.mouse.dblclick(box.x + box.width / 2, middle)
    assert "start" not in asked.value.post_data_json
    expect(reset).to_be_hidden()


def test_the_keyboard_reads_points_and_shows_the_table(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    widget = page.locator(".widget").first
    widget.focus()
    page.keyboard.press("Home")
    expect(widget.locator(".spoken")).to_contain_text("237 at 2018-05-24 10:43:00 UTC, point 1 of 27")
    page.keyboard.press("ArrowRight")
    expect(widget.locator(".spoken")).to_contain_text("402")
    page.keyboard.press("End")
    expect(widget.locator(".spoken")).to_contain_text("0 at 2018-05-26 13:38:00 UTC, point 27 of 27")
    page.keyboard.press("t")
    expect(widget.locator(".twin tbody tr")).to_have_count(27)
    with page.expect_request("**/api/charts/render"):
        page.keyboard.press("+")
    page.keyboard.press("Escape")
    expect(widget).not_to_be_focused()


def test_the_legend_hides_and_isolates(open_page):
    page = open_page("/dashboards/beach-water/")
    drawn(page)
    widget = page.locator(".widget").first
    names = widget.locator(".legend button")
    expect(names).to_have_count(2)
    names.nth(0).click()
    expect(names.nth(0)).to_have_attribute("aria-pressed", "false")
    expect(widget.locator(".scatterlayer .trace")).to_have_count(1)
    names.nth(0).click()
    names.nth(1).dblclick()
    expect(names.nth(0)).to_have_attribute("aria-pressed", "false")
    expect(names.nth(1)).to_have_attribute("aria-pressed", "true")


def test_exports_are_made_in_the_page(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    widget = page.locator(".widget").nth(1)
    for choice, ending in (("CSV", ".csv"), ("SVG", ".svg"), ("PNG", ".png")):
        widget.get_by_role("button", name="Export").click()
        with page.expect_download() as got:
            widget.get_by_role("button", name=re.compile(choice)).click()
        assert got.value.suggested_filename == "rate" + ending
        content = got.value.path().read_bytes()
        if choice == "CSV":
            lines = content.decode().splitlines()
            assert lines[0] == "time,change"
            assert lines[1] == "2018-05-24T11:29:00.000Z,165"
            assert len(lines) == 27
        else:
            assert len(content) > 5000


def test_edit_see_the_error_at_its_line_repair_save_and_reopen(signed_in):
    page = signed_in
    open_lab(page)
    page.get_by_role("button", name="Fork").first.click()
    page.wait_for_url(re.compile(r"/lab/[a-z0-9]{8}/1/$"))
    page.wait_for_selector("#chart .widget .scatterlayer")
    lab_ready(page)
    before = page.locator("#chart .widget").count()
    write_at_end(page, "\n    [series]\n      label = twice\n      value = value('rwa') * 2")
    problem = page.locator("#diagnostics button.error").first
    expect(problem).to_be_visible()
    expect(problem.locator(".hint")).to_contain_text("raw")
    line = int(problem.locator(".place").inner_text().split(":")[0])
    assert "rwa" in page.locator("#text").evaluate(
        "(area, line) => ace.edit(document.querySelector('.ace_editor')).session.getLine(line - 1)", line
    )
    expect(page.locator(".ace_gutter-cell.ace_error")).to_be_visible()
    # The last good chart stays, dimmed, and says why.
    expect(page.locator("#result.stale #held")).to_contain_text(f"Line {line}:")
    assert page.locator("#chart .widget").count() == before
    problem.click()
    # An open list of offers would take the key.
    expect(page.locator(".ace_autocomplete")).to_be_hidden()
    page.keyboard.press("Control+End")
    for _ in range(len("rwa') * 2")):
        page.keyboard.press("Backspace")
    page.keyboard.insert_text("raw') * 2")
    expect(page.locator("#diagnostics .error")).to_have_count(0)
    expect(page.locator("#result.stale")).to_have_count(0)
    expect(page.locator("#chart .widget").last.locator(".legend")).to_contain_text("twice")
    expect(page.locator("#status")).to_have_text("Not saved")
    page.keyboard.press("Control+s")
    expect(page.locator("#status")).to_have_text("Saved as version 2")
    expect(page).to_have_url(re.compile(r"/lab/[a-z0-9]{8}/2/$"))
    address = page.url
    page.goto(address)
    expect(page.locator("#chart .widget").last.locator(".legend")).to_contain_text("twice")
    page.goto(address.replace("/2/", "/1/"))
    expect(page.locator("#status")).to_have_text("Version 1 of 2")


def test_completion_offers_what_is_stored(open_page):
    page = open_page("/lab/")
    lab_ready(page)
    write_at_end(page, "\n      metric = outa")
    page.keyboard.press("Control+Space")
    expect(page.locator(".ace_autocomplete")).to_contain_text("outage-tickets")
    page.keyboard.press("Tab")
    expect(page.locator("#editor .ace_text-layer")).to_contain_text("metric = outage-tickets")


def test_hostile_labels_run_nothing(open_page):
    page = open_page(OUTAGE)
    page.get_by_role("link", name="Open in the lab").click()
    page.wait_for_selector("#chart .widget .scatterlayer")
    lab_ready(page)
    hostile = "<img src=x onerror='hit=1'><a href='javascript:hit=1'>x</a><script>hit=1</script>"
    widget = "[group]\n[widget]\n  type = chart\n  title = {0}\n  [series]\n    label = {0}\n"
    write_at_end(page, "\n" + widget.format(hostile))
    expect(page.locator("#chart .widget")).to_have_count(5)
    expect(page.locator("#chart .widget h2").last).to_contain_text("<script>")
    settled(page)
    assert page.evaluate("window.hit") is None
    assert page.locator("#chart img, #chart script, #chart a[href^='javascript']").count() == 0


def test_the_theme_is_switched_live_and_remembered(open_page):
    page = open_page(OUTAGE)
    drawn(page)
    tick = page.locator(".widget .ytick text").first
    light = tick.evaluate("node => getComputedStyle(node).fill")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.wait_for_function(
        "before => getComputedStyle(document.querySelector('.widget .ytick text')).fill !== before",
        arg=light,
    )
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(open_page, path):
    page = open_page(path, width=390, height=844)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation(open_page, theme):
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found = {}
    # The dark theme differs in nothing but its colours.
    asked = "" if theme == "light" else ", runOnly: ['color-contrast']"
    page = open_page("/", theme=theme)
    for path in (*PAGES, *DASHBOARDS):
        page.goto(path)
        settled(page)
        page.evaluate(axe)
        answer = page.evaluate(f"axe.run({{resultTypes: ['violations']{asked}}})")
        assert answer["passes"]
        for violation in answer["violations"]:
            places = [
                " ".join(node["target"])
                for node in violation["nodes"][:3]
                if isinstance(node["target"][0], str)
            ]
            found.setdefault(path, []).append(f"{violation['id']}: {places}")
    assert found == {}


def test_a_drawn_panel_has_a_table_twin_by_keyboard(open_page):
    page = open_page("/dashboards/trade/")
    drawn(page)
    for place in range(2):
        widget = page.locator(".widget.is-bar, .widget.is-pie").nth(place)
        widget.focus()
        page.keyboard.press("t")
        expect(widget.locator(".twin tbody tr").first).to_contain_text("china")
        expect(widget.locator(".twin tbody tr").first).to_contain_text("$42.6B")
        page.keyboard.press("t")
        expect(widget.locator(".twin")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(widget).not_to_be_focused()


def test_a_drop_down_changes_the_chart_and_a_table_sorts_filters_and_exports(open_page):
    page = open_page("/dashboards/records/")
    drawn(page)
    chart = page.locator(".widget").filter(has=page.locator(".dropdowns"))
    expect(chart.locator(".legend")).to_contain_text("china")
    chart.get_by_label("entity").select_option("japan")
    expect(chart.locator(".legend")).to_contain_text("japan")
    table = page.locator(".widget.is-table").first
    names = table.locator("tbody tr td:first-child")
    expect(names.first).to_have_text("china")
    table.get_by_role("button", name="Country").click()
    expect(table.locator("th[aria-sort=ascending]")).to_contain_text("Country")
    expect(names.first).to_have_text("canada")
    table.get_by_label("Filter rows").fill("japan")
    expect(names).to_have_count(1)
    table.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as got:
        table.get_by_role("button", name=re.compile("CSV")).click()
    lines = got.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("japan,")


def test_a_new_chart_opens_with_something_drawn_and_no_error(open_page):
    page = open_page("/lab/")
    page.wait_for_selector("#chart .widget .scatterlayer .trace")
    lab_ready(page)
    expect(page.locator("#diagnostics .error")).to_have_count(0)
