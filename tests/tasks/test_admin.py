"""Tasks in the administration: found, looked at, shared; never written behind a worker's back."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.tasks.models import Backfill, Progress, Run, Task
from tests.tasks.conftest import make, rollup

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def admin() -> Client:
    user = User.objects.create_superuser("root", password="a long enough secret")
    client = Client()
    client.force_login(user)
    return client


def fill(clock, count: int) -> None:
    for at in range(Task.objects.count(), count):
        task = make({**rollup(), "name": f"Task {at}"}, clock)
        Run.objects.create(task=task, holder="w", due_ns=0, started_ns=at, state="done")
        Progress.objects.create(task=task, part=0, label="raw")
        Backfill.objects.create(task=task, revision=1, start_ns=0, end_ns=1, periods=1)


@pytest.mark.parametrize("model", ["task", "run", "progress", "backfill"])
def test_lists_take_the_same_queries_for_many_rows(admin, clock, model, django_assert_max_num_queries):
    counts = []
    for many in (2, 30):
        fill(clock, many)
        with django_assert_max_num_queries(25) as used:
            page = admin.get(f"/admin/tasks/{model}/?q=Task")
        assert page.status_code == 200 and "Task 1" in page.content.decode()
        counts.append(len(used))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", ["task", "run", "progress", "backfill"])
def test_rows_are_looked_at_and_nothing_is_added_or_deleted(admin, clock, model):
    fill(clock, 1)
    kind = {"task": Task, "run": Run, "progress": Progress, "backfill": Backfill}[model]
    row = kind.objects.get()
    assert admin.get(f"/admin/tasks/{model}/{row.pk}/change/").status_code == 200
    assert admin.get(f"/admin/tasks/{model}/add/").status_code == 403
    assert admin.post(f"/admin/tasks/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    if model != "task":
        assert admin.post(f"/admin/tasks/{model}/{row.pk}/change/", {"state": "done"}).status_code == 403
    assert kind.objects.count() == 1


def test_times_are_told_for_people(admin, clock):
    task = make(rollup(), clock)
    began_ns = 1_795_199_898_275_438_727
    Run.objects.create(task=task, holder="w", due_ns=0, started_ns=began_ns, state="running")
    page = admin.get("/admin/tasks/run/").content.decode()
    assert "2026-11-20 18:38:18" in page
    assert str(began_ns) not in page
    assert "Ended (UTC)" in page
    Task.objects.filter(pk=task.pk).update(next_run_ns=began_ns)
    for address in ("/admin/tasks/task/?o=5", f"/admin/tasks/task/{task.pk}/change/"):
        page = admin.get(address).content.decode()
        assert "2026-11-20 18:38:18" in page and str(began_ns) not in page


def test_sharing_a_task_writes_nothing_that_a_worker_writes(admin, clock, monkeypatch):
    fill(clock, 1)
    task = Task.objects.get()
    saved = Task.save

    def after_a_worker(self: Task, *args, **kwargs) -> None:
        # Between reading and saving, a worker takes the task and plans its next run.
        Task.objects.filter(pk=task.pk).update(holder="w", lease_until_ns=7, next_run_ns=8, enabled=False)
        saved(self, *args, **kwargs)

    monkeypatch.setattr(Task, "save", after_a_worker)
    fields = {"shared": "on", "name": "other", "enabled": "on", "definition": "{}"}
    assert admin.post(f"/admin/tasks/task/{task.pk}/change/", fields).status_code == 302
    task.refresh_from_db()
    assert task.shared
    assert (task.name, task.holder, task.lease_until_ns, task.next_run_ns) == ("Task 0", "w", 7, 8)
    assert not task.enabled and task.definition != "{}"
