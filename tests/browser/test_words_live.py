"""The words the editor knows: lists that open where only certain words fit, and what each word means."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import box_of, lab_ready, settled

pytestmark = pytest.mark.xdist_group("browser")

TEXT = """[configuration]
  entity = hetzner
  metric = outage-tickets
  starttime = 2018-05-24T10:00:00Z
  endtime = 2018-05-27T00:00:00Z
[widget]
  type = chart
  [series]
    alias = raw
  [series]
    value = value('raw') * 2
    alias = twice
"""


def text_of(page: Page) -> str:
    return page.evaluate("tsweb.lab.editor.text")


def type_at_end(page: Page, text: str) -> None:
    page.evaluate("tsweb.lab.editor.ace.focus(); tsweb.lab.editor.ace.navigateFileEnd()")
    page.keyboard.insert_text(text[:-1])
    page.keyboard.type(text[-1])


@pytest.fixture
def lab(open_page) -> Page:
    page = open_page("/lab/?metric=outage-tickets")
    lab_ready(page)
    page.evaluate("text => tsweb.lab.editor.replace_all(text)", TEXT)
    expect(page.locator("#chart .scatterlayer .trace")).to_have_count(2)
    settled(page)
    return page


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("[", "dropdown"),
        ("[widget]\n  type = ", "treemap"),
        ("[widget]\n  time-zone = ", "UTC"),
        ("[widget]\n  start-time = ", "current_day"),
        ("[widget]\n  timespan = 2 ", "quarter"),
        ("  [series]\n    statistics = avg, ", "percentile"),
        ("  [series]\n    metric = ", "outage-tickets"),
        ("  [series]\n    value = value('", "twice"),
        ("  [series]\n    value = percentile(95, '", "twice"),
        ("imp", "import"),
    ],
)
def test_a_list_opens_where_only_certain_words_fit(lab, typed, offered):
    type_at_end(lab, typed)
    expect(lab.locator(".ace_autocomplete")).to_be_visible()
    # A list of names from the server comes after the one that was there at once.
    lab.wait_for_function(
        """offered => (tsweb.lab.editor.ace.completer.popup.data || [])
            .some(one => one.caption.startsWith(offered))""",
        arg=offered,
    )


def test_a_list_opens_right_after_the_cursor_was_moved(lab):
    # Both within one turn of the page: the editor then takes the typing for a part of the move.
    lab.evaluate(
        """() => { const { ace } = tsweb.lab.editor; ace.focus(); ace.navigateFileEnd();
                   ace.execCommand("insertstring", "["); }"""
    )
    expect(lab.locator(".ace_autocomplete")).to_be_visible()


def test_enter_makes_a_line_also_in_a_list_that_opened_by_itself(lab):
    type_at_end(lab, "[widget]\n  type = ")
    expect(lab.locator(".ace_autocomplete")).to_be_visible()
    lab.keyboard.press("ArrowDown")
    lab.keyboard.press("Enter")
    expect(lab.locator(".ace_autocomplete")).to_be_hidden()
    assert text_of(lab).rstrip(" ").endswith("type = \n")


def test_sections_settings_and_functions_are_explained(lab):
    about = lab.locator("#about")
    for line, column, told in (
        (8, 5, "[series] One series: a metric and an entity"),
        (3, 4, "metric Name of the measured quantity"),
        (11, 14, "value('a') Value of series a"),
    ):
        lab.evaluate("([line, column]) => tsweb.lab.editor.jump(line, column)", [line, column])
        expect(about).to_contain_text(told)


def test_a_zoom_survives_editing_but_not_another_interval(lab):
    settled(lab)
    area = box_of(lab.locator("#chart .nsewdrag"))
    middle = area.y + area.height / 2
    lab.mouse.move(area.x + area.width * 0.2, middle)
    lab.mouse.down()
    lab.mouse.move(area.x + area.width * 0.5, middle, steps=5)
    with lab.expect_response("**/api/charts/render"):
        lab.mouse.up()
    reset = lab.locator("#chart").get_by_role("button", name="Reset zoom")
    expect(reset).to_be_visible()
    settled(lab)
    shown = lab.evaluate("tsweb.lab.board.views[0].range")
    edited = TEXT.replace("alias = twice", "label = doubled")
    with lab.expect_request(lambda one: one.url.endswith("/render") and "start" in one.post_data_json):
        lab.evaluate("text => tsweb.lab.editor.replace_all(text)", edited)
    expect(lab.locator("#chart .legend")).to_contain_text("doubled")
    expect(reset).to_be_visible()
    assert lab.evaluate("tsweb.lab.board.views[0].range") == shown
    other = edited.replace("2018-05-24T10", "2018-05-25T10")
    with lab.expect_request(lambda one: one.url.endswith("/render") and "start" not in one.post_data_json):
        lab.evaluate("text => tsweb.lab.editor.replace_all(text)", other)
    expect(reset).to_be_hidden()


def test_on_a_phone_a_finger_chooses_words_and_points(open_page):
    page = open_page("/lab/?metric=outage-tickets", width=390, height=844, has_touch=True, is_mobile=True)
    lab_ready(page)
    area = box_of(page.locator("#chart .nsewdrag"))
    page.touchscreen.tap(area.x + area.width / 2, area.y + area.height / 2)
    expect(page.locator(".why")).to_contain_text("a stored sample")
    expect(page.locator(".hover")).to_be_visible()
    type_at_end(page, "\n[widget]\n  type = ")
    row = page.locator(".ace_autocomplete .ace_line", has_text="gauge")
    expect(row).to_be_visible()
    at = box_of(row)
    page.touchscreen.tap(at.x + 20, at.y + at.height / 2)
    page.wait_for_function("() => tsweb.lab.editor.text.endsWith('type = gauge')")
