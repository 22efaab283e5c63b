"""Scheduled runs: the worked example, what a run leaves behind, and who may run what, when and how often."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User

from apps.errors import ConflictFault, ExecutionFault
from apps.tasks import definitions, leases, runner
from apps.tasks.leases import LeaseLost, leased, try_lease
from apps.tasks.models import Progress, Run, Task
from apps.tasks.runner import next_due_ns, run_scheduled
from apps.tasks.services import backfill_now, delete_task, run_soon, set_enabled, start_backfill
from tests.tasks.conftest import make, moment, put, rollup, stored

pytestmark = pytest.mark.django_db(databases="__all__")


def run_all(clock, holder: str = "w") -> int:
    """How many runs there were to do."""
    count = 0
    while run_scheduled(holder, clock):
        count += 1
    return count


@pytest.mark.parametrize(("late_data", "first"), [("repair", 103), ("ignore", 3)])
def test_the_worked_example_of_scheduled_runs(clock, late_data: str, first: int) -> None:
    """KairosDB leaves the point of 10:12, which comes late, to a backfill."""
    clock.set("09:40")
    task = make(rollup() | {"late_data": late_data}, clock)
    put({"10:02": 1, "10:07": 2, "10:16": 4, "10:31": 8})
    assert run_all(clock) == 0
    clock.set("10:40")
    assert run_all(clock) == 1
    assert stored() == {"10:02": 3, "10:16": 4, "10:31": 8}
    put({"10:44": 16, "10:46": 32, "10:12": 100})
    clock.set("11:40")
    assert run_all(clock) == 1
    assert stored() == {"10:02": first, "10:16": 4, "10:31": 24, "10:46": 32}
    backfill_now(task, None, moment("10:00"), moment("10:14"), clock=clock)
    assert stored() == {"10:02": 103, "10:16": 4, "10:31": 24, "10:46": 32}


@pytest.mark.parametrize("minutes", [(), ("10:03", "10:17", "10:29", "10:44"), ("10:15", "10:30", "10:45")])
def test_when_runs_happen_does_not_matter(clock, minutes) -> None:
    clock.set("10:00")
    make(rollup(every=(1, "minutes")), clock)
    put({"10:02": 1, "10:07": 2, "10:16": 4, "10:31": 8, "10:46": 3})
    for minute in (*minutes, "10:59"):
        clock.set(minute)
        run_all(clock)
    assert stored() == {"10:02": 3, "10:16": 4, "10:31": 8, "10:46": 3}


def test_a_sum_over_more_than_the_interval_is_that_of_the_whole_period_so_far(clock) -> None:
    make(rollup(minutes=1440, every=(1, "minutes")), clock)
    for minute, total in (("10:01", 1), ("10:02", 3), ("10:03", 7)):
        put({minute: (total + 1) / 2})
        clock.set(minute)
        run_all(clock)
        assert stored() == {"10:01": total}


def test_after_a_stop_one_run_computes_all_that_was_missed(clock) -> None:
    make(rollup(every=(15, "minutes")), clock)
    put({"10:02": 1, "11:02": 2, "12:02": 4})
    clock.set("10:15")
    run_all(clock)
    clock.set("12:05")
    assert run_all(clock) == 1
    assert stored() == {"10:02": 1, "11:02": 2, "12:02": 4}
    assert Task.objects.get().next_run_ns == moment("12:15")


def test_a_new_task_goes_on_where_one_before_it_ended(clock) -> None:
    put({"08:02": 1, "10:02": 2})
    put({"08:02": 1}, "rolled", saved_from="raw")
    make(rollup(every=(5, "minutes")), clock)
    clock.set("10:05")
    put({"08:20": 7, "09:01": 5})
    run_all(clock)
    assert stored() == {"08:02": 1, "08:20": 7, "09:01": 5, "10:02": 2}


def test_the_second_run_of_the_same_writes_nothing(clock, monkeypatch) -> None:
    make(rollup(every=(1, "minutes")), clock)
    put({"10:02": 1, "10:07": 2})
    clock.set("10:10")
    run_all(clock)
    monkeypatch.setattr("apps.tasks.engine.insert_series", pytest.fail)
    monkeypatch.setattr("apps.tasks.engine.remove_points", pytest.fail)
    clock.set("10:11")
    assert run_all(clock) == 1
    assert stored() == {"10:02": 3}


# --- What is noted ---


def test_a_run_leaves_word_of_itself(clock) -> None:
    task = make(rollup(), clock)
    put({"10:02": 1, "10:16": 4})
    clock.set("11:00")
    run_all(clock)
    run = Run.objects.get()
    assert (run.state, run.points) == ("done", 2)
    assert (run.due_ns, run.started_ns) == (moment("11:00"), moment("11:00"))
    progress = task.progress.get()
    assert (progress.last_ok_ns, progress.points, progress.error) == (moment("11:00"), 2, "")
    task.refresh_from_db()
    assert (task.holder, task.lease_until_ns, task.next_run_ns) == ("", 0, moment("12:00"))
    assert next_due_ns() == moment("12:00")


def test_a_run_without_points_is_a_good_one(clock) -> None:
    task = make(rollup(), clock)
    clock.set("11:00")
    run_all(clock)
    assert task.progress.get().last_ok_ns == moment("11:00")


def test_a_failure_keeps_its_window_and_the_other_parts_run(clock, monkeypatch) -> None:
    value = rollup()
    value["rollups"].append({**value["rollups"][0], "save_as": "second"})
    task = make(value, clock)
    put({"10:02": 1})
    compute = definitions.RollupPart.compute

    def failing(self, edges_ns, *, now_ns):
        if self.rollup.save_as == "rolled":
            raise ExecutionFault("two points at one time")
        return compute(self, edges_ns, now_ns=now_ns)

    with monkeypatch.context() as patched:
        patched.setattr(definitions.RollupPart, "compute", failing)
        clock.set("11:00")
        run_all(clock)
    assert stored() == {}
    assert stored("second") == {"10:02": 1}
    first, second = task.progress.all()
    assert (first.last_ok_ns, first.error) == (None, "two points at one time")
    assert (second.last_ok_ns, second.error) == (moment("11:00"), "")
    run = Run.objects.get()
    assert (run.state, run.error) == ("failed", "raw: two points at one time")
    clock.set("12:00")
    run_all(clock)
    assert stored() == {"10:02": 1}
    assert task.progress.get(part=0).error == ""


def test_a_fault_that_nobody_expected_is_told_too(clock, monkeypatch, caplog) -> None:
    task = make(rollup(), clock)
    monkeypatch.setattr(definitions.RollupPart, "compute", lambda *_, **__: 1 / 0)
    clock.set("11:00")
    run_all(clock)
    assert "ZeroDivisionError" in task.progress.get().error
    assert "division by zero" in caplog.text
    task.refresh_from_db()
    assert task.next_run_ns == moment("12:00")


def test_a_definition_that_can_no_longer_be_read_is_a_failed_run(clock) -> None:
    make(rollup(), clock)
    Task.objects.update(definition='{"name": "t"}')
    clock.set("11:00")
    assert run_all(clock) == 1
    assert Run.objects.get().error == "executionInterval may not be null; rollups may not be null"


@pytest.mark.parametrize("damage", [{"definition": "{nothing"}, {"definition": ""}, {"kind": "gone"}])
def test_a_damaged_task_keeps_no_other_from_running(clock, damage) -> None:
    damaged = make(rollup(save_as="other"), clock)
    make(rollup(), clock)
    Task.objects.filter(pk=damaged.pk).update(**damage)
    put({"10:02": 1})
    clock.set("11:00")
    assert run_all(clock) == 2
    assert stored() == {"10:02": 1}
    assert damaged.runs.get().error == "the definition of the task can't be read any more"
    damaged.refresh_from_db()
    assert damaged.next_run_ns == moment("12:00")


def test_old_runs_are_forgotten(clock, monkeypatch) -> None:
    monkeypatch.setattr(runner, "_RUNS_KEPT", 3)
    make(rollup(every=(1, "minutes")), clock)
    for minute in range(1, 7):
        clock.set(f"10:{minute:02}")
        run_all(clock)
    assert list(Run.objects.values_list("started_ns", flat=True)) == [
        moment("10:06"), moment("10:05"), moment("10:04"),
    ]  # fmt: skip


# --- Whose rights ---


@pytest.fixture
def owner(db):
    user = get_user_model().objects.create_user("alice")
    user.groups.add(Group.objects.get(name="editors"))
    return user


def test_a_task_runs_while_its_owner_may(clock, owner, settings) -> None:
    settings.TSWEB_ANONYMOUS = "none"
    task = make(rollup(), clock, owner)
    put({"10:02": 1})
    clock.set("11:00")
    run_all(clock)
    assert stored() == {"10:02": 1}
    owner.groups.clear()
    clock.set("12:00")
    put({"11:30": 2})
    run_all(clock)
    task.refresh_from_db()
    assert stored() == {"10:02": 1}
    assert not task.enabled
    assert task.stopped_because == "its owner, alice, may not read and write series any more"
    clock.set("13:00")
    assert run_all(clock) == 0
    # It can't be let go on either before she may again, nor compute history; and it still says why.
    root = User.objects.create_superuser("root")
    for ask in (
        lambda: set_enabled(task, root, enabled=True, now_ns=clock()),
        lambda: start_backfill(task, root, moment("10:00"), moment("12:00"), now_ns=clock()),
    ):
        with pytest.raises(ConflictFault, match="its owner, alice, may not read and write"):
            ask()
    task.refresh_from_db()
    assert not task.enabled and task.stopped_because and not task.backfills.exists()


@pytest.mark.parametrize("reason", ["gone", "disabled"])
def test_a_task_stops_with_its_owner(clock, owner, reason: str) -> None:
    task = make(rollup(), clock, owner)
    if reason == "gone":
        owner.delete()
    else:
        owner.is_active = False
        owner.save()
    clock.set("11:00")
    run_all(clock)
    task.refresh_from_db()
    assert task.stopped_because == f"its owner, alice, is {reason}"


def test_nobodys_task_stops_when_nobody_may_write(clock, settings) -> None:
    task = make(rollup(), clock)
    settings.TSWEB_ANONYMOUS = "read"
    clock.set("11:00")
    run_all(clock)
    task.refresh_from_db()
    assert not task.enabled


def test_disabled_tasks_wait_and_begin_anew(clock) -> None:
    task = make(rollup(), clock)
    set_enabled(task, None, enabled=False, now_ns=clock())
    clock.set("11:30")
    assert run_all(clock) == 0
    set_enabled(task, None, enabled=True, now_ns=clock())
    assert run_all(clock) == 0
    clock.set("12:30")
    assert run_all(clock) == 1


def test_a_task_is_run_at_once_when_asked(clock) -> None:
    task = make(rollup(), clock)
    put({"10:01": 1})
    clock.set("10:02")
    run_soon(task, None, now_ns=clock())
    assert run_all(clock) == 1
    assert stored() == {"10:01": 1}
    assert Task.objects.get().next_run_ns == moment("11:00")


# --- Who gets it ---


def test_one_of_two_workers_gets_a_task(clock) -> None:
    task = make(rollup(), clock)
    clock.set("11:00")
    assert try_lease(task.pk, "first", clock(), next_run_ns=task.next_run_ns)
    assert not try_lease(task.pk, "second", clock(), next_run_ns=task.next_run_ns)
    assert not run_scheduled("second", clock)
    clock.now_ns += leases.lease_ns()
    # The first gave no sign of life.
    assert run_scheduled("second", clock)
    assert Run.objects.get().holder == "second"


def test_what_was_due_is_run_once_even_if_seen_twice(clock) -> None:
    task = make(rollup(), clock)
    clock.set("11:00")
    seen_ns = task.next_run_ns
    assert run_scheduled("first", clock)
    assert not try_lease(task.pk, "second", clock(), next_run_ns=seen_ns)


@pytest.mark.parametrize("earlier_ns", [1, 10**6, 20 * 10**9])
def test_a_worker_that_read_its_clock_earlier_does_not_take_what_was_just_taken(clock, earlier_ns) -> None:
    task = make(rollup(), clock)
    clock.set("11:00")
    now_ns = clock()
    assert try_lease(task.pk, "first", now_ns, next_run_ns=task.next_run_ns)
    assert not try_lease(task.pk, "second", now_ns - earlier_ns, next_run_ns=task.next_run_ns)


def test_a_lease_from_before_the_clock_went_back_does_not_hold(clock) -> None:
    task = make(rollup(), clock)
    clock.set("23:00")
    assert try_lease(task.pk, "first", clock())
    clock.set("11:00")
    assert try_lease(task.pk, "second", clock())


def test_a_run_of_a_worker_that_died_is_told_as_lost(clock) -> None:
    task = make(rollup(), clock)
    Run.objects.create(task=task, holder="dead", due_ns=0, started_ns=0)
    clock.set("11:00")
    run_all(clock)
    assert [run.state for run in Run.objects.all()] == ["done", "lost"]


@pytest.mark.parametrize("change", ["taken", "edited", "deleted"])
def test_a_worker_whose_task_changed_does_not_write(clock, monkeypatch, change: str) -> None:
    task = make(rollup(), clock)
    put({"10:02": 1})
    compute = definitions.RollupPart.compute

    def changing(self, edges_ns, *, now_ns):
        found = compute(self, edges_ns, now_ns=now_ns)
        if change == "taken":
            Task.objects.update(holder="another")
        elif change == "edited":
            clock.set("10:30")
            make(rollup(metric="other"), clock, key=task.key)
        else:
            delete_task(Task.objects.get(), None)
        return found

    monkeypatch.setattr(definitions.RollupPart, "compute", changing)
    clock.set("11:00")
    assert run_scheduled("w", clock)
    assert stored() == {}
    assert not Progress.objects.filter(last_ok_ns__isnull=False).exists()
    if change == "edited":
        assert Task.objects.get().next_run_ns == moment("11:30")
    if change == "taken":
        assert Task.objects.get().holder == "another"


def test_a_lease_is_given_back_and_kept_only_by_its_holder(clock) -> None:
    task = make(rollup(), clock)
    assert try_lease(task.pk, "w", clock())
    with leased(task, "w") as may_write:
        may_write()
        Task.objects.update(holder="another")
        with pytest.raises(LeaseLost):
            may_write()
    assert Task.objects.get().holder == "another"


def test_a_clock_that_went_back_does_not_leave_tasks_waiting(clock) -> None:
    clock.set("22:00")
    make(rollup(every=(10, "minutes")), clock)
    clock.set("10:03")
    put({"10:01": 1})
    assert run_all(clock) == 0
    assert Task.objects.get().next_run_ns == moment("10:10")
    clock.set("10:10")
    assert run_all(clock) == 1
    assert stored() == {"10:01": 1}


def test_many_tasks_take_turns_by_how_long_they_wait(clock) -> None:
    for name in ("a", "b", "c"):
        make(rollup(metric=name), clock, key=name)
        clock.now_ns += 1
    clock.set("13:00")
    assert run_all(clock) == 3
    assert [run.task.key for run in Run.objects.order_by("pk")] == ["a", "b", "c"]
