"""The worker goes on after a fault and stops when told."""

from __future__ import annotations

import logging

import pytest

from apps.tasks import worker


def test_each_round_maintains_the_store_and_a_fault_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []

    def maintain(now_ns: int) -> None:
        seen.append(now_ns)
        if len(seen) == 1:
            raise OSError("disk full")

    monkeypatch.setattr(worker, "run_maintenance", maintain)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    clock = iter([10, 20, 30])
    pauses: list[float] = []
    with caplog.at_level(logging.ERROR, logger="tsweb.worker"):
        worker.work(pause_s=2.0, sleep=pauses.append, now_ns=lambda: next(clock), rounds=3)
    assert seen == [10, 20, 30]
    assert pauses == [2.0, 2.0, 2.0]
    assert "disk full" in caplog.text
