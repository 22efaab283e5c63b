"""``series: delete``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.algebra.source import EVERY_SERIES, SeriesSelector
from apps.api.atsd.answers import AtsdView
from apps.api.atsd.meta_schema import DELETE_BODY
from apps.api.atsd.params import objects_of
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import services
from apps.catalog.selectors import catalog
from apps.dialects.atsd.incoming import fold_entity, fold_metric, fold_tags
from apps.dialects.atsd.meta_fields import boolean
from apps.errors import MissingFault
from apps.store.lateness import mark_changed

__all__ = ["SeriesDelete"]

DELETED: dict[str, Any] = {"type": "object", "properties": {"series": {"type": "integer"}}}
#: What was computed from deleted series is computed again, for whatever time.
_EVER = (-(2**63), 2**63 - 1)
NO_SERIES = "com.axibase.tsd.service.meta.SeriesNotFoundException"


class SeriesDelete(AtsdView):
    rights_model = "series"
    rights: ClassVar = {"POST": ("delete",)}

    @extend_schema(
        operation_id="series_delete",
        request={"application/json": DELETE_BODY},
        responses={200: DELETED, 400: ErrorBody, 404: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Delete series with their samples and forecasts, and say how many there were."""
        selectors = [_selector(item) for item in objects_of(request.data, "series")]
        found = {ref for selector in selectors for ref in catalog().find_series(selector)}
        if not found:
            raise MissingFault("No series found", data={"exception": NO_SERIES})
        services.delete_series_rows({ref.id for ref in found})
        mark_changed({ref.key.metric for ref in found}, *_EVER)
        # A series is one, whatever forecasts of it went with it.
        return Response({"series": len({(ref.key.metric, ref.key.entity, ref.key.tags) for ref in found})})


def _selector(item: Mapping[str, Any]) -> SeriesSelector:
    """``exactMatch`` is true here unless switched off; names and values are literal."""
    exact = boolean(item.get("exactMatch", True), "exactMatch")
    tags = fold_tags(item.get("tags"))
    return SeriesSelector(
        fold_metric(item.get("metric")),
        entities=(_literal(fold_entity(item.get("entity"))),),
        tags=tuple((name, (_literal(value),)) for name, value in tags),
        exact_tags=exact,
        forecast=EVERY_SERIES,
    )


def _literal(text: str) -> str:
    """A pattern that matches the text only."""
    return "".join(f"\\{char}" if char in "*?\\" else char for char in text)
