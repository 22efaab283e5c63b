"""The pages of tasks: what they show, who may do what, and what is said when something is wrong."""

from __future__ import annotations

import re
import time
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from apps.algebra.times import parse_iso
from apps.tasks.models import Backfill, Progress, Run, Task
from apps.tasks.overview import shown_task, task_page
from apps.tasks.runner import run_one
from tests.tasks.conftest import Clock, make, moment, put, rollup, stored

pytestmark = pytest.mark.django_db(databases="__all__")

MINUTE = 60 * 10**9
HOSTILE = "</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture
def guest(settings) -> Client:
    settings.TSWEB_ANONYMOUS = "read"
    return Client()


@pytest.fixture
def anyone(settings) -> Client:
    settings.TSWEB_ANONYMOUS = "write"
    return Client()


def member(group: str, name: str = "ada") -> tuple[User, Client]:
    user = User.objects.create_user(name, password="a long enough secret")
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return user, client


@pytest.fixture
def clock() -> Clock:
    return Clock()


def now_clock() -> Clock:
    clock = Clock()
    clock.now_ns = time.time_ns()
    return clock


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def row_of(html: str, task: Task) -> str:
    return plain(html.split(f'<tr id="task-{task.pk}">')[1].split("</tr>")[0])


def ran(task: Task, *, state: str = Run.State.DONE, ago_ns: int = MINUTE, **more: Any) -> Run:
    """A run that was, and how far its part got."""
    now_ns = time.time_ns()
    began_ns = now_ns - ago_ns
    ended_ns = None if state == Run.State.RUNNING else began_ns + 84 * 10**6
    fields = {"due_ns": began_ns, "started_ns": began_ns, "ended_ns": ended_ns, "holder": "w", **more}
    if state == Run.State.DONE:
        far = {"label": "raw", "last_ok_ns": began_ns}
        Progress.objects.update_or_create(task=task, part=0, defaults=far)
    return Run.objects.create(task=task, state=state, **fields)


# --- The list ---


def test_without_tasks_the_page_says_how_to_make_the_first(guest, settings):
    html = text_of(guest, "/tasks/")
    assert "No tasks to show" in html
    assert "Those of others appear here once" in html
    assert "Sign in to make one" in html
    assert "/tasks/new/" not in html
    settings.TSWEB_ANONYMOUS = "write"
    assert 'href="/tasks/new/"' in text_of(guest, "/tasks/")
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    assert "No tasks yet" in text_of(client, "/tasks/")
    assert "Those of others" not in text_of(client, "/tasks/")


def test_a_task_that_stored_nothing_says_why(anyone):
    task = make(rollup(), now_clock())
    said = {}
    said["new"] = plain(text_of(anyone, f"/tasks/{task.key}/"))
    Task.objects.filter(pk=task.pk).update(enabled=False)
    said["off"] = plain(text_of(anyone, f"/tasks/{task.key}/"))
    Task.objects.filter(pk=task.pk).update(enabled=True)
    ran(task, points=0)
    said["nothing"] = plain(text_of(anyone, f"/tasks/{task.key}/"))
    ran(task, state=Run.State.FAILED, error="raw: the disk is full")
    said["failing"] = plain(text_of(anyone, f"/tasks/{task.key}/"))
    told = {
        "new": "The first run comes after one interval",
        "off": "It is disabled. A backfill computes a range all the same.",
        "nothing": "found no points in the periods that they looked at",
        "failing": "Its last run failed before it stored anything.",
    }
    for name, page in said.items():
        assert [one for one, text in told.items() if text in page] == [name]


