"""Filtering lists of metrics and entities by expression, last insert time and count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.algebra.source import EntityInfo, MetricInfo
from apps.api.atsd.params import date_param, limit_param, now_ns, text_param
from apps.api.atsd.printing import TagsShown, print_fields

__all__ = ["LIST_PARAMETERS", "ListQuery", "json_object", "query_parameter"]

Info = TypeVar("Info", MetricInfo, EntityInfo)


def query_parameter(name: str, description: str, *, type_: type = str) -> OpenApiParameter:
    return OpenApiParameter(name, type_, OpenApiParameter.QUERY, description=description)


#: A JSON object whose fields the specification of the API lists.
json_object = OpenApiTypes.OBJECT

LIST_PARAMETERS = [
    query_parameter("expression", "keep those for which it is true"),
    query_parameter("minInsertDate", "newest sample at or after; ISO date or calendar expression"),
    query_parameter("maxInsertDate", "newest sample before; those without samples stay"),
    query_parameter("limit", "at most so many; 0 = all", type_=int),
    query_parameter("tags", "names or patterns of tags to print, separated by commas"),
]


@dataclass(frozen=True)
class ListQuery:
    """The parameters that all lists take."""

    expression: str | None
    min_ns: int | None
    max_ns: int | None
    limit: int
    tags: TagsShown
    now_ns: int

    @classmethod
    def of(cls, request: Request) -> ListQuery:
        clock_ns = now_ns()
        return cls(
            text_param(request, "expression"),
            date_param(request, "minInsertDate", clock_ns),
            date_param(request, "maxInsertDate", clock_ns),
            limit_param(request),
            TagsShown(text_param(request, "tags")),
            clock_ns,
        )

    @property
    def is_by_time(self) -> bool:
        return self.min_ns is not None or self.max_ns is not None

    def select(
        self,
        infos: Iterable[Info],
        accepts: Callable[[Info], bool] | None,
        newest: Callable[[list[str]], Mapping[str, int]],
        *,
        with_times: bool = True,
    ) -> list[tuple[Info, int | None]]:
        """Those that pass, with the time of their newest sample; times are read only where needed."""
        found: list[Info] = []
        for info in infos:
            if accepts is not None and not accepts(_with_printed_dates(info)):
                continue
            found.append(info)
            if self.limit and not self.is_by_time and len(found) >= self.limit:
                break
        if not (with_times or self.is_by_time):
            return [(info, None) for info in found]
        times = newest([info.name for info in found])
        pairs = [(info, times.get(info.name)) for info in found]
        if self.is_by_time:
            pairs = [pair for pair in pairs if self._is_inside(pair[1])]
        return pairs[: self.limit] if self.limit else pairs

    def _is_inside(self, time_ns: int | None) -> bool:
        if time_ns is None:
            return self.min_ns is None
        if self.min_ns is not None and time_ns < self.min_ns:
            return False
        return self.max_ns is None or time_ns < self.max_ns


def _with_printed_dates(info: Info) -> Info:
    """Expressions compare dates as they are printed."""
    return replace(info, fields=print_fields(info.fields))
