"""Derived series: arithmetic beside plain NumPy, a large figure in its parts, a preview over HTTP."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from tsdownsample import M4Downsampler

from tests.bench.store_prepare import START_NS, prepare, real_looking
from tests.bench.store_read import decoder
from tests.bench.table import Row, best_ms, paired_ms
from tests.live import ROOT, environment, live_server
from tsweb.serve import keep_freed_memory

__all__ = ["load", "load_pairs", "rows"]

MILLION = 1_000_000
WIDTH_PX = 1200
DIFFERENCE, SHARE = "value('s0') - previous('s0')", "value('s1') / value('s2') * 100"


def config(count: int, formulas: list[str], samples: int) -> str:
    """A chart of so many stored series and some derived ones."""
    stored = "".join(f"[series]\nmetric = derived.s{at}\nalias = s{at}\n" for at in range(count))
    derived = "".join(f"[series]\nvalue = {one}\n" for one in formulas)
    start_ms = START_NS // 10**6
    times = f"start-time = {_iso(start_ms)}\nend-time = {_iso(start_ms + samples * 10_000)}\n"
    return f"[configuration]\n{times}entity = bench\n[group]\n[widget]\ntype = chart\n{stored}{derived}"


def _iso(time_ms: int) -> str:
    return f"{np.datetime64(time_ms, 'ms')}Z"


def load(count: int, samples: int) -> None:
    """Store the series that the charts name."""
    from apps.algebra.series import Samples, SeriesKey
    from apps.store.ingest import insert_series

    kinds = real_looking(samples)
    for at in range(count):
        times, values = kinds[at % 3]
        insert_series([(SeriesKey.of(f"derived.s{at}", "bench"), Samples(times, values + at))])


def load_pairs(entities: int, samples: int) -> None:
    """Store two metrics for each of so many entities."""
    from apps.algebra.series import Samples, SeriesKey
    from apps.store.ingest import insert_series

    kinds = real_looking(samples)
    for at in range(entities):
        times, values = kinds[at % 3]
        pair = [
            (SeriesKey.of(f"joined.{name}", f"host-{at}"), Samples(times, values + at + 1)) for name in "ab"
        ]
        insert_series(pair)


def rows() -> list[Row]:
    """The rows of this module."""
    keep_freed_memory()  # as the server does
    prepare()
    load(10, MILLION)
    return [*_arithmetic(), *_figure(), _preview(), _joined()]


def _arithmetic() -> list[Row]:
    """Formulas over series in memory, equal times, nothing missing."""
    from apps.algebra.series import Samples, Series, SeriesKey
    from apps.algebra.transforms.formulas import formula
    from apps.algebra.transforms.sample_formulas import replace_value
    from apps.dialects.charts.formula import parse_formula

    (times, one), (_, other) = real_looking(MILLION)[:2]
    a = Series(SeriesKey("a", "e"), Samples(times, one))
    b = Series(SeriesKey("b", "e"), Samples(times.copy(), other + 1))
    change, share = "value - previousValue", "value('a') / value('b') * 100"
    trees = {text: parse_formula(text) for text in (change, share)}

    def by_hand() -> np.ndarray:
        assert np.array_equal(a.times_ns, b.times_ns)
        return a.values / b.values * 100

    difference = paired_ms(
        lambda: replace_value(a, tree=trees[change], text=change), lambda: one[1:] - one[:-1], 21
    )
    ratio = paired_ms(
        lambda: formula(
            ((a,), (b,)), names=("a", "b"), tree=trees[share], text=share, start_ns=0, end_ns=2**62
        ),
        by_hand, 21,
    )  # fmt: skip
    return [
        _row("value - previousValue over 1 M", *difference, "NumPy by hand", 3),
        _row("ratio of two series of 1 M", *ratio, "NumPy by hand, times compared", 3),
    ]


def _row(name: str, ours: float, floor: float, floor_name: str, times: float) -> Row:
    return Row(name, ours, floor_name, floor, f"<= {times:g} x", ours <= times * floor)


def _figure() -> list[Row]:
    """10 series of a million samples and two derived ones: read, compute, pick, encode, and all together."""
    from apps.algebra.execute import execute_each
    from apps.algebra.plan import Apply, Given, Node
    from apps.algebra.source import MemorySource
    from apps.catalog.selectors import catalog
    from apps.dialects.charts.parse import parse
    from apps.dialects.charts.plan import plan
    from apps.figures.build import build
    from apps.figures.spec import ChartSpec, SeriesSpec
    from apps.queries.chart_edges import picked
    from apps.queries.charts import ChartRequest, render_charts
    from apps.store.source import StoreSource

    text = config(10, [DIFFERENCE, SHARE], MILLION)
    now_ns = START_NS + MILLION * 10**10
    (widget,) = plan(parse(text), now_ns=now_ns, catalog=catalog(), width_px=WIDTH_PX).widgets
    nodes = [one.node for one in widget.series if one.node is not None]
    outcomes = execute_each(nodes, StoreSource())
    found = [series for outcome in outcomes for series in outcome.series]
    held: dict[int, Node] = {}

    def in_memory(node: Node) -> Node:
        """The plan with its reads done already."""
        if id(node) not in held:
            if isinstance(node, Apply):
                inputs = tuple(in_memory(one) for one in node.inputs)
                held[id(node)] = Apply(node.function, inputs, node.params)
            else:
                held[id(node)] = Given(execute_each([node], StoreSource())[0].series)
        return held[id(node)]

    computed = [in_memory(one.node) for one in widget.series if one.derived and one.node is not None]
    start_ns, end_ns = widget.start_ns, widget.end_ns
    ids = sorted({ref.id for node in nodes for leaf in _reads(node) for ref in leaf.series})
    samples = [series.samples for series in found]
    s0, s1, s2 = (one.values for one in samples[:3])

    def by_hand() -> None:
        assert np.array_equal(samples[1].times_ns, samples[2].times_ns)
        _ = s0[1:] - s0[:-1], s1 / s2 * 100

    thin = [picked(one, WIDTH_PX, start_ns, end_ns) for one in found]
    drawn = tuple(SeriesSpec(str(at), (at,), one.times_ns, one.values) for at, one in enumerate(thin))
    spec = ChartSpec("chart", "", start_ns, end_ns, "UTC", WIDTH_PX, drawn)
    m4 = M4Downsampler()
    columns = [column for one in thin for column in (one.times_ns, one.values)]
    read, decode = paired_ms(lambda: StoreSource().read(ids, start_ns, end_ns), decoder(ids, MILLION), 3)
    compute, hand = paired_ms(lambda: execute_each(computed, MemorySource({})), by_hand, 9)
    pick, bare_pick = paired_ms(
        lambda: [picked(one, WIDTH_PX, start_ns, end_ns) for one in found],
        lambda: [m4.downsample(one.times_ns, one.values, n_out=2 * WIDTH_PX) for one in found],
        3,
    )
    encode, bare_encode = paired_ms(
        lambda: build(spec), lambda: [base64.b64encode(column.tobytes()) for column in columns], 5
    )
    request = ChartRequest(text, now_ns=now_ns, width_px=WIDTH_PX)
    whole = best_ms(lambda: render_charts(request), 3)
    floors = decode + hand + bare_pick + bare_encode
    return [
        _row("10 x 1 M + 2 derived: read", read, decode, "decode alone", 1.5),
        _row("10 x 1 M + 2 derived: compute", compute, hand, "NumPy by hand, times compared", 3),
        _row("10 x 1 M + 2 derived: down-sample", pick, bare_pick, "tsdownsample M4", 3),
        Row(
            "10 x 1 M + 2 derived: encode",
            *(encode, "base64 of the columns", bare_encode),
            *("<= 0.9 ms a series (fig.to_json)", encode <= 0.9 * len(drawn)),
        ),
        _row("10 x 1 M + 2 derived: the whole figure", whole, floors, "sum of the four floors", 2),
    ]


def _reads(node):
    """The reads behind a node."""
    from apps.algebra.plan import Apply

    return [one for inner in node.inputs for one in _reads(inner)] if isinstance(node, Apply) else [node]


def _preview() -> Row:
    """20 series of 10,000 samples, three derived answers, over HTTP."""
    formulas = [DIFFERENCE, SHARE, "value('s3') + value('s4')"]
    ours = _served_ms(config(20, formulas, 10_000), "load(20, 10_000)", drawn=23)
    return Row("preview: 20 x 10 k, three derived, over HTTP", ours, "limit", 100.0, "<= 100 ms", ours <= 100)


def _joined() -> Row:
    """The ratio of two metrics for each of 100 entities, 10,000 samples each, read, joined and drawn."""
    text = config(0, ["value('a') / value('b')"], 10_000).replace("entity = bench", "entity = *")
    hidden = "".join(
        f"[series]\nmetric = joined.{name}\nalias = {name}\ndisplay = false\n" for name in ("a", "b")
    )
    text = text.replace("type = chart\n", f"type = chart\n{hidden}")
    ours = _served_ms(text, "load_pairs(100, 10_000)", drawn=100)
    name = "ratio of two joined series, 100 x 10 k, over HTTP"
    return Row(name, ours, "VictoriaMetrics, same machine", 246.0, "<= 246 ms", ours <= 246)


def _served_ms(text: str, loading: str, *, drawn: int) -> float:
    """A chart over a kept-open connection to a real server in which the named function stored samples."""
    body = json.dumps({"config": text, "now": "2024-01-01T00:00:00Z"})
    with tempfile.TemporaryDirectory(prefix="tsweb-bench-derived-") as folder:
        data_dir = Path(folder)
        with live_server(data_dir, TSWEB_EXAMPLES="0", TSWEB_WORKERS="1") as server:
            script = (
                f"import django; django.setup(); from tests.bench import charts_derived as c; c.{loading}"
            )
            names = environment(data_dir, DJANGO_SETTINGS_MODULE="tsweb.settings")
            subprocess.run([sys.executable, "-c", script], env=names, cwd=ROOT, check=True)
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)

            def ask() -> None:
                headers = {"Content-Type": "application/json"}
                connection.request("POST", "/api/charts/render", body, headers)
                answer = connection.getresponse()
                figure = json.loads(answer.read())
                assert len(figure["widgets"][0]["figure"]["data"]) >= drawn, figure["diagnostics"]

            return best_ms(ask, 9)
