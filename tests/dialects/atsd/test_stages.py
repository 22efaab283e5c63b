"""``interpolate``, ``smooth``, ``downsample``, ``sampleFilter`` and the limits."""

import pytest

from tests.dialects.atsd.bench import DAY, Bench, samples

QUARTER_HOUR = {"count": 15, "unit": "MINUTE"}


@pytest.fixture
def uneven():
    return Bench().add("m", "e", samples({"06:05:00": 10, "06:20:00": 40, "06:50:00": 10}))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"function": "LINEAR"}, [None, 30, 30, 15, None, None]),
        ({"function": "previous"}, [None, 10, 40, 40, 10, None]),
        ({"function": "LINEAR", "fill": True}, [10, 30, 30, 15, 10, 10]),
        ({"function": "LINEAR", "fill": 5}, [5, 30, 30, 15, 5, 5]),
        ({"function": "AUTO"}, [None, 30, 30, 15, None, None]),
    ],
)
def test_interpolate(uneven, settings, expected):
    window = {"startDate": "2031-04-05T06:00:00Z", "endDate": "2031-04-05T07:30:00Z"}
    found = uneven.values(**window, interpolate={**settings, "period": QUARTER_HOUR})
    grid = ("06:00:00", "06:15:00", "06:30:00", "06:45:00", "07:00:00", "07:15:00")
    assert found == {
        text: value for text, value in zip(grid, expected, strict=True) if value is not None
    }


def test_outer_boundary_reads_across_the_edges(uneven):
    window = {"startDate": "2031-04-05T06:15:00Z", "endDate": "2031-04-05T06:40:00Z"}
    stage = {"function": "LINEAR", "period": QUARTER_HOUR}
    assert uneven.values(**window, interpolate=stage) == {}
    assert uneven.values(**window, interpolate={**stage, "boundary": "OUTER"}) == {
        "06:15:00": 30,
        "06:30:00": 30,
    }


def test_fill_with_nan_prints_null(uneven):
    window = {"startDate": "2031-04-05T06:00:00Z", "endDate": "2031-04-05T06:30:00Z"}
    stage = {"function": "LINEAR", "period": QUARTER_HOUR, "fill": "NaN"}
    assert uneven.values(**window, interpolate=stage) == {"06:00:00": None, "06:15:00": 30}


def test_smooth():
    bench = Bench().add("m", "e", samples({"10:00:00": 1, "10:00:01": 2, "10:00:02": 6}))
    assert list(bench.values(smooth={"type": "AVG", "count": 2}).values()) == [1, 1.5, 4]
    assert list(bench.values(smooth={"type": "avg", "count": 2, "minimumCount": 2}).values()) == [
        1.5,
        4,
    ]
    assert list(bench.values(smooth={"type": "EMA", "factor": 0.5}).values()) == [1, 1.5, 3.75]


def test_downsample():
    raw = {f"10:00:0{i}": value for i, value in enumerate((1, 1, 1, 5, 5))}
    bench = Bench().add("m", "e", samples(raw))
    assert bench.values(downsample={}) == {
        "10:00:00": 1, "10:00:02": 1, "10:00:03": 5, "10:00:04": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("value > 2", [3, 4]),
        ("value >= 2 AND value < 4", [2, 3]),
        ("value IN (1, 4)", [1, 4]),
        ("value BETWEEN 2 AND 3", [2, 3]),
        ("NOT (value = 2)", [1, 3, 4]),
        ("Math.abs(value - 2) < 1 || value == 4", [2, 4]),
        ("!Double.isNaN(value) && date.hourOfDay = 11", [2, 3]),
        ("date.timeOfDay BETWEEN '10:00' AND '11:00'", [1, 2]),
        ("date.is_weekend()", [1, 2, 3, 4]),
        ("date.to_timezone('Europe/Vienna').hourOfDay = 13", [2, 3]),
    ],
)
def test_sample_filter(text, kept):
    raw = {"10:00:00": 1, "11:00:00": 2, "11:30:00": 3, "12:00:00": 4}
    bench = Bench().add("m", "e", samples(raw))
    assert list(bench.values(sampleFilter=text).values()) == kept


def test_sample_filter_comes_before_everything():
    raw = {"10:00:00": 1, "10:00:01": 100, "10:00:02": 3}
    bench = Bench().add("m", "e", samples(raw))
    assert bench.values(sampleFilter="value < 50", rate={}) == {"10:00:02": 2}


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"limit": 2}, [2, 3]),
        ({"limit": "2", "direction": "ASC"}, [1, 2]),
        ({"limit": 2, "endDate": "2031-04-05T10:00:02Z"}, [1, 2]),
        ({"limit": 5, "startDate": "2031-04-05T10:00:01Z"}, [2, 3]),
        ({"limit": -1}, [1, 2, 3]),
        ({"cache": True}, [3]),
        ({"cache": "true", "direction": "ASC"}, [3]),
    ],
)
def test_limits(settings, kept):
    bench = Bench().add("m", "e", samples({"10:00:00": 1, "10:00:01": 2, "10:00:02": 3}))
    assert list(bench.values(**settings).values()) == kept


def test_series_limit():
    bench = Bench()
    for number in range(4):
        bench.add("m", f"e{number}", samples({"10:00:00": number}))
    found = bench.answer({**DAY, "metric": "m", "entity": "*", "seriesLimit": 2})
    assert [one["entity"] for one in found] == ["e0", "e1"]
