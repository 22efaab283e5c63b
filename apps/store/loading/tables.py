"""Tables to samples: long (one value column or several) and wide (times or parts of them in the header)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.algebra.series import SeriesKey
from apps.dialects.atsd.incoming import parse_number
from apps.errors import ArgumentFault, TsError, near_names
from apps.store.loading.clock import read_time
from apps.store.loading.quoted import QuotedRows
from apps.store.loading.records import Rejected, Row, Sample

__all__ = ["TableLayout", "atsd_layout", "read_table"]

_BLANKS = re.compile(r"\s+")
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class TableLayout:
    """Which column is what.

    ``time``         column of the time; not used when ``unpivot`` is.
    ``time_format``  ``iso``, ``s``, ``ms``, ``us``, ``ns`` or a ``strptime`` pattern.
    ``zone``         zone of wall-clock times without an offset.
    ``entity``       one name for all rows; or ``entity_column``.
    ``metric``       one name for all values; or ``metric_column``; or the names in ``values``.
    ``tags``         tag name -> column.   ``fixed_tags`` tag name -> value.
    ``values``       column -> metric name; empty = every column that has no other part.
    ``unpivot``      expression; each column whose whole header matches it is a value, and its named groups
                     and the row's columns fill ``time_text``, as ``{year} {month}``.
    ``missing``      cells that mean "no sample", besides empty ones.
    """

    time: str = "time"
    time_format: str = "iso"
    zone: str = "UTC"
    entity: str | None = None
    entity_column: str | None = None
    metric: str | None = None
    metric_column: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    fixed_tags: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    unpivot: str | None = None
    time_text: str = "{time}"
    delimiter: str = ","
    missing: frozenset[str] = frozenset()


def atsd_layout(header: Sequence[str], entity: str, tags: Mapping[str, str]) -> TableLayout:
    """ATSD's CSV: a column ``time`` (milliseconds) or ``date`` (ISO), then one column for each metric."""
    names = [name.strip() for name in header]
    if not names or names[0].lower() not in ("time", "date"):
        raise ArgumentFault("the first column must be time or date")
    return TableLayout(
        time=names[0],
        time_format="ms" if names[0].lower() == "time" else "iso",
        entity=entity,
        fixed_tags=tags,
    )


def read_table(lines: Iterable[str], layout: TableLayout) -> Iterator[Row | Rejected]:
    """Rows of a delimited text whose first line names the columns."""
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n\0':
        raise ArgumentFault(f"the delimiter must be one character, not {layout.delimiter!r}")
    rows = QuotedRows(lines, layout.delimiter)
    header = [name.strip() for name in _header(rows)]
    if header:
        header[0] = header[0].removeprefix("\ufeff")
    plan = _RowReader(header, layout)
    while True:
        try:
            cells = next(rows)
            if not any(cell.strip() for cell in cells):
                continue
            row = Row(rows.line, tuple(plan.read(cells)))
        except StopIteration:
            return
        except (csv.Error, TsError) as fault:
            rows.refuse()
            yield Rejected(rows.line, str(fault) if isinstance(fault, csv.Error) else fault.message)
        else:
            yield row


def _header(rows: QuotedRows) -> list[str]:
    try:
        return next(rows, [])
    except csv.Error as fault:
        raise ArgumentFault(f"the header can't be read: {fault}") from None


@dataclass(frozen=True)
class _ValueColumn:
    index: int
    metric: str | None
    parts: Mapping[str, str]


class _RowReader:
    """The layout applied to one header."""

    def __init__(self, header: Sequence[str], layout: TableLayout) -> None:
        self.layout = layout
        self._index = {name: at for at, name in enumerate(header)}
        if len(self._index) != len(header):
            raise ArgumentFault("two columns have the same name", data={"header": list(header)})
        self._width = len(header)
        self._entity = self._optional(layout.entity_column)
        self._metric = self._optional(layout.metric_column)
        self._tags = [(name, self._at(column)) for name, column in layout.tags.items()]
        if layout.entity is None and layout.entity_column is None:
            raise ArgumentFault("neither an entity nor an entity column is given")
        self._values = list(self._value_columns(header))
        if not self._values:
            raise ArgumentFault("no column holds values", data={"header": list(header)})
        self._time = None if layout.unpivot else self._at(layout.time)
        self._keys: dict[tuple, SeriesKey] = {}

    def read(self, cells: Sequence[str]) -> Iterator[Sample]:
        if len(cells) != self._width:
            raise ArgumentFault(f"{len(cells)} cells where the header has {self._width}")
        when = None if self._time is None else read_time(cells[self._time], self.layout.time_format)
        samples: list[Sample] = []
        for column in self._values:
            text = cells[column.index].strip()
            if not text or text in self.layout.missing:
                continue
            at = when or self._time_of(cells, column)
            value, integer = parse_number(text)
            samples.append(Sample(self._key(cells, column), at[0], value, integer, is_local=at[1]))
        return iter(samples)

    def _time_of(self, cells: Sequence[str], column: _ValueColumn) -> tuple[int, bool]:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            return column.parts[name] if name in column.parts else cells[self._at(name)].strip()

        return read_time(_FIELD.sub(fill, self.layout.time_text), self.layout.time_format)

    def _key(self, cells: Sequence[str], column: _ValueColumn) -> SeriesKey:
        layout = self.layout
        entity = layout.entity or cells[self._entity or 0].strip()
        metric = column.metric or (cells[self._metric].strip() if self._metric is not None else "")
        tags = tuple((name, cells[at].strip()) for name, at in self._tags)
        known = self._keys.get((metric, entity, tags))
        if known is None:
            if not entity or not metric:
                raise ArgumentFault("the cell of the entity or metric is empty")
            pairs = {**layout.fixed_tags, **{name: value for name, value in tags if value}}
            known = SeriesKey.of(metric, entity, pairs)
            if len(self._keys) < 100_000:
                self._keys[metric, entity, tags] = known
        return known

    def _value_columns(self, header: Sequence[str]) -> Iterator[_ValueColumn]:
        layout = self.layout

        def name_of(column: str) -> str | None:
            if layout.metric or layout.metric_column:
                return layout.metric
            return _BLANKS.sub("_", column.strip())

        if layout.unpivot:
            pattern = _pattern(layout.unpivot)
            for at, column in enumerate(header):
                match = pattern.fullmatch(column)
                if match:
                    yield _ValueColumn(at, name_of(column), match.groupdict())
            return
        if layout.values:
            for column, metric in layout.values.items():
                yield _ValueColumn(self._at(column), metric or name_of(column), {})
            return
        other = {layout.time, layout.entity_column, layout.metric_column, *layout.tags.values()}
        for at, column in enumerate(header):
            if column not in other and column:
                yield _ValueColumn(at, name_of(column), {})

    def _optional(self, column: str | None) -> int | None:
        return None if column is None else self._at(column)

    def _at(self, column: str) -> int:
        found = self._index.get(column)
        if found is None:
            near = near_names(column, self._index)
            raise ArgumentFault(
                f"there is no column {column!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"columns: {', '.join(self._index)[:200]}",
            )
        return found


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as fault:
        raise ArgumentFault(f"the expression {text!r} can't be read: {fault}") from None