def test_each_state_is_told_with_what_belongs_to_it(anyone):
    clock = now_clock()
    tasks = {}
    # Rounded, it is an hour whichever second it is.
    clock.now_ns += 30 * 10**9
    for name in ("fine", "broken", "busy", "fresh", "off", "stopped", "orphan"):
        tasks[name] = make({**rollup(), "name": name}, clock)
    ran(tasks["fine"], points=1234)
    ran(tasks["broken"], state=Run.State.FAILED, error="raw: the disk is full")
    ran(tasks["busy"], state=Run.State.RUNNING)
    Task.objects.filter(name="busy").update(holder="w", lease_until_ns=time.time_ns() + 60 * MINUTE)
    ran(tasks["orphan"], state=Run.State.RUNNING)
    Task.objects.filter(name="off").update(enabled=False)
    Task.objects.filter(name="stopped").update(enabled=False, stopped_because="its owner, bob, is gone")
    html = text_of(anyone, "/tasks/")
    rows = {name: row_of(html, task) for name, task in tasks.items()}
    assert "OK" in rows["fine"] and "1,234" in rows["fine"] and "min ago" in rows["fine"]
    assert "raw → rolled" in rows["fine"] and "Hourly" in rows["fine"]
    assert "Failing" in rows["broken"] and "raw: the disk is full" in rows["broken"]
    assert "Running" in rows["busy"] and "now" in rows["busy"]
    assert "Waiting" in rows["fresh"] and "never" in rows["fresh"] and "in 1 h" in rows["fresh"]
    assert "Disabled" in rows["off"]
    assert "its owner, bob, is gone" in rows["stopped"]
    # Its worker is gone: it waits for another, and nothing says that it runs.
    assert "Waiting" in rows["orphan"]
    counts = dict(re.findall(r"(\w+) <span class=\"count\">(\d+)", html))
    assert counts == {"All": "7", "Failing": "1", "Running": "1", "Waiting": "2", "OK": "1", "Disabled": "2"}


@pytest.mark.parametrize(
    ("minutes", "ok", "expected"),
    [
        (15, "10:40", "10:30"),
        (15, "10:30", "10:30"),
        (60, "10:59", "10:00"),
        (1440, "10:40", "00:00"),
    ],
)
def test_lag_counts_from_the_end_of_the_last_whole_period(anyone, clock, minutes, ok, expected):
    task = make(rollup(minutes=minutes), clock)
    Progress.objects.create(task=task, part=0, label="raw", last_ok_ns=moment(ok))
    now_ns = moment("11:17")
    row = shown_task(None, task.key, "", now_ns=now_ns)
    assert row.computed_to_ns == moment(expected)
    assert row.lag_ns == now_ns - moment(expected)


def test_lag_is_that_of_the_part_furthest_behind_and_unknown_before_all_ran(anyone, clock):
    value = rollup()
    value["rollups"].append({**value["rollups"][0], "save_as": "other"})
    task = make(value, clock)
    Progress.objects.create(task=task, part=0, label="raw", last_ok_ns=moment("10:40"))
    assert shown_task(None, task.key, "", now_ns=moment("11:00")).lag_ns is None
    Progress.objects.create(task=task, part=1, label="raw", last_ok_ns=moment("09:10"))
    assert shown_task(None, task.key, "", now_ns=moment("11:00")).computed_to_ns == moment("09:00")


def test_lag_follows_the_days_of_the_zone(anyone, clock):
    value = rollup(minutes=15)
    rolled = value["rollups"][0]
    rolled["time_zone"] = "Europe/Paris"
    rolled["query"]["metrics"][0]["aggregators"][0]["sampling"] = {"value": 1, "unit": "days"}
    task = make(value, clock)
    at_ns = parse_iso("2024-03-31T21:30:00Z")
    Progress.objects.create(task=task, part=0, label="raw", last_ok_ns=at_ns)
    # The night before lost an hour: the day began at 23:00 UTC.
    row = shown_task(None, task.key, "", now_ns=at_ns)
    assert row.computed_to_ns == parse_iso("2024-03-30T23:00:00Z")


