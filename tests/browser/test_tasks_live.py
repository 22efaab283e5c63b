"""Tasks in a real browser beside a real worker: made in the form, run, backfilled, stopped and deleted."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.request
import uuid
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import drawn, settled
from tests.live import LiveServer

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
HOUR_MS = 3_600_000
#: Long enough for each hour that a backfill can be stopped in the middle, on a fast machine too.
SLOW = "var t = 0; for (var i = 0; i < 3000000; i++) { t += i % 7; } return t;"


#: How much of what was on the screen has jumped since the page was opened, but for answers to the user.
SHIFTED = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
    }).observe({type: 'layout-shift', buffered: true});
    requestAnimationFrame(() => setTimeout(() => done(sum), 200));
})"""


def call(site: LiveServer, path: str, body: Any = None) -> Any:
    """What the API answers the administrator; None for no content."""
    credentials = base64.b64encode(f"{site.user}:{site.password}".encode()).decode()
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(site.url + path, data, {
        "Content-Type": "application/json", "Authorization": f"Basic {credentials}",
    })  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def put_hours(site: LiveServer, metric: str, hours: int) -> None:
    """A point for each of the hours before this one, 5 minutes after it began, from two hosts."""
    first_ms = (int(time.time() * 1000) // HOUR_MS - hours) * HOUR_MS + HOUR_MS // 12
    points = [[first_ms + at * HOUR_MS, at] for at in range(hours)]
    call(site, "/api/v1/datapoints", [
        {"name": metric, "tags": {"host": host}, "datapoints": points} for host in ("a", "b")
    ])  # fmt: skip


def count_of(site: LiveServer, metric: str) -> int:
    """Points of a metric, all series together."""
    query = {"start_absolute": 1, "metrics": [{"name": metric}]}
    (answer,) = call(site, "/api/v1/datapoints/query", query)["queries"]
    return sum(len(one["values"]) for one in answer["results"])


def days_ago(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86_400))


def fresh(name: str) -> str:
    """The server is shared by all tests."""
    return f"{name}.{uuid.uuid4().hex[:8]}"


def fill_in(page: Page, metric: str) -> None:
    page.goto("/tasks/new/")
    page.get_by_label("Metric", exact=True).fill(metric)
    expect(page.get_by_label("Save as")).to_have_value(f"{metric}_rollup")
    expect(page.get_by_label("Name of the task")).to_have_value(f"{metric}_rollup")


def made(page: Page) -> None:
    page.get_by_role("button", name="Create the task").click()
    expect(page.get_by_role("status").filter(has_text="The task was made")).to_be_visible()


def stat(page: Page, name: str):
    """The value of a fact in the head of a task's page."""
    return page.locator("#task-facts > div").filter(has=page.get_by_text(name, exact=True)).locator("dd")


def polled(page: Page, times: int = 1) -> None:
    """Wait until the page has asked again so often, and shows what it was told."""
    told = "Number(document.querySelector('[data-poll]').dataset.polled || 0)"
    before = page.evaluate(told)
    page.wait_for_function(f"want => {told} >= want", arg=before + times)


def test_a_roll_up_is_made_in_the_form_run_and_seen(site, signed_in):
    page, metric = signed_in, fresh("flow")
    put_hours(site, metric, 6)
    fill_in(page, metric)
    page.get_by_role("button", name="One result for each host").click()
    expect(page.get_by_label("One result for each", exact=False).first).to_have_value("host")
    page.get_by_label("Aggregator 1", exact=True).locator("select").first.select_option("max")
    page.get_by_role("button", name="Then another aggregator").click()
    second = page.get_by_role("group", name="Aggregator 2")
    second.get_by_label("Factor").fill("10")
    page.get_by_label("How many", exact=True).fill("4")
    page.get_by_label("Unit of time", exact=True).select_option("HOURS")
    made(page)
    assert stat(page, "State").inner_text() == "Waiting"
    page.get_by_role("button", name="Run now").click()
    # Without a reload: the page asks by itself.
    expect(page.locator("#task-runs tbody tr").first).to_contain_text("Done")
    expect(stat(page, "State")).to_have_text("OK")
    expect(stat(page, "Series")).to_have_text("2")
    drawn(page)
    expect(page.locator("#task-preview .scatterlayer .trace")).to_have_count(2)
    expect(page.locator("#task-preview .legend")).to_contain_text("a")
    # Four hours and one period back from its first due time, which lies four hours ahead: what is open now,
    # and all that the window before holds.
    stored = count_of(site, f"{metric}_rollup")
    assert stored > 0
    expect(stat(page, "Points of the last run")).to_have_text(str(stored))
    page.get_by_text("As JSON").click()
    definition = json.loads(page.locator("#definition-json").inner_text())
    asked = definition["rollups"][0]["query"]["metrics"][0]
    assert asked["group_by"] == [{"name": "tag", "tags": ["host"]}]
    assert [one["name"] for one in asked["aggregators"]] == ["max", "scale"]
    assert asked["aggregators"][1]["factor"] == 10
    page.get_by_role("link", name="Open in the lab").click()
    page.wait_for_selector("#chart .widget .scatterlayer")


