"""The command endpoint: network commands, one per line."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView
from apps.api.atsd.lists import query_parameter
from apps.api.atsd.meta_schema import COMMAND_ANSWER
from apps.api.atsd.params import flag_param, now_ns
from apps.api.atsd.query_schema import ErrorBody
from apps.api.atsd.text_parser import TextParser
from apps.api.permissions import may
from apps.dialects.atsd.commands import CommandFailure
from apps.queries.commands import run_commands

__all__ = ["Command"]


class Command(AtsdView):
    parser_classes = (TextParser,)
    rights_model = "series"
    rights: ClassVar = {"POST": ("add", "change")}

    @extend_schema(
        operation_id="command",
        request={"text/plain": str},
        parameters=[query_parameter("commit", "print how many commands were stored")],
        responses={200: COMMAND_ANSWER, 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Carry out every command that can be read; count and explain those that can't."""
        commit = flag_param(request, "commit", False)
        text = request.data if isinstance(request.data, str) else ""
        report = run_commands(
            text,
            now_ns=now_ns(),
            may_write=lambda kind: may(request.user, ("add", "change"), kind),
        )
        answer: dict[str, Any] = {
            "fail": report.fail,
            "success": report.success,
            "total": report.fail + report.success,
        }
        if commit:
            answer["stored"] = report.success
        if report.failures:
            answer["errors"] = [_print_failure(failure) for failure in report.failures]
        return Response(answer)


def _print_failure(failure: CommandFailure) -> dict[str, Any]:
    printed: dict[str, Any] = {"line": failure.line, "error": failure.fault.message}
    if failure.fault.span is not None:
        printed["column"] = failure.fault.span.start + 1
    if failure.fault.hint:
        printed["hint"] = failure.fault.hint
    return printed
