"""A roll-up as a client of KairosDB meets it: posted to a running server, run by the worker beside it."""

from __future__ import annotations

import time
from pathlib import Path

import requests

from tests.live import live_server

_PATIENCE_S = 120.0


def test_the_worker_of_the_server_runs_what_is_posted(tmp_path: Path) -> None:
    with live_server(tmp_path, TSWEB_EXAMPLES="0") as server:
        client = requests.Session()
        client.auth = (server.user, server.password)
        api = f"{server.url}/api/v1"
        day_ms = 86_400_000
        start_ms = int(time.time() * 1000) // day_ms * day_ms
        points = [[start_ms + n, n] for n in (1, 2, 3)]
        sent = [{"name": "raw", "tags": {"host": "a"}, "datapoints": points}]
        assert client.post(f"{api}/datapoints", json=sent).status_code == 204
        steps = [{"name": "sum", "sampling": {"value": 1, "unit": "days"}, "align_start_time": True}]
        task = {
            "name": "daily",
            "execution_interval": {"value": 1, "unit": "seconds"},
            "rollups": [
                {"save_as": "rolled", "query": {"metrics": [{"name": "raw", "aggregators": steps}]}}
            ],
        }
        made = client.post(f"{api}/rollups", json=task).json()
        limit = time.monotonic() + _PATIENCE_S
        while (status := _status(client, api, made["id"]))["last_executed"] == "Never":
            assert time.monotonic() < limit, "the worker does not run it"
            time.sleep(0.1)
        assert (status["metric_name"], status["data_point_count"]) == ("raw", 1)
        asked = {"start_absolute": 0, "metrics": [{"name": "rolled"}]}
        (found,) = client.post(f"{api}/datapoints/query", json=asked).json()["queries"][0]["results"]
        assert found["values"] == [[start_ms, 6]]
        assert found["tags"] == {"saved_from": ["raw"]}
        assert client.delete(f"{api}/rollups/{made['id']}").status_code == 204
        assert client.get(f"{api}/rollups").json() == []


def _status(client: requests.Session, api: str, key: str) -> dict:
    (status,) = client.get(f"{api}/rollups/status/{key}").json()["statuses"]
    return status
