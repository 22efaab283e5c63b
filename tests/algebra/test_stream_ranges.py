"""Ranges begin where the original's begin, in every unit and zone, also before the origin and far away."""

from __future__ import annotations

import pytest

from apps.algebra.periods import Period
from apps.algebra.streams import StreamLabels
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, NS_PER_MS
from apps.algebra.transforms import stream_ranges
from apps.algebra.transforms.stream_ranges import ranges_of
from apps.errors import ArgumentFault
from tests.algebra.streams import at, stream


def range_of(period: str, start: str | int, point: str | int, **params: object) -> tuple[int, int]:
    start_ns, time_ns = (one if isinstance(one, int) else at(one) for one in (start, point))
    one = stream([(0, 1.0)], time_ns)
    ranges = ranges_of(one, one.times_ns, period=Period.parse(period), start_ns=start_ns, **params)
    assert (ranges.lo.tolist(), ranges.hi.tolist()) == ([0], [1])
    return int(ranges.starts_ns[0]), int(ranges.ends_ns[0])


MORNING = "2024-03-05T10:37:12"


@pytest.mark.parametrize(
    ("period", "start", "point", "begins", "ends", "params"),
    [
        ("1 hour", MORNING, MORNING, "2024-03-05T10:00:00", "2024-03-05T11:00:00", {}),
        ("5 hour", MORNING, "2024-03-06T00:01:00", "2024-03-05T20:00:00", "2024-03-06T01:00:00", {}),
        ("7 minute", MORNING, "2024-03-06T00:01:00", "2024-03-05T23:55:00", "2024-03-06T00:02:00", {}),
        ("2 day", MORNING, "2024-03-07T00:00:00", "2024-03-07T00:00:00", "2024-03-09T00:00:00", {}),
        ("2 week", MORNING, MORNING, "2024-03-04T00:00:00", "2024-03-18T00:00:00", {}),
        ("3 month", MORNING, "2024-06-18T00:00:00", "2024-06-01T00:00:00", "2024-09-01T00:00:00", {}),
        ("1 year", MORNING, "2025-06-18T00:00:00", "2025-01-01T00:00:00", "2026-01-01T00:00:00", {}),
        ("1 month", "2024-01-31T00:00:00", "2024-02-29T00:00:00", "2024-02-29T00:00:00",
         "2024-03-31T00:00:00", {"align_sampling": False}),
        ("1 day", "2024-03-30T10:00:00", "2024-03-31T10:00:00", "2024-03-30T23:00:00",
         "2024-03-31T22:00:00", {"zone": "Europe/Paris"}),
        ("1 hour", "2024-03-30T10:00:00", "2024-03-30T10:00:00", "2024-03-30T09:30:00",
         "2024-03-30T10:30:00", {"zone": "Asia/Kabul"}),
        ("6 hour", "2024-03-31T10:00:00", "2024-03-31T10:00:00", "2024-03-31T05:00:00",
         "2024-03-31T11:00:00", {"zone": "Europe/Paris"}),
        # before the origin a point lies in the range that ends there, not in the origin's own
        ("1 hour", MORNING, "2024-03-04T23:59:59", "2024-03-04T23:00:00", "2024-03-05T00:00:00", {}),
        ("1 month", MORNING, "2024-02-29T23:00:00", "2024-02-01T00:00:00", "2024-03-01T00:00:00", {}),
        # another origin is moved back to a natural boundary as the query's start would be
        ("5 hour", MORNING, "2024-03-05T10:37:12", "2024-03-05T06:00:00", "2024-03-05T11:00:00",
         {"origin_ns": at("2024-03-04T12:00:00")}),
        ("5 hour", MORNING, "2024-03-05T10:37:12", "2024-03-05T08:00:00", "2024-03-05T13:00:00",
         {"origin_ns": at("2024-03-04T12:00:00"), "align_sampling": False}),
        # a day or year whose midnight the clock skipped begins later, and those after it at midnight
        ("1 day", "2022-03-27T09:00:00", "2022-03-27T09:00:00", "2022-03-26T22:00:00",
         "2022-03-27T21:00:00", {"zone": "Asia/Beirut"}),
        ("1 day", "2022-03-27T09:00:00", "2022-03-29T21:30:00", "2022-03-29T21:00:00",
         "2022-03-30T21:00:00", {"zone": "Asia/Beirut"}),
        ("1 year", "1986-05-01T00:00:00", "1987-12-31T18:20:00", "1987-12-31T18:15:00",
         "1988-12-31T18:15:00", {"zone": "Asia/Kathmandu"}),
        # an hour that the clock shows twice: ranges from the second of the two
        ("1 day", "2024-10-27T01:30:00", "2024-10-27T01:30:00", "2024-10-27T01:30:00",
         "2024-10-28T01:30:00", {"zone": "Europe/Paris", "align_sampling": False}),
    ],
)  # fmt: skip
def test_range_of_a_time(
    period: str, start: str, point: str, begins: str, ends: str, params: dict[str, object]
) -> None:
    assert range_of(period, start, point, **params) == (at(begins), at(ends))


