"""Saving a series of a chart as a metric over HTTP: proposal, dry run, task, rights."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.times import parse_iso
from apps.catalog.models import Metric
from apps.catalog.selectors import catalog
from apps.store.ingest import insert_series
from apps.store.source import StoreSource
from apps.tasks.models import Backfill, Task
from apps.tasks.runner import run_one, run_scheduled
from tests.api.test_seed_001 import DIFFERENCES, RAW

pytestmark = pytest.mark.django_db(databases="__all__")

TEXT = """
[configuration]
  start-time = 2018-05-24T00:00:00Z
  end-time = 2018-05-27T00:00:00Z
  entity = hetzner
  metric = outage-tickets
[group]
  [widget]
    type = chart
    [tags]
      dc = 07
    [series]
      alias = raw
      display = false
    [series]
      label = change
      value = value('raw') - previous('raw')
    [series]
      label = spare
      smooth = ema
"""
BASE = "/api/charts/save-as-metric"


@pytest.fixture(autouse=True)
def tickets(settings) -> None:
    settings.TSWEB_ANONYMOUS = "read"
    times = [parse_iso(time) for time, _ in RAW]
    values = [value for _, value in RAW]
    insert_series([(SeriesKey.of("outage-tickets", "hetzner", {"dc": "07"}), Samples.of(times, values))])


@pytest.fixture
def editor() -> Any:
    user = get_user_model().objects.create_user("editor", password="s3cret-enough")
    rights = [f"{right}_series" for right in ("view", "add", "change")]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def signed_in(editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def post(client: Client, path: str = "", **body: Any) -> Any:
    given = {"config": TEXT, "section": 1, **body}
    return client.post(f"{BASE}{path}", orjson.dumps(given), content_type="application/json")


def definition(**more: Any) -> dict[str, Any]:
    return {"metric": "outage-change", "unit": "tickets", "name": "Change of tickets"} | more


def saved(metric: str = "outage-change") -> list[tuple[SeriesKey, Samples]]:
    refs = catalog().find_series(SeriesSelector(metric))
    columns = StoreSource().read([ref.id for ref in refs], -(2**63), 2**63 - 1)
    return [(ref.key, one) for ref, one in zip(refs, columns, strict=True)]


WINDOW = {"start": "2018-05-24T00:00:00Z", "end": "2018-05-27T00:00:00Z"}


def test_a_proposal_shows_the_lines_and_names_what_they_give(client) -> None:
    found = post(client, "/propose").json()
    assert found["query"].splitlines() == [
        "[series]", "  alias = raw", "  display = false", "[series]", "  label = change",
        "  value = value('raw') - previous('raw')",
    ]  # fmt: skip
    assert (found["metric"], found["sources"], found["entity"]) == (
        "outage-tickets.change", ["outage-tickets"], "hetzner",
    )  # fmt: skip
    assert found["reasons"] == []
    ratio = TEXT.replace("label = change", "label = Tickets / Day")
    assert post(client, "/propose", config=ratio).json()["metric"] == "outage-tickets.tickets/day"
    (reason,) = post(client, "/propose", section=2).json()["reasons"]
    assert "remembers every sample" in reason["message"]
    assert "smooth-count" in reason["hint"]


def test_a_dry_run_shows_the_points_and_writes_nothing(client) -> None:
    before = Metric.objects.count()
    found = post(client, "/dry-run", **definition(), **WINDOW).json()
    assert found["refused"] == []
    assert (found["points"], found["drawn"], found["equal"]) == (26, 26, 26)
    assert found["sampling"] == "1 hour"
    (series,) = found["series"]
    assert (series["entity"], series["tags"]) == ("hetzner", {"dc": "07"})
    assert [value for _, value in series["samples"]] == DIFFERENCES[:20]
    assert found["widget"]["figure"]["data"]
    assert Metric.objects.count() == before
    assert Task.objects.count() == 0


def test_saving_stores_the_history_and_goes_on(signed_in, editor) -> None:
    answer = post(signed_in, **definition(), backfill=WINDOW)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    task = Task.objects.get(key=made["key"])
    assert (task.kind, task.owner, task.name, made["url"]) == (
        "chart", editor, "Change of tickets", f"/tasks/{task.key}/",
    )  # fmt: skip
    while run_one("w"):
        pass
    assert Backfill.objects.get(pk=made["backfill"]).state == "done"
    ((key, samples),) = saved()
    assert key == SeriesKey.of("outage-change", "hetzner", {"dc": "07"})
    assert samples.values.tolist() == DIFFERENCES
    metric = Metric.objects.get(name="outage-change")
    assert (metric.units, metric.tags) == ("tickets", {"saved_from": f"chart:{task.key}"})
    # Done again, nothing changes.
    again = post(signed_in, "/dry-run", **definition(), **WINDOW).json()["refused"]
    assert "something else stores" in again[0]["message"]


def test_all_reasons_are_told_at_once(signed_in) -> None:
    answer = post(
        signed_in, section=2, metric="outage-tickets", every="0 hour", zone="Mars/Olympus", tags={"a": ""},
        unit=7, nonsense=True,
    )  # fmt: skip
    assert answer.status_code == 400
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"config", "metric", "every", "zone", "tags", "unit", "nonsense"}
    assert Task.objects.count() == 0
    assert post(signed_in, metric="x", section=77).json()["errors"][0]["field"] == "section"
    assert post(signed_in, metric="x", widget=1).json()["errors"][0]["field"] == "widget"


@pytest.mark.parametrize(("body", "word"), [
    ("{", "JSON"), ("[]", "object"), ('{"config": 7}', "text"),
    ('{"config": "", "metric": "x"}', "missing"),
    ('{"config": "type = chart", "metric": "x"}', "draws no chart"),
])  # fmt: skip
def test_bodies_that_say_nothing_are_refused(signed_in, body, word) -> None:
    answer = signed_in.post(BASE, body, content_type="application/json")
    assert answer.status_code == 400
    assert word in answer.json()["errors"][0]["message"]


def test_who_may_only_read_sees_a_dry_run_and_saves_nothing(client) -> None:
    assert post(client, "/dry-run", **definition(), **WINDOW).json()["points"] == 26
    assert post(client, **definition()).status_code in (401, 403)
    reader = get_user_model().objects.create_user("reader", password="s3cret-enough")
    reader.user_permissions.set(Permission.objects.filter(codename="view_series"))
    client.force_login(reader)
    assert post(client, **definition()).status_code == 403
    assert Task.objects.count() == 0


def test_a_session_needs_its_csrf_token(editor) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert post(strict, **definition()).status_code == 403
    assert Task.objects.count() == 0


def test_a_task_stops_when_its_owner_loses_the_right_to_write(signed_in, editor) -> None:
    key = post(signed_in, **definition()).json()["key"]
    editor.user_permissions.set(Permission.objects.filter(codename="view_series"))
    late = parse_iso("2018-05-27T01:00:00Z")
    insert_series([(SeriesKey.of("outage-tickets", "hetzner", {"dc": "07"}), Samples.of([late], [1.0]))])
    assert run_scheduled("w")
    task = Task.objects.get(key=key)
    assert not task.enabled
    assert "may not read and write" in task.stopped_because
    assert saved() == []


def test_times_may_be_milliseconds(client) -> None:
    start, end = (parse_iso(one) // 10**6 for one in WINDOW.values())
    found = post(client, "/dry-run", **definition(), start=start, end=end).json()
    assert found["points"] == 26
    assert np.allclose([value for _, value in found["series"][0]["samples"]], DIFFERENCES[:20])
    refused = post(client, "/dry-run", **definition(), start=end, end=start).json()["refused"]
    assert [one["field"] for one in refused] == ["end"]


def test_a_definition_is_read_and_replaced_by_its_owner_only(signed_in, editor, client) -> None:
    key = post(signed_in, **definition(), backfill=WINDOW).json()["key"]
    while run_one("w"):
        pass
    address = f"{BASE}/{key}"
    assert signed_in.get(address).json() == {"id": key, "config": TEXT, "section": 1, **definition()}
    changed = {"config": TEXT, "section": 0, **definition(unit=None, metric="outage-copy")}

    def put(caller: Client, **more: Any) -> Any:
        return caller.put(address, orjson.dumps(changed | more), content_type="application/json")

    assert put(client).status_code in (401, 403)
    other = get_user_model().objects.create_user("other", password="s3cret-enough")
    other.user_permissions.set(editor.user_permissions.all())
    client.force_login(other)
    assert client.get(address).status_code == 404
    assert put(client).status_code == 404
    refused = put(signed_in, section=2, every="soon")
    assert {one["field"] for one in refused.json()["errors"]} == {"config", "every"}
    answer = put(signed_in, backfill=WINDOW)
    assert (answer.status_code, answer.json()["key"]) == (200, key)
    while run_one("w"):
        pass
    # The new metric has the plain numbers, the old one keeps what it had.
    assert saved("outage-copy")[0][1].values.tolist() == [value for _, value in RAW]
    assert saved()[0][1].values.tolist() == DIFFERENCES
    assert Task.objects.count() == 1


def test_what_a_task_stored_may_be_stored_anew_by_the_same_task(signed_in) -> None:
    key = post(signed_in, **definition(), backfill=WINDOW).json()["key"]
    while run_one("w"):
        pass
    again = {"config": TEXT, "section": 1, **definition(every="1 day"), "backfill": WINDOW}
    answer = signed_in.put(f"{BASE}/{key}", orjson.dumps(again), content_type="application/json")
    assert answer.status_code == 200, answer.content
    while run_one("w"):
        pass
    assert saved()[0][1].values.tolist() == DIFFERENCES
