"""The table that ``export --format csv`` writes: nothing is lost on the way out and back in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence

from apps.algebra.series import BOOL, TEXT, SeriesKey
from apps.errors import ArgumentFault, TsError
from apps.store.loading.quoted import QuotedRows
from apps.store.loading.records import Rejected, Row, Sample

__all__ = ["HEADER", "cell_of_text", "read_exported"]

HEADER = ("time_ns", "metric", "entity", "tags", "value", "text")
_LIMIT = 2**63
_SPECIAL = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
_BOOLEANS = {"true": 1.0, "false": 0.0}


def cell_of_text(text: str | None) -> str:
    """A text as a cell: as it is, but quoted where it is empty or begins with a quote."""
    if text is None:
        return ""
    return json.dumps(text, ensure_ascii=False) if text == "" or text[0] == '"' else text


def read_exported(lines: Iterable[str]) -> Iterator[Row | Rejected]:
    """Rows of an exported table, its header first."""
    rows = QuotedRows(lines)
    next(rows, None)
    keys: dict[tuple[str, str, str], SeriesKey] = {}
    while True:
        try:
            cells = next(rows)
            if not cells:
                continue
            row = Row(rows.line, (_sample(cells, keys),))
        except StopIteration:
            return
        except (csv.Error, TsError, ValueError) as fault:
            rows.refuse()
            yield Rejected(rows.line, _reason(fault))
        else:
            yield row


def _reason(fault: Exception) -> str:
    if isinstance(fault, TsError):
        return fault.message
    return str(fault) if isinstance(fault, csv.Error) else "a cell is not as `export` writes it"


def _sample(cells: Sequence[str], keys: dict[tuple[str, str, str], SeriesKey]) -> Sample:
    if len(cells) != len(HEADER):
        raise ArgumentFault(f"{len(cells)} cells where the header has {len(HEADER)}")
    time_ns, metric, entity, tags, value, written = cells
    key = keys.get((metric, entity, tags))
    if key is None:
        pairs = json.loads(tags) if tags else {}
        if not isinstance(pairs, dict):
            raise ArgumentFault("the tags are not an object of names and values")
        key = SeriesKey.of(metric, entity, {str(name): str(text) for name, text in pairs.items()})
        if len(keys) < 100_000:
            keys[metric, entity, tags] = key
    text = None if not written else json.loads(written) if written[0] == '"' else written
    at = int(time_ns)
    if not -_LIMIT <= at < _LIMIT:
        raise ArgumentFault("the time is beyond what 64 bits hold")
    if not value:
        return Sample(key, at, float("nan"), text=text, kind=TEXT)
    if value in _BOOLEANS:
        return Sample(key, at, _BOOLEANS[value], text=text, kind=BOOL)
    if value in _SPECIAL:
        return Sample(key, at, _SPECIAL[value], text=text)
    if value.removeprefix("-").isdecimal() and -_LIMIT <= int(value) < _LIMIT:
        return Sample(key, at, float(int(value)), integer=int(value), text=text)
    return Sample(key, at, float(value), text=text)
