"""Saving a series of a chart as a metric from the lab: with the keyboard, on a phone, and what is refused."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import lab_ready, settled

pytestmark = pytest.mark.xdist_group("browser")

TEXT = """[configuration]
  entity = hetzner
  metric = outage-tickets
  start-time = 2018-05-24T10:00:00Z
  end-time = 2018-05-27T00:00:00Z
[widget]
  type = chart
  [series]
    alias = raw
  [series]
    label = change
    value = value('raw') - previous('raw')
  [series]
    label = memory
    smooth = ema
"""


def lab(page: Page) -> Page:
    page.goto("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.evaluate("text => tsweb.lab.editor.replace_all(text)", TEXT)
    expect(page.locator("#chart .scatterlayer .trace")).to_have_count(3)
    settled(page)
    return page


def opened(page: Page, series: str) -> Locator:
    page.get_by_role("button", name="Save as metric").click()
    dialog = page.get_by_role("dialog", name="Save as metric")
    expect(dialog).to_be_visible()
    dialog.get_by_role("combobox", name="Series").select_option(label=series)
    return dialog


def test_a_series_is_looked_at_saved_and_found_on_its_task_page(signed_in):
    page = lab(signed_in)
    dialog = opened(page, "change")
    expect(dialog.get_by_role("region", name="Lines of the series")).to_contain_text("previous('raw')")
    expect(dialog.locator(".told")).to_have_text(
        "26 points in 62 periods of 1 hour. All of them equal those drawn."
    )
    dialog.get_by_text("First results").click()
    expect(dialog.locator(".first tbody tr").first).to_contain_text("165")
    # The line that computes it is the last: it is what one sees of a long text.
    lines = dialog.get_by_role("region", name="Lines of the series")
    assert lines.evaluate("one => one.scrollHeight - one.clientHeight - one.scrollTop < 2")
    name = dialog.get_by_role("textbox", name="Metric")
    expect(name).to_have_value(re.compile("outage-tickets.change"))
    # Where it comes from is no place to store it.
    name.fill("outage-tickets")
    dialog.get_by_role("button", name="Dry run").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("computed from outage-tickets")
    expect(dialog.get_by_role("button", name="Dry run")).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("outage-change-saved")
    dialog.get_by_role("textbox", name="Unit").fill("tickets")
    dialog.get_by_role("button", name="Save", exact=True).click()
    link = dialog.get_by_role("link", name="Show the task")
    expect(link).to_be_focused()
    link.click()
    expect(page).to_have_url(re.compile(r"/tasks/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("main")).to_contain_text("outage-change-saved")
    # What was saved can be changed there; what is wrong with it is told and changes nothing.
    page.get_by_role("button", name="Edit").click()
    edit = page.get_by_role("dialog", name="Edit")
    edit.get_by_role("textbox", name="Computed every").fill("soon")
    edit.get_by_role("button", name="Save", exact=True).click()
    expect(edit.get_by_role("alert")).to_contain_text("'soon' is not a period")
    expect(edit.get_by_role("alert")).not_to_contain_text("'every'")
    expect(edit.get_by_role("button", name="Save", exact=True)).to_be_focused()
    edit.get_by_role("textbox", name="Computed every").fill("1 day")
    edit.get_by_role("textbox", name="Name of the task").fill("Tickets, changed")
    edit.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tickets, changed")
    expect(page.get_by_role("main")).to_contain_text("Daily")


def test_what_depends_on_the_window_is_refused_with_what_to_write(signed_in):
    dialog = opened(lab(signed_in), "memory")
    expect(dialog.get_by_role("alert")).to_contain_text("remembers every sample of the window")
    expect(dialog.get_by_role("alert")).to_contain_text("smooth-count")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("smooth-count")
    expect(dialog.get_by_role("link", name="Show the task")).to_have_count(0)


def test_keyboard_alone_opens_and_leaves_the_dialog(signed_in):
    page = lab(signed_in)
    button = page.get_by_role("button", name="Save as metric")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Save as metric")
    expect(dialog.get_by_role("textbox", name="Metric")).to_be_focused()
    expect(dialog.get_by_role("alert")).to_contain_text("remembers")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light"), (390, "dark")])
def test_it_fits_and_is_accessible(open_page, width, theme):
    page = lab(open_page("/", width=width, height=844, theme=theme))
    if width < 500:
        page.locator("#chart").get_by_role("button", name="Export").click()
        page.get_by_role("button", name="Save as metric…").click()
        dialog = page.get_by_role("dialog", name="Save as metric")
        dialog.get_by_role("combobox", name="Series").select_option(label="change")
    else:
        dialog = opened(page, "change")
    expect(dialog.locator(".told")).to_contain_text("equal those drawn")
    settled(page)
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth && one.clientWidth <= innerWidth")
    # Who may only read sees all of it, and signs in to save.
    expect(dialog.get_by_role("link", name="Sign in to save")).to_have_attribute(
        "href", re.compile(r"^/sign-in/\?next=")
    )
    results = Axe().run(page, context=".save-metric")
    assert results.violations_count == 0, results.generate_report()