def test_the_form_says_all_that_is_wrong_and_goes_there(signed_in):
    page = signed_in
    fill_in(page, "some.metric")
    page.get_by_label("Save as").fill("some.metric")
    page.get_by_label("Time zone of the periods").fill("Mars/Base")
    page.get_by_label("Sampling: how many").fill("0")
    page.get_by_label("How many", exact=True).fill("soon")
    page.get_by_role("button", name="Create the task").click()
    expect(page.get_by_role("alert")).to_contain_text("4 things to put right")
    expect(page.get_by_text("Must not be the queried metric")).to_be_visible()
    expect(page.get_by_text("Mars/Base is not a valid time zone")).to_be_visible()
    expect(page.get_by_text("“soon” is not a number")).to_be_visible()
    step = page.get_by_role("group", name="Aggregator 1")
    expect(step).to_contain_text("Sampling must be greater than or equal to 1")
    expect(page.get_by_label("Time zone of the periods")).to_be_focused()
    expect(page.get_by_label("Sampling: how many")).to_have_value("0")
    expect(page.get_by_label("How many", exact=True)).to_have_value("soon")


def test_the_form_warns_of_an_interval_shorter_than_a_period(signed_in):
    page = signed_in
    fill_in(page, "some.metric")
    warning = page.locator("#too-often")
    expect(warning).to_be_hidden()
    page.get_by_label("Unit of time", exact=True).select_option("MINUTES")
    expect(warning).to_contain_text("computed about 60 times while it is open")
    page.get_by_label("Sampling: how many").fill("2")
    expect(warning).to_contain_text("about 120 times")
    page.get_by_label("Sampling: unit of time").select_option("SECONDS")
    expect(warning).to_be_hidden()


