"""The editor in a real browser: it completes, explains, repairs, compares, remembers, and never waits."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.waiting import box_of, lab_ready, settled

pytestmark = pytest.mark.xdist_group("browser")

TEXT = """[configuration]
  entity = hetzner
  starttime = 2018-05-24T10:00:00Z
  endtime = 2018-05-27T00:00:00Z

[group]
  [widget]
    type = chart
    title = One
    [series]
      metric = outage-tickets
      alias = raw

  [widget]
    type = chart
    title = Two
    [series]
      metric = outage-tickets
      alias = again
"""


def text_of(page: Page) -> str:
    return page.evaluate("tsweb.lab.editor.text")


def put(page: Page, text: str, *, drawn: int = 2) -> None:
    page.evaluate("text => tsweb.lab.editor.replace_all(text)", text)
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(drawn)
    expect(page.locator("#result.stale")).to_have_count(0)
    settled(page)


def type_at_end(page: Page, text: str) -> None:
    page.evaluate("tsweb.lab.editor.ace.focus(); tsweb.lab.editor.ace.navigateFileEnd()")
    page.keyboard.type(text)


@pytest.fixture
def lab(open_page) -> Page:
    page = open_page("/lab/?metric=outage-tickets")
    page.wait_for_function("() => window.tsweb && tsweb.lab")
    put(page, TEXT)
    return page


def test_tab_accepts_and_enter_always_makes_a_line(lab):
    page = lab
    popup = page.locator(".ace_autocomplete")
    type_at_end(page, "\n[series]\nmetr")
    expect(popup.locator(".ace_selected")).to_contain_text("metric")
    page.keyboard.press("Tab")
    expect(popup).to_contain_text("outage-tickets")
    page.keyboard.type("water")
    expect(popup).to_contain_text("water-temperature")
    page.keyboard.press("Enter")
    expect(popup).to_be_hidden()
    assert re.search(r"metric = water\n *$", text_of(page))


def test_completion_knows_the_metric_the_values_and_the_aliases(lab):
    page = lab
    popup = page.locator(".ace_autocomplete")
    for typed, offered, taken in (
        ("\n[tags]\nd", "dc", "dc = "),
        ("", "07", "dc = 07"),
        ("\n[series]\naxis = ri", "right", "axis = right"),
        ("\nvalue = value('ag", "again", "value = value('again'"),
        (" + prev", "previous", "+ previous('"),
    ):
        if typed:
            type_at_end(page, typed) if typed.startswith("\n") else page.keyboard.type(typed)
        expect(popup.locator(".ace_selected")).to_contain_text(offered)
        page.keyboard.press("Tab")
        page.wait_for_function("taken => tsweb.lab.editor.text.includes(taken)", arg=taken)


def test_typing_never_waits_for_a_slow_server(lab):
    page = lab

    # A server slower than any clock: nothing is answered until everything is written and shown.
    held: list[Route] = []
    answers = Event()

    def late(route: Route) -> None:
        if answers.is_set():
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/charts/*", late)
    page.route("**/lab/names.json*", late)
    with page.expect_request("**/api/charts/check"):
        type_at_end(page, "\n[series]\nmetric = outa")
    with page.expect_request("**/api/charts/check"):
        page.keyboard.type("ge-tickets\n# the server takes its time")
    line = ", the keyboard does not"
    page.keyboard.type(line)
    assert text_of(page).endswith("time" + line)
    expect(page.locator("#editor .ace_text-layer")).to_contain_text(line)
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(2)
    assert len(held) >= 2
    answers.set()
    for route in held:
        route.continue_()
    settled(page)
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(2)
    expect(page.locator("#diagnostics .error")).to_have_count(0)


def test_only_the_widget_that_changed_is_drawn_again(lab):
    page = lab
    drawn = "[...document.querySelectorAll('#chart .widget')].map(one => Number(one.dataset.drawn))"
    page.evaluate("document.querySelectorAll('#chart .widget')[0].dataset.mark = 'kept'")
    first, second = page.evaluate(drawn)
    put(page, TEXT.replace("title = Two", "title = Changed"))
    expect(page.locator("#chart .widget h2").last).to_have_text("Changed")
    assert page.evaluate(drawn) == [first, second + 1]
    # A third widget in front keeps the two that are there.
    extra = "  [widget]\n    type = chart\n    title = New\n    [series]\n      metric = outage-tickets\n\n"
    put(page, TEXT.replace("[group]\n", "[group]\n" + extra, 1), drawn=3)
    expect(page.locator("#chart .widget[data-mark=kept] h2")).to_have_text("One")


def test_the_last_good_chart_stays_and_a_fix_is_one_click(lab):
    page = lab
    type_at_end(page, "\n[series]\nvalue = value('agian')\n")
    page.keyboard.press("Escape")
    finding = page.locator(".finding.error").first
    expect(finding).to_contain_text("again")
    expect(page.locator("#result.stale #held")).to_contain_text("last good chart")
    expect(page.locator("#chart .widget .scatterlayer")).to_have_count(2)
    finding.locator(".fix").click()
    expect(page.locator("#result.stale")).to_have_count(0)
    assert "value = value('again')" in text_of(page)
    page.get_by_role("button", name="Undo").click()
    assert "value('agian')" in text_of(page)


def test_format_comment_find_and_outline(lab):
    page = lab
    untidy = re.sub(r"^ +", "", TEXT, flags=re.MULTILINE).replace(" = ", "=", 3)
    put(page, untidy)
    page.get_by_role("button", name="Format").click()
    page.wait_for_function("before => tsweb.lab.editor.text !== before", arg=untidy)
    assert text_of(page) == TEXT
    page.get_by_role("button", name="Format").click()
    assert text_of(page) == TEXT
    page.get_by_role("button", name="Undo").click()
    assert text_of(page) == untidy
    page.get_by_role("button", name="Redo").click()
    page.evaluate("tsweb.lab.editor.ace.gotoLine(2)")
    page.get_by_role("button", name="Comment").click()
    assert re.search(r"^\s*# ?entity = hetzner", text_of(page), re.MULTILINE)
    page.get_by_role("button", name="Undo").click()
    page.locator("#outline summary").click()
    page.locator("#outline li button", has_text="again").click()
    assert page.evaluate("tsweb.lab.editor.ace.getCursorPosition().row") == TEXT[
        : TEXT.rindex("[series]")
    ].count("\n")
    page.keyboard.press("Control+h")
    expect(page.locator(".ace_replace_form")).to_be_visible()


def test_format_leaves_blocks_and_texts_as_they_are(lab):
    text = (
        "script\n   function f(a) {\n      return a;\n   }\nendscript\n\n"
        "for one in list\n[series]\nlabel=a=b\n"
        "if one == 2\ncolor = red\nelse\ncolor = blue\nendif\nendfor\n/* keep\n     this */\n"
    )
    once = lab.evaluate("async text => tsweb.text.format(text, {series: 3, widget: 2})", text)
    assert "   function f(a) {\n      return a;" in once
    assert "label = a=b" in once
    assert "\n     this */" in once
    assert lab.evaluate("text => tsweb.text.format(text, {series: 3, widget: 2})", once) == once


def test_help_at_the_cursor_and_for_the_keys(lab):
    page = lab
    page.evaluate("tsweb.lab.editor.jump(8, 6)")
    expect(page.locator("#about")).to_contain_text("type")
    page.keyboard.press("F1")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    settled(page)
    # The editor makes its lines anew whenever it likes: their place counts, not the nodes.
    box = box_of(page.locator(".ace_line", has_text="metric = outage-tickets").first.locator(".ace_variable"))
    page.mouse.move(box.x + 8, box.y + 30)
    page.mouse.move(box.x + 10, box.y + box.height / 2, steps=3)
    expect(page.locator(".hover-help")).to_contain_text("Name of the measured quantity")


def test_a_file_goes_out_and_comes_back(lab, tmp_path: Path):
    page = lab
    page.locator("#chart-title").evaluate("field => field.value = 'My chart'")
    page.locator("details.more summary").click()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the text").click()
    assert got.value.suggested_filename == "my-chart.ls"
    saved = tmp_path / "other.ls"
    saved.write_bytes(got.value.path().read_bytes().replace(b"One", b"Uno").replace(b"\n", b"\r\n"))
    page.locator("#file").set_input_files(saved)
    page.wait_for_function("() => tsweb.lab.editor.text.includes('Uno')")
    assert text_of(page) == TEXT.replace("One", "Uno")
    page.get_by_role("button", name="Undo").click()
    assert text_of(page) == TEXT


def test_drafts_versions_undo_links_and_dashboards(signed_in):
    page = signed_in
    page.goto("/lab/?metric=outage-tickets")
    lab_ready(page)
    put(page, TEXT)
    page.locator("#chart-title").fill("A chart of mine")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/lab/[a-z0-9]{8}/1/$"))
    lab_ready(page)
    # What was typed before the first save can still be undone.
    page.get_by_role("button", name="Undo").click()
    assert text_of(page) != TEXT
    page.get_by_role("button", name="Redo").click()
    assert text_of(page) == TEXT

    # The draft is on the server before it is saved, and is offered in another browser tab.
    with page.expect_response(
        lambda one: "/lab/draft/" in one.url and "Draft" in (one.request.post_data or "")
    ):
        page.evaluate("text => tsweb.lab.editor.replace_all(text)", TEXT.replace("One", "Draft"))
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.get_by_role("button", name="Restore").click()
    assert "title = Draft" in text_of(tab)
    tab.close()
    page.keyboard.press("Control+s")
    expect(page.locator("#status")).to_have_text("Saved as version 2")

    # Another version comes into the same editor, and one undo brings the newer text back.
    page.locator("#versions summary").click()
    page.locator("#versions").get_by_role("link", name="Version 1").click()
    page.wait_for_function("text => tsweb.lab.editor.text === text", arg=TEXT)
    expect(page).to_have_url(re.compile(r"/1/$"))
    page.get_by_role("button", name="Undo").click()
    assert "title = Draft" in text_of(page)
    page.get_by_role("button", name="Redo").click()

    # Links fix the time unless asked not to.
    page.get_by_role("button", name="Link").click()
    address = page.locator("#link-address")
    expect(address).to_have_value(re.compile(r"/1/\?now=20\d\d-"))
    fixed = address.input_value()
    page.get_by_label("Stay relative").check()
    expect(address).to_have_value(re.compile(r"/1/$"))
    page.get_by_role("button", name="Close").click()
    with page.expect_request(lambda one: "/render" in one.url and "now" in (one.post_data_json or {})):
        page.goto(fixed)
    expect(page.locator("#fixed-time")).to_contain_text("Time fixed at")

    # Two versions beside each other, as pictures and as texts.
    page.locator("#versions summary").click()
    page.locator("#versions").get_by_role("link", name="Compare").click()
    expect(page.locator(".sides .widget .scatterlayer")).to_have_count(4)
    expect(page.locator(".difference del")).to_have_text("Draft")
    page.get_by_role("link", name="version 2").click()
    page.wait_for_url(re.compile(r"/lab/[a-z0-9]{8}/2/$"))
    lab_ready(page)

    # On a dashboard of its own, which goes when its name is typed.
    page.locator("details.more summary").click()
    page.get_by_role("button", name="Add to a dashboard").click()
    page.get_by_label("Name of the new one").fill("My board")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="My board").click()
    page.get_by_role("button", name="Edit").click()
    delete = page.get_by_role("button", name="Delete the dashboard")
    expect(delete).to_be_disabled()
    page.get_by_label("to confirm").fill("My board")
    delete.click()
    expect(page.get_by_text("was deleted; its charts were kept")).to_be_visible()


def test_the_gallery_opens_a_copy(open_page):
    page = open_page("/lab/gallery/?q=outage")
    page.get_by_role("link", name=re.compile("Outage tickets")).click()
    lab_ready(page)
    expect(page.locator("#chart-title")).to_have_value(re.compile("Outage tickets"))
    expect(page.locator("#chart .widget").first).to_be_visible()