def test_the_list_is_searched_sorted_filtered_and_paged(anyone, clock):
    for at in range(25):
        value = rollup(metric=f"plant{at:02}")
        made = make({**value, "name": f"Task {at:02}"}, clock)
        if at % 5 == 0:
            ran(made, state=Run.State.FAILED, points=0, error="no")
        elif at % 2:
            ran(made, points=at)

    def names(address: str) -> list[str]:
        return re.findall(r">(Task \d\d)</a>", text_of(anyone, address))

    assert names("/tasks/") == [f"Task {at:02}" for at in range(20)]
    assert names("/tasks/?page=2") == [f"Task {at:02}" for at in range(20, 25)]
    assert names("/tasks/?sort=-name")[:2] == ["Task 24", "Task 23"]
    assert names("/tasks/?sort=points")[:2] == ["Task 23", "Task 21"]
    assert names("/tasks/?sort=state")[:5] == [f"Task {at:02}" for at in (0, 5, 10, 15, 20)]
    assert names("/tasks/?state=failing") == [f"Task {at:02}" for at in (0, 5, 10, 15, 20)]
    assert names("/tasks/?q=PLANT07") == ["Task 07"]
    assert names("/tasks/?q=task+03") == ["Task 03"]
    assert names("/tasks/?q=nobody") == []
    assert names("/tasks/?kind=chart") == []
    assert names("/tasks/?page=99") == [f"Task {at:02}" for at in range(20, 25)]
    for odd in ("?sort=nonsense", "?state=nonsense", "?page=x", "?q=%00", "?kind=%00x"):
        assert anyone.get("/tasks/" + odd).status_code == 200


def test_two_hundred_tasks_take_as_many_queries_as_two(anyone, clock, django_assert_max_num_queries):
    counts = []
    for many in (2, 200):
        for at in range(Task.objects.count(), many):
            task = make({**rollup(metric=f"m{at}"), "name": f"t{at:03}"}, clock)
            ran(task)
            Backfill.objects.create(task=task, revision=1, start_ns=0, end_ns=1, periods=1)
        with django_assert_max_num_queries(20) as used:
            assert anyone.get("/tasks/").status_code == 200
        counts.append(len(used))
        with django_assert_max_num_queries(20) as used:
            assert anyone.get("/tasks/?live=1&sort=lag&state=ok").status_code == 200
        counts.append(len(used))
    assert counts[:2] == counts[2:]


def test_live_rows_are_those_of_the_page(anyone, clock):
    task = make(rollup(), clock)
    first = anyone.get("/tasks/?live=1").json()
    assert set(first["parts"]) == {"task-states", "task-stalled", f"task-{task.pk}"}
    assert "Waiting" in first["parts"][f"task-{task.pk}"]
    ran(task, points=77)
    second = anyone.get("/tasks/?live=1")
    assert "77" in second.json()["parts"][f"task-{task.pk}"]
    assert "no-store" in second["Cache-Control"]


def test_texts_of_tasks_are_escaped(anyone, clock):
    task = make({**rollup(), "name": HOSTILE}, clock)
    ran(task, state=Run.State.FAILED, error=HOSTILE)
    for address in ("/tasks/", f"/tasks/{task.key}/", f"/tasks/{task.key}/edit/", "/search/?q=img"):
        html = text_of(anyone, address)
        assert "onerror=alert" in html
        assert "<img src=x" not in html


def test_a_task_that_can_not_be_read_any_more_is_listed_and_says_so(anyone, clock):
    task = make(rollup(), clock)
    Task.objects.update(definition="{")
    assert "can&#x27;t be read" in text_of(anyone, "/tasks/")
    html = text_of(anyone, f"/tasks/{task.key}/")
    assert "The definition can’t be read" in html


def test_no_worker_is_told(anyone, clock):
    clock.set("09:00")
    make(rollup(), clock)
    assert "No worker takes what is due" in text_of(anyone, "/tasks/")
    Task.objects.update(next_run_ns=time.time_ns() + MINUTE)
    assert "No worker takes" not in text_of(anyone, "/tasks/")


# --- Rights ---


def test_others_tasks_are_not_seen_and_shared_ones_only_looked_at():
    ada, hers = member("editors")
    _, his = member("editors", "bob")
    task = make(rollup(), now_clock(), ada)
    assert text_of(hers, f"/tasks/{task.key}/").count("Run now") >= 1
    assert his.get(f"/tasks/{task.key}/").status_code == 404
    assert task.key not in text_of(his, "/tasks/")
    Task.objects.update(shared=True)
    html = text_of(his, f"/tasks/{task.key}/")
    assert "It belongs to ada." in html
    assert 'value="run"' not in html and "delete-task" not in html
    for page, fields in (
        ("act", {"do": "run"}), ("act", {"do": "disable"}), ("delete", {}), ("edit", {}),
        ("backfill", {"do": "start", "start": "2024-05-14", "end": "2024-05-15"}),
    ):  # fmt: skip
        assert his.post(f"/tasks/{task.key}/{page}/", fields).status_code == 403, page
    assert Task.objects.get().enabled
    assert not Backfill.objects.exists()