@pytest.mark.parametrize(
    ("point_ms", "begins_ms", "ends_ms", "aligned"),
    [(12_345, 12_250, 12_500, True), (12_600, 12_595, 12_845, False)],
)
def test_ranges_of_milliseconds(point_ms: int, begins_ms: int, ends_ms: int, aligned: bool) -> None:
    base = at("2024-03-05T10:37:00")
    found = range_of(
        "250 ms", base + 12_345 * NS_PER_MS, base + point_ms * NS_PER_MS, align_sampling=aligned
    )
    assert found == (base + begins_ms * NS_PER_MS, base + ends_ms * NS_PER_MS)


def test_a_moved_stream_takes_its_origin_along() -> None:
    one = stream([(500, 1.0)])
    labels = StreamLabels("m", "m", shift_ns=-500 * NS_PER_MS)
    start = int(one.times_ns[0])
    moved = type(one)(one.key, one.samples, labels=labels)
    ranges = ranges_of(
        moved, moved.times_ns, period=Period(10, "second"), start_ns=start, align_sampling=False
    )
    assert ranges.starts_ns.tolist() == [start - 500 * NS_PER_MS]


@pytest.mark.parametrize("period", ["1 ms", "1 second", "600 hour", "100000 hour", "9000000 hour", "1 day",
                                    "99999999 day", "1 month", "999999999 month", "40 year"])  # fmt: skip
@pytest.mark.parametrize("start", [MIN_TIME_NS, 0, MAX_TIME_NS])
def test_the_ends_of_time_hold_ranges_too(period: str, start: int) -> None:
    points = [MIN_TIME_NS, -1, 0, 1, MAX_TIME_NS]
    one = stream([(0, 1.0)] * 5)
    one.times_ns[:] = points
    ranges = ranges_of(one, one.times_ns, period=Period.parse(period), start_ns=start)
    assert ranges.lo[0] == 0 and ranges.hi[-1] == 5 and (ranges.lo[1:] == ranges.hi[:-1]).all()
    for lo, hi, begin, end in zip(ranges.lo, ranges.hi, ranges.starts_ns, ranges.ends_ns, strict=True):
        assert all(begin <= time < end for time in points[lo:hi])


@pytest.mark.parametrize("sparse", [0, 10**9])
def test_few_points_far_apart_fall_as_many_close_ones(sparse: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_ranges, "_SPARSE", sparse)
    one = stream([(ms, 1.0) for ms in (-700, -1, 0, 3, 250, 251, 999, 1000, 100_000, 100_001)])
    ranges = ranges_of(one, one.times_ns, period=Period(250, "millisecond"), start_ns=int(one.times_ns[2]))
    assert ((ranges.starts_ns - one.times_ns[2]) // NS_PER_MS).tolist() == [
        -750, -250, 0, 250, 750, 1000, 100_000
    ]  # fmt: skip
    assert (ranges.hi - ranges.lo).tolist() == [1, 1, 2, 2, 1, 1, 2]
    assert (ranges.ends_ns - ranges.starts_ns == 250 * NS_PER_MS).all()


@pytest.mark.parametrize("period", [Period(0, "second"), Period(-1, "day"), Period(1.5, "month")])
def test_what_makes_no_ranges_is_refused(period: Period) -> None:
    one = stream([(0, 1.0)])
    with pytest.raises(ArgumentFault):
        ranges_of(one, one.times_ns, period=period, start_ns=0)
