"""Carrying out ATSD's network commands: samples in one batch, metadata in the order it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.series import INT, Samples, SeriesKey
from apps.catalog import services
from apps.catalog.selectors import catalog
from apps.dialects.atsd.commands import CommandFailure, CommandSample, ParsedCommand, parse_commands
from apps.dialects.atsd.incoming import ENTITY_TAGS, Received, columns_of, storable_ns
from apps.dialects.atsd.messages import fields_of_message
from apps.dialects.atsd.meta_fields import ENTITY_FIELDS, METRIC_FIELDS, read_fields
from apps.errors import AccessFault, ArgumentFault, TsError
from apps.store.ingest import insert_series
from apps.store.source import StoreSource

__all__ = ["CommandReport", "run_commands"]

WRITABLE = ("series", "metric", "entity", "property", "message")
_JOINT = ";\n"
_NS_PER_MS = 1_000_000


@dataclass
class CommandReport:
    """What became of the commands; ``failures`` tells the first hundred that failed."""

    success: int = 0
    fail: int = 0
    failures: list[CommandFailure] = field(default_factory=list)

    def failed(self, line: int, text: str, fault: TsError) -> None:
        self.fail += 1
        if len(self.failures) < 100:
            self.failures.append(CommandFailure(line, text[:200], fault))


@dataclass
class _Pending:
    """Series commands not yet stored: rows by series, and the lines they came from."""

    rows: dict[SeriesKey, list[Received]] = field(default_factory=dict)
    commands: list[tuple[int, ParsedCommand, int]] = field(default_factory=list)

    def add(self, line: int, command: ParsedCommand, time_ns: int) -> None:
        self.commands.append((line, command, time_ns))


def run_commands(text: str, *, now_ns: int, may_write: Callable[[str], bool]) -> CommandReport:
    """Carry out every command that can be read; a bad one is counted and holds up none of the others.

    ``may_write`` tells for series, metric, entity, property and message whether the caller may write them.
    """
    allowed = {kind: may_write(kind) for kind in WRITABLE}
    report = CommandReport()
    pending = _Pending()
    for line, command in parse_commands(text):
        if isinstance(command, CommandFailure):
            report.failed(line, command.text, command.fault)
            continue
        try:
            if not allowed.get(command.kind, True):
                raise AccessFault(f"you may not write: {command.kind}")
            time_ns = now_ns if command.time_ns is None else command.time_ns
            time_ns = storable_ns(time_ns // _NS_PER_MS)
            if command.kind == "series":
                pending.add(line, command, time_ns)
                continue
            if command.kind in ("metric", "entity"):
                # Settings act on the samples that come after them, not on those before.
                _store(pending, report)
                pending = _Pending()
            _METADATA[command.kind](command, time_ns)
            report.success += 1
        except TsError as fault:
            report.failed(line, f"{command.kind} …", fault)
    _store(pending, report)
    return report


# --- Samples ------------------------------------------------------------------------------------------------


def _store(pending: _Pending, report: CommandReport) -> None:
    if not pending.commands:
        return
    try:
        _insert(pending.commands)
        report.success += len(pending.commands)
    except TsError:
        # One of them is not acceptable to the catalog: find out which, and store the others.
        for line, command, time_ns in pending.commands:
            try:
                _insert([(line, command, time_ns)])
                report.success += 1
            except TsError as fault:
                report.failed(line, "series …", fault)


def _insert(commands: list[tuple[int, ParsedCommand, int]]) -> None:
    stored = _stored_texts(commands)
    rows: dict[SeriesKey, list[Received]] = {}
    latest: dict[tuple[SeriesKey, int], Received] = {}
    for _, command, time_ns in commands:
        for sample in command.samples:
            row = Received(time_ns, sample.value, sample.integer, sample.text)
            if command.append:
                place = (sample.key, time_ns)
                row = _appended(row, sample, latest.get(place) or stored.get(place))
            if stored:
                latest[sample.key, time_ns] = row
            rows.setdefault(sample.key, []).append(row)
    insert_series([(key, columns_of(received)) for key, received in rows.items()])


def _appended(row: Received, sample: CommandSample, known: Received | None) -> Received:
    """Join a text to the one already there; a command without a number leaves the number as it is."""
    if known is None:
        return row
    value, integer = row.value, row.integer
    if value != value:
        value, integer = known.value, known.integer
    text = known.text
    if sample.text is not None:
        fragments = [] if text is None else text.split(_JOINT)
        if sample.text not in fragments:
            text = _JOINT.join([*fragments, sample.text])
    return Received(row.time_ns, value, integer, text)


def _stored_texts(
    commands: list[tuple[int, ParsedCommand, int]],
) -> dict[tuple[SeriesKey, int], Received | None]:
    """What is stored at the times of commands that append; one read for each of their series."""
    wanted: dict[SeriesKey, set[int]] = {}
    for _, command, time_ns in commands:
        if command.append:
            for sample in command.samples:
                wanted.setdefault(sample.key, set()).add(time_ns)
    if not wanted:
        return {}
    found: dict[tuple[SeriesKey, int], Received | None] = {
        (key, time_ns): None for key, times in wanted.items() for time_ns in times
    }
    ids = services.resolve_series(list(wanted), create=False)
    for (key, times), series_id in zip(wanted.items(), ids, strict=True):
        if series_id is None:
            continue
        (samples,) = StoreSource().read([series_id], min(times), max(times) + 1, exact=True)
        found.update({(key, row.time_ns): row for row in _rows_of(samples) if row.time_ns in times})
    return found


def _rows_of(samples: Samples) -> list[Received]:
    rows = []
    for at, (time_ns, value) in enumerate(
        zip(samples.times_ns.tolist(), samples.values.tolist(), strict=True)
    ):
        is_int = samples.kinds is not None and samples.ints is not None and samples.kinds[at] == INT
        integer = int(samples.ints[at]) if is_int and samples.ints is not None else None
        text = samples.texts[at] if samples.texts is not None else None
        rows.append(Received(time_ns, value, integer, text))
    return rows


# --- Metadata -----------------------------------------------------------------------------------------------


def _metric(command: ParsedCommand, time_ns: int) -> None:
    known = catalog().metric(command.metric)
    reset = [name for name, value in command.settings.items() if value is None]
    given = {name: value for name, value in command.settings.items() if value is not None}
    fields = read_fields(given, METRIC_FIELDS) | {"tags": dict(command.tags)}
    services.patch_metric(command.metric, fields, create=True)
    if reset and known is not None:
        _reset(command.metric, reset, METRIC_FIELDS, catalog().metric, services.put_metric)


def _entity(command: ParsedCommand, time_ns: int) -> None:
    known = catalog().entity(command.entity)
    reset = [name for name, value in command.settings.items() if value is None]
    given = {name: value for name, value in command.settings.items() if value is not None}
    fields = read_fields(given, ENTITY_FIELDS) | {"tags": dict(command.tags)}
    services.patch_entity(command.entity, fields, create=True)
    if reset and known is not None:
        _reset(command.entity, reset, ENTITY_FIELDS, catalog().entity, services.put_entity)


def _reset(
    name: str,
    reset: list[str],
    table: Any,
    find: Callable[[str], Any],
    put: Callable[[str, dict[str, Any]], Any],
) -> None:
    """Put fields back to their defaults: write all others again, which replacing keeps."""
    info = find(name)
    if info is None:
        return
    kept = {key: value for key, value in info.fields.items() if key in table and key not in reset}
    put(name, read_fields(kept, table) | {"tags": dict(info.tags)})


def _property(command: ParsedCommand, time_ns: int) -> None:
    tags = {name: value or "" for name, value in command.tags.items()}
    if command.type == ENTITY_TAGS:
        services.patch_entity(command.entity, {"tags": tags}, create=True)
        return
    services.insert_property(command.entity, command.type, command.keys, tags, time_ns=time_ns)


def _message(command: ParsedCommand, time_ns: int) -> None:
    services.insert_messages([(command.entity, fields_of_message(command, time_ns))])


def _stream_only(command: ParsedCommand, time_ns: int) -> None:
    raise ArgumentFault(f"{command.kind} is answered on a network connection only")


_METADATA: dict[str, Callable[[ParsedCommand, int], None]] = {
    "metric": _metric,
    "entity": _entity,
    "property": _property,
    "message": _message,
    "ping": _stream_only,
    "time": _stream_only,
    "version": _stream_only,
    "exit": _stream_only,
}