def test_a_reader_sees_no_buttons_that_would_fail():
    _, reader = member("readers")
    task = make(rollup(), now_clock())
    html = text_of(reader, f"/tasks/{task.key}/")
    assert "You may look, but not change it." in html
    assert 'value="start"' not in html
    assert reader.get("/tasks/new/").status_code == 403
    assert reader.post("/tasks/new/", {}).status_code == 403
    assert reader.post(f"/tasks/{task.key}/act/", {"do": "disable"}).status_code == 403
    assert "New roll-up" not in text_of(reader, "/tasks/")


def test_guests_are_offered_to_sign_in(guest, settings):
    settings.TSWEB_ANONYMOUS = "write"
    task = make(rollup(), now_clock())
    settings.TSWEB_ANONYMOUS = "read"
    assert "Sign in to change it" in text_of(guest, f"/tasks/{task.key}/")
    for page in ("act", "delete", "backfills"):
        assert guest.post(f"/tasks/{task.key}/{page}/", {"do": "run"}).status_code == 302
    assert guest.get("/tasks/new/")["Location"].startswith("/sign-in/")
    settings.TSWEB_ANONYMOUS = "none"
    assert guest.get("/tasks/").status_code == 302


def test_forms_need_their_token():
    user = User.objects.create_user("ada", password="a long enough secret")
    user.groups.add(Group.objects.get(name="editors"))
    task = make(rollup(), now_clock(), user)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    for page in ("act", "delete", "backfill", "backfills", "edit"):
        assert strict.post(f"/tasks/{task.key}/{page}/", {"do": "disable"}).status_code == 403
    assert strict.post("/tasks/new/", {}).status_code == 403
    assert Task.objects.get().enabled


# --- One task ---


def test_the_page_of_a_task_shows_runs_errors_repairs_and_its_definition(anyone):
    task = make({**rollup(tags={"site": ["north", "south"]}), "name": "Quarters"}, now_clock())
    ran(task, points=12, repaired=3, repaired_ranges=[
        {"part": 0, "label": "raw", "start_ns": moment("10:00"), "end_ns": moment("10:45"), "periods": 3}
    ])  # fmt: skip
    ran(task, state=Run.State.LOST)
    ran(task, state=Run.State.FAILED, error="raw: too many points\nother: gone")
    html = text_of(anyone, f"/tasks/{task.key}/")
    text = plain(html)
    assert "Recomputed 3 periods after late data" in text
    assert "2024-05-14 10:00:00 – 2024-05-14 10:45:00 UTC" in text
    assert "The worker ended in the middle" in text
    assert "raw: too many points<br>other: gone" in html
    assert "84 ms" in text
    assert "sum of 15 minutes" in text and "site = north, south" in text
    shown = re.search(r'<pre id="definition-json"[^>]*>(.*?)</pre>', html, re.S)[1]
    assert orjson.loads(shown.replace("&quot;", '"')) == orjson.loads(task.definition)


def test_many_runs_are_paged(anyone):
    task = make(rollup(), now_clock())
    for at in range(20):
        ran(task, points=1000 + at)
    assert "1,019" in text_of(anyone, f"/tasks/{task.key}/")
    older = text_of(anyone, f"/tasks/{task.key}/?runs=2")
    assert "1,019" not in older.split('id="task-runs"')[1] and "1,000" in older


def test_its_own_points_are_previewed(anyone, clock):
    clock.set("09:40")
    task = make(rollup(group_by=[{"name": "tag", "tags": ["host"]}]), clock)
    assert "Nothing stored yet" in text_of(anyone, f"/tasks/{task.key}/")
    put({"10:02": 1, "10:16": 4}, host="a")
    put({"10:02": 1, "10:16": 4}, host="b")
    put({"10:02": 9}, metric="rolled", host="by hand")
    clock.set("10:40")
    assert run_one("w", clock)
    html = text_of(anyone, f"/tasks/{task.key}/")
    config = re.search(r'data-preview="([^"]*)"', html)[1]
    assert config.count("[series]") == 2
    assert "metric = rolled" in config and "saved_from = raw" in config and "by hand" not in config
    assert "end-time = 2024-05-14T10:31" in config or "end-time = 2024-05-14T10:45" in config
    asked = {"config": config.replace("&#x27;", "'"), "series": True}
    drawn = anyone.post("/api/charts/render", asked, content_type="application/json").json()
    assert [one["severity"] for one in drawn["diagnostics"]] == []
    series = drawn["widgets"][0]["series"]
    assert [[value for _, value in one["samples"]] for one in series] == [[1, 4], [1, 4]]
    assert config in text_of(anyone, f"/lab/?task={task.key}")


