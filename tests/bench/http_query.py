"""Series queries through the real server: waitress, every middleware, the data API."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from tests.bench.table import Row, paired_ms
from tests.live import ROOT, environment, live_server

__all__ = ["rows"]

COUNT = 1_000_000
START_NS = 1_527_120_000 * 10**9
STEP_NS = 10 * 10**9
SELECTION = {
    "metric": "bench", "entity": "e", "startDate": "2018-05-24T00:00:00Z", "endDate": "2018-12-31T00:00:00Z",
}  # fmt: skip

_LOAD = """
import django, numpy as np
django.setup()
from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series
from tests.bench.http_query import columns
times_ns, values = columns()
insert_series([(SeriesKey.of("bench", "e"), Samples(times_ns, values))])
"""


def columns() -> tuple[np.ndarray, np.ndarray]:
    """A counter with two decimals, a sample every 10 s."""
    steps = np.random.default_rng(7).integers(0, 500, COUNT)
    return START_NS + np.arange(COUNT) * STEP_NS, np.cumsum(steps) / 100


class _Client:
    """One kept-open connection, as a dashboard has it."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)

    def query(self, **query: object) -> bytes:
        return self._post("/api/v1/series/query", [{**SELECTION, **query}])

    def datapoints(self, **metric: object) -> bytes:
        """The same samples, asked for as KairosDB's clients do."""
        body = {"start_absolute": START_NS // 10**6, "metrics": [{"name": "bench", **metric}]}
        return self._post("/api/v1/datapoints/query", body)

    def _post(self, path: str, body: object) -> bytes:
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(answer[:500].decode(errors="replace"))
        return answer

    def ready(self) -> bytes:
        self.connection.request("GET", "/health/ready")
        return self.connection.getresponse().read()


def _floor_encode() -> int:
    """What cannot be saved: the text of the numbers."""
    from apps.algebra.series import Samples
    from apps.dialects.atsd.encode import encode_samples

    samples = Samples(*columns())
    return sum(len(block) for block in encode_samples(samples, iso=False))


def rows() -> list[Row]:
    """The HTTP rows of the table."""
    with tempfile.TemporaryDirectory(prefix="tsweb-bench-http-") as folder:
        data_dir = Path(folder)
        with live_server(data_dir, TSWEB_EXAMPLES="0", TSWEB_WORKERS="1") as server:
            loading = [sys.executable, "-c", _LOAD]
            names = environment(data_dir, DJANGO_SETTINGS_MODULE="tsweb.settings")
            subprocess.run(loading, env=names, cwd=ROOT, check=True)
            return _measured(_Client(server.url))


def _measured(client: _Client) -> list[Row]:
    times_ns, values = columns()
    hours = np.searchsorted(times_ns, np.arange(times_ns[0], times_ns[-1], 3600 * 10**9))
    points = {"timeFormat": "milliseconds"}
    rate = {"rate": {"period": {"count": 1, "unit": "SECOND"}}}
    hourly = {"aggregate": {"type": "AVG", "period": {"count": 1, "unit": "HOUR"}}}
    recent = {"startDate": "2018-09-16T00:00:00Z", "endDate": "2018-09-16T01:00:00Z"}
    found = []
    for name, query in (
        ("1 M points as JSON over HTTP", points),
        ("rate of 1 M at full resolution over HTTP", points | rate),
    ):
        ours, floor = paired_ms(lambda q=query: client.query(**q), _floor_encode, 5)
        reached = ours <= max(2.5 * floor, 160)
        found.append(Row(name, ours, "text of 1 M numbers", floor, "≤ 2.5 × or 160 ms", reached))
    ours, floor = paired_ms(client.datapoints, _floor_encode, 5)
    name, reached = "KairosDB query of 1 M points over HTTP", ours <= max(2.5 * floor, 160)
    found.append(Row(name, ours, "text of 1 M numbers", floor, "≤ 2.5 × or 160 ms", reached))
    ours, floor = paired_ms(
        lambda: client.query(**points, **rate, **hourly),
        lambda: np.add.reduceat(np.diff(values, prepend=0), hours),
        7,
    )
    reached = ours <= 16 or ours <= 10 * floor
    found.append(Row("rate per 1 h over 1 M over HTTP", ours, "diff and reduceat", floor, "≤ 16 ms", reached))
    ours, floor = paired_ms(lambda: client.query(**points, **rate, **recent), client.ready, 51)
    name = "rate over the last hour (360 samples) over HTTP"
    found.append(Row(name, ours, "the readiness check", floor, "≤ 1.5 ms", ours <= 1.5))
    return found
