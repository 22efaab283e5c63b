"""Write samples as network commands or as a long table, exactly as they are stored."""

from __future__ import annotations

import csv
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from django.core.management.base import CommandError
from tqdm import tqdm

from apps.algebra.series import BOOL, INT, TEXT, Samples, SeriesKey, fold
from apps.algebra.source import SeriesRef, SeriesSelector
from apps.catalog.selectors import catalog
from apps.errors import TsError
from apps.store.loading.clock import read_time
from apps.store.loading.exported import HEADER, cell_of_text
from apps.store.prepared import StoreCommand
from apps.store.source import StoreSource

_MIN_TIME, _MAX_TIME = -(2**63), 2**63 - 1


class Command(StoreCommand):
    help = "Export samples of some or all metrics; `load` reads both formats back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--metric", action="append", default=[], help="default: all")
        parser.add_argument("--entity", action="append", default=[], help="names or patterns")
        parser.add_argument("--start", help="ISO time, included")
        parser.add_argument("--end", help="ISO time, not included")
        parser.add_argument("--format", choices=("commands", "csv"), default="commands")
        parser.add_argument("--output", type=Path, help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            start_ns = read_time(options["start"], "iso")[0] if options["start"] else _MIN_TIME
            end_ns = read_time(options["end"], "iso")[0] if options["end"] else _MAX_TIME
        except TsError as fault:
            raise CommandError(fault.message) from None
        refs = [
            ref
            for name in _metrics(options["metric"])
            for ref in _series(name, options["entity"])
        ]
        try:
            self._write(refs, start_ns, end_ns, options)
        except BrokenPipeError:
            # Whoever read has read enough (`export | head`); what is still buffered has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _write(self, refs: list[SeriesRef], start_ns: int, end_ns: int, options: dict[str, Any]) -> None:
        write = _write_csv if options["format"] == "csv" else _write_commands
        if options["output"] is None:
            warning = write(_all_samples(refs, start_ns, end_ns), self.stdout._out)
            self.stdout._out.flush()
        else:
            with options["output"].open("w", encoding="utf-8", newline="") as out:
                warning = write(_all_samples(refs, start_ns, end_ns), out)
        if warning:
            self.stderr.write(self.style.WARNING(f"warning: {warning}"))


def _metrics(named: list[str]) -> list[str]:
    """The stored metrics that are called so in any case, each once; all when none is named."""
    stored, wanted = catalog().all_names("metric"), {fold(name) for name in named}
    return [name for name in stored if fold(name) in wanted] if wanted else stored


def _series(metric: str, entities: list[str]) -> list[SeriesRef]:
    """The series of a stored metric, of entities that are named in any case."""
    found = catalog().find_series(SeriesSelector(metric, tuple(entities) if entities else None))
    return [ref for ref in found if ref.key.metric == metric]


def _all_samples(refs: list[SeriesRef], start_ns: int, end_ns: int) -> Iterator[tuple[SeriesKey, Samples]]:
    source = StoreSource()
    for ref in tqdm(refs, unit="series", desc="export", disable=None, file=sys.stderr):
        yield ref.key, source.read([ref.id], start_ns, end_ns, exact=True)[0]
    if source.damage:
        raise CommandError(f"{len(source.damage)} chunks or batches are damaged; see `verify`")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _cells(samples: Samples) -> Iterator[tuple[int, str | None, str | None]]:
    """Time, number (None for a text) and text of each sample."""
    kinds = samples.kinds.tolist() if samples.kinds is not None else [0] * len(samples)
    texts = samples.texts.tolist() if samples.texts is not None else [None] * len(samples)
    ints = samples.ints.tolist() if samples.ints is not None else [0] * len(samples)
    columns = zip(samples.times_ns.tolist(), samples.values.tolist(), kinds, ints, texts, strict=True)
    for time_ns, value, kind, whole, text in columns:
        yield time_ns, _number_text(kind, value, whole), text


def _number_text(kind: int, value: float, whole: int) -> str | None:
    if kind == TEXT:
        return None
    if kind == BOOL:
        return "true" if value else "false"
    return str(whole) if kind == INT else repr(value)


def _write_commands(found: Iterator[tuple[SeriesKey, Samples]], out: TextIO) -> str | None:
    """Commands carry milliseconds; returns what was lost by that."""
    cut = merged = 0
    for key, samples in found:
        is_cut = samples.times_ns % 1_000_000 != 0
        cut += int(np.count_nonzero(is_cut))
        if is_cut.any():
            times_ms = samples.times_ns // 1_000_000
            merged += len(times_ms) - len(np.unique(times_ms))
        tags = "".join(f" t:{_quoted(name)}={_quoted(value)}" for name, value in key.tags)
        metric = _quoted(key.metric)
        for time_ns, number, text in _cells(samples):
            value = "" if number is None else f" m:{metric}={_number(number)}"
            note = "" if text is None else f" x:{metric}={_quoted(text)}"
            out.write(f"series e:{_quoted(key.entity)}{tags}{value}{note} ms:{time_ns // 1_000_000}\n")
    if not cut:
        return None
    same = f", which gives {merged} of them the time of another one" if merged else ""
    return f"{cut} samples lost what is below a millisecond of their time{same}; --format csv keeps it"


def _number(text: str) -> str:
    special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "true": "1", "false": "0"}
    return special.get(text, text)


def _write_csv(found: Iterator[tuple[SeriesKey, Samples]], out: TextIO) -> None:
    """A long table with times in nanoseconds; tags are one cell of JSON."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEADER)
    for key, samples in found:
        tags = json.dumps(key.tag_map, ensure_ascii=False) if key.tags else ""
        for time_ns, number, text in _cells(samples):
            table.writerow((time_ns, key.metric, key.entity, tags, number or "", cell_of_text(text)))
