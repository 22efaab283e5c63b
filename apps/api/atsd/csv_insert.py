"""CSV insert: one entity, a time column and one column for each metric."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView, no_content
from apps.api.atsd.query_schema import ErrorBody
from apps.api.atsd.text_parser import TextParser
from apps.dialects.atsd.csv_body import parse_csv
from apps.dialects.atsd.incoming import fold_entity, fold_tags
from apps.store.ingest import insert_series

__all__ = ["SeriesCsvInsert"]


class SeriesCsvInsert(AtsdView):
    parser_classes = (TextParser,)
    rights_model = "series"

    @extend_schema(
        operation_id="series_csv_insert",
        request={"text/csv": str},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def post(self, request: Request, name: str) -> Response:
        """Store the samples of a table; a table with an error stores nothing."""
        entity = fold_entity(name)
        tags = fold_tags(request.query_params.dict())
        text = request.data if isinstance(request.data, str) else ""
        insert_series(parse_csv(text, entity, tags))
        return no_content()
