"""The worker goes on after a fault and stops when told."""

from __future__ import annotations

import logging

import pytest

from apps.tasks import worker


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "next_due_ns", lambda: None)


def test_each_round_maintains_the_store_and_a_fault_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []

    def maintain(now_ns: int) -> None:
        seen.append(now_ns)
        if len(seen) == 1:
            raise OSError("disk full")

    monkeypatch.setattr(worker, "run_maintenance", maintain)
    monkeypatch.setattr(worker, "run_one", lambda holder, clock: False)
    clock = iter([10 * 10**9, 20 * 10**9, 30 * 10**9])
    pauses: list[float] = []
    with caplog.at_level(logging.ERROR, logger="tsweb.worker"):
        worker.work(pause_s=2.0, sleep=pauses.append, now_ns=lambda: next(clock), rounds=3)
    assert seen == [10 * 10**9, 20 * 10**9, 30 * 10**9]
    assert pauses == [2.0, 2.0, 2.0]
    assert "disk full" in caplog.text


def test_tasks_follow_each_other_without_pause_and_the_store_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[int] = []
    maintained: list[int] = []
    clock_ns = [0]

    def run(holder: str, clock) -> bool:
        # The third run takes longer than the store can wait; the fifth finds nothing.
        ran.append(clock_ns[0])
        clock_ns[0] += 5 * 10**9 if len(ran) == 3 else 1
        return len(ran) < 5

    monkeypatch.setattr(worker, "run_maintenance", maintained.append)
    monkeypatch.setattr(worker, "run_one", run)
    worker.work(now_ns=lambda: clock_ns[0], sleep=pytest.fail, until_idle=True)
    assert len(ran) == 5
    assert maintained == [0, 5 * 10**9 + 2]


def test_a_worker_for_tasks_alone_leaves_the_store_to_others_and_survives_faults(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def run(holder: str, clock) -> bool:
        raise OSError("database away")

    monkeypatch.setattr(worker, "run_maintenance", pytest.fail)
    monkeypatch.setattr(worker, "run_one", run)
    pauses: list[float] = []
    with caplog.at_level(logging.ERROR, logger="tsweb.worker"):
        worker.work(sleep=pauses.append, rounds=2, maintain=False)
    assert pauses == [2.0, 2.0]
    assert "database away" in caplog.text


def test_it_sleeps_no_longer_than_until_the_next_task_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "run_one", lambda holder, clock: False)
    monkeypatch.setattr(worker, "next_due_ns", lambda: 10**9)
    pauses: list[float] = []
    worker.work(sleep=pauses.append, now_ns=lambda: 7 * 10**8, rounds=1, maintain=False)
    assert pauses == [pytest.approx(0.3)]