def test_run_disable_enable(anyone):
    task = make(rollup(), now_clock())
    act = f"/tasks/{task.key}/act/"
    anyone.post(act, {"do": "run"})
    assert Task.objects.get().next_run_ns <= time.time_ns()
    page = anyone.post(act, {"do": "disable"}, follow=True)
    assert not Task.objects.get().enabled
    assert "It is disabled" in page.content.decode()
    anyone.post(act, {"do": "enable"})
    task.refresh_from_db()
    assert task.enabled and task.next_run_ns > time.time_ns() + 50 * MINUTE
    assert anyone.post(act, {"do": "explode"}).status_code == 404
    assert anyone.get(act).status_code == 405


def test_a_key_that_is_a_word_of_ours_leads_to_its_task(anyone):
    task = make({**rollup(), "name": "Odd key"}, now_clock(), key="new")
    assert "/tasks/new/?kind=rollup" in text_of(anyone, "/tasks/")
    assert "Odd key" in text_of(anyone, "/tasks/new/?kind=rollup")
    assert "New roll-up" in text_of(anyone, "/tasks/new/")
    anyone.post("/tasks/new/act/", {"do": "disable"})
    task.refresh_from_db()
    assert not task.enabled


@pytest.mark.parametrize("key", ["a b", "ä?x#y", "100%", "key.json"])
def test_any_key_has_a_page(anyone, key):
    make({**rollup(), "name": "Some"}, now_clock(), key=key)
    address = re.search(r'<a href="(/tasks/[^"]+)">Some', text_of(anyone, "/tasks/"))[1]
    assert "Some" in text_of(anyone, address)


def test_what_is_not_there_is_404(anyone):
    for page in ("", "edit/"):
        assert anyone.get(f"/tasks/nothing/{page}").status_code == 404
    for page in ("act", "delete", "backfill", "backfills"):
        assert anyone.post(f"/tasks/nothing/{page}/", {"do": "run"}).status_code == 404
    assert anyone.get("/tasks/%00/").status_code == 404


def test_a_metric_that_a_task_stores_says_so(anyone, clock):
    clock.set("09:40")
    task = make({**rollup(), "name": "Quarters of raw"}, clock)
    put({"10:02": 1})
    clock.set("10:40")
    run_one("w", clock)
    html = text_of(anyone, "/explore/metric/?name=rolled")
    assert f'<a href="/tasks/{task.key}/">Quarters of raw</a>' in html
    assert "Quarters of raw" not in text_of(anyone, "/explore/metric/?name=raw")
    assert "/tasks/new/?metric=raw" in text_of(anyone, "/explore/metric/?name=raw")
    assert f"/tasks/{task.key}/" in text_of(anyone, "/search/?q=quarters")


def test_tasks_of_others_are_not_found_by_search():
    ada, hers = member("editors")
    _, his = member("editors", "bob")
    make({**rollup(), "name": "Private numbers"}, now_clock(), ada)
    assert "Private numbers" in text_of(hers, "/search/?q=private")
    assert "/tasks/" not in text_of(his, "/search/?q=private").split("<main")[1]


# --- Deleting ---


def store_something(clock: Clock) -> Task:
    clock.set("09:40")
    task = make({**rollup(), "name": "Quarters"}, clock)
    put({"10:02": 1, "10:16": 4, "10:31": 8})
    put({"10:05": 5}, metric="rolled", host="by hand")
    clock.set("10:40")
    run_one("w", clock)
    assert stored(saved_from="raw") == {"10:02": 1, "10:16": 4, "10:31": 8}
    return task


