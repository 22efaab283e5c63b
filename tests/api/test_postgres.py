"""The whole of it on PostgreSQL, as a user meets it: started, filled with examples, written, asked, drawn."""

from __future__ import annotations

import requests

from tests.live import live_server
from tests.postgres import postgres_url

__all__ = ["postgres_url"]


def test_a_server_on_postgresql(tmp_path, postgres_url):
    with live_server(tmp_path, TSWEB_DATABASE_URL=postgres_url) as server:
        client = requests.Session()
        client.auth = (server.user, server.password)
        api = f"{server.url}/api/v1"
        sample = {"d": "2031-04-05T06:00:00Z", "v": 2.5, "x": "note"}
        body = [{"entity": "E", "metric": "pg.m", "tags": {"K": "V"}, "data": [sample]}]
        assert client.post(f"{api}/series/insert", json=body).status_code == 204
        asked = {"metric": "pg.m", "entity": "e", "startDate": sample["d"], "endDate": "2031-04-06T00:00:00Z"}
        (found,) = client.post(f"{api}/series/query", json=[asked]).json()
        assert found["tags"] == {"k": "V"}
        assert found["data"] == [{"d": "2031-04-05T06:00:00.000Z", "v": 2.5, "x": "note"}]
        assert client.get(f"{api}/metrics/pg.m").json()["lastInsertDate"] == "2031-04-05T06:00:00.000Z"
        assert client.get(f"{api}/search", params={"query": "pg.m v"}).json()["recordsTotal"] == 1
        assert client.get(f"{api}/search", params={"query": "p?.*"}).json()["recordsTotal"] == 1
        assert client.put(f"{api}/entities/e", json={"tags": {"a": "b"}}).status_code == 204
        assert client.get(f"{api}/metrics", params={"expression": "name = 'nul\0'"}).status_code == 400
        assert client.get(f"{api}/metrics", auth=(server.user, "wrong")).status_code == 401
        examples = "[configuration]\n[group]\n[widget]\ntype = chart\nstart-time = 2018-05-24\n"
        examples += "end-time = 2018-05-27\n[series]\nmetric = outage-tickets\nentity = hetzner\n"
        asked_chart = {"config": examples, "series": True}
        drawn = client.post(f"{server.url}/api/charts/render", json=asked_chart).json()
        assert len(drawn["widgets"][0]["series"][0]["samples"]) > 20
        for page in ("/", "/explore/", "/explore/?q=pg.m", "/admin/login/"):
            assert client.get(f"{server.url}{page}").status_code == 200
        deleted = client.post(f"{api}/series/delete", json=[asked | {"tags": {"k": "V"}}])
        assert deleted.json() == {"series": 1}
