"""What the caller may do."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView
from apps.api.atsd.lists import json_object
from apps.api.permissions import may

__all__ = ["OwnPermissions"]

_ROLES = {
    "API_DATA_READ": (("view",), "series"),
    "API_DATA_WRITE": (("add", "change"), "series"),
    "API_META_READ": (("view",), "metric"),
    "API_META_WRITE": (("add", "change"), "metric"),
}


class OwnPermissions(AtsdView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="permissions", responses={200: json_object})
    def get(self, request: Request) -> Response:
        """Roles of the caller; every entity may be read and written by those who may at all."""
        user = request.user
        roles = [role for role, (rights, model) in _ROLES.items() if may(user, rights, model)]
        if getattr(user, "is_staff", False):
            roles.append("ADMIN")
        groups = sorted(user.groups.values_list("name", flat=True)) if user.is_authenticated else []
        return Response(
            {
                "username": user.get_username() if user.is_authenticated else "",
                "roles": roles,
                "userGroups": groups,
                "allEntitiesRead": "API_DATA_READ" in roles,
                "allEntitiesWrite": "API_DATA_WRITE" in roles,
            }
        )