def test_a_roll_up_by_keyboard_alone(signed_in):
    page, metric = signed_in, fresh("keys")
    page.goto("/tasks/")
    page.get_by_role("link", name=re.compile("New roll-up|Make the first roll-up")).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/new/")
    page.get_by_label("Metric", exact=True).focus()
    page.keyboard.type(metric)
    expect(page.get_by_label("Save as")).to_have_value(f"{metric}_rollup")
    # Enter saves: it turns nothing to JSON and opens nothing.
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{metric}_rollup")
    page.get_by_role("button", name="Delete", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    # A second Enter deletes nothing.
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Delete, keep its points").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="its points were kept")).to_be_visible()


def test_a_backfill_shows_progress_and_is_paused_resumed_and_cancelled(site, signed_in):
    page, metric = signed_in, fresh("slow")
    put_hours(site, metric, 500)
    fill_in(page, metric)
    step = page.get_by_role("group", name="Aggregator 1")
    step.locator("select").first.select_option("js_range")
    step.get_by_label("Script").fill(SLOW)
    made(page)
    page.get_by_label("From", exact=True).fill(days_ago(20))
    page.get_by_role("button", name="Start the backfill").click()
    one = page.locator("#task-backfills li").first
    progress = one.locator("progress")
    expect(one.locator(".state")).to_have_text("Running")
    page.wait_for_function("() => document.querySelector('#task-backfills progress').value > 0")
    expect(one).to_contain_text(re.compile(r"/s · .* left"))
    one.get_by_role("button", name="Pause").click()
    expect(one.locator(".state")).to_have_text("Paused")
    # What was being computed is still stored; then it stands still.
    page.wait_for_function(
        """async () => {
            const value = () => Number(document.querySelector('#task-backfills progress').value);
            const before = value();
            const polls = () => Number(document.querySelector('[data-poll]').dataset.polled || 0);
            const first = polls();
            while (polls() < first + 2) await new Promise((done) => setTimeout(done, 100));
            return value() === before;
        }"""
    )
    halted = int(progress.get_attribute("value"))
    assert 0 < halted < int(progress.get_attribute("max"))
    page.reload()
    expect(one.locator(".state")).to_have_text("Paused")
    one.get_by_role("button", name="Resume").click()
    page.wait_for_function(
        "halted => document.querySelector('#task-backfills progress').value > halted", arg=halted
    )
    one.get_by_role("button", name="Cancel").click()
    expect(one.locator(".state")).to_have_text("Cancelled")
    expect(one.get_by_role("button")).to_have_count(0)
    assert count_of(site, f"{metric}_rollup") > 0


def test_a_dry_run_stores_nothing_and_the_backfill_what_it_showed(site, signed_in):
    page, metric = signed_in, fresh("history")
    put_hours(site, metric, 30)
    fill_in(page, metric)
    made(page)
    page.get_by_label("From", exact=True).fill("whenever")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#dry-run")).to_contain_text("Write a date and a time")
    expect(page.get_by_label("From", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("From", exact=True)).to_have_value("whenever")
    page.get_by_label("From", exact=True).fill(days_ago(3))
    page.get_by_role("button", name="Dry run").click()
    dry = page.locator("#dry-run")
    expect(dry).to_contain_text("Nothing is stored yet")
    expect(dry.locator("tbody tr").first).to_contain_text("58")
    # Who works with the keys stands where she stood.
    expect(page.get_by_role("button", name="Dry run")).to_be_focused()
    assert count_of(site, f"{metric}_rollup") == 0
    page.get_by_role("button", name="Start the backfill").click()
    one = page.locator("#task-backfills li").first
    expect(one.locator(".state")).to_have_text("Done")
    expect(one.locator("progress")).to_have_attribute("aria-label", "Backfill, 100 % done")
    assert count_of(site, f"{metric}_rollup") == 30
    drawn(page)


@pytest.mark.parametrize("with_points", [False, True])
def test_a_task_is_deleted_with_its_points_or_without(site, signed_in, with_points):
    page, metric = signed_in, fresh("gone")
    put_hours(site, metric, 5)
    fill_in(page, metric)
    made(page)
    page.get_by_role("button", name="Run now").click()
    expect(stat(page, "State")).to_have_text("OK")
    before = count_of(site, f"{metric}_rollup")
    assert before > 0
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    if with_points:
        button = dialog.get_by_role("button", name="Delete with its points")
        expect(button).to_be_disabled()
        dialog.get_by_label("to confirm").fill(f"{metric}_rollup")
        expect(button).to_be_enabled()
        button.click()
    else:
        dialog.get_by_role("button", name="Delete, keep its points").click()
    expect(page.get_by_role("status").filter(has_text="was deleted")).to_be_visible()
    assert count_of(site, f"{metric}_rollup") == (0 if with_points else before)
    assert count_of(site, metric) == 10


def test_a_failing_task_says_why_in_the_list_and_on_its_page(site, signed_in):
    page, metric = signed_in, fresh("fails")
    put_hours(site, metric, 3)
    hourly = {"value": 1, "unit": "hours"}
    steps = [{"name": "sum", "sampling": hourly}, {"name": "limit", "limit": 0}]
    query = {"metrics": [{"name": metric, "aggregators": steps}]}
    call(site, "/api/v1/rollups", {
        "name": metric, "execution_interval": {"value": 1, "unit": "days"},
        "rollups": [{"save_as": f"{metric}.out", "query": query}],
    })  # fmt: skip
    page.goto(f"/tasks/?q={metric}")
    row = page.locator(".tasks tbody tr")
    expect(row).to_contain_text("Waiting")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("link", name=metric).click()
    other.get_by_role("button", name="Run now").click()
    expect(other.locator("#task-state")).to_contain_text("The last run failed")
    expect(other.locator("#task-runs")).to_contain_text("exceeds the limit of 0")
    other.close()
    # The list, left alone, tells it by itself, and the focus stays where it was.
    page.bring_to_front()
    row.get_by_role("link", name=metric).focus()
    expect(row).to_contain_text("Failing")
    expect(row).to_contain_text("exceeds the limit of 0")
    polled(page)
    expect(row.get_by_role("link", name=metric)).to_be_focused()
    assert page.evaluate(SHIFTED) < 0.001


def test_a_page_that_nobody_sees_asks_nothing(site, signed_in):
    page, metric = signed_in, fresh("hidden")
    hourly = {"value": 1, "unit": "hours"}
    query = {"metrics": [{"name": metric, "aggregators": [{"name": "sum", "sampling": hourly}]}]}
    rollups = [{"save_as": f"{metric}.h", "query": query}]
    call(site, "/api/v1/rollups", {"name": metric, "execution_interval": hourly, "rollups": rollups})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "live=1" in request.url else None)
    page.add_init_script(
        "window.away = true; Object.defineProperty(document, 'hidden', {get: () => window.away});"
    )
    page.clock.install()
    page.goto(f"/tasks/?q={metric}")
    expect(page.locator(".tasks tbody tr")).to_have_count(1)
    page.clock.run_for(300_000)
    assert asked == []
    with page.expect_request("**live=1**"):
        page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")


def test_a_query_is_pasted(site, signed_in):
    page, metric = signed_in, fresh("pasted")
    page.goto("/tasks/new/")
    page.get_by_role("button", name="JSON or a KairosDB query").click()
    box = page.get_by_label("The task as KairosDB")
    query = {"start_absolute": 1, "metrics": [{"name": metric, "aggregators": [
        {"name": "avg", "sampling": {"value": 5, "unit": "minutes"}}]}]}  # fmt: skip
    box.fill(json.dumps(query))
    page.get_by_role("button", name="Create the task").click()
    expect(page.get_by_role("status").filter(has_text="The query became a task")).to_be_visible()
    expect(page.get_by_label("Sampling: how many")).to_have_value("5")
    expect(page.get_by_label("Name of the task")).to_have_value(f"{metric}_rollup")
    made(page)


def test_axe_finds_no_violation_and_a_phone_scrolls_nothing_sideways(site, open_page):
    metric = fresh("seen")
    put_hours(site, metric, 4)
    hourly = {"value": 1, "unit": "hours"}
    key = call(site, "/api/v1/rollups", {
        "name": f"A task whose name is longer than the room that a phone has for it, {metric}",
        "execution_interval": {"value": 1, "unit": "minutes"},
        "rollups": [{"save_as": f"{metric}.a.name.without.any.place.to.break.it", "query": {"metrics": [
            {"name": metric, "aggregators": [{"name": "sum", "sampling": hourly}]}]}}],
    })["id"]  # fmt: skip
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found = {}
    for theme, size in (("light", {}), ("dark", {}), ("dark", PHONE)):
        page = open_page("/sign-in/", theme=theme, **size)
        page.get_by_label("User name").fill(site.user)
        page.get_by_label("Password").fill(site.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        for path in ("/tasks/", f"/tasks/{key}/", f"/tasks/{key}/edit/", "/tasks/new/"):
            page.goto(path)
            settled(page)
            if path == "/tasks/new/":
                page.get_by_role("button", name="Create the task").click()
                page.get_by_role("alert").wait_for()
            if path == f"/tasks/{key}/":
                # With a table of runs and a backfill that is done, not only with the empty boxes.
                page.get_by_role("button", name="Run now").click()
                page.locator("#task-runs tbody tr").first.wait_for()
                page.get_by_role("button", name="Start the backfill").click()
                page.locator("#task-backfills li").first.wait_for()
                page.get_by_role("button", name="Dry run").click()
                page.locator(".dry").wait_for()
                settled(page)
            page.evaluate(axe)
            answer = page.evaluate("axe.run({resultTypes: ['violations']})")
            assert answer["passes"]
            for one in answer["violations"]:
                places = [" ".join(map(str, node["target"])) for node in one["nodes"][:3]]
                found.setdefault((theme, path), []).append(f"{one['id']}: {places}")
            if size:
                assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
    assert found == {}
