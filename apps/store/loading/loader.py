"""From rows of a file to the store: batches, rejected lines, and a place to go on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from apps.algebra.series import FLOAT, INT, Samples, SeriesKey
from apps.algebra.times import local_to_utc
from apps.catalog.names import check_key, fold_key
from apps.errors import TsError
from apps.store.ingest import insert_series
from apps.store.loading.records import Rejected, Row, Sample

__all__ = ["LoadReport", "LoadStopped", "Progress", "load_rows"]

_BATCH_SAMPLES = 200_000


class LoadStopped(Exception):
    """A line was rejected and the caller wanted to stop there; ``report`` says what was stored before."""

    def __init__(self, report: LoadReport) -> None:
        super().__init__(str(report.rejected[-1]))
        self.report = report


@dataclass
class LoadReport:
    """What became of a file. ``skipped`` lines were stored by an earlier, interrupted run."""

    rows: int = 0
    stored: int = 0
    discarded: int = 0
    skipped: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """Up to which line a file is stored, kept in a small file until the load is complete."""

    path: Path

    @classmethod
    def of(cls, folder: Path, source: Path, options: object) -> Progress:
        """The place for one file, as it is now, read with the same options."""
        state = source.stat()
        told = json.dumps([str(source.resolve()), state.st_size, state.st_mtime_ns, repr(options)])
        name = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=12).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"{name}.json")

    def line(self) -> int:
        """The last line that is stored; 0 when there is none."""
        try:
            return int(json.loads(self.path.read_text())["line"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def keep(self, line: int) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"line": line}))
        fresh.replace(self.path)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def load_rows(
    rows: Iterable[Row | Rejected],
    *,
    zone: str = "UTC",
    stop_on_error: bool = False,
    progress: Progress | None = None,
    exact: bool = False,
    tell: Callable[[LoadReport], None] = lambda report: None,
) -> LoadReport:
    """Store rows in batches. A rejected line is noted and read over, or ends the load as LoadStopped.

    What came before a stop is stored. Loading a file twice stores the same again. ``exact``: names count as
    written, otherwise in any case.
    """
    report = LoadReport()
    done = progress.line() if progress else 0
    waiting: list[Sample] = []
    last = 0

    def flush() -> None:
        if waiting:
            stored = insert_series(_columns(waiting, zone), exact=exact)
            report.stored += stored.stored
            report.discarded += stored.discarded
            waiting.clear()
        if progress and last > done:
            progress.keep(last)
        tell(report)

    for row in rows:
        if row.line <= done:
            report.skipped += 1
            continue
        fault = row if isinstance(row, Rejected) else _take(row, waiting, exact)
        if fault is not None:
            report.rejected.append(fault)
            if stop_on_error:
                flush()
                raise LoadStopped(report)
        report.rows += 1
        last = row.line
        if len(waiting) >= _BATCH_SAMPLES:
            flush()
    flush()
    if progress:
        progress.forget()
    return report


# --- Inside ---


def _take(row: Row, waiting: list[Sample], exact: bool) -> Rejected | None:
    """Put the samples of a row in line and do what else it says."""
    try:
        for sample in row.samples:
            (check_key if exact else fold_key)(sample.key)
        if row.action is not None:
            row.action()
    except TsError as fault:
        return Rejected(row.line, fault.message)
    waiting.extend(row.samples)
    return None


def _columns(samples: list[Sample], zone: str) -> list[tuple[SeriesKey, Samples]]:
    by_key: dict[SeriesKey, list[Sample]] = {}
    for sample in samples:
        by_key.setdefault(sample.key, []).append(sample)
    return [(key, _column(found, zone)) for key, found in by_key.items()]


def _column(samples: list[Sample], zone: str) -> Samples:
    count = len(samples)
    times = np.fromiter((sample.time_ns for sample in samples), np.int64, count)
    is_local = np.fromiter((sample.is_local for sample in samples), bool, count)
    if is_local.any():
        times[is_local] = local_to_utc(times[is_local], zone)
    values = np.fromiter((sample.value for sample in samples), np.float64, count)
    kinds = ints = texts = None
    if any(sample.integer is not None for sample in samples):
        whole = [sample.integer is not None for sample in samples]
        kinds = np.where(whole, INT, FLOAT).astype(np.uint8)
        ints = np.array([sample.integer or 0 for sample in samples], np.int64)
    if any(sample.kind is not None for sample in samples):
        known = kinds if kinds is not None else np.full(len(samples), FLOAT, np.uint8)
        told = [sample.kind for sample in samples]
        kinds = np.array([b if a is None else a for a, b in zip(told, known, strict=True)], np.uint8)
        ints = ints if ints is not None else np.zeros(len(samples), np.int64)
    if any(sample.text is not None for sample in samples):
        texts = np.array([sample.text for sample in samples] + [None], dtype=object)[:-1]
    return Samples(times, values, kinds, ints, texts)
