"""Requests made up from the OpenAPI document, right and wrong ones: the server never fails."""

from __future__ import annotations

import contextlib

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

pytestmark = pytest.mark.django_db(databases="__all__")

EXAMPLES = 8
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def _operations():
    document = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    return [result.ok() for result in schema.get_all_operations()]


@pytest.fixture(autouse=True)
def anyone_may_write(settings):
    settings.TSWEB_ANONYMOUS = "write"


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_ends_in_a_server_error(mode):
    tried = set()
    for operation in _operations():

        @BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def attempt(case):
            response = case.call(base_url="http://localhost")
            assert response.status_code < 500, (case.as_curl_command(), response.content[:500])

        # An address without parameters or body can't be asked wrongly.
        with contextlib.suppress(Unsatisfiable):
            attempt()
            tried.add(operation.label)
    assert "POST /api/v1/series/query" in tried
