"""Random series and settings through the API, compared with one-sample-at-a-time computations."""

from __future__ import annotations

import math
import random

import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series
from tests.api.atsd_query import naive

pytestmark = pytest.mark.django_db(databases="__all__")

DAY = naive.DAY_MS
SPANS = {
    "MILLISECOND": 2_000, "SECOND": 60_000, "MINUTE": 120 * 60_000, "HOUR": 3 * DAY, "DAY": 40 * DAY,
    "WEEK": 100 * DAY, "MONTH": 900 * DAY, "QUARTER": 1500 * DAY, "YEAR": 9000 * DAY,
}  # fmt: skip
ZONES = ("UTC", "America/New_York", "Europe/Vienna", "Asia/Kathmandu", "Australia/Lord_Howe")
ALIGNMENTS = ("CALENDAR", "START_TIME", "END_TIME", "FIRST_VALUE_TIME")
#: Clocks change on these days, somewhere.
CHANGES = ((2031, 3, 9), (2031, 3, 30), (2031, 4, 6), (2031, 10, 26), (2031, 11, 2))
MERGING = (
    "COUNT", "SUM", "AVG", "MIN", "MAX", "PERCENTILE(37.5)", "MEDIAN", "STANDARD_DEVIATION",
    "MEDIAN_ABS_DEV", "MIN_VALUE_TIME", "MAX_VALUE_TIME", "FIRST", "LAST",
)  # fmt: skip
STATISTICS = (
    *MERGING, "DELTA", "COUNTER", "PERCENTILE(0)", "PERCENTILE(100)", "SLOPE", "INTERCEPT", "WAVG", "WTAVG",
    "THRESHOLD_COUNT", "THRESHOLD_DURATION", "THRESHOLD_PERCENT",
)  # fmt: skip
FILLINGS = (
    None, {"type": "NONE", "extend": True}, {"type": "PREVIOUS"}, {"type": "NEXT", "extend": True},
    {"type": "LINEAR", "extend": False}, {"type": "LINEAR", "extend": True},
    {"type": "VALUE", "value": "7", "extend": True}, {"type": "VALUE", "value": -1},
)  # fmt: skip


def random_samples(random_: random.Random, times, whole=False):
    """A value at each time, some missing; ``whole`` keeps to numbers whose sums are exact."""
    kinds = [lambda: None, lambda: float(random_.randint(-20, 20)), lambda: float(random_.randint(0, 10))]
    if not whole:
        kinds.append(lambda: random_.random() * 10 + 0.001)
    return [(time, random_.choice(kinds)()) for time in sorted(set(times))]


def put(metric, *series):
    items = []
    for number, samples in enumerate(series):
        if samples:
            times = [time * 10**6 for time, _ in samples]
            values = [math.nan if value is None else value for _, value in samples]
            items.append((SeriesKey.of(metric, f"e{number}", {}), Samples.of(times, values)))
    insert_series(items)


def same(found, wanted):
    got = [(sample["t"], sample["v"]) for sample in found["data"]]
    assert [time for time, _ in got] == [time for time, _ in wanted]
    for (_, value), (_, expected) in zip(got, wanted, strict=True):
        if expected is None or value is None:
            assert value is expected
        else:
            assert math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-7), (value, expected)