def test_a_task_goes_and_its_points_stay(anyone, clock):
    task = store_something(clock)
    answer = anyone.post(f"/tasks/{task.key}/delete/", {"points": "keep"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/tasks/"
    assert "its points were kept" in answer.content.decode()
    assert not Task.objects.exists()
    assert stored(saved_from="raw") == {"10:02": 1, "10:16": 4, "10:31": 8}


def test_a_task_goes_with_exactly_its_points_when_its_name_is_typed(anyone, clock):
    task = store_something(clock)
    # Somebody wrote into the very series, before anything that the task ever computed.
    put({"03:00": 3}, metric="rolled", saved_from="raw")
    wrong = {"points": "remove", "name": "quarters?"}
    refused = anyone.post(f"/tasks/{task.key}/delete/", wrong, follow=True)
    assert "Nothing was deleted" in refused.content.decode()
    assert Task.objects.exists() and len(stored(saved_from="raw")) == 4
    anyone.post(f"/tasks/{task.key}/delete/", {"points": "remove", "name": " Quarters "})
    assert not Task.objects.exists()
    assert stored(saved_from="raw") == {"03:00": 3}
    assert stored(host="by hand") == {"10:05": 5}
    assert stored("raw") == {"10:02": 1, "10:16": 4, "10:31": 8}


def test_points_of_an_earlier_definition_go_too(anyone, clock):
    task = store_something(clock)
    value = rollup()
    value["rollups"][0]["save_as"] = "elsewhere"
    make({**value, "name": "Quarters"}, clock, key=task.key)
    clock.set("11:45")
    run_one("w", clock)
    assert stored("elsewhere", saved_from="raw")
    anyone.post(f"/tasks/{task.key}/delete/", {"points": "remove", "name": "Quarters"})
    assert stored(saved_from="raw") == {} and stored("elsewhere") == {}
    assert stored(host="by hand") == {"10:05": 5}


def test_points_that_another_task_stores_too_stay(anyone, clock):
    task = store_something(clock)
    make({**rollup(), "name": "The same again"}, clock)
    clock.set("11:45")
    while run_one("w", clock):
        pass
    anyone.post(f"/tasks/{task.key}/delete/", {"points": "remove", "name": "Quarters"})
    # It began with the newest point that was there.
    assert stored(saved_from="raw") == {"10:31": 8}


def test_points_are_removed_only_by_who_may_delete_series():
    ada, hers = member("editors")
    ada.user_permissions.set([])
    group = Group.objects.get(name="editors")
    group.permissions.remove(*group.permissions.filter(codename="delete_series"))
    task = make({**rollup(), "name": "t"}, now_clock(), ada)
    assert "With its points" not in text_of(hers, f"/tasks/{task.key}/")
    answer = hers.post(f"/tasks/{task.key}/delete/", {"points": "remove", "name": "t"})
    assert answer.status_code == 403
    assert Task.objects.exists()


# --- Backfills ---


def ask(client: Client, task: Task, do: str, start: str, end: str, **headers: str):
    fields = {"do": do, "start": start, "end": end}
    return client.post(f"/tasks/{task.key}/backfill/", fields, headers=headers)


def test_a_dry_run_shows_count_and_first_results_and_stores_nothing(anyone, clock):
    task = make(rollup(), clock)
    put({f"{hour:02}:05": hour for hour in range(24)})
    answer = ask(anyone, task, "dry-run", "2024-05-14 00:00", "2024-05-15", Accept="application/json")
    html = answer.json()["html"]
    text = plain(html)
    assert "96 periods would be computed. Nothing is stored yet." in text
    # The newest twenty quarters: from 19:00 on.
    assert "rolled 5 points" in text.replace("·", "").replace("  ", " ")
    assert "2024-05-14 23:05 23" in text
    assert "<path d=" in html
    assert not stored() and not Backfill.objects.exists()
    # Without scripts the page itself shows it.
    page = ask(anyone, task, "dry-run", "2024-05-14 00:00", "2024-05-15")
    assert "96 periods" in plain(page.content.decode()) and page.status_code == 200


def test_a_reader_may_look_at_a_dry_run_but_not_start():
    _, reader = member("readers")
    task = make(rollup(), now_clock())
    assert ask(reader, task, "dry-run", "2024-05-14", "2024-05-15").status_code == 200
    assert ask(reader, task, "start", "2024-05-14", "2024-05-15").status_code == 403


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("nonsense", "2024-05-15", "From: Write a date and a time"),
        ("2024-05-14 25:00", "2024-05-15", "From: Write a date and a time"),
        ("2024-05-14", "", "To: Write a date and a time"),
        ("2024-05-15", "2024-05-14", "To: The end must be later than the start"),
        ("2024-05-14", "2024-05-14", "To: The end must be later than the start"),
        ("1700-01-01", "2200-01-01", "more than the limit of 1000000"),
        ("2024-05-14\0", "<b>", "To: Write a date and a time"),
    ],
)
@pytest.mark.parametrize("do", ["dry-run", "start"])
def test_what_is_wrong_with_a_range_is_told_and_its_text_stays(anyone, do, start, end, told):
    task = make(rollup(minutes=1), now_clock())
    answer = ask(anyone, task, do, start, end)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert told in plain(html)
    if "\0" not in start:
        assert f'value="{start}"' in html
    assert "<b>\"" not in html
    assert not Backfill.objects.exists()


