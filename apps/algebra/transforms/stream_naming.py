"""Streams under other names, tags and times, and where they are to be written."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.streams import Destination
from apps.algebra.summaries import moved as moved_summaries
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS
from apps.algebra.transforms.params import End, Start
from apps.algebra.transforms.shift import plus_ns
from apps.algebra.transforms.stream_points import relabel, stream_labels
from apps.errors import Note

__all__ = [
    "stream_alias", "stream_align", "stream_save", "stream_shift", "stream_tag", "stream_untag",
]  # fmt: skip


@register("stream_alias", shape="series")
def stream_alias(series: Series, *, alias: Annotated[str, Param("the name to show")]) -> Series:
    """The stream under another name.

    In: one stream, points of any type.
    Out: the same points, tags and groups; `labels.name` is the alias, `labels.metric` stays.
    Missing: nothing changes.
    Errors: none.
    Source: Skyminer alias. Differences: none.
    Example: pump.flow, alias "Flow (north)" -> Flow (north).
    """
    return relabel(series, name=alias)


@register("stream_tag", shape="series")
def stream_tag(
    series: Series,
    *,
    name: Annotated[str, Param("name of the tag")],
    value: Annotated[str, Param("value that it gets, or gets in addition")],
) -> Series:
    """The stream with one more tag.

    In: one stream, points of any type.
    Out: the same points; the value joins those that the tag has, sorted, each once.
    Missing: nothing changes.
    Errors: none.
    Source: Skyminer tag. Differences: none.
    Example: site: north with site = east -> site: east, north.
    """
    return relabel(series, tags=stream_labels(series).with_tag(name, value).tags)


@register("stream_untag", shape="series")
def stream_untag(
    series: Series,
    *,
    name: Annotated[str | None, Param("tag to remove; none = any")] = None,
    value: Annotated[str | None, Param("only this value of it; none = all values")] = None,
) -> Series:
    """The stream without some of its tags.

    In: one stream, points of any type.
    Out: the same points and groups; a tag goes when no value of it is left.
    Missing: a tag or value that is not there changes nothing.
    Errors: none.
    Source: Skyminer untag. Differences: none.
    Example: site: east, north, value east -> site: north; nothing given -> no tags.
    """
    return relabel(series, tags=stream_labels(series).without_tag(name, value).tags)


@register("stream_shift", shape="series")
def stream_shift(
    series: Series,
    *,
    offset_ns: Annotated[int, Param("how far to move, negative = earlier", unit="ns")],
) -> Series:
    """The stream at later or earlier times.

    In: one stream, points of any type.
    Out: its points at time + offset, all columns unchanged; ranges of later functions move along.
    Missing: marks of gaps and NaN samples move too.
    Errors: none; points that would leave the range of times are left out, with a note.
    Source: Skyminer time_shift. Differences: none.
    Example: 1 at 1 s, by -500 ms -> 1 at 0.5 s.
    """
    shaped = relabel(series, shift_ns=stream_labels(series).shift_ns + offset_ns)
    shaped = shaped.with_applied("stream_shift", offset_ns=offset_ns)
    held = series.samples
    if len(held) == 0 or offset_ns == 0:
        return shaped
    times = plus_ns(held.times_ns, offset_ns)
    inside = (times > MIN_TIME_NS) & (times < MAX_TIME_NS)
    summaries = moved_summaries(held.summaries, times - held.times_ns)
    moved = Samples(times, held.values, held.kinds, held.ints, held.texts, summaries)
    if inside.all():
        return shaped.with_samples(moved)
    lost = int(len(inside) - np.count_nonzero(inside))
    note = Note("dropped", f"{lost} points left the range of times", lost)
    return shaped.with_samples(moved.take(inside), note)


@register("stream_align", shape="series")
def stream_align(
    series: Series,
    *,
    start_ns: Start,
    end_ns: End,
    reference_start_ns: Annotated[int, Param("start of the window to lie on", unit="ns UTC")],
    reference_end_ns: Annotated[int, Param("end of the window to lie on", unit="ns UTC")],
    to_end: Annotated[bool, Param("let the ends meet instead of the starts")] = False,
) -> Series:
    """The stream moved so that its own window begins, or ends, with another one.

    In: one stream, points of any type, and the window it was read from.
    Out: its points moved by one length of time, all columns unchanged; ranges of later functions move along.
    Missing: marks of gaps and NaN samples move too.
    Errors: none.
    Source: Skyminer time_align with time_override. Differences: none.
    Example: 5 at 03:00 of 1 January, its window moved onto that of 2 January -> 5 at 03:00 of 2 January.
    """
    offset_ns = reference_end_ns - end_ns if to_end else reference_start_ns - start_ns
    return stream_shift(series, offset_ns=offset_ns)


@register("stream_save", shape="series")
def stream_save(
    series: Series,
    *,
    metric: Annotated[str, Param("metric that receives the points")],
    tags: Annotated[tuple[tuple[str, str], ...], Param("tags they get")] = (),
    ttl_s: Annotated[int, Param("how long they are kept; 0 = always", unit="s", minimum=0)] = 0,
    saved_from: Annotated[bool, Param("tag them with the name of the metric they come from")] = True,
) -> Series:
    """The stream unchanged, with a note of the metric that its points are to be written to.

    In: one stream, points of any type.
    Out: the same points; the destination joins `labels.saves`. Whoever runs the plan writes them.
    Missing: marks of gaps pass and are not written.
    Errors: none here.
    Source: KairosDB save_as, and "save_as" of a roll-up. Differences: none.
    Example: 1, 2 to flow_10m -> 1, 2, saved as flow_10m with saved_from = flow.
    """
    destination = Destination(metric, tuple(sorted(tags)), ttl_s, saved_from)
    return relabel(series, saves=(*stream_labels(series).saves, destination))
