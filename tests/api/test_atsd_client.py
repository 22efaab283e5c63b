"""The public Python client, unchanged, against a server as ``make run`` starts it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.live import LiveServer, live_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from atsd_client import connect_url
    from atsd_client.exceptions import ServerException
    from atsd_client.models import (
        Aggregate,
        DateFilter,
        Entity,
        EntityFilter,
        EntityGroup,
        Message,
        MessageQuery,
        Metric,
        PropertiesDeleteQuery,
        PropertiesQuery,
        Property,
        Rate,
        Sample,
        Series,
        SeriesDeleteQuery,
        SeriesFilter,
        SeriesQuery,
        TransformationFilter,
    )
    from atsd_client.services import (
        CommandsService,
        EntitiesService,
        EntityGroupsService,
        MessageService,
        MetricsService,
        PropertiesService,
        SeriesService,
    )

# The client calls functions that newer Pythons deprecate.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

START = datetime(2031, 4, 5, 6, tzinfo=UTC)
DATES = DateFilter(start_date="2031-04-05T00:00:00Z", end_date="2031-04-06T00:00:00Z")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[LiveServer]:
    with live_server(
        tmp_path_factory.mktemp("client"), TSWEB_EXAMPLES="0", TSWEB_ANONYMOUS="none"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def connection(server) -> Iterator[object]:
    client = connect_url(server.url, server.user, server.password)
    yield client
    client.close()


def test_a_wrong_password_is_refused(server):
    client = connect_url(server.url, server.user, "wrong")
    with pytest.raises(ServerException) as caught:
        MetricsService(client).list()
    assert caught.value.status_code == 401
    client.close()


def test_insert_and_query(connection):
    service = SeriesService(connection)
    samples = [Sample(value, START + timedelta(seconds=10 * at)) for at, value in enumerate([10, 40, 30])]
    samples.append(Sample(None, START + timedelta(seconds=40), x="off"))
    service.insert(Series("Pump-3", "Flow.Litres", data=samples, tags={"Line": "b"}))
    query = SeriesQuery(
        series_filter=SeriesFilter(metric="flow.litres", tags={"line": ["b"]}),
        entity_filter=EntityFilter(entity="pump-3"),
        date_filter=DATES,
    )
    (series,) = service.query(query)
    assert (series.entity, series.metric) == ("pump-3", "flow.litres")
    assert dict(series.tags) == {"line": "b"}
    assert series.values()[:3] == [10.0, 40.0, 30.0]
    assert series.data[0].get_date() == START
    (changed,) = service.query(
        SeriesQuery(
            series_filter=SeriesFilter(metric="flow.litres"),
            entity_filter=EntityFilter(entity="pump-*"),
            date_filter=DATES,
            transformation_filter=TransformationFilter(rate=Rate(counter=False)),
        )
    )
    assert changed.values()[:2] == [30.0, -10.0]


def test_aggregates_that_the_client_sends(connection):
    service = SeriesService(connection)
    samples = [Sample(at, START + timedelta(minutes=at)) for at in range(120)]
    service.insert(Series("agg-entity", "agg-metric", data=samples))
    query = SeriesQuery(
        series_filter=SeriesFilter(metric="agg-metric"),
        entity_filter=EntityFilter(entity="agg-entity"),
        date_filter=DATES,
        transformation_filter=TransformationFilter(
            aggregate=Aggregate(period={"count": 1, "unit": "HOUR"}, types=["COUNT", "MAX"])
        ),
    )
    counts, largest = service.query(query)
    assert counts.values() == [60.0, 60.0]
    assert largest.values() == [59.0, 119.0]


def test_series_delete(connection):
    service = SeriesService(connection)
    service.insert(Series("gone", "gone", data=[Sample(1, START)], tags={"a": "b"}))
    assert service.delete(SeriesDeleteQuery(entity="gone", metric="gone", tags={"a": "b"})) == {"series": 1}
    assert "No series found" in service.delete(
        SeriesDeleteQuery(entity="gone", metric="gone", tags={"a": "b"})
    )


def test_metrics(connection):
    service = MetricsService(connection)
    assert service.get("no-such-metric") is None
    assert service.series("no-such-metric") == []
    metric = Metric(
        "disk/free", label="Free", enabled=True, data_type="DOUBLE", units="B", tags={"Team": "x"}
    )
    service.create_or_replace(metric)
    stored = service.get("disk/free")
    assert (stored.label, stored.data_type, stored.units) == ("Free", "DOUBLE", "B")
    assert dict(stored.tags) == {"team": "x"}
    service.update(Metric("disk/free", description="bytes", persistent=False))
    stored = service.get("disk/free")
    assert (stored.label, stored.description, stored.persistent) == ("Free", "bytes", False)
    assert [found.name for found in service.list(expression="name like 'disk*'", limit=5)] == ["disk/free"]
    SeriesService(connection).insert(Series("host", "cpu", data=[Sample(1, START)], tags={"core": "0"}))
    (series,) = service.series("cpu", entity="host", tags={"core": "0"})
    assert series.last_insert_date == START
    service.delete("disk/free")
    assert service.get("disk/free") is None


def test_a_metric_named_like_a_suffix(connection):
    service = MetricsService(connection)
    service.create_or_replace(Metric("disk/series", label="really"))
    assert service.get("disk/series").label == "really"
    service.delete("disk/series")


def test_entities(connection):
    service = EntitiesService(connection)
    assert service.get("no-such-entity") is None
    service.create_or_replace(Entity("Host-1", label="One", tags={"os": "linux"}))
    service.update(Entity("host-1", enabled=True, tags={"room": "5"}))
    stored = service.get("host-1")
    assert dict(stored.tags) == {"os": "linux", "room": "5"}
    assert stored.created_date is not None
    found = service.list(expression="tags.os = 'linux'", tags="*")
    assert [entity.name for entity in found] == ["host-1"]
    SeriesService(connection).insert(Series("host-1", "load", data=[Sample(1, START)]))
    (metric,) = service.metrics("host-1", use_entity_insert_time=True)
    assert (metric.name, metric.last_insert_date) == ("load", START)
    frame = service.query_dataframe(expression="name = 'host-1'")
    assert list(frame["name"]) == ["host-1"]
    service.delete("host-1")
    assert service.get("host-1") is None


def test_entity_groups(connection):
    service = EntityGroupsService(connection)
    assert service.get("no such group") is None
    service.create_or_replace(EntityGroup("my group", tags={"a": "b"}))
    service.add_entities("my group", ["g-1", "g-2"])
    service.delete_entities("my group", ["g-1"])
    assert [entity.name for entity in service.get_entities("my group")] == ["g-2"]
    service.set_entities("my group", [])
    assert service.get_entities("my group") == []
    service.update(EntityGroup("my group", expression="name like 'g-*'"))
    assert [entity.name for entity in service.get_entities("my group")] == ["g-1", "g-2"]
    with pytest.raises(ServerException) as caught:
        service.add_entities("my group", ["g-3"])
    assert "Reset expression field first." in caught.value.content
    assert [group.name for group in service.list()] == ["my group"]
    service.delete("my group")
    assert service.get("my group") is None


def test_properties_and_messages(connection):
    properties = PropertiesService(connection)
    properties.insert(Property("disk", "host-2", {"size": "5"}, key={"id": "sda"}, date=START))
    query = PropertiesQuery(
        entity_filter=EntityFilter(entity="host-2"), date_filter=DATES, type="disk", key={"id": "sda"}
    )
    (stored,) = properties.query(query)
    assert (dict(stored.tags), dict(stored.key), stored.date) == ({"size": "5"}, {"id": "sda"}, START)
    assert properties.type_query(Entity("host-2")) == ["disk"]
    assert properties.delete(PropertiesDeleteQuery(type="disk", entity="host-2")) is True
    assert properties.query(query) == []
    messages = MessageService(connection)
    messages.insert(Message("logger", "test", "host-2", START, "MAJOR", {"a": "b"}, "hello"))
    (stored,) = messages.query(MessageQuery(entity_filter=EntityFilter(entity="host-2"), date_filter=DATES))
    assert (stored.message, stored.date) == ("hello", START)


def test_commands(connection):
    service = CommandsService(connection)
    lines = [
        "series e:cmd m:temp=20.5 d:2031-04-05T06:00:00Z",
        "series e:cmd m:temp=x",
        "metric m:temp l:Temp",
    ]
    answer = service.send_commands(lines, commit=True)
    assert {name: answer[name] for name in ("fail", "success", "total", "stored")} == {
        "fail": 1,
        "success": 2,
        "total": 3,
        "stored": 2,
    }
    assert answer["errors"][0]["line"] == 2
    assert MetricsService(connection).get("temp").label == "Temp"
