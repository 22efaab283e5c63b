"""What is typed is not lost: reloading, signing in, another browser, a full disk, a server that is away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import lab_ready, settled
from tests.live import LiveServer

pytestmark = pytest.mark.xdist_group("browser")

TYPED = "# typed by a guest"


def text_of(page: Page) -> str:
    return page.evaluate("tsweb.lab.editor.text")


def type_at_end(page: Page, text: str) -> None:
    page.evaluate("tsweb.lab.editor.ace.focus(); tsweb.lab.editor.ace.navigateFileEnd()")
    page.keyboard.type(text)


def sign_in(page: Page, site: LiveServer) -> None:
    page.get_by_label("User name").fill(site.user)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()


def test_a_guests_fork_survives_reloading_and_signing_in_and_is_nobody_elses(open_page, site):
    page = open_page("/lab/gallery/?q=outage")
    page.get_by_role("link", name=re.compile("Outage tickets")).click()
    lab_ready(page)
    address = page.url
    type_at_end(page, "\n" + TYPED)
    expect(page.locator("#status")).to_have_text("Not saved")
    page.reload()
    lab_ready(page)
    assert TYPED not in text_of(page)
    page.get_by_role("button", name="Restore").click()
    assert TYPED in text_of(page)
    # What was done before the page was loaded again is undone as if it had not been.
    page.get_by_role("button", name="Undo").click()
    assert TYPED not in text_of(page)
    page.get_by_role("button", name="Redo").click()
    assert TYPED in text_of(page)

    page.get_by_role("link", name="Sign in to save").click()
    sign_in(page, site)
    page.wait_for_url(address)
    lab_ready(page)
    with page.expect_response("**/lab/draft/"):
        page.get_by_role("button", name="Restore").click()
    assert TYPED in text_of(page)

    # It is on the server now, for this user in any browser, and for nobody else in this one.
    other = open_page(f"/sign-in/?next={address.removeprefix(site.url)}")
    sign_in(other, site)
    lab_ready(other)
    expect(other.locator("#draft-offer")).to_contain_text("Unsaved changes")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
    page.goto(address)
    lab_ready(page)
    expect(page.locator("#draft-offer")).to_be_hidden()
    with other.expect_response("**/lab/draft/"):
        other.get_by_role("button", name="Discard").click()
    other.reload()
    lab_ready(other)
    expect(other.locator("#draft-offer")).to_be_hidden()


def test_a_text_that_no_place_is_left_for_says_so(open_page):
    page = open_page("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")
    type_at_end(page, "\n# more")
    expect(page.locator("#status")).to_have_text("Not saved, and this browser has no room for a draft")
    assert text_of(page).endswith("# more")


def test_a_server_that_comes_back_is_asked_again_by_itself(open_page):
    page = open_page("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.route("**/api/charts/*", lambda route: route.abort())
    type_at_end(page, "\n# while nobody answers")
    expect(page.locator("#result.stale #held")).to_contain_text("the server can't be reached")
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(1)
    page.unroute("**/api/charts/*")
    expect(page.locator("#result.stale")).to_have_count(0)
    # An empty text is no fault: it shows how to begin, and the chart comes back with the text.
    before = text_of(page)
    page.evaluate("tsweb.lab.editor.replace_all('')")
    expect(page.locator("#chart")).to_contain_text("The chart appears here")
    expect(page.locator("#result.stale")).to_have_count(0)
    page.evaluate("text => tsweb.lab.editor.replace_all(text)", before)
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(1)


def test_a_new_title_alone_is_a_change_that_is_saved(signed_in):
    page = signed_in
    page.goto("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.locator("#chart-title").fill("First name")
    expect(page.locator("#status")).to_have_text("Not saved")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/lab/[a-z0-9]{8}/1/$"))
    lab_ready(page)
    page.locator("#chart-title").fill("Second name")
    expect(page.locator("#status")).to_have_text("Not saved")
    page.keyboard.press("Control+s")
    expect(page.locator("#status")).to_have_text("Renamed")
    page.reload()
    settled(page)
    expect(page.locator("#chart-title")).to_have_value("Second name")
    expect(page).to_have_url(re.compile("/1/$"))