def test_times_of_a_range_are_those_of_the_tasks_zone(anyone, clock):
    value = rollup(minutes=60)
    value["rollups"][0]["time_zone"] = "Asia/Kolkata"
    task = make(value, clock)
    assert "Asia/Kolkata" in text_of(anyone, f"/tasks/{task.key}/")
    ask(anyone, task, "start", "2024-05-14 15:30", "2024-05-14T17:30:00")
    made = Backfill.objects.get()
    assert (made.start_ns, made.end_ns) == (moment("10:00"), moment("12:00"))


def test_a_backfill_is_started_paused_resumed_and_cancelled(anyone, clock):
    task = make(rollup(), clock)
    put({f"{hour:02}:05": hour for hour in range(24)})
    answer = ask(anyone, task, "start", "2024-05-14", "2024-05-15")
    assert answer.status_code == 302
    made = Backfill.objects.get()

    def move(do: str) -> str:
        fields = {"do": f"{do}:{made.pk}"}
        return anyone.post(f"/tasks/{task.key}/backfills/", fields, follow=True).content.decode()

    assert "pauses where it is" in move("pause")
    assert "was not paused" not in move("resume")
    made.refresh_from_db()
    assert made.state == "waiting"
    assert "was not paused" in move("resume")
    while run_one("w", clock):
        pass
    made.refresh_from_db()
    assert (made.state, made.periods_done, made.points) == ("done", 96, 24)
    assert len(stored()) == 24
    assert "had come to its end" in move("cancel")
    html = text_of(anyone, f"/tasks/{task.key}/")
    assert 'max="96" value="96"' in html and "100 % done" in html
    assert "Cancel</button>" not in html.split('id="task-backfills"')[1].split("</ul>")[0]


def test_the_backfill_of_another_task_is_not_moved_by_this_ones_page(anyone, clock):
    task, other = make(rollup(), clock), make(rollup(), clock)
    made = Backfill.objects.create(task=other, revision=1, start_ns=0, end_ns=1, periods=1)
    for do in (f"cancel:{made.pk}", "cancel:", "cancel:x", "explode:1", f"cancel:{10**30}"):
        assert anyone.post(f"/tasks/{task.key}/backfills/", {"do": do}).status_code == 404
    made.refresh_from_db()
    assert made.state == "waiting"


def test_progress_tells_rate_and_time_left(anyone, clock):
    task = make(rollup(), clock)
    Backfill.objects.create(
        task=task, state="running", revision=1, start_ns=moment("00:00"), end_ns=moment("12:00"),
        periods=400, periods_done=100, busy_ns=4 * 10**9, points=80,
    )  # fmt: skip
    text = plain(anyone.get(f"/tasks/{task.key}/?live=1").json()["parts"]["task-backfills"])
    assert "100 of 400 periods · 25/s · 12 s left · 80 points" in text
    assert "2024-05-14 00:00 – 2024-05-14 12:00" in text


def test_a_range_of_any_page_of_the_list_counts_rows_once(anyone, clock):
    make(rollup(), clock)
    found = task_page(None, {"sort": "next"}, now_ns=clock())
    assert (len(found.rows), found.counts) == (1, {"waiting": 1})