def window_body(metric, start, end, **more):
    return {
        "metric": metric, "startDate": naive.iso(start), "endDate": naive.iso(end),
        "timeFormat": "milliseconds", "entity": "e0", **more,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("unit", SPANS)
def test_aggregate(api, unit, seed):
    rng = random.Random(f"{unit} {seed}")
    day = rng.choice([*CHANGES, (2031, 1, 31), (2031, 7, 8), (2032, 2, 29)])
    start = naive.unix_ms(*day, rng.randint(0, 23), rng.randint(0, 59)) + rng.choice([0, 0, 137])
    span = SPANS[unit]
    end = start + rng.randint(span // 3, span)
    times = [
        start + rng.randint(-span // 10, end - start + span // 10)
        for _ in range(rng.choice([1, 3, 10, 40]))
    ]
    samples = random_samples(rng, times)
    count = rng.choice([1, 2, 10] if unit == "YEAR" else [1, 1, 2, 3, 5, 7, 45])
    count *= rng.choice([1, 10, 50]) if unit == "MILLISECOND" else 1
    align, zone, filling = rng.choice(ALIGNMENTS), rng.choice(ZONES), rng.choice(FILLINGS)
    limits = rng.choice([{"max": 5.00037}, {"min": 2.00041}, {"min": 0.00049, "max": 6.00041}])
    names = rng.sample(STATISTICS, 6)
    put("m", samples)
    stage = {
        "types": names, "threshold": limits,
        "period": {"count": count, "unit": unit, "align": align, "timezone": zone},
    }  # fmt: skip
    if filling:
        stage["interpolate"] = filling
    answers = api.query(window_body("m", start, end, aggregate=stage))
    assert [answer["aggregate"]["type"] for answer in answers] == names
    for name, answer in zip(names, answers, strict=True):
        step = (count, unit, align)
        same(answer, naive.aggregate(samples, name, step, (start, end), zone, filling, limits))


@pytest.mark.parametrize("seed", range(40))
def test_group(api, seed):
    rng = random.Random(seed)
    step = rng.choice(
        [
            None, None, (5, "SECOND", "CALENDAR"), (7, "SECOND", "START_TIME"), (11, "SECOND", "END_TIME"),
            (6, "SECOND", "FIRST_VALUE_TIME"), (1, "DAY", "CALENDAR"), (1, "MILLISECOND", "CALENDAR"),
        ]
    )  # fmt: skip
    start = naive.unix_ms(2031, 3, 29, rng.randint(0, 23), rng.randint(0, 59))
    span = 5 * DAY if step and step[1] == "DAY" else 60_000
    slot, jitter = span // 12, [0, 0, 137] if step else [0]
    series = [
        random_samples(
            rng,
            [start + slot * rng.randint(-2, 13) + rng.choice(jitter) for _ in range(rng.choice([1, 3, 8]))],
        )
        for _ in range(rng.choice([1, 2, 3]))
    ]
    filling = None if step and step[1] == "MILLISECOND" else rng.choice(FILLINGS)
    truncate, names = rng.random() < 0.4, rng.sample(MERGING, 4)
    put("m", *series)
    stage = {"types": names, "truncate": truncate}
    if step:
        stage["period"] = {
            "count": step[0], "unit": step[1], "align": step[2], "timezone": "Europe/Vienna",
        }  # fmt: skip
    if filling:
        stage["interpolate"] = filling
    answers = api.query(window_body("m", start, start + span, entity="*", group=stage))
    for name, answer in zip(names, answers, strict=True):
        wanted = naive.group(
            series, name, (start, start + span), step, filling, truncate, "Europe/Vienna"
        )
        same(answer, wanted)


def _rate_setting(rng):
    period = rng.choice(
        [None, (0, "SECOND"), (1, "NANOSECOND"), (2.5, "SECOND"), (1, "MONTH"), (3, "QUARTER"), (1, "YEAR")]
    )
    setting = {"counter": rng.random() < 0.5}
    if period:
        setting["period"] = {"count": period[0], "unit": period[1]}
    return setting, lambda samples: naive.rate(samples, period, setting["counter"])


def _smooth_setting(rng):
    setting = {
        "type": rng.choice(["AVG", "COUNT", "SUM", "WAVG", "WTAVG", "EMA"]),
        "minimumCount": rng.choice([0, 1, 2, 3]),
        "incompleteValue": rng.choice([None, "NaN", -7.0]),
    }
    if rng.random() < 0.5:
        setting["count"] = rng.choice([1, 3])
    else:
        setting["interval"] = {"count": rng.choice([5, 60]), "unit": "SECOND"}
    if setting["type"] == "EMA":
        setting |= {"factor": 0.4} if rng.random() < 0.5 else {"range": 30_000}
    return setting, lambda samples: naive.smooth(samples, setting)


def _downsample_setting(rng):
    setting = {"algorithm": rng.choice(["DETAIL", "INTERPOLATE"])}
    setting |= rng.choice([{"ratio": 1}, {"ratio": 1.5}, {"difference": 0}, {"difference": 2}, {}])
    if rng.random() < 0.5:
        setting["gap"] = {"count": 30, "unit": "SECOND"}
    return setting, lambda samples: naive.downsample(samples, setting)


START, END = naive.unix_ms(2031, 5, 5, 3), naive.unix_ms(2031, 5, 5, 3, 10)


def _aggregate_setting(rng):
    setting = {"type": "AVG", "period": {"count": 37, "unit": "SECOND"}}
    step = (37, "SECOND", "CALENDAR")
    return setting, lambda samples: naive.aggregate(samples, "AVG", step, (START, END))


STAGES = {
    "rate": _rate_setting, "aggregate": _aggregate_setting, "smooth": _smooth_setting,
    "downsample": _downsample_setting,
}  # fmt: skip


def _ends(rng, wanted):
    """``limit``, ``direction`` and ``cache`` with what they leave of a result."""
    count = rng.randint(1, 4)
    return [
        ({}, wanted),
        ({"limit": count}, wanted[-count:]),
        ({"limit": count, "direction": "ASC"}, wanted[:count]),
        ({"limit": -1, "direction": "asc", "cache": "true"}, wanted[-1:]),
    ]


@pytest.mark.parametrize("seed", range(25))
def test_stages_in_any_order_then_limits(api, seed):
    rng = random.Random(seed)
    times = [START + 1000 * rng.randint(0, 599) for _ in range(rng.choice([1, 2, 5, 20]))]
    samples = random_samples(rng, times, whole=True)
    put("m", samples)
    for ending, wanted in _ends(rng, samples):
        same(api.query(window_body("m", START, END, **ending))[0], wanted)
    names = rng.sample(list(STAGES), rng.choice([1, 2, 3, 4]))
    made = {name: STAGES[name](rng) for name in names}
    body = {name: setting for name, (setting, _) in made.items()}
    numbered = {name: {**body[name], "order": number - 2} for number, name in enumerate(names)}
    in_default = [name for name in STAGES if name in names]
    for order, asked in (
        (names, body | {"transformationOrder": [name.upper() for name in names]}),
        (names, numbered),
        (in_default, body),
        (in_default, body | {"transformationOrder": ["nothing", in_default[0]]}),
    ):
        wanted = samples
        for name in order:
            wanted = made[name][1](wanted)
        for ending, shown in _ends(rng, wanted):
            (answer,) = api.query(window_body("m", START, END, **asked, **ending))
            assert answer["transformationOrder"] == [name.upper() for name in order]
            same(answer, shown)
