"""A damaged payload is told of in answers, which come without it."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import resolve_series
from apps.store.models import Chunk, Head
from apps.store.writer import append_samples, load_samples

pytestmark = pytest.mark.django_db(databases="__all__")
SECOND_NS = 1_000_000_000


@pytest.fixture(autouse=True)
def reading(settings):
    settings.TSWEB_ANONYMOUS = "read"
    logging.getLogger("tsweb.store").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("tsweb.store").setLevel(logging.NOTSET)


def corrupt(model) -> None:
    row = model.objects.order_by("t0").first()
    payload = bytearray(row.payload)
    payload[len(payload) // 2] ^= 0x10
    model.objects.filter(pk=row.pk).update(payload=bytes(payload))


def store(writer) -> None:
    (series_id,) = resolve_series([SeriesKey.of("m", "e")])
    times = np.arange(100) * SECOND_NS
    writer({series_id: Samples(times, times * 1.0)})


def query(**more):
    asked = {"metric": "m", "entity": "e", "startDate": "1970-01-01T00:00:00Z"}
    body = [asked | {"endDate": "1970-01-02T00:00:00Z"} | more]
    answer = Client().post("/api/v1/series/query", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    return json.loads(b"".join(answer) if answer.streaming else answer.content)[0]


HOURLY = {"aggregate": {"type": "COUNT", "period": {"count": 1, "unit": "HOUR"}}}


@pytest.mark.parametrize("more", [{}, HOURLY], ids=["raw", "aggregated"])
@pytest.mark.parametrize(("writer", "model"), [(load_samples, Chunk), (append_samples, Head)])
def test_queries_tell_of_damage(writer, model, more):
    store(writer)
    assert "notes" not in query(**more)
    corrupt(model)
    assert [note["code"] for note in query(**more)["notes"]] == ["damaged-samples"]


def test_charts_tell_of_damage():
    store(load_samples)
    corrupt(Chunk)
    config = "[configuration]\nstart-time = 1970-01-01\nend-time = 1970-01-02\n"
    config += "[group]\n[widget]\ntype = chart\n[series]\nmetric = m\nentity = e\n"
    answer = Client().post("/api/charts/render", config, content_type="text/plain").json()
    assert "damaged-samples" in [note["code"] for note in answer["widgets"][0]["notes"]]


@pytest.mark.parametrize("more", [{}, HOURLY], ids=["raw", "aggregated"])
def test_a_pattern_does_not_hide_a_series_that_is_damaged_altogether(more):
    """Empty series are left out of the answers to patterns; one that is only empty by damage is not."""
    ids = resolve_series([SeriesKey.of("m", entity) for entity in ("broken", "sound")])
    times = np.arange(100) * SECOND_NS
    load_samples({series_id: Samples(times, times * 1.0) for series_id in ids})
    row = Chunk.objects.get(series_id=ids[0])
    Chunk.objects.filter(pk=row.pk).update(payload=b"")
    first = query(entity="*", **more)
    assert (first["entity"], first["data"]) == ("broken", [])
    assert [note["code"] for note in first["notes"]] == ["damaged-samples"]
