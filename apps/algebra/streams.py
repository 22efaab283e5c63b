"""Streams: series whose times never fall but may repeat, and what a result says of itself beside its points.

A KairosDB result group is a *stream*: points of one type of several stored series, one after the other in
order of time. In memory it is a :class:`~apps.algebra.series.Series` with ``labels``, **always oldest point
first**, also when the newest is wanted first: then ``labels.newest_first`` is set, functions for which order
matters (rate, sampler, difference, sma, trim, limit, groups) walk it backwards, and whoever writes the answer
reverses the columns. Points of equal time stand in order of value.

Kinds of points: FLOAT, INT, BOOL (type ``number``), TEXT (type ``text``) and GAP, the mark of an empty range
that ``stream_gaps`` puts in (value NaN). A GAP is written as null. A NaN or an infinity of another kind was
stored, or computed from what was: arithmetic passes it on, and it can't be written as JSON.

Functions (all transforms of the registry; a numeric one leaves a text stream as it is):

==================== ===================================================================================
``merge_streams``    name=None, by=None, limit=0, newest_first=False, entity_tag="entity",
                     default_entity="default". Set of ``Read(..., exact=True)`` -> streams by type and tags.
                     No point at all: one empty stream (which ``stream_gaps`` may fill); drop what stays
                     empty. The sum of the lengths of its results is KairosDB's ``sample_size``.
``group_streams``    groupers=(TimeGroups | ValueGroups | BinGroups, ...)
``limit_streams``    count: the first points of each stream, in the order asked for
RANGE                period=1 millisecond, start_ns=0, align_sampling=True, stamp="first"|"start"|"end",
                     origin_ns=None, zone="UTC"
``stream_aggregate`` statistic="sum"|"avg"|"min"|"max"|"count"|"first"|"last", RANGE
``stream_deviation`` result="value"|"pos_sd"|"neg_sd", deviations=1.0, RANGE
``stream_percentile`` share (0 to 1), RANGE
``stream_least_squares`` RANGE without stamp
``stream_minmax``    RANGE
``stream_gaps``      end_ns, trim=False, RANGE without stamp, max_points
``stream_interpolate`` RANGE without stamp, most_points=10_000_000
``stream_rate``      form="rate"|"sampler"|"difference", period=1 millisecond, zone="UTC"
``stream_scale``     factor; ``stream_divide`` divisor; ``stream_normalize`` (nothing)
``stream_sma``       size; ``stream_trim`` ends="first"|"last"|"both"; ``stream_limit`` limit (raises)
``stream_filter``    op="lte"|"lt"|"gte"|"gt"|"equal"|"ne", threshold (number or text): removes what matches
``stream_score``     thresholds=((value, "superior"|"inferior"), ...), descending=False
``stream_shift``     offset_ns
``stream_align``     start_ns, end_ns, reference_start_ns, reference_end_ns, to_end=False
``stream_alias``     alias; ``stream_tag`` name, value; ``stream_untag`` name=None, value=None
``stream_save``      metric, tags=((name, value), ...), ttl_s=0, saved_from=True: passes the stream on and
                     notes the destination in ``labels.saves``; what the node gives is what to write, and
                     :func:`saved_tags` says under which tags (GAPs are not written)
==================== ===================================================================================

``start_ns`` and ``end_ns`` are the window of the query as everywhere, half-open: KairosDB's inclusive end in
ms is ``(end_ms + 1) * 1_000_000``. ``start_ns`` stays that of the query also behind a shift: the way a stream
was moved is kept in ``labels.shift_ns`` and added to origin and window by the functions that need them.
An explicit ``origin_ns`` is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from apps.errors import ArgumentFault

__all__ = [
    "BinGroups",
    "Destination",
    "GroupEntry",
    "Grouper",
    "StreamLabels",
    "StreamType",
    "TagGroups",
    "TimeGroups",
    "ValueGroups",
    "saved_tags",
]

StreamType = Literal["number", "text"]
Tags = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class TagGroups:
    """Grouping by the values of tags; made by ``merge_streams``."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeGroups:
    """Groups by ``floor((t - start) / size) mod group_count``; ``unit`` as a period's, a year is 52 weeks."""

    count: int
    unit: str
    group_count: int
    start_ns: int

    def __post_init__(self) -> None:
        if self.count < 0 or self.group_count < 1:
            raise ArgumentFault(f"{self.count} {self.unit} in {self.group_count} groups divide no time")


