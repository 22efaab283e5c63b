"""Load samples from files: network commands, ATSD CSV, long and wide tables."""

from __future__ import annotations

import io
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from tqdm import tqdm

from apps.algebra.times import zone_info
from apps.errors import TsError
from apps.store.checkpoint import checkpoint_when_due
from apps.store.loading.exported import HEADER, read_exported
from apps.store.loading.loader import LoadReport, LoadStopped, Progress, load_rows
from apps.store.loading.network import read_commands
from apps.store.loading.records import Rejected, Row
from apps.store.loading.tables import TableLayout, atsd_layout, read_table
from apps.store.prepared import StoreCommand

FORMATS = ("auto", "commands", "atsd-csv", "csv", "exported")
_KEYWORDS = ("series ", "metric ", "entity ", "property ", "message ", "debug ")
_SHOWN_REJECTED = 20


@dataclass
class _Counted:
    """Lines of a file, without their ends, while counting the bytes for the bar."""

    file: io.BufferedReader

    def lines(self) -> Iterator[str]:
        # newline=None takes \n, \r\n and \r for line ends alike.
        with io.TextIOWrapper(self.file, encoding="utf-8-sig", errors="replace", newline=None) as text:
            for line in text:
                yield line.rstrip("\n")

    def table_lines(self) -> Iterator[str]:
        # newline="" leaves line ends inside quoted cells as they are; csv knows all three.
        with io.TextIOWrapper(self.file, encoding="utf-8-sig", errors="replace", newline="") as text:
            yield from text


class Command(StoreCommand):
    help = (
        "Load samples. Rejected lines are listed with their numbers. An interrupted load goes on where "
        "it stopped when called again; loading a file twice does no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--format", choices=FORMATS, default="auto")
        parser.add_argument("--on-error", choices=("continue", "stop"), default="continue")
        parser.add_argument("--restart", action="store_true", help="do not go on where a load stopped")
        table = parser.add_argument_group("tables")
        table.add_argument("--time", default="time", help="column of the time")
        table.add_argument(
            "--time-format", default="iso", help="iso, s, ms, us, ns or a pattern such as '%%d.%%m.%%Y'"
        )
        table.add_argument("--zone", default="UTC", help="zone of times without an offset")
        table.add_argument("--entity", help="entity of all rows")
        table.add_argument("--entity-column")
        table.add_argument("--metric", help="metric of all values")
        table.add_argument("--metric-column")
        table.add_argument(
            "--tag", action="append", default=[], metavar="NAME[=COLUMN]", help="tag from a column"
        )
        table.add_argument(
            "--fixed-tag", action="append", default=[], metavar="NAME=VALUE", help="tag of all rows"
        )
        table.add_argument(
            "--value", action="append", default=[], metavar="COLUMN[=METRIC]", help="column of values"
        )
        table.add_argument(
            "--unpivot", help="expression for headers of value columns, with groups for parts of the time"
        )
        table.add_argument(
            "--time-text", default="{time}", help="the time put together, such as '{year} {month}'"
        )
        table.add_argument("--delimiter", default=",")
        table.add_argument("--missing", action="append", default=[], help="cell that means no sample")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            zone_info(options["zone"])
            layout = _layout(options)
        except TsError as fault:
            raise CommandError(fault.message) from None
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"there is no file {path}")
            try:
                report = self._load(path, layout, options)
            except LoadStopped as stopped:
                self._tell(path, stopped.report)
                raise CommandError(f"{path}: stopped at line {stopped.report.rejected[-1].line}") from None
            except TsError as fault:
                hint = f" ({fault.hint})" if fault.hint else ""
                raise CommandError(f"{path}: {fault.message}{hint}") from None
            self._tell(path, report)
        checkpoint_when_due()

    def _load(self, path: Path, layout: TableLayout, options: dict[str, Any]) -> LoadReport:
        progress = Progress.of(settings.TSWEB_DATA_DIR / "loads", path, (layout, options["format"]))
        if options["restart"]:
            progress.forget()
        with (
            path.open("rb") as file,
            tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc=path.name, disable=None) as bar,
        ):

            def tell(report: LoadReport) -> None:
                bar.update(file.tell() - bar.n if not file.closed else bar.total - bar.n)
                bar.set_postfix(samples=report.stored, rejected=len(report.rejected))
                checkpoint_when_due()

            format_name = _format_of(file, options["format"])
            return load_rows(
                _rows(path, file, layout, format_name),
                zone=layout.zone,
                stop_on_error=options["on_error"] == "stop",
                progress=progress,
                # What was exported comes back as it was, names that differ only in case included.
                exact=format_name == "exported",
                tell=tell,
            )

    def _tell(self, path: Path, report: LoadReport) -> None:
        for fault in report.rejected[:_SHOWN_REJECTED]:
            self.stderr.write(f"{path}:{fault.line}: {fault.reason}")
        more = len(report.rejected) - _SHOWN_REJECTED
        if more > 0:
            numbers = ", ".join(str(fault.line) for fault in report.rejected[_SHOWN_REJECTED:])
            self.stderr.write(f"{path}: {more} more rejected lines: {numbers}")
        self.stdout.write(
            f"{path}: {report.stored} samples stored, {len(report.rejected)} lines rejected"
            + (f", {report.discarded} samples discarded by settings" if report.discarded else "")
            + (f", {report.skipped} lines stored before" if report.skipped else "")
        )


def _format_of(file: io.BufferedReader, asked: str) -> str:
    """The format of a file; told from how it begins unless it was named."""
    if asked != "auto":
        return asked
    start = file.peek(256)[:256].decode("utf-8", "replace").lstrip("\ufeff \r\n")
    is_exported = start.splitlines()[:1] == [",".join(HEADER)]
    return "commands" if start.startswith(_KEYWORDS) else "exported" if is_exported else "csv"


def _rows(
    path: Path, file: io.BufferedReader, layout: TableLayout, format_name: str
) -> Iterable[Row | Rejected]:
    counted = _Counted(file)
    if format_name == "commands":
        return read_commands(counted.lines(), now_ns=time.time_ns())
    if format_name == "exported":
        return read_exported(counted.table_lines())
    if format_name == "atsd-csv":
        header = _first_line(path).split(layout.delimiter)
        layout = atsd_layout(header, layout.entity or "", layout.fixed_tags)
    return read_table(counted.table_lines(), layout)


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as text:
        return text.readline().strip("\r\n")


def _layout(options: dict[str, Any]) -> TableLayout:
    return TableLayout(
        time=options["time"],
        time_format=options["time_format"],
        zone=options["zone"],
        entity=options["entity"],
        entity_column=options["entity_column"],
        metric=options["metric"],
        metric_column=options["metric_column"],
        tags={name: column or name for name, column in _pairs(options["tag"])},
        fixed_tags=dict(_pairs(options["fixed_tag"])),
        values=dict(_pairs(options["value"])),
        unpivot=options["unpivot"],
        time_text=options["time_text"],
        delimiter=options["delimiter"],
        missing=frozenset(options["missing"]),
    )


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    return [(name.strip(), value.strip()) for name, _, value in (text.partition("=") for text in texts)]
