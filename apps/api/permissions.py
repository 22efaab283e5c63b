"""What a caller may do: Django's model permissions for users, one setting for everybody else.

A view names its model (``rights_model = "metric"``; default ``series``) and, where the method does not say
it all, its rights (``rights = {"POST": ("delete",)}``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    # At run time the framework imports this module before its views are there.
    from rest_framework.views import APIView

__all__ = ["MayRead", "MayWrite", "may"]

ATSD_PATHS = ("/api/v1/", "/api/sql")
READ = ("view",)
_BY_METHOD = {
    "GET": READ,
    "HEAD": READ,
    "POST": ("add", "change"),
    "PUT": ("add", "change"),
    "PATCH": ("change",),
    "DELETE": ("delete",),
}


def may(user: object, rights: tuple[str, ...], model: str = "series") -> bool:
    """Whether a caller has all these rights (view, add, change, delete) on a model of the catalog."""
    if user is None or isinstance(user, AnonymousUser) or not getattr(user, "is_authenticated", False):
        allowed = settings.TSWEB_ANONYMOUS
        return allowed == "write" or (allowed == "read" and rights == READ)
    return all(user.has_perm(f"catalog.{right}_{model}") for right in rights)


class MayRead(BasePermission):
    """For questions, also those that are sent with POST."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method == "OPTIONS":
            return True
        return _check(request, READ, view)


class MayWrite(BasePermission):
    """Reading for GET, and the right that the method stands for otherwise."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method == "OPTIONS":
            return True
        rights = getattr(view, "rights", {}).get(request.method) or _BY_METHOD.get(request.method, READ)
        return _check(request, rights, view)


def _check(request: Request, rights: tuple[str, ...], view: APIView) -> bool:
    if may(request.user, rights, getattr(view, "rights_model", "series")):
        return True
    if not request.user.is_authenticated and request.path_info.startswith(ATSD_PATHS):
        # ATSD's clients look for the code.
        raise NotAuthenticated("code 03")
    return False
