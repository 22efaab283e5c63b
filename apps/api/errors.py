"""Faults as answers: one place that turns what went wrong into a status and a JSON body.

A view may set ``error_body``, a function from a fault to its body, when its family words errors in its own
way; the default is ATSD's ``{"error": "<exception>: <message>"}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.dialects.atsd.render import render_error
from apps.errors import (
    AccessFault,
    ArgumentFault,
    ConflictFault,
    LimitFault,
    MissingFault,
    TsError,
)

__all__ = ["answer_error", "fault_status"]

ErrorBody = Callable[[TsError], dict[str, Any]]

NOT_FOUND = "there is nothing at this address"


def fault_status(fault: TsError) -> int:
    """The HTTP status of a fault."""
    match fault:
        case MissingFault():
            return 404
        case ConflictFault():
            return 409
        case AccessFault():
            return 403 if fault.data.get("signed_in") else 401
        case LimitFault() if fault.data.get("limit") == "body":
            return 413
    return 400


def _charts_body(fault: TsError) -> dict[str, Any]:
    """The charts API lists its faults."""
    entry = {"code": fault.code, "message": fault.message}
    return {"errors": [entry | ({"hint": fault.hint} if fault.hint else {})]}


def _body_of(context: Mapping[str, Any]) -> ErrorBody:
    own = getattr(context.get("view"), "error_body", None)
    if own is not None:
        return own
    request = context.get("request")
    path = getattr(request, "path_info", None) or getattr(request, "path", "")
    return _charts_body if path.startswith("/api/charts/") else render_error


def answer_error(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to a fault or to a refusal of the framework; None for anything else, which is a bug."""
    body_of = _body_of(context)
    if isinstance(exc, TsError):
        set_rollback()
        status = fault_status(exc)
        if body_of is _charts_body and status == 413:
            status = 400
        headers = {"WWW-Authenticate": 'Basic realm="tsweb"'} if status == 401 else None
        return Response(body_of(exc), status=status, headers=headers)
    refusal = _refusal(exc)
    if refusal is None:
        return None
    set_rollback()
    status, fault, headers = refusal
    if body_of is render_error:
        return Response({"error": fault.message}, status=status, headers=headers)
    return Response(body_of(fault), status=status, headers=headers)


def _refusal(exc: Exception) -> tuple[int, TsError, dict[str, str]] | None:
    """Status, text and headers of an exception that the framework raised about the request."""
    match exc:
        case Http404():
            return 404, MissingFault(NOT_FOUND), {}
        case PermissionDenied():
            return 403, AccessFault("this is not allowed"), {}
        case RequestDataTooBig():
            return 413, LimitFault("the body is too large"), {}
        case SuspiciousOperation():
            return 400, ArgumentFault("the request can't be read"), {}
        case exceptions.APIException():
            headers = {}
            if challenge := getattr(exc, "auth_header", None):
                headers["WWW-Authenticate"] = challenge
            if wait := getattr(exc, "wait", None):
                headers["Retry-After"] = str(int(wait))
            return exc.status_code, _fault_of(exc), headers
    return None


def _fault_of(exc: exceptions.APIException) -> TsError:
    if isinstance(exc, exceptions.MethodNotAllowed):
        return ArgumentFault("this address does not take that method", code="method-not-allowed")
    detail = exc.detail
    text = detail if isinstance(detail, str) else _flat(detail)
    code = exc.get_codes()
    return TsError(str(text), code=str(code).replace("_", "-") if isinstance(code, str) else "error")


def _flat(detail: Any) -> str:
    """Texts of a nested detail, one after the other."""
    if isinstance(detail, Mapping):
        return "; ".join(f"{name}: {_flat(inner)}" for name, inner in detail.items())
    if isinstance(detail, list):
        return "; ".join(_flat(inner) for inner in detail)
    return str(detail)