@dataclass(frozen=True, slots=True)
class ValueGroups:
    """Groups by ``trunc(value / size)``; points that are no number fall into group -1."""

    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ArgumentFault(f"values are not grouped by steps of {self.size}", hint="give at least 1")


@dataclass(frozen=True, slots=True)
class BinGroups:
    """Groups by how many of the rising ``bins`` a value has reached."""

    bins: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.bins or any(a > b for a, b in pairwise(self.bins)):
            raise ArgumentFault("bins are one or more values in rising order")


Grouper = TimeGroups | ValueGroups | BinGroups


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """Into which group of a grouper a stream fell: ``number``, or for tags their ``values`` in order."""

    by: Grouper | TagGroups
    number: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where ``stream_save`` wants the points written."""

    metric: str
    tags: tuple[tuple[str, str], ...] = ()
    ttl_s: int = 0
    saved_from: bool = True


@dataclass(frozen=True, slots=True)
class StreamLabels:
    """What a stream is called and how it came about.

    ``name``          name to show; ``metric`` is the real one, which an alias does not change.
    ``tags``          names, each with its distinct values, both sorted, of the series that gave points.
    ``read_type``     the type of the points that were read; ``type`` what they are now (after a count).
    ``splits``        groups by time, value and bin in the order of their groupers.
    ``tag_group``     the group by tags, if there was one.
    ``newest_first``  the answer is wanted in falling order of time.
    ``shift_ns``      how far the points were moved in time.
    ``saves``         destinations noted by ``stream_save``, in order.
    """

    name: str
    metric: str
    tags: Tags = ()
    read_type: StreamType = "number"
    type: StreamType = "number"
    splits: tuple[GroupEntry, ...] = ()
    tag_group: GroupEntry | None = None
    newest_first: bool = False
    shift_ns: int = 0
    saves: tuple[Destination, ...] = ()

    @property
    def group_entries(self) -> tuple[GroupEntry, ...]:
        """Groups as results list them: time, value and bin, then tags (the type comes last of all)."""
        return self.splits if self.tag_group is None else (*self.splits, self.tag_group)

    def with_tag(self, name: str, value: str) -> StreamLabels:
        """With one more tag, or one more value of a tag it has."""
        tags = dict(self.tags)
        tags[name] = tuple(sorted({*tags.get(name, ()), value}))
        return replace(self, tags=tuple(sorted(tags.items())))

    def without_tag(self, name: str | None, value: str | None) -> StreamLabels:
        """Without a tag, without a value of a tag or of all, or without any tag; unknown ones matter not."""
        kept: list[tuple[str, tuple[str, ...]]] = []
        for tag, values in self.tags:
            if name is not None and tag != name:
                kept.append((tag, values))
                continue
            left = tuple(one for one in values if value is not None and one != value)
            if left:
                kept.append((tag, left))
        return replace(self, tags=tuple(kept))


def saved_tags(labels: StreamLabels, destination: Destination) -> dict[str, str]:
    """Tags of the points that a stream leaves at a destination.

    The tags given, ``saved_from`` with the real name of the metric, and the tags the stream was grouped by
    (a group of series without such a tag has no value for it).
    """
    tags: dict[str, str] = {}
    if labels.tag_group is not None and isinstance(labels.tag_group.by, TagGroups):
        pairs = zip(labels.tag_group.by.tags, labels.tag_group.values, strict=True)
        tags.update((name, value) for name, value in pairs if value)
    if destination.saved_from:
        tags["saved_from"] = labels.metric
    tags.update(destination.tags)
    return tags
